//! Faults that trying the product has found, each with what is right. A mistake ends in one line and exit code 2, and costs no work.
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

mod experiments;
mod kept_work;
mod outputs;
mod refusals;
#[path = "../support.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::Output;
use support::{text, trainer};

/// A training of a second.
const T: [&str; 12] = [
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
    "evaluation.replicas=2",
];

/// The one line of error of a command that ends with exit code 2; no other follows it, but for the usage of the argument parser.
pub(crate) fn error_of(output: &Output) -> String {
    let (error, stderr) = (support::error_of(output), text(&output.stderr));
    let last = stderr.trim_end().ends_with(&error);
    assert!(last || stderr.contains("Usage:") || stderr.contains("--help"), "{stderr}");
    error
}

pub(crate) fn fails(folder: &Path, arguments: &[&str]) -> String {
    error_of(&trainer(folder).args(arguments).output().unwrap())
}

/// As [`fails`], and nothing is left behind.
pub(crate) fn refuses(folder: &Path, arguments: &[&str], says: &[&str]) {
    let count = || fs::read_dir(folder).unwrap().count();
    let before = count();
    let error = fails(folder, arguments);
    assert!(says.iter().all(|part| error.contains(part)), "{arguments:?}: {error}");
    assert_eq!(count(), before, "{arguments:?} left something behind");
}

pub(crate) fn t(more: &[&str]) -> Vec<String> {
    T.iter().chain(more).map(|s| (*s).to_owned()).collect()
}

pub(crate) fn strs(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}
