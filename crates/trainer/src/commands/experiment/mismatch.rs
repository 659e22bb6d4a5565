//! `trainer experiment mismatch`: what hardware that is not quite as told costs, and what wins it back.

use super::begin::Begun;
use super::grid::Grid;
use super::results::summary;
use super::training::{Training, apply, teachers};
use super::work::{not_interrupted, work};
use crate::backend::BackendJob;
use crate::cli::{DataArgs, ExperimentArgs};
use crate::job::data_of_run;
use crate::progress;
use anyhow::{Context, Result, bail, ensure};
use langevin::LangevinBackend;
use learning::HardwareModel;
use runs::{RunFolder, write_whole};
use serde::{Deserialize, Serialize};
use std::path::Path;
use tasks::{Classifier, GeneticSettings, Hardware, Job, load_computer};

const METHODS: [&str; 3] = ["no retraining", "genetic algorithm on the device", "noise-aware training"];

/// The settings of the command that are the genetic algorithm's, and the others.
fn genetic(arguments: &ExperimentArgs) -> Result<(GeneticSettings, Vec<String>)> {
    let (own, others): (Vec<&String>, Vec<&String>) =
        arguments.settings.iter().partition(|s| s.trim_start().starts_with("genetic."));
    let mut text = String::new();
    for setting in &own {
        ensure!(!setting.contains(['\n', '\r']), "--set {setting}: a setting is one line");
        text.push_str(setting.trim().trim_start_matches("genetic."));
        text.push('\n');
    }
    let flags = own.iter().map(|s| format!("--set {s}")).collect::<Vec<_>>().join(" ");
    let settings: GeneticSettings =
        toml::from_str(&text).map_err(|e| anyhow::anyhow!("{flags}: {}", e.message().replace('\n', " ")))?;
    settings.check()?;
    Ok((settings, others.into_iter().cloned().collect()))
}

/// The grid that the programs are trained by.
const GRID: &str = include_str!("../../../experiments/mismatch.toml");

/// The programs: one trained at each level of errors; that of the level 0 knows of none.
pub(super) fn trainings(arguments: &ExperimentArgs, out: &Path) -> Result<Vec<Training>> {
    let mut points = Grid::parse(GRID, "mismatch.toml")?.points;
    apply(&mut points, &genetic(arguments)?.1)?;
    Ok(super::training::trainings(&points, "aware-", arguments.seeds, out))
}

/// Relative errors of couplings, biases, J2 and J4: the points of the grid.
fn levels() -> Result<Vec<f64>> {
    let points = Grid::parse(GRID, "mismatch.toml")?.points;
    points.iter().map(|point| point.labels[0].parse().context("mismatch.toml: a level is no number")).collect()
}

/// What a program came to on hardware.
#[derive(Serialize, Deserialize)]
struct OnHardware {
    top1: f64,
    heat_kt: f64,
}

