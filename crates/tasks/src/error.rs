//! What can go wrong in a task, each with its cure.

use circuit::CircuitError;
use data::DataError;
use langevin::LangevinError;
use learning::LearningError;
use runs::RunError;

/// An error of a task.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    /// The run folder.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The circuit.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// The configuration.
    #[error("{origin}: {reason}")]
    Config {
        /// The file, key or flag.
        origin: String,
        /// What is wrong, and the cure.
        reason: String,
    },
    /// A key that the job does not use.
    #[error("{origin}: {reason}")]
    Unused {
        /// The file, key or flag.
        origin: String,
        /// Which keys there are, or why it is not used.
        reason: String,
    },
    /// A training went where its numbers end.
    #[error("{phase}: {what}; use {cure}")]
    Diverged {
        /// What was being trained.
        phase: String,
        /// What happened.
        what: String,
        /// Settings to change.
        cure: String,
    },
    /// No preset of this name.
    #[error("unknown preset {name:?}; known: {known}")]
    UnknownPreset {
        /// Name given.
        name: String,
        /// Names that exist.
        known: String,
    },
    /// The job needs more memory than there is.
    #[error("{what} needs about {needed}, and there are {available}; use a smaller {setting}")]
    Memory {
        /// What needs it.
        what: String,
        /// How much, in words.
        needed: String,
        /// How much there is, in words.
        available: String,
        /// The setting that asks for it.
        setting: String,
    },
}

impl TaskError {
    /// An error of a configuration's key.
    pub(crate) fn config(origin: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Config { origin: origin.into(), reason: reason.into() }
    }

    /// Whether the job itself cannot work, so that nothing is worth keeping for another try: its numbers, not the machine.
    pub fn is_of_the_job(&self) -> bool {
        matches!(self, Self::Diverged { .. } | Self::Langevin(_) | Self::Config { .. } | Self::Memory { .. })
            || matches!(
                self,
                Self::Learning(
                    LearningError::Diverged { .. }
                        | LearningError::Langevin(_)
                        | LearningError::Setting { .. }
                        | LearningError::RankEnded { of_the_job: true, .. }
                )
            )
    }
}
