//! The energy comparison, with each of its assumptions.

use super::{absent, section};
use crate::number::{count, setting, significant, with_error};
use crate::words::item;
use maud::{Markup, html};
use runs::{Energy, Heat, Summary};

const TITLE: &str = "Energy";
const BOLTZMANN: f64 = 1.380_649e-23;

/// The table, or why there is none.
pub(crate) fn draw(summary: &Summary) -> Markup {
    let (Some(energy), Some(heat)) = (summary.energy(), summary.heat()) else {
        return absent(
            "energy",
            TITLE,
            "This run was imported: it was not measured here, so there is no energy comparison.",
        );
    };
    section(
        "energy",
        TITLE,
        html! {
            div class="scroll" {
                table {
                    thead { tr { th { "Quantity" } th class="n" { "Value" } th { "Where it comes from" } } }
                    tbody {
                        @for (name, value, origin) in rows(summary, energy, heat) {
                            tr { th scope="row" { (name) } td class="n" { (value) } td class="quiet" { (origin) } }
                        }
                    }
                }
            }
            p class="small" {
                "Paper A (arXiv:2509.15324) assumes 26 432 multiply–accumulates at 1 pJ each, 6.3 × 10¹² kT, over 10⁵ kT of heat: an advantage above 10⁷. "
                @if heat_alone(energy, heat) {
                    "Like the paper, the comparison charges the computer its heat alone: holding the inputs, reading the outputs and writing or changing the parameters are left out."
                }
            }
        },
    )
}

/// Whether the computer is charged its mean heat and nothing beside.
fn heat_alone(energy: Energy, heat: Heat) -> bool {
    (energy.thermodynamic_kt - heat.mean_kt).abs() <= 1e-6 * heat.mean_kt.abs()
}

fn rows(summary: &Summary, energy: Energy, heat: Heat) -> Vec<(String, String, &'static str)> {
    let kt = |value: f64| format!("{} kT", significant(value, 3));
    let generates = summary.generated().is_some();
    let item = if generates { "sample" } else { item(summary) };
    let counted = if generates {
        "counted from the layers of a digital denoiser"
    } else {
        "counted from the teacher’s layers, one image"
    };
    let measured =
        if generates { "measured, mean over the samples" } else { "measured, mean over the trajectories" };
    let mut rows = vec![
        ("Multiply–accumulates of the digital network".to_owned(), count(energy.macs), counted),
        (
            "Energy of one multiply–accumulate".to_owned(),
            format!("{} J", setting(energy.joules_per_mac)),
            "assumed (configuration)",
        ),
        ("Temperature".to_owned(), format!("{} K", setting(energy.temperature)), "assumed (configuration)"),
        (
            "kT at that temperature".to_owned(),
            format!("{} J", significant(energy.temperature * BOLTZMANN, 4)),
            "Boltzmann’s constant × temperature",
        ),
        (format!("Digital energy per {item}"), kt(energy.digital_kt), "multiply–accumulates × energy of one ÷ kT"),
        (format!("Heat per {item}"), format!("{} kT", with_error(heat.mean_kt, heat.stderr_kt)), measured),
        (format!("Thermodynamic energy per {item}"), kt(energy.thermodynamic_kt), "what the computer is charged"),
    ];
    rows.extend(
        summary.advantage().map(|v| ("Advantage".to_owned(), significant(v, 3), "digital ÷ thermodynamic energy")),
    );
    rows
}
