//! What can go wrong in a task, each with its cure.

use crate::data::DataError;
use langevin::LangevinError;
use learning::LearningError;

/// An error of a task.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The data set.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The physics.
    #[error(transparent)]
    Langevin(#[from] LangevinError),
    /// The training.
    #[error(transparent)]
    Learning(#[from] LearningError),
    /// The configuration.
    #[error("{origin}: {reason}")]
    Config {
        /// The file or flag.
        origin: String,
        /// What is wrong, and the cure.
        reason: String,
    },
    /// No task of this name.
    #[error("unknown task {name:?}; known: {known}")]
    UnknownTask {
        /// Name given.
        name: String,
        /// Names that exist.
        known: String,
    },
    /// The folder holds another data set under the same file names.
    #[error(
        "{folder}: these are the files of {found}, not of {expected}; name the folder of {expected}, or use --task {found}"
    )]
    WrongDataSet {
        /// The folder.
        folder: String,
        /// The data set wanted.
        expected: &'static str,
        /// The data set there.
        found: &'static str,
    },
    /// No data for a task that has no fallback.
    #[error("no data for task {task:?}: {reason}")]
    NoData {
        /// The task.
        task: String,
        /// Where it was looked for, and the cure.
        reason: String,
    },
}
