//! Programs that change in time, on the command line.

use super::{TINY, fails, tempdir};
use crate::support::{json, succeeds, text};
use serde_json::Value;
use std::fs;

const SEGMENTS: [&str; 2] = ["--set", "program.segments=4"];

/// A training of seconds through the dynamics.
const PATHWISE: [&str; 10] = [
    "--set",
    "objective.kind=pathwise",
    "--set",
    "training.steps=20",
    "--set",
    "training.batch=50",
    "--set",
    "training.average=0.9",
    "--set",
    "objective.elastic=0.5",
];

fn evaluated(folder: &std::path::Path, run: &str) -> Value {
    let output = succeeds(folder, &["evaluate", run, "--json", "--replicas", "2"]);
    let mut value: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    value.as_object_mut().unwrap().remove("speed");
    value
}

/// Trained, measured, exported and imported in every form; from the same program in all segments, the same answers as standing still.
#[test]
fn a_program_in_segments_is_trained_and_goes_through_every_file() {
    let folder = tempdir();
    let here = folder.path();
    let digits = ["--task", "digits", "--set", "teacher.epochs=1", "--set", "evaluation.replicas=2"];
    let random = ["--set", "objective.start.kind=random"];
    succeeds(here, &[&digits[..], &PATHWISE, &random, &["--out", "still"]].concat());
    succeeds(here, &[&digits[..], &PATHWISE, &SEGMENTS, &["--start", "still", "--out", "clocked"]].concat());
    let summary = json(&here.join("clocked/summary.json"));
    assert_eq!(summary["computer"]["segments"], serde_json::json!([0.25, 0.25, 0.25, 0.25]));
    assert_eq!(summary["parameters"]["total"], 4 * 7703);
    assert!(summary["heat"]["work_mean_kt"].as_f64().is_some_and(|work| work != 0.0), "{summary}");
    let config = fs::read_to_string(here.join("clocked/config.toml")).unwrap();
    assert!(config.contains("start_digest") && config.contains("segments = 4"), "{config}");
    assert!(!here.join("clocked/start.safetensors").exists());
    let report = fs::read_to_string(here.join("clocked/report.html")).unwrap();
    assert!(report.contains("Segment 4") && report.contains("the program changes at the broken lines"));
    let still = json(&here.join("still/summary.json"));
    assert!(still["computer"].get("segments").is_none() && still["heat"].get("work_mean_kt").is_none(), "{still}");
    let before = evaluated(here, "clocked");
    let computer = |run: &str| fs::read(here.join(run).join("computer.safetensors")).unwrap();
    for (format, file) in [("parameters", "p.txt"), ("json", "p.json"), ("safetensors", "p.st")] {
        succeeds(here, &["export", "clocked", "--format", format, "--to", file]);
        let out = format!("of-{format}");
        succeeds(here, &["import", file, "--task", "digits", SEGMENTS[0], SEGMENTS[1], "--out", &out]);
        assert!(computer(&out) == computer("clocked"), "{format}");
    }
    let after = evaluated(here, "of-json");
    assert_eq!((&before["test"], &before["heat"]), (&after["test"], &after["heat"]));
    for (file, says) in [("p.txt", "has 7703"), ("p.json", "program.segments=4"), ("p.st", "more segments")] {
        let error = fails(here, &["import", file, "--task", "digits", "--out", "bad"]);
        assert!(error.contains(says), "{file}: {error}");
    }
    let lengths = ["--set", "program.lengths=[1, 1, 1, 2]"];
    let error = fails(here, &["import", "p.json", "--task", "digits", lengths[0], lengths[1], "--out", "bad"]);
    assert!(error.contains("lengths"), "{error}");
    // One program in all segments is that program.
    let values = text(&succeeds(here, &["export", "still"]).stdout);
    fs::write(here.join("four.txt"), values.repeat(4)).unwrap();
    succeeds(here, &["import", "four.txt", "--task", "digits", SEGMENTS[0], SEGMENTS[1], "--out", "four"]);
    let (mut one, mut four) = (evaluated(here, "still"), evaluated(here, "four"));
    assert_eq!(four["heat"].as_object_mut().unwrap().remove("work_mean_kt"), Some(0.0.into()));
    assert_eq!(one["test"].take(), four["test"].take());
    assert_eq!(one["heat"].take(), four["heat"].take());
}

