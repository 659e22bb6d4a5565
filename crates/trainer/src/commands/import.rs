//! `trainer import FILE --out RUN`

use crate::backend::{BackendJob, BackendKind};
use crate::cli::ImportArgs;
use crate::job::{asked_for, is_of};
use crate::output::line;
use crate::parameters;
use anyhow::{Context, Result, bail, ensure};
use langevin::{LangevinBackend, ParameterValues};
use learning::save_module;
use runs::{Outcome, PartialRun, Provenance, Summary, file, write_config};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use tasks::{Job, Need, counted};

/// Makes a run folder from a parameter file.
pub(crate) fn run(arguments: &ImportArgs) -> Result<()> {
    for setting in &arguments.config.settings {
        let of = |section: &&&str| is_of(setting, section);
        if let Some(section) = ["objective", "training", "validation", "stage"].iter().find(of) {
            bail!("--set {setting}: an import trains nothing, {section} is not used; leave it out");
        }
        ensure!(
            !is_of(setting, "teacher") || is_of(setting, "teacher.hidden"),
            "--set {setting}: an import trains no teacher; only teacher.hidden is used, for the digital comparison"
        );
    }
    let job = asked_for(&arguments.config, arguments.seed)?;
    let path = arguments.file.display();
    let bytes = read_whole(&arguments.file, &job)?;
    let out = PartialRun::check(&arguments.out)?;
    Need::check(&job.evaluation_needs(1)?)?;
    let backend = BackendKind::default().open()?;
    let (folder, parameters) = backend
        .run(Import { job: &job, bytes, out: || Ok(PartialRun::create(&out)?) })
        .with_context(|| format!("{path}"))?;
    let origin = format!("parameters imported from {path}");
    let from = Provenance {
        commit: env!("THERMO_COMMIT").to_owned(),
        ranks: None,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        backend: backend.kind().to_string(),
        device: backend.device().to_owned(),
        dataset: job.set().to_owned(),
        dataset_origin: origin.clone(),
        ..Provenance::default()
    };
    folder.write(file::CONFIG, &write_config(&folder.path(file::CONFIG), &job.table(), &from)?)?;
    let constants = job.constants()?;
    let segments = constants.segments.as_ref().map_or(1, Vec::len);
    let summary = Summary {
        format: runs::FORMAT,
        task: job.task().to_owned(),
        dataset: job.set().to_owned(),
        dataset_origin: origin,
        backend: None,
        device: None,
        seed: job.seed(),
        commit: Some(env!("THERMO_COMMIT").to_owned()),
        ranks: None,
        training_images: None,
        objective: "imported".to_owned(),
        computer: constants,
        parameters: counted(&parameters, segments),
        outcome: Outcome::Imported,
    };
    folder.write(file::SUMMARY, &(serde_json::to_string_pretty(&summary)? + "\n"))?;
    let out = folder.finish(&[])?;
    line(format!("{} parameters imported into {}", parameters.total(), out.display()))
}

/// Reads a file of at most the size that the parameters of a job can have.
fn read_whole(path: &Path, job: &Job) -> Result<Vec<u8>> {
    let shape = job.computer()?;
    let (layout, segments) = (shape.layout, shape.clock.segments() as u64);
    let (inputs, units) = (layout.inputs as u64, layout.moving() as u64);
    // No number takes more than thirty characters and a separator; and a header.
    let most = 32 * segments * ((inputs + units + 3) * (units + 3) + 3 * inputs) + 1_000_000;
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        bytes.len() as u64 <= most,
        "{}: larger than the parameters of {} can be; name their file",
        path.display(),
        job.task()
    );
    Ok(bytes)
}

struct Import<'a, F> {
    job: &'a Job,
    bytes: Vec<u8>,
    out: F,
}

impl<F: FnOnce() -> Result<PartialRun>> BackendJob for Import<'_, F> {
    type Output = (PartialRun, ParameterValues);

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Self::Output> {
        let computer = parameters::read::<B>(self.job, self.bytes, device)?;
        let folder = (self.out)()?;
        save_module(&computer, &folder.path(file::COMPUTER))?;
        Ok((folder, computer.parameters()))
    }
}