pub(super) fn run(
    arguments: &ExperimentArgs,
    trainings: &[Training],
    begun: &Begun,
    out: &Path,
) -> Result<report::Experiment> {
    super::teach(arguments, &teachers(trainings))?;
    work(arguments, "programs", trainings)?;

    let genetic = genetic(arguments)?.0;
    let levels = levels()?;
    let backend = arguments.backend.backend.open()?;
    let bar = progress::bar("hardware", levels.len() * METHODS.len() * arguments.seeds as usize);
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    let mut csv = vec!["mismatch,method,seed,test_top1,heat_kt".to_owned()];
    for (index, level) in levels.iter().enumerate() {
        for method in METHODS {
            let (mut top1, mut heat) = (Vec::new(), Vec::new());
            for seed in 1..=arguments.seeds {
                not_interrupted()?;
                let aware = method == METHODS[2];
                // Without errors all three are the same program.
                let trained_at = if aware { index } else { 0 };
                let at = |point| trainings.iter().find(|t| t.point == point && t.seed == seed);
                let (Some(training), Some(here)) = (at(trained_at).filter(|t| summary(t).is_some()), at(index))
                else {
                    failures.push(format!("mismatch {level}, {method}, seed {seed}: its program was not trained"));
                    continue;
                };
                let cache =
                    out.join("devices").join(format!("{level}-{}-seed-{seed}.json", method.replace(' ', "-")));
                let known = std::fs::read_to_string(&cache).ok().and_then(|text| serde_json::from_str(&text).ok());
                let found: OnHardware = match known {
                    Some(found) => found,
                    None => {
                        let retrain = (method == METHODS[1] && *level > 0.0).then_some(&genetic);
                        let hardware = Hardware { model: HardwareModel::relative(*level), number: seed };
                        let trial =
                            Trial { run: &training.folder, here, data: &arguments.data, hardware, retrain };
                        // Hardware whose dynamics diverges is a row of the table, not the end.
                        let found = match backend.run(trial) {
                            Ok(found) => found,
                            Err(error) => {
                                tracing::warn!("mismatch {level}, {method}, seed {seed}: {error:#}");
                                failures.push(format!("mismatch {level}, {method}, seed {seed}: {error:#}"));
                                continue;
                            }
                        };
                        std::fs::create_dir_all(out.join("devices"))
                            .context("cannot make the folder of devices")?;
                        write_whole(&cache, serde_json::to_string(&found)?.as_bytes())?;
                        found
                    }
                };
                csv.push(format!("{level},{method},{seed},{},{}", found.top1, found.heat_kt));
                top1.push(found.top1);
                heat.push(found.heat_kt);
                bar.inc(1);
            }
            let none = report::Spread::of(&[]);
            rows.push(report::ExperimentRow {
                labels: vec![level.to_string(), method.to_owned()],
                x: level.max(0.01),
                top1: report::Spread::of(&top1),
                top1_mean: none,
                validation: none,
                heat: report::Spread::of(&heat),
                seconds: none,
                action: none,
                rate: none,
                failed: arguments.seeds as usize - top1.len(),
            });
        }
    }
    bar.finish_and_clear();
    write_whole(&out.join("experiment.csv"), (csv.join("\n") + "\n").as_bytes())?;
    Ok(report::Experiment {
        title: "Hardware with errors in every coupling, bias and self-interaction".to_owned(),
        note: format!(
            "Relative error of each coupling and bias, and spread of J2 and J4 over the units, fixed for a piece of hardware. The program is pathwise-trained (3,000 steps); the genetic \
             algorithm ({} programs, {} generations, {} training images each; at the end its elite and the program it began with are \
             compared on the validation split) sees the hardware alone; noise-aware \
             training sees other random hardware at every step, never the one it is tested on. Both train at the preset's time step, at a mismatch of 0.8 \
             at 2e-3; the evaluation has the computer's own. A mismatch of 0 is drawn at 0.01.",
            genetic.population, genetic.generations, genetic.images
        ),
        command: super::begin::command(arguments),
        data: begun.data.clone(),
        built_in: begun.built_in,
        columns: vec!["mismatch".to_owned(), "method".to_owned()],
        series: Some(1),
        x_label: "relative error of each parameter".to_owned(),
        reference: None,
        rows,
        failures,
    })
}

/// A program on one piece of hardware: retrained there or not, then evaluated on the test set.
struct Trial<'a> {
    run: &'a Path,
    /// The training at this level of errors, whose settings hold.
    here: &'a Training,
    data: &'a DataArgs,
    hardware: Hardware,
    retrain: Option<&'a GeneticSettings>,
}

impl BackendJob for Trial<'_> {
    type Output = OnHardware;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<OnHardware> {
        let run = RunFolder::open(self.run)?;
        let whole = self.here.job()?;
        let data = data_of_run(&whole, run.provenance(), self.data)?;
        let classifier = Classifier::new(load_computer::<B>(&whole, self.run, device)?);
        let Job::Classify(job) = &whole else { bail!("{}: not a classifier", self.run.display()) };
        let program = match self.retrain {
            Some(settings) => self.hardware.evolved(job, settings, &classifier, &data, device)?,
            None => classifier.computer.parameters().values,
        };
        let (top1, heat_kt) = self.hardware.tested(job, &classifier, &program, &data, device)?;
        Ok(OnHardware { top1, heat_kt })
    }
}
