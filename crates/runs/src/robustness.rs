//! `robustness.json`: what a trained program still does on a device that is not quite what it was trained for.
//!
//! One thing is disturbed at a time, an [`Axis`], to several levels. Each level is measured on several devices (or, where the level alone
//! says what a device is, under as many seeds of the noise), and compared with the undisturbed program on the same images and the same
//! noise, device by device.

mod axis;
mod tolerance;

pub use axis::Axis;
pub use tolerance::Tolerance;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The whole of `robustness.json`, and what `trainer robustness --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Robustness {
    /// [`crate::FORMAT`].
    pub format: u32,
    /// Name of the run's preset, or what its configuration calls itself.
    pub task: String,
    /// Name of the data set.
    pub dataset: String,
    /// Where the data came from, in words.
    pub dataset_origin: String,
    /// Backend.
    pub backend: String,
    /// Burn's device of that backend.
    pub device: String,
    /// Seed of the noise and of the devices.
    pub seed: u64,
    /// Thermal energy kT of the undisturbed program; every heat is counted in it.
    pub kt: f64,
    /// Time step.
    pub time_step: f64,
    /// Observation time.
    pub observation_time: f64,
    /// The figures.
    #[serde(flatten)]
    pub figures: RobustnessFigures,
}

impl Robustness {
    /// Whether the run used the small data set compiled into the program.
    pub fn is_built_in(&self) -> bool {
        self.dataset_origin.to_lowercase().contains("built-in")
    }
}

/// Figures of the undisturbed program, and of each axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RobustnessFigures {
    /// Test images, or samples of a generator, that each device is measured on: one trajectory each.
    pub trajectories: usize,
    /// Devices (or seeds of the noise) of each level.
    pub devices: usize,
    /// The state that stuck units are held at.
    pub stuck_at: f64,
    /// What a loss is counted in; none where nothing measured has a natural point to lose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criterion: Option<Criterion>,
    /// The undisturbed program, under as many seeds of the noise as there are devices.
    pub undisturbed: BTreeMap<Quantity, Estimate>,
    /// The axes.
    pub axes: Vec<AxisFigures>,
}

/// How much of what is a loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// What is lost.
    pub quantity: Quantity,
    /// How much of it: 0.01 for one point of accuracy.
    pub loss: f64,
}

/// What is measured of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Top-1 of a classifier, one trajectory an image.
    Accuracy,
    /// Fraction of the samples of the class asked for: to the convolutional judge, or by the nearest prototype.
    ClassAccuracy,
    /// Mean |cosine| of the visible states and the nearest prototype.
    AbsCosine,
    /// Fraction of the samples nearest to the negative of a prototype.
    Inverted,
    /// Fraction of the samples nearest to the prototype that the fewest are nearest to.
    Rarest,
    /// Fréchet distance to the test images, on the convolutional judge's features.
    FrechetCnn,
    /// Fréchet distance to the test images, on the multilayer perceptron's features.
    FrechetMlp,
    /// Mean heat Q of a trajectory (of a generator, of its second half), in kT of the undisturbed program.
    HeatKt,
}

impl Quantity {
    /// What it is called in a table.
    pub fn label(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::ClassAccuracy => "class accuracy",
            Self::AbsCosine => "mean |cosine|",
            Self::Inverted => "inverted",
            Self::Rarest => "rarest prototype",
            Self::FrechetCnn => "Fréchet distance (CNN)",
            Self::FrechetMlp => "Fréchet distance (MLP)",
            Self::HeatKt => "heat",
        }
    }

    /// Whether it is a fraction, which people read in percent.
    pub fn is_fraction(self) -> bool {
        matches!(self, Self::Accuracy | Self::ClassAccuracy | Self::Inverted | Self::Rarest)
    }
}

/// A mean over devices, and its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Its standard error; none for one device.
    pub stderr: Option<f64>,
}

impl Estimate {
    /// Of one value a device.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n.max(1.0);
        let square: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Self { mean, stderr: (values.len() > 1).then(|| (square / (n - 1.0) / n).sqrt()) }
    }
}

/// What an axis came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AxisFigures {
    /// What was disturbed.
    pub axis: Axis,
    /// The levels, in ascending order.
    pub levels: Vec<Level>,
    /// How far down from the undisturbed level one may go; none where nothing was measured there, or nothing counts as a loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Tolerance>,
    /// How far up from the undisturbed level one may go; none likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Tolerance>,
}

/// What a level came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// The level, in the unit of the axis.
    pub level: f64,
    /// Devices on which the dynamics diverged.
    pub diverged: usize,
    /// Means over the devices; none where one diverged, since those of the others alone would flatter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<BTreeMap<Quantity, Estimate>>,
    /// Mean change of the criterion's quantity against the undisturbed program, device by device on the same images and noise: its
    /// standard error knows the pairs. None at the undisturbed level itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Estimate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_mean_and_standard_error() {
        let found = Estimate::of(&[1.0, 2.0, 3.0, 6.0]);
        // Σ(v − 3)² = 14, over (4 − 1) · 4.
        assert!(
            (found.mean - 3.0).abs() < 1e-15 && (found.stderr.unwrap() - (14.0f64 / 12.0).sqrt()).abs() < 1e-15
        );
        assert_eq!(Estimate::of(&[2.0]), Estimate { mean: 2.0, stderr: None });
    }

    #[test]
    fn what_is_written_is_read() {
        let estimate = Estimate { mean: 0.5, stderr: Some(0.25) };
        let figures: BTreeMap<Quantity, Estimate> =
            [(Quantity::HeatKt, estimate), (Quantity::Accuracy, estimate)].into();
        let level = |level, figures: Option<BTreeMap<Quantity, Estimate>>| Level {
            level,
            diverged: usize::from(figures.is_none()),
            figures,
            change: None,
        };
        let whole = Robustness {
            format: crate::FORMAT,
            task: "t".into(),
            dataset: "digits".into(),
            dataset_origin: "built-in".into(),
            backend: "ndarray".into(),
            device: "CPU".into(),
            seed: 7,
            kt: 1.0,
            time_step: 1e-3,
            observation_time: 0.2,
            figures: RobustnessFigures {
                trajectories: 10,
                devices: 2,
                stuck_at: 0.0,
                criterion: Some(Criterion { quantity: Quantity::Accuracy, loss: 0.01 }),
                undisturbed: figures.clone(),
                axes: vec![AxisFigures {
                    axis: Axis::InputNoise,
                    levels: vec![level(0.0, Some(figures)), level(1.0, None)],
                    below: None,
                    above: Some(Tolerance::Diverges { level: 1.0 }),
                }],
            },
        };
        let text = serde_json::to_string(&whole).unwrap();
        assert!(
            text.contains("\"undisturbed\":{\"accuracy\":{\"mean\":0.5,\"stderr\":0.25},\"heat_kt\""),
            "{text}"
        );
        assert!(text.contains("\"axis\":\"input-noise\"") && text.contains("\"outcome\":\"diverges\""), "{text}");
        assert_eq!(serde_json::from_str::<Robustness>(&text).unwrap(), whole);
    }
}
