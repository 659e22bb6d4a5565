//! Generative jobs: training, measuring and sampling.

mod job;
mod measure;
mod picture;
mod sample;

pub(crate) use sample::run as sample;

use crate::backend::Job;
use crate::cli::{ConfigArgs, EvaluateArgs, TrainArgs};
use crate::dataset;
use crate::output::line;
use crate::run_folder::{self, PartialRun, file, write_whole};
use anyhow::{Context, Result};
use job::GenerateTraining;
use langevin::{LangevinBackend, ParameterValues};
use learning::load_module;
use measure::Measured;
use serde_json::{Value, json};
use std::path::Path;
use tasks::data::{DataSet, Images};
use tasks::generative::{GenerateConfig, Generator, JudgeKind, Shown};
use tasks::{TaskEntry, TaskError, task_named};

/// A generative job: configuration, data and the images it learns, all checked.
pub(crate) struct Prepared {
    task: &'static TaskEntry,
    config: GenerateConfig,
    data: DataSet,
    shown: Shown,
    train: Images,
    held_out: Images,
}

impl Prepared {
    fn new(task: &'static TaskEntry, config: GenerateConfig, data: DataSet) -> Result<Self> {
        let (train, held_out) = data.split_validation(config.validation_fraction, config.seed);
        let shown = Shown::of(&config, &data.train, &train, data.classes)?;
        Ok(Self { task, config, data, shown, train, held_out })
    }

    /// Whether the samples are measured against a few prototypes.
    fn few(&self) -> bool {
        !self.config.images.is_empty()
    }
}

fn compiled_in(task: &'static TaskEntry, settings: &[String]) -> Result<GenerateConfig> {
    Ok(GenerateConfig::parse(task.config, &format!("configs/{}.toml", task.name), settings)?)
}

fn prepare(arguments: &ConfigArgs, common: &crate::cli::Common) -> Result<Prepared> {
    let mut settings = arguments.settings.clone();
    settings.extend(common.seed.map(|seed| format!("seed={seed}")));
    let (task, config) = match &arguments.config {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("--config {}: cannot read it", path.display()))?;
            let config = GenerateConfig::parse(&text, &path.display().to_string(), &settings)?;
            (task_named(&config.task)?, config)
        }
        None => {
            let task = task_named(arguments.task.as_deref().unwrap_or("generate"))?;
            (task, compiled_in(task, &settings)?)
        }
    };
    match task.load(&dataset::request(common)) {
        Ok(data) => Prepared::new(task, config, data),
        Err(error @ TaskError::NoData { .. }) => {
            let Some(fallback) = task.fallback else { return Err(error.into()) };
            let task = task_named(fallback)?;
            let config = compiled_in(task, &settings)?;
            let data = task.load(&dataset::request(common))?;
            dataset::warn_of_fallback(&error, &data, fallback);
            Prepared::new(task, config, data)
        }
        Err(error) => Err(error.into()),
    }
}

/// Configuration and data of a run folder.
fn of_run(text: &str, origin: &Path, common: &crate::cli::Common, settings: &[String]) -> Result<Prepared> {
    let config = GenerateConfig::parse(text, &origin.display().to_string(), settings)?;
    let task = task_named(&config.task)?;
    Prepared::new(task, config, task.load(&dataset::request(common))?)
}

/// `trainer` with a generative task.
pub(crate) fn train(arguments: &TrainArgs) -> Result<()> {
    let backend = arguments.common.backend.open()?;
    let resuming = arguments.resume.is_some();
    // Read before anything is written.
    let judges = arguments.teacher.as_deref().map(judges_of).transpose()?;
    let (mut prepared, folder) = match &arguments.resume {
        Some(out) => {
            let folder = PartialRun::resume(out)?;
            let path = folder.path(file::CONFIG);
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            (of_run(&text, &path, &arguments.common, &[]).inspect_err(|_| folder.keep())?, folder)
        }
        None => {
            let prepared = prepare(&arguments.config, &arguments.common)?;
            let out = arguments.out.clone().unwrap_or_else(|| run_folder::next_free(prepared.task.name));
            let folder = PartialRun::create(&out)?;
            for (name, bytes) in judges.iter().flatten() {
                write_whole(&folder.path(name), bytes)?;
            }
            (prepared, folder)
        }
    };
    let data = &prepared.data;
    tracing::info!("data set: {} ({}), {} images to learn", data.name, data.origin, prepared.shown.len());
    tracing::info!("backend: {} on {}, seed {}", backend.kind(), backend.device(), prepared.config.seed);
    let bytes = prepared.config.trajectory_bytes(prepared.shown.pixels)?;
    tracing::info!("the trajectories of a training step take at most {:.0} MB", bytes as f64 / 1e6);
    if !resuming {
        prepared.config.provenance = Some(dataset::provenance(&backend, data));
        let text = toml::to_string(&prepared.config).context("cannot write the configuration")?;
        folder.write(file::CONFIG, &text)?;
    }
    let trained = backend.run(GenerateTraining { prepared: &prepared, folder: &folder, backend: &backend });
    if trained.is_err() && resuming {
        folder.keep();
    }
    trained?;
    report::write(folder.folder())?;
    let out = folder.finish()?;
    line(format!("run folder {}, report {}", out.display(), out.join("report.html").display()));
    Ok(())
}

