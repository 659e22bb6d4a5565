//! What a training keeps, and how it goes on.

use super::action::training;
use super::{AB, B, device, known, objective};
use langevin::{Clock, Computer, ComputerConfig};
use learning::{
    Checkpoint, LearningError, Observer, OptimizerKind, Progress, Schedule, TrainingConfig, load_module,
    save_module, train,
};

/// Stops a training after some steps, as a kill would.
struct Kill(usize);

impl Observer<Computer<AB>> for Kill {
    fn after_step(&mut self, progress: Progress, _: &Computer<AB>) -> Result<(), LearningError> {
        if progress.step == self.0 { Err(LearningError::Stopped("killed".to_owned())) } else { Ok(()) }
    }
}

#[test]
fn a_resumed_training_ends_bit_identical() {
    let known = known(30, 7);
    let objective = objective(&known);
    for (optimizer, average, input_rate, segments) in [
        (OptimizerKind::GradientDescent, None, None, 1),
        (OptimizerKind::Momentum, None, None, 1),
        (OptimizerKind::Adam, None, None, 1),
        (OptimizerKind::Adam, Some(0.9), Some(0.25), 1),
        (OptimizerKind::Adam, Some(0.9), None, 4),
    ] {
        let clock = Clock::equal(segments).unwrap();
        let fresh = || ComputerConfig::classifier(4, 3, 2).with_clock(clock.clone()).init::<AB>(&device());
        let config = TrainingConfig { average, input_rate, ..training(optimizer, 0.01, Schedule::Cosine, 30) };
        let whole = train(fresh(), &objective, &config, None, &mut ()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint { path: folder.path().join("checkpoint"), every: 7, of: "test".to_owned() };
        let stopped = train(fresh(), &objective, &config, Some(&checkpoint), &mut Kill(17));
        assert!(matches!(stopped, Err(LearningError::Stopped(_))));
        let resumed = train(fresh(), &objective, &config, Some(&checkpoint), &mut ()).unwrap();
        assert_eq!(whole.parameters(), resumed.parameters(), "{optimizer:?}");
        let other = Checkpoint { of: "another".to_owned(), ..checkpoint };
        let refused =
            train(fresh(), &objective, &config, Some(&other), &mut ()).map(drop).map_err(|e| e.to_string());
        assert!(refused.is_err_and(|e| e.contains("another training") && e.contains("delete it")));
    }
}

/// Remembers the weights after each step.
struct Remember(Vec<Vec<f64>>);

impl Observer<Computer<AB>> for Remember {
    fn after_step(&mut self, _: Progress, model: &Computer<AB>) -> Result<(), LearningError> {
        self.0.push(model.parameters().values);
        Ok(())
    }
}

/// θ̄_t = d_t θ̄_{t−1} + (1 − d_t) θ_t from θ̄_0 = θ_0, with d_t = min(d, (1 + t)/(10 + t)): what observers see and training returns.
/// The steps themselves are those of a training without an average.
#[test]
fn averaged_weights_are_the_exponential_average_of_the_steps() {
    let known = known(30, 7);
    let objective = objective(&known);
    let fresh = || {
        let blank = ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
        let total = blank.parameters().total();
        blank.with_parameters(&super::uniform(total, 0.5, 3)).unwrap()
    };
    let plain = training(OptimizerKind::Adam, 0.05, Schedule::Constant, 40);
    let (mut steps, mut seen) = (Remember(Vec::new()), Remember(Vec::new()));
    train(fresh(), &objective, &plain, None, &mut steps).unwrap();
    let decay = 0.7;
    let averaged = TrainingConfig { average: Some(decay), ..plain };
    let end = train(fresh(), &objective, &averaged, None, &mut seen).unwrap();
    let mut expected = fresh().parameters().values;
    for (step, weights) in steps.0.iter().enumerate() {
        let t = (step + 1) as f64;
        let keep = f64::min(decay, (1.0 + t) / (10.0 + t));
        for ((mean, weight), found) in expected.iter_mut().zip(weights).zip(&seen.0[step]) {
            *mean = keep * *mean + (1.0 - keep) * weight;
            assert!((*mean - found).abs() < 1e-12, "step {t}: {found} for {mean}");
        }
    }
    assert_eq!(end.parameters().values, seen.0[39]);
    let refused = TrainingConfig { average: Some(1.0), ..plain };
    assert!(train(fresh(), &objective, &refused, None, &mut ()).is_err());
}

/// From θ = 0 a step of gradient descent is −α ∂S/∂θ, of the input couplings of every segment r times that.
#[test]
fn couplings_of_inputs_have_a_learning_rate_of_their_own() {
    let known = known(30, 7);
    let objective = objective(&known);
    let clock = Clock::equal(2).unwrap();
    let fresh = || ComputerConfig::classifier(4, 3, 2).with_clock(clock.clone()).init::<AB>(&device());
    for optimizer in [OptimizerKind::GradientDescent, OptimizerKind::Adam] {
        let plain = training(optimizer, 0.05, Schedule::Constant, 1);
        let steps = [None, Some(1.0), Some(0.25)].map(|input_rate| {
            let config = TrainingConfig { input_rate, ..plain };
            train(fresh(), &objective, &config, None, &mut ()).unwrap().parameters()
        });
        let [plain, same, slower] = &steps;
        assert_eq!(plain, same);
        let (mut at, mut moved) = (0, 0);
        for block in &plain.blocks {
            let inputs = block.name.contains("input-hidden") || block.name.contains("input-output");
            for i in at..at + block.count {
                let expected = plain.values[i] * if inputs { 0.25 } else { 1.0 };
                let found = slower.values[i];
                assert!(
                    (found - expected).abs() <= 1e-12 * expected.abs(),
                    "{}: {found} for {expected}",
                    block.name
                );
                moved += usize::from(inputs && found != 0.0);
            }
            at += block.count;
        }
        assert!(moved >= 2 * 4 * 5 - 4, "{moved} input couplings moved");
    }
    let config =
        |input_rate| TrainingConfig { input_rate, ..training(OptimizerKind::Adam, 0.05, Schedule::Constant, 1) };
    for refused in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(train(fresh(), &objective, &config(Some(refused)), None, &mut ()).is_err());
    }
}

#[test]
fn a_module_file_round_trips_and_another_module_is_refused() {
    let known = known(1, 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("computer.safetensors");
    save_module(&known.computer, &path).unwrap();
    let empty = ComputerConfig::classifier(4, 3, 2).init::<B>(&device());
    let loaded = load_module(empty, &path).unwrap();
    assert_eq!(loaded.parameters(), known.computer.parameters());
    let other = ComputerConfig::classifier(4, 5, 2).init::<B>(&device());
    let error = load_module(other, &path).unwrap_err();
    assert!(matches!(error, LearningError::Format { .. }), "{error}");
}
