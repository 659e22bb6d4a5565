//! `trainer experiment NAME`: a grid of trainings, in parallel, resumable, into one table, figure and report.

mod begin;
mod grid;
mod grids;
mod mismatch;
mod results;
mod training;
mod work;

use crate::cli::{ExperimentArgs, ExperimentName};
use crate::output::line;
use anyhow::{Result, bail, ensure};
use begin::{Begun, begin, command};
use clap::ValueEnum;
use grid::{Axis, Grid};
use grids::grid;
use results::{collect, csv, failures};
use runs::{file, folder_name, write_whole};
use std::path::Path;
use training::{Training, teachers, trainings};
use work::{heed_signals, work};

/// Runs an experiment, or goes on with one.
pub(crate) fn run(arguments: &ExperimentArgs) -> Result<()> {
    let name = name_of(arguments.name);
    let out = arguments.out.clone().unwrap_or_else(|| Path::new("runs").join(format!("experiment-{name}")));
    let out = folder_name("--out", &out)?;
    ensure!(!out.join(file::SUMMARY).exists(), "--out {}: that is a run folder; name another", out.display());
    let grid = grid(arguments.name);
    let mut trainings = match &grid {
        Some(grid) => trainings(arguments, grid, &out)?,
        None => mismatch::trainings(arguments, &out)?,
    };
    let begun = begin(arguments, &mut trainings, &out)?;
    heed_signals()?;
    let drawn = match &grid {
        Some(grid) => trained(arguments, &name, grid, &trainings, &begun, &out)?,
        None => mismatch::run(arguments, &trainings, &begun, &out)?,
    };
    write_whole(&out.join(file::REPORT), drawn.render().as_bytes())?;
    let nothing = drawn.rows.iter().all(|row| row.failed == arguments.seeds as usize);
    if let (true, Some(first)) = (nothing, drawn.failures.first()) {
        bail!("every point of {} failed; the first: {first}", out.display());
    }
    line(drawn.text())?;
    line(format!("{} and {}", out.join("experiment.csv").display(), out.join(file::REPORT).display()))
}

/// Trains every point of a grid.
fn trained(
    arguments: &ExperimentArgs,
    name: &str,
    grid: &Grid,
    trainings: &[Training],
    begun: &Begun,
    out: &Path,
) -> Result<report::Experiment> {
    let teachers = teachers(trainings);
    tracing::info!(
        "{}: {} trainings ({} points, {} seeds) and {} teachers, in {}",
        grid.title,
        trainings.len(),
        grid.points.len(),
        arguments.seeds,
        teachers.len(),
        out.display()
    );
    work(arguments, "teachers", &teachers)?;
    work(arguments, name, trainings)?;
    let rows = collect(grid, trainings, arguments.seeds);
    write_whole(&out.join("experiment.csv"), csv(grid, trainings).as_bytes())?;
    Ok(report::Experiment {
        title: grid.title.to_owned(),
        note: grid.note.to_owned(),
        command: command(arguments),
        data: begun.data.clone(),
        built_in: begun.built_in,
        columns: grid.columns.iter().map(|c| (*c).to_owned()).collect(),
        x_label: match grid.axis {
            Axis::FirstLabel(label) => label.to_owned(),
            Axis::Heat => "mean heat in kT".to_owned(),
            Axis::Seconds => "seconds of training".to_owned(),
            Axis::Rate => "trajectories a second".to_owned(),
        },
        series: grid.series,
        reference: grid.reference.map(|(label, x, y)| (label.to_owned(), x, y)),
        rows,
        failures: failures(grid, trainings),
    })
}

fn name_of(name: ExperimentName) -> String {
    name.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned())
}
