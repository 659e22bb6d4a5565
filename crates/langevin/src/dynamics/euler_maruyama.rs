//! The Euler–Maruyama step and its Onsager–Machlup action, side by side: an action belongs to its discretisation.

use super::{Dynamics, Transitions};
use crate::potential::{lift, raw};
use crate::{Bath, LangevinBackend, LangevinError, Potential};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use kernels::ActionTerms;
use serde::{Deserialize, Serialize};

/// Fewer replicas than this leave a kernel's lanes empty.
const NARROW: usize = 32;

/// Overdamped Langevin dynamics by Euler and Maruyama's method: strong order 1 here, where the noise is additive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EulerMaruyama {
    /// The heat bath.
    pub bath: Bath,
    /// Time step Δt.
    pub time_step: f64,
}

impl EulerMaruyama {
    /// Dynamics in `bath` with time step `time_step` > 0.
    ///
    /// # Errors
    /// [`LangevinError::OutOfRange`] when the time step is not finite and positive.
    pub fn new(bath: Bath, time_step: f64) -> Result<Self, LangevinError> {
        if time_step.is_finite() && time_step > 0.0 {
            Ok(Self { bath, time_step })
        } else {
            Err(LangevinError::OutOfRange {
                name: "time_step",
                value: time_step,
                requirement: "finite and above 0",
            })
        }
    }

    /// μ Δt, the displacement of a step per force.
    pub fn rate(&self) -> f64 {
        self.bath.mobility * self.time_step
    }

    /// √(2 μ kT Δt), the standard deviation of a step's noise.
    pub fn noise_amplitude(&self) -> f64 {
        (2.0 * self.bath.mobility * self.bath.kt * self.time_step).sqrt()
    }

    /// Δx + μ ∂V Δt: the displacement that the noise must have made.
    ///
    /// # Shapes
    /// `[times, batch, units]`
    pub fn residual<B: Backend>(
        &self,
        potential: &impl Potential<B>,
        transitions: &Transitions<B>,
    ) -> Tensor<B, 3> {
        let displacement = transitions.to.clone() - transitions.from.clone();
        displacement + potential.gradient_at_times(transitions.from.clone()) * self.rate()
    }
}

/// ```text
/// x ← x − μ (∂V − f) Δt + √(2 μ kT Δt) ξ
/// S = Σ_steps Σ_i (Δx_i + μ ∂_i V Δt)² / (4 μ kT Δt)
/// ```
///
/// The temperature in S is that of the bath: idealised trajectories may themselves be at zero temperature.
impl Dynamics for EulerMaruyama {
    fn bath(&self) -> Bath {
        self.bath
    }

    fn time_step(&self) -> f64 {
        self.time_step
    }

    fn in_bath(self, bath: Bath) -> Self {
        Self { bath, ..self }
    }

    fn positions<B: Backend>(&self, state: Tensor<B, 2>, _: usize) -> Tensor<B, 2> {
        state
    }

    fn step<B: Backend>(
        &self,
        potential: &impl Potential<B>,
        x: Tensor<B, 2>,
        force: Option<Tensor<B, 2>>,
        noise: Option<Tensor<B, 2>>,
    ) -> Tensor<B, 2> {
        let mut gradient = potential.gradient(x.clone());
        if let Some(force) = force {
            gradient = gradient - force;
        }
        let drifted = x - gradient * self.rate();
        match noise {
            Some(xi) => drifted + xi * self.noise_amplitude(),
            None => drifted,
        }
    }

    fn action<B: Backend>(&self, potential: &impl Potential<B>, transitions: &Transitions<B>) -> Tensor<B, 1> {
        let residual = self.residual(potential, transitions);
        let square = residual.clone() * residual;
        let total: Tensor<B, 2> = square.sum_dim(0).squeeze_dim(0);
        let total: Tensor<B, 1> = total.sum_dim(1).squeeze_dim(1);
        total * (1.0 / (4.0 * self.bath.mobility * self.bath.kt * self.time_step))
    }

    /// One operation of the backend for a [`crate::Landscape`] whose units have one well: under autodiff it makes the action and its
    /// gradients in one pass over the transitions, without a graph over the steps.
    fn mean_action<B: LangevinBackend>(
        &self,
        potential: &impl Potential<B>,
        transitions: &Transitions<B>,
        weight: f64,
    ) -> Tensor<B, 1> {
        let shared = potential.kernel().and_then(|landscape| Some((landscape, landscape.wells().shared()?)));
        let Some((landscape, well)) = shared else {
            return self.action(potential, transitions).mean() * weight;
        };
        let [times, replicas, units] = transitions.from.dims();
        let (mut weight, mut drive) = (weight, landscape.drive());
        let (mut from, mut to) = (transitions.from.clone(), transitions.to.clone());
        if replicas < NARROW && times > replicas {
            // Kernels work on many replicas at once: here the time steps of a few take their place.
            // (Not `repeat_dim`: in Burn 0.21 its gradient mixes the rows up.)
            let expanded: Tensor<B, 3> = drive.unsqueeze::<3>().expand([times, replicas, units]);
            drive = expanded.reshape([times * replicas, units]);
            from = from.reshape([1, times * replicas, units]);
            to = to.reshape([1, times * replicas, units]);
            weight *= times as f64;
        }
        let rate = self.rate();
        let terms = ActionTerms { well, rate, weight: weight / (4.0 * rate * self.bath.kt) };
        lift(B::mean_action(landscape.couplings().map(raw), raw(drive), raw(from), raw(to), &terms))
    }

    fn kernel(&self) -> Option<&EulerMaruyama> {
        Some(self)
    }
}