#[test]
fn every_objective_trains_segments_or_refuses_them() {
    let folder = tempdir();
    let here = folder.path();
    succeeds(here, &[&TINY[..], &SEGMENTS, &["--out", "action"]].concat());
    let exact = ["--task", "digits", "--set", "objective.kind=exact", "--set", "teacher.epochs=1"];
    succeeds(here, &[&exact[..], &SEGMENTS, &["--set", "evaluation.replicas=1", "--out", "exact"]].concat());
    let stages = |objective: &str, steps: &str| {
        let training = if steps.is_empty() {
            String::new()
        } else {
            format!(", training = {{ steps = {steps}, batch = 10 }}")
        };
        format!("stage=[{{ objective = {objective}{training} }}]")
    };
    for (name, stage) in [
        ("reversed", stages("{ kind = \"reversed-action\", times = 20 }", "5")),
        ("solved", stages("{ kind = \"exact\", trajectories = 20, times = 20, ridge = 1.0 }", "")),
        ("distance", stages("{ kind = \"energy-distance\", heat_budget = 100.0 }", "5")),
    ] {
        let arguments = ["--task", "generate-digits", "--set", &stage, "--set", "evaluation.samples=20"];
        succeeds(here, &[&arguments[..], &SEGMENTS, &["--out", name]].concat());
        let report = fs::read_to_string(here.join(name).join("report.html")).unwrap();
        assert!(report.contains("Segment 4") && report.contains("where it does work"), "{name}");
    }
    let contrastive = stages("{ kind = \"contrastive\" }", "5");
    // A segment without a time step has no minimum: refused before any work, with a number that will do.
    for (arguments, says) in [
        (vec!["objective.kind=exact", "program.segments=40"], "objective.times"),
        (vec!["objective.kind=pathwise", "program.segments=40"], "objective.start.times"),
        (vec!["objective.kind=exact", "program.lengths=[1, 199]"], "(try 160)"),
    ] {
        let set: Vec<&str> = arguments.iter().flat_map(|setting| ["--set", *setting]).collect();
        let error = fails(here, &[&["--task", "digits", "--out", "bad"], &set[..]].concat());
        assert!(error.contains(says) && error.contains("try"), "{arguments:?}: {error}");
    }
    for flag in [["--time-step", "0.02"], ["--observation-time", "0.402"]] {
        let error = fails(here, &[&["evaluate", "action"], &flag[..]].concat());
        assert!(error.contains(flag[0]) && error.contains("segment"), "{error}");
    }
    let error = fails(here, &["evaluate", "distance", "--step-error", "--split", "validation"]);
    assert!(error.contains("--split"), "{error}");
    assert!(fails(here, &["energy", "still-none", "--joules-per-switched", "1"]).contains("still-none"));
    let ledger = text(&succeeds(here, &["energy", "action", "--joules-per-switched", "1e-14"]).stdout);
    assert!(ledger.contains("changing the program") && ledger.contains("4 times 7511 × 1e-14 J"), "{ledger}");
    for (settings, says) in [
        (vec!["program.segments=4", &contrastive], "contrastive"),
        (vec!["program.segments=7"], "segments"),
        (vec!["program.lengths=[1, 0]"], "above 0"),
        (vec!["program.segments=4", "program.lengths=[1, 2]"], "as many"),
        (vec!["program.segments=0"], "from 1 to 1000"),
    ] {
        let set: Vec<&str> = settings.iter().flat_map(|setting| ["--set", *setting]).collect();
        let error = fails(here, &[&["--task", "generate-digits", "--out", "bad"], &set[..]].concat());
        assert!(error.contains(says), "{settings:?}: {error}");
    }
    // Of another computer, from nothing, from two places.
    for (arguments, says) in [
        (vec!["--task", "digits", "--set", "computer.hidden=70", "--start", "action"], "units"),
        (vec!["--task", "digits", "--set", "objective.kind=exact", "--start", "action"], "exact minimum"),
        (vec!["--task", "digits", "--set", "program.segments=2", "--start", "action"], "program.lengths"),
        (vec!["--task", "digits", "--set", "program.segments=4", "--start", "reversed"], "units"),
        (vec!["--task", "digits", "--start", "nowhere"], "nowhere"),
    ] {
        let error = fails(here, &[&arguments[..], &["--out", "bad"]].concat());
        assert!(error.contains("--start") && error.contains(says), "{arguments:?}: {error}");
    }
    assert!(!here.join("bad").exists() && !here.join("bad.partial").exists());
}

