//! The command line as a user meets it: help and errors as snapshots, small trainings on the built-in digits.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::type_complexity,
    clippy::float_cmp,
    reason = "tests: what cannot go on fails, and what was measured is shown"
)]

mod chips;
mod circuits;
mod clocked;
mod energy;
mod experiments;
mod mistakes;
mod pages;
mod parameters;
mod robustness;
mod submit;
#[path = "../support.rs"]
mod support;
mod trainings;

use serde_json::Value;
use std::path::Path;
use support::{error_of, run, succeeds, text};

/// A training of seconds: few steps of small batches.
pub(crate) const TINY: [&str; 16] = [
    "--task",
    "digits",
    "--set",
    "teacher.epochs=2",
    "--set",
    "training.steps=30",
    "--set",
    "training.batch=50",
    "--set",
    "objective.times=4",
    "--set",
    "validation.every=10",
    "--set",
    "training.checkpoint_every=5",
    "--set",
    "evaluation.replicas=2",
];

/// Runs, expects exit code 2 and one line of error, and returns it with the folder's name replaced.
pub(crate) fn fails(folder: &Path, arguments: &[&str]) -> String {
    error_of(&run(folder, arguments)).replace(&folder.display().to_string(), "DIR")
}

pub(crate) fn tempdir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn help_says_what_when_and_the_default() {
    let folder = tempdir();
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help_evaluate", vec!["evaluate", "--help"]),
        ("help_import", vec!["import", "--help"]),
        ("help_bench_simulate", vec!["bench", "simulate", "--help"]),
        ("help_bench_action", vec!["bench", "action", "--help"]),
        ("help_energy", vec!["energy", "--help"]),
        ("help_export", vec!["export", "--help"]),
        ("help_circuit", vec!["circuit", "--help"]),
        ("help_experiment", vec!["experiment", "--help"]),
        ("help_robustness", vec!["robustness", "--help"]),
        ("tasks", vec!["tasks"]),
    ] {
        let output = succeeds(folder.path(), &arguments);
        insta::assert_snapshot!(name, text(&output.stdout));
    }
}

#[test]
fn check_gradients_passes_and_sees_an_injected_error() {
    let folder = tempdir();
    let output = succeeds(folder.path(), &["check-gradients", "--json"]);
    let value: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let rows = value["rows"].as_array().unwrap();
    assert!(rows.iter().any(|r| r["float"] == "f64") && rows.iter().any(|r| r["float"] == "f32"));
    for action in ["forward", "reversed", "forward, in segments", "reversed, in segments"] {
        assert!(rows.iter().any(|r| r["action"] == action), "{action}");
    }
    let output = run(folder.path(), &["check-gradients", "--inject-error", "1e-3"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("EXCEEDED"));
}

#[test]
fn bench_prints_one_json_object_a_point() {
    let folder = tempdir();
    let small = ["--batch", "50,60", "--steps", "10", "--threads", "1", "--repeats", "1", "--json"];
    for (what, extra) in [
        ("simulate", &["--units", "20"][..]),
        ("simulate", &["--units", "20", "--couplings", "random", "--degree", "3"]),
        ("action", &["--units", "20"]),
        ("pathwise", &["--units", "20"]),
    ] {
        let output = succeeds(folder.path(), &[&["bench", what][..], extra, &small].concat());
        let lines: Vec<Value> =
            text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.iter().map(|l| l["batch"].as_u64().unwrap()).collect::<Vec<_>>(), [50, 60]);
        assert!(lines.iter().all(|l| l["bench"] == what && l["median_seconds"].as_f64().unwrap() > 0.0));
    }
    let error = fails(folder.path(), &["bench", "action", "--units", "5"]);
    assert!(error.contains("--units 5"), "{error}");
}
