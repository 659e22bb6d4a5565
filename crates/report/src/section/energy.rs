//! The energy comparison, with each of its assumptions.

use maud::{Markup, html};

use super::{absent, section};
use crate::Summary;
use crate::number::{setting, significant, with_error};

const TITLE: &str = "Energy";
const BOLTZMANN: f64 = 1.380_649e-23;

/// The table, or why there is none.
pub(crate) fn draw(summary: &Summary) -> Markup {
    let rows = rows(summary);
    if rows.is_empty() {
        return absent("energy", TITLE, "summary.json has no energy figures, so there is no comparison.");
    }
    section(
        "energy",
        TITLE,
        html! {
            div class="scroll" {
                table {
                    thead { tr { th { "Quantity" } th class="n" { "Value" } th { "Where it comes from" } } }
                    tbody {
                        @for (name, value, origin) in rows {
                            tr { th scope="row" { (name) } td class="n" { (value) } td class="quiet" { (origin) } }
                        }
                    }
                }
            }
            p class="small" {
                "Paper A (arXiv:2509.15324) assumes 26 432 multiply–accumulates at 1 pJ each, 6.3 × 10¹² kT, over 10⁵ kT of heat: an advantage above 10⁷. "
                @if heat_alone(summary) {
                    "Like the paper, the comparison charges the computer its heat alone: holding the inputs, reading the outputs and writing the parameters are left out."
                }
            }
        },
    )
}

/// Whether the computer is charged its mean heat and nothing beside.
fn heat_alone(summary: &Summary) -> bool {
    match (summary.energy.thermodynamic_kt, summary.heat.mean_kt) {
        (Some(charged), Some(heat)) => (charged - heat).abs() <= 1e-6 * heat.abs(),
        _ => false,
    }
}

fn rows(summary: &Summary) -> Vec<(String, String, String)> {
    let (energy, item) = (&summary.energy, summary.item());
    let mut rows = Vec::new();
    let mut push = |name: &str, value: Option<String>, origin: &str| {
        if let Some(value) = value {
            rows.push((name.to_owned(), value, origin.to_owned()));
        }
    };
    let kt = |value: f64| format!("{} kT", significant(value, 3));
    push(
        "Multiply–accumulates of the digital network",
        energy.macs.map(setting_or_count),
        "counted from the teacher’s layers, one image",
    );
    push(
        "Energy of one multiply–accumulate",
        energy.joules_per_mac.map(|v| format!("{} J", setting(v))),
        "assumed (configuration)",
    );
    push("Temperature", energy.temperature.map(|v| format!("{} K", setting(v))), "assumed (configuration)");
    push(
        "kT at that temperature",
        energy.temperature.map(|v| format!("{} J", significant(v * BOLTZMANN, 4))),
        "Boltzmann’s constant × temperature",
    );
    push(
        &format!("Digital energy per {item}"),
        energy.digital_kt.map(kt),
        "multiply–accumulates × energy of one ÷ kT",
    );
    push(
        &format!("Heat per {item}"),
        summary.heat.mean_kt.map(|v| format!("{} kT", with_error(v, summary.heat.stderr_kt))),
        "measured, mean over the test images",
    );
    push(
        &format!("Thermodynamic energy per {item}"),
        energy.thermodynamic_kt.map(kt),
        "what the computer is charged",
    );
    push("Advantage", summary.advantage.map(|v| significant(v, 3)), "digital ÷ thermodynamic energy");
    rows
}

fn setting_or_count(value: f64) -> String {
    if value.fract() == 0.0 && (0.0..1e15).contains(&value) {
        crate::number::count(value as u64)
    } else {
        setting(value)
    }
}
