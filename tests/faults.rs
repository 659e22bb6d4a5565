//! Faults that trying the product has found, each with what is right. A mistake ends in one line and exit code 2, and costs no work.
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

mod support;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{json, succeeds, text, trainer, until};

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
fn error_of(output: &Output) -> String {
    let (error, stderr) = (support::error_of(output), text(&output.stderr));
    let last = stderr.trim_end().ends_with(&error);
    assert!(last || stderr.contains("Usage:") || stderr.contains("--help"), "{stderr}");
    error
}

fn fails(folder: &Path, arguments: &[&str]) -> String {
    error_of(&trainer(folder).args(arguments).output().unwrap())
}

/// As [`fails`], and nothing is left behind.
fn refuses(folder: &Path, arguments: &[&str], says: &[&str]) {
    let count = || fs::read_dir(folder).unwrap().count();
    let before = count();
    let error = fails(folder, arguments);
    assert!(says.iter().all(|part| error.contains(part)), "{arguments:?}: {error}");
    assert_eq!(count(), before, "{arguments:?} left something behind");
}

fn t(more: &[&str]) -> Vec<String> {
    T.iter().chain(more).map(|s| (*s).to_owned()).collect()
}

fn strs(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

/// Starts a training, and kills it at a checkpoint of its computer.
fn interrupted(folder: &Path, out: &str) {
    let arguments = t(&["--set", "training.steps=100000", "--set", "training.checkpoint_every=5", "--out", out]);
    let mut child = trainer(folder).args(&arguments).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    until(2, || {
        assert!(child.try_wait().unwrap().is_none());
        folder.join(format!("{out}.partial/computer.checkpoint")).exists()
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn paths_are_paths() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    succeeds(folder.path(), &strs(&t(&["--out", "run/"])));
    assert!(at("run/summary.json").exists() && !at("run.partial").exists());
    fs::rename(at("run"), at("r.partial")).unwrap();
    // The name that a user sees is a name that a command takes.
    succeeds(folder.path(), &["--resume", "r.partial"]);
    assert!(at("r/summary.json").exists());
    // Such names are those of trainings in the making: another command would take a finished run for one.
    refuses(folder.path(), &strs(&t(&["--out", "e.partial"])), &["e.partial", ".partial"]);
    fs::create_dir(at("stray.partial")).unwrap();
    refuses(folder.path(), &strs(&t(&["--out", "stray"])), &["stray.partial", "remove it"]);
    refuses(folder.path(), &["--resume", "stray.partial"], &["no interrupted training"]);
    refuses(folder.path(), &["experiment", "two-class", "--offline", "--out", "r"], &["--out r", "run folder"]);
    refuses(folder.path(), &["experiment", "two-class", "--offline", "--out", ".."], &["--out .."]);
    for name in [".", "..", "/"] {
        refuses(folder.path(), &strs(&t(&["--out", name])), &["--out"]);
    }
    // What cannot be written is found before the work.
    let started = Instant::now();
    let error = fails(folder.path(), &["evaluate", "r", "--predictions", "no/where.csv", "--replicas", "100000"]);
    assert!(error.contains("no/where.csv") && started.elapsed() < Duration::from_secs(20), "{error}");
    refuses(folder.path(), &["export", "r", "--to", "no/where.txt"], &["no/where.txt"]);
    refuses(folder.path(), &["export", "r", "--to", "r"], &["folder"]);
    // Folders above that were made for a training go with it.
    fs::write(at("file"), "").unwrap();
    refuses(
        folder.path(),
        &strs(&t(&[
            "--set",
            "training.optimizer=gradient-descent",
            "--set",
            "training.learning_rate=1e6",
            "--set",
            "training.steps=100",
            "--out",
            "x/y/z",
        ])),
        &["training.learning_rate"],
    );
    refuses(folder.path(), &strs(&t(&["--out", "file/x"])), &["file/x"]);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_said_costs_no_work_and_an_answer_that_cannot_be_given_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = trainer(folder.path()).args(t(&["--out", "r"])).stderr(full()).output().unwrap();
    assert!(output.status.success() && folder.path().join("r/summary.json").exists());
    for command in [&["export", "r"][..], &["evaluate", "r", "--json"], &["tasks"], &["config"], &["energy", "r"]]
    {
        let output = trainer(folder.path()).args(command).stdout(full()).output().unwrap();
        assert!(error_of(&output).contains("standard output"), "{command:?}");
    }
    // A training whose table nobody can read has still been done.
    let output = trainer(folder.path()).args(t(&["--out", "s"])).stdout(full()).output().unwrap();
    assert!(error_of(&output).contains("standard output") && folder.path().join("s/report.html").exists());
    // A closed pipe ends a printing command quietly, and a training not at all.
    for command in [vec!["export".to_owned(), "r".to_owned()], t(&["--out", "p"])] {
        let mut child =
            trainer(folder.path()).args(&command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert!(folder.path().join("p/summary.json").exists());
    // Colours are for terminals.
    let output = succeeds(folder.path(), &["evaluate", "r"]);
    assert!(!output.stderr.contains(&0x1b) && !output.stdout.contains(&0x1b));
}

#[cfg(unix)]
#[test]
fn a_file_is_written_where_its_name_points() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    succeeds(folder.path(), &strs(&t(&["--out", "r"])));
    fs::write(at("real.csv"), "old").unwrap();
    fs::set_permissions(at("real.csv"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.csv", at("p.csv")).unwrap();
    succeeds(folder.path(), &["evaluate", "r", "--predictions", "p.csv"]);
    assert!(fs::symlink_metadata(at("p.csv")).unwrap().is_symlink());
    assert!(fs::read_to_string(at("real.csv")).unwrap().starts_with("index,label,prediction\n0,"));
    assert_eq!(fs::metadata(at("real.csv")).unwrap().permissions().mode() & 0o777, 0o640);
    // Other names of a file stay its names.
    fs::hard_link(at("real.csv"), at("second.csv")).unwrap();
    fs::write(at("real.csv"), "old, and longer than what comes now\n".repeat(1000)).unwrap();
    succeeds(folder.path(), &["evaluate", "r", "--predictions", "second.csv"]);
    let [first, second] = ["real.csv", "second.csv"].map(|name| fs::read_to_string(at(name)).unwrap());
    assert!(first == second && first.starts_with("index,label,prediction\n0,") && !first.contains("old"));
    succeeds(folder.path(), &["evaluate", "r", "--predictions", "/dev/null"]);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn one_process_works_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = t(&["--set", "training.steps=100000", "--out", "r"]);
    let mut child =
        trainer(folder.path()).args(&arguments).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    until(1, || folder.path().join("r.partial/config.toml").exists());
    for arguments in [&["--resume", "r"][..], &["--task", "digits", "--out", "r"]] {
        let error = fails(folder.path(), arguments);
        let who = format!("process {} on ", child.id());
        assert!(error.contains("in work by") && error.contains(&who) && !error.contains("remove"), "{error}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // The lock has died with its process.
    let error = fails(folder.path(), &["--task", "digits", "--out", "r"]);
    assert!(error.contains("--resume r"), "{error}");
}

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

/// IDX files of images that `pixel` fills.
fn idx(folder: &Path, pixel: impl Fn(u32) -> u8, label: impl Fn(u32) -> u8) {
    fs::create_dir_all(folder).unwrap();
    for (part, n) in [("train", 60u32), ("t10k", 20)] {
        let mut images = vec![0, 0, 8, 3];
        [n, 28, 28].iter().for_each(|size| images.extend(size.to_be_bytes()));
        images.extend((0..n * 784).map(&pixel));
        let mut labels = vec![0, 0, 8, 1];
        labels.extend(n.to_be_bytes());
        labels.extend((0..n).map(&label));
        fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images).unwrap();
        fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels).unwrap();
    }
}

#[test]
fn data_that_cannot_be_trained_on_are_refused_with_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let whole = |i: u32| (i * 7 % 251) as u8;
    idx(&folder.path().join("black"), |_| 0, |i| (i % 10) as u8);
    idx(&folder.path().join("lacking"), whole, |i| (i % 9) as u8);
    idx(&folder.path().join("whole"), whole, |i| (i % 10) as u8);
    refuses(
        folder.path(),
        &["--task", "digits", "--set", "data.validation_fraction=0.9999", "--out", "a"],
        &["no training images"],
    );
    refuses(
        folder.path(),
        &["--task", "digits", "--set", "data.validation_fraction=1e-9", "--out", "a"],
        &["no validation images"],
    );
    refuses(
        folder.path(),
        &["--task", "generate-digits", "--set", "data.validation_fraction=0.9999", "--out", "a"],
        &["no training images"],
    );
    for task in ["mnist", "generate-mnist", "mnist-pathwise"] {
        refuses(folder.path(), &["--task", task, "--data-dir", "black", "--out", "a"], &["no contrast", "black"]);
        refuses(folder.path(), &["--task", task, "--data-dir", "lacking", "--out", "a"], &["class 9", "lacking"]);
    }
    refuses(folder.path(), &["--data-dir", "whole", "--set", "data.classes=[3, 12]", "--out", "a"], &["12"]);
}

#[test]
fn what_a_command_does_not_use_it_refuses() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.toml"), "base = \"mnist\"\ntask = \"mine\"\n").unwrap();
    let cases: [(&[&str], &[&str]); 23] = [
        (&["--task", "digits", "--set", "data.classes=[0,0]", "--out", "a"], &["different classes"]),
        (&["--task", "digits", "--set", "task=../nope", "--out", "a"], &["task"]),
        // A file of one's own is never replaced by another configuration.
        (&["--config", "mine.toml", "--offline", "--out", "a"], &["no data", "mnist"]),
        (&["--task", "digits", "--data-dir", "/nowhere", "--out", "a"], &["--data-dir /nowhere", "built in"]),
        (&["experiment", "two-class", "--offline", "--out", "a", "--set", "objective.kind=exact"], &["varies"]),
        (&["experiment", "two-class", "--seed", "42"], &["--seed"]),
        (&["import", "x", "--out", "a", "--data-dir", "d"], &["--data-dir"]),
        (&["--task", "digits", "--set", "objective.rounds=3", "--out", "a"], &["objective.rounds", "no such key"]),
        (
            &["--task", "digits", "--set", "objective.kind=exact", "--set", "training.steps=3", "--out", "a"],
            &["not used"],
        ),
        (&["--task", "digits", "--set", "genetic.images=3", "--out", "a"], &["trainer experiment mismatch"]),
        (&["--task", "digits", "--set", "dynamics.kt=1\nseed=77", "--out", "a"], &["one line"]),
        (&["--task", "digits", "--seed", "18446744073709551615", "--out", "a"], &["9223372036854775807"]),
        (&["evaluate", "a", "--seed", "18446744073709551615"], &["9223372036854775807"]),
        (&["--task", "digits", "--set", "computer.connectivity=[\"hidden-output\"]", "--out", "a"], &["inputs"]),
        (&["experiment", "mismatch", "--offline", "--out", "a", "--set", "genetic.elite=100"], &["genetic.elite"]),
        (&["--task", "digits", "--seed", "3", "--set", "seed=4", "--out", "a"], &["--seed 3", "--set seed=4"]),
        (
            &["import", "x", "--task", "digits", "--out", "a", "--set", "training.steps=3"],
            &["training", "leave it out"],
        ),
        (&["import", "x", "--task", "digits", "--out", "a", "--set", "teacher.epochs=3"], &["teacher.hidden"]),
        (&["bench", "simulate", "--degree", "3"], &["--degree 3", "--couplings random"]),
        (&["experiment", "optimisers", "--offline", "--out", "a"], &["mnist-exact", "--data-dir"]),
        // More than there is, is not what there is.
        (
            &["--task", "digits", "--set", "training.batch=1000000000", "--out", "a"],
            &["training.batch", "training images"],
        ),
        (
            &["--task", "digits", "--set", "teacher.batch=1229", "--out", "a"],
            &["teacher.batch", "training images"],
        ),
        (
            &["--task", "digits", "--set", "objective.times=201", "--out", "a"],
            &["objective.times", "from 1 to 200"],
        ),
    ];
    for (arguments, says) in cases {
        refuses(folder.path(), arguments, says);
    }
    // A name of one's own is a name: what is written can be read.
    succeeds(folder.path(), &strs(&t(&["--set", "task=nope", "--out", "r"])));
    succeeds(folder.path(), &["evaluate", "r"]);
    assert_eq!(json(&folder.path().join("r/summary.json"))["task"], "nope");
}

#[test]
fn predictions_name_the_classes_and_a_tie_counts_as_wrong() {
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), &strs(&t(&["--set", "data.classes=[3,8]", "--out", "r"])));
    succeeds(folder.path(), &["evaluate", "r", "--predictions", "p.csv"]);
    let answers = fs::read_to_string(folder.path().join("p.csv")).unwrap();
    let ok = |line: &str| line.split(',').skip(1).all(|class| class == "3" || class == "8");
    assert!(answers.lines().skip(1).all(ok) && answers.lines().count() > 50, "{answers}");
    // A program of zeros: without noise every output is 0.
    fs::write(folder.path().join("zeros.txt"), "0 ".repeat(7703)).unwrap();
    succeeds(folder.path(), &["import", "zeros.txt", "--task", "digits", "--out", "z"]);
    let output = succeeds(
        folder.path(),
        &["evaluate", "z", "--kt", "0", "--replicas", "1", "--json", "--predictions", "z.csv"],
    );
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (found["test"]["top1"].as_f64(), found["test"]["top2"].as_f64()),
        (Some(0.0), Some(0.0)),
        "{found}"
    );
    assert!(found["advantage"].is_null(), "{found}");
    let answers = fs::read_to_string(folder.path().join("z.csv")).unwrap();
    assert!(answers.lines().skip(1).all(|line| line.ends_with(',')), "{answers}");
}

