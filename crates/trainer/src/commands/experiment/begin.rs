//! What is checked before the first point of an experiment is trained.

use super::{Training, name_of};
use crate::cli::ExperimentArgs;
use crate::dataset;
use crate::run_folder::write_whole;
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// The command that makes an experiment, but for its data and folder.
pub(super) fn command(arguments: &ExperimentArgs) -> String {
    format!("trainer experiment {} --seeds {}{}", name_of(arguments.name), arguments.seeds, settings(arguments))
}

fn settings(arguments: &ExperimentArgs) -> String {
    let plain = |s: &str| s.chars().all(|c| c.is_ascii_alphanumeric() || "=.,_-+".contains(c));
    let quoted = |s: &String| if plain(s) { s.clone() } else { format!("'{}'", s.replace('\'', r"'\''")) };
    arguments.settings.iter().map(quoted).fold(String::new(), |all, setting| all + " --set " + &setting)
}

/// Checks backend, settings and data, and that the folder is this experiment's; makes the folder.
pub(super) fn begin(arguments: &ExperimentArgs, trainings: &[Training], out: &Path) -> Result<()> {
    arguments.common.backend.open()?;
    can_be_trained(arguments, trainings)?;
    let mark = out.join("experiment.txt");
    let wanted = format!("trainer experiment {}{}\n", name_of(arguments.name), settings(arguments));
    if mark.exists() {
        // Seeds may be added later, but the points of one table are trained alike.
        let found = std::fs::read_to_string(&mark).with_context(|| format!("cannot read {}", mark.display()))?;
        ensure!(
            found == wanted,
            "--out {}: that is the folder of `{}`; go on with its settings, or name another folder",
            out.display(),
            found.trim()
        );
        return Ok(());
    }
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    write_whole(&mark, wanted.as_bytes())
}

/// What no point can be trained with is a mistake of the command and not of the points. The data are read once here, so
/// that it is said which they are: the trainings are processes whose messages nobody sees.
fn can_be_trained(arguments: &ExperimentArgs, trainings: &[Training]) -> Result<()> {
    let mut refused = None;
    for training in trainings {
        match training.configuration() {
            Ok(_) => {
                let data = dataset::prepare(&training.arguments(), &arguments.common)?.data;
                tracing::info!("data set: {} ({})", data.name, data.origin);
                return Ok(());
            }
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    refused.map_or(Ok(()), Err)
}
