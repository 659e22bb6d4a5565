//! Mistakes of a user: one line that names the input and a cure, and nothing left behind.

use super::experiments::mnist;
use super::{TINY, fails, tempdir};
use crate::support::{text, trainer};
use std::fs;
use std::path::Path;

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
fn one_data_set_is_not_taken_for_another() {
    let Some(data) = mnist() else { return };
    let folder = tempdir();
    let data = data.display().to_string();
    let error = fails(folder.path(), &["--task", "fashion-mnist", "--data-dir", &data, "--out", "run"]);
    assert!(error.contains("these are the files of mnist"), "{error}");
}

#[cfg(not(feature = "mpi"))]
#[test]
fn ranks_need_a_program_that_is_built_with_mpi() {
    let folder = tempdir();
    let error = fails(folder.path(), &["--task", "digits", "--mpi", "--out", "r"]);
    assert!(error.contains("--mpi") && error.contains("--features mpi"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
