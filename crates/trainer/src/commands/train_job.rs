//! The training itself, on whichever backend: teacher, computer, evaluation, run folder.

use super::watch::{ComputerWatch, TeacherWatch, Watch};
use crate::backend::{Job, OpenBackend};
use crate::metrics::Metrics;
use crate::output::percent;
use crate::progress;
use crate::run_folder::{PartialRun, file};
use crate::{dataset, summary};
use anyhow::{Context, Result};
use burn::module::AutodiffModule;
use burn::tensor::backend::Backend;
use burn_autodiff::Autodiff;
use langevin::{Computer, LangevinBackend};
use learning::{Checkpoint, Random, Teacher, load_module, save_module, train};
use serde_json::{Value, json};
use std::time::Instant;
use tasks::data::{DataSet, Images};
use tasks::{
    Classification, Classifier, EnergyAccount, Evaluation, EvaluationOptions, JobConfig, ObjectiveKind,
    PixelScaling, Start, TaskEntry, computer_objective, evaluate, exact_minimum, figures, pathwise_objective,
    teacher_objective, teacher_top1,
};

/// Everything a training needs, all checked.
pub(crate) struct TrainJob<'a> {
    pub(crate) task: &'static TaskEntry,
    pub(crate) config: &'a JobConfig,
    pub(crate) data: &'a DataSet,
    pub(crate) folder: &'a PartialRun,
    pub(crate) backend: &'a OpenBackend,
}

/// A trained module, its accuracy on the validation images, and the seconds it took.
struct Trained<M> {
    module: M,
    validation: f64,
    seconds: f64,
    /// What the summary says of the exact minimiser, if it ran.
    found: Value,
}

impl Job for TrainJob<'_> {
    type Output = ();

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<()> {
        let (train_images, validation) = dataset::split(self.data, self.config);
        let job = Classification { config: self.config, train: &train_images, classes: self.data.classes };
        let mut metrics = Metrics::open(&self.folder.path(file::METRICS))?;
        let teacher = self.train_teacher::<B>(&job, &validation, &mut metrics, device)?;
        tracing::info!(
            "teacher: {} of the validation images right, {:.0} s",
            percent(teacher.validation, None),
            teacher.seconds
        );
        let computer = self.train_computer::<B>(&job, &teacher.module, &validation, &mut metrics, device)?;
        tracing::info!(
            "computer: {} of the validation images right on one trajectory, {:.0} s",
            percent(computer.validation, Some(tasks::accuracy_stderr(computer.validation, validation.len()))),
            computer.seconds
        );
        self.test(&teacher, computer, device)
    }
}

