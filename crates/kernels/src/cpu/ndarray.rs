//! The fused kernels for burn-ndarray.

use super::fused::{self, Host, fused_operations};
use crate::{ActionGradients, ActionTerms, LangevinBackend, Tape, TrajectoryGradients, TrajectorySpec, Well};
use burn::tensor::TensorMetadata;
use burn::tensor::ops::{FloatTensor, FloatTensorOps};
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

    fn input_drive_backward(inputs: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        let [rows, count, units] = [inputs.shape()[0], inputs.shape()[1], gradient.shape()[1]];
        let product = {
            let own = Self::values(&inputs).zip(Self::values(&gradient));
            own.map(|(inputs, gradient)| transposed_product(&inputs, &gradient, [rows, count, units]))
        };
        match product {
            Some(product) => fused::tensor::<Self>(product, [count, units], &Self::float_device(&inputs)),
            None => Self::float_matmul(Self::float_transpose(inputs), gradient),
        }
    }
}

/// aᵀ b of a `[rows, count]` and b `[rows, units]`: the product that Burn makes of a copy of aᵀ, bit for bit, without the copy.
fn transposed_product(a: &[f32], b: &[f32], [rows, count, units]: [usize; 3]) -> Vec<f32> {
    assert!(a.len() == rows * count && b.len() == rows * units, "matrices of other shapes");
    let mut product = vec![0f32; count * units];
    let (a_stride, b_stride) = (count as isize, units as isize);
    // SAFETY: element (i, j) of aᵀ lies at a[i + j count], of b at b[i units + j], of the product at product[i units + j]: within
    // the slices, whose lengths were checked or made so.
    unsafe {
        matrixmultiply::sgemm(
            count,
            rows,
            units,
            1.0,
            a.as_ptr(),
            1,
            a_stride,
            b.as_ptr(),
            b_stride,
            1,
            0.0,
            product.as_mut_ptr(),
            b_stride,
            1,
        );
    }
    product
}
