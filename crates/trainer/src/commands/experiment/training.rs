//! The trainings of a grid: run folders to be, and the teachers they share.

use super::grid::Point;
use crate::job::{is_of, key};
use anyhow::{Result, bail};
use runs::digest;
use std::path::{Path, PathBuf};
use tasks::{Job, TaskError, preset_named};
use toml::{Table, Value};

/// One run folder to be.
#[derive(Debug, Clone)]
pub(super) struct Training {
    pub(super) point: usize,
    pub(super) seed: u64,
    pub(super) task: &'static str,
    /// Settings that keep the preset as it was when the grid was written; not those of a fallback.
    pub(super) pinned: Vec<String>,
    /// Settings of the point and of the command.
    pub(super) own: Vec<String>,
    pub(super) folder: PathBuf,
    pub(super) teacher: Option<PathBuf>,
}

impl Training {
    /// Its settings, in the order in which they hold.
    pub(super) fn settings(&self) -> Vec<String> {
        [&self.pinned[..], &self.own].concat()
    }

    /// The job that it does there.
    pub(super) fn job(&self) -> Result<Job, TaskError> {
        Ok(Job::preset(self.task, &self.settings())?.with_seed(self.seed))
    }

    /// The training on built-in data instead, where its preset has such a fallback.
    pub(super) fn fall_back(&mut self) -> Option<()> {
        self.task = preset_named(self.task).ok()?.fallback?;
        self.pinned.clear();
        Some(())
    }
}

/// What can have a part in the teacher; the rest only the computer's training knows.
fn may_be_of_the_teacher(setting: &str) -> bool {
    let deciding = ["teacher", "dynamics", "computer", "data", "evaluation", "energy"];
    deciding.iter().any(|section| is_of(setting, section))
}

/// Labels as part of a file name.
pub(super) fn file_name(parts: &[String]) -> String {
    let name: String =
        parts.join("-").chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let name = if name.starts_with('.') { format!("-{name}") } else { name };
    // A name of a file has 255 bytes at most, and endings come to it.
    if name.len() <= 120 {
        return name;
    }
    let start: String = name.chars().take(24).collect();
    format!("{start}-{}", &digest(name.as_bytes())[..12])
}

/// What is pinned, but for what a setting replaces as a whole: another kind of objective, or of its start, has other settings.
pub(super) fn still_pinned(pinned: &[String], settings: &[String]) -> Vec<String> {
    let kind = |setting: &str| setting.split_once('=').map(|(_, kind)| kind.trim_matches('"').to_owned());
    let replaced = |pin: &String| {
        settings.iter().any(|setting| {
            let Some(section) = key(setting).strip_suffix(".kind") else { return false };
            if pinned.iter().any(|pin| key(pin) == key(setting) && kind(pin) == kind(setting)) {
                return false;
            }
            let exact = section == "objective" && setting.ends_with("exact");
            is_of(pin, section) || (exact && (is_of(pin, "training") || is_of(pin, "validation")))
        })
    };
    pinned.iter().filter(|pin| !replaced(pin)).cloned().collect()
}

/// Puts the settings of the command that a point knows after its own. One that no point knows, or that the grid varies, is
/// refused.
pub(super) fn apply(points: &mut [Point], settings: &[String]) -> Result<()> {
    let tables: Vec<Table> = points.iter().filter_map(|point| Some(point.job(&[]).ok()?.table())).collect();
    for point in &mut *points {
        point.pinned = still_pinned(&point.pinned, settings);
    }
    for setting in settings {
        let name = key(setting);
        if let "seed" | "task" | "job" | "base" = name {
            bail!(
                "--set {setting}: an experiment has its own; --seeds N says how many seeds, and --out names the folder"
            );
        }
        // What the points have, whether they say so or their presets.
        let mut values = tables.iter().filter_map(|table| leaf(table, name));
        let varied = values.next().is_some_and(|first| values.any(|other| other != first));
        if varied {
            bail!("--set {setting}: {name} is what this experiment varies; leave it out");
        }
        let mut refused = None;
        let mut taken = false;
        for point in &mut *points {
            match point.job(std::slice::from_ref(setting)) {
                Ok(_) => taken = true,
                Err(error @ TaskError::Unused { .. }) => {
                    refused = refused.or(Some(error));
                    continue;
                }
                // Some points fail with or without it, and are rows of the table.
                Err(_) if point.job(&[]).is_err() => {}
                Err(error) => refused = Some(error),
            }
            point.settings.push(setting.clone());
        }
        if let (false, Some(error)) = (taken, refused) {
            return Err(error.into());
        }
    }
    Ok(())
}

