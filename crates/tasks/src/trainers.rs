//! Settings of the exact minimiser and of pathwise training, and what they train.

use crate::{Classification, Examples, JobConfig, Task, TaskError, TaskExamples, Variation};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};
use langevin::{
    Computer, CounterNoise, EulerMaruyama, Landscape, Langevin, LangevinAutodiffBackend, LangevinBackend, NoForce,
    replica_id, stream,
};
use learning::{
    Batches, ExampleSource, GeneticAlgorithm, IdealisedTrajectories, LabelledBatch, LabelledSource, LearningError,
    Minimum, Moments, Objective, PathwiseObjective, Programmable, Random, Teacher,
};
use serde::{Deserialize, Serialize};

/// From which states the exact minimiser's transitions start at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuideStates {
    /// Those of units that do not interact, at zero temperature (paper A).
    Idealised,
    /// Those of units that do not interact, at the computer's temperature.
    Thermal,
}

/// The exact minimum of the action.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MinimiserSettings {
    /// λ of the ridge λ θ² beside the mean square of the force residual.
    pub ridge: f64,
    /// Time steps of each trajectory, evenly spaced.
    pub times: usize,
    /// States of the first solution.
    pub states: GuideStates,
    /// How often the solved computer's own trajectories become the states, to be solved again.
    pub rounds: usize,
}

impl Default for MinimiserSettings {
    fn default() -> Self {
        Self { ridge: 1e-3, times: 20, states: GuideStates::Idealised, rounds: 1 }
    }
}

/// Where pathwise training starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// At the exact minimum of the action.
    Exact,
    /// At small random numbers: at θ = 0 nothing would tell one hidden unit from another.
    Random,
}

/// Training through the dynamics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathwiseSettings {
    /// Logits a unit of output.
    pub gain: f64,
    /// Time step of the training; the evaluation has the computer's own.
    pub time_step: f64,
    /// Price of a kT of heat in nats.
    pub heat_price: f64,
    /// Mean heat in kT that the training keeps to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heat_budget: Option<f64>,
    /// Largest random shift of each training image, in pixels each way.
    pub max_shift: usize,
    /// Largest random turn of each training image, in degrees each way.
    pub max_rotation: f64,
    /// Largest random zoom of each training image, relative, each way.
    pub max_zoom: f64,
    /// Relative errors of the parameters and self-interactions of the devices that are trained for (noise-aware training).
    pub mismatch: f64,
    /// Where it starts.
    pub start: Start,
}

impl Default for PathwiseSettings {
    fn default() -> Self {
        Self {
            gain: 2.0,
            time_step: 5e-3,
            heat_price: 0.0,
            heat_budget: None,
            max_shift: 1,
            max_rotation: 0.0,
            max_zoom: 0.0,
            mismatch: 0.0,
            start: Start::Exact,
        }
    }
}

impl PathwiseSettings {
    /// How training images are varied.
    pub fn variation(&self) -> Variation {
        Variation { max_shift: self.max_shift, max_rotation: self.max_rotation, max_zoom: self.max_zoom }
    }
}

/// The genetic algorithm on a device.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneticSettings {
    /// Programs in a generation.
    pub population: usize,
    /// The best of them, which live on and have the children.
    pub elite: usize,
    /// Generations.
    pub generations: usize,
    /// Standard deviation of a mutation, relative to each parameter's size.
    pub mutation: f64,
    /// Training images that a generation is measured on.
    pub images: usize,
}

impl Default for GeneticSettings {
    fn default() -> Self {
        Self { population: 24, elite: 4, generations: 150, mutation: 0.03, images: 1000 }
    }
}

impl GeneticSettings {
    /// The algorithm.
    pub fn algorithm(&self) -> GeneticAlgorithm {
        let Self { population, elite, generations, mutation, .. } = *self;
        GeneticAlgorithm { population, elite, generations, mutation }
    }
}

/// Examples at a time on the way to an exact minimum.
const CHUNK: usize = 1000;

/// The exact minimum of the action on a job's training examples, and of the rounds after it on the computer's own
/// trajectories at its own temperature.
///
/// # Errors
/// [`TaskError`] for settings that do not fit, or a computer that diverges.
pub fn exact_minimum<B, T, E>(
    job: &Classification<'_, E>,
    task: &T,
    teacher: &Teacher<B>,
    device: &B::Device,
    mut progress: impl FnMut(usize, usize),
) -> Result<ExactMinimum<B>, TaskError>
where
    B: LangevinBackend,
    T: Task<B>,
    E: Examples,
{
    let (config, settings) = (job.config, job.config.minimiser);
    let langevin: Langevin = config.langevin()?;
    let mut computer = task.computer().clone();
    let layout = computer.layout();
    let selfs = [config.j2, config.j4];
    let idealised = IdealisedTrajectories::new(teacher.clone(), config.guide(), layout, selfs, &langevin);
    let source = TaskExamples { task: task.clone(), examples: job.train, device: device.clone() };
    let times = settings.times.min(langevin.steps);
    let steps: Vec<usize> = (0..times).map(|i| (2 * i + 1) * langevin.steps / (2 * times)).collect();
    let seed = stream(config.seed, "minimiser");
    let (n, mut found) = (job.train.len(), None);
    for round in 0..=settings.rounds {
        let mut moments = Moments::new(layout.inputs, layout.moving(), selfs, &langevin.dynamics);
        for start in (0..n).step_by(CHUNK) {
            let indices: Vec<usize> = (start..n.min(start + CHUNK)).collect();
            let inputs = source.inputs(&indices);
            let noise = || CounterNoise::new(seed, indices.iter().map(|i| replica_id(*i, round)));
            let drive = idealised.drive(inputs.clone())?;
            let transitions = if round > 0 {
                let landscape = computer.landscape(inputs.clone())?;
                let from = states_at(&langevin, &landscape, &noise(), &steps)?;
                idealised.guided(drive, from)
            } else {
                match settings.states {
                    GuideStates::Idealised => idealised.transitions(inputs.clone(), &steps)?,
                    GuideStates::Thermal => {
                        let free = Landscape::uncoupled(drive.clone().neg(), config.j2, config.j4);
                        let from = states_at(&langevin, &free, &noise(), &steps)?;
                        idealised.guided(drive, from)
                    }
                }
            };
            moments.add(Some(inputs), &transitions)?;
            progress(round * n + start + indices.len(), (settings.rounds + 1) * n);
        }
        let minimum = moments.minimise(&computer, settings.ridge)?;
        computer = computer.with_parameters(&minimum.values.values)?;
        let action = moments.action_at(&minimum, langevin.steps, config.kt);
        found = Some(ExactMinimum { computer: computer.clone(), minimum, action });
    }
    found.ok_or_else(|| LearningError::Stopped("no round of the minimiser".to_owned()).into())
}

