//! Tasks for thermodynamic computers: what a configuration asks for, done.
//!
//! A [`Job`] is a configuration, read and checked once: [`Classify`] (paper A) or [`Generate`] (paper B). `job.divide(data)` checks
//! the data, `program` trains, `evaluate` and `measured` measure; a [`Watch`] sees phases, steps and metrics. A [`Task`] is a Burn
//! module, a computer with its read-in and read-out; [`Classifier`] is the papers' image classifier, and [`Classification`]
//! programs any task on any [`Examples`]. [`PRESETS`] are configurations by name.

pub mod circuit;
pub mod classify;
pub mod config;
mod descent;
pub mod energy;
mod error;
pub mod generate;
mod job;
mod memory;
mod outcome;
mod place;
mod preset;
pub mod robustness;
mod stability;
mod start;
mod statistics;
mod step_error;
mod watch;

pub use classify::{
    Classification, Classifier, Evaluation, EvaluationOptions, Examples, GeneticSettings, Hardware, InputNorm,
    Part, PixelScaling, Programmed, Task, TaskExamples, Variation, accuracy_stderr, evaluate,
};
pub use config::{
    ActionSettings, Classify, ClassifyObjective, Dynamics, EnergySettings, ExactSettings, Generate, GuideStates,
    ImageScaling, PathwiseSettings, ProgramSettings, Stage, StageObjective, Start, Training, annotated,
};
pub use energy::{BOLTZMANN, Ledger, LedgerAssumptions, compared};
pub use error::TaskError;
pub use job::{Job, Overrides, Split};
pub use memory::{Need, available};
pub use outcome::{Finished, counted, load_computer};
pub use place::Place;
pub use preset::{PRESETS, Preset, named as preset_named};
pub use start::{SMALL, random_program};
pub use statistics::mean_and_std;
pub use watch::Watch;
