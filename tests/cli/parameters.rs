//! Parameters as files.

use super::experiments::mnist;
use super::{fails, tempdir};
use crate::support::{json, succeeds, text};
use serde_json::Value;
use std::fs;

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
