//! What teacher and computer are trained by: a teacher learns the labels, the computer learns the teacher's idealised
//! trajectories, or the labels through its own dynamics.

use super::{Classification, Examples, Task, TaskExamples, Variation};
use crate::{ActionSettings, PathwiseSettings, TaskError};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor};
use langevin::{LangevinAutodiffBackend, stream};
use learning::{
    ActionObjective, Batches, ExampleSource, Guide, IdealisedSource, IdealisedTrajectories, LabelledBatch,
    LabelledSource, LearningError, Objective, PathwiseObjective, Programmable, Random, Share, Teacher,
    TeacherObjective,
};

/// The teacher's objective: cross-entropy on the examples as the task reads them in, each varied at random
/// (shifted, if an image) as the configuration says.
pub fn teacher_objective<'a, B, T, E>(
    job: &Classification<'a, E, T::Scale>,
    task: &T,
    device: &B::Device,
) -> impl Objective<B, Teacher<B>> + use<'a, B, T, E>
where
    B: AutodiffBackend,
    T: Task<B::InnerBackend> + 'a,
    E: Examples,
{
    let settings = &job.job.teacher;
    let seed = stream(job.job.seed, "teacher");
    let examples = TaskExamples::new(task, &job.train, device);
    let source = VariedBatches::new(examples, settings.batch, Variation::shift(settings.max_shift), seed);
    TeacherObjective {
        batch: move |step: usize| {
            let batch = source.of(step, Share::WHOLE);
            (batch.inputs, batch.labels)
        },
    }
}

/// The computer's objective: the Onsager–Machlup action of the teacher's idealised trajectories.
pub fn computer_objective<'a, B, T, M, E>(
    job: &Classification<'a, E, T::Scale>,
    settings: &ActionSettings,
    batch: usize,
    task: &T,
    teacher: Teacher<B::InnerBackend>,
    device: &B::Device,
) -> impl Objective<B, M> + use<'a, B, T, M, E>
where
    B: LangevinAutodiffBackend,
    T: Task<B::InnerBackend> + 'a,
    M: Programmable<B>,
    E: Examples,
{
    let config = job.job;
    let simulation = config.dynamics.simulation();
    let seed = stream(config.seed, "computer");
    let layout = task.computer().layout();
    let guide = Guide { kind: settings.guide, k: settings.k };
    let well = config.computer.well();
    let source = IdealisedSource {
        examples: TaskExamples::new(task, &job.train, device),
        trajectories: IdealisedTrajectories::new(teacher, guide, layout, well, &simulation),
        batches: Batches::new(job.train.examples.len(), batch, seed),
        times: settings.times,
        steps: simulation.steps,
        seed,
    };
    ActionObjective { source, dynamics: simulation.dynamics }
}

/// Labelled batches of a job, each image varied at random.
struct VariedBatches<'a, B: Backend, T: Task<B>, E> {
    examples: TaskExamples<'a, B, T, E>,
    batches: Batches,
    variation: Variation,
    seed: u64,
}

impl<'a, B: Backend, T: Task<B>, E: Examples> VariedBatches<'a, B, T, E> {
    /// Batches of `size` examples, each varied as `variation` allows.
    fn new(examples: TaskExamples<'a, B, T, E>, size: usize, variation: Variation, seed: u64) -> Self {
        Self { batches: Batches::new(examples.len(), size, seed), examples, variation, seed }
    }

    /// A share of the batch of a training step; an example varies as in the whole batch, if it is known how many random numbers those
    /// before it take.
    fn of(&self, step: usize, share: Share) -> LabelledBatch<B> {
        let all = self.batches.at(step);
        let rows = share.rows(all.len());
        let mut random = Random::new(self.seed, "shifts", step as u64);
        let inputs = self.examples.varied_inputs(&all, rows.clone(), &self.variation, &mut random);
        let indices = &all[rows];
        let labels: Vec<i64> = indices.iter().map(|i| self.examples.examples().label(*i) as i64).collect();
        let labels = Tensor::<B, 1, Int>::from_data(labels.as_slice(), self.examples.device());
        LabelledBatch { inputs, labels }
    }
}

impl<B: Backend, T: Task<B>, E: Examples> LabelledSource<B> for VariedBatches<'_, B, T, E> {
    fn batch(&self, step: usize) -> Result<LabelledBatch<B>, LearningError> {
        Ok(self.of(step, Share::WHOLE))
    }

    fn share(&self, step: usize, share: Share) -> Result<LabelledBatch<B>, LearningError> {
        Ok(self.of(step, share))
    }
}

/// The computer's objective through the dynamics: cross-entropy of its noisy outputs, and the price of its heat.
///
/// # Errors
/// [`TaskError::Langevin`] for constants out of their range.
pub fn pathwise_objective<'a, B, T, M, E>(
    job: &Classification<'a, E, T::Scale>,
    settings: &PathwiseSettings,
    batch: usize,
    task: &T,
    device: &B::Device,
) -> Result<impl Objective<B, M> + use<'a, B, T, M, E>, TaskError>
where
    B: LangevinAutodiffBackend,
    T: Task<B::InnerBackend> + 'a,
    M: Programmable<B>,
    E: Examples,
{
    let config = job.job;
    let seed = stream(config.seed, "computer");
    let examples: TaskExamples<'a, B::InnerBackend, T, E> = TaskExamples::new(task, &job.train, device);
    Ok(PathwiseObjective {
        source: VariedBatches::new(examples, batch, settings.variation(), seed),
        simulation: config.dynamics.at_time_step(settings.time_step)?.simulation(),
        gain: settings.gain,
        heat_price: settings.heat_price,
        heat_budget: settings.finite_budget(),
        mismatch: settings.mismatch,
        seed,
    })
}