/// A stage that is tied trains the program that a computer standing still would be given, and every segment is that program.
#[test]
fn a_tied_stage_trains_one_program_for_all_segments() {
    let folder = tempdir();
    let here = folder.path();
    let generator = [
        "--task",
        "generate-digits",
        "--set",
        "computer.connectivity=[\"visible-hidden\"]",
        "--set",
        "computer.visible_biases=true",
        "--set",
        "evaluation.samples=20",
    ];
    let stage = |kind: &str, more: &str| {
        format!("{{ objective = {{ kind = \"{kind}\" }}, training = {{ steps = 5, batch = 10 }}{more} }}")
    };
    let (contrastive, tied) = (stage("contrastive", ""), stage("contrastive", ", tied = true"));
    let distance = stage("energy-distance", "");
    let stages = |list: &[&str]| format!("stage=[{}]", list.join(", "));
    let trained = |name: &str, list: &[&str], segments: &[&str]| {
        let stages = stages(list);
        succeeds(here, &[&generator[..], &["--set", &stages, "--out", name], segments].concat());
        text(&succeeds(here, &["export", name]).stdout)
    };
    let still = trained("still", &[&contrastive], &[]);
    assert_eq!(trained("tied", &[&tied], &SEGMENTS), still.repeat(4));
    let untied = trained("untied", &[&tied, &distance], &SEGMENTS);
    let programs: Vec<&str> = untied.lines().collect();
    let programs: Vec<_> = programs.chunks(programs.len() / 4).collect();
    assert!(programs[0] != programs[3], "the stage after it trains each segment for itself");
    let refused = |list: &[&str], segments: &[&str], says: &str| {
        let stages = stages(list);
        let error = fails(here, &[&generator[..], &["--set", &stages, "--out", "bad"], segments].concat());
        assert!(error.contains(says), "{error}");
    };
    refused(&[&tied], &[], "stage.0.tied");
    refused(&[&distance, &tied], &SEGMENTS, "stage.1.tied");
    refused(&[&tied], &[&SEGMENTS[..], &["--start", "untied"]].concat(), "stage.0.tied");
}

#[test]
fn the_error_of_the_time_step_is_measured() {
    let folder = tempdir();
    let here = folder.path();
    succeeds(here, &[&TINY[..], &["--out", "run"]].concat());
    let output = succeeds(here, &["evaluate", "run", "--step-error", "--json"]);
    let value: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let rows = value["halvings"].as_array().unwrap();
    let steps: Vec<f64> = rows.iter().map(|row| row["time_step"].as_f64().unwrap()).collect();
    assert_eq!(steps, [0.008, 0.004, 0.002, 0.001]);
    let rms: Vec<f64> = rows.iter().map(|row| row["state_rms"].as_f64().unwrap()).collect();
    // Strong order 1: half the step, half the change.
    assert!(rms.windows(2).all(|pair| (1.5..3.0).contains(&(pair[0] / pair[1]))), "{rms:?}");
    assert!(
        rows.iter().all(|row| row["answers"].as_f64().is_some() && row["heat_stderr_kt"].as_f64().unwrap() > 0.0)
    );
    let table = text(&succeeds(here, &["evaluate", "run", "--step-error"]).stdout);
    assert!(table.contains("4e-3") && table.contains('%'), "{table}");
    // One answer of 360 is more than 0.1 %: where none changes, that is no proof that so few would.
    assert!(table.contains("too few images") || table.contains("or more change"), "{table}");
    assert!(value.get("answers_hold_at").is_none(), "{value}");
    let errors: Vec<f64> = rows.iter().map(|row| row["answers_stderr"].as_f64().unwrap()).collect();
    assert!(errors.iter().all(|e| *e > 2e-3), "{errors:?}");
    for more in [["--replicas", "3"], ["--predictions", "p.csv"]] {
        let output = crate::support::run(here, &[&["evaluate", "run", "--step-error"], &more[..]].concat());
        assert_eq!(output.status.code(), Some(2));
    }
}
