//! The advantage of a generator once every value read costs something.

use super::section;
use crate::number::significant;
use maud::{Markup, html};
use runs::{Generated, Summary};

/// The table over prices of a read-out, of a computer that has visible units.
pub(crate) fn draw(summary: &Summary, generated: &Generated) -> Markup {
    let Some(values) = summary.computer.visible else { return html! {} };
    let (digital, heat) = (generated.energy.digital_kt, generated.heat.mean_kt);
    section(
        "readout",
        "What reading costs",
        html! {
            div class="scroll" {
                table {
                    thead { tr { th { "kT a value read" } th class="n" { "Thermodynamic energy (kT)" } th class="n" { "Advantage" } } }
                    tbody {
                        @for price in [0.0, 1.0, 1e2, 1e4, 1e6, 2.4e8] {
                            @let spent = heat + price * values as f64;
                            tr { th scope="row" { (significant(price, 2)) } td class="n" { (significant(spent, 3)) } td class="n" { (significant(digital / spent, 3)) } }
                        }
                    }
                }
            }
            p class="small" {
                "Heat and " (values) " values read at each price, against " (significant(digital, 3)) " kT of a digital denoiser of ten steps, 1 pJ a multiply–accumulate (Paper B’s assumption); 2.4 × 10⁸ kT is 1 pJ, about an eight-bit converter. " code { "trainer energy" } " takes every assumption as a flag."
            }
        },
    )
}
