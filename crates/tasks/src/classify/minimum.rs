//! The exact minimum of the action on a job's examples.

use super::{Classification, Examples, Task, TaskExamples};
use crate::config::evenly_spaced;
use crate::{ExactSettings, GuideStates, TaskError};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};
use langevin::{
    Computer, CounterNoise, Landscape, LangevinBackend, NoForce, Protocol, Simulation, replica_id, stream,
};
use learning::{
    ExampleSource, Guide, IdealisedTrajectories, LearningError, Minimum, ProgramMoments, Teacher, Team,
};

/// Examples at a time on the way to an exact minimum.
const CHUNK: usize = 1000;

/// The exact minimum of the action on a job's training examples, and of the rounds after it on the computer's own
/// trajectories at its own temperature. A rank of a team adds its share of the examples.
///
/// # Errors
/// [`TaskError`] for settings that do not fit, or a computer that diverges.
pub fn exact_minimum<B, T, E>(
    job: &Classification<'_, E, T::Scale>,
    settings: &ExactSettings,
    task: &T,
    teacher: &Teacher<B>,
    team: &dyn Team,
    device: &B::Device,
    mut progress: impl FnMut(usize, usize),
) -> Result<ExactMinimum<B>, TaskError>
where
    B: LangevinBackend,
    T: Task<B>,
    E: Examples,
{
    let config = job.job;
    let simulation = config.dynamics.simulation();
    let mut computer = task.computer().clone();
    let layout = computer.layout();
    let well = config.computer.well();
    let guide = Guide { kind: settings.guide, k: settings.k };
    let idealised = IdealisedTrajectories::new(teacher.clone(), guide, layout, well, &simulation);
    let source = TaskExamples::new(task, &job.train, device);
    let times = settings.times.min(simulation.steps);
    let steps = evenly_spaced(times, simulation.steps);
    let seed = stream(config.seed, "minimiser");
    let (n, mut found) = (job.train.examples.len(), None);
    let own = team.share().rows(n);
    for round in 0..=settings.rounds {
        let mut moments =
            ProgramMoments::new(layout.inputs, layout.moving(), well, &simulation, computer.clock())?;
        for start in own.clone().step_by(CHUNK) {
            let indices: Vec<usize> = (start..own.end.min(start + CHUNK)).collect();
            let inputs = source.inputs(&indices);
            let noise = || CounterNoise::new(seed, indices.iter().map(|i| replica_id(*i, round)));
            let drive = idealised.drive(inputs.clone())?;
            let transitions = if round > 0 {
                let protocol = computer.protocol(Some(inputs.clone()), indices.len())?;
                let from = states_at(&simulation, &protocol, &noise(), &steps)?;
                idealised.guided(drive, from)
            } else {
                match settings.states {
                    GuideStates::Idealised => idealised.transitions(inputs.clone(), &steps)?,
                    GuideStates::Thermal => {
                        let free = Protocol::constant(Landscape::uncoupled(drive.clone().neg(), well));
                        let from = states_at(&simulation, &free, &noise(), &steps)?;
                        idealised.guided(drive, from)
                    }
                }
            };
            moments.add(Some(inputs), &transitions, &steps)?;
            let done = start + indices.len() - own.start;
            progress(round * n + done * n / own.len(), (settings.rounds + 1) * n);
        }
        let minimum = moments.minimise_in(team, &computer, settings.ridge)?;
        computer = computer.with_parameters(&minimum.values.values)?;
        let action = moments.action_at(&minimum, config.dynamics.kt());
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
    simulation: &Simulation,
    protocol: &Protocol<Landscape<B>>,
    noise: &CounterNoise,
    steps: &[usize],
) -> Result<Tensor<B, 3>, TaskError> {
    let device = protocol.potentials()[0].drive().device();
    let rest = Tensor::zeros(protocol.dims(), &device);
    // Evenly spaced steps have a large common divisor: no more states are recorded than it takes.
    let every = steps.iter().fold(0, |a, b| gcd(a, *b)).max(1);
    let states = simulation.record_protocol(protocol, rest, noise, &NoForce, every)?.states;
    let indices: Vec<i64> = steps.iter().map(|s| (s / every) as i64).collect();
    let indices = Tensor::<B, 1, Int>::from_data(indices.as_slice(), &device);
    Ok(states.select(0, indices))
}