/// A computer at an exact minimum.
#[derive(Debug, Clone)]
pub struct ExactMinimum<B: Backend> {
    /// The computer.
    pub computer: Computer<B>,
    /// The solution.
    pub minimum: Minimum,
    /// Mean action of a trajectory there.
    pub action: f64,
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// States at given steps (0 the start, at rest), `[steps, batch, units]`.
fn states_at<B: LangevinBackend>(
    langevin: &Langevin,
    landscape: &Landscape<B>,
    noise: &CounterNoise,
    steps: &[usize],
) -> Result<Tensor<B, 3>, TaskError> {
    let rest = Tensor::zeros(landscape.dims(), &landscape.device());
    // Evenly spaced steps have a large common divisor: no more states are recorded than it takes.
    let every = steps.iter().fold(0, |a, b| gcd(a, *b)).max(1);
    let states = langevin.record(landscape, rest, noise, &NoForce, every)?.states;
    let indices: Vec<i64> = steps.iter().map(|s| (s / every) as i64).collect();
    let indices = Tensor::<B, 1, Int>::from_data(indices.as_slice(), &landscape.device());
    Ok(states.select(0, indices))
}

/// Labelled batches of a job, each image varied at random.
pub(crate) struct VariedBatches<'a, B: Backend, T, E> {
    examples: TaskExamples<'a, B, T, E>,
    batches: Batches,
    variation: Variation,
    seed: u64,
}

impl<'a, B: Backend, T: Task<B>, E: Examples> VariedBatches<'a, B, T, E> {
    /// Batches of `size` examples, each varied as `variation` allows.
    pub(crate) fn new(examples: TaskExamples<'a, B, T, E>, size: usize, variation: Variation, seed: u64) -> Self {
        Self { batches: Batches::new(examples.examples.len(), size, seed), examples, variation, seed }
    }

    /// The batch of a training step.
    pub(crate) fn at(&self, step: usize) -> LabelledBatch<B> {
        let indices = self.batches.at(step);
        let mut random = Random::new(self.seed, "shifts", step as u64);
        let inputs = self.examples.varied_inputs(&indices, &self.variation, &mut random);
        let labels: Vec<i64> = indices.iter().map(|i| self.examples.examples.label(*i) as i64).collect();
        let labels = Tensor::<B, 1, Int>::from_data(labels.as_slice(), &self.examples.device);
        LabelledBatch { inputs, labels }
    }
}

impl<B: Backend, T: Task<B>, E: Examples> LabelledSource<B> for VariedBatches<'_, B, T, E> {
    fn batch(&self, step: usize) -> Result<LabelledBatch<B>, LearningError> {
        Ok(self.at(step))
    }
}

/// The computer's objective through the dynamics: cross-entropy of its noisy outputs, and the price of its heat.
///
/// # Errors
/// [`TaskError::Langevin`] for constants out of their range.
pub fn pathwise_objective<'a, B, T, M, E>(
    job: &Classification<'a, E>,
    task: T,
    device: &B::Device,
) -> Result<impl Objective<B, M> + use<'a, B, T, M, E>, TaskError>
where
    B: LangevinAutodiffBackend,
    T: Task<B::InnerBackend> + 'a,
    M: Programmable<B>,
    E: Examples,
{
    let config: &JobConfig = job.config;
    let bath = config.langevin()?.dynamics.bath;
    let dynamics = EulerMaruyama::new(bath, config.pathwise.time_step)?;
    let seed = stream(config.seed, "computer");
    let examples: TaskExamples<'a, B::InnerBackend, T, E> =
        TaskExamples { task, examples: job.train, device: device.clone() };
    let source = VariedBatches::new(examples, config.training.batch, config.pathwise.variation(), seed);
    Ok(PathwiseObjective {
        source,
        langevin: Langevin::new(dynamics, config.observation_time)?,
        gain: config.pathwise.gain,
        heat_price: config.pathwise.heat_price,
        heat_budget: config.pathwise.heat_budget,
        mismatch: config.pathwise.mismatch,
        seed,
    })
}
