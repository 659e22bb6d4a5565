//! Generating images from noise (paper B), and measuring how good they are.

mod config;
mod frechet;
mod generator;
mod judge;
mod measurement;
mod prototypes;
mod training;

pub use config::{GenerateConfig, ImageScaling, SamplingConfig, Stage, StageObjective};
pub use frechet::{FeatureMoments, bernoulli_samples};
pub use generator::{Generation, Generator, Samples};
pub use judge::{Judge, JudgeKind, Judgement, judge, train_judge, with_autodiff};
pub use measurement::{PerNet, Quality, Reference, quality};
pub use prototypes::{PrototypeQuality, prototype_quality};
pub use training::{GenerativeJob, ReadOutFeatures, Shown, ShownBatches};
