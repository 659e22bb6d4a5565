//! What a training keeps, and how it goes on.

use super::action::training;
use super::{AB, B, device, known, objective};
use langevin::{Computer, ComputerConfig};
use learning::{
    Checkpoint, LearningError, Observer, OptimizerKind, Progress, Schedule, load_module, save_module, train,
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
    let fresh = || ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    for optimizer in [OptimizerKind::GradientDescent, OptimizerKind::Momentum, OptimizerKind::Adam] {
        let config = training(optimizer, 0.01, Schedule::Cosine, 30);
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
