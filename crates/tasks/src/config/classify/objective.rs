//! `[objective]` of a classifier: what training minimises.

use crate::Variation;
use learning::{Guide, GuideKind};
use serde::{Deserialize, Serialize};

/// `[objective]`: what training minimises.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ClassifyObjective {
    /// The Onsager–Machlup action of idealised trajectories, by descent (paper A).
    Action(ActionSettings),
    /// The action's exact minimum; then again on the computer's own trajectories.
    Exact(ExactSettings),
    /// Cross-entropy of the noisy outputs, through the dynamics itself.
    Pathwise(PathwiseSettings),
}

fn proportional() -> GuideKind {
    GuideKind::Proportional
}

fn drive() -> f64 {
    100.0
}

fn ten() -> usize {
    10
}

/// The action of idealised trajectories, by descent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ActionSettings {
    /// How the drive of a hidden unit follows the teacher.
    #[serde(default = "proportional")]
    pub guide: GuideKind,
    /// Drive constant k of the guide.
    #[serde(default = "drive")]
    pub k: f64,
    /// Random time steps of each trajectory a batch.
    #[serde(default = "ten")]
    pub times: usize,
}

/// From which states the exact minimiser's transitions start at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuideStates {
    /// States of units that do not interact, at zero temperature (paper A).
    Idealised,
    /// States of units that do not interact, at the computer's temperature.
    Thermal,
}

/// The exact minimum of the action.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExactSettings {
    /// How the drive of a hidden unit follows the teacher.
    pub guide: GuideKind,
    /// Drive constant k of the guide.
    pub k: f64,
    /// λ of the ridge λ θ² beside the mean square of the force residual.
    pub ridge: f64,
    /// Time steps of each trajectory, evenly spaced.
    pub times: usize,
    /// States of the first solution.
    pub states: GuideStates,
    /// How often the solved computer's own trajectories become the states, to be solved again.
    pub rounds: usize,
}

impl Default for ExactSettings {
    fn default() -> Self {
        let states = GuideStates::Idealised;
        Self { guide: proportional(), k: drive(), ridge: 1e-3, times: 20, states, rounds: 1 }
    }
}

/// Where pathwise training starts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Start {
    /// At small random numbers: at θ = 0 nothing would tell one hidden unit from another.
    Random {
        /// s: every parameter is uniform in ±s; 0.05 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scale: Option<f64>,
    },
    /// At the exact minimum of the action.
    Exact(ExactSettings),
}

/// Training through the dynamics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PathwiseSettings {
    /// Logits a unit of output.
    pub gain: f64,
    /// Time step of the training; the evaluation has the computer's own.
    pub time_step: f64,
    /// Price of a kT of heat in nats.
    pub heat_price: f64,
    /// Mean heat in kT that the training keeps to; any heat where it is infinite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heat_budget: Option<f64>,
    /// Largest random shift of each training image, in pixels each way.
    pub max_shift: usize,
    /// Largest random turn of each training image, in degrees each way.
    pub max_rotation: f64,
    /// Largest random zoom of each training image, relative, each way.
    pub max_zoom: f64,
    /// Largest random shear of each training image along its rows and along its columns, each way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_shear: Option<f64>,
    /// Standard deviation of the displacements of a random elastic distortion of each training image, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic: Option<f64>,
    /// Relative errors of the parameters and self-interactions of the hardware that is trained for (noise-aware training).
    pub mismatch: f64,
    /// Where it starts.
    pub start: Start,
}

impl Default for PathwiseSettings {
    fn default() -> Self {
        Self {
            gain: 2.0,
            time_step: 5e-3,
            heat_price: 0.0,
            heat_budget: None,
            max_shift: 1,
            max_rotation: 0.0,
            max_zoom: 0.0,
            max_shear: None,
            elastic: None,
            mismatch: 0.0,
            start: Start::Exact(ExactSettings::default()),
        }
    }
}

impl PathwiseSettings {
    /// Mean heat in kT that the training keeps to, if to any.
    pub fn finite_budget(&self) -> Option<f64> {
        self.heat_budget.filter(|budget| budget.is_finite())
    }

    /// How training images are varied.
    pub fn variation(&self) -> Variation {
        Variation {
            max_shift: self.max_shift,
            max_rotation: self.max_rotation,
            max_zoom: self.max_zoom,
            max_shear: self.max_shear.unwrap_or(0.0),
            elastic: self.elastic.unwrap_or(0.0),
        }
    }
}

impl ClassifyObjective {
    /// Name, as in a configuration.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Action(_) => "action",
            Self::Exact(_) => "exact",
            Self::Pathwise(_) => "pathwise",
        }
    }

    /// The exact minimum that is solved for, as the end or as a start.
    pub fn exact(&self) -> Option<&ExactSettings> {
        match self {
            Self::Exact(exact) | Self::Pathwise(PathwiseSettings { start: Start::Exact(exact), .. }) => {
                Some(exact)
            }
            Self::Action(_) | Self::Pathwise(_) => None,
        }
    }

    /// The guide of the idealised trajectories, where there are any.
    pub fn guide(&self) -> Option<Guide> {
        match (self, self.exact()) {
            (Self::Action(action), _) => Some(Guide { kind: action.guide, k: action.k }),
            (_, Some(exact)) => Some(Guide { kind: exact.guide, k: exact.k }),
            _ => None,
        }
    }
}
