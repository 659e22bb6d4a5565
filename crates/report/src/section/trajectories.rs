//! Outputs against time and at its end, for a few images classified rightly and wrongly.

use super::{absent, figure, section};
use crate::number::significant;
use crate::picture::grey;
use crate::plot::{Plot, Size, short};
use crate::scale::{Scale, extent};
use crate::text::{names, widest};
use maud::{Markup, html};
use runs::{ClassifiedFigures, OutputTrajectory};

const TITLE: &str = "Outputs of the computer";

/// The cards, right ones first, or why there are none.
pub(crate) fn draw(figures: &ClassifiedFigures) -> Markup {
    if figures.trajectories.is_empty() {
        return absent("outputs", TITLE, "figures.json has no trajectories, so no outputs are shown.");
    }
    let (right, wrong): (Vec<&OutputTrajectory>, Vec<&OutputTrajectory>) =
        figures.trajectories.iter().partition(|trajectory| is_right(trajectory));
    let values = figures.trajectories.iter().flat_map(|trajectory| trajectory.outputs.iter().flatten());
    let (low, high) = extent(values.map(|value| f64::from(*value))).unwrap_or((-1.0, 1.0));
    let ends = extent(figures.trajectories.iter().flat_map(last_outputs)).unwrap_or((-1.0, 1.0));
    let ends = (ends.0.min(0.0), ends.1.max(0.0));
    let scales = (Scale::rounded(low.min(0.0), high.max(0.0)), Scale::rounded(ends.0, ends.1));
    section(
        "outputs",
        TITLE,
        html! {
            (group("Classified correctly", &right, figures, scales, legend(figures)))
            (group("Classified wrongly", &wrong, figures, scales, if right.is_empty() { legend(figures) } else { wrongly() }))
        },
    )
}

fn legend(figures: &ClassifiedFigures) -> Markup {
    html! {
        "Above: activation of every output unit (no unit) against time (units of 1/μ) while one image is held at the inputs"
        @if !figures.switch_times.is_empty() { "; the program changes at the broken lines" }
        ". "
        "Below: the same activations at the observation time, as signed bars; the largest is the answer. "
        "The true class is " span class="true" { "blue" } ", a wrong prediction " span class="false" { "orange" }
        ", the other classes grey; all cards share their scales. Corresponds to the activations against time and the final outputs of Paper A (arXiv:2509.15324)."
    }
}

fn wrongly() -> Markup {
    html! {
        "The same for images given a wrong class (" span class="false" { "orange" } "), whose output exceeds that of the true one ("
        span class="true" { "blue" } "), or none because the largest outputs tied. Corresponds to the wrongly classified digits of Paper A (arXiv:2509.15324)."
    }
}

fn group(
    title: &str,
    trajectories: &[&OutputTrajectory],
    figures: &ClassifiedFigures,
    scales: (Scale, Scale),
    caption: Markup,
) -> Markup {
    if trajectories.is_empty() {
        return html! {};
    }
    let cards = html! {
        div class="cards" {
            @for trajectory in trajectories { (card(trajectory, figures, scales)) }
        }
    };
    html! { h3 { (title) } (figure(cards, caption)) }
}

/// Whether the image was classified correctly.
fn is_right(trajectory: &OutputTrajectory) -> bool {
    trajectory.predicted == Some(trajectory.label)
}

/// The outputs at the last of the times.
fn last_outputs(trajectory: &OutputTrajectory) -> impl Iterator<Item = f64> {
    trajectory.outputs.iter().map(|output| output.last().map_or(f64::NAN, |value| f64::from(*value)))
}

fn card(
    trajectory: &OutputTrajectory,
    figures: &ClassifiedFigures,
    (over_time, at_end): (Scale, Scale),
) -> Markup {
    let [_, width] = figures.image_shape;
    let label = figures.class(trajectory.label);
    html! {
        article class="card" {
            div class="card-head" {
                @if let Some(uri) = grey(&trajectory.image, width) {
                    img class="pixels" src=(uri) width="56" height="56" alt={ "image of class " (label) };
                }
                p {
                    span class="true" { "true " strong { (label) } } br;
                    @match trajectory.predicted {
                        Some(class) => span class={ @if is_right(trajectory) { "true" } @else { "false" } } { "predicted " strong { (figures.class(class)) } },
                        None => span { "no answer: " strong { "a tie" } },
                    }
                }
            }
            (activations(trajectory, &figures.switch_times, over_time))
            (bars(trajectory, figures, at_end))
        }
    }
}

