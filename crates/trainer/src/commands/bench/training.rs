//! `trainer bench action` and `trainer bench pathwise`

use super::{INPUTS, OUTPUTS, Point, Work, clock, measure, tensor, uniform};
use crate::backend::BackendJob;
use crate::cli::BenchTrainingArgs;
use anyhow::{Result, ensure};
use burn::module::AutodiffModule;
use burn::optim::{AdamConfig, GradientsParams, Optimizer};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor, TensorData};
use burn_autodiff::Autodiff;
use langevin::{
    Bath, Clock, Computer, ComputerConfig, CounterNoise, EulerMaruyama, Landscape, LangevinBackend, LangevinError,
    NoForce, Simulation, Transitions, Well,
};
use learning::{
    ActionObjective, LabelledBatch, LabelledSource, LearningError, PathwiseObjective, Random, TrajectorySource,
    TransitionBatch,
};
use std::time::Instant;

/// Steps before the first that counts: until the allocator has the memory of a step at hand.
const WARM_UP: u32 = 10;

/// What a training step minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objective {
    Action,
    Pathwise,
}

pub(super) fn run(arguments: &BenchTrainingArgs, objective: Objective) -> Result<()> {
    let backend = arguments.common.backend.open()?;
    let (name, batch, steps) = match objective {
        Objective::Action => ("action", 1_000, 200),
        Objective::Pathwise => ("pathwise", 500, 40),
    };
    let steps = arguments.steps.unwrap_or(steps);
    let clock = clock(arguments.segments, steps)?;
    let batches = if arguments.batch.is_empty() { vec![batch] } else { arguments.batch.clone() };
    for units in &arguments.units {
        ensure!(*units > OUTPUTS, "--units {units}: {OUTPUTS} are outputs, take more");
        for batch in &batches {
            let (b, n, k, inputs) = (*batch as f64, *units as f64, steps as f64, INPUTS as f64);
            // What must be computed: x J and the gradient of J (pathwise: and the transpose for the adjoint); the drive twice.
            // Where the states are many, they are computed again instead of kept, which is not counted.
            let (products, draws, states) = match objective {
                Objective::Action => (2.0, 0.0, (k + 1.0) * b * n),
                Objective::Pathwise => (3.0, b * n * k, (k + 1.0) * b * n),
            };
            let s = arguments.segments as f64;
            let flops = 2.0 * b * (products * n * n * k + 2.0 * s * inputs * n);
            let parameters = s * n * (n + inputs + 1.0);
            let bytes = match objective {
                Objective::Action => 4.0 * (states + inputs * b + 7.0 * parameters),
                Objective::Pathwise => 4.0 * (4.0 * b * n + inputs * b + 7.0 * parameters),
            };
            let memory = 4.0 * (states + inputs * b + 4.0 * b * n + 5.0 * parameters);
            let work = Work { flops, draws, bytes };
            let point =
                Point { name, batch: *batch, steps, units: *units, segments: arguments.segments, work, memory };
            measure(&arguments.common, &backend, &point, || {
                backend.run(Training {
                    objective,
                    clock: &clock,
                    point: &point,
                    repeats: arguments.common.repeats,
                })
            })?;
        }
    }
    Ok(())
}

struct Training<'a> {
    objective: Objective,
    clock: &'a Clock,
    point: &'a Point,
    repeats: u32,
}

/// The same batch at every step.
struct Given<T>(T);

impl<B: Backend> TrajectorySource<B> for Given<TransitionBatch<B>> {
    fn batch(&self, _: usize) -> Result<TransitionBatch<B>, LearningError> {
        Ok(self.0.clone())
    }
}

impl<B: Backend> LabelledSource<B> for Given<LabelledBatch<B>> {
    fn batch(&self, _: usize) -> Result<LabelledBatch<B>, LearningError> {
        Ok(self.0.clone())
    }
}

impl BackendJob for Training<'_> {
    type Output = Vec<f64>;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Vec<f64>> {
        let Point { batch, units, steps, .. } = *self.point;
        let mut random = Random::new(1, "bench", 0);
        let computer = ComputerConfig::classifier(INPUTS, units - OUTPUTS, OUTPUTS)
            .with_clock(self.clock.clone())
            .init::<Autodiff<B>>(device);
        let values: Vec<f64> =
            uniform(&mut random, computer.parameters().total(), 0.1).into_iter().map(f64::from).collect();
        let computer = computer.with_parameters(&values)?;
        let inputs = tensor::<B>(uniform(&mut random, batch * INPUTS, 1.0), [batch, INPUTS], device);
        let time_step = 0.2 / steps as f64;
        let simulation = Simulation { dynamics: EulerMaruyama::new(Bath::new(1.0, 1.0)?, time_step)?, steps };
        match self.objective {
            Objective::Action => {
                // Free diffusion: trajectories of independent units without a potential.
                let free =
                    Landscape::uncoupled(Tensor::<B, 2>::zeros([batch, units], device), Well::new(0.0, 0.0));
                let noise = CounterNoise::new(1, 0..batch as u64);
                let rest = Tensor::zeros([batch, units], device);
                let states = simulation.record(&free, rest, &noise, &NoForce, 1)?.states;
                let transitions =
                    Transitions { from: states.clone().narrow(0, 0, steps), to: states.narrow(0, 1, steps) };
                let source = Given(TransitionBatch {
                    inputs: Some(inputs),
                    transitions,
                    times: (0..steps).collect(),
                    steps,
                });
                let objective = ActionObjective { source, dynamics: simulation.dynamics };
                timed(computer, &objective, self.repeats)
            }
            Objective::Pathwise => {
                let labels: Vec<i64> = (0..batch).map(|_| random.below(OUTPUTS) as i64).collect();
                let labels = Tensor::<B, 1, Int>::from_data(TensorData::new(labels, [batch]), device);
                let source = Given(LabelledBatch { inputs, labels });
                let objective = PathwiseObjective {
                    source,
                    simulation,
                    gain: 2.0,
                    heat_price: 0.0,
                    heat_budget: None,
                    mismatch: 0.0,
                    seed: 1,
                };
                timed(computer, &objective, self.repeats).map_err(|error| match error.downcast_ref() {
                    Some(LearningError::Langevin(LangevinError::Diverged { .. })) => anyhow::anyhow!(
                        "--steps {steps}: so few, of 0.2/{steps} each, diverge; take more (try {})",
                        (10 * steps).max(40)
                    ),
                    _ => error,
                })
            }
        }
    }
}

/// Seconds of each training step: loss, gradients, Adam.
fn timed<B: AutodiffBackend>(
    mut computer: Computer<B>,
    objective: &impl learning::Objective<B, Computer<B>>,
    repeats: u32,
) -> Result<Vec<f64>>
where
    Computer<B>: AutodiffModule<B>,
{
    let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init::<B, Computer<B>>();
    let mut seconds = Vec::new();
    for repeat in 0..WARM_UP + repeats {
        let started = Instant::now();
        let loss = objective.loss_at(&computer, repeat as usize)?;
        let gradients = GradientsParams::from_grads(loss.backward(), &computer);
        computer = optimizer.step(1e-3, computer, gradients);
        std::hint::black_box(computer.biases.val().into_data());
        if repeat >= WARM_UP {
            seconds.push(started.elapsed().as_secs_f64());
        }
    }
    Ok(seconds)
}
