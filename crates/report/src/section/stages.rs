//! Learning curves of a generator, one for each stage of its training.

use super::{absent, figure, section};
use crate::plot::{Plot, Size};
use crate::scale::{Scale, extent};
use maud::{Markup, html};
use runs::{Metric, Phases};

const TITLE: &str = "Learning curves";

/// The curves of stages with more than one point, or why there are none.
pub(crate) fn draw(metrics: Option<&Phases>) -> Markup {
    let stages = metrics.into_iter().flatten().filter(|(name, _)| name.starts_with("stage "));
    let curves: Vec<(&str, Vec<(f64, f64)>)> = stages
        .map(|(name, points)| (name.as_str(), curve(points)))
        .filter(|(_, points)| points.len() > 1)
        .collect();
    if curves.is_empty() {
        let reason = match metrics {
            None => "The run folder has no metrics.jsonl, which training writes, so there are no learning curves.",
            Some(_) => "metrics.jsonl has no curve of a stage of a generator’s training.",
        };
        return absent("learning", TITLE, reason);
    }
    section(
        "learning",
        TITLE,
        html! {
            div class="pair" {
                @for (name, points) in &curves {
                    @let (_, last) = extent(points.iter().map(|point| point.0)).unwrap_or((0.0, 1.0));
                    @let y = Scale::fitting(points.iter().map(|point| point.1));
                    @let plot = Plot::new(Size::Half, Scale::linear(0.0, last), y, ["training steps", "objective"]);
                    (figure(plot.draw(name, plot.line("computer", points)), html! { "What is minimised in " (name) ", each point the mean since the last." }))
                }
            }
        },
    )
}

fn curve(points: &[Metric]) -> Vec<(f64, f64)> {
    points.iter().filter_map(|point| Some((point.step as f64, point.objective()?))).collect()
}
