//! The seam of the dynamics: a discretisation in time, its step and its action side by side.

mod euler_maruyama;

pub use euler_maruyama::EulerMaruyama;

use crate::{Bath, LangevinBackend, Potential};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// Pairs of successive states of the same replicas.
///
/// # Shapes
/// both `[times, batch, width]`, the width that of the dynamics' state (the number of units, where it is overdamped)
#[derive(Debug, Clone)]
pub struct Transitions<B: Backend> {
    /// States that steps start from.
    pub from: Tensor<B, 3>,
    /// States one time step later.
    pub to: Tensor<B, 3>,
}

impl<B: Backend> Transitions<B> {
    /// The transitions at some of the times, by their places in the first dimension.
    #[must_use]
    pub fn at(&self, rows: std::ops::Range<usize>) -> Self {
        let part = |states: &Tensor<B, 3>| states.clone().narrow(0, rows.start, rows.len());
        Self { from: part(&self.from), to: part(&self.to) }
    }

    /// The same transitions backwards: the action of these is that of the reversed trajectory, whose drift is
    /// evaluated at the forward trajectory's end-of-step state (paper B).
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { from: self.to, to: self.from }
    }
}

/// Langevin dynamics discretised in time: how a state steps, and how likely a step is. An action belongs to its discretisation, so
/// both stand in one place; a new dynamics is one file that implements this. Say in it the order of the method and where it
/// comes from.
///
/// Noise ξ is white: independent standard normals of every replica, unit and step.
pub trait Dynamics: Clone {
    /// The heat bath.
    fn bath(&self) -> Bath;

    /// Time step Δt.
    fn time_step(&self) -> f64;

    /// The same dynamics in another bath.
    #[must_use]
    fn in_bath(self, bath: Bath) -> Self;

    /// Columns of a state for so many units: positions first, then whatever else the dynamics moves (velocities). By default the
    /// positions alone.
    fn width(&self, units: usize) -> usize {
        units
    }

    /// The positions of a state, `[batch, width]` → `[batch, units]`.
    fn positions<B: Backend>(&self, state: Tensor<B, 2>, units: usize) -> Tensor<B, 2> {
        state.narrow(1, 0, units)
    }

    /// One step of all units together, with an optional external force f and noise ξ (none at zero temperature).
    ///
    /// # Shapes
    /// `state`: `[batch, width]`; `force`, `noise`: `[batch, units]`
    fn step<B: Backend>(
        &self,
        potential: &impl Potential<B>,
        state: Tensor<B, 2>,
        force: Option<Tensor<B, 2>>,
        noise: Option<Tensor<B, 2>>,
    ) -> Tensor<B, 2>;

    /// The energy whose change and the work make the heat: of the positions and of whatever else moves.
    ///
    /// # Shapes
    /// `[batch, width]` → `[batch]`
    fn energy<B: Backend>(&self, potential: &impl Potential<B>, state: Tensor<B, 2>) -> Tensor<B, 1> {
        potential.energy(self.positions(state, potential.dims()[1]))
    }

    /// Onsager–Machlup action of transitions, −ln of their probability up to a constant that no parameter of the potential
    /// changes; summed over the times given and over units.
    ///
    /// # Shapes
    /// `[times, batch, width]` → `[batch]`
    fn action<B: Backend>(&self, potential: &impl Potential<B>, transitions: &Transitions<B>) -> Tensor<B, 1>;

    /// The action, a mean over the batch, times `weight`, `[1]`: by a kernel where there is one.
    fn mean_action<B: LangevinBackend>(
        &self,
        potential: &impl Potential<B>,
        transitions: &Transitions<B>,
        weight: f64,
    ) -> Tensor<B, 1> {
        self.action(potential, transitions).mean() * weight
    }

    /// The dynamics that fused kernels know, if it is that.
    fn kernel(&self) -> Option<&EulerMaruyama> {
        None
    }
}
