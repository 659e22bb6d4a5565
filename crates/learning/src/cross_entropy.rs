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
    use burn::nn::loss::CrossEntropyLossConfig;
    use burn::tensor::TensorData;
    use burn_autodiff::Autodiff;
    use burn_ndarray::{NdArray, NdArrayDevice};

    fn logits(batch: usize, classes: usize) -> Vec<f64> {
        (0..batch * classes).map(|i| 3.0 * (1.3 * i as f64).sin() + (0.7 * i as f64).cos()).collect()
    }

    fn labels(batch: usize, classes: usize) -> Vec<i64> {
        (0..batch).map(|i| (i * 7 % classes) as i64).collect()
    }

    /// The value of Burn's loss, and the gradient by central differences.
    #[test]
    fn value_and_gradient_are_those_of_the_formula() {
        type B = Autodiff<NdArray<f64>>;
        let device = NdArrayDevice::default();
        let (batch, classes) = (6, 4);
        let label = || Tensor::<B, 1, Int>::from_data(labels(batch, classes).as_slice(), &device);
        let at = |values: Vec<f64>| Tensor::<B, 2>::from_data(TensorData::new(values, [batch, classes]), &device);
        let z = at(logits(batch, classes)).require_grad();
        let found = cross_entropy(z.clone(), label());
        let burn = CrossEntropyLossConfig::new().init(&device).forward(z.clone(), label());
        let value = |t: Tensor<B, 1>| t.into_scalar();
        assert!((value(found.clone()) - value(burn)).abs() < 1e-14);
        let gradient: Vec<f64> = z
            .grad(&found.backward())
            .into_iter()
            .flat_map(|g| g.into_data().iter::<f64>().collect::<Vec<_>>())
            .collect();
        assert_eq!(gradient.len(), batch * classes);
        for (i, found) in gradient.iter().enumerate() {
            let loss = |h: f64| {
                let mut values = logits(batch, classes);
                values[i] += h;
                value(cross_entropy(at(values), label()))
            };
            let central = (loss(1e-5) - loss(-1e-5)) / 2e-5;
            assert!((found - central).abs() < 1e-9, "{i}: {found} against {central}");
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
