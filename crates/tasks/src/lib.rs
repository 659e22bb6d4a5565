//! Tasks for thermodynamic computers, and their data.
//!
//! A [`Task`] is a Burn module: a computer with its read-in (raw data to frozen inputs) and read-out (state to scores).
//! [`Classifier`] is the papers' image classifier; [`registry`] lists the tasks that `trainer` knows by name. A new task
//! is one file here, one line in the registry and one TOML in `configs/`.

mod classifier;
mod config;
pub mod data;
mod energy;
mod error;
mod evaluation;
mod figures;
pub mod generative;
mod input_norm;
mod pipeline;
mod registry;
mod task;
mod trainers;
mod variation;

pub use classifier::{Classifier, PixelScaling};
pub use config::{
    EnergyConfig, EvaluationConfig, JobConfig, ObjectiveKind, Provenance, TeacherSettings, TrainingSettings,
};
pub use energy::{BOLTZMANN, EnergyAccount, Ledger, LedgerAssumptions};
pub use error::TaskError;
pub use evaluation::{Evaluation, EvaluationOptions, accuracy_stderr, evaluate, mean_and_std, teacher_top1};
pub use figures::{Figures, OutputTrajectory, figures};
pub use input_norm::InputNorm;
pub use pipeline::{Classification, computer_objective, teacher_objective};
pub use registry::{DataRequest, TaskEntry, TaskKind, registry, task_named};
pub use task::{Examples, Task, TaskExamples};
pub use trainers::{
    ExactMinimum, GeneticSettings, GuideStates, MinimiserSettings, PathwiseSettings, Start, exact_minimum,
    pathwise_objective,
};
pub use variation::Variation;
