//! A frame with two axes, and lines in it: inline SVG whose colours are CSS classes (see `style.css`).

use crate::scale::{Scale, extent};
use crate::text;
use crate::ticks::Tick;
use maud::{Markup, html};
use std::fmt::Write as _;

/// More points than this and a line is thinned: it would be finer than the screen.
const MOST_POINTS: usize = 600;

/// How large a chart is, in the SVG's own units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// In a card, one of several in a row.
    Card,
    /// Half a page wide.
    Half,
    /// As wide as the text.
    Wide,
}

/// A chart of one horizontal and one vertical axis.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    size: Size,
    x: Scale,
    y: Scale,
    /// What the axes measure, with their units: the horizontal, the vertical one.
    labels: [String; 2],
    left: f64,
    right: f64,
    across: Vec<Tick>,
    up: Vec<Tick>,
}

const TOP: f64 = 12.0;
const BOTTOM: f64 = 42.0;
/// The style sheet's size of a tick's label, on a phone where that is larger.
const TICK: f64 = 14.0;
/// Room that the vertical axis' own label takes, and a tick's distance from the axis.
const BESIDE: f64 = 20.0;
const AWAY: f64 = 7.0;

impl Size {
    fn lengths(self) -> (f64, f64) {
        match self {
            Self::Card => (270.0, 190.0),
            Self::Half => (520.0, 280.0),
            Self::Wide => (760.0, 280.0),
        }
    }

    fn tick(self) -> f64 {
        if self == Self::Card { 11.5 } else { TICK }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Card => "plot",
            Self::Half => "plot chart",
            Self::Wide => "plot chart wide",
        }
    }
}

impl Plot {
    /// A chart with room for the labels of its ticks; `labels` say what the horizontal and the vertical axis measure.
    pub(crate) fn new(size: Size, x: Scale, y: Scale, labels: [&str; 2]) -> Self {
        let widest = |ticks: &[Tick]| text::widest(ticks.iter().map(|tick| tick.1.as_str()), size.tick());
        let up = y.ticks(5);
        let left = f64::max(if size == Size::Card { 48.0 } else { 58.0 }, BESIDE + widest(&up) + AWAY);
        let wanted = if size == Size::Card { 3 } else { 6 };
        let right = f64::max(14.0, widest(&x.ticks(wanted)) / 2.0 + 2.0);
        let labels = labels.map(str::to_owned);
        let mut plot = Self { size, x, y, labels, left, right, across: Vec::new(), up };
        let choices = (2..=wanted).rev().map(|wanted| x.ticks(wanted));
        plot.across = choices.into_iter().find(|ticks| plot.fits(ticks)).unwrap_or_else(|| {
            // The ends of the axis, if all else is too narrow.
            let mut ticks = x.ticks(2);
            let last = ticks.split_off(ticks.len().saturating_sub(1));
            ticks.truncate(1);
            [ticks, last].concat()
        });
        plot
    }

    /// Whether the labels along the horizontal axis leave each other room.
    fn fits(&self, ticks: &[Tick]) -> bool {
        let half = |tick: &Tick| text::width(&tick.1, self.size.tick()) / 2.0 + 4.0;
        ticks.windows(2).all(|two| self.left(two[0].0) + half(&two[0]) <= self.left(two[1].0) - half(&two[1]))
    }

    /// The horizontal axis.
    pub(crate) fn x(&self) -> Scale {
        self.x
    }

    /// Horizontal place of a value.
    pub(crate) fn left(&self, value: f64) -> f64 {
        self.left + self.x.fraction(value) * (self.size.lengths().0 - self.left - self.right)
    }

    /// Vertical place of a value.
    pub(crate) fn top(&self, value: f64) -> f64 {
        let height = self.size.lengths().1;
        height - BOTTOM - self.y.fraction(value) * (height - TOP - BOTTOM)
    }