impl TrainJob<'_> {
    /// How pixels become inputs on a split.
    fn scaling(&self, own: &Images) -> PixelScaling {
        PixelScaling::of(&self.data.train, own, self.config.input_norm)
    }

    fn options(&self) -> EvaluationOptions {
        EvaluationOptions {
            replicas: self.config.evaluation.replicas,
            batch: self.config.evaluation.batch,
            seed: self.config.seed,
            zero_temperature: true,
        }
    }

    /// Trains the teacher, or loads it if an interrupted run had finished it.
    fn train_teacher<B: LangevinBackend>(
        &self,
        job: &Classification<'_>,
        validation: &Images,
        metrics: &mut Metrics,
        device: &B::Device,
    ) -> Result<Trained<Teacher<B>>> {
        let config = self.config;
        let on_training = job.classifier::<B>(self.scaling(&self.data.train), device);
        let on_validation = job.classifier::<B>(self.scaling(validation), device);
        // Burn's initialisers draw from the backend's global generator; nothing else does.
        <Autodiff<B> as Backend>::seed(device, langevin::stream(config.seed, "teacher init"));
        let shape = config.teacher(self.data.train.pixel_count(), self.data.classes);
        let fresh: Teacher<Autodiff<B>> = shape.init(config.j2, config.j4, &config.langevin()?, device)?;
        let path = self.folder.path(file::TEACHER);
        let batch = config.evaluation.batch;
        let (teacher, seconds) = if path.exists() {
            (load_module(fresh.valid(), &path)?, metrics.rewind("teacher", usize::MAX)?)
        } else {
            let training = config.teacher_training(job.train.len());
            let objective = teacher_objective::<Autodiff<B>, _, _>(job, on_training, device);
            let checkpoint =
                Checkpoint { path: self.folder.path(file::TEACHER_CHECKPOINT), every: training.look_every };
            let mut watch = TeacherWatch {
                watch: Watch::new("teacher", "loss", training.steps, metrics),
                per_epoch: training.look_every,
                task: on_validation.clone(),
                validation,
                batch,
                device: device.clone(),
            };
            let teacher = train(fresh, &objective, &training, Some(&checkpoint), &mut watch)?.valid();
            save_module(&teacher, &path)?;
            (teacher, watch.watch.finish())
        };
        let seen = teacher_top1(&teacher, &on_validation, validation, batch, device);
        Ok(Trained { module: teacher, validation: seen, seconds, found: Value::Null })
    }

    /// Trains the computer by the objective of the configuration.
    fn train_computer<B: LangevinBackend>(
        &self,
        job: &Classification<'_>,
        teacher: &Teacher<B>,
        validation: &Images,
        metrics: &mut Metrics,
        device: &B::Device,
    ) -> Result<Trained<Computer<B>>> {
        let (config, langevin) = (self.config, self.config.langevin()?);
        let started = Instant::now();
        let mut untrained = job.classifier::<Autodiff<B>>(self.scaling(&self.data.train), device);
        let mut found = Value::Null;
        let exact = match config.objective {
            ObjectiveKind::Action => false,
            ObjectiveKind::Exact => true,
            ObjectiveKind::Pathwise => config.pathwise.start == Start::Exact,
        };
        if exact {
            let values;
            (values, found) = self.minimise(job, &untrained.valid(), teacher, device)?;
            untrained.computer = untrained.computer.with_parameters(&values)?;
        } else if config.objective == ObjectiveKind::Pathwise {
            untrained.computer = small_random(untrained.computer, config.seed)?;
        }
        let shown: Vec<usize> = (0..validation.len().min(config.training.validate_images)).collect();
        let shown = validation.subset(&shown);
        let quantity = if config.objective == ObjectiveKind::Action { "action" } else { "loss" };
        let mut watch = ComputerWatch {
            watch: Watch::new("computer", quantity, config.training.steps, metrics),
            validation: &shown,
            scaling: self.scaling(&shown),
            langevin,
            config,
            device: device.clone(),
        };
        let checkpoint = Checkpoint {
            path: self.folder.path(file::COMPUTER_CHECKPOINT),
            every: config.training.checkpoint_every,
        };
        let (task, training) = (untrained.valid(), config.computer_training());
        let before = started.elapsed().as_secs_f64();
        let trained = match config.objective {
            ObjectiveKind::Exact => untrained,
            ObjectiveKind::Action => {
                let objective = computer_objective::<Autodiff<B>, _, Classifier<Autodiff<B>>, _>(
                    job,
                    task,
                    teacher.clone(),
                    device,
                )?;
                train(untrained, &objective, &training, Some(&checkpoint), &mut watch)?
            }
            ObjectiveKind::Pathwise => {
                let objective =
                    pathwise_objective::<Autodiff<B>, _, Classifier<Autodiff<B>>, _>(job, task, device)?;
                train(untrained, &objective, &training, Some(&checkpoint), &mut watch)?
            }
        };
        let computer = trained.valid().computer;
        let seconds = before + watch.watch.finish();
        save_module(&computer, &self.folder.path(file::COMPUTER))?;
        let classifier = Classifier::new(computer.clone(), self.scaling(validation));
        let options = EvaluationOptions { replicas: 1, zero_temperature: false, ..self.options() };
        let seen = evaluate(&classifier, validation, &langevin, options, device, |_, _| ())?;
        Ok(Trained { module: computer, validation: seen.top1, seconds, found })
    }

    /// The exact minimum of the action: the program, and what the summary says of it.
    fn minimise<B: LangevinBackend>(
        &self,
        job: &Classification<'_>,
        task: &Classifier<B>,
        teacher: &Teacher<B>,
        device: &B::Device,
    ) -> Result<(Vec<f64>, Value)> {
        let started = Instant::now();
        let rounds = self.config.minimiser.rounds + 1;
        let bar = progress::bar("minimiser", rounds * job.train.len());
        let found = exact_minimum(job, task, teacher, device, |done, _| bar.set_position(done as u64))?;
        bar.finish_and_clear();
        let (minimum, seconds) = (&found.minimum, started.elapsed().as_secs_f64());
        tracing::info!(
            "exact minimum of the action: {:.4}, condition number {:.1e}, {} iterations, {seconds:.1} s",
            found.action,
            minimum.condition,
            minimum.iterations
        );
        let written = json!({
            "action": found.action,
            "ridge": self.config.minimiser.ridge,
            "rounds": self.config.minimiser.rounds,
            "condition_number": minimum.condition,
            "iterations": minimum.iterations,
            "unit_residuals": minimum.residuals,
            "seconds": seconds,
        });
        Ok((minimum.values.values.clone(), written))
    }

    /// Runs the computer on the test set, once, and writes summary and figures.
    fn test<B: LangevinBackend>(
        &self,
        teacher: &Trained<Teacher<B>>,
        computer: Trained<Computer<B>>,
        device: &B::Device,
    ) -> Result<()> {
        let (config, data) = (self.config, self.data);
        let (started, langevin, found) = (Instant::now(), config.langevin()?, computer.found);
        let classifier = Classifier::new(computer.module, self.scaling(&data.test));
        let options = self.options();
        let bar = progress::bar("evaluate", data.test.len() * (options.replicas + 1));
        let evaluation = evaluate(&classifier, &data.test, &langevin, options, device, |done, _| {
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        let teacher_test = teacher_top1(&teacher.module, &classifier, &data.test, options.batch, device);
        let names = class_names(config, data);
        let drawn = figures(&classifier, &data.test, names, &langevin, config.seed, &evaluation, device)?;

        let macs = config.teacher(data.train.pixel_count(), data.classes).macs();
        let energy = EnergyAccount::new(macs, config.energy, evaluation.heat_mean_kt);
        let mut written = self.summary(&classifier.computer, &evaluation, &energy);
        summary::merge(
            &mut written,
            json!({
                "teacher": {
                    "activation": config.teacher.activation,
                    "validation_top1": teacher.validation,
                    "test_top1": teacher_test,
                },
                "validation": {"images": dataset::split(data, config).1.len(), "top1": computer.validation},
                "seconds": {
                    "teacher": teacher.seconds,
                    "training": computer.seconds,
                    "evaluation": started.elapsed().as_secs_f64(),
                },
            }),
        );
        if !found.is_null() {
            summary::merge(&mut written, json!({ "minimiser": found }));
        }
        self.folder.write(file::SUMMARY, &(serde_json::to_string_pretty(&written)? + "\n"))?;
        self.folder.write(file::FIGURES, &serde_json::to_string(&drawn)?)?;
        let stderr = tasks::accuracy_stderr(teacher_test, data.test.len());
        crate::output::line(format!("{} test set: teacher {}", data.name, percent(teacher_test, Some(stderr))));
        summary::print(&evaluation, &energy);
        Ok(())
    }

    fn summary<B: LangevinBackend>(
        &self,
        computer: &Computer<B>,
        evaluation: &Evaluation,
        energy: &EnergyAccount,
    ) -> Value {
        let (config, data, parameters) = (self.config, self.data, computer.parameters());
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
                "total": parameters.total(),
                "acting": parameters.acting(),
                "blocks": parameters.blocks,
            },
            "advantage": energy.advantage(),
            "energy": energy,
        });
        summary::merge(&mut written, summary::evaluation(evaluation));
        written
    }
}

