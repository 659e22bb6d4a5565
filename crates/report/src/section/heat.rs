//! How the heat is spread over the trajectories.

use super::{absent, figure, formula, pan, section};
use crate::histogram;
use maud::{Markup, html};
use runs::{Classified, ClassifiedFigures};

const TITLE: &str = "Heat";

/// The histogram, or why there is none.
pub(crate) fn draw(figures: &ClassifiedFigures, classified: &Classified) -> Markup {
    let heat = &classified.heat;
    let drawn = histogram::draw(&figures.heat_histogram, heat, "heat per trajectory (kT)", "trajectories");
    let Some(drawing) = drawn else {
        return absent(
            "heat",
            TITLE,
            "figures.json has no heat histogram, so the spread of the heat is not shown.",
        );
    };
    let caption = html! {
        "Number of trajectories (" (classified.test.replicas) " of each test image) against the heat that each emits while the image is classified, "
        (formula(heat)) ", in kT"
        @if heat.mean_kt.is_finite() { "; the line is the mean" }
        ". Paper A (arXiv:2509.15324) reports its mean, about 10⁵ kT a digit."
    };
    section("heat", TITLE, html! { div class="single" { (figure(pan(drawing), caption)) } })
}
