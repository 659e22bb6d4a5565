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
    F: Fn(usize) -> (Tensor<B::InnerBackend, 2>, Tensor<B::InnerBackend, 1, Int>) + Sync,
{
    type Batch = (Tensor<B::InnerBackend, 2>, Tensor<B::InnerBackend, 1, Int>);

    fn quantity(&self) -> &'static str {
        "loss"
    }

    fn batch(&self, step: usize) -> Result<Self::Batch, LearningError> {
        Ok((self.batch)(step))
    }

    fn loss(&self, model: &Teacher<B>, (inputs, labels): Self::Batch) -> Result<Tensor<B, 1>, LearningError> {
        let logits = model.forward(Tensor::from_inner(inputs)).logits;
        Ok(cross_entropy(logits, Tensor::from_inner(labels)))
    }
}
