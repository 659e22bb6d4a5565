//! The sections of the report, one a file; each draws itself, or one sentence on why it cannot.

use maud::{Markup, html};

pub(crate) mod accuracy;
pub(crate) mod config;
pub(crate) mod confusion;
pub(crate) mod couplings;
pub(crate) mod energy;
pub(crate) mod generated;
pub(crate) mod headline;
pub(crate) mod heat;
pub(crate) mod learning;
pub(crate) mod parameters;
pub(crate) mod quality;
pub(crate) mod readout;
pub(crate) mod results;
pub(crate) mod stages;
pub(crate) mod trajectories;

/// A titled section.
fn section(id: &str, title: &str, content: Markup) -> Markup {
    html! {
        section id=(id) {
            h2 { (title) }
            (content)
        }
    }
}

/// A section left out, with the sentence that says why.
pub(crate) fn absent(id: &str, title: &str, reason: &str) -> Markup {
    section(id, title, html! { p class="absent" { (reason) } })
}

/// A picture that must not shrink below what can be read: on a small screen it is moved sideways.
fn pan(content: Markup) -> Markup {
    html! { div class="pan" { (content) } }
}

/// A figure and its caption.
fn figure(content: Markup, caption: Markup) -> Markup {
    html! {
        figure {
            (content)
            figcaption { (caption) }
        }
    }
}

/// What heat is: of a program that changes, with the work of its switches.
fn formula(heat: &runs::Heat) -> Markup {
    let difference = html! { "V(x(0)) − V(x(t" sub { "f" } "))" };
    match heat.work_mean_kt {
        None => html! { "Q = " (difference) },
        Some(work) => html! {
            "Q = W + V" sub { "1" } "(x(0)) − V" sub { "S" } "(x(t" sub { "f" } ")), W the work that the switches of the program do on the units (mean "
            (crate::number::significant(work, 3)) " kT)"
        },
    }
}
