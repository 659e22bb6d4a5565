//! Which configuration, task and data a command works on.

use crate::backend::OpenBackend;
use crate::cli::{Common, ConfigArgs};
use anyhow::{Context, Result};
use std::path::PathBuf;
use tasks::data::{DataSet, Images};
use tasks::{DataRequest, JobConfig, Provenance, TaskEntry, TaskError, TaskKind, task_named};

/// A job: configuration and data, all checked.
pub(crate) struct Prepared {
    /// The task.
    pub(crate) task: &'static TaskEntry,
    /// Its configuration, with every setting applied.
    pub(crate) config: JobConfig,
    /// Its data, restricted to the classes of the configuration.
    pub(crate) data: DataSet,
}

/// Reads the configuration that the flags ask for.
pub(crate) fn configuration(arguments: &ConfigArgs, seed: Option<u64>) -> Result<(&'static TaskEntry, JobConfig)> {
    let mut settings = arguments.settings.clone();
    settings.extend(seed.map(|seed| format!("seed={seed}")));
    match &arguments.config {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("--config {}: cannot read it", path.display()))?;
            let config = JobConfig::parse(&text, &path.display().to_string(), &settings)?;
            Ok((task_named(&config.task)?, config))
        }
        None => compiled_in(arguments.task.as_deref().unwrap_or("mnist"), &settings),
    }
}

fn compiled_in(name: &str, settings: &[String]) -> Result<(&'static TaskEntry, JobConfig)> {
    let task = task_named(name)?;
    anyhow::ensure!(
        task.kind == TaskKind::Classify,
        "task {name} generates images; this command takes a task that classifies (trainer tasks)"
    );
    let config = JobConfig::parse(task.config, &format!("configs/{name}.toml"), settings)?;
    Ok((task, config))
}

/// Configuration and data of a training; without data, those of the task's fallback, said loudly.
pub(crate) fn prepare(arguments: &ConfigArgs, common: &Common) -> Result<Prepared> {
    let (task, config) = configuration(arguments, common.seed)?;
    match task.load(&request(common)) {
        Ok(data) => Ok(Prepared { task, data: restricted(data, &config)?, config }),
        Err(error @ TaskError::NoData { .. }) => {
            let Some(fallback) = task.fallback else { return Err(error.into()) };
            let mut settings = arguments.settings.clone();
            settings.extend(common.seed.map(|seed| format!("seed={seed}")));
            let (task, config) = compiled_in(fallback, &settings)?;
            let data = restricted(task.load(&request(common))?, &config)?;
            warn_of_fallback(&error, &data, fallback);
            Ok(Prepared { task, config, data })
        }
        Err(error) => Err(error.into()),
    }
}

/// Says loudly that the built-in data set serves for want of the task's own.
pub(crate) fn warn_of_fallback(error: &TaskError, data: &DataSet, fallback: &str) {
    tracing::warn!("{error}");
    tracing::warn!(
        "FALLING BACK to the built-in data set: {} (configs/{fallback}.toml). These are not MNIST results; \
         give MNIST's IDX files with --data-dir or THERMO_DATA",
        data.origin
    );
}

/// What the task of a configuration does.
pub(crate) fn kind_of_text(text: &str, origin: &str) -> Result<TaskKind> {
    let table: toml::Table = toml::from_str(text).with_context(|| format!("{origin}: not TOML"))?;
    match table.get("task").and_then(toml::Value::as_str) {
        Some(name) => Ok(task_named(name)?.kind),
        // Whatever reads it will say that the key is missing.
        None => Ok(TaskKind::Classify),
    }
}

/// What the task that the flags ask for does; one that cannot be found out classifies, and fails as such.
pub(crate) fn kind(arguments: &ConfigArgs) -> Result<TaskKind> {
    match (&arguments.config, &arguments.task) {
        (Some(path), _) => match std::fs::read_to_string(path) {
            Ok(text) if toml::from_str::<toml::Table>(&text).is_ok() => {
                kind_of_text(&text, &path.display().to_string())
            }
            _ => Ok(TaskKind::Classify),
        },
        (None, Some(name)) => Ok(task_named(name)?.kind),
        (None, None) => Ok(TaskKind::Classify),
    }
}

/// The data of a run that exists.
pub(crate) fn data_of_run(config: &JobConfig, common: &Common) -> Result<(&'static TaskEntry, DataSet)> {
    let task = task_named(&config.task)?;
    let data = restricted(task.load(&request(common))?, config)?;
    Ok((task, data))
}

/// Where a run comes from.
pub(crate) fn provenance(backend: &OpenBackend, data: &DataSet) -> Provenance {
    Provenance {
        commit: env!("THERMO_COMMIT").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        backend: backend.kind().to_string(),
        device: backend.device().to_owned(),
        dataset: data.name.clone(),
        dataset_origin: data.origin.clone(),
    }
}

/// Training and validation images.
pub(crate) fn split(data: &DataSet, config: &JobConfig) -> (Images, Images) {
    data.split_validation(config.validation_fraction, config.seed)
}

pub(crate) fn request(common: &Common) -> DataRequest {
    let folder = common
        .data_dir
        .clone()
        .or_else(|| std::env::var_os("THERMO_DATA").filter(|value| !value.is_empty()).map(PathBuf::from));
    DataRequest { folder, download: !common.offline }
}

fn restricted(mut data: DataSet, config: &JobConfig) -> Result<DataSet> {
    if config.classes.is_empty() {
        return Ok(data);
    }
    if config.classes.iter().any(|class| usize::from(*class) >= data.classes) || config.classes.len() < 2 {
        anyhow::bail!(
            "classes: {:?} must name at least two classes below {} of {}",
            config.classes,
            data.classes,
            data.name
        );
    }
    data.train = data.train.only_classes(&config.classes);
    data.test = data.test.only_classes(&config.classes);
    data.classes = config.classes.len();
    Ok(data)
}
