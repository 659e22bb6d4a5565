//! The fused kernels as operations of burn-ndarray; other float types than `f32` take the reference.

use super::action::Transitions;
use super::trajectories::Batch;
use crate::{ActionGradients, ActionTerms, LangevinBackend, Run, TrajectoryGradients, reference};
use burn::tensor::backend::{Backend, ExecutionError};
use burn::tensor::ops::{FloatTensor, FloatTensorOps};
use burn::tensor::{DType, TensorData, TensorMetadata};
use burn_ndarray::{FloatNdArrayElement, IntNdArrayElement, NdArray, NdArrayTensor, QuantElement, SharedArray};

/// The values of a tensor, row-major.
fn values<B: Backend>(tensor: FloatTensor<B>) -> Vec<f32> {
    let data: Result<TensorData, ExecutionError> = burn::tensor::read_sync(B::float_into_data(tensor));
    data.expect("a tensor in memory can be read").into_vec().expect("the float type was checked")
}

fn tensor<B: Backend>(values: Vec<f32>, shape: impl Into<Vec<usize>>, device: &B::Device) -> FloatTensor<B> {
    B::float_from_data(TensorData::new(values, shape.into()), device)
}

impl<E, I, Q> LangevinBackend for NdArray<E, I, Q>
where
    E: FloatNdArrayElement,
    I: IntNdArrayElement,
    Q: QuantElement,
    NdArrayTensor: From<SharedArray<E>>,
    NdArrayTensor: From<SharedArray<I>>,
{
    fn trajectories(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        start: FloatTensor<Self>,
        run: &Run,
    ) -> FloatTensor<Self> {
        if drive.dtype() != DType::F32 {
            return reference::trajectories::<Self>(couplings, drive, start, run);
        }
        let (device, shape) = (Self::float_device(&drive), drive.shape().to_vec());
        let couplings = couplings.map(values::<Self>);
        let (drive, start) = (values::<Self>(drive), values::<Self>(start));
        let batch = Batch { couplings: couplings.as_deref(), drive: &drive, start: &start, units: shape[1], run };
        tensor::<Self>(batch.trajectories(), [run.record.len(), shape[0], shape[1]], &device)
    }

    fn trajectories_backward(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        start: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        run: &Run,
    ) -> TrajectoryGradients<Self> {
        if drive.dtype() != DType::F32 {
            return reference::trajectories_backward::<Self>(couplings, drive, start, gradient, run);
        }
        let (device, shape) = (Self::float_device(&drive), drive.shape().to_vec());
        let couplings = couplings.map(values::<Self>);
        let (drive, start, gradient) = (values::<Self>(drive), values::<Self>(start), values::<Self>(gradient));
        let batch = Batch { couplings: couplings.as_deref(), drive: &drive, start: &start, units: shape[1], run };
        let gradients = batch.backward(&gradient);
        TrajectoryGradients {
            couplings: couplings
                .is_some()
                .then(|| tensor::<Self>(gradients.couplings, [shape[1], shape[1]], &device)),
            drive: tensor::<Self>(gradients.drive, shape.clone(), &device),
            start: tensor::<Self>(gradients.start, shape, &device),
        }
    }

    fn mean_action(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        from: FloatTensor<Self>,
        to: FloatTensor<Self>,
        terms: &ActionTerms,
    ) -> FloatTensor<Self> {
        if drive.dtype() != DType::F32 {
            return reference::mean_action::<Self>(couplings, drive, from, to, terms);
        }
        let (device, units) = (Self::float_device(&drive), drive.shape()[1]);
        let couplings = couplings.map(values::<Self>);
        let (drive, from, to) = (values::<Self>(drive), values::<Self>(from), values::<Self>(to));
        let transitions = Transitions {
            couplings: couplings.as_deref(),
            drive: &drive,
            from: &from,
            to: &to,
            units,
            terms: *terms,
        };
        tensor::<Self>(vec![transitions.action(false).value], [1], &device)
    }

    fn mean_action_gradients(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        from: FloatTensor<Self>,
        to: FloatTensor<Self>,
        terms: &ActionTerms,
    ) -> ActionGradients<Self> {
        if drive.dtype() != DType::F32 {
            return reference::mean_action_gradients::<Self>(couplings, drive, from, to, terms);
        }
        let (device, shape) = (Self::float_device(&drive), drive.shape().to_vec());
        let units = shape[1];
        let couplings = couplings.map(values::<Self>);
        let (drive, from, to) = (values::<Self>(drive), values::<Self>(from), values::<Self>(to));
        let transitions = Transitions {
            couplings: couplings.as_deref(),
            drive: &drive,
            from: &from,
            to: &to,
            units,
            terms: *terms,
        };
        let action = transitions.action(true);
        ActionGradients {
            action: tensor::<Self>(vec![action.value], [1], &device),
            couplings: couplings.is_some().then(|| tensor::<Self>(action.couplings, [units, units], &device)),
            drive: tensor::<Self>(action.drive, shape, &device),
        }
    }
}
