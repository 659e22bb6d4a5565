//! The norm of the inputs, as configurations name it.

use serde::{Deserialize, Serialize};

/// The L2 norm that every image is scaled to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged, try_from = "NormText", into = "NormText")]
pub enum InputNorm {
    /// This value.
    Value(f64),
    /// The largest of the training set (MNIST: 48.905), for every split.
    TrainingSet,
    /// The largest of the split at hand (as the paper's author does; MNIST test: 44.485).
    OwnSet,
}

/// As in the file: a number, `"training-set"` or `"own-set"`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum NormText {
    Number(f64),
    Name(String),
}

impl TryFrom<NormText> for InputNorm {
    type Error = String;

    fn try_from(text: NormText) -> Result<Self, String> {
        match text {
            NormText::Number(value) if value.is_finite() && value > 0.0 => Ok(Self::Value(value)),
            NormText::Name(name) if name == "training-set" => Ok(Self::TrainingSet),
            NormText::Name(name) if name == "own-set" => Ok(Self::OwnSet),
            other => Err(format!("{other:?} is not a positive number, \"training-set\" or \"own-set\"")),
        }
    }
}

impl From<InputNorm> for NormText {
    fn from(norm: InputNorm) -> Self {
        match norm {
            InputNorm::Value(value) => Self::Number(value),
            InputNorm::TrainingSet => Self::Name("training-set".to_owned()),
            InputNorm::OwnSet => Self::Name("own-set".to_owned()),
        }
    }
}
