//! Programs that fit a chip, on the command line: trained, kept, exported.

use super::{fails, tempdir};
use crate::support::{json, succeeds, text};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const PATHWISE: [&str; 16] = [
    "--task",
    "digits",
    "--set",
    "teacher.epochs=1",
    "--set",
    "evaluation.replicas=2",
    "--set",
    "objective.kind=pathwise",
    "--set",
    "objective.start.kind=random",
    "--set",
    "training.steps=40",
    "--set",
    "training.batch=50",
    "--set",
    "training.average=0.9",
];

fn exported(folder: &Path, run: &str) -> serde_json::Value {
    serde_json::from_str(&text(&succeeds(folder, &["export", run, "--format", "json"]).stdout)).unwrap()
}

/// Values of each acting block.
fn blocks(exported: &serde_json::Value) -> BTreeMap<String, Vec<f64>> {
    let values: Vec<f64> = exported["values"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let mut start = 0;
    let mut found = BTreeMap::new();
    for block in exported["blocks"].as_array().unwrap() {
        let count = usize::try_from(block["count"].as_u64().unwrap()).unwrap();
        if block["acting"] == true {
            found.insert(block["name"].as_str().unwrap().to_owned(), values[start..start + count].to_vec());
        }
        start += count;
    }
    found
}

#[test]
fn a_program_is_trained_to_fit_and_its_files_hold_the_one_that_fits() {
    let folder = tempdir();
    let here = folder.path();
    let limits = ["--set", "program.bits=3", "--set", "program.density=0.1", "--set", "program.neighbours=30"];
    for (out, extra) in [("trained", &[][..]), ("forced", &["--set", "program.one_shot=true"])] {
        succeeds(here, &[&PATHWISE[..], &limits, extra, &["--out", out]].concat());
        let exported = exported(here, out);
        for (name, values) in blocks(&exported) {
            // Numbers are exact in single precision, and so equal or not.
            let different: BTreeSet<u64> = values.iter().map(|v| (v + 0.0).to_bits()).collect();
            assert!(different.len() <= 7, "{out}: {name} has {} values", different.len());
        }
        let summary = json(&here.join(out).join("summary.json"));
        let of = |which: &str| summary["parameters"]["couplers"][which].as_u64().unwrap();
        let couplers = of("with_inputs") + of("among_units");
        let all = 64 * 74 + 74 * 73 / 2;
        // Rounding to zero takes some more away.
        assert!(couplers > 0 && couplers <= (all + 5) / 10, "{couplers} of {all}");
        assert_eq!(exported["couplers"], summary["parameters"]["couplers"]);
        let report = fs::read_to_string(here.join(out).join("report.html")).unwrap();
        assert!(report.contains("Couplings"), "no word of the couplings");
        // An import of that file is that program.
        fs::write(here.join("p.json"), exported.to_string()).unwrap();
        let back = format!("back-{out}");
        succeeds(here, &["import", "p.json", "--task", "digits", "--out", &back]);
        let computer = |run: &str| fs::read(here.join(run).join("computer.safetensors")).unwrap();
        assert!(computer(out) == computer(&back));
    }
    assert_ne!(exported(here, "trained")["values"], exported(here, "forced")["values"]);
}

#[test]
fn limits_that_are_none_are_refused_with_a_cure() {
    let folder = tempdir();
    for (setting, says) in [
        ("program.bits=1", "from 2 to 12"),
        ("program.bits=-3", "from 2 to 12"),
        ("program.bits=64", "from 2 to 12"),
        ("program.density=0", "above 0"),
        ("program.density=1.5", "at most 1"),
        ("program.density=nan", "density"),
        ("program.neighbours=0", "from 1"),
        ("program.one_shot=true", "leave it out"),
        ("program.bit=4", "bit"),
    ] {
        let error = fails(folder.path(), &["--task", "digits", "--set", setting, "--out", "bad"]);
        assert!(error.contains(says), "{setting}: {error}");
        assert!(!folder.path().join("bad").exists());
    }
    let exact = ["--task", "digits", "--set", "objective.kind=exact", "--set", "program.bits=4", "--out", "bad"];
    let error = fails(folder.path(), &exact);
    assert!(error.contains("program.one_shot"), "{error}");
}