#[test]
fn a_mixture_of_data_configurations_or_teachers_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    interrupted(folder.path(), "r");
    let config = at("r.partial/config.toml");
    let original = fs::read_to_string(&config).unwrap();
    assert!(original.contains("hidden = 64"));
    fs::write(&config, original.replace("hidden = 64", "hidden = 65")).unwrap();
    let error = fails(folder.path(), &["--resume", "r"]);
    assert!(error.contains("edited") && at("r.partial/computer.checkpoint").exists(), "{error}");
    fs::write(&config, original.replace("format = 2", "format = 1")).unwrap();
    assert!(fails(folder.path(), &["--resume", "r"]).contains("format 1"));
    fs::write(&config, original.replacen("dataset_digest = \"", "dataset_digest = \"0", 1)).unwrap();
    assert!(fails(folder.path(), &["--resume", "r"]).contains("other data"));
    // A checkpoint or a teacher that another training left here is not this one's.
    fs::write(&config, &original).unwrap();
    let teacher = fs::read(at("r.partial/teacher.safetensors")).unwrap();
    succeeds(folder.path(), &strs(&t(&["--seed", "9", "--set", "training.steps=5", "--out", "ninth"])));
    fs::copy(at("ninth/teacher.safetensors"), at("r.partial/teacher.safetensors")).unwrap();
    let error = fails(folder.path(), &["--resume", "r"]);
    assert!(error.contains("another training") && error.contains("delete it"), "{error}");
    fs::write(at("r.partial/teacher.safetensors"), teacher).unwrap();
    fs::write(&config, "seed = = 3").unwrap();
    assert!(fails(folder.path(), &["--resume", "r"]).contains("config.toml, line 1"));

    succeeds(folder.path(), &strs(&t(&["--seed", "3", "--out", "teacher"])));
    let cases: [(&[&str], &str); 5] = [
        (&["--seed", "4"], "seed"),
        (&["--seed", "3", "--set", "teacher.activation=tanh"], "teacher.activation"),
        (&["--seed", "3", "--set", "teacher.hidden=[16, 16]"], "teacher.hidden"),
        (&["--seed", "3", "--set", "dynamics.observation_time=0.1"], "unit"),
        (&["--seed", "3", "--set", "data.classes=[0, 1]"], "data.classes"),
    ];
    // Whoever gives a teacher gives its training with it.
    let arguments = t(&["--seed", "3", "--set", "teacher.epochs=3", "--teacher", "teacher", "--out", "a"]);
    refuses(folder.path(), &strs(&arguments), &["teacher.epochs"]);
    for (more, says) in cases {
        let arguments = t(&[more, &["--teacher", "teacher", "--out", "a"]].concat());
        refuses(folder.path(), &strs(&arguments), &["--teacher teacher", says]);
    }
    succeeds(folder.path(), &strs(&t(&["--seed", "3", "--teacher", "teacher", "--out", "b"])));
    assert!(fs::read_to_string(at("b/config.toml")).unwrap().contains("teacher_digest = "));
    refuses(
        folder.path(),
        &["--task", "generate-digits", "--seed", "3", "--teacher", "teacher", "--out", "a"],
        &["--teacher"],
    );
}

