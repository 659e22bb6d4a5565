//! One file a command.

pub(crate) mod bench;
pub(crate) mod check_gradients;
pub(crate) mod circuit;
pub(crate) mod config;
pub(crate) mod energy;
pub(crate) mod evaluate;
pub(crate) mod experiment;
pub(crate) mod export;
pub(crate) mod generate;
pub(crate) mod import;
pub(crate) mod report;
pub(crate) mod robustness;
mod start;
pub(crate) mod tasks;
mod teacher;
pub(crate) mod train;
