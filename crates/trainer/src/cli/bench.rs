//! Arguments of `trainer bench`.

use super::positive;
use crate::backend::BackendKind;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Clone, Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    pub(crate) what: Bench,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Bench {
    /// Whole trajectories: the drive from 784 inputs, all steps with fresh noise, the argmax
    Simulate(BenchSimulateArgs),
    /// A training step of the action: loss, gradients and Adam on given transitions of every time step
    Action(BenchTrainingArgs),
    /// A training step through the dynamics: whole trajectories forward and backward, cross-entropy, Adam
    Pathwise(BenchTrainingArgs),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct BenchCommon {
    /// Where to compute
    #[arg(long, value_enum, default_value_t = BackendKind::default())]
    pub(crate) backend: BackendKind,
    /// Threads of the kernels, one or several: 1,2 [default: all cores]
    #[arg(long, value_delimiter = ',', value_parser = positive)]
    pub(crate) threads: Vec<usize>,
    /// Timed repetitions, after one that is not
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeats: u32,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct BenchSimulateArgs {
    #[command(flatten)]
    pub(crate) common: BenchCommon,
    /// Trajectories simulated together, one number or several: 100,1000,10000
    #[arg(long, value_delimiter = ',', default_value = "10000", value_parser = positive)]
    pub(crate) batch: Vec<usize>,
    /// Time steps
    #[arg(long, default_value_t = 200, value_parser = at_most_a_million)]
    pub(crate) steps: usize,
    /// Moving units, one number or several
    #[arg(long, value_delimiter = ',', default_value = "74", value_parser = positive)]
    pub(crate) units: Vec<usize>,
    /// Which units couple
    #[arg(long, value_enum, default_value_t = BenchCouplings::Classifier)]
    pub(crate) couplings: BenchCouplings,
    /// Segments of the program, of equal length
    #[arg(long, default_value_t = 1, value_parser = at_most_a_thousand)]
    pub(crate) segments: usize,
    /// Neighbours of a unit, on average, of `--couplings random` [default: 8]
    #[arg(long, value_parser = at_most_a_million)]
    pub(crate) degree: Option<usize>,
}

/// Which units of a benchmark couple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchCouplings {
    /// All with all, driven by 784 inputs (paper A)
    Classifier,
    /// 784 visible units with the others, and those among themselves (paper B: --units 1296)
    Generator,
    /// All with all
    Dense,
    /// Neighbours on a chain
    Chain,
    /// Random pairs
    Random,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct BenchTrainingArgs {
    #[command(flatten)]
    pub(crate) common: BenchCommon,
    /// Trajectories a step, one number or several [default: 1000 for action, 500 for pathwise]
    #[arg(long, value_delimiter = ',', value_parser = positive)]
    pub(crate) batch: Vec<usize>,
    /// Time steps [default: 200 for action, 40 for pathwise]
    #[arg(long, value_parser = positive)]
    pub(crate) steps: Option<usize>,
    /// Moving units, 10 of them outputs, one number or several
    #[arg(long, value_delimiter = ',', default_value = "74", value_parser = positive)]
    pub(crate) units: Vec<usize>,
    /// Segments of the program, of equal length
    #[arg(long, default_value_t = 1, value_parser = at_most_a_thousand)]
    pub(crate) segments: usize,
}

fn at_most_a_thousand(text: &str) -> Result<usize, String> {
    positive(text)
        .ok()
        .filter(|value| *value <= 1000)
        .ok_or_else(|| format!("{text} is not a whole number from 1 to 1000"))
}

fn at_most_a_million(text: &str) -> Result<usize, String> {
    positive(text)
        .ok()
        .filter(|value| *value <= 1_000_000)
        .ok_or_else(|| format!("{text} is not a whole number from 1 to 1000000"))
}
