//! `trainer train`: checks every input, then trains, evaluates and reports inside a partial run folder.

use super::train_job::TrainJob;
use crate::cli::TrainArgs;
use crate::dataset::{self, Prepared};
use crate::output::line;
use crate::run_folder::{self, PartialRun, file};
use anyhow::{Context, Result};
use std::path::Path;
use tasks::{JobConfig, TaskKind};

/// Trains.
pub(crate) fn run(arguments: &TrainArgs) -> Result<()> {
    if kind(arguments)? == TaskKind::Generate {
        return super::generative::train(arguments);
    }
    let backend = arguments.common.backend.open()?;
    let (prepared, folder) = match &arguments.resume {
        Some(out) => {
            let folder = PartialRun::resume(out)?;
            // From here on an error must not cost the checkpoints.
            let prepared = resumed(&folder, arguments).inspect_err(|_| folder.keep())?;
            (prepared, folder)
        }
        None => {
            let prepared = dataset::prepare(&arguments.config, &arguments.common)?;
            let out = arguments.out.clone().unwrap_or_else(|| run_folder::next_free(prepared.task.name));
            // Read before anything is written.
            let teacher = arguments.teacher.as_deref().map(teacher_of).transpose()?;
            let folder = PartialRun::create(&out)?;
            if let Some(teacher) = teacher {
                run_folder::write_whole(&folder.path(file::TEACHER), &teacher)?;
            }
            (prepared, folder)
        }
    };
    let Prepared { task, mut config, data } = prepared;
    tracing::info!(
        "data set: {} ({}), {} training and {} test images",
        data.name,
        data.origin,
        data.train.len(),
        data.test.len()
    );
    tracing::info!("backend: {} on {}, seed {}", backend.kind(), backend.device(), config.seed);
    if arguments.resume.is_none() {
        config.provenance = Some(dataset::provenance(&backend, &data));
        let text = toml::to_string(&config).context("cannot write the configuration")?;
        folder.write(file::CONFIG, &text)?;
    }
    let resuming = arguments.resume.is_some();
    let job = TrainJob { task, config: &config, data: &data, folder: &folder, backend: &backend };
    let trained = backend.run(job);
    if trained.is_err() && resuming {
        folder.keep();
    }
    trained?;
    report::write(folder.folder())?;
    let out = folder.finish()?;
    line(format!("run folder {}, report {}", out.display(), out.join("report.html").display()));
    Ok(())
}

/// What the task does.
fn kind(arguments: &TrainArgs) -> Result<TaskKind> {
    let Some(out) = &arguments.resume else { return dataset::kind(&arguments.config) };
    let partial = run_folder::partial_of(out).join(file::CONFIG);
    match std::fs::read_to_string(&partial) {
        Ok(text) => dataset::kind_of_text(&text, &partial.display().to_string()),
        // Resuming says what is wrong with the folder.
        Err(_) => Ok(TaskKind::Classify),
    }
}

/// The bytes of a run's teacher.
fn teacher_of(run: &Path) -> Result<Vec<u8>> {
    let path = run.join(file::TEACHER);
    std::fs::read(&path).with_context(|| format!("--teacher {}: cannot read {}", run.display(), path.display()))
}

/// Configuration and data of an interrupted training.
fn resumed(folder: &PartialRun, arguments: &TrainArgs) -> Result<Prepared> {
    let path = folder.path(file::CONFIG);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let config = JobConfig::parse(&text, &path.display().to_string(), &[])?;
    if let Some(was) = &config.provenance
        && was.backend != arguments.common.backend.to_string()
    {
        tracing::warn!("this training began on {}; it goes on on {}", was.backend, arguments.common.backend);
    }
    let (task, data) = dataset::data_of_run(&config, &arguments.common)?;
    Ok(Prepared { task, config, data })
}
