//! The Euler–Maruyama step and its Onsager–Machlup action, side by side: an action belongs to its discretisation.

use crate::{Bath, Landscape, LangevinBackend, LangevinError, Potential};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorPrimitive};
use kernels::ActionTerms;
use serde::{Deserialize, Serialize};

/// Overdamped Langevin dynamics by Euler and Maruyama's method: strong order 1 here, where the noise is additive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EulerMaruyama {
    /// The heat bath.
    pub bath: Bath,
    /// Time step Δt.
    pub time_step: f64,
}

/// Pairs of successive states of the same replicas.
///
/// # Shapes
/// both `[times, batch, units]`
#[derive(Debug, Clone)]
pub struct Transitions<B: Backend> {
    /// States x at which the drift is evaluated.
    pub from: Tensor<B, 3>,
    /// States x + Δx one time step later.
    pub to: Tensor<B, 3>,
}

impl<B: Backend> Transitions<B> {
    /// The same transitions backwards: the action of these is that of the reversed trajectory, whose drift is
    /// evaluated at the forward trajectory's end-of-step state (paper B).
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { from: self.to, to: self.from }
    }
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

    /// One step of all units together, with an optional external force f:
    ///
    /// ```text
    /// x ← x − μ (∂V − f) Δt + √(2 μ kT Δt) ξ,   ξ ~ N(0, 1)
    /// ```
    ///
    /// # Shapes
    /// all `[batch, units]`; `noise` is ξ, none at zero temperature.
    pub fn step<B: Backend>(
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
        let drifted = x - gradient * (self.bath.mobility * self.time_step);
        match noise {
            Some(xi) => drifted + xi * self.noise_amplitude(),
            None => drifted,
        }
    }

    /// √(2 μ kT Δt), the standard deviation of a step's noise.
    pub fn noise_amplitude(&self) -> f64 {
        (2.0 * self.bath.mobility * self.bath.kt * self.time_step).sqrt()
    }

    /// Onsager–Machlup action of transitions under the computer's dynamics, −ln of their probability up to a constant:
    ///
    /// ```text
    /// S = Σ_steps Σ_i (Δx_i + μ ∂_i V Δt)² / (4 μ kT Δt)
    /// ```
    ///
    /// summed over the times given and over units. The temperature here is the action's, `kt`: idealised trajectories
    /// may themselves be at zero temperature.
    ///
    /// # Shapes
    /// `[times, batch, units]` → `[batch]`
    pub fn action<B: Backend>(&self, landscape: &Landscape<B>, transitions: &Transitions<B>) -> Tensor<B, 1> {
        let residual = self.residual(landscape, transitions);
        let square = residual.clone() * residual;
        let total: Tensor<B, 2> = square.sum_dim(0).squeeze_dim(0);
        let total: Tensor<B, 1> = total.sum_dim(1).squeeze_dim(1);
        total * (1.0 / (4.0 * self.bath.mobility * self.bath.kt * self.time_step))
    }

    /// The action of [`EulerMaruyama::action`], a mean over the batch, times `weight`: one operation of the backend, which under
    /// autodiff makes the action and its gradients in one pass over the transitions, without a graph over the steps.
    ///
    /// # Shapes
    /// `[times, batch, units]` → `[1]`
    pub fn mean_action<B: LangevinBackend>(
        &self,
        landscape: &Landscape<B>,
        transitions: &Transitions<B>,
        weight: f64,
    ) -> Tensor<B, 1> {
        if landscape.wells().is_some() {
            return self.action(landscape, transitions).mean() * weight;
        }
        let rate = self.bath.mobility * self.time_step;
        let (j2, j4) = (landscape.j2(), landscape.j4());
        let terms = ActionTerms { j2, j4, rate, weight: weight / (4.0 * rate * self.bath.kt) };
        let action = B::mean_action(
            landscape.couplings().map(|couplings| couplings.into_primitive().tensor()),
            landscape.drive().into_primitive().tensor(),
            transitions.from.clone().into_primitive().tensor(),
            transitions.to.clone().into_primitive().tensor(),
            &terms,
        );
        Tensor::from_primitive(TensorPrimitive::Float(action))
    }

    /// Δx + μ ∂V Δt: the displacement that the noise must have made.
    ///
    /// # Shapes
    /// `[times, batch, units]`
    pub fn residual<B: Backend>(&self, landscape: &Landscape<B>, transitions: &Transitions<B>) -> Tensor<B, 3> {
        let displacement = transitions.to.clone() - transitions.from.clone();
        displacement
            + landscape.gradient_at_times(transitions.from.clone()) * (self.bath.mobility * self.time_step)
    }
}
