//! The ledger as text: columns, where their rows come from, rivals, training.

use super::{Column, Printed, Quantity};
use std::fmt::Write as _;
use tasks::energy::Item;

/// An energy, or a dash where it is not counted or not known.
fn cell(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.abs() <= 0.0 => "0".to_owned(),
        Some(value) => format!("{value:.2e}"),
    }
}

/// All that the command prints, as text.
pub(super) fn text(printed: &Printed) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = columns(&mut text, printed);
    let _ = origins(&mut text, printed);
    let _ = rivals(&mut text, printed);
    let _ = training(&mut text, &printed.training);
    text
}

fn columns(text: &mut String, printed: &Printed) -> std::fmt::Result {
    let columns = &printed.columns;
    let named: [(&str, &str, &Column); 6] = [
        ("", "paper A", &columns.paper_a),
        ("", "paper B", &columns.paper_b),
        ("this run,", "heat alone", &columns.heat_alone),
        ("everything", "counted", &columns.counted),
        ("against a lean", "digital network", &columns.lean),
        ("as a circuit of", "transconductors", &columns.circuit),
    ];
    let [unit, answer] = &printed.quantities[..] else { return Ok(()) };
    let joules = unit.joules.unwrap_or_default();
    writeln!(text, "energy of {} in kT (1 {} is {joules:.3e} J)", answer.name, unit.name)?;
    for heads in [named.map(|(above, _, _)| above), named.map(|(_, below, _)| below)] {
        writeln!(text, "  {:<32}{}", "", heads.map(|head| format!("{head:>17}")).concat())?;
    }
    let mut row = |name: &str, value: &dyn Fn(&Column) -> String| {
        writeln!(text, "  {name:<32}{}", named.map(|(_, _, column)| format!("{:>17}", value(column))).concat())
    };
    let line = |item: Item| move |c: &Column| cell(c.rows.iter().find(|row| row.item == item).map(|row| row.kt));
    row(Item::Digital.name(), &line(Item::Digital))?;
    for item in Item::SPENT {
        // A program that stands still has no line for its switches.
        if named.iter().any(|(_, _, column)| column.rows.iter().any(|row| row.item == item)) {
            row(item.name(), &line(item))?;
        }
    }
    row("  thermodynamic", &|c| cell(Some(c.thermodynamic_kt)))?;
    row("  thermodynamic, in joules", &|c| cell(Some(c.thermodynamic_joules)))?;
    row("advantage", &|c| cell(c.advantage))
}

fn origins(text: &mut String, printed: &Printed) -> std::fmt::Result {
    let columns = &printed.columns;
    writeln!(text, "\nwhere the rows of this run come from")?;
    let supply = columns.circuit.rows.iter().filter(|row| row.item == Item::Supply);
    let lean = columns.lean.rows.iter().filter(|row| row.item == Item::Digital);
    for (index, row) in columns.counted.rows.iter().chain(supply).chain(lean).enumerate() {
        let name = if index > 0 && row.item == Item::Digital { "lean digital network" } else { row.name };
        writeln!(text, "  {name:<32}{:<40}{:<10} {}", row.counted, row.kind, row.source)?;
    }
    Ok(())
}

fn rivals(text: &mut String, printed: &Printed) -> std::fmt::Result {
    writeln!(text, "\nrivals, as published")?;
    let heads = ["J each", "kT each", "kT an answer", "/ counted", "/ circuit"];
    let heads = heads.map(|head| format!("{head:>14}")).concat();
    writeln!(text, "  {:<36}{:<20}{heads}  kind       source", "", "one")?;
    for row in &printed.rivals {
        let values = [Some(row.rival.joules), Some(row.kt), row.answer_kt, row.over_counted, row.over_circuit];
        let values = values.map(|value| format!("{:>14}", cell(value))).concat();
        let (name, per) = (row.rival.name, row.rival.per.name());
        writeln!(text, "  {name:<36}{per:<20}{values}  {:<10} {}", row.rival.kind, row.rival.source)?;
    }
    Ok(())
}

fn training(text: &mut String, quantities: &[Quantity]) -> std::fmt::Result {
    writeln!(text, "\ntraining")?;
    writeln!(text, "  {:<40}{:>12}{:>12}  kind       source", "", "kT", "J")?;
    for Quantity { name, kt, joules, kind, source } in quantities {
        writeln!(text, "  {name:<40}{:>12}{:>12}  {kind:<10} {source}", cell(*kt), cell(*joules))?;
    }
    Ok(())
}
