//! `summary.json` and the table on the terminal.

use crate::output::{line, percent};
use serde_json::{Value, json};
use tasks::{EnergyAccount, Evaluation, JobConfig};

/// The `test`, `heat` and `speed` objects of a summary; only the last depends on the machine.
pub(crate) fn evaluation(evaluation: &Evaluation) -> Value {
    let e = evaluation;
    json!({
        "test": {
            "images": e.images,
            "replicas": e.replicas,
            "top1": e.top1,
            "top1_stderr": e.top1_stderr,
            "top1_noise_std": e.top1_noise_std,
            "top2": e.top2,
            "top1_mean10": (e.replicas == 10).then_some(e.top1_mean),
            "top1_mean10_stderr": (e.replicas == 10).then_some(e.top1_mean_stderr),
            "top1_mean_replicas": e.top1_mean,
            "top1_mean_replicas_stderr": e.top1_mean_stderr,
            "top1_zero_temperature": e.top1_zero_temperature,
        },
        "heat": {
            "mean_kt": e.heat_mean_kt,
            "std_kt": e.heat_std_kt,
            "stderr_kt": e.heat_stderr_kt,
        },
        "speed": { "trajectories_per_second": e.trajectories_per_second },
    })
}

/// Constants of the computer.
pub(crate) fn computer(config: &JobConfig, inputs: usize, classes: usize) -> Value {
    json!({
        "inputs": inputs,
        "hidden": config.hidden,
        "outputs": classes,
        "j2": config.j2,
        "j4": config.j4,
        "kt": config.kt,
        "mobility": config.mobility,
        "time_step": config.time_step,
        "observation_time": config.observation_time,
    })
}

/// Lays the entries of one JSON object over another, object by object.
pub(crate) fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// Prints an evaluation and its energy for a reader.
pub(crate) fn print(evaluation: &Evaluation, energy: &EnergyAccount) {
    let e = evaluation;
    let row = |name: &str, value: String| line(format!("  {name:<38} {value}"));
    row("images, trajectories of each", format!("{}, {}", e.images, e.replicas));
    row("top-1, one trajectory", percent(e.top1, Some(e.top1_stderr)));
    if let Some(spread) = e.top1_noise_std {
        row("  spread over the noise", percent(spread, None));
    }
    row(&format!("top-1, outputs averaged over {}", e.replicas), percent(e.top1_mean, Some(e.top1_mean_stderr)));
    row("top-2, one trajectory", percent(e.top2, None));
    if let Some(zero) = e.top1_zero_temperature {
        row("top-1 at zero temperature", percent(zero, None));
    }
    row(
        "heat a trajectory",
        format!("{:.0} ± {:.0} kT (spread {:.0})", e.heat_mean_kt, e.heat_stderr_kt, e.heat_std_kt),
    );
    row(
        "advantage over the digital teacher",
        format!(
            "{:.2e} = {} MACs × {:e} J at {} K / heat",
            energy.advantage(),
            energy.macs,
            energy.joules_per_mac,
            energy.temperature
        ),
    );
}
