//! `[training]`: how a computer is trained by descent.

use super::ranges::{counted, not_negative, positive, require};
use crate::TaskError;
use learning::{OptimizerKind, Schedule, TrainingConfig};
use serde::{Deserialize, Serialize};

/// How gradients become steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Descent {
    /// Optimiser.
    #[serde(default = "adam")]
    pub optimizer: OptimizerKind,
    /// Learning rate at the start.
    #[serde(default = "rate")]
    pub learning_rate: f64,
    /// How the learning rate goes on.
    #[serde(default = "constant")]
    pub schedule: Schedule,
    /// Weight decay λ.
    #[serde(default)]
    pub weight_decay: f64,
}

fn adam() -> OptimizerKind {
    OptimizerKind::Adam
}
fn rate() -> f64 {
    1e-3
}
fn constant() -> Schedule {
    Schedule::Constant
}
fn hundred() -> usize {
    100
}

impl Descent {
    /// A training by this descent.
    pub fn training(&self, steps: usize, look_every: usize) -> TrainingConfig {
        let Self { optimizer, learning_rate, schedule, weight_decay } = *self;
        TrainingConfig {
            optimizer,
            learning_rate,
            schedule,
            weight_decay,
            steps,
            look_every,
            ..TrainingConfig::default()
        }
    }

    pub(crate) fn check(&self, section: &str) -> Result<(), TaskError> {
        positive(&format!("{section}.learning_rate"), self.learning_rate)?;
        not_negative(&format!("{section}.weight_decay"), self.weight_decay)
    }
}

/// `[training]`: a training by descent. Absent where nothing is trained by steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// How gradients become steps.
    #[serde(flatten)]
    pub descent: Descent,
    /// Trajectories a training step.
    #[serde(default = "hundred")]
    pub batch: usize,
    /// Training steps.
    #[serde(default = "hundred")]
    pub steps: usize,
    /// d of the exponential average of the weights; none, or 0, for the weights themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
    /// Learning rate of the couplings of frozen inputs, relative to that of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_rate: Option<f64>,
    /// Steps between two checkpoints.
    #[serde(default = "hundred")]
    pub checkpoint_every: usize,
}

impl Default for Training {
    fn default() -> Self {
        let descent =
            Descent { optimizer: adam(), learning_rate: rate(), schedule: constant(), weight_decay: 0.0 };
        let (average, input_rate) = (None, None);
        Self { descent, batch: hundred(), steps: hundred(), average, input_rate, checkpoint_every: hundred() }
    }
}

/// Training steps between two looks at what is minimised.
const LOOK_EVERY: usize = 10;

impl Training {
    /// How the training loop takes it.
    pub fn training(&self) -> TrainingConfig {
        let average = self.average.filter(|decay| *decay > 0.0);
        TrainingConfig { average, input_rate: self.input_rate, ..self.descent.training(self.steps, LOOK_EVERY) }
    }

    pub(crate) fn check(&self, section: &str) -> Result<(), TaskError> {
        self.descent.check(section)?;
        counted(&format!("{section}.batch"), self.batch)?;
        counted(&format!("{section}.steps"), self.steps)?;
        if let Some(average) = self.average {
            let wanted = "at least 0 and below 1, such as 0.999";
            require((0.0..1.0).contains(&average), &format!("{section}.average"), average, wanted)?;
        }
        if let Some(rate) = self.input_rate {
            require((1e-6..=1e6).contains(&rate), &format!("{section}.input_rate"), rate, "from 1e-6 to 1e6")?;
        }
        counted(&format!("{section}.checkpoint_every"), self.checkpoint_every)
    }
}
