//! Arguments of `trainer circuit`, and what `trainer export` shares with it.

use super::{BackendArgs, DataArgs, positive, seed};
use circuit::{Form, Scales};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// How units are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormArg {
    /// A capacitor at a node, a conductor, a cubic element, voltage-controlled current sources
    Transconductors,
    /// A resistor into a capacitor in series with voltage sources, whose resistors dissipate the heat
    Charges,
    /// Both
    Both,
}

impl FormArg {
    pub(crate) fn forms(self) -> Vec<Form> {
        match self {
            Self::Transconductors => vec![Form::Transconductors],
            Self::Charges => vec![Form::Charges],
            Self::Both => vec![Form::Transconductors, Form::Charges],
        }
    }
}

/// How frozen inputs act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputsArg {
    /// Within the biases: fast
    Folded,
    /// A voltage source each, with all their couplers
    Sources,
}

/// What the model's units are in the circuit.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ScaleArgs {
    /// Volts of x = 1 [default: 1]
    #[arg(long, value_name = "V", allow_negative_numbers = true)]
    pub(crate) volts: Option<f64>,
    /// Farads of a unit's capacitor [default: 1]
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    pub(crate) farads: Option<f64>,
    /// Seconds of a time 1/μ [default: 1]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub(crate) seconds: Option<f64>,
    /// Temperature of the circuit in kelvin [default: 300]
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    pub(crate) kelvin: Option<f64>,
}

impl ScaleArgs {
    pub(crate) fn scales(self) -> Scales {
        let given = Scales::default();
        Scales {
            volts: self.volts.unwrap_or(given.volts),
            farads: self.farads.unwrap_or(given.farads),
            seconds: self.seconds.unwrap_or(given.seconds),
            kelvin: self.kelvin.unwrap_or(given.kelvin),
        }
    }

    /// The first that was given.
    pub(crate) fn given(self) -> Option<&'static str> {
        let all = [
            ("--volts", self.volts),
            ("--farads", self.farads),
            ("--seconds", self.seconds),
            ("--kelvin", self.kelvin),
        ];
        all.into_iter().find_map(|(flag, value)| value.map(|_| flag))
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CircuitArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) backend: BackendArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Test images, or samples of a generator, the first of them
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = positive)]
    pub(crate) digits: usize,
    /// Run circuits with thermal noise too (transconductors), against ten simulated trajectories of each digit
    #[arg(long)]
    pub(crate) noise: bool,
    /// Seed of that noise [default: the run's]
    #[arg(long, value_name = "N", value_parser = seed, requires = "noise")]
    pub(crate) seed: Option<u64>,
    /// How units are built, without noise
    #[arg(long, value_enum, default_value_t = FormArg::Both)]
    pub(crate) form: FormArg,
    /// How frozen inputs act
    #[arg(long, value_enum, default_value_t = InputsArg::Folded)]
    pub(crate) inputs: InputsArg,
    #[command(flatten)]
    pub(crate) scales: ScaleArgs,
    /// Circuits run at a time [default: one a core]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) jobs: Option<usize>,
    /// Seconds after which a circuit is given up
    #[arg(long, value_name = "S", default_value_t = 600)]
    pub(crate) time_limit: u64,
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}
