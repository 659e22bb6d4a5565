//! Guides: the drives under which idealised trajectories run.

use crate::{Activity, LearningError, RESPONSE_BOUND};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use langevin::Layout;
use serde::{Deserialize, Serialize};

/// How the drive of a hidden unit follows the teacher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuideKind {
    /// Paper A: in proportion to the teacher's activation A, drive k·A.
    Proportional,
    /// The teacher's own pre-activation u: under it, a unit reaches just A = φ(u) if the teacher's activation is the
    /// unit's finite-time response.
    ExactInverse,
}

/// The drive of each moving unit in the idealised, non-interacting computer; the guide's bias is its negative.
///
/// ```text
/// hidden unit i:  k A_i  or  u_i          output i:  k (2 p_i − 1),  p the teacher's softmax
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Guide {
    /// How hidden units are driven.
    pub kind: GuideKind,
    /// Drive constant k.
    pub k: f64,
}

impl Guide {
    /// Bound on the drives that this guide makes of activations of at most `largest_activation`.
    pub fn largest_drive(&self, largest_activation: f64) -> f64 {
        match self.kind {
            GuideKind::Proportional => self.k * largest_activation.max(1.0),
            GuideKind::ExactInverse => self.k.max(RESPONSE_BOUND),
        }
    }

    /// Drive of every moving unit.
    ///
    /// Hidden units follow the teacher's hidden units, layer after layer; if the computer has more of them, the rest
    /// start again at the first.
    ///
    /// # Shapes
    /// `[batch, hidden + outputs]`
    ///
    /// # Errors
    /// [`LearningError::Setting`] when the computer has fewer hidden units than the teacher, or other outputs.
    pub fn drive<B: Backend>(
        &self,
        activity: &Activity<B>,
        layout: &Layout,
    ) -> Result<Tensor<B, 2>, LearningError> {
        let source = match self.kind {
            GuideKind::Proportional => activity.hidden.clone() * self.k,
            GuideKind::ExactInverse => activity.pre_activations.clone(),
        };
        let (units, classes) = (source.dims()[1], activity.logits.dims()[1]);
        if layout.hidden < units || layout.outputs != classes || layout.visible > 0 {
            return Err(LearningError::Setting {
                name: "hidden",
                value: format!("{} (with {} outputs)", layout.hidden, layout.outputs),
                requirement: "at least the teacher's number of hidden units, with an output for each class",
            });
        }
        let repeats = layout.hidden.div_ceil(units);
        let hidden = source.repeat_dim(1, repeats).narrow(1, 0, layout.hidden);
        let outputs = (activity.probabilities() * 2.0 - 1.0) * self.k;
        Ok(Tensor::cat(vec![hidden, outputs], 1))
    }
}
