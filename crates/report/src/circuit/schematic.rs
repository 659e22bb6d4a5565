//! A unit's schematic in both forms.

use maud::{Markup, html};

/// A unit as a node that currents leave.
pub(super) fn transconductors() -> Markup {
    // Branches from the rail at the top (the node) to the ground: each its place, symbol and name.
    let branches = [
        (60, "capacitor", "C"),
        (160, "resistor", "2 J₂ C/τ"),
        (280, "source", "4 J₄ C/(τV₀²) V³"),
        (410, "source", "I₀ bᵢ"),
        (520, "source", "Jᵢⱼ C/τ Vⱼ"),
        (640, "noise", "2 kT C²V₀²/τ"),
    ];
    drawing(
        "A unit of transconductors: capacitor, conductor, cubic source, bias source, couplers and noise source between its node and the ground",
        html! {
            path class="line wire" d="M30 50H690" {}
            path class="line wire" d="M30 190H690" {}
            text class="label" x="30" y="40" { "node i: Vᵢ = V₀ xᵢ" }
            text class="label" x="700" y="194" { "ground" }
            @for (x, kind, name) in branches { (branch(x, kind, name)) }
        },
        html! {
            "Transconductors. All currents leave the node, the noise apart: C dVᵢ/dt = −Σ I. A coupler is a pair of voltage-controlled current sources, one at each of "
            "its units. The conductor’s own (Johnson) noise, of density 4 J₂ k" sub { "B" } "T C/τ, suffices only if C V₀² = 2 J₂ k" sub { "B" } "T/kT; else the source makes up for the rest. The supply draws "
            "the couplers’ bias currents whatever the heat is."
        },
    )
}

/// A unit as a resistor into a capacitor.
pub(super) fn charges() -> Markup {
    drawing(
        "A unit of charges: voltage sources, a resistor and a capacitor in series",
        html! {
            path class="line wire" d="M40 60H110M150 60H230M270 60H350M390 60H430M520 60H640V95M640 107V190H40V60" {}
            circle class="line wire" cx="130" cy="60" r="20" {}
            text class="label" x="130" y="30" text-anchor="middle" { "−V₀(4 J₄xᵢ³ + bᵢ)" }
            circle class="line wire" cx="250" cy="60" r="20" {}
            text class="label" x="250" y="105" text-anchor="middle" { "−V₀ Σ Jᵢⱼxⱼ" }
            circle class="line wire" cx="370" cy="60" r="20" {}
            path class="line computer" d="M358 60q6 -14 12 0t12 0" {}
            text class="label" x="370" y="30" text-anchor="middle" { "noise 2 kT V₀²τ" }
            path class="line wire" d="M430 60l8 -10 15 20 15 -20 15 20 15 -20 15 20 7 -10" {}
            text class="label" x="475" y="30" text-anchor="middle" { "R = τ/C" }
            path class="line wire" d="M620 95H660M620 107H660" {}
            text class="label" x="608" y="105" text-anchor="end" { "C/(2 J₂), charge C V₀ xᵢ" }
        },
        html! {
            "Charges. The voltages around the loop sum to zero: R dqᵢ/dt = −V₀ ∂ᵢV. Without noise the resistors dissipate C V₀² [V(x(0)) − V(x(t" sub { "f" } "))], the heat. "
            "The resistor’s own noise, of density 2 k" sub { "B" } "T R, is the program’s if C V₀² = k" sub { "B" } "T/kT."
        },
    )
}

fn branch(x: i32, kind: &str, name: &str) -> Markup {
    html! {
        @match kind {
            "capacitor" => { path class="line wire" d={ "M" (x) " 50V114M" (x - 18) " 114h36M" (x - 18) " 126h36M" (x) " 126V190" } {} }
            "resistor" => { path class="line wire" d={ "M" (x) " 50V90l10 5 -20 10 20 10 -20 10 20 10 -20 10 10 5V190" } {} }
            _ => {
                path class="line wire" d={ "M" (x) " 50V100M" (x) " 140V190" } {}
                circle class="line wire" cx=(x) cy="120" r="20" {}
                @if kind == "noise" {
                    path class="line computer" d={ "M" (x - 12) " 120q6 -14 12 0t12 0" } {}
                } @else {
                    path class="line computer" d={ "M" (x) " 108V132M" (x - 5) " 125l5 7 5 -7" } {}
                }
            }
        }
        text class="label" x=(x) y="212" text-anchor="middle" { (name) }
    }
}

fn drawing(title: &str, content: Markup, caption: Markup) -> Markup {
    html! {
        figure {
            div class="pan" {
                svg class="plot chart wide" role="img" aria-label=(title) viewBox="0 0 760 225" { (content) }
            }
            figcaption { (caption) }
        }
    }
}
