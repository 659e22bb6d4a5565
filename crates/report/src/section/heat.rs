//! How the heat is spread over the images.

use maud::{Markup, html};

use super::{absent, figure, section};
use crate::number::{significant, with_error};
use crate::plot::{Plot, short};
use crate::scale::{Scale, extent};
use crate::{Figures, HeatHistogram, Summary};

const TITLE: &str = "Heat";

/// The histogram, or why there is none.
pub(crate) fn draw(figures: &Figures, summary: &Summary) -> Markup {
    let Some(histogram) = figures.heat_histogram.as_ref().filter(|heat| !heat.counts.is_empty()) else {
        return absent(
            "heat",
            TITLE,
            "figures.json has no heat histogram, so the spread of the heat is not shown.",
        );
    };
    let caption = html! {
        "Number of test images against the heat emitted while each is classified, Q = V(x(0)) − V(x(t" sub { "f" } ")), in kT"
        @if summary.heat.mean_kt.is_some() { "; the line is the mean" }
        ". Paper A (arXiv:2509.15324) reports its mean, about 10⁵ kT a digit."
    };
    section("heat", TITLE, html! { div class="single" { (figure(plot(histogram, summary), caption)) } })
}

fn plot(histogram: &HeatHistogram, summary: &Summary) -> Markup {
    let (low, high) = extent(histogram.edges.iter().copied()).unwrap_or((0.0, 1.0));
    let most = extent(histogram.counts.iter().copied()).map_or(1.0, |(_, most)| most.max(1.0));
    let mut plot = Plot::new(
        Scale::linear(low, high),
        Scale::rounded(0.0, most * 1.05),
        format!("heat per {} (kT)", summary.item()),
        "images",
    );
    plot.width = 760.0;
    let mean = summary.heat.mean_kt.filter(|mean| (low..=high).contains(mean));
    let drawing = html! {
        @for (edges, &count) in histogram.edges.windows(2).zip(&histogram.counts) {
            @let (left, right) = (plot.left(edges[0]), plot.left(edges[1]));
            @if count > 0.0 && left.is_finite() && right.is_finite() {
                rect class="bar true" x=(short(left)) y=(short(plot.top(count))) width=(short((right - left - 1.0).max(0.5)))
                    height=(short(plot.top(0.0) - plot.top(count))) {
                    title { (significant(edges[0], 3)) " to " (significant(edges[1], 3)) " kT: " (count) " images" }
                }
            }
        }
        @if let Some(mean) = mean {
            (plot.upright("mean", mean))
            @let near_end = plot.x.fraction(mean) > 0.6;
            @let x = plot.left(mean) + if near_end { -7.0 } else { 7.0 };
            text class="name halo" x=(short(x)) y="24" text-anchor=(if near_end { "end" } else { "start" }) { "mean " (with_error(mean, summary.heat.stderr_kt)) " kT" }
        }
    };
    plot.draw("histogram of the heat per image", drawing)
}
