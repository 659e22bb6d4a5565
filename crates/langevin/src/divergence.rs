//! Whether states are still those of a computer.

use crate::potential::raw;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorData};

/// Whether a state is finite and within the bound (a NaN is not).
pub(crate) fn within(x: f64, bound: f64) -> bool {
    x.abs() <= bound
}

/// Whether all positions are finite and within their bounds: one for all units, or one each.
pub(crate) fn are_within<B: Backend>(
    x: &Tensor<B, 2>,
    bounds: &[f64],
    largest: impl FnOnce(FloatTensor<B>) -> f64,
) -> bool {
    if let [bound] = bounds {
        return within(largest(raw(x.clone())), *bound);
    }
    let inverse: Vec<f64> = bounds.iter().map(|bound| 1.0 / bound).collect();
    let inverse = Tensor::<B, 1>::from_data(TensorData::new(inverse, [bounds.len()]), &x.device());
    within(largest(raw(x.clone() * inverse.unsqueeze())), 1.0)
}

/// Replica, unit and value of the first position that is not within its bound.
pub(crate) fn first_outside(positions: &[f64], units: usize, bounds: &[f64]) -> Option<(usize, usize, f64)> {
    let outside = |(i, x): &(usize, &f64)| !within(**x, bounds[(i % units) % bounds.len()]);
    positions.iter().enumerate().find(outside).map(|(i, x)| (i / units, i % units, *x))
}
