//! A frame with two axes, and lines in it: inline SVG whose colours are CSS classes (see `style.css`).

use std::fmt::Write as _;

use maud::{Markup, html};

use crate::scale::{Scale, extent};

/// More points than this and a line is thinned: it would be finer than the screen.
const MOST_POINTS: usize = 600;

/// A chart of one horizontal and one vertical axis; lengths are in the SVG's own units.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    /// Size of the whole drawing.
    pub(crate) width: f64,
    /// Size of the whole drawing.
    pub(crate) height: f64,
    /// Horizontal axis.
    pub(crate) x: Scale,
    /// Vertical axis.
    pub(crate) y: Scale,
    /// What the horizontal axis measures, with its unit.
    pub(crate) x_label: String,
    /// What the vertical axis measures, with its unit.
    pub(crate) y_label: String,
}

const LEFT: f64 = 58.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 42.0;

impl Plot {
    /// A chart of the usual size, half a page wide.
    pub(crate) fn new(x: Scale, y: Scale, x_label: impl Into<String>, y_label: impl Into<String>) -> Self {
        Self { width: 520.0, height: 280.0, x, y, x_label: x_label.into(), y_label: y_label.into() }
    }

    /// Horizontal place of a value.
    pub(crate) fn left(&self, value: f64) -> f64 {
        LEFT + self.x.fraction(value) * (self.width - LEFT - RIGHT)
    }

    /// Vertical place of a value.
    pub(crate) fn top(&self, value: f64) -> f64 {
        self.height - BOTTOM - self.y.fraction(value) * (self.height - TOP - BOTTOM)
    }

    /// The chart: grid and axes below, `content` above. `title` is read out in place of the picture.
    pub(crate) fn draw(&self, title: &str, content: Markup) -> Markup {
        let (right, bottom) = (self.width - RIGHT, self.height - BOTTOM);
        let across = self.x.ticks(if self.width < 400.0 { 3 } else { 6 });
        let up = self.y.ticks(5);
        html! {
            svg class="plot" role="img" aria-label=(title) viewBox={ "0 0 " (self.width) " " (self.height) } {
                @for (value, label) in &up {
                    @let y = short(self.top(*value));
                    path class="grid" d={ "M" (LEFT) " " (y) "H" (right) } {}
                    text class="tick" x=(LEFT - 7.0) y=(y) dy="0.35em" text-anchor="end" { (label) }
                }
                @for (value, label) in &across {
                    @let x = short(self.left(*value));
                    path class="grid" d={ "M" (x) " " (bottom) "v4" } {}
                    text class="tick" x=(x) y=(bottom + 17.0) text-anchor="middle" { (label) }
                }
                (content)
                path class="axis" d={ "M" (LEFT) " " (bottom) "H" (right) } {}
                text class="label" x=(f64::midpoint(LEFT, right)) y=(self.height - 5.0) text-anchor="middle" { (self.x_label) }
                text class="label" text-anchor="middle"
                    transform={ "translate(12 " (f64::midpoint(TOP, bottom)) ") rotate(-90)" } { (self.y_label) }
            }
        }
    }

    /// A line through the points, broken where one is not finite.
    pub(crate) fn line(&self, class: &str, points: &[(f64, f64)]) -> Markup {
        let mut path = String::new();
        let mut pen = 'M';
        for (x, y) in thinned(points) {
            let (x, y) = (self.left(x), self.top(y));
            if x.is_finite() && y.is_finite() {
                // Writing to a string cannot fail.
                let _ = write!(path, "{pen}{} {}", short(x), short(y));
                pen = 'L';
            } else {
                pen = 'M';
            }
        }
        html! { path class={ "line " (class) } d=(path) {} }
    }

    /// The area between two curves over the same abscissae.
    pub(crate) fn band(&self, class: &str, points: &[(f64, f64, f64)]) -> Markup {
        let lower = points.iter().map(|&(x, low, _)| (x, low));
        let upper = points.iter().rev().map(|&(x, _, high)| (x, high));
        let mut path = String::new();
        for (index, (x, y)) in lower.chain(upper).enumerate() {
            let pen = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{pen}{} {}", short(self.left(x)), short(self.top(y)));
        }
        html! { path class={ "band " (class) } d={ (path) "Z" } {} }
    }

    /// A horizontal line across the chart.
    pub(crate) fn level(&self, class: &str, value: f64) -> Markup {
        html! { path class={ "line " (class) } d={ "M" (LEFT) " " (short(self.top(value))) "H" (self.width - RIGHT) } {} }
    }

    /// A vertical line up the chart.
    pub(crate) fn upright(&self, class: &str, value: f64) -> Markup {
        html! { path class={ "line " (class) } d={ "M" (short(self.left(value))) " " (TOP) "V" (self.height - BOTTOM) } {} }
    }
}

/// A coordinate to a tenth of a unit.
pub(crate) fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The points, or the smallest and the largest of each run of them where there are too many to draw: the
/// envelope of a noisy curve survives, which every n-th point would not give.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let size = points.len().div_ceil(MOST_POINTS / 2);
    let mut kept = Vec::with_capacity(MOST_POINTS);
    for bin in points.chunks(size) {
        let ends = extent(bin.iter().map(|point| point.1));
        let at = |value: f64| bin.iter().position(|point| point.1.total_cmp(&value).is_eq());
        match ends.map(|(low, high)| (at(low), at(high))) {
            Some((Some(low), Some(high))) => {
                kept.push(bin[low.min(high)]);
                if low != high {
                    kept.push(bin[low.max(high)]);
                }
            }
            _ => kept.extend(bin.first()),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_extremes() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|step| (f64::from(step), f64::from(step % 7))).collect();
        points[5_003].1 = 99.0;
        let kept = thinned(&points);
        assert!(kept.len() <= MOST_POINTS);
        assert!(kept.contains(&(5_003.0, 99.0)));
    }

    #[test]
    fn a_gap_lifts_the_pen() {
        let plot = Plot::new(Scale::linear(0.0, 2.0), Scale::linear(0.0, 1.0), "x", "y");
        let line = plot.line("a", &[(0.0, 0.0), (1.0, f64::NAN), (2.0, 1.0)]).into_string();
        assert_eq!(line.matches('M').count(), 2);
        assert!(!line.contains("NaN"));
    }
}
