//! What a simulation leaves.

use crate::{LangevinError, Transitions};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The end of a batch of trajectories.
#[derive(Debug, Clone)]
pub struct Outcome<B: Backend> {
    /// States at the observation time, `[batch, width]`: of an overdamped dynamics the positions, `[batch, units]`.
    pub state: Tensor<B, 2>,
    /// Heat Q emitted to the bath by each replica, `[batch]`, in the units of V: by the first law Q = W − ΔE, E the energy of the
    /// dynamics.
    pub heat: Tensor<B, 1>,
    /// Work W done on each replica, `[batch]`: by an external force, and by switches of the potential; zero without either.
    pub work: Tensor<B, 1>,
}

/// A batch of recorded trajectories.
#[derive(Debug, Clone)]
pub struct Trajectory<B: Backend> {
    /// Steps at which the states were recorded; the first is 0.
    pub steps: Vec<usize>,
    /// States, `[recorded, batch, width]`.
    pub states: Tensor<B, 3>,
    /// How it ended.
    pub outcome: Outcome<B>,
    pub(super) white: bool,
}

impl<B: Backend> Trajectory<B> {
    /// The transitions of a trajectory that was recorded at every step: what an action is taken of.
    ///
    /// # Errors
    /// [`LangevinError::Coloured`] when its noise was not white, for then successive steps are not independent and no action of
    /// single transitions is their probability; [`LangevinError::Shape`] when steps were left out.
    pub fn transitions(&self) -> Result<Transitions<B>, LangevinError> {
        let last = self.steps.len() - 1;
        if !self.white {
            return Err(LangevinError::Coloured);
        }
        if self.steps[last] != last {
            let found = vec![self.steps.len()];
            return Err(LangevinError::Shape {
                what: "recorded steps",
                expected: vec![self.steps[last] + 1],
                found,
            });
        }
        let states = self.states.clone();
        Ok(Transitions { from: states.clone().narrow(0, 0, last), to: states.narrow(0, 1, last) })
    }
}
