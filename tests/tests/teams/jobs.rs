//! Whole jobs by several ranks: what rank 0 alone reads and writes, and what all come to.

use super::crew::each;
use super::gradients::close;
use super::{B, device};
use data::digits;
use learning::{Alone, Team};
use runs::Outcome;
use std::path::Path;
use tasks::{Finished, Job, Place};

fn job(preset: &str, settings: &[&str]) -> Job {
    let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
    Job::preset(preset, &settings).unwrap()
}

/// The job, and the program that rank 0 has kept.
fn done(job: &Job, team: &dyn Team, folder: Option<&Path>) -> Finished {
    let data = job.divide(digits::built_in()).unwrap();
    job.carry_out::<B>(&data, Place::of_team(folder, team), &mut (), &device()).unwrap()
}

fn agrees(job: &Job) {
    let [one, several] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let alone = done(job, &Alone, Some(one.path()));
    // The ranks of this test are threads of one process, which has one generator for teachers (Burn's): they take this one.
    if matches!(job, Job::Classify(_)) {
        std::fs::copy(one.path().join(runs::file::TEACHER), several.path().join(runs::file::TEACHER)).unwrap();
    }
    // The others are told what rank 0 keeps, whatever folder they name.
    let all = each(3, |team| done(job, team, Some(several.path())));
    let figures = |finished: &Finished| match &finished.outcome {
        Outcome::Classified(c) => ([c.test.top1, c.test.top1_mean_replicas], c.heat.mean_kt),
        Outcome::Generated(g) => ([g.heat.std_kt, g.heat.stderr_kt], g.heat.mean_kt),
        Outcome::Imported => panic!("a job trains"),
    };
    let (measured, heat) = figures(&alone);
    for finished in &all {
        let (own, own_heat) = figures(finished);
        for (own, measured) in own.iter().zip(measured) {
            assert!((own - measured).abs() <= 1e-6 * measured, "{own} for {measured}");
        }
        assert!((own_heat - heat).abs() < 1e-6 * heat, "{own_heat} for {heat}");
    }
    let program = |folder: &Path| tasks::load_computer::<B>(job, folder, &device()).unwrap().parameters().values;
    close(&program(several.path()), &program(one.path()), 1e-9);
    // A finished program is not trained again: with it alone, all come to the same figures.
    let again = each(2, |team| figures(&done(job, team, Some(several.path()))).1);
    assert_eq!(again, [figures(&all[0]).1; 2]);
}

const SHORT: [&str; 4] = ["teacher.epochs=2", "evaluation.replicas=2", "training.steps=12", "training.batch=31"];

#[test]
fn of_a_classifier_by_its_action() {
    agrees(&job("digits", &[&SHORT[..], &["validation.every=4"]].concat()));
}

#[test]
fn of_a_classifier_through_its_dynamics() {
    let more =
        ["objective.kind=pathwise", "objective.max_rotation=5", "objective.heat_budget=100", "validation.every=4"];
    agrees(&job("digits", &[&SHORT[..], &more].concat()));
}

#[test]
fn of_a_classifier_at_its_exact_minimum() {
    agrees(&job(
        "digits",
        &["teacher.epochs=2", "evaluation.replicas=2", "objective.kind=exact", "objective.rounds=1"],
    ));
}

#[test]
fn of_a_generator_by_its_own_runs_and_by_reversed_noising() {
    let few = ["stage.0.training.batch=11", "stage.0.training.steps=12", "evaluation.samples=31"];
    agrees(&job("generate-digits", &few));
    let own_runs = ["computer.connectivity=[\"visible-hidden\"]", "stage.0.objective.kind=contrastive"];
    agrees(&job("generate-digits", &[&few[..], &own_runs].concat()));
}
