//! Cross-entropy of the teacher on labelled examples.

use crate::{LearningError, Objective, Teacher, cross_entropy};
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Int, Tensor};

/// The teacher's objective: the mean cross-entropy of batches that `batch` makes.
pub struct TeacherObjective<F> {
    /// Inputs `[batch, inputs]` and labels `[batch]` of a training step; a pure function of the step.
    pub batch: F,
}

impl<B, F> Objective<B, Teacher<B>> for TeacherObjective<F>
where
    B: AutodiffBackend,
    F: Fn(usize) -> (Tensor<B, 2>, Tensor<B, 1, Int>),
{
    fn quantity(&self) -> &'static str {
        "loss"
    }

    fn loss(&self, model: &Teacher<B>, step: usize) -> Result<Tensor<B, 1>, LearningError> {
        let (inputs, labels) = (self.batch)(step);
        Ok(cross_entropy(model.forward(inputs).logits, labels))
    }
}
