//! The seam of the potential: what the dynamics takes its forces from.

use crate::{EnergyFunction, Landscape, LangevinBackend};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorPrimitive};
use burn_autodiff::Autodiff;

/// States beyond this are no longer a computer's, whatever its potential.
pub const UNPHYSICAL: f64 = 1e6;

/// A potential energy V of a batch of states: [`Landscape`], or one of your own.
///
/// `energy` and `gradient` must belong together; a test compares them by central differences (`check_gradient` of the
/// crate `testkit` does). Who has an energy alone takes [`ByAutodiff`].
pub trait Potential<B: Backend> {
    /// Replicas and units, `[batch, units]`.
    fn dims(&self) -> [usize; 2];

    /// The backend device it lives on.
    fn device(&self) -> B::Device;

    /// V(x), up to a constant.
    ///
    /// # Shapes
    /// `[batch, units]` → `[batch]`
    fn energy(&self, x: Tensor<B, 2>) -> Tensor<B, 1>;

    /// ∂V/∂x_i; the force on unit i is its negative.
    ///
    /// # Shapes
    /// `[batch, units]` → `[batch, units]`
    fn gradient(&self, x: Tensor<B, 2>) -> Tensor<B, 2>;

    /// ∂V/∂x_i at several states of each replica at once. By default one time after the other.
    ///
    /// # Shapes
    /// `[times, batch, units]` → `[times, batch, units]`
    fn gradient_at_times(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let times = x.dims()[0];
        let at = |t: usize| self.gradient(x.clone().narrow(0, t, 1).squeeze_dim(0));
        Tensor::stack((0..times).map(at).collect(), 0)
    }

    /// The largest |x| that a step of `rate` = μ Δt can hold, one for all units or one each: a state beyond it has diverged, and
    /// the simulation says so. By default a million.
    fn bounds(&self, rate: f64) -> Vec<f64> {
        let _ = rate;
        vec![UNPHYSICAL]
    }

    /// The landscape that fused kernels know, if it is one: they then run whole trajectories in one operation.
    fn kernel(&self) -> Option<&Landscape<B>> {
        None
    }
}

/// A potential whose gradient is made by automatic differentiation of its energy, inside whatever differentiation surrounds it:
/// trajectories, their action and training through them work as with a gradient by hand, at two to three times the cost.
///
/// ```
/// use burn::tensor::Tensor;
/// use burn_autodiff::Autodiff;
/// use burn_ndarray::{NdArray, NdArrayDevice};
/// use thermograd_langevin::{ByAutodiff, EnergyFunction, Potential};
///
/// /// V(x) = Σ_i cos x_i of one replica of two units.
/// struct Washboard;
///
/// impl EnergyFunction<NdArray> for Washboard {
///     fn dims(&self) -> [usize; 2] {
///         [1, 2]
///     }
///     fn device(&self) -> NdArrayDevice {
///         NdArrayDevice::Cpu
///     }
///     fn energy(&self, x: Tensor<Autodiff<NdArray>, 2>) -> Tensor<Autodiff<NdArray>, 1> {
///         x.cos().sum_dim(1).squeeze_dim(1)
///     }
/// }
///
/// let x = Tensor::from_data([[0.0f32, std::f32::consts::FRAC_PI_2]], &NdArrayDevice::Cpu);
/// let gradient = ByAutodiff(Washboard).gradient(x).into_data();
/// assert!(gradient.iter::<f32>().zip([0.0, -1.0]).all(|(found, exact)| (found - exact).abs() < 1e-6));
/// ```
#[derive(Debug, Clone)]
pub struct ByAutodiff<E>(
    /// The energy.
    pub E,
);

impl<B: Backend, E: EnergyFunction<B>> Potential<B> for ByAutodiff<E> {
    fn dims(&self) -> [usize; 2] {
        self.0.dims()
    }

    fn device(&self) -> B::Device {
        self.0.device()
    }

    fn energy(&self, x: Tensor<B, 2>) -> Tensor<B, 1> {
        self.0.energy(Tensor::from_inner(x)).inner()
    }

    fn gradient(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let x = Tensor::<Autodiff<B>, 2>::from_inner(x).require_grad();
        let gradients = self.0.energy(x.clone()).sum().backward();
        match x.grad(&gradients) {
            Some(gradient) => gradient,
            // The energy does not depend on x.
            None => x.inner().zeros_like(),
        }
    }

    fn bounds(&self, rate: f64) -> Vec<f64> {
        self.0.bounds(rate)
    }
}

/// Lowers a tensor to what operations of the backend take.
pub(crate) fn raw<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> burn::tensor::ops::FloatTensor<B> {
    tensor.into_primitive().tensor()
}

/// Lifts what an operation of the backend gives.
pub(crate) fn lift<B: Backend, const D: usize>(tensor: burn::tensor::ops::FloatTensor<B>) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}

/// What frozen inputs add to the drive through their couplings: `[batch, inputs]` and `[inputs, units]` → `[batch, units]`.
pub fn input_drive<B: LangevinBackend>(inputs: Tensor<B, 2>, couplings: Tensor<B, 2>) -> Tensor<B, 2> {
    lift(B::input_drive(raw(inputs), raw(couplings)))
}
