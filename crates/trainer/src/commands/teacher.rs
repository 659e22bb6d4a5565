//! `--teacher RUN`: the teacher, or the networks that measure, of another run.

use anyhow::{Context, Result, ensure};
use data::Divided;
use runs::{RunFolder, digest, file};
use std::path::Path;
use tasks::Job;
use tasks::generate::{JudgeConfig, JudgeKind};

/// Files of another run, to begin with.
pub(super) struct Given {
    /// Names and bytes.
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// SHA-256 of all of them.
    pub(super) digest: String,
}

/// Reads the teacher (of a generator, the networks) of a run, and refuses one that is not this job's.
pub(super) fn of(run: &Path, job: &Job, data: &Divided) -> Result<Given> {
    let flag = || format!("--teacher {}", run.display());
    let folder = RunFolder::in_the_making(run).with_context(flag)?;
    let theirs = crate::job::of_run(&folder).with_context(flag)?;
    let mut differs: Vec<(&str, String, String)> = Vec::new();
    let mut compare = |key: &'static str, mine: String, theirs: String| {
        if mine != theirs {
            differs.push((key, mine, theirs));
        }
    };
    compare("data set", job.set().to_owned(), theirs.set().to_owned());
    // Its validation images might be among those that this job trains on.
    compare("seed", job.seed().to_string(), theirs.seed().to_string());
    match (job, &theirs) {
        (Job::Classify(mine), Job::Classify(theirs)) => {
            for ((key, mine), (_, theirs)) in mine.teacher_identity().into_iter().zip(theirs.teacher_identity()) {
                compare(key, mine, theirs);
            }
        }
        (Job::Generate(mine), Job::Generate(theirs)) => {
            let fraction = |job: &tasks::Generate| job.data.validation_fraction.to_string();
            compare("data.validation_fraction", fraction(mine), fraction(theirs));
        }
        (Job::Classify(_), Job::Generate(_)) => {
            anyhow::bail!("{}: that run generates, and has no teacher", flag())
        }
        (Job::Generate(_), Job::Classify(_)) => anyhow::bail!("{}: no judges there: that run classifies", flag()),
    }
    let names = names(job);
    if let Some((key, mine, theirs)) = differs.first() {
        anyhow::bail!(
            "{}: its {key} is {theirs}, and that of this job {mine}; give one of the same, or leave the flag out",
            flag()
        );
    }
    let was = &folder.provenance().dataset_digest;
    ensure!(*was == data.digest, "{}: trained on other data ({})", flag(), folder.provenance().dataset_origin);
    let files: Vec<(String, Vec<u8>)> =
        names.iter().filter_map(|name| Some((name.clone(), std::fs::read(folder.path(name)).ok()?))).collect();
    let what = match job {
        Job::Classify(_) => "no teacher",
        Job::Generate(_) => "no judges",
    };
    ensure!(!files.is_empty(), "{}: {what} there ({})", flag(), names.join(", "));
    fits(job, data, &files).with_context(flag)?;
    let all: Vec<u8> = files.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    Ok(Given { digest: digest(&all), files })
}

/// Names of the files that `--teacher` gives a job.
fn names(job: &Job) -> Vec<String> {
    match job {
        Job::Classify(_) => vec![file::TEACHER.to_owned()],
        Job::Generate(_) => JudgeKind::ALL.map(|kind| file::network(kind.name())).into(),
    }
}

/// Whether a folder in the making still has the teacher that it was given.
pub(super) fn unchanged(job: &Job, folder: &Path, given: Option<&str>) -> Result<()> {
    // Of a generator, networks that were not given are trained and kept beside those that were.
    let (Some(given), Job::Classify(_)) = (given, job) else { return Ok(()) };
    let found = std::fs::read(folder.join(file::TEACHER)).unwrap_or_default();
    ensure!(
        digest(&found) == given,
        "{}: not the teacher that this training was begun with; take it from a copy, or train again",
        folder.join(file::TEACHER).display()
    );
    Ok(())
}

/// Whether the files are modules of this job.
fn fits(job: &Job, data: &Divided, files: &[(String, Vec<u8>)]) -> Result<()> {
    struct Fits<'a>(&'a Job, &'a Divided, &'a [(String, Vec<u8>)]);
    impl crate::backend::BackendJob for Fits<'_> {
        type Output = ();
        fn run<B: langevin::LangevinBackend>(self, device: &B::Device) -> Result<()> {
            let Self(job, data, files) = self;
            let images = &data.train;
            for (name, bytes) in files {
                let checked = match job {
                    Job::Classify(job) => {
                        let shape = job.teacher(images.pixel_count(), data.data.classes);
                        let fresh = shape.init::<B>(job.computer.well(), &job.dynamics.simulation(), device)?;
                        learning::module_of_bytes(fresh, bytes.clone()).map(drop)
                    }
                    Job::Generate(_) => {
                        let kind = JudgeKind::ALL.into_iter().find(|kind| file::network(kind.name()) == *name);
                        let (rows, columns, classes) = (images.rows, images.columns, data.data.classes);
                        let fresh =
                            kind.map(|kind| JudgeConfig { kind, rows, columns, classes }.init::<B>(device));
                        fresh.map_or(Ok(()), |fresh| learning::module_of_bytes(fresh, bytes.clone()).map(drop))
                    }
                };
                checked.map_err(|reason| anyhow::anyhow!("{name}: {reason}"))?;
            }
            Ok(())
        }
    }
    crate::backend::BackendKind::default().open()?.run(Fits(job, data, files))
}
