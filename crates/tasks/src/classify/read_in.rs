//! How pixels become inputs: what a data split tells the read-in.

use data::Images;
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
            NormText::Number(value) => {
                Err(format!("{value} is not a positive number, \"training-set\" or \"own-set\""))
            }
            NormText::Name(name) => {
                Err(format!("{name:?} is not a positive number, \"training-set\" or \"own-set\""))
            }
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

/// How pixels become frozen inputs: standardised with the training set's mean and standard deviation, then every image
/// scaled to one L2 norm (paper A).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PixelScaling {
    /// Mean pixel of the training set, pixels in 0..=1 (MNIST: 0.13066).
    pub mean: f64,
    /// Standard deviation of its pixels (MNIST: 0.3081).
    pub std: f64,
    /// L2 norm that every image is scaled to.
    pub norm: f64,
}

impl PixelScaling {
    /// Mean and standard deviation of `train`; the norm as `norm` says, an image's own largest being that of `own`.
    ///
    /// The mean pixel is rounded to five decimals and the mean square to six, as paper A quotes them (0.13066 and
    /// 0.112003 for MNIST), so that MNIST is scaled by the paper's very constants.
    pub fn of(train: &Images, own: &Images, norm: InputNorm) -> Self {
        let rows = moments(train);
        let pixels = (train.len() * train.pixel_count()).max(1) as f64;
        let mean = round(rows.iter().map(|r| r.0).sum::<f64>() / pixels, 1e5);
        let mean_square = round(rows.iter().map(|r| r.1).sum::<f64>() / pixels, 1e6);
        let std = (mean_square - mean * mean).sqrt();
        let largest = |rows: &[(f64, f64)]| {
            let n = train.pixel_count() as f64;
            rows.iter().map(|(sum, square)| square - 2.0 * mean * sum + n * mean * mean).fold(0.0, f64::max).sqrt()
                / std
        };
        let norm = match norm {
            InputNorm::Value(value) => value,
            InputNorm::TrainingSet => largest(&rows),
            InputNorm::OwnSet => largest(&moments(own)),
        };
        Self { mean, std, norm }
    }
}

fn round(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}

/// Sum and sum of squares of each image's pixels, in 0..=1.
fn moments(images: &Images) -> Vec<(f64, f64)> {
    (0..images.len())
        .map(|i| {
            let (sum, square) = images.image(i).iter().fold((0u64, 0u64), |(sum, square), p| {
                (sum + u64::from(*p), square + u64::from(*p) * u64::from(*p))
            });
            (sum as f64 / 255.0, square as f64 / (255.0 * 255.0))
        })
        .collect()
}
