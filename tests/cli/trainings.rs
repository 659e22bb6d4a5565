//! Trainings from their first step to their figures.

use super::{TINY, fails, tempdir};
use crate::support::{json, succeeds, text, trainer, until};
use serde_json::Value;
use std::fs;

#[test]
fn a_run_folder_holds_what_the_readme_says_and_evaluates_to_the_same_figures() {
    let folder = tempdir();
    let mut arguments = TINY.to_vec();
    arguments.extend(["--seed", "5", "--out", "runs/a"]);
    let output = succeeds(folder.path(), &arguments);
    assert!(text(&output.stderr).contains("built-in"));
    let run = folder.path().join("runs/a");
    let mut names: Vec<String> =
        fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "computer.safetensors",
            "config.toml",
            "figures.json",
            "metrics.jsonl",
            "report.html",
            "summary.json",
            "teacher.safetensors"
        ]
    );
    let summary = json(&run.join("summary.json"));
    for key in [
        "dataset",
        "backend",
        "device",
        "seed",
        "objective",
        "computer.hidden",
        "computer.j2",
        "computer.j4",
        "computer.kt",
        "computer.mobility",
        "computer.time_step",
        "computer.observation_time",
        "parameters.total",
        "parameters.acting",
        "teacher.test_top1",
        "test.top1",
        "test.top1_stderr",
        "test.top2",
        "test.top1_zero_temperature",
        "heat.mean_kt",
        "heat.std_kt",
        "advantage",
        "seconds.teacher",
        "seconds.training",
        "seconds.evaluation",
    ] {
        let value = key.split('.').fold(&summary, |value, part| &value[part]);
        assert!(!value.is_null(), "summary.json has no {key}: {summary}");
    }
    assert_eq!(summary["dataset"], "digits");
    assert_eq!(summary["seed"], 5);
    // 64 inputs: 128 + 64·64 + 2016 + 640 + 45 + 640 couplings, 138 biases; 128 couplings and 64 biases never act.
    assert_eq!(summary["parameters"]["total"], 7703);
    assert_eq!(summary["parameters"]["acting"], 7511);
    assert!(fs::read_to_string(run.join("config.toml")).unwrap().contains("dataset = \"digits\""));

    let evaluated = succeeds(folder.path(), &["evaluate", "runs/a", "--json", "--predictions", "answers.csv"]);
    let evaluated: Value = serde_json::from_str(&text(&evaluated.stdout)).unwrap();
    assert_eq!(evaluated["test"], summary["test"]);
    assert_eq!(evaluated["heat"], summary["heat"]);
    let answers = fs::read_to_string(folder.path().join("answers.csv")).unwrap();
    let right = answers.lines().skip(1).filter(|line| {
        let mut fields = line.split(',').skip(1);
        fields.next() == fields.next()
    });
    assert_eq!(right.count() as f64 / 360.0, summary["test"]["top1"].as_f64().unwrap());
    // Another seed is other noise; the deterministic computer does not care.
    let other = succeeds(folder.path(), &["evaluate", "runs/a", "--json", "--seed", "6"]);
    let other: Value = serde_json::from_str(&text(&other.stdout)).unwrap();
    assert_ne!(other["heat"], summary["heat"]);
    assert_eq!(other["test"]["top1_zero_temperature"], summary["test"]["top1_zero_temperature"]);

    fs::remove_file(run.join("report.html")).unwrap();
    succeeds(folder.path(), &["report", "runs/a"]);
    assert!(run.join("report.html").exists());
    assert!(fails(folder.path(), &["evaluate", "runs/a", "--time-step", "-1"]).contains("time_step"));
    assert!(fails(folder.path(), &["evaluate", "runs/a", "--time-step", "0.1"]).contains("time_step"));
}

