//! Gradients through the noisy dynamics.

use super::{AB, B, device, known, run, uniform};
use burn::tensor::{Int, Tensor};
use langevin::ComputerConfig;
use learning::{BUDGET_STIFFNESS, LabelledBatch, LabelledSource, LearningError, Objective, PathwiseObjective};
use testkit::mean_and_stderr;

/// Labelled random inputs.
struct Labelled(LabelledBatch<B>);

impl LabelledSource<B> for Labelled {
    fn batch(&self, _: usize) -> Result<LabelledBatch<B>, LearningError> {
        Ok(self.0.clone())
    }
}

#[test]
fn a_heat_budget_costs_what_its_equation_says() {
    let known = known(50, 8);
    let labels: Vec<i64> = (0..known.batch as i64).map(|i| i % 2).collect();
    let labels: Tensor<B, 1, Int> = Tensor::from_data(labels.as_slice(), &device());
    let computer = ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let model = computer.clone().with_parameters(&uniform(computer.parameters().total(), 3.0, 5)).unwrap();
    let loss = |heat_price: f64, heat_budget: Option<f64>| {
        let source = Labelled(LabelledBatch { inputs: known.inputs.clone(), labels: labels.clone() });
        let objective = PathwiseObjective {
            source,
            simulation: run(),
            gain: 2.0,
            heat_price,
            heat_budget,
            mismatch: 0.0,
            seed: 3,
        };
        let loss: Tensor<AB, 1> = Objective::loss_at(&objective, &model, 1).unwrap();
        loss.into_scalar()
    };
    let free = loss(0.0, None);
    let heat = loss(1.0, None) - free;
    assert!(heat > 0.1, "{heat}");
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{a} {b}");
    close(loss(0.0, Some(2.0 * heat)), free);
    close(loss(0.0, Some(heat / 3.0)) - free, BUDGET_STIFFNESS / 2.0 * 4.0);
    close(loss(0.5, Some(heat / 2.0)) - free, 0.5 * heat + BUDGET_STIFFNESS / 2.0);
}

#[test]
fn pathwise_gradients_are_those_of_the_expected_loss() {
    let known = known(200, 4);
    let labels: Vec<i64> = (0..known.batch as i64).map(|i| i % 2).collect();
    let labels = Tensor::from_data(labels.as_slice(), &device());
    let source = Labelled(LabelledBatch { inputs: known.inputs.clone(), labels });
    let objective = PathwiseObjective {
        source,
        simulation: run(),
        gain: 2.0,
        heat_price: 0.1,
        heat_budget: Some(0.01),
        mismatch: 0.2,
        seed: 3,
    };
    let computer = ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let theta = uniform(computer.parameters().total(), 1.0, 5);
    let direction = uniform(theta.len(), 1.0, 6);
    let at = |theta: &[f64]| computer.clone().with_parameters(theta).unwrap();
    // The gradient along a random direction, with fresh noise each time, against central differences under common random
    // numbers: the same function of the noise, so they agree to the curvature of the step.
    let h = 1e-4;
    let (mut gradients, mut differences) = (Vec::new(), Vec::new());
    for step in 0..20 {
        let model = at(&theta);
        let loss: Tensor<AB, 1> = Objective::loss_at(&objective, &model, step).unwrap();
        let grads = loss.backward();
        let values = model
            .flatten(
                model.input_couplings.grad(&grads).unwrap().to_data().iter::<f64>().collect(),
                model.couplings.grad(&grads).unwrap().to_data().iter::<f64>().collect(),
                model.biases.grad(&grads).unwrap().to_data().iter::<f64>().collect(),
            )
            .unwrap()
            .values;
        gradients.push(values.iter().zip(&direction).map(|(g, d)| g * d).sum::<f64>());
        let moved = |sign: f64| {
            let theta: Vec<f64> = theta.iter().zip(&direction).map(|(t, d)| t + sign * h * d).collect();
            let loss: Tensor<AB, 1> = Objective::loss_at(&objective, &at(&theta), step).unwrap();
            loss.into_scalar()
        };
        differences.push((moved(1.0) - moved(-1.0)) / (2.0 * h));
    }
    for (g, d) in gradients.iter().zip(&differences) {
        assert!((g - d).abs() < 1e-6 * (1.0 + d.abs()), "gradient {g}, central difference {d}");
    }
    // Independent noise: the means over fresh noise agree within their standard errors.
    let (early, late) = (mean_and_stderr(&gradients[..10]), mean_and_stderr(&differences[10..]));
    let z = (early.0 - late.0) / early.1.hypot(late.1);
    assert!(z.abs() < 5.0, "z = {z:.2}");
}
