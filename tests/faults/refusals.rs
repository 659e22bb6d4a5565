//! What is refused before any work.

use super::{refuses, strs, t};
use crate::support::{json, succeeds, text};
use serde_json::Value;
use std::fs;
use std::path::Path;

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
