//! `trainer evaluate RUN`

use super::train_job::load_classifier;
use crate::backend::Job;
use crate::cli::{EvaluateArgs, Split};
use crate::output::line;
use crate::run_folder::{self, file, write_whole};
use crate::{dataset, progress, summary};
use anyhow::Result;
use langevin::LangevinBackend;
use std::fmt::Write;
use tasks::data::{DataSet, Images};
use tasks::{EnergyAccount, Evaluation, EvaluationOptions, JobConfig, TaskKind, evaluate};

/// Evaluates a run.
pub(crate) fn run(arguments: &EvaluateArgs) -> Result<()> {
    let text = run_folder::read(&arguments.run, file::CONFIG)?;
    let origin = arguments.run.join(file::CONFIG).display().to_string();
    if dataset::kind_of_text(&text, &origin)? == TaskKind::Generate {
        return super::generative::evaluate(arguments, &text);
    }
    let mut settings = Vec::new();
    for (key, value) in [("time_step", arguments.time_step), ("observation_time", arguments.observation_time)] {
        settings.extend(value.map(|value| format!("{key}={value:?}")));
    }
    settings.extend(arguments.replicas.map(|n| format!("evaluation.replicas={n}")));
    let mut config = JobConfig::parse(&text, &origin, &settings)?;
    // Zero temperature is no setting to train at, but one to evaluate at; the bath checks it.
    if let Some(kt) = arguments.kt {
        config.kt = kt;
        config.langevin()?;
    }
    let backend = arguments.common.backend.open()?;
    let (_, data) = dataset::data_of_run(&config, &arguments.common)?;
    // The split must be the one of the training, whatever seed the noise has now.
    let own = match arguments.split {
        Split::Test => data.test.clone(),
        Split::Validation => dataset::split(&data, &config).1,
        Split::Train => dataset::split(&data, &config).0,
    };
    config.seed = arguments.common.seed.unwrap_or(config.seed);
    tracing::info!("data set: {} ({}), {} images", data.name, data.origin, own.len());
    tracing::info!("backend: {} on {}, seed {}", backend.kind(), backend.device(), config.seed);
    let evaluation = backend.run(EvaluateJob { arguments, config: &config, data: &data, own: &own })?;
    if let Some(path) = &arguments.predictions {
        let mut text = String::from("index,label,prediction\n");
        for (i, (label, prediction)) in own.labels.iter().zip(&evaluation.predictions).enumerate() {
            let _ = writeln!(text, "{i},{label},{prediction}");
        }
        write_whole(path, text.as_bytes())?;
    }
    let macs = config.teacher(data.train.pixel_count(), data.classes).macs();
    let energy = EnergyAccount::new(macs, config.energy, evaluation.heat_mean_kt);
    if arguments.json {
        let mut value = summary::evaluation(&evaluation);
        value["advantage"] = energy.advantage().into();
        value["dataset"] = data.name.into();
        value["seed"] = config.seed.into();
        line(value);
    } else {
        summary::print(&evaluation, &energy);
    }
    Ok(())
}

struct EvaluateJob<'a> {
    arguments: &'a EvaluateArgs,
    config: &'a JobConfig,
    data: &'a DataSet,
    own: &'a Images,
}

impl Job for EvaluateJob<'_> {
    type Output = Evaluation;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Evaluation> {
        let config = self.config;
        let classifier = load_classifier::<B>(&self.arguments.run, config, self.data, self.own, device)?;
        let options = EvaluationOptions {
            replicas: config.evaluation.replicas,
            batch: config.evaluation.batch,
            seed: config.seed,
            zero_temperature: true,
        };
        let bar = progress::bar("evaluate", self.own.len() * (options.replicas + 1));
        let evaluation = evaluate(&classifier, self.own, &config.langevin()?, options, device, |done, _| {
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        Ok(evaluation)
    }
}
