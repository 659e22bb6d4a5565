//! Training of programs in time.

use super::{AB, B, device, run, uniform};
use burn::tensor::{Int, Tensor, TensorData};
use langevin::{Clock, Computer, ComputerConfig, Transitions, Well, runs_of_segments};
use learning::{
    LabelledBatch, LabelledSource, LearningError, Moments, Objective, PathwiseObjective, ProgramMoments,
};

const BATCH: usize = 30;

/// Three segments of 5, 10 and 5 of the 20 steps.
fn clock() -> Clock {
    Clock::new(&[1.0, 2.0, 1.0]).unwrap()
}

fn config() -> ComputerConfig {
    ComputerConfig::classifier(4, 3, 2).with_clock(clock())
}

fn inputs() -> Tensor<B, 2> {
    Tensor::from_data(TensorData::new(uniform(BATCH * 4, 1.0, 31), [BATCH, 4]), &device())
}

struct Labelled(LabelledBatch<B>);

impl LabelledSource<B> for Labelled {
    fn batch(&self, _: usize) -> Result<LabelledBatch<B>, LearningError> {
        Ok(self.0.clone())
    }
}

fn pathwise(mismatch: f64) -> PathwiseObjective<Labelled> {
    let labels: Vec<i64> = (0..BATCH as i64).map(|i| i % 2).collect();
    let labels: Tensor<B, 1, Int> = Tensor::from_data(labels.as_slice(), &device());
    PathwiseObjective {
        source: Labelled(LabelledBatch { inputs: inputs(), labels }),
        simulation: run(),
        gain: 2.0,
        heat_price: 0.1,
        heat_budget: Some(0.01),
        mismatch,
        seed: 3,
    }
}

/// Value and gradient in file order, segment after segment.
fn of_loss(objective: &PathwiseObjective<Labelled>, computer: &Computer<AB>) -> (f64, Vec<f64>) {
    let loss: Tensor<AB, 1> = Objective::loss_at(objective, computer, 1).unwrap();
    let value = loss.clone().into_scalar();
    let grads = loss.backward();
    let host = |tensor: Option<Tensor<B, 2>>| tensor.unwrap().to_data().iter::<f64>().collect::<Vec<f64>>();
    let of = |program: &Computer<AB>| {
        let biases = program.biases.grad(&grads).unwrap().to_data().iter::<f64>().collect();
        let (input, couplings) = (program.input_couplings.grad(&grads), program.couplings.grad(&grads));
        program.flatten(host(input), host(couplings), biases).unwrap().values
    };
    (value, computer.programs().iter().flat_map(of).collect())
}

/// Through switches, with the heat and the work of the switches in it, on exact hardware and on one that errs.
#[test]
fn pathwise_gradients_of_every_segment_are_central_differences() {
    for mismatch in [0.0, 0.2] {
        let objective = pathwise(mismatch);
        let blank = config().init::<AB>(&device());
        let theta = uniform(blank.parameters().total(), 1.0, 32);
        let at = |theta: &[f64]| blank.clone().with_parameters(theta).unwrap();
        let (_, gradient) = of_loss(&objective, &at(&theta));
        let scale = gradient.iter().fold(0f64, |m, g| m.max(g.abs()));
        let h = 1e-4;
        let mut acting = 0;
        for k in (0..theta.len()).step_by(3) {
            let moved = |sign: f64| {
                let mut theta = theta.clone();
                theta[k] += sign * h;
                of_loss(&objective, &at(&theta)).0
            };
            let central = (moved(1.0) - moved(-1.0)) / (2.0 * h);
            assert!((central - gradient[k]).abs() < 1e-6 * scale, "{k}: {} for {central}", gradient[k]);
            acting += usize::from(central != 0.0);
        }
        assert!(acting > theta.len() / 4, "{acting} of {}", theta.len());
    }
}

