//! The ledger of energies: every row has a kind and a source, every flag moves its own row, and what is no energy is refused.

use super::{TINY, fails, tempdir};
use crate::support::{json, succeeds, text};
use serde_json::Value;
use std::fs;
use std::path::Path;

const COLUMNS: [&str; 6] = [
    "paper A",
    "paper B",
    "this run, heat alone",
    "everything counted",
    "and a lean digital rival",
    "as a transconductor circuit",
];

/// Steps and trajectories of each in a training of `pathwise`.
const STEPS: [usize; 2] = [30, 50];

/// A training of seconds through the dynamics.
fn pathwise(here: &Path, name: &str, more: &[&str]) {
    let known = |pair: &&[&str]| !pair[1].starts_with("objective.times");
    let tiny: Vec<&str> = TINY.chunks(2).filter(known).flatten().copied().collect();
    let kind = ["--set", "objective.kind=pathwise", "--set", "objective.start.kind=random", "--out", name];
    succeeds(here, &[&tiny[..], &kind, more].concat());
}

fn ledger(here: &Path, arguments: &[&str]) -> Value {
    let output = succeeds(here, &[&["energy"], arguments, &["--json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn row<'a>(ledger: &'a Value, column: &str, item: &str) -> &'a Value {
    let rows = ledger[column]["rows"].as_array().unwrap();
    rows.iter().find(|row| row["item"] == item).unwrap_or_else(|| panic!("{column} has no {item}"))
}

fn kt(ledger: &Value, column: &str, item: &str) -> f64 {
    row(ledger, column, item)["kt"].as_f64().unwrap()
}

/// Every row of a ledger.
fn rows(ledger: &Value) -> Vec<&Value> {
    let of = |value: &'static str| ledger[value].as_array().unwrap().iter();
    let columns = COLUMNS.iter().flat_map(|column| ledger[*column]["rows"].as_array().unwrap());
    columns.chain(of("quantities")).chain(of("rivals")).chain(of("training")).collect()
}

/// Every number of a value, at any depth.
fn numbers(value: &Value, found: &mut Vec<f64>) {
    match value {
        Value::Number(number) => found.extend(number.as_f64()),
        Value::Array(all) => all.iter().for_each(|value| numbers(value, found)),
        Value::Object(all) => all.values().for_each(|value| numbers(value, found)),
        _ => {}
    }
}

/// What holds of every ledger: a kind and a source in every row, no energy below 0, rows that add up.
fn is_sound(ledger: &Value) {
    for row in rows(ledger) {
        let kind = row["kind"].as_str().unwrap();
        let kinds = ["exact", "measured", "simulated", "modelled", "estimated", "projected"];
        assert!(kinds.contains(&kind), "{row}");
        assert!(!row["source"].as_str().unwrap().is_empty() && !row["name"].as_str().unwrap().is_empty(), "{row}");
        assert!(row["kt"].is_null() == row["joules"].is_null(), "{row}");
    }
    let mut all = Vec::new();
    numbers(ledger, &mut all);
    // JSON has no NaN: what is not finite would be null, and only what cannot be known is.
    assert!(all.len() > 200 && all.iter().all(|value| value.is_finite() && *value >= 0.0), "{ledger}");
    for column in COLUMNS {
        let rows = ledger[column]["rows"].as_array().unwrap();
        assert!(rows.iter().all(|row| row["kt"].is_f64() && row["joules"].is_f64()), "{column}");
        let spent = |key: &str| -> f64 { rows[1..].iter().map(|row| row[key].as_f64().unwrap()).sum() };
        for (key, sum) in [("kt", "thermodynamic_kt"), ("joules", "thermodynamic_joules")] {
            let sum = ledger[column][sum].as_f64().unwrap();
            // Rounding of a sum of eight.
            assert!((spent(key) - sum).abs() <= 1e-14 * sum, "{column}: {} against {sum}", spent(key));
        }
    }
}

#[test]
fn every_row_of_the_ledger_has_a_kind_a_source_and_an_energy() {
    let folder = tempdir();
    let here = folder.path();
    pathwise(here, "run", &[]);
    let summary = json(&here.join("run/summary.json"));
    let heat = summary["heat"]["mean_kt"].as_f64().unwrap();
    let found = ledger(here, &["run"]);
    is_sound(&found);
    assert!(found["paper A"]["advantage"].as_f64().unwrap() > 1e7);
    assert!(found["paper B"]["advantage"].as_f64().unwrap() > 1e11);
    assert!((kt(&found, "everything counted", "heat") / heat - 1.0).abs() < 1e-14);
    assert_eq!(row(&found, "everything counted", "heat")["kind"], "simulated");
    assert_eq!(found["as a transconductor circuit"]["kt"]["heat"], 0.0);
    // 4,096 + 640 couplings of inputs, 2,016 + 640 + 45 of moving units: one and two transconductors each.
    let couplers = &found["as a transconductor circuit"]["assumptions"]["circuit"]["couplers"];
    assert_eq!(couplers.as_f64(), Some(4_736.0 + 2.0 * 2_701.0));
    let time = found["everything counted"]["assumptions"]["answer_time"].as_f64();
    assert_eq!(time, summary["computer"]["observation_time"].as_f64());
    // Training: the bound and the trajectories.
    let (parameters, images) = (&summary["parameters"]["acting"], &summary["training_images"]);
    let bound = 2.0 * parameters.as_f64().unwrap() * images.as_f64().unwrap();
    let simulated = (STEPS[0] * STEPS[1]) as f64 * heat;
    for (index, expected) in [bound, simulated].into_iter().enumerate() {
        let found = found["training"][index]["kt"].as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-14, "{found} against {expected}");
    }
    // An answer of the teacher by each multiply–accumulate; what does something else has no answer.
    let macs = found["everything counted"]["assumptions"]["macs"].as_f64().unwrap();
    for rival in found["rivals"].as_array().unwrap() {
        let answers = rival["per"] == "multiply-accumulate";
        assert_eq!((answers, answers), (rival["answer_kt"].is_f64(), rival["over_counted"].is_f64()), "{rival}");
        let (answer, one) = (rival["answer_kt"].as_f64(), rival["kt"].as_f64().unwrap());
        assert!(answer.is_none_or(|answer| (answer / (macs * one) - 1.0).abs() < 1e-14), "{rival}");
    }
    let table = text(&succeeds(here, &["energy", "run"]).stdout);
    for part in ["standby", "supply of the transconductors", "rivals, as published", "least energy of training"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(
        !table.contains("NaN") && !table.contains("inf ") && !table.contains("changing the program"),
        "{table}"
    );
    // What a run does not tell is a dash, and a reason.
    let mut older = summary.clone();
    older.as_object_mut().unwrap().remove("training_images");
    fs::write(here.join("run/summary.json"), older.to_string()).unwrap();
    let found = ledger(here, &["run"]);
    assert!(
        found["training"][0]["kt"].is_null() && found["training"][0]["source"].to_string().contains("--examples")
    );
    assert!(ledger(here, &["run", "--examples", "60000"])["training"][0]["kt"].is_f64());
    // A heat below 0 is no energy that was spent.
    let mut cold = summary;
    cold["heat"]["mean_kt"] = (-5.0).into();
    fs::write(here.join("run/summary.json"), cold.to_string()).unwrap();
    let error = fails(here, &["energy", "run"]);
    assert!(error.contains("run") && error.contains("-5.00e0") && error.contains("--heat"), "{error}");
    is_sound(&ledger(here, &["run", "--heat", "0"]));
}

#[test]
fn every_energy_flag_moves_its_own_row_alone() {
    let folder = tempdir();
    let here = folder.path();
    pathwise(here, "run", &["--set", "program.segments=4"]);
    let before = ledger(here, &["run"]);
    is_sound(&before);
    let (counted, circuit, lean) = (COLUMNS[3], COLUMNS[5], COLUMNS[4]);
    let of = |pointer: &str| before.pointer(pointer).and_then(Value::as_f64).unwrap();
    let assumed = |key: &str| of(&format!("/everything counted/assumptions/{key}"));
    let circuitry = |key: &str| of(&format!("/as a transconductor circuit/assumptions/circuit/{key}"));
    for (flag, value, column, item, factor) in [
        ("--macs", assumed("macs"), counted, "digital", 2.0),
        ("--joules-per-mac", assumed("joules_per_mac"), counted, "digital", 2.0),
        ("--lean-joules-per-mac", 1e-14, lean, "digital", 2.0),
        ("--heat", assumed("heat_kt"), counted, "heat", 2.0),
        ("--readouts", assumed("readouts"), counted, "readout", 2.0),
        ("--joules-per-readout", 1e-12, counted, "readout", 2.0),
        ("--joules-per-input", 1e-14, counted, "inputs", 2.0),
        ("--joules-per-parameter", 1e-12, counted, "writing", 2.0),
        ("--answers-per-program", 1e6, counted, "writing", 0.5),
        ("--joules-per-switched", 1e-15, counted, "switching", 2.0),
        ("--standby-watts", assumed("standby_watts"), counted, "standby", 2.0),
        ("--couplers", circuitry("couplers"), circuit, "supply", 2.0),
        ("--bias-amperes", 2.5e-8, circuit, "supply", 2.0),
        ("--supply-volts", 0.5, circuit, "supply", 2.0),
        ("--answer-time", assumed("answer_time"), circuit, "supply", 2.0),
        ("--seconds-per-time", 1e-6, circuit, "standby", 2.0),
    ] {
        let after = ledger(here, &["run", flag, &format!("{:e}", 2.0 * value)]);
        is_sound(&after);
        let ratio = kt(&after, column, item) / kt(&before, column, item);
        assert!((ratio - factor).abs() < 1e-12, "{flag}: {item} changed by {ratio}");
        assert!(row(&after, column, item)["source"].as_str().unwrap().contains(flag), "{flag}");
        let timed = ["--answer-time", "--seconds-per-time"].contains(&flag);
        for (old, new) in
            before[column]["rows"].as_array().unwrap().iter().zip(after[column]["rows"].as_array().unwrap())
        {
            let moves = old["item"] == item || (timed && (old["item"] == "standby" || old["item"] == "supply"));
            assert!(moves || old["kt"] == new["kt"], "{flag} moved {old}");
        }
    }
    // Work that the switches take out of the units is lost where the device cannot use it; work put in is in the heat.
    let path = here.join("run/summary.json");
    let summary = json(&path);
    for (work, lost) in [(-7.0, 7.0), (7.0, 0.0)] {
        let mut other = summary.clone();
        other["heat"]["work_mean_kt"] = work.into();
        fs::write(&path, other.to_string()).unwrap();
        assert!((kt(&ledger(here, &["run"]), counted, "unrecovered") - lost).abs() < 1e-12, "{work}");
    }
    let given = ledger(here, &["run", "--unrecovered-work", "3"]);
    assert!((kt(&given, counted, "unrecovered") - 3.0).abs() < 1e-12);
    // What is far from any computer stays finite.
    let far =
        ["--heat=0", "--macs=9e59", "--joules-per-mac=9e59", "--joules-per-readout=0", "--joules-per-input=0"];
    let near =
        ["--joules-per-parameter=0", "--joules-per-switched=0", "--unrecovered-work=0", "--temperature=1e-60"];
    let small = ["--standby-watts=1e-30", "--answer-time=1e-30", "--seconds-per-time=1e-30", "--couplers=1e-30"];
    let last = ["--bias-amperes=1e-30", "--supply-volts=1e-30"];
    is_sound(&ledger(here, &[&["run"][..], &far, &near, &small, &last].concat()));
    let large = ["--standby-watts=9e29", "--answer-time=9e29", "--seconds-per-time=9e29", "--couplers=9e29"];
    let last = ["--bias-amperes=9e29", "--supply-volts=9e29", "--temperature=1e-60", "--examples=9e29"];
    is_sound(&ledger(here, &[&["run"][..], &large, &last].concat()));
}

#[test]
fn what_is_no_energy_is_refused_by_its_flag() {
    let folder = tempdir();
    let here = folder.path();
    succeeds(here, &[&TINY[..], &["--out", "run"]].concat());
    for flag in [
        "--macs",
        "--joules-per-mac",
        "--lean-joules-per-mac",
        "--temperature",
        "--answers-per-program",
        "--answer-time",
        "--seconds-per-time",
        "--bias-amperes",
        "--supply-volts",
        "--examples",
    ] {
        for value in ["nan", "inf", "-1", "0"] {
            let error = fails(here, &["energy", "run", &format!("{flag}={value}")]);
            assert!(error.contains(flag) && error.contains("must be above 0"), "{error}");
        }
    }
    for flag in [
        "--heat",
        "--readouts",
        "--joules-per-readout",
        "--joules-per-input",
        "--joules-per-parameter",
        "--standby-watts",
        "--couplers",
    ] {
        for value in ["nan", "inf", "-1", "1e-320"] {
            let error = fails(here, &["energy", "run", &format!("{flag}={value}")]);
            assert!(error.contains(flag) && error.contains("must be 0, or from"), "{error}");
        }
        is_sound(&ledger(here, &["run", &format!("{flag}=0")]));
    }
    for flag in ["--joules-per-switched", "--unrecovered-work"] {
        let error = fails(here, &["energy", "run", flag, "1"]);
        assert!(error.contains(flag) && error.contains("leave the flag out"), "{error}");
    }
    // The action is minimised over trajectories of the guide: the computer's own have no heat to tell of.
    let found = ledger(here, &["run"]);
    assert!(found["training"][1]["kt"].is_null(), "{found}");
    // An import tells what it lacks, and counts what it is told.
    let values = text(&succeeds(here, &["export", "run"]).stdout);
    fs::write(here.join("p.txt"), values).unwrap();
    succeeds(here, &["import", "p.txt", "--task", "digits", "--out", "imported"]);
    assert!(fails(here, &["energy", "imported"]).contains("give --macs"));
    let told =
        ["imported", "--heat", "6249", "--macs", "3392", "--joules-per-mac", "1e-12", "--temperature", "300"];
    let found = ledger(here, &told);
    is_sound(&found);
    assert!(found["training"].as_array().unwrap().iter().all(|row| row["kt"].is_null()), "{found}");
    assert_eq!(row(&found, COLUMNS[3], "heat")["kind"], "estimated");
}

#[test]
fn a_sample_of_a_generator_is_counted_with_its_preparation() {
    let folder = tempdir();
    let here = folder.path();
    let stage = "stage=[{ objective = { kind = \"energy-distance\" }, training = { steps = 5, batch = 10 } }]";
    let set = ["--set", stage, "--set", "evaluation.samples=20"];
    succeeds(here, &[&["--task", "generate-digits", "--out", "run"], &set[..]].concat());
    let found = ledger(here, &["run"]);
    is_sound(&found);
    let summary = json(&here.join("run/summary.json"));
    let time = 2.0 * summary["computer"]["observation_time"].as_f64().unwrap();
    assert_eq!(found["everything counted"]["assumptions"]["answer_time"].as_f64(), Some(time));
    assert_eq!(found["quantities"][1]["name"], "an independent sample");
    let images = found["rivals"].as_array().unwrap().iter().filter(|rival| rival["per"] == "image");
    assert!(images.clone().count() == 2 && images.into_iter().all(|rival| rival["over_counted"].is_f64()));
    let heat = summary["heat"]["mean_kt"].as_f64().unwrap();
    let trained = found["training"][1]["kt"].as_f64().unwrap();
    assert!((trained / (50.0 * heat) - 1.0).abs() < 1e-14, "{trained} {heat}");
}
