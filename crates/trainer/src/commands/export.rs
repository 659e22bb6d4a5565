//! `trainer export RUN`

use crate::backend::{BackendJob, BackendKind};
use crate::cli::{ExportArgs, ExportFormat};
use crate::job::of_run;
use crate::output::print;
use crate::parameters::{Exported, text};
use anyhow::{Context, Result, bail};
use langevin::{LangevinBackend, ParameterValues};
use runs::{NewFile, RunFolder, file};
use std::path::Path;
use tasks::{Job, load_computer};

/// Prints or writes the parameters.
pub(crate) fn run(arguments: &ExportArgs) -> Result<()> {
    let run = RunFolder::open(&arguments.run)?;
    let job = of_run(&run)?;
    if arguments.format == ExportFormat::Safetensors && arguments.to.is_none() {
        bail!("--format safetensors is a binary file: say where to write it with --to FILE");
    }
    let to = arguments.to.as_deref().map(NewFile::asked_for).transpose()?;
    let parameters = BackendKind::default().open()?.run(Parameters { folder: run.folder(), job: &job })?;
    let bytes = match arguments.format {
        ExportFormat::Parameters => text(&parameters).into_bytes(),
        ExportFormat::Json => (serde_json::to_string(&Exported::of(&job, &parameters)?)? + "\n").into_bytes(),
        ExportFormat::Safetensors => {
            let from = run.path(file::COMPUTER);
            std::fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?
        }
    };
    match to {
        Some(to) => Ok(to.write(&bytes)?),
        None => print(&String::from_utf8_lossy(&bytes)),
    }
}

struct Parameters<'a> {
    folder: &'a Path,
    job: &'a Job,
}

impl BackendJob for Parameters<'_> {
    type Output = ParameterValues;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<ParameterValues> {
        Ok(load_computer::<B>(self.job, self.folder, device)?.parameters())
    }
}
