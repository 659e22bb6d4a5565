//! Training through the dynamics itself: the loss of what noisy trajectories show at the observation time.

use crate::{LearningError, Objective, Programmable};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor};
use langevin::{CounterNoise, Langevin, LangevinAutodiffBackend, stream};

/// Labelled inputs of a training step.
#[derive(Debug, Clone)]
pub struct LabelledBatch<B: Backend> {
    /// Frozen inputs, `[batch, inputs]`.
    pub inputs: Tensor<B, 2>,
    /// Classes, `[batch]`.
    pub labels: Tensor<B, 1, Int>,
}

/// Where labelled batches come from; each a pure function of the training step.
pub trait LabelledSource<B: Backend> {
    /// The batch of training step `step`.
    ///
    /// # Errors
    /// Whatever keeps it from being made.
    fn batch(&self, step: usize) -> Result<LabelledBatch<B>, LearningError>;
}

/// The pathwise (reparameterised) objective: with the noise ξ held fixed, a trajectory is a differentiable function of
/// the parameters θ, and so is its loss
///
/// ```text
/// L(θ) = ⟨ −ln softmax(g y(x(t_f)))_label + h Q / kT ⟩,    Q = V(x(0)) − V(x(t_f))
/// ```
///
/// y the read-out, g the `gain` that turns states of order 1 into logits, Q the heat and h its price. The mean is over
/// the batch, every example on one trajectory with fresh noise each step, so that ∇L is an unbiased estimate of the gradient
/// of the expected loss. The start is rest, x(0) = 0.
#[derive(Debug, Clone)]
pub struct PathwiseObjective<S> {
    /// Labelled batches.
    pub source: S,
    /// Dynamics and observation time. Training may take a coarser time step than the evaluation.
    pub langevin: Langevin,
    /// g: logits a unit of output.
    pub gain: f64,
    /// h: price of a kT of heat. 0 trains for accuracy alone.
    pub heat_price: f64,
    /// Seed of the run; the noise is that of its `pathwise` stream.
    pub seed: u64,
}

impl<S> PathwiseObjective<S> {
    /// The mean loss of a batch under the noise of training step `step`, `[1]`.
    ///
    /// # Errors
    /// [`LearningError::Langevin`] when the dynamics diverges.
    pub fn batch_loss<B: LangevinAutodiffBackend, M: Programmable<B>>(
        &self,
        model: &M,
        batch: LabelledBatch<B::InnerBackend>,
        step: usize,
    ) -> Result<Tensor<B, 1>, LearningError> {
        let landscape = model.computer().landscape(Tensor::from_inner(batch.inputs))?;
        let [replicas, _] = landscape.dims();
        let device = landscape.device();
        let first = step as u64 * replicas as u64;
        let noise = CounterNoise::new(stream(self.seed, "pathwise"), first..first + replicas as u64);
        let outcome = self.langevin.run(&landscape, Tensor::zeros(landscape.dims(), &device), &noise)?;
        let logits = model.read_out(outcome.state) * self.gain;
        let labels = Tensor::from_inner(batch.labels);
        let loss = CrossEntropyLossConfig::new().init(&device).forward(logits, labels);
        if self.heat_price == 0.0 {
            return Ok(loss);
        }
        let kt = self.langevin.dynamics.bath.kt;
        Ok(loss + outcome.heat.mean() * (self.heat_price / if kt > 0.0 { kt } else { 1.0 }))
    }
}

impl<B, M, S> Objective<B, M> for PathwiseObjective<S>
where
    B: LangevinAutodiffBackend,
    M: Programmable<B>,
    S: LabelledSource<<B as AutodiffBackend>::InnerBackend>,
{
    fn quantity(&self) -> &'static str {
        "loss"
    }

    fn loss(&self, model: &M, step: usize) -> Result<Tensor<B, 1>, LearningError> {
        self.batch_loss(model, self.source.batch(step)?, step)
    }
}
