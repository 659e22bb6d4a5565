//! Paper A's training, put together: a teacher learns the labels, the computer learns the teacher's idealised
//! trajectories.

use crate::data::Images;
use crate::{Classifier, Examples, JobConfig, PixelScaling, Task, TaskError, TaskExamples};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor};
use langevin::{Langevin, LangevinAutodiffBackend, stream};
use learning::{
    ActionObjective, Batches, IdealisedSource, IdealisedTrajectories, Objective, Programmable, Random, Teacher,
    TeacherObjective,
};

/// A classification job: configuration and training examples.
#[derive(Debug, Clone)]
pub struct Classification<'a, E = Images> {
    /// The configuration.
    pub config: &'a JobConfig,
    /// Training examples (without those kept for validation).
    pub train: &'a E,
    /// Number of classes.
    pub classes: usize,
}

/// The teacher's objective: cross-entropy on the examples as the task reads them in, each varied at random
/// (shifted, if an image) as the configuration says.
pub fn teacher_objective<'a, B, T, E>(
    job: &Classification<'a, E>,
    task: T,
    device: &B::Device,
) -> impl Objective<B, Teacher<B>> + use<'a, B, T, E>
where
    B: AutodiffBackend,
    T: Task<B::InnerBackend> + 'a,
    E: Examples,
{
    let settings = &job.config.teacher;
    let (seed, max_shift) = (stream(job.config.seed, "teacher"), settings.max_shift);
    let batches = Batches::new(job.train.len(), settings.batch, seed);
    let examples = TaskExamples { task, examples: job.train, device: device.clone() };
    TeacherObjective {
        batch: move |step: usize| {
            let indices = batches.at(step);
            let mut random = Random::new(seed, "shifts", step as u64);
            let inputs = examples.varied_inputs(&indices, max_shift, &mut random);
            let labels: Vec<i64> = indices.iter().map(|i| examples.examples.label(*i) as i64).collect();
            let labels = Tensor::<B, 1, Int>::from_data(labels.as_slice(), &examples.device);
            (Tensor::from_inner(inputs), labels)
        },
    }
}

/// The computer's objective: the Onsager–Machlup action of the teacher's idealised trajectories.
///
/// # Errors
/// [`TaskError::Langevin`] for constants out of their range.
pub fn computer_objective<'a, B, T, M, E>(
    job: &Classification<'a, E>,
    task: T,
    teacher: Teacher<B::InnerBackend>,
    device: &B::Device,
) -> Result<impl Objective<B, M> + use<'a, B, T, M, E>, TaskError>
where
    B: LangevinAutodiffBackend,
    T: Task<B::InnerBackend> + 'a,
    M: Programmable<B>,
    E: Examples,
{
    let config = job.config;
    let langevin: Langevin = config.langevin()?;
    let seed = stream(config.seed, "computer");
    let layout = task.computer().layout();
    let source = IdealisedSource {
        examples: TaskExamples { task, examples: job.train, device: device.clone() },
        trajectories: IdealisedTrajectories::new(
            teacher,
            config.guide(),
            layout,
            [config.j2, config.j4],
            &langevin,
        ),
        batches: Batches::new(job.train.len(), config.training.batch, seed),
        times: config.training.times,
        steps: langevin.steps,
        seed,
    };
    Ok(ActionObjective { source, dynamics: langevin.dynamics })
}

impl Classification<'_> {
    /// An untrained classifier of this job (θ = 0).
    pub fn classifier<B: Backend>(&self, scaling: PixelScaling, device: &B::Device) -> Classifier<B> {
        let computer = self.config.computer(self.train.rows, self.train.columns, self.classes);
        Classifier::new(computer.init(device), scaling)
    }
}
