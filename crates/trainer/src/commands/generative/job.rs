//! The training itself, stage after stage.

use super::measure::{Measured, judge_of};
use super::{Prepared, picture, write_json};
use crate::backend::{Job, OpenBackend};
use crate::commands::small_random;
use crate::metrics::Metrics;
use crate::progress;
use crate::run_folder::{PartialRun, file};
use anyhow::Result;
use burn::module::AutodiffModule;
use burn::tensor::backend::AutodiffBackend;
use burn_autodiff::Autodiff;
use indicatif::ProgressBar;
use langevin::{Computer, LangevinBackend};
use learning::{
    Checkpoint, LearningError, Objective, Observer, Progress, States, View, load_module, save_module, train,
};
use serde_json::{Value, json};
use std::marker::PhantomData;
use std::time::Instant;
use tasks::generative::{GenerativeJob, Generator, JudgeKind, ReadOutFeatures, Stage, StageObjective};

pub(super) struct GenerateTraining<'a> {
    pub(super) prepared: &'a Prepared,
    pub(super) folder: &'a PartialRun,
    pub(super) backend: &'a OpenBackend,
}

impl Job for GenerateTraining<'_> {
    type Output = ();

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<()> {
        let prepared = self.prepared;
        let config = &prepared.config;
        let job = GenerativeJob { config, shown: &prepared.shown };
        let mut metrics = Metrics::open(&self.folder.path(file::METRICS))?;
        let mut computer = job.generator::<B>(device).computer;
        let mut stages = Vec::new();
        for (index, stage) in config.stage.iter().enumerate() {
            let done = self.folder.path(&format!("stage-{index}.safetensors"));
            let name = format!("stage {index}: {}", stage.objective.name());
            let before = metrics.rewind(&name, usize::MAX)?;
            if done.exists() {
                computer = load_module(computer, &done)?;
                stages.push(json!({"objective": stage.objective, "seconds": before}));
                continue;
            }
            let one = self.stage::<B>(&job, index, computer, &mut metrics, device)?;
            computer = one.0;
            save_module(&computer, &done)?;
            let _ = std::fs::remove_file(self.folder.path(file::COMPUTER_CHECKPOINT));
            stages.push(one.1);
        }
        save_module(&computer, &self.folder.path(file::COMPUTER))?;
        let parameters = computer.parameters();
        let generator = Generator::new(computer, config.gain);
        let started = Instant::now();
        let measured = Measured::of(&generator, prepared, self.folder.folder(), device)?;
        let training: f64 = stages.iter().filter_map(|s| s["seconds"].as_f64()).sum();
        let mut written = json!({
            "task": prepared.task.name,
            "dataset": prepared.data.name,
            "dataset_origin": prepared.data.origin,
            "backend": self.backend.kind().to_string(),
            "device": self.backend.device(),
            "seed": config.seed,
            "commit": env!("THERMO_COMMIT"),
            "objective": config.stage.iter().map(|s| s.objective.name()).collect::<Vec<_>>().join(", "),
            "stages": stages,
            "computer": {
                "inputs": generator.classes(),
                "visible": prepared.shown.pixels,
                "hidden": config.hidden,
                "outputs": prepared.shown.pixels,
                "j2": config.j2,
                "j4": config.j4,
                "kt": config.kt,
                "mobility": config.mobility,
                "time_step": config.time_step,
                "observation_time": config.observation_time,
            },
            "parameters": {
                "total": parameters.total(),
                "acting": parameters.acting(),
                "blocks": parameters.blocks,
            },
            "seconds": {"training": training, "evaluation": started.elapsed().as_secs_f64()},
        });
        crate::summary::merge(&mut written, measured.summary());
        write_json(self.folder, file::SUMMARY, &written)?;
        let drawn = picture::figures(&generator, prepared, &measured, device)?;
        write_json(self.folder, file::FIGURES, &drawn)?;
        measured.print();
        for index in 0..config.stage.len() {
            let _ = std::fs::remove_file(self.folder.path(&format!("stage-{index}.safetensors")));
        }
        Ok(())
    }
}

