//! A phase of training by descent, watched.

use crate::{TaskError, Watch};
use burn::module::AutodiffModule;
use burn::tensor::backend::AutodiffBackend;
use langevin::LangevinError;
use learning::{Checkpoint, LearningError, Objective, Observer, Progress, Team, TrainingConfig, train_in};
use runs::{Metric, file};
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// What is trained, for watchers and errors.
pub(crate) struct Phase<'a> {
    /// Name of the phase.
    pub(crate) name: &'a str,
    /// Section of the configuration with its learning rate.
    pub(crate) section: &'a str,
    /// Settings beside the learning rate that may make it diverge, as a list ending in `or `; or nothing.
    pub(crate) suspects: &'a str,
    /// Setting of the time step of the dynamics that it runs, after what else may make the program it starts from diverge.
    pub(crate) time_step: &'a str,
    /// Training steps of an epoch, where epochs are counted.
    pub(crate) per_epoch: Option<usize>,
    /// Who trains it.
    pub(crate) team: &'a dyn Team,
}

/// A trained model.
pub(crate) struct Descended<M> {
    pub(crate) model: M,
    /// Seconds it took, interruptions left out.
    pub(crate) seconds: f64,
    /// The objective at the last look.
    pub(crate) last: Option<f64>,
}

struct Looking<'a, F> {
    phase: &'a Phase<'a>,
    quantity: &'static str,
    total: usize,
    watch: &'a mut dyn Watch,
    look: F,
    started: Instant,
    before: f64,
    progress: Option<Progress>,
    last: Option<f64>,
    failure: Option<TaskError>,
}

impl<F> Looking<'_, F> {
    /// Stops the training; the error itself is kept.
    fn stop(&mut self, error: impl Into<TaskError>) -> LearningError {
        let error = error.into();
        let text = error.to_string();
        self.failure = Some(error);
        LearningError::Stopped(text)
    }

    fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }
}

impl<M, F: FnMut(Progress, &M) -> Result<Option<f64>, TaskError>> Observer<M> for Looking<'_, F> {
    fn start(&mut self, taken: usize) -> Result<(), LearningError> {
        self.before = self.watch.begin(self.phase.name, self.total, taken).map_err(|e| self.stop(e))?;
        self.started = Instant::now();
        if taken > 0 {
            self.watch.tell(&format!("{}: going on from step {taken}", self.phase.name));
        }
        Ok(())
    }

    fn after_step(&mut self, progress: Progress, model: &M) -> Result<(), LearningError> {
        self.progress = Some(progress);
        self.watch.step(progress.step);
        let Some(value) = progress.loss else { return Ok(()) };
        self.last = Some(value);
        let validation_top1 = (self.look)(progress, model).map_err(|e| self.stop(e))?;
        let is_action = self.quantity == "action";
        let metric = Metric {
            phase: self.phase.name.to_owned(),
            step: progress.step,
            epoch: self.phase.per_epoch.map(|per_epoch| progress.step / per_epoch.max(1)),
            action: is_action.then_some(value),
            loss: (!is_action).then_some(value),
            learning_rate: Some(progress.learning_rate),
            seconds: Some(self.seconds()),
            validation_top1,
        };
        self.watch.metric(&metric).map_err(|e| self.stop(e))
    }
}

/// The checkpoint of a phase in a folder: of this configuration, of these data, and of what the folder's files `made_from` hold.
pub(crate) fn checkpoint_in(
    folder: &Path,
    name: &str,
    phase: &str,
    job: &impl Serialize,
    made_from: &[String],
    every: usize,
) -> Checkpoint {
    // A run folder's own configuration names its data, too.
    let config = std::fs::read(folder.join(file::CONFIG));
    let mut all = config.unwrap_or_else(|_| toml::to_string(job).unwrap_or_default().into_bytes());
    all.extend(phase.as_bytes());
    for name in made_from {
        all.extend(runs::digest(&std::fs::read(folder.join(name)).unwrap_or_default()).as_bytes());
    }
    Checkpoint { path: folder.join(name), every, of: runs::digest(&all) }
}

/// Minimises an objective from `model`, or from the checkpoint if there is one. `look` is called with every look at the
/// objective, and may give a validation accuracy.
pub(crate) fn descend<B, M>(
    phase: &Phase<'_>,
    model: M,
    objective: &impl Objective<B, M>,
    training: &TrainingConfig,
    checkpoint: Option<&Checkpoint>,
    watch: &mut dyn Watch,
    look: impl FnMut(Progress, &M) -> Result<Option<f64>, TaskError>,
) -> Result<Descended<M>, TaskError>
where
    B: AutodiffBackend,
    M: AutodiffModule<B>,
{
    let quantity = objective.quantity();
    let mut looking = Looking {
        phase,
        quantity,
        total: training.steps,
        watch,
        look,
        started: Instant::now(),
        before: 0.0,
        progress: None,
        last: None,
        failure: None,
    };
    let trained = train_in(phase.team, model, objective, training, checkpoint, &mut looking);
    looking.watch.end();
    match trained {
        Ok(model) => Ok(Descended { model, seconds: looking.seconds(), last: looking.last }),
        Err(error) => {
            let taken = looking.progress.map(|p| (p.step, p.learning_rate));
            Err(blamed(looking.failure.take().unwrap_or_else(|| error.into()), phase, taken))
        }
    }
}

/// A divergence is blamed on the settings of its own phase. (At its first step it is the program that the training began with.)
pub(crate) fn blamed(error: TaskError, phase: &Phase<'_>, taken: Option<(usize, f64)>) -> TaskError {
    let reached = |unit: &usize, value: &f64| format!("unit {unit} of the computer reached {value:e}");
    let (what, rate) = match (&error, taken) {
        (TaskError::Learning(LearningError::Diverged { quantity, value, step, learning_rate }), _) => {
            (format!("training diverged: {quantity} is {value} at step {step}"), *learning_rate)
        }
        (
            TaskError::Learning(LearningError::Langevin(LangevinError::Diverged { unit, value, .. }))
            | TaskError::Langevin(LangevinError::Diverged { unit, value, .. }),
            Some((step, rate)),
        ) => (format!("training diverged after step {step}: {}", reached(unit, value)), rate),
        (
            TaskError::Learning(LearningError::Langevin(LangevinError::Diverged {
                unit, value, suggestion, ..
            }))
            | TaskError::Langevin(LangevinError::Diverged { unit, value, suggestion, .. }),
            None,
        ) => {
            let what = format!("the program that it starts from diverges: {}", reached(unit, value));
            let cure = format!("a smaller {} (try {suggestion:e})", phase.time_step);
            return TaskError::Diverged { phase: phase.name.to_owned(), what, cure };
        }
        _ => return error,
    };
    let Phase { name, section, suspects, .. } = phase;
    let cure = format!("a smaller {suspects}{section}.learning_rate (try {:e})", rate / 10.0);
    TaskError::Diverged { phase: (*name).to_owned(), what, cure }
}
