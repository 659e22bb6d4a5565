//! The training itself, on whichever backend.

use crate::backend::{Job, OpenBackend};
use crate::metrics::Metrics;
use crate::output::percent;
use crate::progress;
use crate::run_folder::{PartialRun, file};
use crate::{dataset, summary};
use anyhow::{Context, Result};
use burn::module::AutodiffModule;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn_autodiff::Autodiff;
use indicatif::ProgressBar;
use langevin::Langevin;
use learning::{Checkpoint, LearningError, Observer, Progress, Teacher, load_module, save_module, train};
use serde_json::json;
use std::time::Instant;
use tasks::data::{DataSet, Images};
use tasks::{
    Classification, Classifier, EnergyAccount, EvaluationOptions, InputNorm, JobConfig, PixelScaling, TaskEntry,
    computer_objective, evaluate, figures, teacher_objective, teacher_top1,
};

/// Everything a training needs, all checked.
pub(crate) struct TrainJob<'a> {
    pub(crate) task: &'static TaskEntry,
    pub(crate) config: &'a JobConfig,
    pub(crate) data: &'a DataSet,
    pub(crate) folder: &'a PartialRun,
    pub(crate) backend: &'a OpenBackend,
}

/// Seconds of each phase.
struct Seconds {
    teacher: f64,
    training: f64,
    evaluation: f64,
}

impl Job for TrainJob<'_> {
    type Output = ();

    fn run<B: Backend>(self, device: &B::Device) -> Result<()> {
        let Self { config, data, folder, .. } = self;
        let (train_images, validation) = dataset::split(data, config);
        let langevin = config.langevin()?;
        let job = Classification { config, train: &train_images, classes: data.classes };
        let scaling = |own: &Images| PixelScaling::of(&data.train, own, config.input_norm);
        let untrained = job.classifier::<Autodiff<B>>(scaling(&data.train), device);
        let validated = job.classifier::<Autodiff<B>>(scaling(&validation), device);
        let mut metrics = Metrics::open(&folder.path(file::METRICS))?;

        let (teacher, teacher_seconds) =
            self.train_teacher(&job, &untrained, &validated, &validation, &mut metrics, device)?;
        let teacher_validation =
            teacher_top1(&teacher, &validated.valid(), &validation, config.evaluation.batch, device);
        tracing::info!(
            "teacher: {} of the validation images right, {teacher_seconds:.0} s",
            percent(teacher_validation, None)
        );

        let (classifier, training_seconds) = {
            let objective = computer_objective::<Autodiff<B>, _, Classifier<Autodiff<B>>, _>(
                &job,
                untrained.valid(),
                teacher.clone(),
                device,
            )?;
            let shown =
                validation.subset(&(0..validation.len().min(config.training.validate_images)).collect::<Vec<_>>());
            let mut watch = ComputerWatch {
                watch: Watch::new("computer", "action", config.training.steps, &mut metrics),
                validation: &shown,
                scaling: scaling(&shown),
                langevin,
                config,
                device: device.clone(),
            };
            let checkpoint = Checkpoint {
                path: folder.path(file::COMPUTER_CHECKPOINT),
                every: config.training.checkpoint_every,
            };
            let trained =
                train(untrained, &objective, &config.computer_training(), Some(&checkpoint), &mut watch)?;
            (trained.valid(), watch.watch.finish())
        };
        save_module(&classifier.computer, &folder.path(file::COMPUTER))?;
        let options = EvaluationOptions {
            replicas: config.evaluation.replicas,
            batch: config.evaluation.batch,
            seed: config.seed,
            zero_temperature: true,
        };
        let computer = classifier.computer;
        let on_validation = evaluate(
            &Classifier::new(computer.clone(), scaling(&validation)),
            &validation,
            &langevin,
            EvaluationOptions { replicas: 1, ..options },
            device,
            |_, _| (),
        )?;
        tracing::info!(
            "computer: {} of the validation images right on one trajectory, {training_seconds:.0} s",
            percent(on_validation.top1, Some(on_validation.top1_stderr))
        );

        let started = Instant::now();
        let classifier = Classifier::new(computer, scaling(&data.test));
        let bar = progress::bar("evaluate", data.test.len() * (options.replicas + 1));
        let evaluation = evaluate(&classifier, &data.test, &langevin, options, device, |done, _| {
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        let teacher_test = teacher_top1(&teacher, &classifier, &data.test, options.batch, device);
        let class_names = class_names(config, data);
        let drawn = figures(&classifier, &data.test, class_names, &langevin, config.seed, &evaluation, device)?;
        let seconds = Seconds {
            teacher: teacher_seconds,
            training: training_seconds,
            evaluation: started.elapsed().as_secs_f64(),
        };

        let macs = config.teacher(data.train.pixel_count(), data.classes).macs();
        let energy = EnergyAccount::new(macs, config.energy, evaluation.heat_mean_kt);
        let parameters = classifier.computer.parameters();
        let mut written = json!({
            "task": self.task.name,
            "dataset": data.name,
            "dataset_origin": data.origin,
            "backend": self.backend.kind().to_string(),
            "device": self.backend.device(),
            "seed": config.seed,
            "commit": env!("THERMO_COMMIT"),
            "objective": config.objective,
            "computer": summary::computer(config, data.train.pixel_count(), data.classes),
            "parameters": {
                "total": parameters.total(), "acting": parameters.acting(), "blocks": parameters.blocks,
            },
            "teacher": {
                "activation": config.teacher.activation,
                "validation_top1": teacher_validation,
                "test_top1": teacher_test,
            },
            "validation": {"top1": on_validation.top1, "top1_stderr": on_validation.top1_stderr},
            "advantage": energy.advantage(),
            "energy": energy,
            "seconds": {
                "teacher": seconds.teacher, "training": seconds.training, "evaluation": seconds.evaluation,
            },
        });
        summary::merge(&mut written, summary::evaluation(&evaluation));
        folder.write(file::SUMMARY, &(serde_json::to_string_pretty(&written)? + "\n"))?;
        folder.write(file::FIGURES, &serde_json::to_string(&drawn)?)?;
        crate::output::line(format!(
            "{} test set: teacher {}",
            data.name,
            percent(teacher_test, Some(tasks::accuracy_stderr(teacher_test, data.test.len())))
        ));
        summary::print(&evaluation, &energy);
        Ok(())
    }
}

/// Names of the classes, for the report.
pub(crate) fn class_names(config: &JobConfig, data: &DataSet) -> Vec<String> {
    (0..data.classes)
        .map(|class| config.classes.get(class).map_or(class, |c| usize::from(*c)).to_string())
        .collect()
}

impl TrainJob<'_> {
    /// Trains the teacher, or loads it if an interrupted run had finished it.
    fn train_teacher<B: Backend>(
        &self,
        job: &Classification<'_>,
        task: &Classifier<Autodiff<B>>,
        validated: &Classifier<Autodiff<B>>,
        validation: &Images,
        metrics: &mut Metrics,
        device: &B::Device,
    ) -> Result<(Teacher<B>, f64)> {
        let config = self.config;
        // Burn's initialisers draw from the backend's global generator; so does nothing else.
        <Autodiff<B> as Backend>::seed(device, langevin::stream(config.seed, "teacher init"));
        let shape = config.teacher(self.data.train.pixel_count(), self.data.classes);
        let fresh: Teacher<Autodiff<B>> = shape.init(config.j2, config.j4, &config.langevin()?, device)?;
        let path = self.folder.path(file::TEACHER);
        if path.exists() {
            let seconds = metrics.rewind("teacher", usize::MAX)?;
            return Ok((load_module(fresh.valid(), &path)?, seconds));
        }
        let training = config.teacher_training(job.train.len());
        let objective = teacher_objective::<Autodiff<B>, _, _>(job, task.valid(), device);
        let checkpoint =
            Checkpoint { path: self.folder.path(file::TEACHER_CHECKPOINT), every: training.look_every };
        let mut watch = TeacherWatch {
            watch: Watch::new("teacher", "loss", training.steps, metrics),
            per_epoch: training.look_every,
            task: validated.valid(),
            validation,
            batch: config.evaluation.batch,
            device: device.clone(),
        };
        let teacher = train(fresh, &objective, &training, Some(&checkpoint), &mut watch)?.valid();
        let seconds = watch.watch.finish();
        save_module(&teacher, &path)?;
        Ok((teacher, seconds))
    }
}

