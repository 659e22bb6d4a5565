//! Time-dependent external forces: noising protocols, dragged traps.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// An external force f(t) on every unit; the potential becomes V(x) − f(t)·x.
pub trait ExternalForce<B: Backend> {
    /// Force during `step`, `[batch, units]`; none stands for zero.
    fn at(&self, step: usize) -> Option<Tensor<B, 2>>;

    /// Whether there is a force at all; without one no work is accounted.
    fn acts(&self) -> bool {
        true
    }
}

/// No external force.
#[derive(Debug, Clone, Copy)]
pub struct NoForce;

impl<B: Backend> ExternalForce<B> for NoForce {
    fn at(&self, _: usize) -> Option<Tensor<B, 2>> {
        None
    }

    fn acts(&self) -> bool {
        false
    }
}

/// A fixed pattern whose amplitude follows a schedule: f_i(t_k) = s_i a(k).
///
/// Paper B's noising: s_i the pixel and a(k) = 2 max(0, 1 − t_k/(0.75 t_f)).
pub struct RampedForce<B: Backend, F: Fn(usize) -> f64> {
    /// Pattern s, `[batch, units]`.
    pub pattern: Tensor<B, 2>,
    /// Amplitude a at a step.
    pub amplitude: F,
}

impl<B: Backend, F: Fn(usize) -> f64> ExternalForce<B> for RampedForce<B, F> {
    fn at(&self, step: usize) -> Option<Tensor<B, 2>> {
        let amplitude = (self.amplitude)(step);
        (amplitude != 0.0).then(|| self.pattern.clone() * amplitude)
    }
}
