//! From values to a fraction of an axis, and the ticks between.

use crate::number::{minus, superscript};

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

impl Scale {
    /// Equal steps from `low` to `high`; widened where the two coincide.
    pub(crate) fn linear(low: f64, high: f64) -> Self {
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
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
        let (low, high) = if high > low { (low, high) } else { (low / 2.0, low * 2.0) };
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

    /// About `wanted` round values between the ends, each with its label.
    pub(crate) fn ticks(self, wanted: usize) -> Vec<(f64, String)> {
        if self.logarithmic { self.decades(wanted) } else { self.steps(wanted) }
    }

    fn steps(self, wanted: usize) -> Vec<(f64, String)> {
        let step = nice_step((self.high - self.low) / wanted.max(1) as f64);
        let decimals = usize::try_from(-(step.log10() + 1e-9).floor() as i32).unwrap_or(0);
        let large = self.high.abs().max(self.low.abs());
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        let label = |value: f64| {
            if value == 0.0 {
                "0".to_owned()
            } else if large >= 1e6 {
                let exponent = large.log10().floor() as i32;
                let mantissa = value / 10_f64.powi(exponent);
                minus(&format!("{}·10{}", trimmed(mantissa), superscript(exponent)))
            } else if large >= 1e4 {
                minus(&format!("{}k", trimmed(value / 1000.0)))
            } else {
                minus(&format!("{value:.decimals$}"))
            }
        };
        (first..=last).map(|index| index as f64 * step).map(|value| (value, label(value))).collect()
    }

    fn decades(self, wanted: usize) -> Vec<(f64, String)> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let span = usize::try_from(last - first).unwrap_or(0);
        let stride = span.div_ceil(wanted.max(1)).max(1);
        // Few decades leave room for the values between them.
        let multiples: &[f64] = if span <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let mut ticks = Vec::new();
        for exponent in (first..=last).step_by(stride) {
            for multiple in multiples {
                let value = multiple * 10_f64.powi(exponent);
                if (self.low..=self.high).contains(&value) {
                    ticks.push((value, decade_label(*multiple, exponent)));
                }
            }
        }
        ticks
    }
}

fn decade_label(multiple: f64, exponent: i32) -> String {
    match exponent {
        -2..=3 => trimmed(multiple * 10_f64.powi(exponent)),
        _ if (multiple - 1.0).abs() < f64::EPSILON => format!("10{}", superscript(exponent)),
        _ => format!("{multiple}·10{}", superscript(exponent)),
    }
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A round number (1, 2 or 5 times a power of ten) near `rough`, and no less than two thirds of it.
fn nice_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let ratio = rough / power;
    let multiple = [1.0, 2.0, 5.0].into_iter().find(|multiple| ratio <= multiple * 1.5).unwrap_or(10.0);
    multiple * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, wanted: usize) -> Vec<String> {
        scale.ticks(wanted).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(Scale::linear(0.0, 0.2), 4), ["0", "0.05", "0.10", "0.15", "0.20"]);
        assert_eq!(labels(Scale::linear(-4.0, 4.0), 4), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(labels(Scale::linear(0.0, 40_000.0), 4), ["0", "10k", "20k", "30k", "40k"]);
        assert_eq!(labels(Scale::logarithmic(900.0, 2.1e6), 6), ["1000", "10⁴", "10⁵", "10⁶"]);
    }

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
        assert!(!labels(Scale::rounded(3.0, 3.0), 4).is_empty());
        assert!(!labels(Scale::fitting([]), 4).is_empty());
    }
}
