//! From values to a fraction of an axis.

use crate::ticks::{self, Tick, nice_step};

/// One axis: its end points, and whether equal steps are equal ratios.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

/// Smallest and largest of the finite values.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |extent, value| match extent {
        None => Some((value, value)),
        Some((low, high)) => Some((f64::min(low, value), f64::max(high, value))),
    })
}

/// Whether an axis between the two can be told from a point.
fn apart(low: f64, high: f64) -> bool {
    high - low > 1e-9 * high.abs().max(low.abs())
}

impl Scale {
    /// Equal steps from `low` to `high`; widened where the two coincide.
    pub(crate) fn linear(low: f64, high: f64) -> Self {
        let room = f64::max(0.5, 1e-3 * low.abs());
        let (low, high) = if apart(low, high) { (low, high) } else { (low - room, low + room) };
        Self { low, high, logarithmic: false }
    }

    /// As [`Scale::linear`], with both ends moved out to the next tick.
    pub(crate) fn rounded(low: f64, high: f64) -> Self {
        let Self { low, high, .. } = Self::linear(low, high);
        let step = nice_step((high - low) / 5.0);
        // A whisker of tolerance keeps an end that is a tick already where it is.
        Self::linear((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step)
    }

    /// Equal ratios from `low` to `high`, both positive.
    pub(crate) fn logarithmic(low: f64, high: f64) -> Self {
        let (low, high) = if apart(low, high) { (low, high) } else { (low / 2.0, low * 2.0) };
        Self { low, high, logarithmic: true }
    }

    /// Logarithmic where all values are positive and span more than a decade, otherwise linear.
    pub(crate) fn fitting(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = extent(values).unwrap_or((0.0, 1.0));
        if low > 0.0 && high / low > 10.0 {
            Self::logarithmic(low * 0.9, high * 1.1)
        } else {
            Self::rounded(low, high)
        }
    }

    /// Percent, never beyond 0 to 100.
    pub(crate) fn percent(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = extent(values).unwrap_or((0.0, 100.0));
        let (low, high) = Self::rounded(low, high).ends();
        Self::linear(low.max(0.0), high.min(100.0))
    }

    /// Whether equal steps are equal ratios.
    pub(crate) fn is_logarithmic(self) -> bool {
        self.logarithmic
    }

    /// The end points.
    pub(crate) fn ends(self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Where a value lies between the ends, 0 to 1; NaN for what cannot be placed.
    pub(crate) fn fraction(self, value: f64) -> f64 {
        if self.logarithmic {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// About `wanted` round values between the ends, at least two, each with its label.
    pub(crate) fn ticks(self, wanted: usize) -> Vec<Tick> {
        if self.logarithmic {
            ticks::logarithmic(self.low, self.high, wanted)
        } else {
            ticks::linear(self.low, self.high, wanted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_where_they_should_be() {
        let scale = Scale::logarithmic(1.0, 100.0);
        assert!((scale.fraction(10.0) - 0.5).abs() < 1e-12);
        assert!(Scale::fitting([1.0, 100.0]).is_logarithmic());
        assert!(!Scale::fitting([-1.0, 100.0]).is_logarithmic());
        assert_eq!(Scale::rounded(0.13, 0.97).ends(), (0.0, 1.0));
        assert_eq!(Scale::rounded(0.0, 800.0).ends(), (0.0, 800.0));
        assert_eq!(extent([f64::NAN, 2.0, 1.0]), Some((1.0, 2.0)));
    }

    #[test]
    fn equal_values_still_make_an_axis() {
        for value in [0.0, 3.0, 97.3, -1e9, 1e-9] {
            for scale in [Scale::rounded(value, value), Scale::fitting([value]), Scale::percent([value])] {
                let (low, high) = scale.ends();
                assert!(low < high && scale.ticks(4).len() >= 2, "{value}: {low} to {high}");
            }
        }
        assert!(Scale::fitting([]).ticks(4).len() >= 2);
    }
}
