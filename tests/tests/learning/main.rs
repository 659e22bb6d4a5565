//! Learning against statistics and known answers, in `f64` (this process uses no other float type).
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

mod action;
mod limits;
mod minimum;
mod pathwise;
mod resuming;
mod segments;
mod teacher;

use burn::tensor::{Tensor, TensorData};
use burn_autodiff::Autodiff;
use burn_ndarray::{NdArray, NdArrayDevice};
use langevin::{Bath, Computer, ComputerConfig, CounterNoise, EulerMaruyama, NoForce, Simulation, Transitions};
use learning::{ActionObjective, LearningError, Random, TrajectorySource, TransitionBatch};

pub(crate) type B = NdArray<f64>;

pub(crate) type AB = Autodiff<B>;

pub(crate) fn device() -> NdArrayDevice {
    NdArrayDevice::default()
}

pub(crate) fn uniform(n: usize, scale: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, "learning", 0);
    (0..n).map(|_| (random.below(2_000_001) as f64 / 1e6 - 1.0) * scale).collect()
}

pub(crate) fn run() -> Simulation {
    let dynamics = EulerMaruyama::new(Bath::new(0.8, 1.2).unwrap(), 1e-2).unwrap();
    Simulation { dynamics, steps: 20 }
}

/// A computer of 4 inputs, 3 hidden units and 2 outputs with known parameters, and its own trajectories.
pub(crate) struct Known {
    computer: Computer<B>,
    inputs: Tensor<B, 2>,
    transitions: Transitions<B>,
    batch: usize,
}

pub(crate) fn known(batch: usize, seed: u64) -> Known {
    let config = ComputerConfig::classifier(4, 3, 2);
    let computer = config.init::<B>(&device());
    let theta = uniform(computer.parameters().total(), 1.5, 2);
    let computer = computer.with_parameters(&theta).unwrap();
    let inputs = Tensor::from_data(TensorData::new(uniform(batch * 4, 1.0, 3), [batch, 4]), &device());
    let landscape = computer.landscape(inputs.clone()).unwrap();
    let noise = CounterNoise::new(seed, 0..batch as u64);
    let start = Tensor::zeros([batch, 5], &device());
    let states = run().record(&landscape, start, &noise, &NoForce, 1).unwrap().states;
    let transitions = Transitions { from: states.clone().narrow(0, 0, 20), to: states.narrow(0, 1, 20) };
    Known { computer, inputs, transitions, batch }
}

impl TrajectorySource<B> for &Known {
    fn batch(&self, _: usize) -> Result<TransitionBatch<B>, LearningError> {
        Ok(TransitionBatch {
            inputs: Some(self.inputs.clone()),
            transitions: self.transitions.clone(),
            times: (0..20).collect(),
            steps: 20,
        })
    }
}

pub(crate) fn objective(known: &Known) -> ActionObjective<&Known> {
    ActionObjective { source: known, dynamics: run().dynamics }
}
