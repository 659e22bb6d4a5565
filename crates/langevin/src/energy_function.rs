//! An energy without a gradient of its own.

use crate::potential::UNPHYSICAL;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn_autodiff::Autodiff;

/// An energy V of a batch of states, differentiable by Burn; [`crate::ByAutodiff`] makes a [`crate::Potential`] of it.
///
/// Parameters of the energy are tensors of `B`; they enter as `Tensor::from_inner(parameter)`, and training through the dynamics
/// or the action reaches them.
pub trait EnergyFunction<B: Backend> {
    /// Replicas and units, `[batch, units]`.
    fn dims(&self) -> [usize; 2];

    /// The backend device it lives on.
    fn device(&self) -> B::Device;

    /// V(x), up to a constant.
    ///
    /// # Shapes
    /// `[batch, units]` → `[batch]`
    fn energy(&self, x: Tensor<Autodiff<B>, 2>) -> Tensor<Autodiff<B>, 1>;

    /// The largest |x| that a step of `rate` = μ Δt can hold; see [`crate::Potential::bounds`].
    fn bounds(&self, rate: f64) -> Vec<f64> {
        let _ = rate;
        vec![UNPHYSICAL]
    }
}
