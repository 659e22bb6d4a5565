//! `trainer robustness`: what a trained program does on disturbed devices.

use super::{TINY, fails, tempdir};
use crate::support::{json, run, succeeds, text, trainer};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// A run on the digits, trained once for all tests here.
fn trained() -> &'static Path {
    static RUN: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = RUN.get_or_init(|| {
        let folder = tempdir();
        let settings = ["teacher.epochs=10", "training.steps=100", "training.batch=100", "evaluation.replicas=2"];
        let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", *setting]).collect();
        succeeds(folder.path(), &[&["--task", "digits", "--out", "run"][..], &settings].concat());
        folder
    });
    folder.path()
}

/// The figures in JSON, written into a folder of their own.
fn measured(folder: &Path, arguments: &[&str]) -> Value {
    let run = trained().join("run").display().to_string();
    let output = succeeds(folder, &[&["robustness", &run, "--out", "found.html", "--json"], arguments].concat());
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, json(&folder.join("found.json")));
    printed
}

fn axis<'a>(found: &'a Value, name: &str) -> &'a Value {
    found["axes"].as_array().unwrap().iter().find(|axis| axis["axis"] == name).unwrap()
}

#[test]
fn the_undisturbed_program_is_the_one_that_evaluate_measures() {
    let folder = tempdir();
    let found = measured(folder.path(), &["--only", "kt", "--levels", "kt=1", "--devices", "1"]);
    let output = succeeds(trained(), &["evaluate", "run", "--replicas", "1", "--json"]);
    let evaluated: Value = serde_json::from_slice(&output.stdout).unwrap();
    let own = |key: &str| found["undisturbed"][key]["mean"].as_f64().unwrap();
    assert_eq!(own("accuracy"), evaluated["test"]["top1"].as_f64().unwrap());
    let heat = evaluated["heat"]["mean_kt"].as_f64().unwrap();
    assert!((own("heat_kt") / heat - 1.0).abs() < 1e-12, "{found}");
    assert_eq!(found["trajectories"], 360);
    assert_eq!(axis(&found, "kt")["levels"][0]["figures"], found["undisturbed"]);
}

/// So disturbed, no program knows a digit: an axis that does nothing would leave it its accuracy.
#[test]
fn every_axis_costs_accuracy_at_a_level_that_must() {
    let folder = tempdir();
    let levels = [
        "bits=2,12",
        "density=0.02,1",
        "mismatch=0,2",
        "offset=0,60",
        "kt=1,500",
        "clock=-0.9,0,0.01",
        "stuck=0,64",
        "input-noise=0,10",
    ];
    let flags: Vec<&str> = levels.iter().flat_map(|levels| ["--levels", *levels]).collect();
    let found = measured(folder.path(), &[&["--devices", "2", "--images", "200"][..], &flags].concat());
    assert_eq!(found["criterion"], serde_json::json!({ "quantity": "accuracy", "loss": 0.01 }));
    assert!(found["undisturbed"]["accuracy"]["mean"].as_f64().unwrap() > 0.7, "{found}");
    for (name, index) in [
        ("bits", 0),
        ("density", 0),
        ("mismatch", 1),
        ("offset", 1),
        ("kt", 1),
        ("clock", 0),
        ("stuck", 1),
        ("input-noise", 1),
    ] {
        let axis = axis(&found, name);
        let level = &axis["levels"][index];
        eprintln!("{name}: {level}");
        let change = level["change"]["mean"].as_f64().unwrap();
        assert!(change < -0.03, "{axis}");
        let side = if ["bits", "density", "clock"].contains(&name) { "below" } else { "above" };
        assert_eq!(axis[side]["outcome"], "at", "{axis}");
    }
    // One per cent of the observation time is nothing.
    assert_eq!(axis(&found, "clock")["above"], serde_json::json!({ "outcome": "beyond", "level": 0.01 }));
    let page = fs::read_to_string(folder.path().join("found.html")).unwrap();
    assert_eq!(page.matches("<svg").count(), 8);
    assert!(page.contains("Built-in data, not MNIST.") && !page.contains("NaN"));
}

