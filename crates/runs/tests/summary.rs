//! The documented keys of `summary.json`: files of the version before this crate (commit c2c274d), read and written again.
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

use serde_json::Value;
use thermograd_runs::{FORMAT, Outcome, SampleQuality, Summary};

/// The file of an earlier version as this one writes it: with the number of its format and the kind of its outcome.
fn fixture(name: &str, outcome: &str) -> Value {
    let text = match name {
        "classifier" => include_str!("fixtures/classifier.json"),
        "generator-few" => include_str!("fixtures/generator-few.json"),
        "generator-many" => include_str!("fixtures/generator-many.json"),
        _ => include_str!("fixtures/import.json"),
    };
    let mut value: Value = serde_json::from_str(text).unwrap();
    value["format"] = FORMAT.into();
    value["outcome"] = outcome.into();
    value
}

/// Every key of the file, at every depth, has the same value in what is written.
fn assert_kept(before: &Value, after: &Value, path: &str) {
    match (before, after) {
        (Value::Object(before), Value::Object(_)) => {
            for (key, value) in before {
                assert_kept(value, &after[key], &format!("{path}.{key}"));
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len(), "{path}");
            before.iter().zip(after).for_each(|(b, a)| assert_kept(b, a, path));
        }
        (Value::Number(before), Value::Number(after)) => assert_eq!(before.as_f64(), after.as_f64(), "{path}"),
        _ => assert_eq!(before, after, "{path}"),
    }
}

#[test]
fn every_key_of_an_earlier_summary_is_kept() {
    for (name, outcome) in [
        ("classifier", "classified"),
        ("generator-few", "generated"),
        ("generator-many", "generated"),
        ("import", "imported"),
    ] {
        let before = fixture(name, outcome);
        let summary: Summary = serde_json::from_value(before.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_kept(&before, &serde_json::to_value(&summary).unwrap(), name);
        let again: Summary = serde_json::from_str(&serde_json::to_string(&summary).unwrap()).unwrap();
        assert_eq!(again, summary, "{name}");
        match (name, &summary.outcome) {
            ("classifier", Outcome::Classified(found)) => {
                assert!(found.minimiser.is_some() && found.test.top1 > 0.5);
            }
            ("generator-few", Outcome::Generated(found)) => {
                assert!(matches!(found.samples, SampleQuality::Prototypes(_)));
            }
            ("generator-many", Outcome::Generated(found)) => {
                assert!(matches!(found.samples, SampleQuality::Images(_)) && found.stages.len() == 2);
            }
            ("import", Outcome::Imported) => assert!(summary.heat().is_none() && summary.energy().is_none()),
            (name, outcome) => panic!("{name}: {outcome:?}"),
        }
    }
}
