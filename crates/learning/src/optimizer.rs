//! Optimisers and learning-rate schedules.

use crate::LearningError;
use serde::{Deserialize, Serialize};

/// The Burn optimiser that turns gradients into updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// θ ← θ − α ∂S/∂θ, as in both papers.
    GradientDescent,
    /// Gradient descent with momentum 0.9.
    Momentum,
    /// Adam (β = 0.9, 0.999; ε = 1e-8).
    Adam,
    /// Adam with decoupled weight decay.
    AdamW,
    /// RMSprop (α = 0.99).
    RmsProp,
}

/// Learning rate against training step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same throughout.
    Constant,
    /// Half a cosine from the learning rate to zero.
    Cosine,
    /// Linear from the learning rate to zero.
    Linear,
}

impl Schedule {
    /// Learning rate at `step` of `steps`, starting from `initial`.
    ///
    /// (Burn's own cosine scheduler restarts after its last iteration; this one does not, and needs no state.)
    pub fn at(self, initial: f64, step: usize, steps: usize) -> f64 {
        let progress = step as f64 / steps.max(1) as f64;
        match self {
            Self::Constant => initial,
            Self::Cosine => initial * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()),
            Self::Linear => initial * (1.0 - progress),
        }
    }
}

/// Checks that a learning rate is one.
pub(crate) fn check_learning_rate(value: f64) -> Result<(), LearningError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(LearningError::Setting {
            name: "learning_rate",
            value: value.to_string(),
            requirement: "finite and above 0",
        })
    }
}
