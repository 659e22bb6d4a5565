//! The flags of `trainer energy`: the assumptions of the ledger.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
pub(crate) struct EnergyArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) digital: DigitalArgs,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    #[command(flatten)]
    pub(crate) power: PowerArgs,
    /// Training examples, for the bound on the energy of training [default: the run's training images]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Training")]
    pub(crate) examples: Option<f64>,
}

/// What a digital network needs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The digital network")]
pub(crate) struct DigitalArgs {
    /// Multiply-accumulates of the digital network [default: the teacher's]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) macs: Option<f64>,
    /// Joules of each [default: the run's]
    #[arg(long, value_name = "J", allow_negative_numbers = true)]
    pub(crate) joules_per_mac: Option<f64>,
    /// Joules of each for a lean digital rival (few bits, in or near memory) [default: 1e-14]
    #[arg(long, value_name = "J", allow_negative_numbers = true)]
    pub(crate) lean_joules_per_mac: Option<f64>,
    /// Temperature in kelvin [default: the run's]
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    pub(crate) temperature: Option<f64>,
}

/// What the thermodynamic computer needs for an answer.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The thermodynamic computer")]
pub(crate) struct DeviceArgs {
    /// Heat of the dynamics in kT [default: the run's mean]
    #[arg(long, value_name = "KT", allow_negative_numbers = true)]
    pub(crate) heat: Option<f64>,
    /// Work in kT that the switches of a program in time take out of the units, and that the device cannot use [default: the run's
    /// mean; 0 where the switches put work in]
    #[arg(long, value_name = "KT", allow_negative_numbers = true)]
    pub(crate) unrecovered_work: Option<f64>,
    /// Values read at the end [default: the outputs]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) readouts: Option<f64>,
    /// Joules of reading a value [default: 1e-12, an eight-bit converter]
    #[arg(long, value_name = "J", allow_negative_numbers = true)]
    pub(crate) joules_per_readout: Option<f64>,
    /// Joules of setting an input [default: 1e-14, 10 fF at 1 V]
    #[arg(long, value_name = "J", allow_negative_numbers = true)]
    pub(crate) joules_per_input: Option<f64>,
    /// Joules of writing a parameter [default: 1e-12, eight bits of a small memory]
    #[arg(long, value_name = "J", allow_negative_numbers = true)]
    pub(crate) joules_per_parameter: Option<f64>,
    /// Answers that share the writing of a program [default: 1e6]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) answers_per_program: Option<f64>,
    /// Joules of changing a parameter at a switch of a program in time, the work on the units apart [default: 1e-15, 1 fF at 1 V]
    #[arg(long, value_name = "J", allow_negative_numbers = true)]
    pub(crate) joules_per_switched: Option<f64>,
}

/// What it draws while an answer takes its time.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Power and time")]
pub(crate) struct PowerArgs {
    /// Time of an answer in units of 1/mu [default: the observation time; a generator's twice, it is prepared first]
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub(crate) answer_time: Option<f64>,
    /// Seconds of 1/mu, the unit of model time [default: 1e-6, as of RLC circuits]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seconds_per_time: Option<f64>,
    /// Watts that the device draws whether its units move or not [default: 3.1e-12 a parameter, for holding it in a memory]
    #[arg(long, value_name = "W", allow_negative_numbers = true)]
    pub(crate) standby_watts: Option<f64>,
    /// Transconductors of an electronic circuit [default: one a coupling of an input, two a coupling of other units]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) couplers: Option<f64>,
    /// Amperes that each of them draws [default: 2.5e-8]
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    pub(crate) bias_amperes: Option<f64>,
    /// Volts of their supply [default: 0.5]
    #[arg(long, value_name = "V", allow_negative_numbers = true)]
    pub(crate) supply_volts: Option<f64>,
}
