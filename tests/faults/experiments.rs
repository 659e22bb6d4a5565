//! Experiments that are ended, gone on with, or fail.

use super::{error_of, fails, refuses};
use crate::support::{succeeds, text, trainer, until};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

#[cfg(unix)]
#[test]
fn an_experiment_that_is_ended_ends_its_trainings() {
    for signal in ["TERM", "KILL"] {
        ended_by(signal);
    }
}

fn ended_by(signal: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut child = trainer(folder.path())
        .args([
            "experiment",
            "two-class",
            "--offline",
            "--seeds",
            "1",
            "--out",
            "grid",
            "--set",
            "teacher.epochs=100000",
        ])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let partial = || {
        let teachers = fs::read_dir(folder.path().join("grid/teachers")).ok()?;
        teachers.filter_map(Result::ok).map(|e| e.path()).find(|p| p.join("metrics.jsonl").exists())
    };
    until(1, || {
        assert!(child.try_wait().unwrap().is_none());
        partial().is_some()
    });
    // Another experiment does not work in its folder meanwhile.
    let error = fails(
        folder.path(),
        &["experiment", "two-class", "--offline", "--out", "grid", "--set", "teacher.epochs=100000"],
    );
    assert!(error.contains("in work by"), "{error}");
    let killed = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    assert_eq!(text(&output.stderr).contains("interrupted"), signal == "TERM");
    // A training whose experiment was killed sees it soon.
    std::thread::sleep(Duration::from_millis(if signal == "TERM" { 0 } else { 1500 }));
    let metrics = partial().unwrap().join("metrics.jsonl");
    let before = fs::read(&metrics).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(fs::read(&metrics).unwrap(), before, "a training goes on");
}

/// Trainings of seconds, six of them.
const GRID: [&str; 13] = [
    "experiment",
    "two-class",
    "--offline",
    "--seeds",
    "1",
    "--out",
    "grid",
    "--set",
    "teacher.epochs=2",
    "--set",
    "training.steps=20",
    "--set",
    "evaluation.replicas=2",
];

#[test]
fn an_experiment_goes_on_where_it_was_ended_and_takes_no_other_runs_for_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join("grid").join(name);
    succeeds(folder.path(), &GRID);
    let csv = fs::read_to_string(at("experiment.csv")).unwrap();
    let program = |name: &str| fs::read(at(name).join("computer.safetensors")).unwrap();
    let before = program("points/action-seed-1");
    // As if it had been ended in the middle: what is done of the point is gone on with.
    fs::rename(at("points/action-seed-1"), at("points/action-seed-1.partial")).unwrap();
    let teacher =
        fs::metadata(at("points/action-seed-1.partial/teacher.safetensors")).unwrap().modified().unwrap();
    succeeds(folder.path(), &GRID);
    assert!(program("points/action-seed-1") == before);
    let after = fs::metadata(at("points/action-seed-1/teacher.safetensors")).unwrap().modified().unwrap();
    assert_eq!(after, teacher, "the point was begun again");
    let columns =
        |csv: &str| csv.lines().map(|l| l.split(',').take(5).collect::<Vec<_>>().join(",")).collect::<Vec<_>>();
    assert_eq!(columns(&fs::read_to_string(at("experiment.csv")).unwrap()), columns(&csv));
    // Another run in a point's place, and a damaged one, are named with a cure.
    fs::rename(at("points/action-seed-1"), folder.path().join("kept")).unwrap();
    let copy = |from: &Path| {
        fs::create_dir_all(at("points/action-seed-1")).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            fs::copy(entry.path(), at("points/action-seed-1").join(entry.file_name())).unwrap();
        }
    };
    copy(&at("points/exact-seed-1"));
    let error = fails(folder.path(), &GRID);
    assert!(error.contains("other settings") && error.contains("remove grid/points/action-seed-1"), "{error}");
    copy(&folder.path().join("kept"));
    fs::write(at("points/action-seed-1/summary.json"), "").unwrap();
    let error = fails(folder.path(), &GRID);
    assert!(error.contains("summary.json") && error.contains("remove grid/points/action-seed-1"), "{error}");
    for setting in ["seed=7", "task=foo"] {
        refuses(folder.path(), &[&GRID[..], &["--set", setting]].concat(), &[setting]);
    }
    refuses(folder.path(), &[&GRID[..6], &["new", "--set", "objective.k=-1"]].concat(), &["objective.k"]);
}

#[test]
fn an_experiment_whose_every_point_fails_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let output = trainer(folder.path())
        .args(["experiment", "two-class", "--offline", "--seeds", "1", "--out", "grid"])
        .args(["--set", "teacher.optimizer=gradient-descent", "--set", "teacher.learning_rate=1e30"])
        .args(["--set", "teacher.epochs=1", "--set", "evaluation.replicas=1"])
        .output()
        .unwrap();
    let error = error_of(&output);
    assert!(error.contains("every point") && error.contains("teacher.learning_rate"), "{error}");
    assert!(fs::read_to_string(folder.path().join("grid/experiment.csv")).unwrap().lines().count() == 4);
}
