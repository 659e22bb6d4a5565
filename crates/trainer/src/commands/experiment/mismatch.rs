//! `trainer experiment mismatch`: what a device that is not quite as told costs, and what wins it back.

use super::results::{number, summary};
use super::{Training, work};
use crate::backend::Job;
use crate::cli::ExperimentArgs;
use crate::commands::train_job::load_classifier;
use crate::run_folder::{self, file, write_whole};
use crate::{dataset, progress};
use anyhow::{Context, Result};
use burn::tensor::{ElementConversion, Int, Tensor};
use langevin::{
    Bath, Computer, CounterNoise, EulerMaruyama, Langevin, LangevinBackend, LangevinError, replica_id, stream,
};
use learning::{DeviceModel, LearningError, Random, classification_loss};
use serde_json::json;
use std::path::Path;
use tasks::data::Images;
use tasks::{Classifier, EvaluationOptions, GeneticSettings, JobConfig, TaskExamples, evaluate};

/// Relative errors of couplings, biases, J2 and J4.
const LEVELS: [f64; 6] = [0.0, 0.05, 0.1, 0.2, 0.4, 0.8];

const METHODS: [&str; 3] = ["no retraining", "genetic algorithm on the device", "noise-aware training"];

/// The programs: one trained at each level of errors; that of the level 0 knows of none.
pub(super) fn trainings(arguments: &ExperimentArgs, out: &Path) -> Vec<Training> {
    let mut trainings = Vec::new();
    for (index, level) in LEVELS.iter().enumerate() {
        for seed in 1..=arguments.seeds {
            let mut settings = vec![format!("pathwise.mismatch={level:?}"), "training.steps=3000".to_owned()];
            if *level > 0.5 {
                // The quartic wells of some units are ten times as steep as told, too steep for the preset's.
                settings.push("pathwise.time_step=2e-3".to_owned());
            }
            settings.extend(arguments.settings.iter().cloned());
            trainings.push(Training {
                point: index,
                seed,
                task: "mnist-pathwise",
                settings,
                folder: out.join("points").join(format!("aware-{level}-seed-{seed}")),
                teacher: Some(out.join("teachers").join(format!("mnist--seed-{seed}"))),
            });
        }
    }
    trainings
}

