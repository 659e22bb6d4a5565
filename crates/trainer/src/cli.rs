//! The command line.

mod bench;
mod circuit;
mod energy;
mod robustness;

use crate::backend::BackendKind;
use crate::commands::experiment::{Submit, Which, WhichParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

pub(crate) use bench::{Bench, BenchArgs, BenchCommon, BenchCouplings, BenchSimulateArgs, BenchTrainingArgs};
pub(crate) use circuit::{CircuitArgs, FormArg, InputsArg, ScaleArgs};
pub(crate) use energy::{EnergyArgs, PowerArgs};
pub(crate) use robustness::RobustnessArgs;

/// Train, run and measure simulated thermodynamic computers.
///
/// Without a command: train on MNIST by the Onsager–Machlup action (configs/mnist.toml), evaluate on the test set and
/// write a run folder with a report. Without MNIST it trains on the built-in digits, and says so.
#[derive(Debug, Parser)]
#[command(name = "trainer", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) train: TrainArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a teacher and a computer, evaluate on the test set, write a run folder (the default command)
    Train(TrainArgs),
    /// Run a trained or imported computer on a data split: accuracies, heat, advantage
    Evaluate(EvaluateArgs),
    /// Compare autodiff gradients of the action with analytic ones and central differences; exit code 1 on a miss
    CheckGradients(CheckArgs),
    /// Generate images from noise with a trained generator: a PNG grid and the visible states (npy)
    Generate(GenerateArgs),
    /// Measure accuracy and heat on disturbed devices: bits, density, mismatch, offsets, temperature, clock, stuck units, input noise
    Robustness(RobustnessArgs),
    /// Write a run folder's report.html again
    Report(ReportArgs),
    /// Make a run folder from a file of parameters (paper A: 63,143 numbers)
    Import(ImportArgs),
    /// Print a run's parameters or its circuit, or write them to a file
    Export(ExportArgs),
    /// Run the computer as an electronic circuit with ngspice, and compare end states, answers and energies with the simulation's
    Circuit(CircuitArgs),
    /// Measure speed
    Bench(BenchArgs),
    /// Count the energy of an answer line by line, every assumption a flag, beside the papers' own
    Energy(EnergyArgs),
    /// Run a grid of trainings and make one table, one figure and one report of it
    Experiment(ExperimentArgs),
    /// Print the configuration that a job resolves to, a comment a key
    Config(ShowConfigArgs),
    /// List the presets: configurations by name
    Tasks,
}

/// Where to compute.
#[derive(Debug, Clone, Args)]
pub(crate) struct BackendArgs {
    /// Where to compute
    #[arg(long, value_enum, default_value_t = BackendKind::default())]
    pub(crate) backend: BackendKind,
}

/// Where the data are.
#[derive(Debug, Clone, Args)]
pub(crate) struct DataArgs {
    /// Folder with the four IDX files of the data set, .gz or not [env: THERMO_DATA; default: download MNIST once]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Never try to download data
    #[arg(long)]
    pub(crate) offline: bool,
}

/// Seeds are whole numbers that TOML holds.
fn seed(text: &str) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(value) if i64::try_from(value).is_ok() => Ok(value),
        _ => Err(format!("{text} is not a whole number from 0 to 9223372036854775807")),
    }
}

/// Which configuration.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigArgs {
    /// Configuration file; it may name a preset as its base, and unknown keys are errors
    #[arg(long, value_name = "FILE", conflicts_with = "task")]
    pub(crate) config: Option<PathBuf>,
    /// Preset: a configuration by name (see `trainer tasks`) [default: mnist]
    #[arg(long, value_name = "NAME")]
    pub(crate) task: Option<String>,
    /// Change a key of the configuration, dots for sections: --set dynamics.kt=2 --set training.steps=100
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ShowConfigArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Seed of everything random [default: the config's]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) backend: BackendArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Seed of everything random [default: the config's]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Run folder to write; must not exist [default: runs/TASK-NUMBER]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the interrupted training of this run folder (from DIR.partial), with its own configuration
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "task", "settings", "seed"])]
    pub(crate) resume: Option<PathBuf>,
    /// Take the teacher (of a generator: the networks that judge and guide) of this run folder instead of training one
    #[arg(long, value_name = "RUN", conflicts_with = "resume")]
    pub(crate) teacher: Option<PathBuf>,
    /// Train on from the program of this run folder, one that does not change in all segments, instead of from objective.start (of a
    /// generator: from rest)
    #[arg(long, value_name = "RUN", conflicts_with = "resume")]
    pub(crate) start: Option<PathBuf>,
    /// Train on all ranks that mpirun has started, each on its share of every batch: mpirun -n 16 trainer --mpi … (a program built with
    /// --features mpi)
    #[arg(long)]
    pub(crate) mpi: bool,
    /// Ends, as if killed, once this process is no longer the parent: a training of an experiment
    #[arg(long, value_name = "PID", hide = true)]
    pub(crate) end_with: Option<u32>,
}

