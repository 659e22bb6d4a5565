//! The fused kernels as operations of a backend whose tensors are in this machine's memory; other float types than `f32` take the
//! reference.

use super::action::{self, Action, Transitions};
use super::trajectories::{Batch, States};
use crate::{
    ActionGradients, ActionTerms, LangevinBackend, Tape, TrajectoryGradients, TrajectorySpec, Well, reference,
};
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{TensorData, TensorMetadata};
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

/// A backend whose tensors are in this machine's memory.
pub(super) trait Host: LangevinBackend {
    /// The values of a tensor, row-major: its own memory where that is contiguous. None for other float types.
    fn values(tensor: &FloatTensor<Self>) -> Option<Cow<'_, [f32]>>;
}

/// The values of the couplings, if units are coupled, and of the other tensors of an operation. None where a tensor is not `f32`.
#[expect(clippy::type_complexity, reason = "a tuple that one caller takes apart")]
fn all_values<'a, H: Host, const N: usize>(
    couplings: Option<&'a FloatTensor<H>>,
    others: [&'a FloatTensor<H>; N],
) -> Option<(Option<Cow<'a, [f32]>>, [Cow<'a, [f32]>; N])> {
    let mut found = Vec::with_capacity(N);
    for other in others {
        found.push(H::values(other)?);
    }
    let couplings = match couplings {
        Some(couplings) => Some(H::values(couplings)?),
        None => None,
    };
    Some((couplings, found.try_into().ok()?))
}

pub(super) fn tensor<B: Backend>(
    values: Vec<f32>,
    shape: impl Into<Vec<usize>>,
    device: &B::Device,
) -> FloatTensor<B> {
    B::float_from_data(TensorData::new(values, shape.into()), device)
}

pub(super) fn trajectories<H: Host>(
    couplings: Option<FloatTensor<H>>,
    drive: FloatTensor<H>,
    start: FloatTensor<H>,
    run: &TrajectorySpec,
) -> FloatTensor<H> {
    let (device, shape) = (H::float_device(&drive), start.shape().to_vec());
    let fused = || {
        let (couplings, [drive, start]) = all_values::<H, _>(couplings.as_ref(), [&drive, &start])?;
        let batch = Batch { couplings: couplings.as_deref(), drive: &drive, start: &start, units: shape[1], run };
        Some(tensor::<H>(batch.trajectories(), [run.record.len(), shape[0], shape[1]], &device))
    };
    fused().unwrap_or_else(|| reference::trajectories::<H>(couplings, drive, start, run))
}

pub(super) fn trajectories_taped<H: Host>(
    couplings: Option<FloatTensor<H>>,
    drive: FloatTensor<H>,
    start: FloatTensor<H>,
    run: &TrajectorySpec,
) -> (FloatTensor<H>, Option<Tape>) {
    let (device, shape) = (H::float_device(&drive), start.shape().to_vec());
    let fused = || {
        let (couplings, [drive, start]) = all_values::<H, _>(couplings.as_ref(), [&drive, &start])?;
        let batch = Batch { couplings: couplings.as_deref(), drive: &drive, start: &start, units: shape[1], run };
        let (recorded, states) = batch.trajectories_taped()?;
        let recorded = tensor::<H>(recorded, [run.record.len(), shape[0], shape[1]], &device);
        Some((recorded, Some(Tape(Arc::new(states)))))
    };
    fused().unwrap_or_else(|| (trajectories::<H>(couplings, drive, start, run), None))
}

pub(super) fn trajectories_backward<H: Host>(
    couplings: Option<FloatTensor<H>>,
    drive: FloatTensor<H>,
    start: FloatTensor<H>,
    gradient: FloatTensor<H>,
    run: &TrajectorySpec,
    tape: Option<Tape>,
) -> TrajectoryGradients<H> {
    let device = H::float_device(&drive);
    let fused = || {
        let shapes = [couplings.as_ref().map(TensorMetadata::shape), Some(drive.shape()), Some(start.shape())];
        let [couplings_shape, drive_shape, start_shape] = shapes.map(|s| s.map_or(vec![], |s| s.to_vec()));
        let units = start_shape[1];
        let (coupled, [drive, start, gradient]) =
            all_values::<H, _>(couplings.as_ref(), [&drive, &start, &gradient])?;
        let batch = Batch { couplings: coupled.as_deref(), drive: &drive, start: &start, units, run };
        let gradients = batch.backward(&gradient, tape.as_ref().and_then(|tape| tape.0.downcast_ref::<States>()));
        Some(TrajectoryGradients {
            couplings: coupled.is_some().then(|| tensor::<H>(gradients.couplings, couplings_shape, &device)),
            drive: tensor::<H>(gradients.drive, drive_shape, &device),
            start: tensor::<H>(gradients.start, start_shape, &device),
        })
    };
    fused().unwrap_or_else(|| reference::trajectories_backward::<H>(couplings, drive, start, gradient, run))
}

pub(super) fn energies<H: Host>(
    couplings: Option<FloatTensor<H>>,
    drive: FloatTensor<H>,
    x: FloatTensor<H>,
    well: Well,
) -> FloatTensor<H> {
    let (device, shape) = (H::float_device(&drive), drive.shape().to_vec());
    let fused = || {
        let (couplings, [drive, x]) = all_values::<H, _>(couplings.as_ref(), [&drive, &x])?;
        let found = action::energies(couplings.as_deref(), &drive, &x, shape[1], well);
        Some(tensor::<H>(found, [shape[0]], &device))
    };
    fused().unwrap_or_else(|| reference::energies::<H>(couplings, drive, x, well))
}

