//! What is checked before the first point of an experiment is trained.

use super::training::Training;
use crate::cli::{ConfigArgs, ExperimentArgs};
use crate::job::with_data_or;
use anyhow::{Context, Result, ensure};
use runs::{FolderLock, RunError, RunFolder, write_whole};
use std::path::Path;
use tasks::Need;

/// The command that makes an experiment, but for its data and folder.
pub(super) fn command(arguments: &ExperimentArgs) -> String {
    format!(
        "trainer experiment {} --seeds {}{}",
        quoted(&arguments.which.argument()),
        arguments.seeds,
        settings(arguments)
    )
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "=.,_-+/".contains(c));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn settings(arguments: &ExperimentArgs) -> String {
    arguments
        .settings
        .iter()
        .map(|setting| quoted(setting))
        .fold(String::new(), |all, setting| all + " --set " + &setting)
}

/// An experiment that can be worked on: its folder is this process's.
pub(super) struct Begun {
    /// Name and origin of its data.
    pub(super) data: String,
    /// Whether they are the built-in ones.
    pub(super) built_in: bool,
    /// Held while the experiment runs.
    pub(super) _lock: FolderLock,
}

/// The data that the points are trained on.
struct Usable {
    data: String,
    digest: String,
    fallen_back: bool,
}

/// Checks backend, settings and data, and that the folder is this experiment's; makes the folder and locks it.
///
/// Where the data of a preset are not to be had, the points are those of its fallback from here on.
pub(super) fn begin(arguments: &ExperimentArgs, trainings: &mut [Training], out: &Path) -> Result<Begun> {
    // (Jobs run on other machines, whose backends these are.)
    if arguments.submit.is_none() {
        arguments.backend.backend.open()?;
    }
    let Usable { data, digest, fallen_back } = can_be_trained(arguments, trainings)?;
    if fallen_back {
        for training in &mut *trainings {
            let task = training.task;
            // A table of which some points are of other data than the rest compares nothing.
            training.fall_back().with_context(|| {
                format!(
                    "no data for {task}, a point of this experiment, and no built-in data to take their place; \
                     give MNIST's IDX files with --data-dir or THERMO_DATA"
                )
            })?;
            super::training::find_teacher(training, out);
        }
    }
    let mark = out.join("experiment.txt");
    let foreign = std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    ensure!(
        mark.exists() || !foreign,
        "--out {}: that folder holds something else (no experiment.txt); name another",
        out.display()
    );
    let wanted = format!(
        "trainer experiment {}{}\ndata: {data}, SHA-256 {digest}\n",
        arguments.which.mark(),
        settings(arguments)
    );
    let first = !mark.exists();
    if !first {
        // Seeds may be added later, but the points of one table are trained alike.
        let found = std::fs::read_to_string(&mark).with_context(|| format!("cannot read {}", mark.display()))?;
        let same_data = |text: &str| text.split("SHA-256 ").nth(1).map(str::to_owned);
        let same = found.lines().next() == wanted.lines().next() && same_data(&found) == same_data(&wanted);
        ensure!(
            same,
            "--out {}: that is the folder of `{}`, {}; go on with its settings and data, or name another folder",
            out.display(),
            found.lines().next().unwrap_or_default(),
            found.lines().nth(1).unwrap_or_default()
        );
    }
    std::fs::create_dir_all(out)
        .with_context(|| format!("--out {}: cannot make that folder; name a writable place", out.display()))?;
    let lock = FolderLock::take(out).map_err(|error| {
        let cure = if matches!(error, RunError::InWork { .. }) { "" } else { ": name a writable place" };
        anyhow::Error::from(error).context(format!("--out {}{cure}", out.display()))
    })?;
    if first {
        write_whole(&mark, wanted.as_bytes())?;
    }
    trainings.iter().try_for_each(|training| as_wanted(training, &digest))?;
    Ok(Begun { built_in: data.contains("built-in"), data, _lock: lock })
}

/// A point that is there must be the run that the experiment wants, and whole.
fn as_wanted(training: &Training, digest: &str) -> Result<()> {
    if !training.folder.exists() {
        return Ok(());
    }
    let remove = || format!("remove {} to train it again", training.folder.display());
    let run = RunFolder::open(&training.folder).with_context(remove)?;
    run.summary().with_context(remove)?;
    let same = training.job().is_ok_and(|job| job.table() == *run.job());
    ensure!(
        same && run.provenance().dataset_digest == digest,
        "{}: trained with other settings or data; {}",
        training.folder.display(),
        remove()
    );
    Ok(())
}

/// What no point can be trained with is a mistake of the command and not of the points. The data are read once here, so
/// that it is said which they are: the trainings are processes whose messages nobody sees.
fn can_be_trained(arguments: &ExperimentArgs, trainings: &[Training]) -> Result<Usable> {
    let mut refused = None;
    for training in trainings {
        match training.job() {
            Ok(_) => {
                let config = ConfigArgs {
                    config: None,
                    task: Some(training.task.to_owned()),
                    settings: training.settings(),
                };
                let (job, data) = with_data_or(&config, &training.own, &arguments.data, Some(training.seed))?;
                // All points of a grid are about the same data.
                for other in trainings.iter().filter_map(|t| t.job().ok()) {
                    let tested = other.evaluation_needs(data.data.test.len())?;
                    Need::check(&[other.training_needs(&data)?, tested].concat())?;
                }
                let said = format!("{} ({})", data.data.name, data.data.origin);
                tracing::info!("data set: {said}");
                return Ok(Usable { data: said, digest: data.digest, fallen_back: job.task() != training.task });
            }
            Err(error) => refused = refused.or_else(|| Some((training.folder.clone(), error))),
        }
    }
    match refused {
        Some((folder, error)) => {
            let point = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Err(anyhow::Error::from(error).context(format!("no point can be trained; {point}")))
        }
        None => anyhow::bail!("this experiment has no points"),
    }
}
