//! Cross-entropy whose gradient is exact to rounding on every backend.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

/// The mean of −ln softmax(z)_label over a batch of logits z, `[1]`; its gradient in z is (softmax(z) − e_label)/batch.
///
/// The gradient is written out: Burn's own passes through the reciprocal of Σ exp z, which `burn-ndarray` approximates
/// to about twelve bits, and only in those parts of a buffer that are aligned to the processor's vectors, so that the same
/// training would end differently from one start of the program to the next.
///
/// # Shapes
/// `logits`: `[batch, classes]`; `labels`: `[batch]`, below the number of classes
pub fn cross_entropy<B: Backend>(logits: Tensor<B, 2>, labels: Tensor<B, 1, Int>) -> Tensor<B, 1> {
    let [batch, classes] = logits.dims();
    let z = logits.clone().detach();
    let highest = z.clone().max_dim(1);
    let exponential = (z.clone() - highest.clone()).exp();
    let sum = exponential.clone().sum_dim(1);
    let label = labels.one_hot::<2>(classes).float();
    let value = (sum.clone().log() + highest - (z * label.clone()).sum_dim(1)).mean();
    let slope = (exponential / sum - label) / batch as f64;
    let linear = (logits * slope).sum();
    value + (linear.clone() - linear.detach())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;
    use burn_autodiff::Autodiff;
    use burn_ndarray::{NdArray, NdArrayDevice};

    fn logits(batch: usize, classes: usize) -> Vec<f64> {
        (0..batch * classes).map(|i| 3.0 * (1.3 * i as f64).sin() + (0.7 * i as f64).cos()).collect()
    }

    fn labels(batch: usize, classes: usize) -> Vec<i64> {
        (0..batch).map(|i| (i * 7 % classes) as i64).collect()
    }

    /// The formula on the host, in `f64`; a few roundings of `f32` lie between.
    #[test]
    fn value_and_gradient_are_those_of_the_formula() {
        type B = Autodiff<NdArray>;
        let device = NdArrayDevice::default();
        let (batch, classes) = (40, 4);
        let (logits, labels) = (logits(batch, classes), labels(batch, classes));
        let (mut value, mut gradient) = (0.0, Vec::new());
        for (row, label) in logits.chunks(classes).zip(&labels) {
            let sum: f64 = row.iter().map(|z| z.exp()).sum();
            value += (sum.ln() - row[*label as usize]) / batch as f64;
            let one = |class: usize| f64::from(u8::from(class as i64 == *label));
            gradient.extend(row.iter().enumerate().map(|(k, z)| (z.exp() / sum - one(k)) / batch as f64));
        }
        let values: Vec<f32> = logits.iter().map(|v| *v as f32).collect();
        let z = Tensor::<B, 2>::from_data(TensorData::new(values, [batch, classes]), &device).require_grad();
        let found = cross_entropy(z.clone(), Tensor::from_data(labels.as_slice(), &device));
        assert!((f64::from(found.clone().into_scalar()) / value - 1.0).abs() < 1e-6);
        let found: Vec<f64> =
            z.grad(&found.backward()).map(|g| g.into_data().iter::<f64>().collect()).unwrap_or_default();
        assert_eq!(found.len(), gradient.len());
        for (i, (found, expected)) in found.iter().zip(&gradient).enumerate() {
            // Differences from 1 keep the roundings of 1.
            assert!((found - expected).abs() < 1e-6 / batch as f64, "{i}: {found} against {expected}");
        }
    }

    /// Buffers start wherever the allocator puts them: the gradient has the same bits at every place.
    #[test]
    fn gradient_does_not_depend_on_the_place_of_its_buffers() {
        type B = Autodiff<NdArray>;
        let device = NdArrayDevice::default();
        let (batch, classes) = (50, 10);
        let values: Vec<f32> = logits(batch, classes).iter().map(|v| *v as f32).collect();
        let gradient = || {
            let z = Tensor::<B, 2>::from_data(TensorData::new(values.clone(), [batch, classes]), &device)
                .require_grad();
            let label = Tensor::from_data(labels(batch, classes).as_slice(), &device);
            let gradients = cross_entropy(z.clone(), label).backward();
            z.grad(&gradients).map(|g| g.into_data().iter::<f32>().map(f32::to_bits).collect::<Vec<_>>())
        };
        let first = gradient();
        assert!(first.is_some());
        let mut kept = Vec::new();
        for k in 0..200 {
            // Blocks that stay allocated push the next ones to other places.
            kept.push(vec![0u8; 16 * (k % 17) + 8]);
            assert_eq!(gradient(), first, "round {k}");
        }
    }
}
