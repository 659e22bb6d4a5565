//! One process in a folder; finished work is kept.

use super::{error_of, fails, refuses, strs, t};
use crate::support::{succeeds, trainer, until};
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// Starts a training, and kills it at a checkpoint of its computer.
pub(crate) fn interrupted(folder: &Path, out: &str) {
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
