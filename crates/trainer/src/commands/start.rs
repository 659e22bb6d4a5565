//! `--start RUN`: the program of another run, to train on from.

use crate::backend::{BackendJob, BackendKind};
use crate::cli::ConfigArgs;
use crate::job::{is_of, of_run};
use anyhow::{Context, Result, bail, ensure};
use langevin::{Clock, ComputerConfig, LangevinBackend, Layout};
use runs::{RunFolder, digest, file};
use std::path::Path;
use tasks::{ClassifyObjective, Job, StageObjective, load_computer};

/// The program that a training starts from.
pub(super) struct Start {
    /// The module, as the file [`file::START`] holds it.
    pub(super) bytes: Vec<u8>,
    /// Its SHA-256.
    pub(super) digest: String,
}

/// Reads the program of a run, a static one into all segments of this job's, and refuses one that does not fit, or that this job would
/// not start from.
pub(super) fn of(run: &Path, job: &Job, config: &ConfigArgs) -> Result<Start> {
    let flag = || format!("--start {}", run.display());
    let folder = RunFolder::open(run).with_context(flag)?;
    let theirs = of_run(&folder).with_context(flag)?;
    let solved = match job {
        Job::Classify(job) => matches!(job.objective, ClassifyObjective::Exact(_)),
        Job::Generate(job) => {
            job.stage.first().is_some_and(|stage| matches!(stage.objective, StageObjective::Exact { .. }))
        }
    };
    ensure!(
        !solved,
        "{}: an exact minimum starts from no program; leave the flag out, or train by descent",
        flag()
    );
    if let Some(setting) = config.settings.iter().find(|setting| is_of(setting, "objective.start")) {
        bail!("{}: --set {setting} says where else to start; give one of both", flag());
    }
    let (mine, own) = (job.computer()?, theirs.computer().with_context(flag)?);
    if let Some((what, mine, own)) = differs(&mine, &own) {
        bail!(
            "{}: {what}: {own} there, and {mine} in this job; give a run of the same computer, or change the job",
            flag()
        );
    }
    let read = Read { job: &theirs, folder: folder.folder(), clock: &mine.clock };
    let bytes = BackendKind::default().open()?.run(read).with_context(flag)?;
    Ok(Start { digest: digest(&bytes), bytes })
}

/// The first way in which two computers are not the same, the program apart.
fn differs(mine: &ComputerConfig, own: &ComputerConfig) -> Option<(&'static str, String, String)> {
    let lengths: fn(&ComputerConfig) -> &[f64] = |config| config.clock.lengths();
    let same = mine.clock.segments() == own.clock.segments()
        && lengths(mine).iter().zip(lengths(own)).all(|(a, b)| (a - b).abs() < 1e-9);
    let segments = |config: &ComputerConfig| format!("{:?}", lengths(config));
    let units = |config: &ComputerConfig| {
        let Layout { inputs, visible, hidden, outputs, .. } = config.layout;
        format!("{inputs} inputs, {visible} visible, {hidden} hidden and {outputs} output units")
    };
    let blocks = |config: &ComputerConfig| serde_json::to_string(&config.connectivity).unwrap_or_default();
    let fits = own.clock.is_constant() || same;
    [
        ("units", units(mine), units(own)),
        ("computer.connectivity", blocks(mine), blocks(own)),
        ("computer.j2", mine.j2.to_string(), own.j2.to_string()),
        ("computer.j4", mine.j4.to_string(), own.j4.to_string()),
        ("computer.visible_biases", mine.visible_biases.to_string(), own.visible_biases.to_string()),
        ("program.lengths", segments(mine), if fits { segments(mine) } else { segments(own) }),
    ]
    .into_iter()
    .find(|(_, mine, own)| mine != own)
}

struct Read<'a> {
    job: &'a Job,
    folder: &'a Path,
    clock: &'a Clock,
}

impl BackendJob for Read<'_> {
    type Output = Vec<u8>;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Vec<u8>> {
        let found = load_computer::<B>(self.job, self.folder, device)?;
        let computer = if found.segments() == 1 { found.repeated(self.clock.clone())? } else { found };
        learning::module_bytes(&computer).map_err(anyhow::Error::msg)
    }
}

/// Whether a folder in the making still has the program that it was begun with.
pub(super) fn unchanged(folder: &Path, given: Option<&str>) -> Result<()> {
    let Some(given) = given else { return Ok(()) };
    let path = folder.join(file::START);
    let found = std::fs::read(&path).unwrap_or_default();
    ensure!(
        digest(&found) == given,
        "{}: not the program that this training was begun with; take it from a copy, or train again",
        path.display()
    );
    Ok(())
}
