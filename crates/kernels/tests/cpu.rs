//! The fused kernels of burn-ndarray.
#![cfg(feature = "ndarray")]
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

#[path = "cpu/cases.rs"]
mod cases;

use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use burn_ndarray::{NdArray, NdArrayDevice};
use thermograd_kernels::{LangevinBackend, TrajectorySpec, Well};

type B = NdArray<f32>;

#[test]
fn double_precision_takes_the_reference() {
    // In f32, 1 + 1e-9 would be 1: the run below would not move at all.
    type D = NdArray<f64>;
    let device = NdArrayDevice::default();
    let one =
        Tensor::<D, 2>::from_data(TensorData::new(vec![1.0f64], [1, 1]), (&device, burn::tensor::DType::F64));
    let drive = one.clone() * -1.0;
    let run = TrajectorySpec {
        steps: 1,
        wells: Well::new(0.0, 0.0).into(),
        rate: 1e-9,
        amplitude: 0.0,
        seed: 0,
        replicas: [0].into(),
        record: vec![1],
        switches: vec![],
    };
    let end = D::trajectories(None, drive.into_primitive().tensor(), one.into_primitive().tensor(), &run);
    let end: Tensor<D, 3> = Tensor::from_primitive(TensorPrimitive::Float(end));
    let end = end.into_data().iter::<f64>().next().unwrap();
    assert!((end - 1.0 - 1e-9).abs() < 1e-15, "{end}");
}
