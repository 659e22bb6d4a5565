//! `trainer experiment NAME`: a grid of trainings, in parallel, resumable, into one table, figure and report.

mod begin;
mod grid;
mod grids;
mod mismatch;
mod results;

use crate::cli::{ConfigArgs, ExperimentArgs, ExperimentName};
use crate::dataset;
use crate::output::line;
use crate::progress;
use crate::run_folder::{file, write_whole};
use anyhow::{Context, Result, ensure};
use begin::{begin, command};
use clap::ValueEnum;
use grid::{Axis, Grid, Point};
use grids::grid;
use results::{collect, csv};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use tasks::JobConfig;

/// Runs an experiment, or goes on with one.
pub(crate) fn run(arguments: &ExperimentArgs) -> Result<()> {
    let name = name_of(arguments.name);
    let out = arguments.out.clone().unwrap_or_else(|| Path::new("runs").join(format!("experiment-{name}")));
    ensure!(!out.join(file::SUMMARY).exists(), "--out {}: that is a run folder; name another", out.display());
    let grid = grid(arguments.name);
    let trainings = match &grid {
        Some(grid) => trainings(arguments, grid, &out),
        None => mismatch::trainings(arguments, &out),
    };
    begin(arguments, &trainings, &out)?;
    let drawn = match &grid {
        Some(grid) => trained(arguments, &name, grid, &trainings, &out)?,
        None => mismatch::run(arguments, &trainings, &out)?,
    };
    write_whole(&out.join("report.html"), drawn.render().as_bytes())?;
    line(drawn.text());
    line(format!("{} and {}", out.join("experiment.csv").display(), out.join("report.html").display()));
    Ok(())
}

/// Trains every point of a grid.
fn trained(
    arguments: &ExperimentArgs,
    name: &str,
    grid: &Grid,
    trainings: &[Training],
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
    })
}

fn name_of(name: ExperimentName) -> String {
    name.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned())
}

/// One run folder to be.
#[derive(Debug, Clone)]
struct Training {
    point: usize,
    seed: u64,
    task: &'static str,
    settings: Vec<String>,
    folder: PathBuf,
    teacher: Option<PathBuf>,
}

impl Training {
    /// What the command line of its process says.
    fn arguments(&self) -> ConfigArgs {
        ConfigArgs { config: None, task: Some(self.task.to_owned()), settings: self.settings.clone() }
    }

    /// The configuration that it has there.
    fn configuration(&self) -> Result<JobConfig> {
        Ok(dataset::configuration(&self.arguments(), Some(self.seed))?.1)
    }
}

/// Settings that a teacher depends on; the same ones make the same teacher.
fn teacher_settings(point: &Point) -> Vec<String> {
    // The response of a unit depends on the dynamics at zero temperature.
    let deciding = ["teacher.", "observation_time", "time_step", "j2", "j4", "classes", "input_norm"];
    point.settings.iter().filter(|s| deciding.iter().any(|d| s.starts_with(d))).cloned().collect()
}

/// Labels or settings as part of a file name.
fn file_name(parts: &[String]) -> String {
    parts.join("-").chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '-' }).collect()
}

fn trainings(arguments: &ExperimentArgs, grid: &Grid, out: &Path) -> Vec<Training> {
    let mut all = Vec::new();
    for (index, point) in grid.points.iter().enumerate() {
        for seed in 1..=arguments.seeds {
            let label = file_name(&point.labels);
            let mut deciding = teacher_settings(point);
            deciding.sort();
            let key = file_name(&deciding);
            // All of MNIST's presets have the same teacher.
            let family = if point.task.starts_with("mnist") { "mnist" } else { point.task };
            let teacher = out.join("teachers").join(format!("{family}-{key}-seed-{seed}"));
            let mut settings = point.settings.clone();
            settings.extend(arguments.settings.iter().cloned());
            all.push(Training {
                point: index,
                seed,
                task: point.task,
                settings,
                folder: out.join("points").join(format!("{label}-seed-{seed}")),
                teacher: Some(teacher),
            });
        }
    }
    all
}