/// Files of a run's judges.
fn judges_of(run: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for kind in [JudgeKind::Cnn, JudgeKind::Mlp].into_iter().chain(JudgeKind::GUIDES) {
        let name = measure::judge_file(kind);
        if let Ok(bytes) = std::fs::read(run.join(&name)) {
            found.push((name, bytes));
        }
    }
    anyhow::ensure!(!found.is_empty(), "--teacher {}: no judges there (judge-cnn.safetensors, …)", run.display());
    Ok(found)
}

/// `trainer evaluate` of a generative run.
pub(crate) fn evaluate(arguments: &EvaluateArgs, text: &str) -> Result<()> {
    let mut settings = Vec::new();
    for (key, value) in [
        ("kt", arguments.kt),
        ("time_step", arguments.time_step),
        ("observation_time", arguments.observation_time),
    ] {
        settings.extend(value.map(|value| format!("{key}={value:?}")));
    }
    settings.extend(arguments.replicas.map(|n| format!("evaluation.samples={n}")));
    anyhow::ensure!(arguments.predictions.is_none(), "--predictions: a generator makes images, not predictions");
    let mut prepared = of_run(text, &arguments.run.join(file::CONFIG), &arguments.common, &settings)?;
    prepared.config.seed = arguments.common.seed.unwrap_or(prepared.config.seed);
    let backend = arguments.common.backend.open()?;
    tracing::info!("data set: {} ({})", prepared.data.name, prepared.data.origin);
    tracing::info!("backend: {} on {}, seed {}", backend.kind(), backend.device(), prepared.config.seed);
    let measured = backend.run(EvaluateJob { run: &arguments.run, prepared: &prepared })?;
    if arguments.json {
        let mut value = measured.summary();
        value["dataset"] = prepared.data.name.into();
        value["seed"] = prepared.config.seed.into();
        line(value);
    } else {
        measured.print();
    }
    Ok(())
}

struct EvaluateJob<'a> {
    run: &'a Path,
    prepared: &'a Prepared,
}

impl Job for EvaluateJob<'_> {
    type Output = Measured;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Measured> {
        let generator = load_generator::<B>(self.run, &self.prepared.config, &self.prepared.shown, device)?;
        Measured::of(&generator, self.prepared, self.run, device)
    }
}

/// The generator of a run folder.
fn load_generator<B: LangevinBackend>(
    run: &Path,
    config: &GenerateConfig,
    shown: &Shown,
    device: &B::Device,
) -> Result<Generator<B>> {
    let computer = config.computer(shown.pixels, shown.classes).init::<B>(device);
    let computer = load_module(computer, &run.join(file::COMPUTER))
        .with_context(|| format!("run folder {}", run.display()))?;
    Ok(Generator::new(computer, config.gain))
}

/// `trainer export` of a generative run: layout, connectivity and parameters.
pub(crate) fn parameters(run: &Path, text: &str) -> Result<(Value, ParameterValues)> {
    struct ExportJob<'a>(&'a Path, &'a GenerateConfig);
    impl Job for ExportJob<'_> {
        type Output = (Value, ParameterValues);
        fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Self::Output> {
            let config = self.1;
            let [rows, columns] = task_named(&config.task)?.image_shape();
            let classes = if config.images.is_empty() { 10 } else { config.images.len() };
            let shape = config.computer(rows * columns, classes);
            let computer = load_module(shape.init::<B>(device), &self.0.join(file::COMPUTER))?;
            let described = json!({
                "layout": shape.layout,
                "connectivity": config.connectivity,
                "j2": config.j2,
                "j4": config.j4,
            });
            Ok((described, computer.parameters()))
        }
    }
    let config = GenerateConfig::parse(text, &run.join(file::CONFIG).display().to_string(), &[])?;
    crate::backend::BackendKind::default().open()?.run(ExportJob(run, &config))
}

/// Writes JSON into a folder in the making.
fn write_json(folder: &PartialRun, name: &str, value: &Value) -> Result<()> {
    write_whole(&folder.path(name), serde_json::to_string_pretty(value)?.as_bytes())
}