pub(super) fn run(arguments: &ExperimentArgs, trainings: &[Training], out: &Path) -> Result<report::Experiment> {
    work(arguments, "teachers", &super::teachers(trainings))?;
    work(arguments, "programs", trainings)?;

    let backend = arguments.common.backend.open()?;
    let bar = progress::bar("devices", LEVELS.len() * METHODS.len() * arguments.seeds as usize);
    let mut rows = Vec::new();
    let mut csv = vec!["mismatch,method,seed,test_top1,heat_kt".to_owned()];
    for (index, level) in LEVELS.iter().enumerate() {
        for method in METHODS {
            let (mut top1, mut heat) = (Vec::new(), Vec::new());
            for seed in 1..=arguments.seeds {
                let aware = method == METHODS[2];
                // Without errors all three are the same program.
                let trained_at = if aware { index } else { 0 };
                let at = |point| trainings.iter().find(|t| t.point == point && t.seed == seed);
                let (Some(training), Some(here)) = (at(trained_at).filter(|t| summary(t).is_some()), at(index))
                else {
                    continue;
                };
                let cache =
                    out.join("devices").join(format!("{level}-{}-seed-{seed}.json", method.replace(' ', "-")));
                let found = match std::fs::read_to_string(&cache).ok().and_then(|t| serde_json::from_str(&t).ok())
                {
                    Some(found) => found,
                    None => {
                        let job = DeviceJob {
                            run: &training.folder,
                            settings: &here.settings,
                            arguments,
                            level: *level,
                            retrain: method == METHODS[1] && *level > 0.0,
                            device: seed,
                        };
                        // A device whose dynamics diverges is a row of the table, not the end.
                        let (top1, heat) = match backend.run(job) {
                            Ok(found) => found,
                            Err(error) => {
                                tracing::warn!("mismatch {level}, {method}, seed {seed}: {error:#}");
                                continue;
                            }
                        };
                        let found = json!({"test": {"top1": top1}, "heat": {"mean_kt": heat}});
                        std::fs::create_dir_all(out.join("devices"))
                            .context("cannot make the folder of devices")?;
                        write_whole(&cache, found.to_string().as_bytes())?;
                        found
                    }
                };
                let measured = (number(&found, "/test/top1"), number(&found, "/heat/mean_kt"));
                csv.push(format!("{level},{method},{seed},{},{}", measured.0, measured.1));
                top1.push(measured.0);
                heat.push(measured.1);
                bar.inc(1);
            }
            let failed = arguments.seeds as usize - top1.len();
            rows.push(report::ExperimentRow {
                labels: vec![level.to_string(), method.to_owned()],
                x: level.max(0.01),
                top1: report::Spread::of(&top1),
                top1_mean: report::Spread::of(&[]),
                heat: report::Spread::of(&heat),
                seconds: report::Spread::of(&[]),
                action: report::Spread::of(&[]),
                rate: report::Spread::of(&[]),
                failed,
            });
        }
    }
    bar.finish_and_clear();
    let configured = trainings.iter().find_map(|t| t.configuration().ok());
    let genetic = configured.map_or_else(GeneticSettings::default, |config| config.genetic);
    write_whole(&out.join("experiment.csv"), (csv.join("\n") + "\n").as_bytes())?;
    Ok(report::Experiment {
        title: "A device with errors in every coupling, bias and self-interaction".to_owned(),
        note: format!(
            "Relative error of each coupling and bias, and spread of J2 and J4 over the units, fixed for a device. The program is pathwise-trained (3,000 steps); the genetic \
             algorithm ({} programs, {} generations, {} training images each; at the end its elite and the program it began with are \
             compared on the validation split) sees the device alone; noise-aware \
             training sees another random device at every step, never the one it is tested on. Both train at the preset's time step, at a mismatch of 0.8 \
             at 2e-3; the evaluation has the computer's own. A mismatch of 0 is drawn at 0.01.",
            genetic.population, genetic.generations, genetic.images
        ),
        command: super::command(arguments),
        columns: vec!["mismatch".to_owned(), "method".to_owned()],
        series: Some(1),
        x_label: "relative error of each parameter".to_owned(),
        reference: None,
        rows,
    })
}

/// A program on one device: retrained there or not, then evaluated on the test set.
struct DeviceJob<'a> {
    run: &'a Path,
    /// Those of the trainings at this level of errors.
    settings: &'a [String],
    arguments: &'a ExperimentArgs,
    level: f64,
    retrain: bool,
    device: u64,
}

impl Job for DeviceJob<'_> {
    type Output = (f64, f64);

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<(f64, f64)> {
        let text = run_folder::read(self.run, file::CONFIG)?;
        let config = JobConfig::parse(&text, &self.run.join(file::CONFIG).display().to_string(), self.settings)?;
        let (_, data) = dataset::data_of_run(&config, &self.arguments.common)?;
        let model = DeviceModel::relative(self.level);
        let (train, validation) = dataset::split(&data, &config);
        let classifier = load_classifier::<B>(self.run, &config, &data, &train, device)?;
        let mut program = classifier.computer.parameters().values;
        if self.retrain {
            let examples = [&train, &validation];
            program = self.evolve(&classifier, &config, examples, &model, program, device)?;
        }
        let tested = load_classifier::<B>(self.run, &config, &data, &data.test, device)?;
        let computer = self.on_device(&tested.computer, &model, &program, [config.j2, config.j4])?;
        let on_device = Classifier::new(computer, tested.scaling());
        let options = EvaluationOptions {
            replicas: 1,
            batch: config.evaluation.batch,
            seed: config.seed,
            zero_temperature: false,
        };
        let seen = evaluate(&on_device, &data.test, &config.langevin()?, options, device, |_, _| ())?;
        Ok((seen.top1, seen.heat_mean_kt))
    }
}

