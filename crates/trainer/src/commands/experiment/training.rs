//! The trainings of a grid: run folders to be, and the teachers they share.

use super::grid::Grid;
use crate::cli::ExperimentArgs;
use crate::job::{is_of, key};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use tasks::{Job, TaskError};

/// One run folder to be.
#[derive(Debug, Clone)]
pub(super) struct Training {
    pub(super) point: usize,
    pub(super) seed: u64,
    pub(super) task: &'static str,
    pub(super) settings: Vec<String>,
    pub(super) folder: PathBuf,
    pub(super) teacher: Option<PathBuf>,
}

impl Training {
    /// The job that it does there.
    pub(super) fn job(&self) -> Result<Job, TaskError> {
        Ok(Job::preset(self.task, &self.settings)?.with_seed(self.seed))
    }
}

/// What makes a teacher, and what only the computer's training knows.
fn is_of_the_teacher(setting: &str) -> bool {
    let deciding = ["teacher", "dynamics", "computer", "data", "evaluation", "energy", "seed"];
    deciding.iter().any(|section| is_of(setting, section))
}

/// Labels or settings as part of a file name.
fn file_name(parts: &[String]) -> String {
    parts.join("-").chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '-' }).collect()
}

/// The settings of the command that a point knows, after its own. One that no point knows, or that the grid varies, is refused.
pub(super) fn applied(points: &[(&'static str, Vec<String>)], settings: &[String]) -> Result<Vec<Vec<String>>> {
    let mut all: Vec<Vec<String>> = points.iter().map(|(_, own)| own.clone()).collect();
    for setting in settings {
        let name = key(setting);
        if let "seed" | "task" | "job" | "base" = name {
            bail!(
                "--set {setting}: an experiment has its own; --seeds N says how many seeds, and --out names the folder"
            );
        }
        let given = |own: &[String]| own.iter().find(|s| key(s) == name).cloned();
        let own: Vec<Option<String>> = points.iter().map(|(_, own)| given(own)).collect();
        let varied = own.iter().all(Option::is_some) && own.windows(2).any(|pair| pair[0] != pair[1]);
        if varied {
            bail!("--set {setting}: {name} is what this experiment varies; leave it out");
        }
        let mut refused = None;
        let mut taken = false;
        for ((task, _), all) in points.iter().zip(&mut all) {
            let with = [&all[..], std::slice::from_ref(setting)].concat();
            match Job::preset(task, &with) {
                Ok(_) => taken = true,
                Err(error @ TaskError::Unused { .. }) => {
                    refused = refused.or(Some(error));
                    continue;
                }
                // Some points fail with or without it, and are rows of the table.
                Err(_) if Job::preset(task, all).is_err() => {}
                Err(error) => refused = Some(error),
            }
            *all = with;
        }
        if let (false, Some(error)) = (taken, refused) {
            return Err(error.into());
        }
    }
    Ok(all)
}

/// All trainings of a grid.
pub(super) fn trainings(arguments: &ExperimentArgs, grid: &Grid, out: &Path) -> Result<Vec<Training>> {
    let points: Vec<_> = grid.points.iter().map(|p| (p.task, p.settings.clone())).collect();
    let settings = applied(&points, &arguments.settings)?;
    let mut all = Vec::new();
    for (index, point) in grid.points.iter().enumerate() {
        for seed in 1..=arguments.seeds {
            let label = file_name(&point.labels);
            let mut deciding: Vec<String> =
                point.settings.iter().filter(|s| is_of_the_teacher(s)).cloned().collect();
            deciding.sort();
            let key = file_name(&deciding);
            // All of MNIST's presets have the same teacher.
            let family = if point.task.starts_with("mnist") { "mnist" } else { point.task };
            all.push(Training {
                point: index,
                seed,
                task: point.task,
                settings: settings[index].clone(),
                folder: out.join("points").join(format!("{label}-seed-{seed}")),
                teacher: Some(out.join("teachers").join(format!("{family}-{key}-seed-{seed}"))),
            });
        }
    }
    Ok(all)
}

/// One training for each teacher: a computer at once, without rounds, whose ridge keeps it near rest, where no time step
/// that the teacher bears makes it diverge.
pub(super) fn teachers(trainings: &[Training]) -> Vec<Training> {
    let mut found: Vec<Training> = Vec::new();
    for training in trainings {
        let Some(folder) = &training.teacher else { continue };
        if found.iter().any(|t| t.folder == *folder) {
            continue;
        }
        let mut settings: Vec<String> =
            training.settings.iter().filter(|s| is_of_the_teacher(s)).cloned().collect();
        settings.extend(
            [
                "objective.kind=exact",
                "objective.rounds=0",
                "objective.times=1",
                "objective.ridge=1e6",
                "evaluation.replicas=1",
            ]
            .map(str::to_owned),
        );
        found.push(Training { settings, folder: folder.clone(), teacher: None, ..training.clone() });
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cli::ExperimentName;
    use crate::commands::experiment::grids::grid;
    use clap::ValueEnum;

    #[test]
    fn every_point_of_every_grid_and_its_teacher_are_jobs() {
        for name in ExperimentName::value_variants() {
            let Some(grid) = grid(*name) else { continue };
            for (index, point) in grid.points.iter().enumerate() {
                let job = Job::preset(point.task, &point.settings);
                // Time steps that no unit bears are rows of their table.
                let coarse = matches!(job, Err(TaskError::Langevin(_) | TaskError::Diverged { .. }));
                assert!(job.is_ok() || coarse, "{name:?}: {job:?}");
                let training = Training {
                    point: index,
                    seed: 1,
                    task: point.task,
                    settings: point.settings.clone(),
                    folder: PathBuf::new(),
                    teacher: Some(PathBuf::new()),
                };
                assert!(coarse || teachers(&[training])[0].job().is_ok(), "{name:?}");
            }
        }
    }

    #[test]
    fn a_setting_goes_to_the_points_that_know_it_and_never_against_the_grid() {
        let points = [
            ("two-class", vec!["objective.kind=action".to_owned()]),
            ("two-class", vec!["objective.kind=exact".to_owned()]),
        ];
        let set = |settings: &[&str]| {
            applied(&points, &settings.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
                .map_err(|e| e.to_string())
        };
        let found = set(&["training.steps=20", "teacher.epochs=2"]).unwrap();
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2]);
        assert!(set(&["objective.kind=exact"]).unwrap_err().contains("varies"));
        assert!(set(&["training.stepz=20"]).unwrap_err().contains("no such key"));
    }
}
