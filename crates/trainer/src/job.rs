//! Which job a command does, and on which data.

use crate::backend::OpenBackend;
use crate::cli::{ConfigArgs, DataArgs};
use anyhow::{Context, Result, bail, ensure};
use data::{BUILT_IN, DataError, DataSet, Divided, Source};
use runs::{Provenance, RunFolder};
use tasks::{Job, PRESETS, preset_named};

/// The key of a `key=value` setting.
pub(crate) fn key(setting: &str) -> &str {
    setting.split('=').next().unwrap_or_default().trim()
}

/// Whether a `key=value` setting is of this key, or of a key in this section.
pub(crate) fn is_of(setting: &str, name: &str) -> bool {
    let key = key(setting);
    key == name || key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
}

/// The job that the flags ask for.
pub(crate) fn asked_for(arguments: &ConfigArgs, seed: Option<u64>) -> Result<Job> {
    if let (Some(seed), Some(setting)) = (seed, arguments.settings.iter().find(|s| is_of(s, "seed"))) {
        bail!("--seed {seed} and --set {setting}: give the seed once");
    }
    let job = match &arguments.config {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("--config {}: cannot read it", path.display()))?;
            Job::parse(&text, &path.display().to_string(), &arguments.settings)?
        }
        None => Job::preset(arguments.task.as_deref().unwrap_or(PRESETS[0].name), &arguments.settings)?,
    };
    Ok(seed.map_or(job.clone(), |seed| job.with_seed(seed)))
}

/// The data set of a job, from where the flags say.
fn data_of(job: &Job, arguments: &DataArgs) -> Result<DataSet, anyhow::Error> {
    if let (Some(folder), BUILT_IN) = (&arguments.data_dir, job.set()) {
        bail!(
            "--data-dir {}: the data set of this job, {BUILT_IN}, is built in; leave the flag out",
            folder.display()
        );
    }
    let environment = Source::from_environment().folder;
    let source = Source { folder: arguments.data_dir.clone().or(environment), download: !arguments.offline };
    Ok(data::load(job.set(), &source)?)
}

/// Job and data of a training. Where the data of a preset are not to be had, its fallback serves, and that is said loudly.
pub(crate) fn with_data(config: &ConfigArgs, data: &DataArgs, seed: Option<u64>) -> Result<(Job, Divided)> {
    with_data_or(config, &config.settings, data, seed)
}

/// As [`with_data`], with the settings that hold for the fallback.
pub(crate) fn with_data_or(
    config: &ConfigArgs,
    fallback_settings: &[String],
    data: &DataArgs,
    seed: Option<u64>,
) -> Result<(Job, Divided)> {
    let job = asked_for(config, seed)?;
    let error = match data_of(&job, data) {
        Ok(found) => {
            let divided = job.divide(found)?;
            return Ok((job, divided));
        }
        Err(error) => error,
    };
    let missing = matches!(error.downcast_ref(), Some(DataError::NotFound { .. }));
    let preset = preset_named(config.task.as_deref().unwrap_or(PRESETS[0].name))?;
    // A file of one's own says which data it is about.
    let Some(fallback) = preset.fallback.filter(|_| missing && config.config.is_none()) else { return Err(error) };
    let job = Job::preset(fallback, fallback_settings)?;
    let job = seed.map_or(job.clone(), |seed| job.with_seed(seed));
    let found = data_of(&job, data)?;
    tracing::warn!("{error:#}");
    tracing::warn!(
        "FALLING BACK to the built-in data set: {} (configs/{fallback}.toml). These are not MNIST results; \
         give MNIST's IDX files with --data-dir or THERMO_DATA",
        found.origin
    );
    let divided = job.divide(found)?;
    Ok((job, divided))
}

/// The job of a run folder.
pub(crate) fn of_run(run: &RunFolder) -> Result<Job> {
    Ok(Job::of_table(run.job(), &run.path(runs::file::CONFIG).display().to_string())?)
}

/// The data of a run: those that it was trained on.
pub(crate) fn data_of_run(job: &Job, provenance: &Provenance, arguments: &DataArgs) -> Result<Divided> {
    let found = data_of(job, arguments)?;
    // First, since other data may lack what these have.
    let (was, is) = (&provenance.dataset_digest, found.digest());
    ensure!(
        was.is_empty() || *was == is,
        "{} ({}): other data than this run was trained on (SHA-256 {}… against {}…, {}); name those with --data-dir",
        found.name,
        found.origin,
        &is[..12],
        was.get(..12).unwrap_or(was),
        provenance.dataset_origin
    );
    Ok(job.divide(found)?)
}

/// Where a run comes from.
pub(crate) fn provenance(backend: &OpenBackend, data: &Divided) -> Provenance {
    Provenance {
        commit: env!("THERMO_COMMIT").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        backend: backend.kind().to_string(),
        device: backend.device().to_owned(),
        dataset: data.data.name.clone(),
        dataset_origin: data.data.origin.clone(),
        dataset_digest: data.digest.clone(),
        ..Provenance::default()
    }
}
