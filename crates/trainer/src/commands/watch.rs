//! What watches a training: progress bar, metrics, validation, time.

use crate::metrics::Metrics;
use crate::progress;
use burn::module::AutodiffModule;
use burn::tensor::backend::{AutodiffBackend, Backend};
use indicatif::ProgressBar;
use langevin::{Langevin, LangevinAutodiffBackend};
use learning::{LearningError, Observer, Progress, Teacher};
use serde_json::json;
use std::time::Instant;
use tasks::data::Images;
use tasks::{Classifier, EvaluationOptions, JobConfig, PixelScaling, evaluate, teacher_top1};

/// What both phases watch: bar, metrics, time.
pub(super) struct Watch<'a> {
    phase: &'static str,
    quantity: &'static str,
    bar: ProgressBar,
    metrics: &'a mut Metrics,
    started: Instant,
    seconds_before: f64,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        phase: &'static str,
        quantity: &'static str,
        steps: usize,
        metrics: &'a mut Metrics,
    ) -> Self {
        let bar = progress::bar(phase, steps);
        Self { phase, quantity, bar, metrics, started: Instant::now(), seconds_before: 0.0 }
    }

    fn start(&mut self, taken: usize) -> Result<(), LearningError> {
        self.seconds_before = self.metrics.rewind(self.phase, taken).map_err(|e| stopped(&e))?;
        self.started = Instant::now();
        if taken > 0 {
            tracing::info!("{}: going on from step {taken}", self.phase);
        }
        Ok(())
    }

    fn seconds(&self) -> f64 {
        self.seconds_before + self.started.elapsed().as_secs_f64()
    }

    /// Writes a line of metrics.
    fn write(
        &mut self,
        progress: Progress,
        loss: f64,
        top1: Option<f64>,
        epoch: Option<usize>,
    ) -> Result<(), LearningError> {
        let mut line = json!({
            "phase": self.phase,
            "step": progress.step,
            self.quantity: loss,
            "learning_rate": progress.learning_rate,
            "seconds": self.seconds(),
        });
        if let Some(top1) = top1 {
            line["validation_top1"] = top1.into();
            self.bar.set_message(format!("{} {loss:.4}, validation {:.2} %", self.quantity, 100.0 * top1));
        }
        if let Some(epoch) = epoch {
            line["epoch"] = epoch.into();
        }
        self.metrics.write(&line).map_err(|e| stopped(&e))
    }

    /// Ends the bar; the seconds that the phase took, interruptions left out.
    pub(super) fn finish(&self) -> f64 {
        self.bar.finish_and_clear();
        self.seconds()
    }
}

fn stopped(error: &anyhow::Error) -> LearningError {
    LearningError::Stopped(format!("{error:#}"))
}

pub(super) struct TeacherWatch<'a, B: Backend> {
    pub(super) watch: Watch<'a>,
    pub(super) per_epoch: usize,
    pub(super) task: Classifier<B>,
    pub(super) validation: &'a Images,
    pub(super) batch: usize,
    pub(super) device: B::Device,
}

impl<B: AutodiffBackend> Observer<Teacher<B>> for TeacherWatch<'_, B::InnerBackend> {
    fn start(&mut self, steps_taken: usize) -> Result<(), LearningError> {
        self.watch.start(steps_taken)
    }

    fn after_step(&mut self, progress: Progress, model: &Teacher<B>) -> Result<(), LearningError> {
        self.watch.bar.set_position(progress.step as u64);
        let Some(loss) = progress.loss else { return Ok(()) };
        let top1 = teacher_top1(&model.valid(), &self.task, self.validation, self.batch, &self.device);
        self.watch.write(progress, loss, Some(top1), Some(progress.step / self.per_epoch))
    }
}

pub(super) struct ComputerWatch<'a, B: Backend> {
    pub(super) watch: Watch<'a>,
    pub(super) validation: &'a Images,
    pub(super) scaling: PixelScaling,
    pub(super) langevin: Langevin,
    pub(super) config: &'a JobConfig,
    pub(super) device: B::Device,
}

impl<B: LangevinAutodiffBackend> Observer<Classifier<B>> for ComputerWatch<'_, B::InnerBackend> {
    fn start(&mut self, steps_taken: usize) -> Result<(), LearningError> {
        self.watch.start(steps_taken)
    }

    fn after_step(&mut self, progress: Progress, model: &Classifier<B>) -> Result<(), LearningError> {
        self.watch.bar.set_position(progress.step as u64);
        let Some(action) = progress.loss else { return Ok(()) };
        let due =
            progress.step.is_multiple_of(self.config.training.validate_every) || progress.step == progress.steps;
        let mut top1 = None;
        if due {
            let options = EvaluationOptions {
                replicas: 1,
                batch: self.config.evaluation.batch,
                seed: self.config.seed,
                zero_temperature: false,
            };
            let classifier = Classifier::new(model.valid().computer, self.scaling);
            let seen = evaluate(&classifier, self.validation, &self.langevin, options, &self.device, |_, _| ());
            top1 = Some(seen.map_err(|e| LearningError::Stopped(e.to_string()))?.top1);
        }
        self.watch.write(progress, action, top1, None)
    }
}
