//! The figure of an experiment: top-1 against what was varied.

use super::{Experiment, Spread};
use crate::plot::{Plot, Size, short};
use crate::scale::{Scale, extent};
use maud::{Markup, html};

/// The name of a series, and its points: x and top-1 in percent.
type Series<'a> = (&'a str, Vec<(f64, Spread)>);

/// The class with the colour of a series.
fn colour(index: usize) -> &'static str {
    ["computer", "false", "teacher"][index % 3]
}

/// Points that can be drawn, series by series.
fn drawn(experiment: &Experiment) -> Vec<Series<'_>> {
    let mut series: Vec<Series<'_>> = Vec::new();
    for row in experiment.rows.iter().filter(|r| r.x.is_finite() && r.x > 0.0 && r.top1.mean.is_finite()) {
        let name = experiment.series.and_then(|i| row.labels.get(i)).map_or("", String::as_str);
        let point = (row.x, Spread { mean: 100.0 * row.top1.mean, stderr: 100.0 * row.top1.stderr });
        match series.iter_mut().find(|(n, _)| *n == name) {
            Some((_, points)) => points.push(point),
            None => series.push((name, vec![point])),
        }
    }
    series
}

/// The frame around all points, their error bars and the reference; none without a point.
fn frame(experiment: &Experiment, series: &[Series<'_>], reference: Option<(f64, f64)>) -> Option<Plot> {
    let points = || series.iter().flat_map(|(_, points)| points);
    let (low, high) = extent(points().map(|p| p.0).chain(reference.map(|r| r.0)))?;
    let (bottom, top) = extent(points().flat_map(|p| p.1.ends()).chain(reference.map(|r| r.1)))?;
    let room = 0.1 * (top - bottom).max(0.5);
    let (x, y) = (Scale::logarithmic(low / 1.3, high * 1.3), Scale::linear(bottom - room, top + room));
    Some(Plot::new(Size::Half, x, y, [&experiment.x_label, "top-1, one trajectory (%)"]))
}

/// The figure and, where there are series, their names beside their colours; nothing without a point.
pub(super) fn draw(experiment: &Experiment) -> Markup {
    let series = drawn(experiment);
    let reference = experiment.reference.as_ref().map(|(_, x, y)| (*x, 100.0 * y));
    let reference = reference.filter(|(x, y)| x.is_finite() && *x > 0.0 && y.is_finite());
    let Some(plot) = frame(experiment, &series, reference) else { return html! {} };
    let content = html! {
        @for (index, (_, points)) in series.iter().enumerate() {
            @if experiment.series.is_some() {
                (plot.line(colour(index), &points.iter().map(|(x, y)| (*x, y.mean)).collect::<Vec<_>>()))
            }
            @for (x, y) in points { (point(&plot, *x, *y, colour(index))) }
        }
        @if let (Some((name, ..)), Some((x, y))) = (&experiment.reference, reference) {
            // Beside the point, on the side with more room.
            @let (away, anchor) = if plot.x().fraction(x) < 0.5 { (9.0, "start") } else { (-9.0, "end") };
            circle class="dot reference" cx=(short(plot.left(x))) cy=(short(plot.top(y))) r="5" {}
            text class="label halo" x=(short(plot.left(x) + away)) y=(short(plot.top(y))) dy="0.35em" text-anchor=(anchor) { (name) }
        }
    };
    html! {
        @if experiment.series.is_some() {
            p class="legend" {
                @for (index, (name, _)) in series.iter().enumerate() {
                    span class={ "key " (colour(index)) } { "● " (name) }
                }
            }
        }
        (plot.draw(&experiment.title, content))
    }
}

fn point(plot: &Plot, x: f64, y: Spread, colour: &str) -> Markup {
    let [low, high] = y.ends().map(|end| short(plot.top(end)));
    html! {
        @if low != high {
            path class={ "line " (colour) } d={ "M" (short(plot.left(x))) " " (low) "V" (high) } {}
        }
        circle class={ "dot " (colour) } cx=(short(plot.left(x))) cy=(short(plot.top(y.mean))) r="4" {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{experiment, row};
    use super::*;

    #[test]
    fn error_bars_stay_within_the_frame() {
        let rows = vec![row(8e3, &[0.5, 0.9, 0.99]), row(2e4, &[0.7, 0.71, 0.705])];
        let experiment = experiment(rows);
        let series = drawn(&experiment);
        let plot = frame(&experiment, &series, None).expect("two points make a frame");
        let bars: Vec<f64> = series[0].1.iter().flat_map(|(_, y)| y.ends()).collect();
        assert!(bars[1] - bars[0] > 10.0, "the first point has a long error bar");
        // The frame reaches from 12 down to 238, where the axis is.
        assert!(bars.iter().all(|end| (12.0..=238.0).contains(&plot.top(*end))), "{bars:?}");
    }

    #[test]
    fn points_near_each_other_still_have_two_numbers_on_either_axis() {
        for ends in [[8e3, 2e4], [31.0, 33.0], [1.4e4, 1.5e4], [5.0, 5.0]] {
            let experiment = experiment(ends.map(|x| row(x, &[0.9, 0.9001])).to_vec());
            let page = experiment.render();
            let ticks = || page.split("<text class=\"tick\"").skip(1).filter_map(|tick| tick.split('>').next());
            for anchor in ["middle", "end"] {
                let along = ticks().filter(|tick| tick.contains(anchor)).count();
                assert!(along >= 2, "{ends:?}: {along} numbers along the axis of those anchored at the {anchor}");
            }
        }
    }

    #[test]
    fn each_series_has_a_colour_a_line_and_a_name() {
        let named = |name: &str, x: f64, top1: f64| {
            let mut row = row(x, &[top1, top1 + 0.01]);
            row.labels.push(name.to_owned());
            row
        };
        let rows =
            vec![named("<a>", 1.0, 0.9), named("b", 1.0, 0.8), named("<a>", 3.0, 0.7), named("b", 3.0, 0.6)];
        let experiment = Experiment {
            columns: vec!["x".into(), "method".into()],
            series: Some(1),
            reference: None,
            ..experiment(rows)
        };
        let series = drawn(&experiment);
        assert_eq!(series.iter().map(|s| (s.0, s.1.len())).collect::<Vec<_>>(), [("<a>", 2), ("b", 2)]);
        let page = experiment.render();
        assert_eq!(page.matches("<circle class=\"dot computer\"").count(), 2);
        assert_eq!(page.matches("<circle class=\"dot false\"").count(), 2);
        assert!(page.contains("● &lt;a&gt;") && page.contains("● b"), "no legend");
    }
}
