//! Configurations: a preset or a file names its base and says only what differs; settings of the command line come last.
//!
//! The layers are merged as tables, and the result is read once into a [`crate::Job`]. Every key must be one that the job uses.

mod classify;
mod generate;
mod keys;
mod layers;
mod moved;
mod ranges;
mod reading;
mod sections;
mod training;

pub use classify::{
    ActionSettings, Classify, ClassifyData, ClassifyObjective, EvaluationSettings, ExactSettings, GuideStates,
    PathwiseSettings, Start, TeacherSettings, ValidationSettings,
};
pub use generate::{
    Generate, GenerateData, GeneratorSettings, ImageScaling, NoisingSettings, SamplingSettings, Stage,
    StageObjective,
};
pub use keys::annotated;
pub use sections::{ComputerSettings, Dynamics, EnergySettings, ProgramSettings};
pub use training::{Descent, Training};

pub(crate) use generate::EXACT_BATCH;
pub(crate) use layers::layered;
pub(crate) use ranges::require;
pub(crate) use reading::read_checked;
pub(crate) use sections::evenly_spaced;