/// The value of a dotted key.
fn leaf<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    match (table.get(first)?, rest) {
        (Value::Table(table), Some(rest)) => leaf(table, rest),
        (Value::Array(values), Some(rest)) => {
            let (index, rest) = rest.split_once('.')?;
            leaf(values.get(index.parse::<usize>().ok()?)?.as_table()?, rest)
        }
        (value, None) => Some(value),
        _ => None,
    }
}

/// Refuses points whose settings are a mistake, and not a time step that may diverge, and points of several data sets.
pub(super) fn check(points: &[Point], origin: &str) -> Result<()> {
    let mut set: Option<String> = None;
    for point in points {
        match point.job(&[]) {
            Ok(job) => match &set {
                Some(set) if set != job.set() => {
                    bail!("{origin}: points of two data sets, {set} and {}; an experiment is about one", job.set())
                }
                _ => set = Some(job.set().to_owned()),
            },
            Err(TaskError::Langevin(_) | TaskError::Diverged { .. }) => {}
            Err(error) => bail!("{origin}: point {}: {error}", point.labels.join(", ")),
        }
    }
    Ok(())
}

/// All trainings of a grid's points, whose folders are named by `prefix` and labels.
pub(super) fn trainings(points: &[Point], prefix: &str, seeds: u64, out: &Path) -> Vec<Training> {
    let mut all = Vec::new();
    for (index, point) in points.iter().enumerate() {
        for seed in 1..=seeds {
            let label = file_name(&point.labels);
            let mut training = Training {
                point: index,
                seed,
                task: point.task,
                pinned: point.pinned.clone(),
                own: point.settings.clone(),
                folder: out.join("points").join(format!("{prefix}{label}-seed-{seed}")),
                teacher: None,
            };
            find_teacher(&mut training, out);
            all.push(training);
        }
    }
    all
}

