//! `trainer robustness RUN`: what a program still does on devices that are not quite what it was trained for.

use crate::backend::BackendJob;
use crate::cli::RobustnessArgs;
use crate::job::{data_of_run, of_run};
use crate::output::{json, print};
use crate::progress::Onlooker;
use anyhow::{Result, bail, ensure};
use data::Divided;
use langevin::LangevinBackend;
use runs::{Axis, NewFile, Robustness, RobustnessFigures, RunFolder, file, write_together};
use std::path::Path;
use tasks::generate::Networks;
use tasks::robustness::{AxisLevels, RobustnessOptions};
use tasks::{Job, Need, Overrides, Place, load_computer};

/// A generator is run at least at this time step: its samples are many, and measured to a percent.
const GENERATORS_STEP: f64 = 5e-3;

/// Measures, writes page and numbers, and prints the tables.
pub(crate) fn run(arguments: &RobustnessArgs) -> Result<()> {
    let run = RunFolder::open(&arguments.run)?;
    let trained = of_run(&run)?;
    let axes = axes(&trained, arguments)?;
    let stuck_at = arguments.stuck_at;
    ensure!(stuck_at.abs() <= 1e3, "--stuck-at is {stuck_at}, but must be finite, from -1e3 to 1e3");
    ensure!(arguments.devices <= 10_000, "--devices is {}, but must be from 1 to 10,000", arguments.devices);
    let page = arguments.out.clone().unwrap_or_else(|| run.path(file::ROBUSTNESS_REPORT));
    ensure!(
        page.extension().is_some_and(|ending| ending == "html"),
        "--out {}: the page is a file that ends in .html, and its numbers go beside it as .json",
        page.display()
    );
    // Found to be writable before the work.
    let (html, numbers) = (NewFile::asked_for(&page)?, NewFile::asked_for(&page.with_extension("json"))?);
    let backend = arguments.backend.backend.open()?;
    let data = data_of_run(&trained, run.provenance(), &arguments.data)?;
    let wanted = arguments.images.unwrap_or(trained.robustness_trajectories());
    let (job, trajectories) = match &trained {
        Job::Classify(_) => (trained.clone(), wanted.min(data.data.test.len())),
        Job::Generate(_) => (coarser(&trained, wanted)?, wanted),
    };
    Need::check(&job.evaluation_needs(trajectories)?)?;
    let seed = arguments.seed.unwrap_or(job.seed());
    tracing::info!("data set: {} ({}), {trajectories} trajectories a device", data.data.name, data.data.origin);
    tracing::info!("backend: {} on {}, seed {seed}", backend.kind(), backend.device());
    let options = RobustnessOptions { axes, devices: arguments.devices, trajectories, stuck_at, seed };
    let figures = backend.run(Measurement { folder: run.folder(), job: &job, data: &data, options: &options })?;
    let found = Robustness {
        format: runs::FORMAT,
        task: job.task().to_owned(),
        dataset: data.data.name.clone(),
        dataset_origin: data.data.origin.clone(),
        backend: backend.kind().to_string(),
        device: backend.device().to_owned(),
        seed,
        kt: job.dynamics().kt(),
        time_step: job.dynamics().time_step(),
        observation_time: job.dynamics().observation_time(),
        figures,
    };
    let text = serde_json::to_string_pretty(&found)? + "\n";
    let written =
        write_together(vec![(html, report::render_robustness(&found).as_bytes()), (numbers, text.as_bytes())]);
    // What was measured is told even where it could not be written.
    if arguments.json { json(&found) } else { print(&report::robustness_text(&found)) }?;
    written?;
    tracing::info!("written: {}", page.display());
    Ok(())
}

/// The axes that the flags ask for, with their levels.
fn axes(job: &Job, arguments: &RobustnessArgs) -> Result<Vec<AxisLevels>> {
    let known: Vec<Axis> = Axis::ALL.into_iter().filter(|axis| job.has_axis(*axis)).collect();
    let names = |axes: &[Axis]| axes.iter().map(|axis| axis.name()).collect::<Vec<_>>().join(", ");
    let asked = arguments.only.iter().map(|axis| ("--only", *axis));
    let given = arguments.levels.iter().map(|(axis, _)| ("--levels", *axis));
    if let Some((flag, axis)) = asked.chain(given).find(|(_, axis)| !known.contains(axis)) {
        bail!(
            "{flag} {axis}: this run generates, and has no images at its inputs; known for it: {}",
            names(&known)
        );
    }
    let chosen: Vec<Axis> =
        known.into_iter().filter(|axis| arguments.only.is_empty() || arguments.only.contains(axis)).collect();
    for (index, (axis, _)) in arguments.levels.iter().enumerate() {
        ensure!(
            chosen.contains(axis),
            "--levels {axis}: not among the axes of --only ({}); name it there, or leave its levels out",
            names(&chosen)
        );
        let again = arguments.levels[..index].iter().any(|(earlier, _)| earlier == axis);
        ensure!(!again, "--levels {axis}: given twice; give all levels of an axis at once");
    }
    let hidden = job.computer()?.layout.hidden;
    let of = |axis: Axis| match arguments.levels.iter().find(|(given, _)| *given == axis) {
        Some((_, levels)) => Ok(AxisLevels::given(axis, levels, hidden)?),
        None => Ok(AxisLevels::of(axis, hidden)),
    };
    chosen.into_iter().map(of).collect()
}

/// A generator's job with so many samples, at the coarser time step where that fits its observation time and its segments.
fn coarser(job: &Job, samples: usize) -> Result<Job> {
    let with = |time_step| {
        job.clone().overridden(&Overrides { time_step, replicas: Some(samples), ..Overrides::default() })
    };
    if job.dynamics().time_step() < GENERATORS_STEP
        && let Ok(coarser) = with(Some(GENERATORS_STEP))
    {
        return Ok(coarser);
    }
    Ok(with(None)?)
}

struct Measurement<'a> {
    folder: &'a Path,
    job: &'a Job,
    data: &'a Divided,
    options: &'a RobustnessOptions,
}

impl BackendJob for Measurement<'_> {
    type Output = RobustnessFigures;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<RobustnessFigures> {
        let computer = load_computer::<B>(self.job, self.folder, device)?;
        let networks = Networks { place: Place::folder(self.folder), save: false };
        let watch = &mut Onlooker::new();
        Ok(self.job.robustness(computer, self.data, self.options, networks, watch, device)?)
    }
}
