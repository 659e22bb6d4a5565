//! The dynamics against laws and closed forms, in `f64` (this process uses no other float type).
#![expect(
    clippy::unwrap_used,
    clippy::type_complexity,
    clippy::print_stderr,
    reason = "tests: what cannot go on fails, and what was measured is shown"
)]

mod protocols;
mod standing;

use burn::tensor::{Tensor, TensorData};
use burn_ndarray::NdArray;
use langevin::{Bath, Computer, ComputerConfig, EulerMaruyama, Landscape, Simulation, Transitions, Well};
use learning::Random;

pub(crate) type B = NdArray<f64>;

pub(crate) fn device() -> burn_ndarray::NdArrayDevice {
    burn_ndarray::NdArrayDevice::default()
}

pub(crate) fn matrix(values: Vec<f64>, shape: [usize; 2]) -> Tensor<B, 2> {
    Tensor::from_data(TensorData::new(values, shape), &device())
}

pub(crate) fn values<const D: usize>(tensor: Tensor<B, D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

pub(crate) fn simulation(kt: f64, mobility: f64, time_step: f64, steps: usize) -> Simulation {
    Simulation { dynamics: EulerMaruyama::new(Bath::new(kt, mobility).unwrap(), time_step).unwrap(), steps }
}

pub(crate) fn uniform(n: usize, scale: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, "physics", 0);
    (0..n).map(|_| (random.below(2_000_001) as f64 / 1e6 - 1.0) * scale).collect()
}

/// A computer with random parameters of size `scale`.
pub(crate) fn random_computer(config: &ComputerConfig, scale: f64, seed: u64) -> Computer<B> {
    let computer = config.init::<B>(&device());
    let theta = uniform(computer.parameters().total(), scale, seed);
    computer.with_parameters(&theta).unwrap()
}

/// Independent harmonic units V = ½ κ x² (J2 = κ/2, J4 = 0), under a drive.
pub(crate) fn harmonic(kappa: f64, drive: Tensor<B, 2>) -> Landscape<B> {
    Landscape::uncoupled(drive, Well::new(kappa / 2.0, 0.0))
}

/// The recorded trajectory as transitions, with its states.
pub(crate) fn transitions(states: &Tensor<B, 3>) -> Transitions<B> {
    let steps = states.dims()[0] - 1;
    Transitions { from: states.clone().narrow(0, 0, steps), to: states.clone().narrow(0, 1, steps) }
}

/// With so many effective samples the standard error is 1 %, and five of them tell a factor of 1.05.
pub(crate) const ENOUGH: f64 = 10_000.0;