/// One training for each teacher: a computer at once, without rounds, whose ridge keeps it near rest, where no time step
/// that the teacher bears makes it diverge.
fn teachers(trainings: &[Training]) -> Vec<Training> {
    let mut found: Vec<Training> = Vec::new();
    for training in trainings {
        let Some(folder) = &training.teacher else { continue };
        if found.iter().any(|t| t.folder == *folder) {
            continue;
        }
        let mut settings = training.settings.clone();
        settings.extend(
            [
                "objective=exact",
                "minimiser.rounds=0",
                "minimiser.times=1",
                "minimiser.ridge=1e6",
                "evaluation.replicas=1",
            ]
            .map(str::to_owned),
        );
        found.push(Training { settings, folder: folder.clone(), teacher: None, ..training.clone() });
    }
    found
}

/// Runs what is not there yet, several at a time, each a process of its own: one that fails ends nothing but itself.
fn work(arguments: &ExperimentArgs, what: &str, trainings: &[Training]) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = arguments.jobs.unwrap_or(cores).min(trainings.len().max(1));
    let threads = (cores / jobs).max(1).to_string();
    let queue: Mutex<VecDeque<&Training>> =
        Mutex::new(trainings.iter().filter(|t| !t.folder.join(file::SUMMARY).exists()).collect());
    let left = queue.lock().map_or(0, |q| q.len());
    let bar = progress::bar(what, trainings.len());
    bar.set_position((trainings.len() - left) as u64);
    let program = std::env::current_exe().context("cannot find this program to start it again")?;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    loop {
                        let Some(training) = queue.lock().ok().and_then(|mut q| q.pop_front()) else {
                            return Ok(());
                        };
                        train(arguments, &program, &threads, training)?;
                        bar.inc(1);
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow::anyhow!("a worker of the experiment panicked"))??;
        }
        anyhow::Ok(())
    })?;
    bar.finish_and_clear();
    Ok(())
}

fn train(arguments: &ExperimentArgs, program: &Path, threads: &str, training: &Training) -> Result<()> {
    let folder = &training.folder;
    let parent = folder.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    // What an earlier, killed experiment left of this point is begun again.
    let _ = std::fs::remove_dir_all(with_ending(folder, ".partial"));
    let mut command = Command::new(program);
    command
        .args(["train", "--task", training.task, "--seed", &training.seed.to_string(), "--out"])
        .arg(folder)
        .args(["--backend", &arguments.common.backend.to_string()])
        .env("RAYON_NUM_THREADS", threads)
        .env("MATMUL_NUM_THREADS", threads)
        .stdin(Stdio::null());
    if let Some(data) = &arguments.common.data_dir {
        command.arg("--data-dir").arg(data);
    }
    if arguments.common.offline {
        command.arg("--offline");
    }
    if let Some(teacher) = training.teacher.as_ref().filter(|t| t.join(file::TEACHER).exists()) {
        command.arg("--teacher").arg(teacher);
    }
    for setting in &training.settings {
        command.args(["--set", setting]);
    }
    let output = command.output().with_context(|| format!("cannot start {}", program.display()))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let log = log_of(folder);
    if output.status.success() {
        let _ = std::fs::remove_file(&log);
    } else {
        let last = errors.lines().rev().find(|l| l.starts_with("error")).unwrap_or("it gave no error").to_owned();
        tracing::warn!("{}: {last}", folder.display());
        write_whole(&log, last.as_bytes())?;
    }
    Ok(())
}

/// The path with an ending put after its name. Labels have dots in them, so that the part behind a dot is no extension to replace.
fn with_ending(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Where the error of a training that failed is kept.
fn log_of(folder: &Path) -> PathBuf {
    with_ending(folder, ".log")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_whose_labels_have_dots_have_logs_of_their_own() {
        assert_eq!(log_of(Path::new("points/0.3-seed-1")), Path::new("points/0.3-seed-1.log"));
        assert_eq!(
            with_ending(Path::new("points/0.3-seed-2"), ".partial"),
            Path::new("points/0.3-seed-2.partial")
        );
    }
}
