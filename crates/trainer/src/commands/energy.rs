//! `trainer energy RUN`: the energy of an answer, line by line.

use crate::cli::EnergyArgs;
use crate::output::line;
use crate::run_folder::{self, file};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tasks::{Ledger, LedgerAssumptions};

/// Prints the ledger of a run, beside the papers' own.
pub(crate) fn run(arguments: &EnergyArgs) -> Result<()> {
    let summary: Value = serde_json::from_str(&run_folder::read(&arguments.run, file::SUMMARY)?)
        .with_context(|| format!("{}: summary.json is not JSON", arguments.run.display()))?;
    let read = |path: &str| {
        summary.pointer(path).and_then(Value::as_f64).with_context(|| {
            format!("{}: summary.json has no number at {path}; evaluate the run again", arguments.run.display())
        })
    };
    let given = |value: Option<f64>, path: &str| value.map_or_else(|| read(path), Ok);
    let assumed = LedgerAssumptions {
        macs: given(arguments.macs, "/energy/macs")?,
        joules_per_mac: given(arguments.joules_per_mac, "/energy/joules_per_mac")?,
        temperature: given(arguments.temperature, "/energy/temperature")?,
        heat_kt: given(arguments.heat, "/heat/mean_kt")?,
        readouts: given(arguments.readouts, "/computer/outputs")?,
        joules_per_readout: arguments.joules_per_readout,
        inputs: read("/computer/inputs")?,
        joules_per_input: arguments.joules_per_input,
        parameters: read("/parameters/acting")?,
        joules_per_parameter: arguments.joules_per_parameter,
        answers_per_program: arguments.answers_per_program,
    };
    for (name, value) in [
        ("--macs", assumed.macs),
        ("--joules-per-mac", assumed.joules_per_mac),
        ("--temperature", assumed.temperature),
        ("--answers-per-program", assumed.answers_per_program),
    ] {
        ensure!(value.is_finite() && value > 0.0, "{name} is {value}, but must be finite and above 0");
    }
    for (name, value) in [
        ("--heat", assumed.heat_kt),
        ("--readouts", assumed.readouts),
        ("--joules-per-readout", assumed.joules_per_readout),
        ("--joules-per-input", assumed.joules_per_input),
        ("--joules-per-parameter", assumed.joules_per_parameter),
    ] {
        ensure!(value.is_finite() && value >= 0.0, "{name} is {value}, but must be finite and at least 0");
    }
    // The low end: a digital multiply–accumulate of in-memory hardware, everything else counted.
    let lean = LedgerAssumptions { joules_per_mac: arguments.lean_joules_per_mac, ..assumed };
    let columns = [
        ("paper A", LedgerAssumptions::paper_a()),
        ("paper B", LedgerAssumptions::paper_b()),
        ("this run, heat alone", assumed.heat_alone()),
        ("everything counted", assumed),
        ("and a lean digital rival", lean),
    ];
    if arguments.json {
        let value: Value = columns
            .iter()
            .map(|(name, assumptions)| {
                let ledger = assumptions.ledger();
                let parts = json!({"assumptions": assumptions, "kt": ledger, "thermodynamic_kt": ledger.thermodynamic(),
                    "advantage": ledger.advantage()});
                ((*name).to_owned(), parts)
            })
            .collect::<serde_json::Map<String, Value>>()
            .into();
        line(value);
        return Ok(());
    }
    line("energy of one answer in kT");
    let ledgers: Vec<(&str, LedgerAssumptions, Ledger)> =
        columns.into_iter().map(|(name, a)| (name, a, a.ledger())).collect();
    let row = |name: &str, value: &dyn Fn(&LedgerAssumptions, &Ledger) -> String| {
        let cells: Vec<String> = ledgers.iter().map(|(_, a, l)| format!("{:>28}", value(a, l))).collect();
        line(format!("  {name:<38}{}", cells.concat()));
    };
    let names: Vec<String> = ledgers.iter().map(|(name, ..)| format!("{name:>24}")).collect();
    line(format!("  {:<38}{}", "", names.concat()));
    row("multiply-accumulates × joules each", &|a, _| format!("{:.0} × {:.0e}", a.macs, a.joules_per_mac));
    row("  digital", &|_, l| format!("{:.2e}", l.digital));
    row("heat of the dynamics", &|_, l| format!("{:.2e}", l.heat));
    row("reading the outputs", &|a, l| format!("{:.2e} ({} values)", l.readout, a.readouts));
    row("setting the inputs", &|a, l| format!("{:.2e} ({} values)", l.inputs, a.inputs));
    row("writing the program", &|a, l| format!("{:.2e} (/ {:.0e})", l.writing, a.answers_per_program));
    row("  thermodynamic", &|_, l| format!("{:.2e}", l.thermodynamic()));
    row("advantage", &|_, l| format!("{:.2e}", l.advantage()));
    Ok(())
}