    /// The chart: grid and axes below, `content` above. `title` is read out in place of the picture.
    pub(crate) fn draw(&self, title: &str, content: Markup) -> Markup {
        let (width, height) = self.size.lengths();
        let (left, right, bottom) = (self.left, width - self.right, height - BOTTOM);
        html! {
            svg class=(self.size.class()) role="img" aria-label=(title) viewBox={ "0 0 " (width) " " (height) } {
                @for (value, label) in &self.up {
                    @let y = short(self.top(*value));
                    path class="grid" d={ "M" (short(left)) " " (y) "H" (short(right)) } {}
                    text class="tick" x=(short(left - AWAY)) y=(y) dy="0.35em" text-anchor="end" { (label) }
                }
                @for (value, label) in &self.across {
                    @let x = short(self.left(*value));
                    path class="grid" d={ "M" (x) " " (bottom) "v4" } {}
                    text class="tick" x=(x) y=(bottom + 17.0) text-anchor="middle" { (label) }
                }
                (content)
                path class="axis" d={ "M" (short(left)) " " (bottom) "H" (short(right)) } {}
                text class="label" x=(short(f64::midpoint(left, right))) y=(height - 5.0) text-anchor="middle" { (self.labels[0]) }
                text class="label" text-anchor="middle"
                    transform={ "translate(12 " (f64::midpoint(TOP, bottom)) ") rotate(-90)" } { (self.labels[1]) }
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
        let points =
            || points.iter().filter(|(x, low, high)| x.is_finite() && low.is_finite() && high.is_finite());
        let lower = points().map(|&(x, low, _)| (x, low));
        let upper = points().rev().map(|&(x, _, high)| (x, high));
        let mut path = String::new();
        for (index, (x, y)) in lower.chain(upper).enumerate() {
            let pen = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{pen}{} {}", short(self.left(x)), short(self.top(y)));
        }
        html! { @if !path.is_empty() { path class={ "band " (class) } d={ (path) "Z" } {} } }
    }

    /// A horizontal line across the chart, at a finite value.
    pub(crate) fn level(&self, class: &str, value: f64) -> Markup {
        let right = self.size.lengths().0 - self.right;
        html! {
            @if value.is_finite() {
                path class={ "line " (class) } d={ "M" (short(self.left)) " " (short(self.top(value))) "H" (short(right)) } {}
            }
        }
    }

    /// A vertical line up the chart, at a finite value.
    pub(crate) fn upright(&self, class: &str, value: f64) -> Markup {
        let bottom = self.size.lengths().1 - BOTTOM;
        html! {
            @if value.is_finite() {
                path class={ "line " (class) } d={ "M" (short(self.left(value))) " " (TOP) "V" (bottom) } {}
            }
        }
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
        let plot = Plot::new(Size::Half, Scale::linear(0.0, 2.0), Scale::linear(0.0, 1.0), ["x", "y"]);
        let line = plot.line("a", &[(0.0, 0.0), (1.0, f64::NAN), (2.0, 1.0)]).into_string();
        assert_eq!(line.matches('M').count(), 2);
        assert!(!line.contains("NaN"));
    }

    #[test]
    fn the_vertical_axis_leaves_its_longest_number_room_beside_its_label() {
        let ends = [
            (0.0, 1.0),
            (0.0, 4e4),
            (1.23e6, 1.230_04e6),
            (3.1e-5, 3.2e-5),
            (-2.5e-7, 1e-7),
            (10_000.1, 10_000.2),
        ];
        for size in [Size::Card, Size::Half, Size::Wide] {
            for (low, high) in ends {
                let plot = Plot::new(size, Scale::linear(0.0, 1.0), Scale::linear(low, high), ["x", "y"]);
                for (_, label) in &plot.up {
                    let begins = plot.left - AWAY - text::width(label, size.tick());
                    assert!(begins >= BESIDE - 1e-9, "{label} begins at {begins}, where the axis' label stands");
                }
            }
        }
    }

    #[test]
    fn numbers_along_the_horizontal_axis_leave_each_other_room() {
        let y = Scale::linear(0.0, 1.0);
        for x in [
            Scale::linear(1.23e6, 1.230_04e6),
            Scale::linear(10_000.1, 10_000.2),
            Scale::logarithmic(3e-7, 3.1e-7),
            Scale::logarithmic(8e3, 2e4),
        ] {
            for size in [Size::Card, Size::Half, Size::Wide] {
                let plot = Plot::new(size, x, y, ["x", "y"]);
                assert!(plot.across.len() >= 2 && plot.fits(&plot.across), "{:?}", plot.across);
            }
        }
    }
}
