//! Generative tasks on the command line, on the built-in digits.
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

mod support;

use serde_json::Value;
use std::fs;
use std::path::Path;
use support::{error_of, json, run, succeeds, text};

/// Runs, expects exit code 2, one line of error and nothing left behind, and returns the line.
fn fails(folder: &Path, arguments: &[&str]) -> String {
    let before = fs::read_dir(folder).unwrap().count();
    let error = error_of(&run(folder, arguments));
    assert_eq!(fs::read_dir(folder).unwrap().count(), before, "{arguments:?} left something behind");
    error
}

/// Everything that is done with a run of paper B's kind.
#[test]
fn a_generator_is_trained_measured_and_sampled() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let small = ["--set", "stage.0.training.steps=30", "--set", "evaluation.samples=60", "--out", "run"];
    // Without MNIST the built-in digits serve, said loudly.
    let output = succeeds(folder.path(), &[&["--task", "generate", "--offline"][..], &small].concat());
    assert!(text(&output.stderr).contains("FALLING BACK to the built-in data set"));
    let summary = json(&at("run/summary.json"));
    assert_eq!(summary["dataset"], "digits");
    assert_eq!(summary["task"], "generate-digits");
    let samples = &summary["samples"];
    assert_eq!(samples["count"], 60);
    let counts: u64 = samples["class_counts"].as_array().unwrap().iter().map(|c| c.as_u64().unwrap()).sum();
    assert_eq!(counts, 60);
    for key in ["mean_cosine", "inverted", "diversity"] {
        assert!(samples[key].as_f64().is_some_and(|v| v >= 0.0), "{key}");
    }
    assert!(summary["heat"]["mean_kt"].as_f64().unwrap() > 0.0, "a program that was learnt emits heat");
    assert!(summary["heat"]["stderr_kt"].as_f64().unwrap() > 0.0);
    let report = fs::read_to_string(at("run/report.html")).unwrap();
    for part in ["Noising and denoising", "Receptive fields", "What reading costs", "Built-in data, not MNIST"] {
        assert!(report.contains(part), "{part}");
    }
    assert!(!at("run/stage-0.safetensors").exists() && !at("run/computer.checkpoint").exists());

    // The same seed measures the same, another does not.
    let evaluated = |arguments: &[&str]| -> Value {
        let output = succeeds(folder.path(), &[&["evaluate", "run", "--json", "--offline"], arguments].concat());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(evaluated(&[])["samples"], summary["samples"]);
    assert_ne!(evaluated(&["--seed", "9"])["samples"]["mean_cosine"], samples["mean_cosine"]);

    succeeds(folder.path(), &["generate", "run", "--samples", "7", "--seed", "3", "--offline"]);
    let array = fs::read(at("run/samples-3.npy")).unwrap();
    assert!(text(&array[..128]).contains("'shape': (7, 8, 8)"));
    assert_eq!(array.len(), 128 + 4 * 7 * 64);
    assert!(fs::read(at("run/samples-3.png")).unwrap().starts_with(b"\x89PNG"));

    let exported = succeeds(folder.path(), &["export", "run", "--format", "json"]);
    let exported: Value = serde_json::from_slice(&exported.stdout).unwrap();
    assert_eq!(exported["layout"]["visible"], 64);
    assert_eq!(exported["values"].as_array().unwrap().len(), 64 * 64 + 64 * 63 / 2 + 128);
    succeeds(folder.path(), &["energy", "run"]);
    // What is exported is imported, and makes the same samples.
    for (format, file) in [("parameters", "run.txt"), ("json", "run.json"), ("safetensors", "run.st")] {
        succeeds(folder.path(), &["export", "run", "--format", format, "--to", file]);
        let again = format!("of-{format}");
        succeeds(folder.path(), &["import", file, "--task", "generate-digits", "--out", &again]);
        let computer = |run: &str| fs::read(at(run).join("computer.safetensors")).unwrap();
        assert!(computer("run") == computer(&again), "{format}");
    }
    // Temperature means the same as of a classifier: none is no noise, and its heat is counted in the units of V.
    let cold = evaluated(&["--kt", "0", "--replicas", "4"]);
    assert_eq!(cold["samples"]["count"], 4);
    assert!(
        cold["heat"]["std_kt"].as_f64().unwrap() < 1e-3 * cold["heat"]["mean_kt"].as_f64().unwrap().abs(),
        "{cold}"
    );

    // On disturbed devices: an axis that does nothing would leave the cosine as it is, and an offset acts on units without biases.
    let levels =
        ["--levels", "offset=0,300", "--levels", "clock=-0.9", "--levels", "stuck=64", "--levels", "kt=50"];
    let few = ["robustness", "run", "--devices", "2", "--images", "40", "--offline", "--json"];
    let only = ["--only", "offset,clock,stuck,kt"];
    let found: Value =
        serde_json::from_slice(&succeeds(folder.path(), &[&few[..], &only, &levels].concat()).stdout).unwrap();
    assert_eq!(found["criterion"]["quantity"], "abs_cosine");
    assert_eq!((&found["trajectories"], &found["time_step"]), (&40.into(), &0.005.into()));
    for axis in found["axes"].as_array().unwrap() {
        let last = axis["levels"].as_array().unwrap().iter().find(|level| !level["change"].is_null()).unwrap();
        let change = last["change"]["mean"].as_f64().unwrap();
        assert!(change < -0.02, "{axis}");
        for key in ["inverted", "rarest", "heat_kt"] {
            assert!(last["figures"][key]["mean"].is_f64(), "{key}: {last}");
        }
    }
    assert!(at("run/robustness.html").exists() && at("run/robustness.json").exists());

    let seed = ["--task", "generate-digits", "--set", "stage.0.training.steps=1"];
    for (arguments, says) in [
        ([&seed[..], &["--set", "stage.0.training.stepps=2", "--out", "a"]].concat(), "stepps"),
        ([&seed[..], &["--set", "stage.3.training.steps=2", "--out", "a"]].concat(), "stage is a list of 1"),
        ([&seed[..], &["--set", "data.images=[5000]", "--out", "a"]].concat(), "5000 is not one of the 1437"),
        ([&seed[..], &["--set", "stage.0.objective.kind=contrastive", "--out", "a"]].concat(), "hidden-hidden"),
        ([&seed[..], &["--set", "computer.class_units=true", "--out", "a"]].concat(), "input-visible"),
        ([&seed[..], &["--set", "dynamics.kt=0", "--out", "a"]].concat(), "kt: is 0"),
        (
            [
                &seed[..],
                &["--set", "dynamics.time_step=2.0", "--set", "dynamics.observation_time=4.0", "--out", "a"],
            ]
            .concat(),
            "diverges",
        ),
        (vec!["generate", "absent"], "does not exist"),
        (
            vec!["robustness", "run", "--only", "input-noise", "--offline"],
            "--only input-noise: this run generates",
        ),
        (vec!["robustness", "run", "--levels", "stuck=65", "--offline"], "from 0 to 64"),
        (vec!["generate", "run", "--out", "nowhere", "--offline"], "no such folder"),
        (vec!["import", "x.txt", "--task", "generate-digits", "--out", "a"], "cannot read x.txt"),
        (vec!["evaluate", "run", "--split", "validation", "--offline"], "--split validation"),
        (vec!["evaluate", "run", "--predictions", "p.csv", "--offline"], "--predictions p.csv"),
        ([&seed[..], &["--teacher", "run", "--out", "a"]].concat(), "no judges there"),
    ] {
        let error = fails(folder.path(), &arguments);
        assert!(error.contains(says), "{arguments:?}: {error}");
    }
}

