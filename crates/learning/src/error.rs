//! What can go wrong in training, each with its cure.

use langevin::LangevinError;
use std::path::PathBuf;

/// An error of training.
#[derive(Debug, thiserror::Error)]
pub enum LearningError {
    /// The physics refused.
    #[error(transparent)]
    Langevin(#[from] LangevinError),
    /// The loss is no longer a number.
    #[error(
        "training diverged: {quantity} is {value} at step {step} with learning_rate {learning_rate:e}; use a smaller \
         learning_rate (try {:e})", learning_rate / 10.0
    )]
    Diverged {
        /// What was being minimised.
        quantity: &'static str,
        /// Its value.
        value: f64,
        /// Training step.
        step: usize,
        /// Learning rate at that step.
        learning_rate: f64,
    },
    /// A setting is out of its range.
    #[error("{name} is {value}, but must be {requirement}")]
    Setting {
        /// Name, as in the configuration.
        name: &'static str,
        /// Value given.
        value: String,
        /// What it must be.
        requirement: &'static str,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and the cure.
        reason: String,
    },
    /// Ranks that train together do not agree, or cannot reach each other.
    #[error("{0}")]
    Team(String),
    /// Another rank has ended with an error of its own.
    #[error("rank {rank}: {message}")]
    RankEnded {
        /// The rank that has ended.
        rank: usize,
        /// What that rank says went wrong.
        message: String,
        /// Whether the error is of the job itself, which would meet it again.
        of_the_job: bool,
    },
    /// Whoever watches the training asked it to stop.
    #[error("{0}")]
    Stopped(String),
}