#[test]
fn what_does_not_fit_into_memory_is_refused_with_its_size() {
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), &strs(&t(&["--out", "r"])));
    refuses(folder.path(), &["evaluate", "r", "--replicas", "1000000000000"], &["--replicas", "GB"]);
    refuses(
        folder.path(),
        &["--task", "digits", "--set", "computer.hidden=100000", "--out", "a"],
        &["computer.hidden", "GB"],
    );
    refuses(folder.path(), &["bench", "simulate", "--units", "1000000"], &["--units", "GB"]);
    let degree = ["bench", "simulate", "--couplings", "random", "--degree", "18446744073709551615"];
    refuses(folder.path(), &degree, &["--degree"]);
    // Energies in kT leave the numbers where kT does.
    refuses(folder.path(), &["evaluate", "r", "--kt", "1e-300"], &["--kt", "1e-30"]);
    refuses(folder.path(), &["energy", "r", "--heat", "1e-320"], &["--heat"]);
    for (flag, value) in
        [("--lean-joules-per-mac", "nan"), ("--macs", "inf"), ("--heat", "-1"), ("--temperature", "1e-300")]
    {
        let argument = format!("{flag}={value}");
        refuses(folder.path(), &["energy", "r", &argument], &[flag]);
    }
    let printed = text(&succeeds(folder.path(), &["energy", "r", "--heat", "0", "--json"]).stdout);
    assert!(!printed.contains("NaN") && !printed.contains("inf\""), "{printed}");
}

