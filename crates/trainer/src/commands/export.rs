//! `trainer export RUN`

use crate::backend::{BackendJob, BackendKind};
use crate::cli::{ExportArgs, ExportFormat, FormArg};
use crate::job::{data_of_run, of_run};
use crate::output::print;
use crate::parameters::{Exported, text};
use anyhow::{Context, Result, bail};
use circuit::{Form, Inputs, Netlist, Network, NoiseSource, SiCircuit};
use data::Divided;
use langevin::{LangevinBackend, ParameterValues};
use runs::{NewFile, RunFolder, file};
use std::path::Path;
use tasks::circuit::{case, network};
use tasks::{Job, load_computer};

/// Prints or writes the parameters, or the circuit.
pub(crate) fn run(arguments: &ExportArgs) -> Result<()> {
    let run = RunFolder::open(&arguments.run)?;
    let job = of_run(&run)?;
    refuse_unused(arguments)?;
    if arguments.format == ExportFormat::Safetensors && arguments.to.is_none() {
        bail!("--format safetensors is a binary file: say where to write it with --to FILE");
    }
    let to = arguments.to.as_deref().map(NewFile::asked_for).transpose()?;
    let backend = BackendKind::default().open()?;
    let parameters = || backend.run(Parameters { folder: run.folder(), job: &job });
    let bytes = match arguments.format {
        ExportFormat::Parameters => text(&parameters()?).into_bytes(),
        ExportFormat::Json => (serde_json::to_string(&Exported::of(&job, &parameters()?)?)? + "\n").into_bytes(),
        ExportFormat::Safetensors => {
            // It is read first: what is no computer is not handed on.
            parameters()?;
            let from = run.path(file::COMPUTER);
            std::fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?
        }
        ExportFormat::Si => {
            let network = backend.run(Networks { folder: run.folder(), job: &job })?;
            let circuit = SiCircuit::of(&network, arguments.scales.scales())?;
            (serde_json::to_string(&circuit)? + "\n").into_bytes()
        }
        ExportFormat::Spice => {
            let data = data_of_run(&job, run.provenance(), &arguments.data)?;
            let folder = run.folder();
            backend.run(Spice { folder, job: &job, data: &data, arguments })?.into_bytes()
        }
    };
    match to {
        Some(to) => Ok(to.write(&bytes)?),
        None => print(&String::from_utf8_lossy(&bytes)),
    }
}

/// What a format does not use is refused.
fn refuse_unused(arguments: &ExportArgs) -> Result<()> {
    let ExportArgs { format, data, image, form, fold_inputs, noise, scales, .. } = arguments;
    let of_circuits = scales.given();
    let of_spice = [
        ("--image", image.is_some()),
        ("--form", form.is_some()),
        ("--fold-inputs", *fold_inputs),
        ("--noise", *noise),
        ("--data-dir", data.data_dir.is_some()),
        ("--offline", data.offline),
    ];
    let of_spice = of_spice.into_iter().find_map(|(flag, given)| given.then_some(flag));
    let unused = match format {
        ExportFormat::Spice => None,
        ExportFormat::Si => of_spice,
        _ => of_spice.or(of_circuits),
    };
    if let Some(flag) = unused {
        let cure = if of_spice.is_some() { "spice" } else { "spice or si" };
        bail!("{flag} is of no use for this format; leave it out, or take --format {cure}");
    }
    if *form == Some(FormArg::Both) {
        bail!("--form both: a netlist is of one form; give transconductors or charges");
    }
    Ok(())
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

struct Networks<'a> {
    folder: &'a Path,
    job: &'a Job,
}

impl BackendJob for Networks<'_> {
    type Output = Network;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Network> {
        Ok(network(&load_computer::<B>(self.job, self.folder, device)?, self.job.dynamics()))
    }
}

struct Spice<'a> {
    folder: &'a Path,
    job: &'a Job,
    data: &'a Divided,
    arguments: &'a ExportArgs,
}

impl BackendJob for Spice<'_> {
    type Output = String;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<String> {
        let Spice { folder, job, data, arguments } = self;
        let computer = load_computer::<B>(job, folder, device)?;
        let network = network(&computer, job.dynamics());
        let case = case::<B>(job, computer, data, arguments.image.unwrap_or(0), device)?;
        let form = arguments.form.map_or(Form::Transconductors, |form| form.forms()[0]);
        let spacing = network.observation_time / NOISE_INTERVALS;
        let title = format!("{}, {}", job.task(), case.name);
        let netlist = Netlist {
            network: &network,
            form,
            scales: arguments.scales.scales(),
            inputs: if arguments.fold_inputs {
                Inputs::Folded(&case.inputs)
            } else {
                Inputs::Sources(&case.inputs)
            },
            start: &case.start,
            noise: arguments.noise.then_some(NoiseSource::Trnoise { spacing }),
            title: &title,
        };
        Ok(netlist.text()?)
    }
}

/// Numbers of a source of noise in a trajectory.
const NOISE_INTERVALS: f64 = 400.0;
