//! What a job will ask of memory, before it asks.

use crate::{ClassifyObjective, Job, TaskError};
use data::Divided;
use std::fs;

/// Memory that something will take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need {
    /// What takes it.
    pub what: &'static str,
    /// Bytes, to a factor of about two.
    pub bytes: f64,
    /// The setting that it grows with.
    pub setting: &'static str,
}

/// Copies of all parameters that a training holds: values, masks, gradients, two moments, symmetric and temporary ones.
const COPIES: f64 = 9.0;
/// Copies of a batch's states, beside the record of a trajectory.
const STATES: f64 = 8.0;
/// Bytes of a list of parameters: value, place, text.
const LISTED: f64 = 48.0;

impl Job {
    /// What training takes at most.
    ///
    /// # Errors
    /// [`TaskError`] for an unknown data set or a time step that does not fit.
    pub fn training_needs(&self, data: &Divided) -> Result<Vec<Need>, TaskError> {
        let layout = self.computer()?.layout;
        let (inputs, units) = (layout.inputs as f64, layout.moving() as f64);
        let parameters = inputs * units + units * units;
        let steps = self.simulation().steps as f64;
        let (states, setting) = match self {
            Self::Classify(job) => {
                let batch = job.training.map_or(1000, |t| t.batch).min(data.train.len()) as f64;
                match &job.objective {
                    ClassifyObjective::Action(action) => (
                        STATES * batch * action.times.min(self.simulation().steps) as f64 * units,
                        "training.batch",
                    ),
                    ClassifyObjective::Exact(exact) => {
                        let moments = (1.0 + inputs + units).powi(2) * 2.0 * 4.0;
                        (
                            moments + STATES * batch * exact.times.min(self.simulation().steps) as f64 * units,
                            "computer.hidden",
                        )
                    }
                    ClassifyObjective::Pathwise(_) => {
                        ((STATES + 2.0 * steps.sqrt()) * batch * (units + inputs), "training.batch")
                    }
                }
            }
            Self::Generate(job) => {
                // Once more while they are put together.
                (job.trajectory_bytes(data.train.pixel_count())? / 2.0, "stage.0.training.batch")
            }
        };
        Ok(vec![
            Need {
                what: "training",
                bytes: 4.0 * COPIES * parameters + LISTED * parameters,
                setting: "computer.hidden",
            },
            Need { what: "the states of a training step", bytes: 4.0 * states, setting },
        ])
    }

    /// What an evaluation on so many images takes at most.
    ///
    /// # Errors
    /// [`TaskError`] for an unknown data set.
    pub fn evaluation_needs(&self, images: usize) -> Result<Vec<Need>, TaskError> {
        let layout = self.computer()?.layout;
        let units = layout.moving() as f64;
        let (results, batch, setting) = match self {
            Self::Classify(job) => {
                let each = 4.0 * layout.outputs as f64 + 24.0;
                let all = images as f64 * job.evaluation.replicas as f64 * each;
                (all, job.evaluation.batch.min(images), "number of --replicas (evaluation.replicas)")
            }
            Self::Generate(job) => {
                let all = job.evaluation.samples as f64 * (12.0 * layout.visible as f64 + 16.0);
                (
                    all,
                    job.evaluation.batch.min(job.evaluation.samples),
                    "number of --replicas or --samples (evaluation.samples)",
                )
            }
        };
        let states = 4.0 * STATES * batch as f64 * (units + layout.inputs as f64);
        Ok(vec![
            Need { what: "the results of the evaluation", bytes: results, setting },
            Need { what: "the states of a batch", bytes: states, setting: "evaluation.batch" },
        ])
    }
}

impl Need {
    /// Refuses what does not fit together into the memory that there is; where that is not known, nothing.
    ///
    /// # Errors
    /// [`TaskError::Memory`] says what would take how much.
    pub fn check(needs: &[Self]) -> Result<(), TaskError> {
        let (Some(room), Some(largest)) = (available(), needs.iter().max_by(|a, b| a.bytes.total_cmp(&b.bytes)))
        else {
            return Ok(());
        };
        let sum: f64 = needs.iter().map(|need| need.bytes).sum();
        if sum <= room {
            return Ok(());
        }
        Err(TaskError::Memory {
            what: largest.what.to_owned(),
            needed: words(sum),
            available: words(room),
            setting: largest.setting.to_owned(),
        })
    }
}

fn words(bytes: f64) -> String {
    match bytes {
        b if b < 1e9 => format!("{:.0} MB", b / 1e6),
        b if b < 1e12 => format!("{:.1} GB", b / 1e9),
        b => format!("{:.0} GB", b / 1e9),
    }
}

/// Bytes that this process can still have: what the machine, its container and its limits leave. None where that is not known
/// (it is on Linux).
pub fn available() -> Option<f64> {
    let number = |text: &str| text.split_whitespace().find_map(|word| word.parse::<f64>().ok());
    let field = |file: &str, name: &str| {
        number(fs::read_to_string(file).ok()?.lines().find(|line| line.starts_with(name))?.strip_prefix(name)?)
    };
    let free = field("/proc/meminfo", "MemAvailable:")? * 1024.0;
    let group = || {
        let read = |name: &str| number(&fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?);
        Some(read("memory.max")? - read("memory.current")?)
    };
    let address_space = || {
        let limit = field("/proc/self/limits", "Max address space")?;
        Some(limit - field("/proc/self/status", "VmSize:")? * 1024.0)
    };
    Some([group(), address_space()].into_iter().flatten().fold(free, f64::min))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_its_size_and_setting() {
        let data = || data::digits::built_in();
        let small = Job::preset("digits", &[]).unwrap();
        let divided = small.divide(data()).unwrap();
        Need::check(&small.training_needs(&divided).unwrap()).unwrap();
        Need::check(&small.evaluation_needs(360).unwrap()).unwrap();
        let large = Job::preset("digits", &["computer.hidden=100000".to_owned()]).unwrap();
        let needs = large.training_needs(&divided).unwrap();
        // 10¹⁰ couplings of 84 bytes in all.
        assert!(needs[0].bytes > 5e11 && needs[0].bytes < 2e12, "{needs:?}");
        let many = Job::preset("digits", &["evaluation.replicas=1000000000".to_owned()]).unwrap();
        let needs = [needs, many.evaluation_needs(360).unwrap()];
        if available().is_some() {
            for (needs, setting) in needs.iter().zip(["computer.hidden", "--replicas"]) {
                let message = Need::check(needs).unwrap_err().to_string();
                assert!(message.contains(setting) && message.contains("GB"), "{message}");
            }
        }
    }
}
