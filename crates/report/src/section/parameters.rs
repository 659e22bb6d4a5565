//! The computer's layout and constants, and its parameters block by block.

use maud::{Markup, html};

use super::{absent, section};
use crate::number::{count, setting};
use crate::{Computer, Parameters, Summary};

const TITLE: &str = "The computer";

/// The two tables, or why there are none.
pub(crate) fn draw(summary: &Summary) -> Markup {
    let constants = constants(&summary.computer);
    let blocks = !summary.parameters.blocks.is_empty() || summary.parameters.total.is_some();
    if constants.is_empty() && !blocks {
        return absent("computer", TITLE, "summary.json does not describe the computer.");
    }
    section(
        "computer",
        TITLE,
        html! {
            div class="beside even" {
                @if !constants.is_empty() {
                    table {
                        thead { tr { th { "Constant" } th class="n" { "Value" } } }
                        tbody { @for (name, value) in constants { tr { th scope="row" { (name) } td class="n" { (value) } } } }
                    }
                }
                @if blocks { (table(&summary.parameters)) }
            }
            p class="small" {
                "Potential V(x) = Σ (J₂ x² + J₄ x⁴ + b x) + Σ J x x′ over units and coupled pairs; overdamped Langevin dynamics of mobility μ. "
                "Parameters that do not act (couplings and biases of the frozen inputs alone) are kept for export in the paper’s format."
            }
        },
    )
}

fn constants(computer: &Computer) -> Vec<(&'static str, String)> {
    let rows = [
        ("Inputs (frozen units)", computer.inputs.map(count)),
        ("Hidden units", computer.hidden.map(count)),
        ("Outputs", computer.outputs.map(count)),
        ("Quadratic coefficient J₂", computer.j2.map(setting)),
        ("Quartic coefficient J₄", computer.j4.map(setting)),
        ("Thermal energy kT", computer.kt.map(setting)),
        ("Mobility μ", computer.mobility.map(setting)),
        ("Time step Δt (1/μ)", computer.time_step.map(setting)),
        ("Observation time (1/μ)", computer.observation_time.map(setting)),
    ];
    rows.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn table(parameters: &Parameters) -> Markup {
    html! {
        table {
            thead { tr { th { "Parameters" } th class="n" { "Count" } th class="n" { "Acting" } } }
            tbody {
                @for block in &parameters.blocks {
                    tr { th scope="row" { (block.name) } td class="n" { (count(block.count)) } td class="n" { (count(block.acting())) } }
                }
            }
            @if let Some(total) = parameters.total {
                tfoot {
                    tr {
                        th scope="row" { "All" }
                        td class="n" { (count(total)) }
                        td class="n" { (parameters.acting.map_or("–".to_owned(), count)) }
                    }
                }
            }
        }
    }
}