impl GenerateTraining<'_> {
    fn stage<B: LangevinBackend>(
        &self,
        job: &GenerativeJob<'_>,
        index: usize,
        computer: Computer<B>,
        metrics: &mut Metrics,
        device: &B::Device,
    ) -> Result<(Computer<B>, Value)> {
        type A<B> = Autodiff<B>;
        let (config, stage) = (job.config, &job.config.stage[index]);
        let started = Instant::now();
        if stage.objective == StageObjective::Exact {
            let bar = progress::bar("moments", stage.steps);
            let (minimum, action) = job.exact_minimum::<B>(stage, device, |done| bar.set_position(done as u64))?;
            bar.finish_and_clear();
            let seconds = started.elapsed().as_secs_f64();
            let (condition, iterations) = (minimum.condition, minimum.iterations);
            tracing::info!(
                "stage {index}: exact minimum, action {action:.4e}, condition number {condition:.1e}, {iterations} iterations, {seconds:.1} s"
            );
            metrics.write(&json!({"phase": format!("stage {index}: exact"), "step": 1, "action": action, "seconds": seconds}))?;
            let found = json!({
                "objective": stage.objective, "ridge": stage.ridge, "action": action, "condition_number": condition,
                "iterations": iterations, "seconds": seconds,
            });
            return Ok((computer.with_parameters(&minimum.values.values)?, found));
        }
        let mut fresh = job.generator::<A<B>>(device).computer.with_parameters(&computer.parameters().values)?;
        if index == 0 && stage.objective != StageObjective::ReversedAction {
            fresh = small_random(fresh, config.seed)?;
        }
        let descent = Descent { job: self, index, stage, metrics };
        let (trained, seconds, last) = match stage.objective {
            StageObjective::ReversedAction | StageObjective::Exact => {
                descent.minimise::<A<B>>(fresh, &job.reversed_action::<A<B>>(stage, device)?)?
            }
            StageObjective::Contrastive => {
                descent.minimise::<A<B>>(fresh, &job.contrastive::<A<B>>(stage, device)?)?
            }
            StageObjective::EnergyDistance => {
                let mut views: Vec<Box<dyn View<A<B>>>> = Vec::new();
                if stage.state_weight > 0.0 {
                    views.push(Box::new(States(stage.state_weight)));
                }
                let mut extra = 0.0;
                if stage.feature_weight > 0.0 {
                    for kind in JudgeKind::GUIDES {
                        let guide = judge_of::<A<B>>(kind, self.prepared, self.folder.folder(), device)?;
                        let guide = tasks::generative::with_autodiff::<A<B>>(&guide);
                        views.push(Box::new(ReadOutFeatures {
                            gain: config.gain,
                            network: move |pixels| guide.features(pixels),
                            weight: stage.feature_weight,
                            backend: PhantomData,
                        }));
                    }
                    extra = started.elapsed().as_secs_f64();
                }
                let (trained, seconds, last) =
                    descent.minimise::<A<B>>(fresh, &job.energy_distance::<A<B>>(stage, views, device)?)?;
                (trained, seconds + extra, last)
            }
        };
        tracing::info!("stage {index}: {}, {} steps, {seconds:.0} s", stage.objective.name(), stage.steps);
        Ok((
            trained,
            json!({"objective": stage.objective, "steps": stage.steps, "last": last, "seconds": seconds}),
        ))
    }
}

/// One stage by descent.
struct Descent<'a> {
    job: &'a GenerateTraining<'a>,
    index: usize,
    stage: &'a Stage,
    metrics: &'a mut Metrics,
}

impl Descent<'_> {
    /// The trained computer, seconds, and the objective at the end.
    fn minimise<B: AutodiffBackend>(
        self,
        fresh: Computer<B>,
        objective: &impl Objective<B, Computer<B>>,
    ) -> Result<(Computer<B::InnerBackend>, f64, f64)>
    where
        B::InnerBackend: LangevinBackend,
    {
        let checkpoint = Checkpoint { path: self.job.folder.path(file::COMPUTER_CHECKPOINT), every: 100 };
        let mut watch = Watch {
            phase: format!("stage {}: {}", self.index, self.stage.objective.name()),
            quantity: objective.quantity(),
            bar: progress::bar(self.stage.objective.name(), self.stage.steps),
            metrics: self.metrics,
            started: Instant::now(),
            before: 0.0,
            last: f64::NAN,
        };
        let trained = train(fresh, objective, &self.stage.training(), Some(&checkpoint), &mut watch)?;
        watch.bar.finish_and_clear();
        Ok((trained.valid(), watch.seconds(), watch.last))
    }
}

struct Watch<'a> {
    phase: String,
    quantity: &'static str,
    bar: ProgressBar,
    metrics: &'a mut Metrics,
    started: Instant,
    before: f64,
    last: f64,
}

impl Watch<'_> {
    fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }
}

impl<M> Observer<M> for Watch<'_> {
    fn start(&mut self, taken: usize) -> Result<(), LearningError> {
        let stopped = |e: anyhow::Error| LearningError::Stopped(format!("{e:#}"));
        self.before = self.metrics.rewind(&self.phase, taken).map_err(stopped)?;
        self.started = Instant::now();
        if taken > 0 {
            tracing::info!("{}: going on from step {taken}", self.phase);
        }
        Ok(())
    }

    fn after_step(&mut self, progress: Progress, _: &M) -> Result<(), LearningError> {
        self.bar.set_position(progress.step as u64);
        let Some(value) = progress.loss else { return Ok(()) };
        self.last = value;
        self.bar.set_message(format!("{} {value:.4}", self.quantity));
        let line = json!({
            "phase": self.phase,
            "step": progress.step,
            self.quantity: value,
            "learning_rate": progress.learning_rate,
            "seconds": self.seconds(),
        });
        self.metrics.write(&line).map_err(|e| LearningError::Stopped(format!("{e:#}")))
    }
}
