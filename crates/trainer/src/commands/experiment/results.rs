//! What the trainings of a grid came to, read from their run folders: a CSV with a line each, a row of the table a point.

use super::grid::{Axis, Grid};
use super::{Training, log_of};
use crate::run_folder::file;
use serde_json::Value;

/// What a training ended with.
pub(super) fn summary(training: &Training) -> Option<Value> {
    serde_json::from_str(&std::fs::read_to_string(training.folder.join(file::SUMMARY)).ok()?).ok()
}

pub(super) fn number(summary: &Value, path: &str) -> f64 {
    summary.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

const MEASURED: [(&str, &str); 8] = [
    ("test_top1", "/test/top1"),
    ("test_top1_mean10", "/test/top1_mean10"),
    ("test_top2", "/test/top2"),
    ("heat_kt", "/heat/mean_kt"),
    ("teacher_top1", "/teacher/test_top1"),
    ("action", "/minimiser/action"),
    ("training_seconds", "/seconds/training"),
    ("trajectories_per_second", "/speed/trajectories_per_second"),
];

pub(super) fn csv(grid: &Grid, trainings: &[Training]) -> String {
    let heading = grid.columns.iter().map(|c| quoted(c)).chain(["seed".to_owned()]);
    let heading = heading.chain(MEASURED.iter().map(|(name, _)| (*name).to_owned())).chain(["status".to_owned()]);
    let mut lines = vec![heading.collect::<Vec<_>>().join(",")];
    for training in trainings {
        let found = summary(training);
        let mut cells: Vec<String> = grid.points[training.point].labels.iter().map(|l| quoted(l)).collect();
        cells.push(training.seed.to_string());
        for (_, path) in MEASURED {
            let value = found.as_ref().map_or(f64::NAN, |s| number(s, path));
            cells.push(if value.is_finite() { value.to_string() } else { String::new() });
        }
        let failed = || std::fs::read_to_string(log_of(&training.folder)).unwrap_or_default();
        cells.push(if found.is_some() { "ok".to_owned() } else { quoted(&failed()) });
        lines.push(cells.join(","));
    }
    lines.join("\n") + "\n"
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Mean and standard error over the seeds of each point.
pub(super) fn collect(grid: &Grid, trainings: &[Training], seeds: u64) -> Vec<report::ExperimentRow> {
    grid.points
        .iter()
        .enumerate()
        .map(|(index, point)| {
            let found: Vec<Value> = trainings.iter().filter(|t| t.point == index).filter_map(summary).collect();
            let over = |of: &dyn Fn(&Value) -> f64| report::Spread::of(&found.iter().map(of).collect::<Vec<_>>());
            let heat = over(&|s| number(s, "/heat/mean_kt"));
            let seconds = over(&|s| number(s, "/seconds/training"));
            let rate = over(&|s| number(s, "/speed/trajectories_per_second"));
            let x = match grid.axis {
                Axis::FirstLabel(_) => point.labels[0].parse().unwrap_or(f64::NAN),
                Axis::Heat => heat.mean,
                Axis::Seconds => seconds.mean,
                Axis::Rate => rate.mean,
            };
            report::ExperimentRow {
                labels: point.labels.clone(),
                x,
                top1: over(&|s| number(s, "/test/top1")),
                top1_mean: over(&|s| number(s, "/test/top1_mean10")),
                heat,
                seconds,
                action: over(&|s| number(s, "/minimiser/action")),
                rate,
                failed: seeds as usize - found.len(),
            }
        })
        .collect()
}
