//! Keys of earlier configurations, and where they are now.

use toml::{Table, Value};

/// Keys that have moved, old and new.
const MOVED: [(&str, &str); 24] = [
    ("hidden", "computer.hidden"),
    ("connectivity", "computer.connectivity"),
    ("j2", "computer.j2"),
    ("j4", "computer.j4"),
    ("visible_biases", "computer.visible_biases"),
    ("class_units", "computer.class_units"),
    ("kt", "dynamics.kt"),
    ("mobility", "dynamics.mobility"),
    ("time_step", "dynamics.time_step"),
    ("observation_time", "dynamics.observation_time"),
    ("input_norm", "data.input_norm"),
    ("classes", "data.classes"),
    ("images", "data.images"),
    ("scaling", "data.scaling"),
    ("gain", "data.gain"),
    ("validation_fraction", "data.validation_fraction"),
    ("preparation", "noising.preparation"),
    ("guide", "objective.guide"),
    ("k", "objective.k"),
    ("training.times", "objective.times"),
    ("training.validate_every", "validation.every"),
    ("training.validate_images", "validation.images"),
    ("pathwise.start", "objective.start.kind"),
    ("genetic", "a setting of `trainer experiment mismatch` alone"),
];

/// Where a key is now, if it has moved.
pub(super) fn moved(key: &str) -> Option<String> {
    if let Some((_, now)) = MOVED.iter().find(|(old, _)| *old == key) {
        return Some((*now).to_owned());
    }
    let parts: Vec<&str> = key.split('.').collect();
    if parts[0] == "stage" && parts.get(1).is_none_or(|index| index.parse::<usize>().is_err()) {
        return None;
    }
    match parts[..] {
        ["pathwise" | "minimiser", rest] => Some(format!("objective.{rest}")),
        ["genetic", _] => moved("genetic"),
        ["stage", index, "objective"] => Some(format!("stage.{index}.objective.kind")),
        ["stage", index, rest @ ("optimizer" | "learning_rate" | "schedule" | "batch" | "steps")] => {
            Some(format!("stage.{index}.training.{rest}"))
        }
        [
            "stage",
            index,
            rest @ ("times" | "time_step" | "ridge" | "heat_price" | "state_weight" | "feature_weight"),
        ] => Some(format!("stage.{index}.objective.{rest}")),
        _ => None,
    }
}

/// The first key of a file that has moved, and where to.
pub(super) fn moved_in(table: &Table) -> Option<(String, String)> {
    for (key, value) in table {
        if key == "objective" && value.is_str() {
            return Some((key.clone(), "objective.kind".to_owned()));
        }
        if let (false, Some(now)) = (value.is_table(), moved(key)) {
            return Some((key.clone(), now));
        }
        let items: Vec<(String, &Value)> = match value {
            Value::Table(section) => section.iter().map(|(k, v)| (format!("{key}.{k}"), v)).collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .filter_map(|(i, item)| Some((i, item.as_table()?)))
                .flat_map(|(i, item)| item.iter().map(move |(k, v)| (format!("{key}.{i}.{k}"), v)))
                .collect(),
            _ => Vec::new(),
        };
        if let Some(found) =
            items.into_iter().filter(|(_, v)| !v.is_table()).find_map(|(key, _)| Some((moved(&key)?, key)))
        {
            return Some((found.1, found.0));
        }
    }
    None
}