pub(super) fn largest<H: Host>(x: FloatTensor<H>) -> f64 {
    H::values(&x).map_or_else(|| reference::largest::<H>(x.clone()), |x| largest_of(&x))
}

pub(super) fn mean_action<H: Host>(
    couplings: Option<FloatTensor<H>>,
    drive: FloatTensor<H>,
    from: FloatTensor<H>,
    to: FloatTensor<H>,
    terms: &ActionTerms,
) -> FloatTensor<H> {
    match action_of::<H>(couplings.as_ref(), [&drive, &from, &to], terms, false) {
        Some(action) => tensor::<H>(vec![action.value], [1], &H::float_device(&drive)),
        None => reference::mean_action::<H>(couplings, drive, from, to, terms),
    }
}

pub(super) fn mean_action_gradients<H: Host>(
    couplings: Option<FloatTensor<H>>,
    drive: FloatTensor<H>,
    from: FloatTensor<H>,
    to: FloatTensor<H>,
    terms: &ActionTerms,
) -> ActionGradients<H> {
    let (device, shape) = (H::float_device(&drive), drive.shape().to_vec());
    match action_of::<H>(couplings.as_ref(), [&drive, &from, &to], terms, true) {
        Some(action) => ActionGradients {
            action: tensor::<H>(vec![action.value], [1], &device),
            couplings: couplings.map(|_| tensor::<H>(action.couplings, [shape[1], shape[1]], &device)),
            drive: tensor::<H>(action.drive, shape, &device),
        },
        None => reference::mean_action_gradients::<H>(couplings, drive, from, to, terms),
    }
}

/// The largest |x|; infinite if any is not a number.
fn largest_of(x: &[f32]) -> f64 {
    let of = |part: &[f32]| {
        let mut lanes = [0f32; 16];
        for row in part.chunks(16) {
            for (lane, x) in lanes.iter_mut().zip(row) {
                let x = if x.is_nan() { f32::INFINITY } else { x.abs() };
                *lane = if x > *lane { x } else { *lane };
            }
        }
        lanes.into_iter().fold(0f32, f32::max)
    };
    f64::from(x.par_chunks(1 << 15).map(of).reduce(|| 0f32, f32::max))
}

/// None for other float types.
fn action_of<H: Host>(
    couplings: Option<&FloatTensor<H>>,
    [drive, from, to]: [&FloatTensor<H>; 3],
    terms: &ActionTerms,
    gradients: bool,
) -> Option<Action> {
    let units = drive.shape()[1];
    let (couplings, [drive, from, to]) = all_values::<H, _>(couplings, [drive, from, to])?;
    let couplings = couplings.as_deref();
    let transitions = Transitions { couplings, drive: &drive, from: &from, to: &to, units, terms: *terms };
    Some(transitions.action(gradients))
}

/// The methods of [`LangevinBackend`] that have kernels, for a [`Host`].
macro_rules! fused_operations {
    () => {
        fn trajectories(
            couplings: Option<FloatTensor<Self>>,
            drive: FloatTensor<Self>,
            start: FloatTensor<Self>,
            run: &TrajectorySpec,
        ) -> FloatTensor<Self> {
            fused::trajectories::<Self>(couplings, drive, start, run)
        }

        fn trajectories_taped(
            couplings: Option<FloatTensor<Self>>,
            drive: FloatTensor<Self>,
            start: FloatTensor<Self>,
            run: &TrajectorySpec,
        ) -> (FloatTensor<Self>, Option<Tape>) {
            fused::trajectories_taped::<Self>(couplings, drive, start, run)
        }

        fn trajectories_backward(
            couplings: Option<FloatTensor<Self>>,
            drive: FloatTensor<Self>,
            start: FloatTensor<Self>,
            gradient: FloatTensor<Self>,
            run: &TrajectorySpec,
            tape: Option<Tape>,
        ) -> TrajectoryGradients<Self> {
            fused::trajectories_backward::<Self>(couplings, drive, start, gradient, run, tape)
        }

        fn energies(
            couplings: Option<FloatTensor<Self>>,
            drive: FloatTensor<Self>,
            x: FloatTensor<Self>,
            well: Well,
        ) -> FloatTensor<Self> {
            fused::energies::<Self>(couplings, drive, x, well)
        }

        fn largest(x: FloatTensor<Self>) -> f64 {
            fused::largest::<Self>(x)
        }

        fn mean_action(
            couplings: Option<FloatTensor<Self>>,
            drive: FloatTensor<Self>,
            from: FloatTensor<Self>,
            to: FloatTensor<Self>,
            terms: &ActionTerms,
        ) -> FloatTensor<Self> {
            fused::mean_action::<Self>(couplings, drive, from, to, terms)
        }

        fn mean_action_gradients(
            couplings: Option<FloatTensor<Self>>,
            drive: FloatTensor<Self>,
            from: FloatTensor<Self>,
            to: FloatTensor<Self>,
            terms: &ActionTerms,
        ) -> ActionGradients<Self> {
            fused::mean_action_gradients::<Self>(couplings, drive, from, to, terms)
        }
    };
}
pub(super) use fused_operations;
