//! What frozen inputs add to the drive, against Burn's own products: the same numbers, bit for bit.
#![cfg(feature = "ndarray")]
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails")]

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use burn_autodiff::Autodiff;
use burn_ndarray::NdArray;
use thermograd_kernels::LangevinBackend;
use thermograd_kernels::noise::fill_standard_normal;

/// Rows, inputs, units: those of a training step, odd ones, and a single row, input or unit.
const SIZES: [(usize, usize, usize); 5] = [(500, 784, 74), (33, 17, 5), (1, 784, 296), (70, 1, 3), (9, 12, 1)];

fn normals<B: Backend>(seed: u64, rows: usize, columns: usize) -> Tensor<B, 2> {
    let mut values = vec![0f32; rows * columns];
    fill_standard_normal(seed, 0, &(0..rows as u64).collect::<Vec<_>>(), columns, &mut values);
    Tensor::from_data(TensorData::new(values, [rows, columns]), &B::Device::default())
}

fn drive<B: LangevinBackend>(inputs: Tensor<B, 2>, couplings: Tensor<B, 2>) -> Tensor<B, 2> {
    let [inputs, couplings] = [inputs, couplings].map(|tensor| tensor.into_primitive().tensor());
    Tensor::from_primitive(TensorPrimitive::Float(B::input_drive(inputs, couplings)))
}

fn bits<B: Backend>(tensor: &Tensor<B, 2>) -> Vec<u64> {
    tensor.to_data().iter::<f64>().map(f64::to_bits).collect()
}

/// Drive and gradients of Σ (drive · weights), by `product`.
fn drive_and_gradients<B: LangevinBackend>(
    product: impl Fn(Tensor<Autodiff<B>, 2>, Tensor<Autodiff<B>, 2>) -> Tensor<Autodiff<B>, 2>,
    (rows, inputs, units): (usize, usize, usize),
    transposed: bool,
) -> [Vec<u64>; 3] {
    // Transposed: a view whose memory is not in order of rows.
    let x = if transposed {
        normals::<Autodiff<B>>(1, inputs, rows).transpose()
    } else {
        normals::<Autodiff<B>>(1, rows, inputs)
    };
    let (x, couplings) = (x.require_grad(), normals::<Autodiff<B>>(2, inputs, units).require_grad());
    let weights = normals::<Autodiff<B>>(3, rows, units);
    let drive = product(x.clone(), couplings.clone());
    let gradients = (drive.clone() * weights).sum().backward();
    [bits(&drive), bits(&x.grad(&gradients).unwrap()), bits(&couplings.grad(&gradients).unwrap())]
}

fn compare<B: LangevinBackend>() {
    for size in SIZES {
        for transposed in [false, true] {
            let ours = drive_and_gradients::<B>(drive, size, transposed);
            let burns = drive_and_gradients::<B>(Tensor::matmul, size, transposed);
            for (what, (ours, burns)) in ["drive", "inputs", "couplings"].iter().zip(ours.iter().zip(&burns)) {
                assert!(ours == burns, "{what} of {size:?}, transposed: {transposed}");
            }
        }
    }
}

#[test]
fn drives_and_their_gradients_are_burns_bit_for_bit() {
    compare::<NdArray<f32>>();
    compare::<NdArray<f64>>();
}

#[test]
fn inputs_that_nothing_is_trained_through_need_no_gradient() {
    type A = Autodiff<NdArray<f32>>;
    let couplings = normals::<A>(2, 12, 3).require_grad();
    let gradients = drive(normals::<A>(1, 5, 12), couplings.clone()).sum().backward();
    assert_eq!(couplings.grad(&gradients).unwrap().dims(), [12, 3]);
    let free = drive(normals::<A>(1, 5, 12), normals::<A>(2, 12, 3));
    assert!(!free.is_require_grad(), "nothing is tracked");
}
