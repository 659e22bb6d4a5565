//! A histogram of heat, the same for both kinds of run.

use crate::number::{count, significant, with_error};
use crate::plot::{Plot, Size, short};
use crate::scale::{Scale, extent};
use maud::{Markup, html};
use runs::{Heat, Histogram};

/// Draws the histogram, and the mean as a line where it lies within. `x_label` says what the heat is of, `counted`
/// what the bars count, in the plural. None without bars.
pub(crate) fn draw(histogram: &Histogram, heat: &Heat, x_label: &str, counted: &str) -> Option<Markup> {
    let (low, high) = extent(histogram.edges.iter().copied())?;
    let most = *histogram.counts.iter().max()?;
    // Bars of a few have no ticks at halves of one.
    let y = Scale::rounded(0.0, f64::max(4.0, most as f64 * 1.05));
    let plot = Plot::new(Size::Wide, Scale::linear(low, high), y, [x_label, counted]);
    let mean = Some(heat.mean_kt).filter(|mean| (low..=high).contains(mean));
    let drawing = html! {
        @for (edges, &images) in histogram.edges.windows(2).zip(&histogram.counts) {
            @let (left, right) = (plot.left(edges[0]), plot.left(edges[1]));
            @if images > 0 && left.is_finite() && right.is_finite() {
                @let top = plot.top(images as f64);
                rect class="bar true" x=(short(left)) y=(short(top)) width=(short((right - left - 1.0).max(0.5)))
                    height=(short(plot.top(0.0) - top)) {
                    title { (significant(edges[0], 3)) " to " (significant(edges[1], 3)) " kT: " (count(images)) " " (counted) }
                }
            }
        }
        @if let Some(mean) = mean {
            (plot.upright("mean", mean))
            @let near_end = plot.x().fraction(mean) > 0.6;
            @let x = plot.left(mean) + if near_end { -7.0 } else { 7.0 };
            text class="name halo" x=(short(x)) y="24" text-anchor=(if near_end { "end" } else { "start" }) {
                "mean " (with_error(mean, heat.stderr_kt)) " kT"
            }
        }
    };
    Some(plot.draw(&format!("histogram of the {x_label}"), drawing))
}