#[test]
fn figures_do_not_depend_on_threads_or_batch_and_an_imported_program_has_the_same() {
    let folder = tempdir();
    let here = folder.path();
    let run = trained().join("run").display().to_string();
    succeeds(here, &["export", &run, "--to", "program.txt"]);
    let import = ["--task", "digits", "--set", "evaluation.batch=17", "--out", "imported"];
    succeeds(here, &[&["import", "program.txt"], &import[..]].concat());
    let only = ["--only", "mismatch,input-noise,stuck", "--levels", "mismatch=0.1", "--levels", "input-noise=0.5"];
    let more = ["--levels", "stuck=3", "--devices", "2", "--images", "100", "--json"];
    let figures = |run: &str, threads: &str| {
        let mut command = trainer(here);
        command
            .env("RAYON_NUM_THREADS", threads)
            .args(["robustness", run, "--out", "x.html"])
            .args(only)
            .args(more);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        [found["undisturbed"].clone(), found["axes"].clone()]
    };
    let one = figures("imported", "1");
    assert_eq!(figures("imported", "3"), one);
    assert_eq!(figures(&run, "2"), one);
}

/// A device that diverges is counted, with a dash for the level; the others are measured all the same.
#[test]
fn a_device_that_diverges_is_counted_and_the_rest_goes_on() {
    let here = trained();
    let output = succeeds(
        here,
        &[
            "robustness",
            "run",
            "--only",
            "offset,clock",
            "--levels",
            "offset=0,1e6",
            "--levels",
            "clock=0.1",
            "--devices",
            "2",
            "--images",
            "50",
        ],
    );
    let table = text(&output.stdout);
    assert!(table.contains("| offset | 10⁶ | – | – | – | 2 of 2 |"), "{table}");
    assert!(table.contains("| offset | diverges at 10⁶ before that |"), "{table}");
    assert!(table.contains("| clock | 0.1 | ") && !table.contains("NaN"), "{table}");
    // Where nothing else is said, both files go into the run folder.
    let found = json(&here.join("run/robustness.json"));
    assert_eq!(axis(&found, "offset")["levels"][1]["diverged"], 2);
    assert!(here.join("run/robustness.html").exists());
}

#[test]
fn a_program_in_segments_is_measured() {
    let folder = tempdir();
    let here = folder.path();
    succeeds(here, &[&TINY[..], &["--set", "program.segments=4", "--out", "run"]].concat());
    let output = succeeds(here, &["robustness", "run", "--devices", "2", "--images", "40", "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    for axis in found["axes"].as_array().unwrap() {
        assert!(axis["levels"].as_array().unwrap().iter().all(|level| level["diverged"] == 0), "{axis}");
    }
}

#[test]
fn mistakes_are_one_line_and_leave_nothing_behind() {
    let here = trained();
    fs::create_dir_all(here.join("taken.html")).unwrap();
    fs::create_dir_all(here.join("empty")).unwrap();
    let count = || fs::read_dir(here).unwrap().count();
    let before = count();
    let mut errors = Vec::new();
    for arguments in [
        vec!["absent"],
        vec!["empty"],
        vec!["run", "--only", "warp"],
        vec!["run", "--only", "kt,bits,warp"],
        vec!["run", "--devices", "0"],
        vec!["run", "--devices", "1000000"],
        vec!["run", "--images", "0"],
        vec!["run", "--levels", "kt"],
        vec!["run", "--levels", "kt="],
        vec!["run", "--levels", "kt=nan"],
        vec!["run", "--levels", "mismatch=-0.1"],
        vec!["run", "--levels", "offset=inf"],
        vec!["run", "--levels", "clock=-1"],
        vec!["run", "--levels", "bits=1"],
        vec!["run", "--levels", "stuck=65"],
        vec!["run", "--levels", "density=0"],
        vec!["run", "--levels", "kt=1", "--levels", "kt=2"],
        vec!["run", "--only", "bits", "--levels", "kt=2"],
        vec!["run", "--stuck-at", "nan"],
        vec!["run", "--out", "taken.html"],
        vec!["run", "--out", "nowhere/x.html"],
        vec!["run", "--out", "x.json"],
        vec!["run", "--out", "run/summary.html"],
        vec!["run", "--data-dir", "empty"],
    ] {
        let arguments = [&["robustness"], &arguments[..]].concat();
        errors.push(format!("$ trainer {}\n{}", arguments.join(" "), fails(here, &arguments)));
        assert_eq!(count(), before, "{arguments:?} left something behind");
    }
    insta::assert_snapshot!("robustness_errors", errors.join("\n\n"));
    assert_eq!(run(here, &["robustness", "run", "--only", ""]).status.code(), Some(2));
}
