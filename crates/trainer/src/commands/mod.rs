//! One file a command.

pub(crate) mod bench;
pub(crate) mod check_gradients;
pub(crate) mod energy;
pub(crate) mod evaluate;
pub(crate) mod experiment;
pub(crate) mod export;
pub(crate) mod generative;
pub(crate) mod import;
pub(crate) mod report;
pub(crate) mod tasks;
pub(crate) mod train;
mod train_job;
mod watch;

use train_job::small_random;