#[test]
fn messages_are_one_line_and_their_cures_work() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    succeeds(folder.path(), &strs(&t(&["--out", "r"])));
    for (more, says, never) in [
        (
            &["--set", "teacher.learning_rate=1e10", "--set", "teacher.optimizer=gradient-descent"][..],
            "teacher.learning_rate",
            "training.",
        ),
        (&["--set", "teacher.learning_rate=1e10"], "teacher.learning_rate", "training."),
        (&["--set", "training.learning_rate=1e9"], "training.learning_rate", "teacher."),
    ] {
        let arguments = t(&[more, &["--set", "training.steps=300", "--out", "a"]].concat());
        let error = fails(folder.path(), &strs(&arguments));
        assert!(error.contains(says) && !error.contains(never), "{error}");
    }
    // A time step that no unit bears is found before anything is trained, and the one that is proposed will do.
    for (setting, cure) in [
        ("computer.j2=1e6", "computer.j2"),
        ("computer.j4=1e6", "computer.j4"),
        ("dynamics.mobility=1e4", "dynamics.mobility"),
        ("dynamics.kt=1e7", "dynamics.kt"),
        ("objective.k=1e6", "objective.k"),
        ("dynamics.time_step=0.1", "dynamics.time_step"),
    ] {
        let error = fails(folder.path(), &["config", "--task", "digits", "--set", setting]);
        assert!(error.contains("diverges") && error.contains(cure), "{setting}: {error}");
        let tried = error.split("dynamics.time_step (try ").nth(1).and_then(|rest| rest.split(')').next());
        let again = format!("dynamics.time_step={}", tried.unwrap());
        succeeds(folder.path(), &["config", "--task", "digits", "--set", setting, "--set", &again]);
    }
    let error = fails(folder.path(), &["config", "--task", "digits", "--set", "dynamics.time_step=1e-10"]);
    assert!(error.contains("time_step") && error.contains("ten-millionth"), "{error}");
    let error = fails(folder.path(), &["evaluate", "r", "--time-step", "0.03"]);
    assert!(error.contains("--time-step") && error.contains("whole number"), "{error}");
    let error = fails(folder.path(), &["bench", "pathwise", "--steps", "1", "--repeats", "1"]);
    assert!(error.contains("--steps 1") && error.contains("try 40"), "{error}");
    let cold = text(&succeeds(folder.path(), &["evaluate", "r", "--kt", "0"]).stdout);
    assert!(cold.contains("units of V"), "{cold}");
    let price = [
        "--task",
        "digits",
        "--set",
        "objective.kind=pathwise",
        "--set",
        "objective.heat_price=1e300",
        "--out",
        "a",
    ];
    refuses(folder.path(), &price, &["objective.heat_price"]);
    for bad in ["nan", "inf"] {
        refuses(folder.path(), &["check-gradients", &format!("--inject-error={bad}")], &["--inject-error"]);
    }
    let output = trainer(folder.path()).args(["check-gradients", "--inject-error=-0.5"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));

    // A file of another module, and one that is none.
    let computer = fs::read(at("r/computer.safetensors")).unwrap();
    fs::copy(at("r/teacher.safetensors"), at("r/computer.safetensors")).unwrap();
    for command in
        [&["evaluate", "r"][..], &["export", "r"], &["export", "r", "--format", "safetensors", "--to", "x"]]
    {
        let error = fails(folder.path(), command);
        assert!(error.contains("computer.safetensors") && error.len() < 250, "{error}");
    }
    fs::write(at("r/computer.safetensors"), &computer[..100]).unwrap();
    assert!(fails(folder.path(), &["evaluate", "r"]).contains("safetensors"));
    fs::write(at("r/computer.safetensors"), &computer).unwrap();
    // A number where this computer has no coupling: the last of them, above the diagonal, is not its own.
    let header = 8 + u64::from_le_bytes(*computer.first_chunk::<8>().unwrap()) as usize;
    let described: Value = serde_json::from_slice(&computer[8..header]).unwrap();
    let start = header + described["couplings"]["data_offsets"][0].as_u64().unwrap() as usize;
    let mut unused = computer.clone();
    unused[start..start + 4].copy_from_slice(&900f32.to_le_bytes());
    fs::write(at("unused.st"), &unused).unwrap();
    refuses(
        folder.path(),
        &["import", "unused.st", "--task", "digits", "--out", "a"],
        &["unused.st", "above the diagonal"],
    );
    let exported = text(&succeeds(folder.path(), &["export", "r", "--format", "json"]).stdout);
    fs::write(
        at("b.json"),
        exported.replacen("\"blocks\":[", "\"blocks\":[{\"name\":\"x\",\"count\":1,\"acting\":true},", 1),
    )
    .unwrap();
    refuses(folder.path(), &["import", "b.json", "--task", "digits", "--out", "a"], &["b.json", "blocks"]);
    fs::copy(at("r/summary.json"), at("summary.json")).unwrap();
    let other = fs::read_to_string(at("r/summary.json")).unwrap().replace("\"seed\": 1", "\"seed\": 2");
    fs::write(at("r/summary.json"), other).unwrap();
    assert!(fails(folder.path(), &["report", "r"]).contains("another run"));
    fs::write(at("r/summary.json"), "{}").unwrap();
    for command in [&["report", "r"][..], &["energy", "r"]] {
        let error = fails(folder.path(), command);
        assert!(error.contains("summary.json") && !error.contains("evaluate the run"), "{error}");
    }
    fs::write(at("r/config.toml"), "task = \"digits\"\nseed = 1\n[provenance]\ncommit = \"c2c274d59044\"\n")
        .unwrap();
    for command in
        [&["evaluate", "r"][..], &["export", "r"], &["generate", "r"], &["report", "r"], &["energy", "r"]]
    {
        let error = fails(folder.path(), command);
        assert!(error.contains("format 1") && error.contains("c2c274d59044"), "{error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn finished_work_is_kept_when_a_later_step_fails() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // The target appears while the training runs.
    let mut child = trainer(folder.path()).args(t(&["--out", "r"])).stderr(Stdio::piped()).spawn().unwrap();
    until(1, || {
        assert!(child.try_wait().unwrap().is_none());
        at("r.partial").exists()
    });
    fs::create_dir(at("r")).unwrap();
    let output = child.wait_with_output().unwrap();
    let error = error_of(&output);
    assert!(error.contains("--resume r") && at("r.partial/computer.safetensors").exists(), "{error}");
    fs::remove_dir(at("r")).unwrap();
    succeeds(folder.path(), &["--resume", "r"]);
    assert!(at("r/report.html").exists());
    // A program is trained, and its evaluation cannot write: the report's name is taken by a folder.
    let mut child = trainer(folder.path()).args(t(&["--out", "s"])).stderr(Stdio::piped()).spawn().unwrap();
    until(1, || {
        assert!(child.try_wait().unwrap().is_none());
        at("s.partial/config.toml").exists()
    });
    fs::create_dir(at("s.partial/report.html")).unwrap();
    let error = error_of(&child.wait_with_output().unwrap());
    assert!(error.contains("--resume s") && at("s.partial/computer.safetensors").exists(), "{error}");
    let trained = fs::read(at("s.partial/computer.safetensors")).unwrap();
    fs::remove_dir(at("s.partial/report.html")).unwrap();
    succeeds(folder.path(), &["--resume", "s"]);
    assert!(fs::read(at("s/computer.safetensors")).unwrap() == trained && at("s/report.html").exists());
    let strays = fs::read_dir(at("s")).unwrap().count();
    assert_eq!(strays, 7, "a run folder holds its seven files");
}

/// The same command twice gives the same bits, at batches whose sums once followed the place of their buffers in memory.
#[test]
fn a_training_gives_the_same_bits_whenever_it_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<Vec<u8>> = ["a", "b", "c", "d"]
        .iter()
        .map(|out| {
            let settings =
                ["objective.kind=pathwise", "objective.start.kind=random", "teacher.epochs=1", "teacher.batch=50"];
            let more = ["training.batch=50", "training.steps=12", "evaluation.replicas=1"];
            let settings = settings.iter().chain(&more).flat_map(|setting| ["--set", *setting]);
            let arguments: Vec<&str> = ["--task", "digits", "--out", *out].into_iter().chain(settings).collect();
            succeeds(folder.path(), &arguments);
            fs::read(folder.path().join(out).join("computer.safetensors")).unwrap()
        })
        .collect();
    assert!(bytes.windows(2).all(|pair| pair[0] == pair[1]));
}
