//! Idealised trajectories (paper A): what a computer would do if its units did not interact and followed the teacher.

use crate::idealised::UnitTable;
use crate::{Batches, Guide, LearningError, Random, Share, Teacher, TrajectorySource, TransitionBatch};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use langevin::{Layout, Simulation, Transitions, Well};

/// Where examples come from, already read in: what the frozen inputs show.
pub trait ExampleSource<B: Backend>: Sync {
    /// Number of examples.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Frozen inputs of the given examples, `[batch, inputs]`.
    fn inputs(&self, indices: &[usize]) -> Tensor<B, 2>;
}

/// Trajectories of a non-interacting computer (J = 0) at zero temperature from x = 0, each unit under the constant drive
/// that the [`Guide`] reads from the teacher.
#[derive(Debug, Clone)]
pub struct IdealisedTrajectories<B: Backend> {
    teacher: Teacher<B>,
    guide: Guide,
    layout: Layout,
    table: UnitTable,
}

impl<B: Backend> IdealisedTrajectories<B> {
    /// The trajectories that a teacher (on the backend without autodiff) and a guide give units of the given well in the
    /// given simulation.
    pub fn new(teacher: Teacher<B>, guide: Guide, layout: Layout, well: Well, simulation: &Simulation) -> Self {
        let bound = guide.largest_drive(teacher.largest_activation());
        Self { teacher, guide, layout, table: UnitTable::new(well, simulation, bound) }
    }

    /// Transitions for given frozen inputs at the given time steps.
    ///
    /// # Shapes
    /// `inputs`: `[batch, inputs]` → transitions `[times, batch, units]`
    ///
    /// # Errors
    /// [`LearningError::Setting`] when teacher and layout disagree.
    pub fn transitions(&self, inputs: Tensor<B, 2>, times: &[usize]) -> Result<Transitions<B>, LearningError> {
        let drive = self.drive(inputs)?;
        Ok(self.table.transitions(drive, times))
    }

    /// The guide's drive of every moving unit for the given inputs.
    ///
    /// # Shapes
    /// `[batch, inputs]` → `[batch, units]`
    ///
    /// # Errors
    /// [`LearningError::Setting`] when teacher and computer do not fit.
    pub fn drive(&self, inputs: Tensor<B, 2>) -> Result<Tensor<B, 2>, LearningError> {
        self.guide.drive(&self.teacher.forward(inputs), &self.layout)
    }

    /// Idealised transitions from any states: the mean step of units that do not interact under the guide's drive,
    ///
    /// ```text
    /// x → x + μ Δt (u − 2 J2 x − 4 J4 x³)
    /// ```
    ///
    /// From states of noisy units, or of the interacting computer itself, its action asks the computer to go towards the
    /// teacher from where it really is. (The noise of the steps themselves would add a constant to the action.)
    ///
    /// # Shapes
    /// `drive`: `[batch, units]`, `from`: `[times, batch, units]`
    pub fn guided(&self, drive: Tensor<B, 2>, from: Tensor<B, 3>) -> Transitions<B> {
        self.table.guided(drive, from)
    }
}

/// Batches of idealised trajectories, at a few random time steps each.
#[derive(Debug, Clone)]
pub struct IdealisedSource<B: Backend, E> {
    /// The examples.
    pub examples: E,
    /// Their trajectories.
    pub trajectories: IdealisedTrajectories<B>,
    /// Examples of each training step.
    pub batches: Batches,
    /// Time steps of a batch, drawn at random from equal strata; all of them if not fewer than the run has.
    pub times: usize,
    /// Time steps of a run.
    pub steps: usize,
    /// Seed of the time steps.
    pub seed: u64,
}

impl<B: Backend, E: ExampleSource<B>> TrajectorySource<B> for IdealisedSource<B, E> {
    fn batch(&self, step: usize) -> Result<TransitionBatch<B>, LearningError> {
        self.share(step, Share::WHOLE)
    }

    fn share(&self, step: usize, share: Share) -> Result<TransitionBatch<B>, LearningError> {
        let examples = self.batches.at(step);
        let inputs = self.examples.inputs(&examples[share.rows(examples.len())]);
        let times = Random::new(self.seed, "time steps", step as u64).stratified_steps(self.times, self.steps);
        let transitions = self.trajectories.transitions(inputs.clone(), &times)?;
        Ok(TransitionBatch { inputs: Some(inputs), transitions, times, steps: self.steps })
    }
}
