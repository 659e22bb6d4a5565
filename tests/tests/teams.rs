//! Several ranks on one model against one rank, in `f64` (this process uses no other float type): gradients, trainings and whole jobs.
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

#[path = "teams/crew.rs"]
mod crew;
#[path = "teams/gradients.rs"]
mod gradients;
#[path = "teams/jobs.rs"]
mod jobs;
#[path = "teams/shares.rs"]
mod shares;
#[path = "teams/trainings.rs"]
mod trainings;

use burn::tensor::{Int, Tensor, TensorData};
use burn_autodiff::Autodiff;
use burn_ndarray::{NdArray, NdArrayDevice};
use langevin::{
    Bath, Block, Clock, Computer, ComputerConfig, Connectivity, EulerMaruyama, Layout, Simulation, UnitKind, Well,
};
use learning::{
    ActionObjective, ContrastiveObjective, EnergyDistanceObjective, LabelledBatch, LabelledSource, LearningError,
    Noising, NoisingProtocol, PathwiseObjective, Random, ReversedNoising, ShortRun, ShownBatch, ShownSource,
    States, UnitEquilibrium,
};

type B = NdArray<f64>;
type AB = Autodiff<B>;

/// Rows of a batch: of no number of ranks but 1 a multiple.
const BATCH: usize = 23;
const KT: f64 = 0.4;

fn device() -> NdArrayDevice {
    NdArrayDevice::default()
}

fn uniform(n: usize, scale: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, "teams", 0);
    (0..n).map(|_| (2.0 * random.unit() - 1.0) * scale).collect()
}

fn matrix(values: Vec<f64>, shape: [usize; 2]) -> Tensor<B, 2> {
    Tensor::from_data(TensorData::new(values, shape), &device())
}

fn simulation(steps: usize) -> Simulation {
    Simulation { dynamics: EulerMaruyama::new(Bath::new(KT, 1.0).unwrap(), 1e-2).unwrap(), steps }
}

fn random(config: &ComputerConfig) -> Computer<AB> {
    let computer = config.init::<AB>(&device());
    let theta = uniform(computer.parameters().total(), 1.0, 2);
    computer.with_parameters(&theta).unwrap()
}

/// A classifier under a program of two segments.
fn classifier() -> ComputerConfig {
    ComputerConfig::classifier(4, 3, 2).with_clock(Clock::equal(2).unwrap())
}

/// A generator of two classes.
fn generator() -> ComputerConfig {
    use UnitKind::{Hidden, Input, Visible};
    let layout = Layout { inputs: 2, ..Layout::generator(6, 4) };
    let blocks = [(Input, Visible), (Input, Hidden), (Visible, Hidden)].map(|(a, b)| Block::between(a, b));
    ComputerConfig::new(layout, Connectivity::of(blocks))
}

/// Inputs and labels that differ from step to step.
struct Labelled;

impl LabelledSource<B> for Labelled {
    fn batch(&self, step: usize) -> Result<LabelledBatch<B>, LearningError> {
        let labels: Vec<i64> = (0..BATCH as i64).map(|i| i % 2).collect();
        let labels: Tensor<B, 1, Int> = Tensor::from_data(labels.as_slice(), &device());
        let inputs = matrix(uniform(BATCH * 4, 1.0, 10 + step as u64), [BATCH, 4]);
        Ok(LabelledBatch { inputs, labels })
    }
}

/// States of two classes.
struct Shown;

impl ShownSource<B> for Shown {
    fn batch(&self, step: usize) -> Result<ShownBatch<B>, LearningError> {
        let rows = BATCH - 1;
        let classes: Vec<f64> =
            (0..rows).flat_map(|i| if i < rows / 2 { [1.0, 0.0] } else { [0.0, 1.0] }).collect();
        let visible = matrix(uniform(rows * 6, 1.0, 20 + step as u64), [rows, 6]);
        Ok(ShownBatch { inputs: Some(matrix(classes, [rows, 2])), visible, groups: 2 })
    }
}

fn reversed() -> ReversedNoising<B> {
    let patterns = matrix(uniform(3 * 10, 1.5, 1), [3, 10]);
    let noising = Noising::new(patterns, NoisingProtocol::default(), Well::new(1.0, 1.0), simulation(20), 3);
    let inputs = Some(matrix(vec![1.0, 0.0, 0.0, 1.0, 0.0, 1.0], [3, 2]));
    ReversedNoising { noising, inputs, batch: BATCH, times: 7, seed: 5 }
}

fn action() -> ActionObjective<ReversedNoising<B>> {
    ActionObjective { source: reversed(), dynamics: simulation(20).dynamics }
}

/// With a price and a budget of heat, which the mean of all rows exceeds, on hardware that errs.
fn pathwise() -> PathwiseObjective<Labelled> {
    PathwiseObjective {
        source: Labelled,
        simulation: simulation(20),
        gain: 2.0,
        heat_price: 0.1,
        heat_budget: Some(0.05),
        mismatch: 0.1,
        seed: 3,
    }
}

fn runs() -> ShortRun {
    ShortRun { simulation: simulation(20), unit: UnitEquilibrium::new(Well::new(1.0, 1.0), KT, 30.0), seed: 11 }
}

fn contrastive() -> ContrastiveObjective<Shown> {
    ContrastiveObjective { source: Shown, runs: runs() }
}

fn energy_distance() -> EnergyDistanceObjective<AB, Shown> {
    let (heat_price, heat_budget) = (1e-3, Some(0.05));
    EnergyDistanceObjective {
        source: Shown,
        runs: runs(),
        views: vec![Box::new(States(0.7))],
        heat_price,
        heat_budget,
    }
}