#[test]
fn a_killed_training_resumes_to_the_same_bits() {
    let folder = tempdir();
    let arguments = [&TINY[..], &["--set", "training.steps=120", "--set", "validation.every=60"]].concat();
    succeeds(folder.path(), &[&arguments[..], &["--out", "whole"]].concat());
    let mut child = trainer(folder.path())
        .args([&arguments[..], &["--out", "killed"]].concat())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let partial = folder.path().join("killed.partial");
    until(2, || {
        assert!(child.try_wait().unwrap().is_none());
        partial.join("computer.checkpoint").exists()
    });
    // SIGKILL on Unix.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(partial.join("config.toml").exists() && !folder.path().join("killed").exists());
    assert!(fails(folder.path(), &[&arguments[..], &["--out", "killed"]].concat()).contains("--resume killed"));
    succeeds(folder.path(), &["--resume", "killed"]);
    for name in ["computer.safetensors", "teacher.safetensors"] {
        let read = |run: &str| fs::read(folder.path().join(run).join(name)).unwrap();
        assert!(read("whole") == read("killed"), "{name} differs");
    }
    let steps = |run: &str| -> Vec<u64> {
        fs::read_to_string(folder.path().join(run).join("metrics.jsonl"))
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|line| line["phase"] == "computer")
            .map(|line| line["step"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(steps("whole"), steps("killed"));
    assert!(!partial.exists());
}

#[test]
fn without_data_the_default_job_runs_on_the_built_in_digits_and_says_so() {
    let folder = tempdir();
    let settings = [&TINY[2..], &["--offline", "--out", "run"]].concat();
    let output = succeeds(folder.path(), &settings);
    let stderr = text(&output.stderr);
    assert!(stderr.contains("FALLING BACK") && stderr.contains("built-in"), "{stderr}");
    assert_eq!(json(&folder.path().join("run/summary.json"))["dataset"], "digits");
}

#[test]
fn every_objective_trains_and_its_energy_is_counted() {
    let folder = tempdir();
    let at = |name: &str| folder.path().join(name).join("summary.json");
    for (name, more) in [
        ("exact", &["--set", "objective.kind=exact"][..]),
        ("pathwise", &["--set", "objective.kind=pathwise", "--set", "objective.heat_price=1e-4"]),
        (
            "random",
            &[
                ["--set", "objective.kind=pathwise", "--set", "objective.start.kind=random"],
                ["--set", "objective.mismatch=0.1", "--set", "objective.max_rotation=5"],
            ]
            .concat(),
        ),
    ] {
        let teacher = folder.path().join("exact").display().to_string();
        let given: &[&str] = if name == "exact" { &[] } else { &["--teacher", &teacher] };
        // What only some objectives know is theirs: the times of the action, the steps of a descent.
        let known = |setting: &str| match name {
            "exact" => !["training.", "validation."].iter().any(|section| setting.starts_with(section)),
            _ => !setting.starts_with("objective.times"),
        };
        let tiny: Vec<&str> = TINY[2..].chunks(2).filter(|pair| known(pair[1])).flatten().copied().collect();
        let whole = [&TINY[..2], &tiny, &["--seed", "3", "--out", name], more, given].concat();
        succeeds(folder.path(), &whole);
        let summary = json(&at(name));
        assert_eq!(summary["objective"], if name == "exact" { "exact" } else { "pathwise" });
        assert_eq!(summary["minimiser"].is_object(), name != "random");
        assert!(summary["test"]["top1"].as_f64().unwrap() > 0.3, "{name}: {summary}");
        assert!(summary["speed"]["trajectories_per_second"].as_f64().unwrap() > 0.0);
        assert_eq!(summary["teacher"], json(&at("exact"))["teacher"]);
        assert!(folder.path().join(name).join("report.html").exists());
    }
    let output = succeeds(folder.path(), &["energy", "exact", "--json", "--answers-per-program", "1e3"]);
    let ledger: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let value = |pointer: &str| ledger.pointer(pointer).and_then(Value::as_f64).unwrap();
    assert!(value("/paper A/advantage") > 1e7 && value("/paper B/advantage") > 1e11);
    assert!(value("/everything counted/advantage") < value("/this run, heat alone/advantage"));
    let heat = json(&at("exact"))["heat"]["mean_kt"].as_f64().unwrap();
    assert!((value("/this run, heat alone/thermodynamic_kt") / heat - 1.0).abs() < 1e-12);
    let table = text(&succeeds(folder.path(), &["energy", "exact"]).stdout);
    assert!(table.contains("advantage"), "{table}");
    let error = fails(folder.path(), &["energy", "exact", "--temperature", "0"]);
    assert!(error.contains("--temperature"), "{error}");
    fails(folder.path(), &["energy", "absent"]);
    let error = fails(folder.path(), &["--task", "digits", "--teacher", "absent", "--out", "b"]);
    assert!(error.contains("--teacher absent") && !folder.path().join("b").exists(), "{error}");
}
