//! What the trainings of a grid came to, read from their run folders: a CSV with a line each, a row of the table a point.

use super::grid::{Axis, Grid};
use super::training::Training;
use super::work::log_of;
use runs::{RunFolder, Summary};

/// What a training ended with.
pub(super) fn summary(training: &Training) -> Option<Summary> {
    RunFolder::open(&training.folder).ok()?.summary().ok()
}

/// A figure of a summary; none where it was not measured.
type Figure = fn(&Summary) -> Option<f64>;

fn top1(s: &Summary) -> Option<f64> {
    Some(s.classified()?.test.top1)
}
fn top1_mean10(s: &Summary) -> Option<f64> {
    s.classified()?.test.top1_mean10
}
fn top2(s: &Summary) -> Option<f64> {
    Some(s.classified()?.test.top2)
}
fn validation(s: &Summary) -> Option<f64> {
    Some(s.classified()?.validation.top1)
}
fn heat(s: &Summary) -> Option<f64> {
    Some(s.heat()?.mean_kt)
}
fn teacher(s: &Summary) -> Option<f64> {
    Some(s.classified()?.teacher.test_top1)
}
fn action(s: &Summary) -> Option<f64> {
    Some(s.classified()?.minimiser.as_ref()?.action)
}
fn seconds(s: &Summary) -> Option<f64> {
    Some(s.classified()?.seconds.training)
}
fn rate(s: &Summary) -> Option<f64> {
    Some(s.classified()?.speed.trajectories_per_second)
}

const MEASURED: [(&str, Figure); 9] = [
    ("test_top1", top1),
    ("test_top1_mean10", top1_mean10),
    ("test_top2", top2),
    ("validation_top1", validation),
    ("heat_kt", heat),
    ("teacher_top1", teacher),
    ("action", action),
    ("training_seconds", seconds),
    ("trajectories_per_second", rate),
];

/// Why a training has no summary.
fn failure(training: &Training) -> String {
    let told = std::fs::read_to_string(log_of(&training.folder));
    told.map_or_else(|_| "error: it was not trained".to_owned(), |told| told.trim_end().to_owned())
}

pub(super) fn csv(grid: &Grid, trainings: &[Training]) -> String {
    let heading = grid.columns.iter().map(|c| quoted(c)).chain(["seed".to_owned()]);
    let heading = heading.chain(MEASURED.iter().map(|(name, _)| (*name).to_owned())).chain(["status".to_owned()]);
    let mut lines = vec![heading.collect::<Vec<_>>().join(",")];
    for training in trainings {
        let found = summary(training);
        let mut cells: Vec<String> = grid.points[training.point].labels.iter().map(|l| quoted(l)).collect();
        cells.push(training.seed.to_string());
        for (_, figure) in MEASURED {
            let value = found.as_ref().and_then(figure).filter(|value| value.is_finite());
            cells.push(value.map_or_else(String::new, |value| value.to_string()));
        }
        cells.push(if found.is_some() { "ok".to_owned() } else { quoted(&failure(training)) });
        lines.push(cells.join(","));
    }
    lines.join("\n") + "\n"
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Why points have failed, each reason with its point and seed.
pub(super) fn failures(grid: &Grid, trainings: &[Training]) -> Vec<String> {
    let failed = trainings.iter().filter(|training| summary(training).is_none());
    failed
        .map(|training| {
            let labels = grid.points[training.point].labels.join(", ");
            format!("{labels}, seed {}: {}", training.seed, failure(training).trim_start_matches("error: "))
        })
        .collect()
}

/// Mean and standard error over the seeds of each point.
pub(super) fn collect(grid: &Grid, trainings: &[Training], seeds: u64) -> Vec<report::ExperimentRow> {
    grid.points
        .iter()
        .enumerate()
        .map(|(index, point)| {
            let found: Vec<Summary> = trainings.iter().filter(|t| t.point == index).filter_map(summary).collect();
            let over = |figure: Figure| report::Spread::of(&found.iter().filter_map(figure).collect::<Vec<_>>());
            let (heat, seconds, rate) = (over(heat), over(seconds), over(rate));
            let x = match grid.axis {
                Axis::Column { index, .. } => point.labels[index].parse().unwrap_or(f64::NAN),
                Axis::Heat => heat.mean,
                Axis::Seconds => seconds.mean,
                Axis::Rate => rate.mean,
            };
            report::ExperimentRow {
                labels: point.labels.clone(),
                x,
                top1: over(top1),
                top1_mean: over(top1_mean10),
                validation: over(validation),
                heat,
                seconds,
                action: over(action),
                rate,
                failed: seeds as usize - found.len(),
            }
        })
        .collect()
}
