//! The fused kernels for burn-ndarray.

use super::fused::{self, Host, fused_operations};
use crate::{ActionGradients, ActionTerms, LangevinBackend, Tape, TrajectoryGradients, TrajectorySpec, Well};
use burn::tensor::ops::FloatTensor;
use burn_ndarray::{FloatNdArrayElement, IntNdArrayElement, NdArray, NdArrayTensor, QuantElement, SharedArray};
use std::borrow::Cow;

impl<E, I, Q> Host for NdArray<E, I, Q>
where
    E: FloatNdArrayElement,
    I: IntNdArrayElement,
    Q: QuantElement,
    NdArrayTensor: From<SharedArray<E>>,
    NdArrayTensor: From<SharedArray<I>>,
{
    fn values(tensor: &NdArrayTensor) -> Option<Cow<'_, [f32]>> {
        let NdArrayTensor::F32(storage) = tensor else { return None };
        let view = storage.view();
        Some(view.to_slice().map_or_else(|| view.iter().copied().collect(), Cow::Borrowed))
    }
}

impl<E, I, Q> LangevinBackend for NdArray<E, I, Q>
where
    E: FloatNdArrayElement,
    I: IntNdArrayElement,
    Q: QuantElement,
    NdArrayTensor: From<SharedArray<E>>,
    NdArrayTensor: From<SharedArray<I>>,
{
    fused_operations!();
}
