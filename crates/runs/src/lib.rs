//! What a run folder holds, as types that its writer and its readers share.
//!
//! A training writes a [`PartialRun`] (`NAME.partial/`, locked by its process) and renames it to `NAME/` when all is done. A
//! finished one is opened as a [`RunFolder`]:
//!
//! | file | type |
//! | --- | --- |
//! | `config.toml` | the job's configuration and its [`Provenance`] |
//! | `summary.json` | [`Summary`], with what came out as an [`Outcome`] |
//! | `figures.json` | [`Figures`]: the arrays behind the report's pictures |
//! | `metrics.jsonl` | a [`Metric`] a line |
//! | `circuit.json` | [`CircuitComparison`], once a circuit of it was run |
//! | `robustness.json` | [`Robustness`], once it was measured |
//! | `*.safetensors` | the trained modules, which this crate does not look into |
//!
//! Folders carry the number [`FORMAT`]; one of another format is refused in one line.

mod circuit;
mod error;
mod figures;
pub mod file;
mod folder;
mod lock;
mod metrics;
mod partial;
mod provenance;
mod robustness;
mod summary;
mod writing;

pub use circuit::{CircuitComparison, Courses, FormComparison, NoisyComparison};
pub use error::RunError;
pub use figures::{
    AccuracyPoint, ClassifiedFigures, Figures, GeneratedFigures, Histogram, OutputTrajectory, Tiles,
};
pub use folder::RunFolder;
pub use lock::FolderLock;
pub use metrics::{Metric, MetricsLog, Phases, parse_metrics};
pub use partial::{PartialRun, folder_name};
pub use provenance::{FORMAT, Provenance, digest, read_config, write_config};
pub use robustness::{
    Axis, AxisFigures, Criterion, Estimate, Level, Quantity, Robustness, RobustnessFigures, Tolerance,
};
pub use summary::{
    Block, Classified, Computer, Couplers, Energy, Evaluated, EvaluatedDynamics, EvaluatedFigures, Generated,
    Halving, Heat, ImageQuality, Minimised, Outcome, Parameters, PerNet, PrototypeQuality, SampleQuality, Seconds,
    Speed, StageFigures, StepError, Summary, Teacher, Test, Validation,
};
pub use writing::{NewFile, writable_folder, write_together, write_whole};