/// Names the folder of the teacher that a training shares with all that have the same: by what decides a teacher.
pub(super) fn find_teacher(training: &mut Training, out: &Path) {
    let Ok(Job::Classify(job)) = training.job() else { return };
    let identity = job.teacher_identity().into_iter().map(|(key, value)| format!("{key} = {value}\n"));
    let text: String = identity.collect();
    let name = format!("{}-{}-seed-{}", job.data.set, &digest(text.as_bytes())[..12], training.seed);
    training.teacher = Some(out.join("teachers").join(name));
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
        let theirs = |settings: &[String]| -> Vec<String> {
            settings.iter().filter(|s| may_be_of_the_teacher(s)).cloned().collect()
        };
        let mut own = theirs(&training.own);
        own.extend(
            [
                "objective.kind=exact",
                "objective.rounds=0",
                "objective.times=1",
                "objective.ridge=1e6",
                "evaluation.replicas=1",
            ]
            .map(str::to_owned),
        );
        let pinned = theirs(&training.pinned);
        found.push(Training { pinned, own, folder: folder.clone(), teacher: None, ..training.clone() });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::experiment::grid::Grid;
    use crate::commands::experiment::grids::BUILT_IN;

    fn leaves(table: &Table, at: &str, all: &mut Vec<String>) {
        for (key, value) in table {
            let key = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            match value {
                Value::Table(table) => leaves(table, &key, all),
                _ => all.push(key),
            }
        }
    }

    #[test]
    fn every_point_of_every_grid_and_its_teacher_are_jobs() {
        for (name, text) in BUILT_IN {
            let grid = Grid::parse(text, name).unwrap();
            for training in trainings(&grid.points, "", 1, Path::new("x")) {
                let job = training.job();
                // Time steps that no unit bears are rows of their table.
                let coarse = matches!(job, Err(TaskError::Langevin(_) | TaskError::Diverged { .. }));
                assert!(job.is_ok() || coarse, "{name:?}: {job:?}");
                assert!(coarse || teachers(&[training])[0].job().is_ok(), "{name:?}");
            }
        }
    }

    /// A preset that becomes better must not change a table: all that decides a result is in the grid's file.
    #[test]
    fn every_setting_that_a_grid_relies_on_is_pinned() {
        for (name, text) in BUILT_IN {
            let grid = Grid::parse(text, name).unwrap();
            for training in trainings(&grid.points, "", 1, Path::new("x")) {
                let Ok(job) = training.job() else { continue };
                let mut keys = Vec::new();
                leaves(&job.table(), "", &mut keys);
                let settings = training.settings();
                let free: Vec<_> = keys
                    .iter()
                    .filter(|k| !["task", "job", "seed"].contains(&k.as_str()) && !k.starts_with("energy."))
                    .filter(|k| settings.iter().all(|s| key(s) != k.as_str()))
                    .collect();
                assert!(free.is_empty(), "{name}, {:?}: {free:?}", training.folder);
            }
        }
    }

    #[test]
    fn a_teacher_is_shared_by_those_that_have_the_same_and_by_no_others() {
        let point = |setting: &str| Point {
            labels: vec![setting.to_owned()],
            task: "digits",
            pinned: Vec::new(),
            settings: vec![setting.to_owned()],
        };
        let same = ["objective.k=50.0", "computer.connectivity=[\"input-output\"]", "training.steps=7"];
        // The response is that of a unit with this mobility; the examples are another split's.
        let others = [
            "dynamics.mobility=0.5",
            "data.validation_fraction=0.2",
            "teacher.epochs=3",
            "computer.j4=2.0",
            "dynamics.observation_time=0.1",
        ];
        let points: Vec<Point> = same.into_iter().chain(others).map(point).collect();
        let found = trainings(&points, "", 2, Path::new("x"));
        assert_eq!(teachers(&found).len(), 2 * (1 + others.len()));
        // A tanh teacher knows no mobility.
        let tanh = |mut point: Point| {
            point.settings.push("teacher.activation=tanh".to_owned());
            point
        };
        let points = [tanh(point("dynamics.mobility=0.5")), tanh(point("dynamics.mobility=1.0"))];
        assert_eq!(teachers(&trainings(&points, "", 1, Path::new("x"))).len(), 1);
    }

    #[test]
    fn a_setting_goes_to_the_points_that_know_it_and_never_against_the_grid() {
        let point = |kind: &str| Point {
            labels: vec![kind.to_owned()],
            task: "two-class",
            pinned: vec!["objective.k=90.0".to_owned()],
            settings: vec![format!("objective.kind={kind}")],
        };
        let set = |settings: &[&str]| {
            let mut points = [point("action"), point("exact")];
            apply(&mut points, &settings.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
                .map_err(|e| e.to_string())?;
            Ok::<_, String>(points.map(|point| point.settings.len()))
        };
        assert_eq!(set(&["training.steps=20", "teacher.epochs=2", "objective.k=80.0"]).unwrap(), [4, 3]);
        assert!(set(&["objective.kind=exact"]).unwrap_err().contains("varies"));
        assert!(set(&["training.stepz=20"]).unwrap_err().contains("no such key"));
        // Another objective has other settings than those that were pinned.
        let mut alone = [point("action")];
        apply(&mut alone, &["objective.kind=pathwise".to_owned()]).unwrap();
        assert!(alone[0].pinned.is_empty());
    }
    #[test]
    fn pins_go_with_the_kind_that_they_are_of() {
        let own = |settings: &[&str]| settings.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let start = ["objective.start.kind=\"random\"", "objective.start.scale=0.1"];
        let pins = own(&[&["objective.kind=\"pathwise\"", "objective.gain=2.0"][..], &start].concat());
        let left = |setting: &str| still_pinned(&pins, &own(&[setting]));
        assert_eq!(left("objective.start.kind=random"), pins);
        assert_eq!(left("objective.gain=1.0"), pins);
        assert_eq!(left("objective.start.kind=\"exact\""), pins[..2]);
        assert!(left("objective.kind=exact").is_empty());
    }
}