/// Colour of a class in one card.
fn class(trajectory: &OutputTrajectory, index: usize) -> &'static str {
    if index == trajectory.label {
        "true"
    } else if Some(index) == trajectory.predicted {
        "false"
    } else {
        "other"
    }
}

/// Classes with the highlighted ones last, so that they are drawn on top.
fn drawing_order(trajectory: &OutputTrajectory) -> Vec<usize> {
    let mut order: Vec<usize> = (0..trajectory.outputs.len()).collect();
    order.sort_by_key(|&index| match class(trajectory, index) {
        "other" => 0,
        "false" => 1,
        _ => 2,
    });
    order
}

fn activations(trajectory: &OutputTrajectory, switches: &[f64], y: Scale) -> Markup {
    let (first, last) = extent(trajectory.times.iter().copied()).unwrap_or((0.0, 1.0));
    let plot = Plot::new(Size::Card, Scale::linear(first, last), y, ["time (1/μ)", "output"]);
    let lines = html! {
        (plot.level("zero", 0.0))
        @for switch in switches { (plot.upright("zero", *switch)) }
        @for index in drawing_order(trajectory) {
            @let outputs = trajectory.outputs[index].iter().map(|value| f64::from(*value));
            @let points: Vec<_> = trajectory.times.iter().copied().zip(outputs).collect();
            (plot.line(class(trajectory, index), &points))
        }
    };
    plot.draw("outputs against time", lines)
}

const BAR: f64 = 15.0;
/// The size of type of the names beside the bars: the style sheet's, and a little more where it is bold.
const TYPE: f64 = 12.2;
/// Longest that a name is drawn.
const LONGEST: f64 = 86.0;

fn bars(trajectory: &OutputTrajectory, figures: &ClassifiedFigures, x: Scale) -> Markup {
    let last: Vec<f64> = last_outputs(trajectory).collect();
    let all: Vec<String> = (0..last.len()).map(|index| figures.class(index)).collect();
    let names = names(&all, TYPE, LONGEST);
    let left = f64::max(22.0, widest(names.iter().map(|name| name.shown.as_str()), TYPE) + 12.0);
    let (width, bottom) = (270.0, BAR * last.len() as f64 + 4.0);
    let place = |value: f64| left + x.fraction(value) * (width - left - 14.0);
    html! {
        svg class="plot" role="img" aria-label="final outputs as bars" viewBox={ "0 0 " (width) " " (bottom + 36.0) } {
            @for (value, label) in x.ticks(5) {
                path class="grid" d={ "M" (short(place(value))) " 2V" (bottom) } {}
                text class="tick" x=(short(place(value))) y=(bottom + 15.0) text-anchor="middle" { (label) }
            }
            @for (index, &value) in last.iter().enumerate() {
                @let top = 2.0 + BAR * index as f64;
                text class={ "tick " (class(trajectory, index)) } x=(left - 6.0) y=(top + BAR / 2.0) dy="0.35em" text-anchor="end" { (names[index].draw()) }
                @if value.is_finite() {
                    rect class={ "bar " (class(trajectory, index)) } x=(short(place(value.min(0.0)))) y=(top + 2.0)
                        width=(short(place(value.max(0.0)) - place(value.min(0.0)))) height=(BAR - 4.0) {
                        title { (all[index]) ": " (significant(value, 3)) }
                    }
                }
            }
            path class="axis" d={ "M" (short(place(0.0))) " 2V" (bottom) } {}
            text class="label" x=(f64::midpoint(left, width - 14.0)) y=(bottom + 31.0) text-anchor="middle" { "output at the observation time" }
        }
    }
}
