//! What a ledger assumes: flags, the run, defaults; each with its origin.

use crate::cli::{EnergyArgs, PowerArgs};
use anyhow::{Result, bail, ensure};
use runs::Summary;
use tasks::LedgerAssumptions;
use tasks::energy::{Assumed, Item, Kind, Transconductors};

/// A value and where it comes from.
struct Known {
    value: f64,
    source: String,
    by_flag: bool,
}

/// What a flag says, or else what is known without.
fn known(flag: &str, given: Option<f64>, otherwise: f64, source: impl Into<String>) -> Known {
    match given {
        Some(value) => Known { value, source: flag.to_owned(), by_flag: true },
        None => Known { value: otherwise, source: source.into(), by_flag: false },
    }
}

fn default(flag: &str, given: Option<f64>, default: Assumed) -> Known {
    known(flag, given, default.value, default.source)
}

/// What the ledger of a run assumes.
pub(super) struct Assumptions {
    /// Everything counted.
    pub(super) counted: LedgerAssumptions,
    /// Joules of a multiply–accumulate of the lean digital rival.
    pub(super) lean_joules_per_mac: f64,
    /// The transconductors, were the run an electronic circuit.
    pub(super) circuit: Transconductors,
    /// Whether the program changes while it runs.
    pub(super) clocked: bool,
    /// Training examples, where that is known.
    pub(super) examples: Option<f64>,
    origins: Vec<(Item, Kind, String)>,
    lean: (Kind, String),
}

impl Assumptions {
    /// Where a line comes from.
    pub(super) fn origin(&self, item: Item) -> (Kind, String) {
        let found = self.origins.iter().find(|(of, _, _)| *of == item);
        found.map_or((Kind::Estimated, String::new()), |(_, kind, source)| (*kind, source.clone()))
    }

    /// Where a line comes from, against the lean digital rival.
    pub(super) fn lean_origin(&self, item: Item) -> (Kind, String) {
        if item == Item::Digital { self.lean.clone() } else { self.origin(item) }
    }

    /// What the flags say, or else the run, or else the defaults.
    ///
    /// # Errors
    /// One line that names the flag: what the run does not use, what it needs and lacks, what is out of range.
    pub(super) fn of(arguments: &EnergyArgs, summary: &Summary) -> Result<Self> {
        let EnergyArgs { digital, device, power, .. } = arguments;
        let run = arguments.run.display();
        let segments = summary.computer.segments.as_ref().map(|segments| segments.len().max(1));
        if segments.is_none() {
            no_switches(arguments)?;
        }
        let (energy, heat) = (summary.energy(), summary.heat());
        let measured = |flag: &str, given: Option<f64>, found: Option<f64>, source: &str| match (given, found) {
            (None, None) => bail!("{run}: an imported run has not been measured; give {flag}"),
            (given, found) => Ok(known(flag, given, found.unwrap_or(0.0), source)),
        };
        let network = if summary.computer.visible.is_some() {
            "layers of a denoiser of ten steps"
        } else {
            "layers of the teacher"
        };
        let macs = measured("--macs", digital.macs, energy.map(|e| e.macs as f64), network)?;
        let joules_per_mac = measured(
            "--joules-per-mac",
            digital.joules_per_mac,
            energy.map(|e| e.joules_per_mac),
            "energy.joules_per_mac of the run (both papers: 1e-12 J)",
        )?;
        let temperature =
            measured("--temperature", digital.temperature, energy.map(|e| e.temperature), "the run")?;
        let of_trajectories = "mean of the run's trajectories (summary.json)";
        let emitted = measured("--heat", device.heat, heat.map(|h| h.mean_kt), of_trajectories)?;
        ensure!(
            emitted.by_flag || emitted.value >= 0.0,
            "{run}: its mean heat is {:.2e} kT, but a ledger has no energy below 0; give --heat",
            emitted.value
        );
        let work = heat.and_then(|heat| heat.work_mean_kt).unwrap_or(0.0);
        let unrecovered = known("--unrecovered-work", device.unrecovered_work, (-work).max(0.0), of_trajectories);
        let readout = default("--joules-per-readout", device.joules_per_readout, Assumed::READOUT);
        let readouts = known("--readouts", device.readouts, summary.computer.outputs as f64, "outputs of the run");
        let input = default("--joules-per-input", device.joules_per_input, Assumed::INPUT);
        let parameter = default("--joules-per-parameter", device.joules_per_parameter, Assumed::PARAMETER);
        let answers = default("--answers-per-program", device.answers_per_program, Assumed::ANSWERS);
        let switched = default("--joules-per-switched", device.joules_per_switched, Assumed::SWITCHED);
        let parameters = summary.parameters.acting;
        let Power { time, seconds, standby, couplers, bias, supply } = Power::of(power, summary);
        let lean = default("--lean-joules-per-mac", digital.lean_joules_per_mac, Assumed::LEAN_MAC);
        let counted = LedgerAssumptions {
            macs: macs.value,
            joules_per_mac: joules_per_mac.value,
            temperature: temperature.value,
            heat_kt: emitted.value,
            unrecovered_kt: unrecovered.value,
            readouts: readouts.value,
            joules_per_readout: readout.value,
            inputs: summary.computer.inputs as f64,
            joules_per_input: input.value,
            parameters: parameters as f64,
            joules_per_parameter: parameter.value,
            answers_per_program: answers.value,
            switches: segments.unwrap_or(0) as f64,
            switched: segments.map_or(0.0, |segments| (parameters / segments) as f64),
            joules_per_switched: switched.value,
            answer_time: time.value,
            seconds_per_time: seconds.value,
            standby_watts: standby.value,
            circuit: None,
        };
        let circuit =
            Transconductors { couplers: couplers.value, bias_amperes: bias.value, supply_volts: supply.value };
        let examples = arguments.examples.or(summary.training_images.map(|images| images as f64));
        in_range(&counted, &circuit, lean.value, examples)?;
        let simulated = |of: &Known| if of.by_flag { Kind::Estimated } else { Kind::Simulated };
        let origins = vec![
            (Item::Digital, Kind::Estimated, sources(&[&macs, &joules_per_mac])),
            (Item::Heat, simulated(&emitted), sources(&[&emitted])),
            (Item::Unrecovered, simulated(&unrecovered), sources(&[&unrecovered])),
            (Item::Supply, Kind::Estimated, sources(&[&couplers, &bias, &supply, &time, &seconds])),
            (Item::Standby, Kind::Estimated, sources(&[&standby, &time, &seconds])),
            (Item::Readout, Kind::Estimated, sources(&[&readouts, &readout])),
            (Item::Inputs, Kind::Estimated, sources(&[&input])),
            (Item::Writing, Kind::Estimated, sources(&[&parameter, &answers])),
            (Item::Switching, Kind::Estimated, sources(&[&switched])),
        ];
        let lean_kind = if lean.by_flag { Kind::Estimated } else { Kind::Projected };
        Ok(Self {
            counted,
            lean_joules_per_mac: lean.value,
            circuit,
            clocked: segments.is_some(),
            examples,
            origins,
            lean: (lean_kind, sources(&[&macs, &lean])),
        })
    }
}