/// What both phases watch: bar, metrics, time.
struct Watch<'a> {
    phase: &'static str,
    quantity: &'static str,
    bar: ProgressBar,
    metrics: &'a mut Metrics,
    started: Instant,
    seconds_before: f64,
}

impl<'a> Watch<'a> {
    fn new(phase: &'static str, quantity: &'static str, steps: usize, metrics: &'a mut Metrics) -> Self {
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
    fn finish(&self) -> f64 {
        self.bar.finish_and_clear();
        self.seconds()
    }
}

fn stopped(error: &anyhow::Error) -> LearningError {
    LearningError::Stopped(format!("{error:#}"))
}

struct TeacherWatch<'a, B: Backend> {
    watch: Watch<'a>,
    per_epoch: usize,
    task: Classifier<B>,
    validation: &'a Images,
    batch: usize,
    device: B::Device,
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

struct ComputerWatch<'a, B: Backend> {
    watch: Watch<'a>,
    validation: &'a Images,
    scaling: PixelScaling,
    langevin: Langevin,
    config: &'a JobConfig,
    device: B::Device,
}

impl<B: AutodiffBackend> Observer<Classifier<B>> for ComputerWatch<'_, B::InnerBackend> {
    fn start(&mut self, steps_taken: usize) -> Result<(), LearningError> {
        self.watch.start(steps_taken)
    }

    fn after_step(&mut self, progress: Progress, model: &Classifier<B>) -> Result<(), LearningError> {
        self.watch.bar.set_position(progress.step as u64);
        let Some(action) = progress.loss else { return Ok(()) };
        let due = progress.step % self.config.training.validate_every == 0 || progress.step == progress.steps;
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

/// The classifier of a run folder, reading in by the statistics of `data`, its norm that of `own` if the run says so.
pub(crate) fn load_classifier<B: Backend>(
    run: &std::path::Path,
    config: &JobConfig,
    data: &DataSet,
    own: &Images,
    device: &B::Device,
) -> Result<Classifier<B>> {
    let shape = config.computer(data.train.rows, data.train.columns, data.classes);
    let computer = load_module(shape.init::<B>(device), &run.join(file::COMPUTER))
        .with_context(|| format!("run folder {}", run.display()))?;
    let norm: InputNorm = config.input_norm;
    Ok(Classifier::new(computer, PixelScaling::of(&data.train, own, norm)))
}
