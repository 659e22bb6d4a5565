//! `[[stage]]` of a generator: one objective after another.

use super::super::training::Training;
use serde::{Deserialize, Serialize};

/// One stage of a training. It starts where the stage before it ended, the first at θ = 0 (or, where nothing would tell one
/// hidden unit from another then, at small random numbers).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// What it minimises.
    pub objective: StageObjective,
    /// Training by descent; none for an exact minimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Training>,
    /// Whether it trains one program that stands still, which is then that of every segment: how a program in time starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tied: Option<bool>,
}

impl Stage {
    /// Whether it trains one program for all segments.
    pub fn is_tied(&self) -> bool {
        self.tied == Some(true)
    }
}

fn hundred() -> usize {
    100
}

fn one() -> f64 {
    1.0
}

/// What a stage minimises.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum StageObjective {
    /// The action of reversed noising trajectories (paper B), by descent.
    ReversedAction {
        /// Time steps of a noising trajectory that are used, 0 for all of them.
        #[serde(default)]
        times: usize,
    },
    /// The exact minimum of the action of reversed noising trajectories.
    Exact {
        /// Trajectories whose moments are summed.
        #[serde(default = "hundred")]
        trajectories: usize,
        /// Time steps of a noising trajectory that are used, 0 for all of them.
        #[serde(default)]
        times: usize,
        /// λ of the ridge.
        #[serde(default)]
        ridge: f64,
    },
    /// Contrastive divergence on the computer's own short runs.
    Contrastive {
        /// Time step of the runs; the computer's own if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_step: Option<f64>,
    },
    /// Energy distance to what should be shown, through the dynamics.
    EnergyDistance {
        /// Time step of the runs; the computer's own if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_step: Option<f64>,
        /// Price of a kT of heat.
        #[serde(default)]
        heat_price: f64,
        /// Mean heat in kT that the training keeps to; any heat where it is infinite.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heat_budget: Option<f64>,
        /// Weight of the energy distance in the visible states.
        #[serde(default = "one")]
        state_weight: f64,
        /// Weight of the energy distance in the features of critics that are trained for this beside.
        #[serde(default)]
        feature_weight: f64,
    },
}

impl StageObjective {
    /// Name, as in a configuration.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ReversedAction { .. } => "reversed-action",
            Self::Exact { .. } => "exact",
            Self::Contrastive { .. } => "contrastive",
            Self::EnergyDistance { .. } => "energy-distance",
        }
    }

    pub(crate) fn time_step(&self) -> Option<f64> {
        match self {
            Self::Contrastive { time_step } | Self::EnergyDistance { time_step, .. } => *time_step,
            Self::ReversedAction { .. } | Self::Exact { .. } => None,
        }
    }
}