/// The examples that a generation is measured on.
struct Fitness<B: LangevinBackend> {
    generation: usize,
    inputs: Tensor<B, 2>,
    labels: Tensor<B, 1, Int>,
}

impl DeviceJob<'_> {
    /// The computer that a program makes on the device.
    fn on_device<B: LangevinBackend>(
        &self,
        computer: &Computer<B>,
        model: &DeviceModel,
        program: &[f64],
        well: [f64; 2],
    ) -> Result<Computer<B>, LangevinError> {
        let units = computer.layout().moving();
        let computer = computer.clone().with_parameters(&model.realise(program, self.device))?;
        Ok(computer.with_wells(model.wells(well, units, self.device)))
    }

    /// The genetic algorithm: it sees losses of programs on the device, and nothing of the device's errors. The
    /// generations are measured on a few training images each, the last comparison on all validation images.
    fn evolve<B: LangevinBackend>(
        &self,
        classifier: &Classifier<B>,
        config: &JobConfig,
        [train, validation]: [&Images; 2],
        model: &DeviceModel,
        program: Vec<f64>,
        device: &B::Device,
    ) -> Result<Vec<f64>> {
        let bath: Bath = config.langevin()?.dynamics.bath;
        let langevin =
            Langevin::new(EulerMaruyama::new(bath, config.pathwise.time_step)?, config.observation_time)?;
        let size = (program.iter().map(|v| v * v).sum::<f64>() / program.len() as f64).sqrt();
        let scale: Vec<f64> = program.iter().map(|v| v.abs().max(0.1 * size)).collect();
        let (settings, gain) = (config.genetic, config.pathwise.gain);
        let seed = stream(config.seed, "genetic algorithm");
        let failed = |e: langevin::LangevinError| LearningError::Langevin(e);
        let mut batch: Option<Fitness<B>> = None;
        Ok(settings.algorithm().minimise(&program, &scale, seed, |program, generation| {
            let drawn = batch.take().filter(|drawn| drawn.generation == generation).unwrap_or_else(|| {
                let mut random = Random::new(seed, "images", generation as u64);
                let (examples, indices): (&Images, Vec<usize>) = if generation == settings.generations {
                    (validation, (0..validation.labels.len()).collect())
                } else {
                    let n = train.labels.len();
                    (train, (0..settings.images.min(n)).map(|_| random.below(n)).collect())
                };
                let source = TaskExamples { task: classifier.clone(), examples, device: device.clone() };
                let inputs = learning::ExampleSource::<B>::inputs(&source, &indices);
                let labels: Vec<i64> = indices.iter().map(|i| i64::from(examples.labels[*i])).collect();
                let labels = Tensor::from_data(labels.as_slice(), device);
                Fitness { generation, inputs, labels }
            });
            let computer =
                self.on_device(&classifier.computer, model, program, [config.j2, config.j4]).map_err(failed)?;
            let landscape = computer.landscape(drawn.inputs.clone()).map_err(failed)?;
            let noise = CounterNoise::new(seed, (0..drawn.labels.dims()[0]).map(|i| replica_id(i, generation)));
            let rest = Tensor::zeros(landscape.dims(), device);
            let loss = match langevin.end(&landscape, rest, &noise) {
                Ok(end) => {
                    let loss = classification_loss(classifier, end, drawn.labels.clone(), gain);
                    loss.into_scalar().elem::<f64>()
                }
                // A program under which the device diverges has no children.
                Err(LangevinError::Diverged { .. }) => f64::INFINITY,
                Err(error) => return Err(failed(error)),
            };
            batch = Some(drawn);
            Ok(loss)
        })?)
    }
}
