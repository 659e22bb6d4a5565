//! Trainings of several ranks: how near they come to those of one, checkpoints, and what goes wrong.

use super::crew::each;
use super::gradients::close;
use super::{AB, classifier, pathwise, random};
use burn::module::AutodiffModule;
use langevin::Computer;
use learning::{Alone, Checkpoint, LearningError, Observer, Progress, Team, TrainingConfig, train_in};
use std::path::Path;

fn config(steps: usize) -> TrainingConfig {
    TrainingConfig {
        learning_rate: 1e-2,
        steps,
        average: Some(0.9),
        input_rate: Some(0.5),
        ..TrainingConfig::default()
    }
}

fn checkpoint(folder: &Path) -> Checkpoint {
    Checkpoint { path: folder.join("checkpoint"), every: 10, of: "this".to_owned() }
}

fn trained(team: &dyn Team, steps: usize, folder: Option<&Path>) -> Result<Vec<f64>, LearningError> {
    // Whoever names it, rank 0 alone reads and writes it.
    let checkpoint = folder.map(checkpoint);
    let model = train_in(team, random(&classifier()), &pathwise(), &config(steps), checkpoint.as_ref(), &mut ())?;
    Ok(model.valid().parameters().values)
}

#[test]
fn fifty_steps_end_where_those_of_one_rank_do_and_twice_at_the_same_numbers() {
    let alone = trained(&Alone, 50, None).unwrap();
    for ranks in [2, 4] {
        let all: Vec<_> = each(ranks, |team| trained(team, 50, None).unwrap());
        close(&all[0], &alone, 1e-9);
        assert!(all.iter().all(|found| *found == all[0]));
        assert_eq!(each(ranks, |team| trained(team, 50, None).unwrap()), all);
    }
}

/// Stops a training after so many steps of it.
struct Stop(usize);
impl<M> Observer<M> for Stop {
    fn after_step(&mut self, progress: Progress, _: &M) -> Result<(), LearningError> {
        if progress.step > self.0 { Err(LearningError::Stopped("enough".to_owned())) } else { Ok(()) }
    }
}

/// From a checkpoint the same number of ranks goes on to the same numbers, and any other to rounding.
#[test]
fn a_checkpoint_of_several_ranks_is_one_of_any_number() {
    let whole = each(3, |team| trained(team, 40, None).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let stopped = each(3, |team| {
        let file = Some(checkpoint(folder.path()));
        let model = random(&classifier());
        train_in(team, model, &pathwise(), &config(40), file.as_ref(), &mut Stop(20)).is_err()
    });
    assert_eq!(stopped, [true; 3]);
    let kept = std::fs::read(checkpoint(folder.path()).path).unwrap();
    assert_eq!(each(3, |team| trained(team, 40, Some(folder.path())).unwrap()), whole);
    for ranks in [1, 2] {
        std::fs::write(checkpoint(folder.path()).path, &kept).unwrap();
        let others = each(ranks, |team| trained(team, 40, Some(folder.path())).unwrap());
        others.iter().for_each(|found| close(found, &whole[0], 1e-9));
    }
}

/// A rank whose numbers drift away is found at the next look.
#[test]
fn ranks_that_no_longer_agree_are_an_error() {
    let ends = each(2, |team| {
        let start: Computer<AB> = random(&classifier());
        let mut theta = start.parameters().values;
        theta[0] += if team.rank() == 1 { 1e-15 } else { 0.0 };
        let start = start.with_parameters(&theta).unwrap();
        train_in(team, start, &pathwise(), &config(20), None, &mut ()).unwrap_err().to_string()
    });
    for error in ends {
        assert!(error.contains("rank 1 and rank 0 no longer have the same parameters"), "{error}");
    }
}

/// A rank that fails leaves none waiting.
#[test]
fn a_rank_that_ends_is_an_error_of_the_others() {
    struct Fail(bool);
    impl<M> Observer<M> for Fail {
        fn after_step(&mut self, progress: Progress, _: &M) -> Result<(), LearningError> {
            if self.0 && progress.step == 3 {
                Err(LearningError::Stopped("a full disk".to_owned()))
            } else {
                Ok(())
            }
        }
    }
    let ends = each(3, |team| {
        let mut fail = Fail(team.rank() == 1);
        train_in(team, random(&classifier()), &pathwise(), &config(20), None, &mut fail).unwrap_err().to_string()
    });
    assert!(ends[1] == "a full disk" && ends[0].contains("ended") && ends[2].contains("ended"), "{ends:?}");
}