/// Many images, class units, both trainings on the device's own runs, and the measurement by networks.
#[test]
fn many_images_are_judged_by_networks_that_no_training_sees() {
    let folder = tempfile::tempdir().unwrap();
    let stages = concat!(
        r#"stage=[{objective={kind="contrastive",time_step=2.5e-2},training={batch=50,steps=60,learning_rate=1e-2}},"#,
        r#"{objective={kind="energy-distance",time_step=2.5e-2,feature_weight=1.0},training={batch=40,steps=3}}]"#
    );
    let settings = [
        "data.images=[]",
        "data.scaling=symmetric",
        "computer.class_units=true",
        "computer.visible_biases=true",
        r#"computer.connectivity=["input-visible","input-hidden","visible-hidden"]"#,
        "dynamics.time_step=0.025",
        "evaluation.samples=200",
        stages,
    ];
    let mut arguments = vec!["--task", "generate-digits", "--out", "run"];
    settings.iter().for_each(|s| arguments.extend(["--set", s]));
    succeeds(folder.path(), &arguments);
    let summary = json(&folder.path().join("run/summary.json"));
    let samples = &summary["samples"];
    for key in ["frechet", "frechet_floor", "frechet_bernoulli", "frechet_bernoulli_pooled", "classifier_accuracy"]
    {
        for net in ["cnn", "mlp"] {
            assert!(samples[key][net].as_f64().is_some_and(|v| v > 0.0), "{key}.{net}: {}", samples[key]);
        }
    }
    for net in ["cnn", "mlp"] {
        let distance = |key: &str| samples[key][net].as_f64().unwrap();
        assert!(distance("frechet_floor") < distance("frechet_bernoulli"), "{net}");
        assert!(distance("frechet_bernoulli") < distance("frechet_bernoulli_pooled"), "{net}");
    }
    for key in ["class_accuracy", "nearest_train", "nearest_real", "class_entropy"] {
        assert!(samples[key].as_f64().is_some_and(|v| v >= 0.0), "{key}");
    }
    let stages = summary["stages"].as_array().unwrap();
    assert_eq!(stages.len(), 2);
    let robust =
        ["robustness", "run", "--only", "clock", "--levels", "clock=-0.8,0", "--devices", "2", "--images", "100"];
    let robust = succeeds(folder.path(), &[&robust[..], &["--json"]].concat()).stdout;
    let robust: Value = serde_json::from_slice(&robust).unwrap();
    assert_eq!(robust["criterion"]["quantity"], "class_accuracy");
    for key in ["class_accuracy", "frechet_cnn", "frechet_mlp", "heat_kt"] {
        let of = |figures: &Value| figures[key]["mean"].as_f64().unwrap();
        assert!(of(&robust["undisturbed"]) > 0.0, "{key}: {robust}");
        let change = of(&robust["axes"][0]["levels"][0]["figures"]) - of(&robust["undisturbed"]);
        assert!(change.abs() > 0.0, "{key}: {robust}");
    }
    // Another run takes the judges of this one, and finds the same floor.
    arguments[3] = "again";
    arguments.extend([
        "--teacher",
        "run",
        "--set",
        "stage.0.training.steps=1",
        "--set",
        "stage.1.training.steps=1",
    ]);
    succeeds(folder.path(), &arguments);
    let again = json(&folder.path().join("again/summary.json"));
    assert_eq!(again["samples"]["frechet_floor"], samples["frechet_floor"]);
    assert_ne!(again["samples"]["frechet"], samples["frechet"]);
    // Hyper-parameters are chosen on the validation split: its images, and as many others for the floor.
    let arguments = ["evaluate", "again", "--split", "validation", "--json"];
    let validation: Value = serde_json::from_slice(&succeeds(folder.path(), &arguments).stdout).unwrap();
    assert_eq!(validation["split"], "validation");
    assert_eq!(validation["samples"]["count"], again["samples"]["count"]);
    assert_ne!(validation["samples"]["frechet"], again["samples"]["frechet"]);
}
