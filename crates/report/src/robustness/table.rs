//! The tables, for the page and for a terminal.

use super::NOTE;
use crate::number::{count, minus, setting, significant, with_error};
use maud::{Markup, html};
use runs::{AxisFigures, Criterion, Estimate, Level, Quantity, Robustness, RobustnessFigures, Tolerance};
use std::fmt::Write as _;

const NONE: &str = "–";

/// A quantity with its unit, as the head of a column.
fn heading(quantity: Quantity) -> String {
    match quantity {
        Quantity::HeatKt => "heat (kT)".to_owned(),
        _ if quantity.is_fraction() => format!("{} (%)", quantity.label()),
        _ => quantity.label().to_owned(),
    }
}

/// A mean and its error, in the unit of the heading.
fn estimate(quantity: Quantity, found: Estimate) -> String {
    let fixed = |scale: f64, digits: usize| {
        let text = format!("{:.digits$}", scale * found.mean);
        minus(&found.stderr.map_or(text.clone(), |error| format!("{text} ± {:.digits$}", scale * error)))
    };
    match quantity {
        Quantity::AbsCosine => fixed(1.0, 4),
        _ if quantity.is_fraction() => fixed(100.0, 2),
        _ => found.stderr.map_or_else(|| significant(found.mean, 4), |error| with_error(found.mean, error)),
    }
}

/// The undisturbed program, in a sentence.
pub(super) fn undisturbed(figures: &RobustnessFigures) -> String {
    let n = figures.trajectories;
    let of = |(quantity, found): (&Quantity, &Estimate)| {
        let value = format!("{} {}", quantity.label(), estimate(*quantity, *found));
        match quantity {
            Quantity::HeatKt => format!("{value} kT"),
            Quantity::Accuracy => {
                let error = (found.mean * (1.0 - found.mean) / n.max(1) as f64).sqrt();
                format!("{value} % (± {:.2} % for the choice of the images)", 100.0 * error)
            }
            _ if quantity.is_fraction() => format!("{value} %"),
            _ => value,
        }
    };
    let each: Vec<String> = figures.undisturbed.iter().map(of).collect();
    let what = if figures.undisturbed.contains_key(&Quantity::Accuracy) { "test images" } else { "samples" };
    let seeds = if figures.devices == 1 { "one seed".to_owned() } else { format!("{} seeds", figures.devices) };
    format!("Undisturbed, {} {what} under {seeds} of the noise: {}.", count(n), each.join(", "))
}

/// What is lost, in words.
fn lost(criterion: Criterion) -> String {
    let name = criterion.quantity.label();
    if criterion.quantity.is_fraction() {
        format!("one point of {name} is lost at")
    } else {
        format!("{} of {name} is lost at", setting(criterion.loss))
    }
}

/// How far one may go along an axis, in words.
fn tolerance(axis: &AxisFigures) -> String {
    let of = |found: Option<Tolerance>, beyond: &str| {
        found.map(|found| match found {
            Tolerance::At { level } => significant_setting(level),
            Tolerance::Beyond { level } => format!("{beyond} {}", setting(level)),
            Tolerance::Already { level } => format!("already at {}", setting(level)),
            Tolerance::Diverges { level } => format!("diverges at {} before that", setting(level)),
        })
    };
    let [down, up] = axis.axis.directions();
    match (of(axis.below, "not down to"), of(axis.above, "more than")) {
        (Some(below), Some(above)) => format!("{down} {below}, {up} {above}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => NONE.to_owned(),
    }
}

/// Two figures of an interpolated level.
fn significant_setting(level: f64) -> String {
    let rounded: f64 = format!("{level:.1e}").parse().unwrap_or(level);
    setting(rounded)
}

/// The rows of one axis: level, quantities, change (if something can be lost), devices that diverged.
fn cells(row: &Level, figures: &RobustnessFigures) -> Vec<String> {
    let mut cells = vec![setting(row.level)];
    for (index, quantity) in columns(figures).into_iter().enumerate() {
        let found = row.figures.as_ref().and_then(|figures| figures.get(&quantity));
        cells.push(found.map_or_else(|| NONE.to_owned(), |found| estimate(quantity, *found)));
        if let (0, Some(criterion)) = (index, figures.criterion) {
            cells.push(row.change.map_or_else(|| NONE.to_owned(), |found| estimate(criterion.quantity, found)));
        }
    }
    cells.push(if row.diverged > 0 { format!("{} of {}", row.diverged, figures.devices) } else { String::new() });
    cells
}

/// The quantities, first that in which something can be lost.
pub(super) fn columns(figures: &RobustnessFigures) -> Vec<Quantity> {
    let first = figures.criterion.map(|criterion| criterion.quantity);
    let others = figures.undisturbed.keys().copied().filter(|quantity| Some(*quantity) != first);
    first.into_iter().chain(others).collect()
}

fn headings(figures: &RobustnessFigures) -> Vec<String> {
    let mut all = vec!["axis".to_owned(), "level".to_owned()];
    for (index, quantity) in columns(figures).into_iter().enumerate() {
        all.push(heading(quantity));
        if let (0, Some(criterion)) = (index, figures.criterion) {
            all.push(if criterion.quantity.is_fraction() {
                "change (points)".to_owned()
            } else {
                "change".to_owned()
            });
        }
    }
    all.push("diverged".to_owned());
    all
}

/// Both tables in Markdown.
pub(super) fn markdown(found: &Robustness) -> String {
    let figures = &found.figures;
    let mut text = format!("{}\n", undisturbed(figures));
    // Writing to a string cannot fail.
    if let Some(criterion) = figures.criterion {
        let _ = writeln!(text, "\n| axis | {} |\n| --- | --- |", lost(criterion));
        for axis in &figures.axes {
            let _ = writeln!(text, "| {} | {} |", axis.axis, tolerance(axis));
        }
    }
    let headings = headings(figures);
    let _ = writeln!(text, "\n| {} |\n|{}", headings.join(" | "), " --- |".repeat(headings.len()));
    for axis in &figures.axes {
        for row in &axis.levels {
            let _ = writeln!(text, "| {} | {} |", axis.axis, cells(row, figures).join(" | "));
        }
    }
    let _ = writeln!(text, "\n{NOTE}\n\ndata: {}: {}", found.dataset, found.dataset_origin);
    text
}

/// How far one may go along each axis.
pub(super) fn tolerances(figures: &RobustnessFigures, criterion: Criterion) -> Markup {
    html! {
        table {
            thead { tr { th { "Axis" } th { "What a level counts" } th { (lost(criterion)) } } }
            tbody {
                @for axis in &figures.axes {
                    tr {
                        th scope="row" { (axis.axis) }
                        td class="quiet" { (super::label(axis.axis, figures)) }
                        td { (tolerance(axis)) }
                    }
                }
            }
        }
    }
}

/// Every level.
pub(super) fn levels(figures: &RobustnessFigures) -> Markup {
    html! {
        table class="numbers" {
            thead { tr { @for heading in headings(figures) { th { (heading) } } } }
            tbody {
                @for axis in &figures.axes {
                    @for row in &axis.levels {
                        tr { td { (axis.axis) } @for cell in cells(row, figures) { td { (cell) } } }
                    }
                }
            }
        }
    }
}