/// A program of small random numbers: at θ = 0 nothing would tell one hidden unit from another.
pub(super) fn small_random<B: Backend>(computer: Computer<B>, seed: u64) -> Result<Computer<B>> {
    let mut random = Random::new(seed, "computer init", 0);
    let parameters = computer.parameters();
    let values: Vec<f64> = (0..parameters.total())
        .map(|_| 0.05 * ((random.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0))
        .collect();
    Ok(computer.with_parameters(&values)?)
}

/// Names of the classes, for the report.
fn class_names(config: &JobConfig, data: &DataSet) -> Vec<String> {
    (0..data.classes)
        .map(|class| config.classes.get(class).map_or(class, |c| usize::from(*c)).to_string())
        .collect()
}

/// The classifier of a run folder, reading in by the statistics of `data`, its norm that of `own` if the run says so.
pub(crate) fn load_classifier<B: LangevinBackend>(
    run: &std::path::Path,
    config: &JobConfig,
    data: &DataSet,
    own: &Images,
    device: &B::Device,
) -> Result<Classifier<B>> {
    let shape = config.computer(data.train.rows, data.train.columns, data.classes);
    let computer = load_module(shape.init::<B>(device), &run.join(file::COMPUTER))
        .with_context(|| format!("run folder {}", run.display()))?;
    Ok(Classifier::new(computer, PixelScaling::of(&data.train, own, config.input_norm)))
}
