//! What `trainer evaluate` found.

use super::{Energy, Heat, SampleQuality, Speed, Test};
use serde::{Deserialize, Serialize};

/// What `trainer evaluate --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// Name of the data set.
    pub dataset: String,
    /// Which part of the data: `test`, `validation` or `train`.
    pub split: String,
    /// Seed of the noise.
    pub seed: u64,
    /// The dynamics that it ran by.
    pub dynamics: EvaluatedDynamics,
    /// The figures.
    #[serde(flatten)]
    pub figures: EvaluatedFigures,
}

/// The dynamics of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluatedDynamics {
    /// Thermal energy kT.
    pub kt: f64,
    /// Mobility.
    pub mobility: f64,
    /// Time step.
    pub time_step: f64,
    /// Observation time.
    pub observation_time: f64,
    /// Unit of every heat beside: `kT`, or `V` (that of the potential) where kT is 0.
    pub heat_unit: String,
}

/// The figures of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EvaluatedFigures {
    /// Of a classifier.
    Classified {
        /// The computer on the images of the split.
        test: Test,
        /// Heat of a trajectory.
        heat: Heat,
        /// How fast it ran.
        speed: Speed,
        /// Digital energy over heat.
        advantage: Option<f64>,
        /// What the advantage assumes.
        energy: Energy,
    },
    /// Of a generator.
    Generated {
        /// Quality of the samples.
        samples: SampleQuality,
        /// Heat of the second half of a generation.
        heat: Heat,
        /// Digital energy over heat.
        advantage: Option<f64>,
        /// What the advantage assumes.
        energy: Energy,
    },
}
