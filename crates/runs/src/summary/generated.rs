//! What a generator came to.

use super::{Energy, Heat, Seconds};
use serde::{Deserialize, Serialize};

/// The figures of a generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    /// What each stage of the training came to.
    pub stages: Vec<StageFigures>,
    /// Quality of the samples.
    pub samples: SampleQuality,
    /// Heat of the second half of a generation.
    pub heat: Heat,
    /// Digital energy over heat; none where no heat was emitted.
    pub advantage: Option<f64>,
    /// What the advantage assumes.
    pub energy: Energy,
    /// Wall-clock times.
    pub seconds: Seconds,
}

/// What a stage of a generator's training came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageFigures {
    /// What it minimised.
    pub objective: String,
    /// Training steps, of a stage by descent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// The objective at the end, of a stage by descent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<f64>,
    /// λ of the ridge, of an exact minimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ridge: Option<f64>,
    /// Mean action at an exact minimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<f64>,
    /// Condition number of the equations of an exact minimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_number: Option<f64>,
    /// Iterations of an exact minimum's conjugate gradients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<usize>,
    /// Wall-clock time.
    pub seconds: f64,
}

/// Quality of samples, by how many images were learnt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SampleQuality {
    /// Many images: measured by networks.
    Images(Box<ImageQuality>),
    /// A few images: measured by their prototypes.
    Prototypes(PrototypeQuality),
}

impl SampleQuality {
    /// Number of samples.
    pub fn count(&self) -> usize {
        match self {
            Self::Images(quality) => quality.count,
            Self::Prototypes(quality) => quality.count,
        }
    }
}

/// Samples against the few images learnt. The cosine is that of a sample's visible states and the image's pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrototypeQuality {
    /// Samples.
    pub count: usize,
    /// Mean cosine to the prototype asked for or, where none can be, mean absolute cosine to the nearest one.
    pub mean_cosine: f64,
    /// Standard error of `mean_cosine`.
    pub mean_cosine_stderr: f64,
    /// Mean absolute cosine to the nearest prototype.
    pub mean_abs_cosine: f64,
    /// Fraction of samples nearest to the negative of a prototype.
    pub inverted: f64,
    /// Samples nearest to each prototype, in either sign.
    pub class_counts: Vec<usize>,
    /// Fraction nearest to the prototype asked for.
    pub class_accuracy: Option<f64>,
    /// Mean over classes of the root mean square distance of samples from their class's mean, over that mean's norm.
    pub diversity: f64,
}

/// A value for each of the two networks that measure; none where it could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PerNet {
    /// On the convolutional network's features.
    pub cnn: Option<f64>,
    /// On the multilayer perceptron's features.
    pub mlp: Option<f64>,
}

/// Quality of samples where many images were learnt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageQuality {
    /// Samples.
    pub count: usize,
    /// Fraction that the convolutional network takes for the class asked for.
    pub class_accuracy: Option<f64>,
    /// Samples that the convolutional network takes for each class.
    pub class_counts: Vec<usize>,
    /// Mean entropy of the convolutional network's class probabilities, in nats.
    pub class_entropy: f64,
    /// Accuracy of the two networks on the test images.
    pub classifier_accuracy: PerNet,
    /// Fréchet distance of the samples to the test images.
    pub frechet: PerNet,
    /// Fréchet distance of held-out images to the test images.
    pub frechet_floor: PerNet,
    /// Number of held-out images behind `frechet_floor`.
    pub floor_images: usize,
    /// Fréchet distance of samples of the class-conditional Bernoulli model.
    pub frechet_bernoulli: PerNet,
    /// Fréchet distance of samples of the pooled Bernoulli model.
    pub frechet_bernoulli_pooled: PerNet,
    /// Mean distance of a sample to its nearest training image.
    pub nearest_train: f64,
    /// Mean distance of a held-out image to its nearest training image.
    pub nearest_real: f64,
    /// Spread of the samples within their classes, relative to the class means.
    pub diversity: f64,
    /// Spread of the test images within their classes, relative to the class means.
    pub diversity_real: f64,
}
