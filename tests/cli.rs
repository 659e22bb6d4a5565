//! The command line as a user meets it: help and errors as snapshots, small trainings on the built-in digits.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::type_complexity,
    clippy::float_cmp,
    reason = "tests: what cannot go on fails, and what was measured is shown"
)]

mod support;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use support::{error_of, json, run, succeeds, text, trainer, until};

/// A training of seconds: few steps of small batches.
const TINY: [&str; 16] = [
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
fn fails(folder: &Path, arguments: &[&str]) -> String {
    error_of(&run(folder, arguments)).replace(&folder.display().to_string(), "DIR")
}

fn tempdir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// The full MNIST, where the user has named a folder of it.
fn mnist() -> Option<PathBuf> {
    let folder = std::env::var_os("THERMO_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("THERMO_DATA is not set: the MNIST half of this test was not run");
    }
    folder
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
        ("help_experiment", vec!["experiment", "--help"]),
        ("tasks", vec!["tasks"]),
    ] {
        let output = succeeds(folder.path(), &arguments);
        insta::assert_snapshot!(name, text(&output.stdout));
    }
}

#[test]
fn a_bad_configuration_is_one_error_and_leaves_nothing_behind() {
    let folder = tempdir();
    fs::create_dir(folder.path().join("taken")).unwrap();
    fs::write(folder.path().join("file"), "not a folder").unwrap();
    fs::write(folder.path().join("typo.toml"), "base = \"digits\"\n\n[computer]\nhiden = 64\n").unwrap();
    fs::write(folder.path().join("old.toml"), "base = \"digits\"\nkt = 2.0\n").unwrap();
    let before = fs::read_dir(folder.path()).unwrap().count();
    let mut errors = Vec::new();
    for arguments in [
        vec!["--config", "typo.toml", "--out", "a"],
        vec!["--config", "old.toml", "--out", "a"],
        vec!["--config", "absent.toml", "--out", "a"],
        vec!["--task", "digits", "--set", "dynamics.time_stop=1e-3", "--out", "a"],
        vec!["--task", "digits", "--set", "time_step=1e-3", "--out", "a"],
        vec!["--task", "digits", "--set", "training.step=3", "--out", "a"],
        vec!["--task", "digits", "--set", "hidden", "--out", "a"],
        vec!["--task", "digits", "--set", "objective=exact", "--out", "a"],
        vec!["--task", "digits", "--set", "dynamics.time_step=-1e-3", "--out", "a"],
        vec!["--task", "digits", "--set", "dynamics.time_step=0.1", "--out", "a"],
        vec!["--task", "digits", "--set", "dynamics.observation_time=0.2005", "--out", "a"],
        vec!["--task", "digits", "--set", "dynamics.kt=0", "--out", "a"],
        vec!["--task", "digits", "--set", "dynamics.kt=nan", "--out", "a"],
        vec!["--task", "digits", "--set", "data.input_norm=largest", "--out", "a"],
        [
            &["--task", "digits", "--set", "objective.kind=pathwise"][..],
            &["--set", "objective.max_zoom=1", "--out", "a"],
        ]
        .concat(),
        [
            &["--task", "digits", "--set", "objective.kind=pathwise"][..],
            &["--set", "objective.heat_budget=0", "--out", "a"],
        ]
        .concat(),
        vec!["--task", "digits", "--set", "computer.hidden=10", "--out", "a"],
        vec!["--task", "digits", "--set", "computer.connectivity=[\"input-hiden\"]", "--out", "a"],
        [
            &["--task", "digits", "--set", "training.learning_rate=1e20"][..],
            &["--set", "training.schedule=constant", "--out", "a"],
        ]
        .concat(),
        vec!["--task", "cifar", "--out", "a"],
        vec!["--task", "digits", "--out", "taken"],
        vec!["--task", "digits", "--out", "file/inside"],
        vec!["--task", "fashion-mnist", "--out", "a"],
        vec!["--data-dir", "absent", "--out", "a"],
        vec!["--resume", "a"],
        vec!["evaluate", "absent"],
        vec!["evaluate", "taken"],
        vec!["report", "taken"],
        vec!["export", "absent"],
        vec!["import", "absent.txt", "--out", "a"],
    ] {
        errors.push(format!("$ trainer {}\n{}", arguments.join(" "), fails(folder.path(), &arguments)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before, "{arguments:?} left something behind");
    }
    insta::assert_snapshot!("errors", errors.join("\n\n"));
}

/// IDX files of a few images, as `--data-dir` reads them.
fn small_idx(folder: &Path) {
    let images = |n: u32| {
        let mut bytes = vec![0, 0, 8, 3];
        for size in [n, 28, 28] {
            bytes.extend(size.to_be_bytes());
        }
        bytes.extend((0..n * 784).map(|i| (i * 7 % 251) as u8));
        bytes
    };
    let labels = |n: u32| {
        let mut bytes = vec![0, 0, 8, 1];
        bytes.extend(n.to_be_bytes());
        bytes.extend((0..n).map(|i| (i % 10) as u8));
        bytes
    };
    for (name, bytes) in [
        ("train-images-idx3-ubyte", images(60)),
        ("train-labels-idx1-ubyte", labels(60)),
        ("t10k-images-idx3-ubyte", images(20)),
        ("t10k-labels-idx1-ubyte", labels(20)),
    ] {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

#[test]
fn bad_data_are_one_error_and_leave_nothing_behind() {
    let folder = tempdir();
    let mut errors = Vec::new();
    let cases: [(&str, fn(&Path)); 5] = [
        ("truncated images", |data| {
            let path = data.join("train-images-idx3-ubyte");
            let bytes = fs::read(&path).unwrap();
            fs::write(path, &bytes[..bytes.len() - 100]).unwrap();
        }),
        ("label files swapped", |data| {
            let (a, b) = (data.join("train-labels-idx1-ubyte"), data.join("t10k-labels-idx1-ubyte"));
            let (train, test) = (fs::read(&a).unwrap(), fs::read(&b).unwrap());
            fs::write(a, test).unwrap();
            fs::write(b, train).unwrap();
        }),
        ("wrong magic number", |data| {
            let path = data.join("t10k-images-idx3-ubyte");
            let mut bytes = fs::read(&path).unwrap();
            bytes[2] = 13;
            fs::write(path, bytes).unwrap();
        }),
        ("label out of range", |data| {
            let path = data.join("t10k-labels-idx1-ubyte");
            let mut bytes = fs::read(&path).unwrap();
            bytes[10] = 77;
            fs::write(path, bytes).unwrap();
        }),
        ("a file missing", |data| fs::remove_file(data.join("train-labels-idx1-ubyte")).unwrap()),
    ];
    for (name, spoil) in cases {
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        small_idx(&data);
        spoil(&data);
        let error = fails(folder.path(), &["--data-dir", "data", "--out", "run"]);
        errors.push(format!("{name}: {error}"));
        fs::remove_dir_all(&data).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{name} left something behind");
    }
    insta::assert_snapshot!("data_errors", errors.join("\n"));
}

/// Training fails for good only after it has begun: the run folder must go again.
#[test]
fn a_training_that_fails_midway_removes_its_folder() {
    let folder = tempdir();
    let mut arguments = TINY.to_vec();
    arguments.extend(["--set", "training.optimizer=gradient-descent", "--set", "training.learning_rate=1e6"]);
    arguments.extend(["--set", "training.steps=100", "--out", "run"]);
    let error = fails(folder.path(), &arguments);
    assert!(error.contains("learning_rate") && error.contains("diverged"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(feature = "wgpu")]
#[test]
fn a_backend_that_is_not_there_is_one_error() {
    let folder = tempdir();
    // The Vulkan loader is told of no driver.
    let output = trainer(folder.path())
        .args(["--backend", "wgpu", "--task", "digits", "--out", "run"])
        .env("VK_DRIVER_FILES", "/nonexistent")
        .env("VK_ICD_FILENAMES", "/nonexistent")
        .output()
        .unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("--backend wgpu") && stderr.contains("--backend ndarray"), "{stderr}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

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

/// The paper author's format: 63,143 numbers for 784 inputs, 64 hidden units and 10 outputs.
#[test]
fn parameters_round_trip_and_a_wrong_file_is_refused_with_the_position() {
    let folder = tempdir();
    let values: Vec<String> = (0..63_143u32).map(|i| ((i % 1999) as f32 / 4096.0 - 0.25).to_string()).collect();
    let write = |name: &str, values: &[String]| fs::write(folder.path().join(name), values.join("\n")).unwrap();
    write("good.txt", &values);
    write("short.txt", &values[1..]);
    let mut broken = values.clone();
    broken[41_000] = "NaN".to_owned();
    write("nan.txt", &broken);
    broken[41_000] = "0.1.2".to_owned();
    write("word.txt", &broken);
    broken[41_000] = "1e39".to_owned();
    write("large.txt", &broken);
    fs::write(folder.path().join("commas.txt"), values.join(",")).unwrap();
    let error = fails(folder.path(), &["import", "commas.txt", "--out", "run"]);
    assert!(error.contains("number 1 (line 1)") && error.contains("spaces") && error.len() < 200, "{error}");
    for name in ["short.txt", "nan.txt", "word.txt", "large.txt"] {
        let error = fails(folder.path(), &["import", name, "--out", "run"]);
        let position = if name == "short.txt" { "63142" } else { "number 41001 (line 41001)" };
        assert!(error.contains(name) && error.contains(position), "{error}");
        assert!(!folder.path().join("run").exists() && !folder.path().join("run.partial").exists());
    }
    succeeds(folder.path(), &["import", "good.txt", "--out", "run"]);
    let summary = json(&folder.path().join("run/summary.json"));
    assert_eq!(summary["parameters"]["total"], 63_143);
    assert_eq!(summary["parameters"]["acting"], 60_791);
    let exported = text(&succeeds(folder.path(), &["export", "run"]).stdout);
    assert_eq!(exported.split_whitespace().collect::<Vec<_>>(), values);
    succeeds(folder.path(), &["export", "run", "--format", "json", "--to", "run.json"]);
    assert_eq!(json(&folder.path().join("run.json"))["values"].as_array().unwrap().len(), 63_143);
    // Every format that is exported is imported, bit for bit.
    succeeds(folder.path(), &["export", "run", "--format", "safetensors", "--to", "run.st"]);
    let computer = |run: &str| fs::read(folder.path().join(run).join("computer.safetensors")).unwrap();
    for (file, again) in [("run.json", "of-json"), ("run.st", "of-st")] {
        succeeds(folder.path(), &["import", file, "--out", again]);
        assert!(computer("run") == computer(again), "{file}");
    }
    let mut bytes = fs::read(folder.path().join("run.st")).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(folder.path().join("nan.st"), &bytes).unwrap();
    fs::write(folder.path().join("cut.st"), &bytes[..end - 9]).unwrap();
    let exported = fs::read_to_string(folder.path().join("run.json")).unwrap();
    fs::write(folder.path().join("large.json"), exported.replacen("-0.25", "1e39", 1)).unwrap();
    for (file, says) in [("nan.st", "not finite"), ("cut.st", "safetensors"), ("large.json", "values[0]")] {
        let error = fails(folder.path(), &["import", file, "--out", "bad"]);
        assert!(error.contains(file) && error.contains(says) && error.len() < 300, "{error}");
    }
    let error = fails(folder.path(), &["import", "run.json", "--task", "digits", "--out", "bad"]);
    assert!(error.contains("784 inputs"), "{error}");
    assert!(!folder.path().join("bad").exists() && !folder.path().join("bad.partial").exists());
    assert!(fails(folder.path(), &["export", "run", "--format", "safetensors"]).contains("--to"));
    succeeds(folder.path(), &["report", "run"]);
    if let Some(data) = mnist() {
        let data = data.display().to_string();
        let output =
            succeeds(folder.path(), &["evaluate", "run", "--json", "--replicas", "1", "--data-dir", &data]);
        let value: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
        let top1 = value["test"]["top1"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&top1) && value["test"]["images"] == 10_000, "{value}");
    }
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
fn check_gradients_passes_and_sees_an_injected_error() {
    let folder = tempdir();
    let output = succeeds(folder.path(), &["check-gradients", "--json"]);
    let value: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let rows = value["rows"].as_array().unwrap();
    assert!(rows.iter().any(|r| r["float"] == "f64") && rows.iter().any(|r| r["float"] == "f32"));
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

#[test]
fn an_experiment_fills_its_grid_goes_on_and_survives_a_failed_point() {
    let folder = tempdir();
    let arguments = [
        "experiment",
        "two-class",
        "--offline",
        "--seeds",
        "2",
        "--out",
        "grid",
        "--set",
        "teacher.epochs=2",
        "--set",
        "training.steps=20",
        "--set",
        "training.batch=20",
        "--set",
        "evaluation.replicas=2",
    ];
    let table = text(&succeeds(folder.path(), &arguments).stdout);
    assert!(["| action |", "| exact |", "| pathwise |"].iter().all(|row| table.contains(row)), "{table}");
    let csv = fs::read_to_string(folder.path().join("grid/experiment.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 3 * 2);
    assert!(csv.lines().skip(1).all(|line| line.ends_with(",ok")), "{csv}");
    let report = fs::read_to_string(folder.path().join("grid/report.html")).unwrap();
    assert!(report.contains("<svg") && report.contains("--seeds 2 --set teacher.epochs=2"));
    // Which data they were: a fallback must not look like MNIST.
    assert!(report.contains("built-in UCI optical digits") && table.contains("built-in"), "{table}");
    // What is there is not trained again; what is missing is.
    let made =
        |name: &str| fs::metadata(folder.path().join("grid/points").join(name).join("summary.json")).unwrap();
    let before = made("exact-seed-1").modified().unwrap();
    fs::remove_dir_all(folder.path().join("grid/points/action-seed-2")).unwrap();
    succeeds(folder.path(), &arguments);
    assert_eq!(made("exact-seed-1").modified().unwrap(), before);
    assert!(made("action-seed-2").is_file());
    // Nor do points trained otherwise get into its table.
    let error = fails(folder.path(), &[&arguments[..], &["--set", "dynamics.kt=2"]].concat());
    assert!(error.contains("--out grid") && error.contains("--set teacher.epochs=2"), "{error}");
    // What no point can be trained with is said at once, and nothing is written.
    for mistake in [&["--set", "training.step=1"][..], &["--data-dir", "absent"], &["--backend", "absent"]] {
        let wrong = [&["experiment", "two-class", "--out", "wrong"][..], mistake].concat();
        let error = fails(folder.path(), &wrong);
        assert!(error.contains(mistake[1].split('=').next().unwrap()), "{error}");
        assert!(!folder.path().join("wrong").exists());
    }
    // A point that fails is a row of the table, not the end.
    let failing = [&arguments[..], &["--out", "other", "--set", "training.learning_rate=1e9"]].concat();
    let failing: Vec<&str> =
        failing.iter().enumerate().filter(|(i, _)| *i != 5 && *i != 6).map(|(_, a)| *a).collect();
    succeeds(folder.path(), &failing);
    let csv = fs::read_to_string(folder.path().join("other/experiment.csv")).unwrap();
    let ends = |objective: &str, end: &str| {
        let mut rows = csv.lines().filter(|line| line.starts_with(objective));
        rows.next().is_some_and(|row| row.contains(end)) && rows.all(|row| row.contains(end))
    };
    // The exact minimum has no learning rate.
    assert!(ends("action", "error: ") && ends("exact", ",ok"), "{csv}");
}

/// A device with errors: what no retraining, the genetic algorithm and noise-aware training make of it. On a schedule this
/// short nothing is won back; without errors all three are one program, and with large ones accuracy is lost.
#[test]
fn a_mismatched_device_is_retrained_and_its_cost_told() {
    let Some(data) = mnist() else { return };
    let folder = tempdir();
    let arguments = [
        "experiment",
        "mismatch",
        "--data-dir",
        data.to_str().unwrap(),
        "--seeds",
        "1",
        "--out",
        "grid",
        "--set",
        "teacher.epochs=1",
        "--set",
        "training.steps=150",
        "--set",
        "training.batch=50",
        "--set",
        "evaluation.replicas=1",
        "--set",
        "validation.images=200",
        "--set",
        "genetic.generations=6",
        "--set",
        "genetic.images=200",
    ];
    let table = text(&succeeds(folder.path(), &arguments).stdout);
    assert!(table.contains("genetic algorithm on the device"), "{table}");
    let csv = fs::read_to_string(folder.path().join("grid/experiment.csv")).unwrap();
    let top1 = |level: &str, method: &str| -> f64 {
        let row = csv.lines().find(|l| l.starts_with(&format!("{level},{method}"))).unwrap();
        row.split(',').nth(3).unwrap().parse().unwrap()
    };
    for method in ["genetic", "noise-aware"] {
        assert_eq!(top1("0", method), top1("0", "no retraining"), "{csv}");
    }
    // 10,000 test images: the standard error of a difference at 87 % is 0.5 % at most.
    assert!(top1("0", "no retraining") > top1("0.8", "no retraining") + 0.015, "{csv}");
    assert_ne!(top1("0.8", "genetic"), top1("0.8", "no retraining"), "{csv}");
    // What is there is not measured again.
    let device = folder.path().join("grid/devices/0.8-no-retraining-seed-1.json");
    let before = fs::metadata(&device).unwrap().modified().unwrap();
    succeeds(folder.path(), &arguments);
    assert_eq!(fs::metadata(&device).unwrap().modified().unwrap(), before);
}

/// README and the pages of the book, with their folders.
fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = vec![root.join("README.md")];
    let mut folders = vec![root.join("docs/src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The words of a shell command up to a comment, a redirection or a pipe.
fn words(command: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match (quoted, c) {
            (None, '#' | '>' | '|' | ';') if word.is_none() => break,
            (None, ' ') => all.extend(word.take()),
            (None, '\'' | '"') => {
                quoted = Some(c);
                word.get_or_insert_default();
            }
            (Some(mark), c) if c == mark => quoted = None,
            _ => word.get_or_insert_default().push(c),
        }
    }
    all.extend(word);
    all
}

/// Every command that README and the book show is one that the program takes: up to a final `--help`, which ends it there.
#[test]
fn the_commands_of_readme_and_book_parse() {
    let folder = tempdir();
    let mut seen = 0;
    for (page, content) in pages() {
        for line in content.lines() {
            let shown = line.split_once("-p trainer -- ").map(|(_, arguments)| arguments);
            let Some(command) = shown.or_else(|| line.strip_prefix("trainer ")) else { continue };
            let arguments: Vec<String> = words(command).into_iter().filter(|word| word != "\\").collect();
            let output = trainer(folder.path()).args(&arguments).arg("--help").output().unwrap();
            assert!(output.status.success(), "{}: {line}: {}", page.display(), text(&output.stderr));
            seen += 1;
        }
    }
    assert!(seen >= 50, "only {seen} commands found");
}

#[test]
fn the_links_of_readme_and_book_lead_somewhere() {
    let mut seen = 0;
    for (page, content) in pages() {
        for rest in content.split("](").skip(1) {
            let target = rest.split(')').next().unwrap().split('#').next().unwrap();
            if target.is_empty() || target.starts_with("http") {
                continue;
            }
            assert!(page.parent().unwrap().join(target).exists(), "{}: {target}", page.display());
            seen += 1;
        }
    }
    assert!(seen >= 50, "only {seen} links found");
    let readme = &pages()[0].1;
    assert!(readme.lines().count() <= 130, "README has {} lines", readme.lines().count());
}

#[test]
fn one_data_set_is_not_taken_for_another() {
    let Some(data) = mnist() else { return };
    let folder = tempdir();
    let data = data.display().to_string();
    let error = fails(folder.path(), &["--task", "fashion-mnist", "--data-dir", &data, "--out", "run"]);
    assert!(error.contains("these are the files of mnist"), "{error}");
}
