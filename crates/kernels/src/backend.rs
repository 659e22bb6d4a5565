//! The backend extension of the hot path: whole trajectories and the action, fused where a backend can.

use crate::{Well, Wells, reference};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::ops::FloatTensor;
use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

/// A batch of whole trajectories, all but its tensors.
///
/// ```text
/// x ← x − r (2 J2 x + 4 J4 x³ + d_s + x J_s) + a ξ,    r = μ Δt,  a = √(2 μ kT Δt),  ξ of crate::noise
/// ```
///
/// Couplings J_s and drive d_s are those of the segment s of the program that a step lies in; a program that does not change has
/// one segment.
#[derive(Debug, Clone, PartialEq)]
pub struct TrajectorySpec {
    /// Time steps K.
    pub steps: usize,
    /// The units' wells.
    pub wells: Wells,
    /// r = μ Δt.
    pub rate: f64,
    /// a = √(2 μ kT Δt); 0 at zero temperature.
    pub amplitude: f64,
    /// Seed of the noise.
    pub seed: u64,
    /// Replica of each row of the batch.
    pub replicas: Arc<[u64]>,
    /// Steps after which the state is recorded: ascending, each in 1..=K, at least one. The last should be K.
    pub record: Vec<usize>,
    /// Steps after which the program's next segment acts: ascending, each in 1..K. Empty for a program that does not change.
    pub switches: Vec<usize>,
}

impl TrajectorySpec {
    /// Segments of the program S.
    pub fn segments(&self) -> usize {
        self.switches.len() + 1
    }

    /// The steps of each segment.
    pub fn spans(&self) -> impl DoubleEndedIterator<Item = Range<usize>> + ExactSizeIterator + '_ {
        let bound = move |s: usize| match s.checked_sub(1) {
            None => 0,
            Some(s) => self.switches.get(s).copied().unwrap_or(self.steps),
        };
        (0..self.segments()).map(move |s| bound(s)..bound(s + 1))
    }

    /// The segment that a step lies in.
    pub fn segment_of(&self, step: usize) -> usize {
        self.switches.partition_point(|switch| *switch <= step)
    }
}

/// The constants of an Onsager–Machlup action:
///
/// ```text
/// S̄ = (w / B) Σ_{t, b, i} (Δx + r (2 J2 x + 4 J4 x³ + d + x J))²
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActionTerms {
    /// The well of all units.
    pub well: Well,
    /// r = μ Δt.
    pub rate: f64,
    /// w = 1 / (4 μ kT Δt), times whatever weights a subset of the time steps.
    pub weight: f64,
}

/// Gradients of a scalar with respect to what trajectories depend on.
#[derive(Debug, Clone)]
pub struct TrajectoryGradients<B: Backend> {
    /// With respect to every element of J, both triangles and the diagonal independent, in the shape of J; none for
    /// uncoupled units.
    pub couplings: Option<FloatTensor<B>>,
    /// With respect to the drive, in its shape.
    pub drive: FloatTensor<B>,
    /// With respect to the start states, `[batch, units]`.
    pub start: FloatTensor<B>,
}

/// What a forward pass keeps for the backward one, of which only its backend knows the form.
#[derive(Debug, Clone)]
pub struct Tape(pub Arc<dyn Any + Send + Sync>);

/// The mean action with its gradients.
#[derive(Debug, Clone)]
pub struct ActionGradients<B: Backend> {
    /// S̄, `[1]`.
    pub action: FloatTensor<B>,
    /// With respect to every element of J, `[units, units]`; none for uncoupled units.
    pub couplings: Option<FloatTensor<B>>,
    /// With respect to the drive, `[batch, units]`.
    pub drive: FloatTensor<B>,
}

/// A backend with the operations of the hot path. Every method has a default made of tensor operations (the
/// reference, [`crate::reference`]), so that a backend joins with an empty `impl`; fused implementations
/// agree with it to rounding.
///
/// # Shapes
/// `couplings`: `[units, units]`, acting as x J (symmetric for a computer); `drive`, `start`: `[batch, units]`. Trajectories under a
/// program of S > 1 segments take `[S, units, units]` and `[S, batch, units]`.
pub trait LangevinBackend: Backend {
    /// Recorded states of whole trajectories, `[recorded, batch, units]`.
    fn trajectories(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        start: FloatTensor<Self>,
        run: &TrajectorySpec,
    ) -> FloatTensor<Self> {
        reference::trajectories::<Self>(couplings, drive, start, run)
    }

    /// The same, to be followed by [`LangevinBackend::trajectories_backward`]: with the states that it will need, if they are few.
    fn trajectories_taped(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        start: FloatTensor<Self>,
        run: &TrajectorySpec,
    ) -> (FloatTensor<Self>, Option<Tape>) {
        (Self::trajectories(couplings, drive, start, run), None)
    }

    /// Gradients through the dynamics with the noise held fixed, from those with respect to the recorded states,
    /// `[recorded, batch, units]`: the adjoint of the Euler steps, the states computed again where `tape` does not have them.
    fn trajectories_backward(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        start: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        run: &TrajectorySpec,
        tape: Option<Tape>,
    ) -> TrajectoryGradients<Self> {
        let _ = tape;
        reference::trajectories_backward::<Self>(couplings, drive, start, gradient, run)
    }

    /// V(x) = Σ_i (J2 x_i² + J4 x_i⁴ + d_i x_i) + ½ xᵀ J x of each row, `[batch]`.
    fn energies(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        x: FloatTensor<Self>,
        well: Well,
    ) -> FloatTensor<Self> {
        reference::energies::<Self>(couplings, drive, x, well)
    }

    /// The largest |x|; not finite if any state is not.
    fn largest(x: FloatTensor<Self>) -> f64 {
        reference::largest::<Self>(x)
    }

    /// What frozen inputs add to the drive of the units, inputs · couplings: `[batch, inputs]` and `[inputs, units]` →
    /// `[batch, units]`.
    fn input_drive(inputs: FloatTensor<Self>, couplings: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_matmul(inputs, couplings)
    }

    /// The gradient with respect to those couplings, inputsᵀ · gradient, from that with respect to the drive.
    fn input_drive_backward(inputs: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_matmul(Self::float_transpose(inputs), gradient)
    }

    /// The action S̄ of transitions `from` → `to` (each `[times, batch, units]`), a mean over the batch, `[1]`.
    fn mean_action(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        from: FloatTensor<Self>,
        to: FloatTensor<Self>,
        terms: &ActionTerms,
    ) -> FloatTensor<Self> {
        reference::mean_action::<Self>(couplings, drive, from, to, terms)
    }

    /// The action and its gradients in one pass over the transitions.
    fn mean_action_gradients(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        from: FloatTensor<Self>,
        to: FloatTensor<Self>,
        terms: &ActionTerms,
    ) -> ActionGradients<Self> {
        reference::mean_action_gradients::<Self>(couplings, drive, from, to, terms)
    }
}

/// A backend with autodiff that, like its inner backend, has the operations of the hot path.
pub trait LangevinAutodiffBackend: LangevinBackend + AutodiffBackend<InnerBackend: LangevinBackend> {}

impl<B: LangevinBackend + AutodiffBackend<InnerBackend: LangevinBackend>> LangevinAutodiffBackend for B {}
