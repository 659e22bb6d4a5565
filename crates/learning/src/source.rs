//! Idealised trajectories (paper A): what a computer would do if its units did not interact and followed the teacher.

use crate::{Batches, Guide, LearningError, Random, Teacher, TrajectorySource, TransitionBatch};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use langevin::{Landscape, Langevin, Layout, Transitions};

/// Where examples come from, already read in: what the frozen inputs show.
pub trait ExampleSource<B: Backend> {
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
pub struct IdealisedTrajectories<B: Backend, E> {
    /// The examples.
    pub examples: E,
    /// The teacher, on the backend without autodiff.
    pub teacher: Teacher<B>,
    /// Drive of each unit.
    pub guide: Guide,
    /// Units of the computer.
    pub layout: Layout,
    /// Self-interaction J2.
    pub j2: f64,
    /// Self-interaction J4.
    pub j4: f64,
    /// The run that the computer will make.
    pub langevin: Langevin,
    /// Examples of each training step.
    pub batches: Batches,
    /// Time steps of a batch, drawn at random from strata; all of them if not fewer than the run has.
    pub times: usize,
    /// Seed of the time steps.
    pub seed: u64,
}

impl<B: Backend, E> IdealisedTrajectories<B, E> {
    /// The idealised trajectories of given frozen inputs at the given time steps.
    ///
    /// # Shapes
    /// `inputs`: `[batch, inputs]` → transitions `[times, batch, units]`
    ///
    /// # Errors
    /// [`LearningError::Setting`] when teacher and layout disagree.
    pub fn transitions(&self, inputs: Tensor<B, 2>, times: &[usize]) -> Result<Transitions<B>, LearningError> {
        let drive = self.guide.drive(&self.teacher.forward(inputs), &self.layout)?;
        Ok(self.relax(drive, times))
    }

    /// Non-interacting units at zero temperature under a constant drive, sampled at the given steps.
    fn relax(&self, drive: Tensor<B, 2>, times: &[usize]) -> Transitions<B> {
        let dynamics = self.langevin.at_zero_temperature().dynamics;
        // The drive is a force: the bias is its negative.
        let landscape = Landscape::uncoupled(drive.neg(), self.j2, self.j4);
        let mut x = Tensor::zeros(landscape.dims(), &landscape.device());
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for step in 0..=times.iter().max().copied().unwrap_or(0) {
            let next = dynamics.step(&landscape, x.clone(), None, None);
            if times.contains(&step) {
                from.push(x);
                to.push(next.clone());
            }
            x = next;
        }
        Transitions { from: Tensor::stack(from, 0), to: Tensor::stack(to, 0) }
    }
}

impl<B: Backend, E: ExampleSource<B>> TrajectorySource<B> for IdealisedTrajectories<B, E> {
    fn batch(&self, step: usize) -> Result<TransitionBatch<B>, LearningError> {
        let inputs = self.examples.inputs(&self.batches.at(step));
        let times =
            Random::new(self.seed, "time steps", step as u64).stratified_steps(self.times, self.langevin.steps);
        let transitions = self.transitions(inputs.clone(), &times)?;
        Ok(TransitionBatch { inputs: Some(inputs), transitions, steps: self.langevin.steps })
    }
}
