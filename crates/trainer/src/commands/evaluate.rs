//! `trainer evaluate RUN`

use crate::backend::BackendJob;
use crate::cli::EvaluateArgs;
use crate::figures::{step_errors, table};
use crate::job::{data_of_run, of_run};
use crate::output::{json, print};
use crate::progress::Onlooker;
use anyhow::{Result, ensure};
use data::Divided;
use langevin::{Computer, LangevinBackend};
use runs::{Evaluated, EvaluatedDynamics, EvaluatedFigures, NewFile, RunFolder, StepError};
use std::fmt::Write;
use std::path::Path;
use tasks::{Job, Need, Overrides, Place, Split, load_computer};

/// Evaluates a run.
pub(crate) fn run(arguments: &EvaluateArgs) -> Result<()> {
    let run = RunFolder::open(&arguments.run)?;
    let trained = of_run(&run)?;
    let how = Overrides {
        kt: arguments.kt,
        time_step: arguments.time_step,
        observation_time: arguments.observation_time,
        replicas: arguments.replicas,
    };
    let job = trained.clone().overridden(&how)?;
    let split = arguments.split.map_or(Split::Test, Split::from);
    if let (Some(path), Job::Generate(_)) = (&arguments.predictions, &job) {
        anyhow::bail!(
            "--predictions {}: a generator makes images, not predictions; leave the flag out",
            path.display()
        );
    }
    if let (true, Some(_), Job::Generate(_)) = (arguments.step_error, arguments.split, &job) {
        anyhow::bail!("--split {split}: --step-error compares a generator's own samples; leave the flag out");
    }
    let backend = arguments.backend.backend.open()?;
    // The split is that of the training, whatever seed the noise has now.
    let data = data_of_run(&trained, run.provenance(), &arguments.data)?;
    let job = arguments.seed.map_or(job.clone(), |seed| job.with_seed(seed));
    let images = split.of(&data);
    Need::check(&job.evaluation_needs(images.len())?)?;
    // Found to be writable before the work.
    let predictions = arguments.predictions.as_deref().map(NewFile::asked_for).transpose()?;
    tracing::info!("data set: {} ({}), {} {split} images", data.data.name, data.data.origin, images.len());
    tracing::info!("backend: {} on {}, seed {}", backend.kind(), backend.device(), job.seed());
    if arguments.step_error {
        let measured = StepErrors { folder: run.folder(), job: &job, data: &data, split };
        let found = backend.run(measured)?;
        return if arguments.json { json(&found) } else { print(&step_errors(&found, job.dynamics().kt())) };
    }
    let (figures, answers) = backend.run(Evaluation { folder: run.folder(), job: &job, data: &data, split })?;
    if let Some(file) = predictions {
        let names = job.class_names(data.data.classes);
        let mut text = String::from("index,label,prediction\n");
        for (i, (label, answer)) in images.labels.iter().zip(&answers).enumerate() {
            let answer = answer.map_or("", |class| names[class].as_str());
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{i},{},{answer}", names[usize::from(*label)]);
        }
        file.write(text.as_bytes())?;
    }
    if arguments.json {
        let dataset = data.data.name.clone();
        let d = job.dynamics();
        let dynamics = EvaluatedDynamics {
            kt: d.kt(),
            mobility: d.mobility(),
            time_step: d.time_step(),
            observation_time: d.observation_time(),
            heat_unit: if d.kt() > 0.0 { "kT" } else { "V" }.to_owned(),
        };
        return json(&Evaluated { dataset, split: split.to_string(), seed: job.seed(), dynamics, figures });
    }
    print(&table(&figures, job.dynamics().kt()))
}

struct StepErrors<'a> {
    folder: &'a Path,
    job: &'a Job,
    data: &'a Divided,
    split: Split,
}

impl BackendJob for StepErrors<'_> {
    type Output = StepError;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<StepError> {
        let computer = fitting::<B>(self.job, self.folder, self.data, device)?;
        Ok(self.job.step_error(computer, self.data, self.split, &mut Onlooker::new(), device)?)
    }
}

/// The computer of a run, for images of its own size.
fn fitting<B: LangevinBackend>(
    job: &Job,
    folder: &Path,
    data: &Divided,
    device: &B::Device,
) -> Result<Computer<B>> {
    let computer = load_computer::<B>(job, folder, device)?;
    let layout = computer.layout();
    let pixels = data.train.pixel_count();
    ensure!(
        layout.inputs == pixels || layout.visible == pixels,
        "images of {pixels} pixels are not those of this computer"
    );
    Ok(computer)
}

struct Evaluation<'a> {
    folder: &'a Path,
    job: &'a Job,
    data: &'a Divided,
    split: Split,
}

impl BackendJob for Evaluation<'_> {
    type Output = (EvaluatedFigures, Vec<Option<usize>>);

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Self::Output> {
        let computer = fitting::<B>(self.job, self.folder, self.data, device)?;
        let (place, watch) = (Place::folder(self.folder), &mut Onlooker::new());
        Ok(self.job.measure(computer, self.data, self.split, place, watch, device)?)
    }
}
