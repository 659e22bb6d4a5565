//! The papers' image classifier.

use crate::data::Images;
use crate::{InputNorm, Task};
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use langevin::Computer;
use learning::Programmable;
use serde::{Deserialize, Serialize};

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

/// An image classifier: pixels frozen at the inputs, the class with the largest output at the observation time is the
/// answer.
#[derive(Module, Debug)]
pub struct Classifier<B: Backend> {
    /// The computer.
    pub computer: Computer<B>,
    mean: f64,
    std: f64,
    norm: f64,
}

impl<B: Backend> Classifier<B> {
    /// A classifier on `computer` that reads pixels in by `scaling`.
    pub fn new(computer: Computer<B>, scaling: PixelScaling) -> Self {
        Self { computer, mean: scaling.mean, std: scaling.std, norm: scaling.norm }
    }

    /// How pixels become inputs.
    pub fn scaling(&self) -> PixelScaling {
        PixelScaling { mean: self.mean, std: self.std, norm: self.norm }
    }
}

impl<B: Backend> Programmable<B> for Classifier<B> {
    fn computer(&self) -> &Computer<B> {
        &self.computer
    }
}

impl<B: Backend> Task<B> for Classifier<B> {
    fn read_in(&self, raw: Tensor<B, 2>) -> Tensor<B, 2> {
        let standard = (raw - self.mean) / self.std;
        // An all-mean image has norm 0 and stays 0: the bound only keeps it from 0/0.
        let norm = (standard.clone() * standard.clone()).sum_dim(1).sqrt().clamp_min(1e-12);
        // Not `recip`: burn-ndarray's is an approximation, and not the same one for every alignment.
        let scale = norm.ones_like() * self.norm / norm;
        standard * scale
    }
}
