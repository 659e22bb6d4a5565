//! What `trainer evaluate --step-error` found.

use serde::{Deserialize, Serialize};

/// How much the time step decides of the results: trajectories at several of them, on one Brownian path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepError {
    /// Name of the data set.
    pub dataset: String,
    /// Which part of the data: `test`, `validation` or `train`; of a generator none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// Seed of the noise.
    pub seed: u64,
    /// Time step of the run.
    pub time_step: f64,
    /// Trajectories at each time step.
    pub trajectories: usize,
    /// The time steps, from the longest on.
    pub halvings: Vec<Halving>,
    /// The longest time step at which less than 0.1 % of the answers change, by more than the standard error; none if there is none, or
    /// nothing answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_hold_at: Option<f64>,
}

/// What halving a time step changes, on the same path.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Halving {
    /// The time step that is halved.
    pub time_step: f64,
    /// Root mean square of the change of the units' states at the observation time.
    pub state_rms: f64,
    /// Its standard error.
    pub state_rms_stderr: f64,
    /// Mean change of the heat, in kT.
    pub heat_kt: f64,
    /// Its standard error.
    pub heat_stderr_kt: f64,
    /// Fraction of the answers that change; none for a generator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<f64>,
    /// Standard error of `answers`, √(p(1 − p)/n) with p = (c + 1)/(n + 2), where c of the n trajectories answer otherwise: it is above 0
    /// where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_stderr: Option<f64>,
}