/// What a device draws while an answer takes its time.
struct Power {
    time: Known,
    seconds: Known,
    standby: Known,
    couplers: Known,
    bias: Known,
    supply: Known,
}

impl Power {
    fn of(power: &PowerArgs, summary: &Summary) -> Self {
        let computer = &summary.computer;
        let (halves, of_answer) = match computer.visible {
            Some(_) => (2.0, "preparation and generation, t_f each"),
            None => (1.0, "t_f"),
        };
        let own_time = halves * computer.mobility * computer.observation_time;
        let held = Assumed::STANDBY.value * summary.parameters.acting as f64;
        let segments = computer.segments.as_ref().map_or(1, Vec::len);
        let needed = Transconductors::needed(&summary.parameters, segments) as f64;
        let of_couplings = "couplings of the run, those of moving units each way";
        Self {
            time: known("--answer-time", power.answer_time, own_time, of_answer),
            seconds: default("--seconds-per-time", power.seconds_per_time, Assumed::SECONDS),
            standby: known("--standby-watts", power.standby_watts, held, Assumed::STANDBY.source),
            couplers: known("--couplers", power.couplers, needed, of_couplings),
            bias: default("--bias-amperes", power.bias_amperes, Assumed::BIAS),
            supply: default("--supply-volts", power.supply_volts, Assumed::SUPPLY),
        }
    }
}

/// Refuses the flags that are about switches, of a run whose program has none.
fn no_switches(arguments: &EnergyArgs) -> Result<()> {
    let (device, run) = (&arguments.device, arguments.run.display());
    for (flag, given) in
        [("--joules-per-switched", device.joules_per_switched), ("--unrecovered-work", device.unrecovered_work)]
    {
        ensure!(given.is_none(), "{flag}: the program of {run} does not change; leave the flag out");
    }
    Ok(())
}

/// Sources one after another, none of them twice.
fn sources(of: &[&Known]) -> String {
    let mut found: Vec<&str> = Vec::new();
    for known in of {
        if !found.contains(&known.source.as_str()) {
            found.push(&known.source);
        }
    }
    found.join("; ")
}

/// Refuses what is no quantity of any computer: beyond these bounds products and ratios would leave the floats.
fn in_range(
    counted: &LedgerAssumptions,
    circuit: &Transconductors,
    lean_joules_per_mac: f64,
    examples: Option<f64>,
) -> Result<()> {
    for (flag, value) in [
        ("--macs", counted.macs),
        ("--joules-per-mac", counted.joules_per_mac),
        ("--lean-joules-per-mac", lean_joules_per_mac),
        ("--temperature", counted.temperature),
        ("--answers-per-program", counted.answers_per_program),
    ] {
        ensure!((1e-60..1e60).contains(&value), "{flag} is {value:e}, but must be above 0 (1e-60 to 1e60)");
    }
    for (flag, value) in [
        ("--answer-time", counted.answer_time),
        ("--seconds-per-time", counted.seconds_per_time),
        ("--bias-amperes", circuit.bias_amperes),
        ("--supply-volts", circuit.supply_volts),
        ("--examples", examples.unwrap_or(1.0)),
    ] {
        ensure!((1e-30..1e30).contains(&value), "{flag} is {value:e}, but must be above 0 (1e-30 to 1e30)");
    }
    for (flag, value) in [
        ("--heat", counted.heat_kt),
        ("--unrecovered-work", counted.unrecovered_kt),
        ("--readouts", counted.readouts),
        ("--joules-per-readout", counted.joules_per_readout),
        ("--joules-per-input", counted.joules_per_input),
        ("--joules-per-parameter", counted.joules_per_parameter),
        ("--joules-per-switched", counted.joules_per_switched),
    ] {
        let fits = value.abs() <= 0.0 || (1e-60..1e60).contains(&value);
        ensure!(fits, "{flag} is {value:e}, but must be 0, or from 1e-60 to below 1e60");
    }
    for (flag, value) in [("--standby-watts", counted.standby_watts), ("--couplers", circuit.couplers)] {
        let fits = value.abs() <= 0.0 || (1e-30..1e30).contains(&value);
        ensure!(fits, "{flag} is {value:e}, but must be 0, or from 1e-30 to below 1e30");
    }
    Ok(())
}
