//! Generating images from noise (paper B), and measuring how good they are.

mod figures;
mod frechet;
mod generator;
mod judge;
mod measured;
mod measurement;
mod objectives;
mod program;
mod prototypes;

pub use frechet::{FeatureMoments, bernoulli_samples};
pub use generator::{Generation, Generator, Samples};
pub use judge::{Judge, JudgeConfig, JudgeKind, Judgement, judge, train_judge, with_autodiff};
pub use measured::{Measured, Networks};
pub use measurement::{Reference, quality};
pub use objectives::{GenerativeJob, ReadOutFeatures, Shown, ShownBatches};
pub use program::ProgrammedGenerator;
pub use prototypes::prototype_quality;

pub(crate) use program::leftovers;
