//! Descent on the action, and its gradients.

use super::{AB, B, device, known, objective};
use burn::module::AutodiffModule;
use burn::tensor::TensorData;
use langevin::{Computer, ComputerConfig};
use learning::TrajectorySource;
use learning::gradient_check::{CheckOptions, check};
use learning::{LearningError, Objective, OptimizerKind, Schedule, TrainingConfig, train};
use testkit::{Z, mean_and_stderr};

pub(crate) fn training(
    optimizer: OptimizerKind,
    learning_rate: f64,
    schedule: Schedule,
    steps: usize,
) -> TrainingConfig {
    TrainingConfig { optimizer, learning_rate, schedule, steps, ..TrainingConfig::default() }
}

#[test]
fn autodiff_analytic_and_central_difference_gradients_agree() {
    let options = CheckOptions {
        backend: "ndarray",
        float: "f64",
        bound: 1e-9,
        central_differences: true,
        inject_error: 0.0,
    };
    let rows = check::<AB>(options, &device()).unwrap();
    // Classifier: five coupling blocks and two biases; generator: two and two; three comparisons each.
    // Each again with a program of three segments.
    assert_eq!(rows.len(), (7 + 4) * 3 * (1 + 3));
    for row in &rows {
        assert!(row.passes(), "{row:?}");
    }
    let rows = check::<AB>(CheckOptions { inject_error: 1e-3, ..options }, &device()).unwrap();
    assert!(rows.iter().filter(|r| r.comparison.starts_with("autodiff")).all(|r| !r.passes()));
}

/// On a computer's own trajectories the score has mean zero: ⟨∂S/∂θ⟩ = 0 for every parameter.
#[test]
fn the_mean_gradient_on_its_own_trajectories_vanishes() {
    let seed = 5;
    let blocks = 200;
    let mut gradients: Vec<Vec<f64>> = Vec::new();
    for block in 0..blocks {
        let known = known(20, seed + block);
        let computer = ComputerConfig::classifier(4, 3, 2)
            .init::<AB>(&device())
            .with_parameters(&known.computer.parameters().values)
            .unwrap();
        let loss = Objective::<AB, Computer<AB>>::loss_at(&objective(&known), &computer, 0).unwrap();
        let grads = loss.backward();
        let host = |data: TensorData| data.iter::<f64>().collect::<Vec<_>>();
        let flat = computer
            .flatten(
                host(computer.input_couplings.grad(&grads).unwrap().to_data()),
                host(computer.couplings.grad(&grads).unwrap().to_data()),
                host(computer.biases.grad(&grads).unwrap().to_data()),
            )
            .unwrap();
        gradients.push(flat.values);
    }
    let inert = 4; // biases of the inputs
    let mut moving = 0;
    for parameter in 0..gradients[0].len() {
        let samples: Vec<f64> = gradients.iter().map(|g| g[parameter]).collect();
        if samples.iter().all(|g| *g == 0.0) {
            continue;
        }
        moving += 1;
        let (mean, stderr) = mean_and_stderr(&samples);
        let z = mean / stderr;
        assert!(z.abs() <= Z, "parameter {parameter}: {mean} ± {stderr}, z = {z:.2}, n = {blocks}, seed {seed}");
    }
    assert_eq!(moving, gradients[0].len() - inert);
}

/// Maximum likelihood recovers a known computer: 2(S(θ) − S(θ̂)), summed over trajectories, is χ² with as many degrees
/// of freedom as parameters, for the action is quadratic in them.
#[test]
fn minimising_the_action_recovers_a_known_computer() {
    let known = known(2000, 11);
    let objective = objective(&known);
    let start = ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let parameters = start.parameters().acting() as f64;
    let trained =
        train(start, &objective, &training(OptimizerKind::Adam, 0.1, Schedule::Cosine, 600), None, &mut ())
            .unwrap();
    let action = |computer: &Computer<B>| -> f64 {
        objective.action(computer, (&known).batch(0).unwrap()).unwrap().into_scalar() * known.batch as f64
    };
    let (at_truth, at_minimum) = (action(&known.computer), action(&trained.valid()));
    let excess = 2.0 * (at_truth - at_minimum);
    let z = (excess - parameters) / (2.0 * parameters).sqrt();
    assert!(
        z.abs() <= Z,
        "2ΔS = {excess:.2} for {parameters} parameters, z = {z:.2}, n = {} trajectories, seed 11",
        known.batch
    );
}

/// Every optimiser makes the action smaller.
#[test]
fn every_optimiser_descends() {
    let known = known(50, 3);
    let objective = objective(&known);
    let fresh = || ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let action = |computer: Computer<B>| -> f64 {
        objective.action(&computer, (&known).batch(0).unwrap()).unwrap().into_scalar()
    };
    let before = action(fresh().valid());
    for (optimizer, rate) in [
        (OptimizerKind::GradientDescent, 3.0),
        (OptimizerKind::Momentum, 0.3),
        (OptimizerKind::Adam, 0.05),
        (OptimizerKind::AdamW, 0.05),
        (OptimizerKind::RmsProp, 0.02),
    ] {
        let config = training(optimizer, rate, Schedule::Linear, 60);
        let after = action(train(fresh(), &objective, &config, None, &mut ()).unwrap().valid());
        assert!(after < before - 0.5, "{optimizer:?}: {before} to {after}");
    }
}

#[test]
fn a_learning_rate_too_high_is_reported() {
    let known = known(10, 1);
    let start = ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let config = training(OptimizerKind::GradientDescent, 1e6, Schedule::Constant, 200);
    let error = train(start, &objective(&known), &config, None, &mut ()).unwrap_err();
    assert!(matches!(error, LearningError::Diverged { quantity: "action", .. }), "{error}");
}
