//! `trainer energy RUN`: the energy of an answer, line by line.

use crate::cli::EnergyArgs;
use crate::output::{json, print};
use anyhow::{Context, Result, ensure};
use runs::RunFolder;
use serde::Serialize;
use std::fmt::Write as _;
use tasks::{Ledger, LedgerAssumptions};

/// A column of the ledger.
#[derive(Serialize)]
struct Column {
    assumptions: LedgerAssumptions,
    kt: Ledger,
    thermodynamic_kt: f64,
    advantage: Option<f64>,
}

impl Column {
    fn of(assumptions: LedgerAssumptions) -> Self {
        let kt = assumptions.ledger();
        Self { assumptions, kt, thermodynamic_kt: kt.thermodynamic(), advantage: kt.advantage() }
    }
}

/// The ledger of a run, beside the papers' own.
#[derive(Serialize)]
struct Columns {
    #[serde(rename = "paper A")]
    paper_a: Column,
    #[serde(rename = "paper B")]
    paper_b: Column,
    #[serde(rename = "this run, heat alone")]
    heat_alone: Column,
    #[serde(rename = "everything counted")]
    counted: Column,
    #[serde(rename = "and a lean digital rival")]
    lean: Column,
}

/// Prints the ledger.
pub(crate) fn run(arguments: &EnergyArgs) -> Result<()> {
    let summary = RunFolder::open(&arguments.run)?.summary()?;
    let (energy, heat) = (summary.energy(), summary.heat());
    let given = |flag: &str, value: Option<f64>, measured: Option<f64>| {
        value.or(measured).with_context(|| {
            format!("{}: an imported run has not been measured; give {flag}", arguments.run.display())
        })
    };
    let (switches, switched) = match &summary.computer.segments {
        Some(segments) => {
            let segments = segments.len().max(1);
            (segments as f64, (summary.parameters.acting / segments) as f64)
        }
        None => {
            ensure!(
                arguments.joules_per_switched.is_none(),
                "--joules-per-switched: the program of {} does not change; leave the flag out",
                arguments.run.display()
            );
            (0.0, 0.0)
        }
    };
    let assumed = LedgerAssumptions {
        macs: given("--macs", arguments.macs, energy.map(|e| e.macs as f64))?,
        joules_per_mac: given("--joules-per-mac", arguments.joules_per_mac, energy.map(|e| e.joules_per_mac))?,
        temperature: given("--temperature", arguments.temperature, energy.map(|e| e.temperature))?,
        heat_kt: given("--heat", arguments.heat, heat.map(|h| h.mean_kt))?,
        readouts: arguments.readouts.unwrap_or(summary.computer.outputs as f64),
        joules_per_readout: arguments.joules_per_readout,
        inputs: summary.computer.inputs as f64,
        joules_per_input: arguments.joules_per_input,
        parameters: summary.parameters.acting as f64,
        joules_per_parameter: arguments.joules_per_parameter,
        answers_per_program: arguments.answers_per_program,
        switches,
        switched,
        joules_per_switched: arguments.joules_per_switched.unwrap_or(1e-15),
    };
    for (name, value) in [
        ("--macs", assumed.macs),
        ("--joules-per-mac", assumed.joules_per_mac),
        ("--lean-joules-per-mac", arguments.lean_joules_per_mac),
        ("--temperature", assumed.temperature),
        ("--answers-per-program", assumed.answers_per_program),
    ] {
        // What is beyond this is no quantity of any computer, and its ratios would leave the floats.
        ensure!((1e-60..1e60).contains(&value), "{name} is {value:e}, but must be above 0 (1e-60 to 1e60)");
    }
    for (name, value) in [
        ("--heat", assumed.heat_kt),
        ("--readouts", assumed.readouts),
        ("--joules-per-readout", assumed.joules_per_readout),
        ("--joules-per-input", assumed.joules_per_input),
        ("--joules-per-parameter", assumed.joules_per_parameter),
        ("--joules-per-switched", assumed.joules_per_switched),
    ] {
        let fits = value.abs() <= 0.0 || (1e-60..1e60).contains(&value);
        ensure!(fits, "{name} is {value:e}, but must be 0, or from 1e-60 to below 1e60");
    }
    // The low end: a digital multiply–accumulate of in-memory hardware, everything else counted.
    let lean = LedgerAssumptions { joules_per_mac: arguments.lean_joules_per_mac, ..assumed };
    let columns = Columns {
        paper_a: Column::of(LedgerAssumptions::paper_a()),
        paper_b: Column::of(LedgerAssumptions::paper_b()),
        heat_alone: Column::of(assumed.heat_alone()),
        counted: Column::of(assumed),
        lean: Column::of(lean),
    };
    if arguments.json { json(&columns) } else { print(&table(&columns)) }
}

fn table(columns: &Columns) -> String {
    let Columns { paper_a, paper_b, heat_alone, counted, lean } = columns;
    let named = [
        ("paper A", paper_a),
        ("paper B", paper_b),
        ("this run, heat alone", heat_alone),
        ("everything counted", counted),
        ("and a lean digital rival", lean),
    ];
    let names: Vec<String> = named.iter().map(|(name, _)| format!("{name:>28}")).collect();
    let mut text = format!("energy of one answer in kT\n  {:<38}{}\n", "", names.concat());
    let mut row = |name: &str, value: &dyn Fn(&LedgerAssumptions, &Column) -> String| {
        let cells: Vec<String> = named.iter().map(|(_, c)| format!("{:>28}", value(&c.assumptions, c))).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:<38}{}", cells.concat());
    };
    row("multiply-accumulates × joules each", &|a, _| format!("{:.0} × {:.0e}", a.macs, a.joules_per_mac));
    row("  digital", &|_, c| format!("{:.2e}", c.kt.digital));
    row("heat of the dynamics", &|_, c| format!("{:.2e}", c.kt.heat));
    row("reading the outputs", &|a, c| format!("{:.2e} ({} values)", c.kt.readout, a.readouts));
    row("setting the inputs", &|a, c| format!("{:.2e} ({} values)", c.kt.inputs, a.inputs));
    row("writing the program", &|a, c| format!("{:.2e} (/ {:.0e})", c.kt.writing, a.answers_per_program));
    row("changing the program", &|a, c| format!("{:.2e} ({} times)", c.kt.switching, a.switches));
    row("  thermodynamic", &|_, c| format!("{:.2e}", c.thermodynamic_kt));
    row("advantage", &|_, c| c.advantage.map_or_else(|| "–".to_owned(), |a| format!("{a:.2e}")));
    text
}