/// One program in every segment loses what it loses standing still, and the gradients of its segments sum to its own.
#[test]
fn gradients_of_a_repeated_program_sum_to_those_of_the_one() {
    let objective = pathwise(0.2);
    let still = ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let total = still.parameters().total();
    let still = still.with_parameters(&uniform(total, 1.0, 33)).unwrap();
    let repeated = still.clone().repeated(clock()).unwrap();
    let ((loss, own), (same, parts)) = (of_loss(&objective, &still), of_loss(&objective, &repeated));
    assert!((loss - same).abs() < 1e-12, "{loss} {same}");
    for (k, own) in own.iter().enumerate() {
        let sum: f64 = (0..3).map(|s| parts[s * total + k]).sum();
        assert!((own - sum).abs() < 1e-9 * (1.0 + own.abs()), "{k}: {sum} for {own}");
    }
}

/// Transitions made by a program in time, from random states: the exact minimum is that program, to rounding, in one pass over them in
/// any order of time; and it is the minimum of each segment by itself.
#[test]
fn the_exact_minimum_finds_the_program_of_each_segment() {
    let simulation = run();
    let blank = config().init::<B>(&device());
    let made = blank.clone().with_parameters(&uniform(blank.parameters().total(), 1.0, 34)).unwrap();
    let protocol = made.protocol(Some(inputs()), BATCH).unwrap();
    let states = |seed: u64, rows: usize| -> Tensor<B, 3> {
        Tensor::from_data(TensorData::new(uniform(rows * BATCH * 5, 1.0, seed), [rows, BATCH, 5]), &device())
    };
    let times: Vec<usize> = (0..20).rev().collect();
    let switches = clock().switches(20).unwrap();
    assert_eq!(runs_of_segments(&switches, &times), [(2, 0..5), (1, 5..15), (0, 15..20)]);
    let from = states(35, 20);
    let silent = simulation.at_zero_temperature().dynamics;
    let next = |place: usize, time: usize| -> Tensor<B, 3> {
        let x: Tensor<B, 2> = from.clone().narrow(0, place, 1).squeeze_dim(0);
        let landscape = protocol.at(time, 20).unwrap();
        langevin::Dynamics::step(&silent, landscape, x, None, None).unsqueeze()
    };
    let to = Tensor::cat(times.iter().enumerate().map(|(place, time)| next(place, *time)).collect(), 0);
    let transitions = Transitions { from, to };
    let well = Well::new(1.0, 1.0);
    let mut moments = ProgramMoments::new(4, 5, well, &simulation, &clock()).unwrap();
    moments.add(Some(inputs()), &transitions, &times).unwrap();
    let minimum = moments.minimise(&blank, 0.0).unwrap();
    let parameters = made.parameters();
    for (block, acting) in parameters.blocks.iter().map(|b| (&b.name, b.acting)).filter(|(_, acting)| *acting) {
        let range = parameters.range(block).unwrap();
        for (found, expected) in minimum.values.values[range.clone()].iter().zip(&parameters.values[range]) {
            assert!((found - expected).abs() < 1e-8, "{block}: {found} for {expected}, {acting}");
        }
    }
    assert!(moments.action_at(&minimum, 0.8).abs() < 1e-9, "{}", moments.action_at(&minimum, 0.8));
    // With a ridge, each segment by itself, and the action a mean over its steps.
    let minimum = moments.minimise(&blank, 0.3).unwrap();
    let (mut values, mut action) = (Vec::new(), 0.0);
    for (segment, rows) in [(0, 15..20), (1, 5..15), (2, 0..5)] {
        let mut own = Moments::new(4, 5, well, &simulation.dynamics);
        own.add(Some(inputs()), &transitions.at(rows.clone())).unwrap();
        let found = own.minimise(&blank.segment(segment).unwrap(), 0.3).unwrap();
        action += own.action_at(&found, rows.len(), 0.8);
        values.extend(found.values.values);
    }
    for (found, expected) in minimum.values.values.iter().zip(&values) {
        // Sums of a product over several cores are not made in one order.
        assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    }
    let found = moments.action_at(&minimum, 0.8);
    assert!(action > 0.01 && (found / action - 1.0).abs() < 1e-12, "{found} for {action}");
    // A segment that no transition lies in has no minimum.
    let mut few = ProgramMoments::new(4, 5, well, &simulation, &clock()).unwrap();
    few.add(Some(inputs()), &transitions.at(0..5), &times[..5]).unwrap();
    assert!(few.minimise(&blank, 0.3).is_err());
}