/// Part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitArg {
    /// The test set
    Test,
    /// Training images kept for validation
    Validation,
    /// Training images that were trained on
    Train,
}

impl From<SplitArg> for tasks::Split {
    fn from(split: SplitArg) -> Self {
        match split {
            SplitArg::Test => Self::Test,
            SplitArg::Validation => Self::Validation,
            SplitArg::Train => Self::Train,
        }
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct EvaluateArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) backend: BackendArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Seed of the noise [default: the run's]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(crate) seed: Option<u64>,
    /// Trajectories of each image; of a generator, samples [default: the run's]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) replicas: Option<usize>,
    /// Thermal energy kT [default: the run's]
    #[arg(long, value_name = "KT", allow_negative_numbers = true)]
    pub(crate) kt: Option<f64>,
    /// Time step [default: the run's]
    #[arg(long, value_name = "DT", allow_negative_numbers = true)]
    pub(crate) time_step: Option<f64>,
    /// Observation time [default: the run's]
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub(crate) observation_time: Option<f64>,
    /// Which part of the data [default: test]
    #[arg(long, value_enum)]
    pub(crate) split: Option<SplitArg>,
    /// Measure what the time step decides instead: one trajectory each on the same Brownian path at the run's time step, its half, and
    /// up to sixteen times it
    #[arg(long, conflicts_with_all = ["predictions", "replicas"])]
    pub(crate) step_error: bool,
    /// Write the answer to each image, one line each: index, label, prediction (empty for a tie)
    #[arg(long, value_name = "FILE")]
    pub(crate) predictions: Option<PathBuf>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct GenerateArgs {
    /// Run folder of a generative task
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) backend: BackendArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Seed of the samples [default: the run's]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(crate) seed: Option<u64>,
    /// Samples
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = positive)]
    pub(crate) samples: usize,
    /// Folder for samples-SEED.png and samples-SEED.npy [default: the run folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    /// Print one line of JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// Put this relative error into one gradient of each block: the check must fail
    #[arg(long, value_name = "E", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(crate) inject_error: f64,
    /// Check one backend and float type in this process (Burn fixes the float type of a device at its first use)
    #[arg(long, value_name = "BACKEND:FLOAT", hide = true)]
    pub(crate) only: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ReportArgs {
    /// Run folder
    pub(crate) run: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArgs {
    /// File of parameters: whitespace-separated numbers in the order of the book's page on parameter files, or what export wrote as safetensors or JSON
    pub(crate) file: PathBuf,
    /// Run folder to write; must not exist
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Seed of the noise of evaluations [default: the config's]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// How to write parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Whitespace-separated numbers in the order of the paper author's file
    Parameters,
    /// The computer as a safetensors file (needs --to)
    Safetensors,
    /// Layout, blocks and values as JSON
    Json,
    /// The computer as a circuit, a netlist for ngspice: of one image (--image), or sample of a generator
    Spice,
    /// The circuit of transconductors as JSON in siemens, amperes, volts, farads and seconds
    Si,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ExportArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    /// How to write them
    #[arg(long, value_enum, default_value_t = ExportFormat::Parameters)]
    pub(crate) format: ExportFormat,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// spice: test image that the circuit answers, or sample that a generator makes, counted from 0 [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) image: Option<usize>,
    /// spice: how units are built [default: transconductors]
    #[arg(long, value_enum)]
    pub(crate) form: Option<FormArg>,
    /// spice: fold the inputs into the biases: a much smaller circuit, of this image alone
    #[arg(long)]
    pub(crate) fold_inputs: bool,
    /// spice: give each unit a source of thermal noise (trnoise)
    #[arg(long)]
    pub(crate) noise: bool,
    #[command(flatten)]
    pub(crate) scales: ScaleArgs,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(value) if value > 0 => Ok(value),
        _ => Err(format!("{text} is not a whole number above 0")),
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ExperimentArgs {
    /// Which: one that comes with the program, or a file of your own that ends in .toml
    #[arg(value_name = "NAME|FILE.toml", value_parser = WhichParser)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) backend: BackendArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Folder of the experiment; one that is there is gone on with [default: runs/experiment-NAME]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Seeds of each point
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) seeds: u64,
    /// Points trained at the same time [default: one a core; 64 with --submit]
    #[arg(long, value_parser = positive)]
    pub(crate) jobs: Option<usize>,
    /// Train each point in a job: CMD gets a shell script on its standard input, and ends when the job has ("sbatch --wait
    /// --requeue", "srun -n1 sh", "ssh node7 sh"). Program, data and --out must be on a file system that the jobs share
    #[arg(long, value_name = "CMD", value_parser = Submit::parse)]
    pub(crate) submit: Option<Submit>,
    /// Change a key of the configuration of every point that has it
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<String>,
}
