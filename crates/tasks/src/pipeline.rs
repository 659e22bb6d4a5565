//! Paper A's training, put together: a teacher learns the labels, the computer learns the teacher's idealised
//! trajectories.

use crate::data::Images;
use crate::trainers::VariedBatches;
use crate::{Classifier, Examples, JobConfig, PixelScaling, Task, TaskError, TaskExamples, Variation};
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use langevin::{Langevin, LangevinAutodiffBackend, stream};
use learning::{
    ActionObjective, Batches, IdealisedSource, IdealisedTrajectories, Objective, Programmable, Teacher,
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
    let seed = stream(job.config.seed, "teacher");
    let examples = TaskExamples { task, examples: job.train, device: device.clone() };
    let source = VariedBatches::new(examples, settings.batch, Variation::shift(settings.max_shift), seed);
    TeacherObjective {
        batch: move |step: usize| {
            let batch = source.at(step);
            (Tensor::from_inner(batch.inputs), Tensor::from_inner(batch.labels))
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
