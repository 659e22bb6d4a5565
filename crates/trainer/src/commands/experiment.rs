//! `trainer experiment NAME`: a grid of trainings, in parallel, resumable, into one table, figure and report.

mod begin;
mod grid;
mod grids;
mod mismatch;
mod results;
mod submit;
mod training;
mod work;

use crate::cli::ExperimentArgs;
use crate::output::line;
use anyhow::{Context, Result, bail, ensure};
use begin::{Begun, begin, command};
use grid::Grid;
pub(crate) use grids::{Which, WhichParser};
use results::{collect, csv, failures};
use runs::{file, folder_name, write_whole};
use std::path::Path;
pub(crate) use submit::Submit;
use training::{Training, apply, teachers, trainings};
use work::{heed_signals, work};

/// Runs an experiment, or goes on with one.
pub(crate) fn run(arguments: &ExperimentArgs) -> Result<()> {
    let name = arguments.which.name();
    let out = arguments.out.clone().unwrap_or_else(|| Path::new("runs").join(format!("experiment-{name}")));
    let mut out = folder_name("--out", &out)?;
    let mut arguments = arguments.clone();
    if arguments.submit.is_some() {
        out = submit::absolute(&out)?;
        arguments.data.data_dir = arguments.data.data_dir.as_deref().map(submit::absolute).transpose()?;
    }
    let arguments = &arguments;
    ensure!(!out.join(file::SUMMARY).exists(), "--out {}: that is a run folder; name another", out.display());
    let origin = arguments.which.argument();
    let mut grid = match &arguments.which {
        Which::BuiltIn(name, text) => Some(Grid::parse(text, &format!("configs/experiments/{name}.toml"))?),
        Which::File(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("{}: cannot read it", path.display()))?;
            Some(Grid::parse(&text, &path.display().to_string())?)
        }
        Which::Mismatch => None,
    };
    let mut trainings = match &mut grid {
        Some(grid) => {
            training::check(&grid.points, &origin)?;
            apply(&mut grid.points, &arguments.settings)?;
            trainings(&grid.points, "", arguments.seeds, &out)
        }
        None => mismatch::trainings(arguments, &out)?,
    };
    let begun = begin(arguments, &mut trainings, &out)?;
    heed_signals()?;
    let drawn = match &grid {
        Some(grid) => trained(arguments, &name, grid, &trainings, &begun, &out)?,
        None => mismatch::run(arguments, &trainings, &begun, &out)?,
    };
    write_whole(&out.join(file::REPORT), drawn.render().as_bytes())?;
    write_whole(&out.join("table.md"), drawn.markdown().as_bytes())?;
    let nothing = drawn.rows.iter().all(|row| row.failed == arguments.seeds as usize);
    if let (true, Some(first)) = (nothing, drawn.failures.first()) {
        bail!("every point of {} failed; the first: {first}", out.display());
    }
    line(drawn.text())?;
    line(format!("experiment.csv, table.md and {} in {}", file::REPORT, out.display()))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Trains the teachers. A command of `--submit` that fails for all of them would fail for the points, too, and ends the experiment.
fn teach(arguments: &ExperimentArgs, teachers: &[Training]) -> Result<()> {
    work(arguments, "teachers", teachers)?;
    let refused: Vec<_> = teachers.iter().filter_map(submit::failed_by_command).collect();
    if let (Some(first), true) = (refused.first(), arguments.submit.is_some() && refused.len() == teachers.len()) {
        bail!("no teacher was trained: {}", first.trim_end().trim_start_matches("error: "));
    }
    Ok(())
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
        "{}: {} ({}, {}) and {}, in {}",
        grid.title,
        counted(trainings.len(), "training"),
        counted(grid.points.len(), "point"),
        counted(arguments.seeds as usize, "seed"),
        counted(teachers.len(), "teacher"),
        out.display()
    );
    teach(arguments, &teachers)?;
    work(arguments, name, trainings)?;
    let rows = collect(grid, trainings, arguments.seeds);
    write_whole(&out.join("experiment.csv"), csv(grid, trainings).as_bytes())?;
    Ok(report::Experiment {
        title: grid.title.clone(),
        note: grid.note.clone(),
        command: command(arguments),
        data: begun.data.clone(),
        built_in: begun.built_in,
        columns: grid.columns.clone(),
        x_label: grid.axis.label().to_owned(),
        series: grid.series,
        reference: grid.reference.as_ref().map(|r| (r.label.clone(), r.x, r.top1)),
        rows,
        failures: failures(grid, trainings),
    })
}
