//! The figure of an axis: what is measured first, level by level.

use super::{label, table};
use crate::plot::{Plot, Size, short};
use crate::scale::{Scale, extent};
use maud::{Markup, html};
use runs::{AxisFigures, Quantity, RobustnessFigures, Tolerance};

/// Level, mean and the ends of its error bar.
type Point = (f64, f64, [f64; 2]);

/// The figure, or why there is none.
pub(super) fn draw(axis: &AxisFigures, figures: &RobustnessFigures) -> Markup {
    let Some(quantity) = table::columns(figures).into_iter().next() else { return html! {} };
    let points = points(axis, quantity);
    let name = label(axis.axis, figures);
    html! {
        figure {
            h3 { (axis.axis) }
            @match plot(&points, axis, quantity, figures) {
                Some(drawing) => (drawing),
                None => p class="absent" { "The dynamics diverged at every level, so there is nothing to draw." },
            }
            figcaption {
                (quantity.label()) " against: " (name) ". Broken line: the undisturbed program"
                @if figures.criterion.is_some() { "; below it, that less the loss that counts" }
                @if let Some(level) = diverging(axis) { "; from " (crate::number::setting(level)) " on, the dynamics diverges on some device" }
                "."
            }
        }
    }
}

fn scale(quantity: Quantity) -> f64 {
    if quantity.is_fraction() { 100.0 } else { 1.0 }
}

fn points(axis: &AxisFigures, quantity: Quantity) -> Vec<Point> {
    let scale = scale(quantity);
    let of = |row: &runs::Level| {
        let found = row.figures.as_ref()?.get(&quantity)?;
        let error = found.stderr.unwrap_or(0.0);
        let ends = [found.mean - error, found.mean + error].map(|end| scale * end);
        Some((row.level, scale * found.mean, ends)).filter(|(_, mean, _)| mean.is_finite())
    };
    axis.levels.iter().filter_map(of).collect()
}

/// The level nearest to the undisturbed one at which a device diverges.
fn diverging(axis: &AxisFigures) -> Option<f64> {
    let away = |level: f64| (level - axis.axis.undisturbed().unwrap_or(f64::MAX)).abs();
    let diverged = axis.levels.iter().filter(|row| row.diverged > 0).map(|row| row.level);
    diverged.min_by(|a, b| away(*a).total_cmp(&away(*b)))
}

fn plot(points: &[Point], axis: &AxisFigures, quantity: Quantity, figures: &RobustnessFigures) -> Option<Markup> {
    let scale = scale(quantity);
    let whole = figures.undisturbed.get(&quantity).map(|found| scale * found.mean);
    let loss = figures.criterion.zip(whole).map(|(criterion, whole)| whole - scale * criterion.loss);
    let (low, high) = extent(points.iter().map(|point| point.0))?;
    let ends = points.iter().flat_map(|point| point.2).chain(whole).chain(loss);
    let (bottom, top) = extent(ends)?;
    let (beside, above) = (0.04 * (high - low).max(1e-9), 0.08 * (top - bottom).max(1e-6));
    let unit = if quantity.is_fraction() { " (%)" } else { "" };
    let name = label(axis.axis, figures);
    let plot = Plot::new(
        Size::Half,
        Scale::linear(low - beside, high + beside),
        Scale::linear(bottom - above, top + above),
        [&name, &format!("{}{unit}", quantity.label())],
    );
    let line: Vec<(f64, f64)> = points.iter().map(|point| (point.0, point.1)).collect();
    let marks = [axis.below, axis.above].into_iter().flatten().filter_map(|found| match found {
        Tolerance::At { level } => Some(level),
        _ => None,
    });
    let content = html! {
        @if let Some(whole) = whole { (plot.level("zero", whole)) }
        @if let Some(loss) = loss { (plot.level("false dashed", loss)) }
        @for level in marks { (plot.upright("zero", level)) }
        (plot.line("computer", &line))
        @for (level, mean, [low, high]) in points {
            @if low < high {
                path class="line computer" d={ "M" (short(plot.left(*level))) " " (short(plot.top(*low))) "V" (short(plot.top(*high))) } {}
            }
            circle class="dot computer" cx=(short(plot.left(*level))) cy=(short(plot.top(*mean))) r="3.5" {}
        }
    };
    Some(plot.draw(&format!("{} against {name}", quantity.label()), content))
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::*;

    #[test]
    fn a_level_that_diverges_has_no_point_and_is_named() {
        let found = found();
        let [bits, offset, clock] = &found.figures.axes[..] else { panic!("three axes") };
        let drawn = |axis| draw(axis, &found.figures).into_string();
        assert_eq!(drawn(offset).matches("<circle").count(), 1);
        assert!(drawn(offset).contains("from 10 on"), "{}", drawn(offset));
        assert_eq!((drawn(bits).matches("<circle").count(), drawn(clock).matches("<circle").count()), (2, 3));
    }

    #[test]
    fn an_axis_that_always_diverges_says_so() {
        let mut found = found();
        found.figures.axes[1].levels.remove(0);
        let drawn = draw(&found.figures.axes[1], &found.figures).into_string();
        assert!(drawn.contains("diverged at every level") && !drawn.contains("<svg"), "{drawn}");
    }
}
