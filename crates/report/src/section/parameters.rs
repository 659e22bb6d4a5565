//! The computer's layout and constants, and its parameters block by block.

use super::section;
use crate::number::{count, setting};
use maud::{Markup, html};
use runs::{Computer, Parameters, Summary};

/// The two tables.
pub(crate) fn draw(summary: &Summary) -> Markup {
    section(
        "computer",
        "The computer",
        html! {
            div class="beside even" {
                table {
                    thead { tr { th { "Constant" } th class="n" { "Value" } } }
                    tbody {
                        @for (name, value) in constants(&summary.computer) {
                            tr { th scope="row" { (name) } td class="n" { (value) } }
                        }
                    }
                }
                (table(&summary.parameters))
            }
            p class="small" {
                "Potential V(x) = Σ (J₂ x² + J₄ x⁴ + b x) + Σ J x x′ over units and coupled pairs; overdamped Langevin dynamics of mobility μ. "
                "Parameters that do not act (couplings and biases of the frozen inputs alone) are kept for export in the paper’s format."
            }
        },
    )
}

fn constants(computer: &Computer) -> Vec<(&'static str, String)> {
    let mut rows = vec![("Inputs (frozen units)", count(computer.inputs))];
    rows.extend(computer.visible.map(|visible| ("Visible units", count(visible))));
    rows.extend([
        ("Hidden units", count(computer.hidden)),
        ("Outputs", count(computer.outputs)),
        ("Quadratic coefficient J₂", setting(computer.j2)),
        ("Quartic coefficient J₄", setting(computer.j4)),
        ("Thermal energy kT", setting(computer.kt)),
        ("Mobility μ", setting(computer.mobility)),
        ("Time step Δt (1/μ)", setting(computer.time_step)),
        ("Observation time (1/μ)", setting(computer.observation_time)),
    ]);
    rows
}

fn table(parameters: &Parameters) -> Markup {
    html! {
        table {
            thead { tr { th { "Parameters" } th class="n" { "Count" } th class="n" { "Acting" } } }
            tbody {
                @for block in &parameters.blocks {
                    @let acting = if block.acting { block.count } else { 0 };
                    tr { th scope="row" { (block.name) } td class="n" { (count(block.count)) } td class="n" { (count(acting)) } }
                }
            }
            tfoot {
                tr {
                    th scope="row" { "All" }
                    td class="n" { (count(parameters.total)) }
                    td class="n" { (count(parameters.acting)) }
                }
            }
        }
    }
}
