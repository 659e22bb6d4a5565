//! The round values along an axis, and their labels.

use crate::number::{minus, superscript};

/// A value on an axis, and how it is written there.
pub(crate) type Tick = (f64, String);

/// A label is wanted at this many places of an axis at least: one alone tells no distance.
const FEWEST: usize = 2;

/// A round number (1, 2 or 5 times a power of ten) near `rough`, and no less than two thirds of it.
pub(crate) fn nice_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let ratio = rough / power;
    let multiple = [1.0, 2.0, 5.0].into_iter().find(|multiple| ratio <= multiple * 1.5).unwrap_or(10.0);
    multiple * power
}

/// About `wanted` multiples of a round number.
pub(crate) fn linear(low: f64, high: f64, wanted: usize) -> Vec<Tick> {
    let wanted = wanted.max(1);
    // The round step may be larger than what was wanted, and then leave fewer ticks.
    (wanted..8 * wanted).map(|wanted| steps(low, high, wanted)).find(|t| t.len() >= FEWEST).unwrap_or_default()
}

/// About `wanted` powers of ten; where there is but one, the values 1, 2 and 5 between them; where the axis is shorter
/// still, multiples of a round number.
pub(crate) fn logarithmic(low: f64, high: f64, wanted: usize) -> Vec<Tick> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let span = usize::try_from(last - first).unwrap_or(0);
    let stride = span.div_ceil(wanted.max(1)).max(1);
    // Few decades leave room for the values between them.
    let rough: &[f64] = if span <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let choices: [(usize, &[f64]); 3] = [(stride, rough), (1, rough), (1, &[1.0, 2.0, 5.0])];
    let decades = choices.into_iter().map(|(stride, multiples)| {
        let exponents = (first..=last).step_by(stride);
        let values = exponents.flat_map(|e| multiples.iter().map(move |m| (m * 10_f64.powi(e), *m, e)));
        let inside = values.filter(|(value, ..)| (low..=high).contains(value));
        inside.map(|(value, multiple, exponent)| (value, decade(multiple, exponent))).collect::<Vec<Tick>>()
    });
    decades.into_iter().find(|ticks| ticks.len() >= FEWEST).unwrap_or_else(|| linear(low, high, wanted))
}

fn steps(low: f64, high: f64, wanted: usize) -> Vec<Tick> {
    let step = nice_step((high - low) / wanted as f64);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    let (unit, suffix) = unit(high.abs().max(low.abs()));
    let decimals = usize::try_from(-((step / unit).log10() + 1e-9).floor() as i32).unwrap_or(0);
    let label = |index: i64, value: f64| {
        let digits = format!("{:.decimals$}", value / unit);
        match (index, suffix.is_empty()) {
            (0, _) => "0".to_owned(),
            (_, true) => minus(&digits),
            (_, false) => minus(&format!("{}{suffix}", trimmed(&digits))),
        }
    };
    (first..=last).map(|index| (index, index as f64 * step)).map(|(i, value)| (value, label(i, value))).collect()
}

/// What the numbers of an axis that reaches to `large` are counted in.
fn unit(large: f64) -> (f64, String) {
    if (1e-3..1e4).contains(&large) || large == 0.0 {
        return (1.0, String::new());
    }
    if (1e4..1e6).contains(&large) {
        return (1e3, "k".to_owned());
    }
    let exponent = large.log10().floor() as i32;
    (10_f64.powi(exponent), format!("·10{}", superscript(exponent)))
}

fn decade(multiple: f64, exponent: i32) -> String {
    match exponent {
        -2..=3 => trimmed(&format!("{:.3}", multiple * 10_f64.powi(exponent))),
        _ if (multiple - 1.0).abs() < f64::EPSILON => format!("10{}", superscript(exponent)),
        _ => format!("{multiple}·10{}", superscript(exponent)),
    }
}

/// A number without the zeros at its end that say nothing.
fn trimmed(digits: &str) -> String {
    if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        digits.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Vec<Tick>) -> Vec<String> {
        ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(linear(0.0, 0.2, 4)), ["0", "0.05", "0.10", "0.15", "0.20"]);
        assert_eq!(labels(linear(-4.0, 4.0, 4)), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(labels(linear(0.0, 40_000.0, 4)), ["0", "10k", "20k", "30k", "40k"]);
        assert_eq!(labels(linear(0.0, 3e-5, 3)), ["0", "1·10⁻⁵", "2·10⁻⁵", "3·10⁻⁵"]);
        assert_eq!(labels(logarithmic(900.0, 2.1e6, 6)), ["1000", "10⁴", "10⁵", "10⁶"]);
    }

    #[test]
    fn a_narrow_logarithmic_axis_has_two_labels_at_least() {
        assert_eq!(labels(logarithmic(8e3, 2e4, 6)), ["10⁴", "2·10⁴"]);
        assert_eq!(labels(logarithmic(31.0, 33.0, 4)), ["31.0", "31.5", "32.0", "32.5", "33.0"]);
        for wanted in 1..=6 {
            for low in [1e-7, 3.3e-3, 0.9, 7.0, 14e3, 9.9e8] {
                for ratio in [1.001, 1.05, 1.9, 4.9, 30.0, 1e4, 1e9] {
                    let found = logarithmic(low, low * ratio, wanted);
                    assert!(found.len() >= 2, "{low} × {ratio}, {wanted} wanted: {found:?}");
                    assert!(found.iter().all(|(value, _)| (low * 0.999..=low * ratio * 1.001).contains(value)));
                }
            }
        }
    }

    #[test]
    fn no_two_ticks_read_alike_and_there_are_two_at_least() {
        for (low, high) in [(10_000.0, 10_001.0), (1e6, 1.000_01e6), (-3.1e-4, -3.0e-4), (0.31, 0.49), (7.1, 12.9)]
        {
            for wanted in 1..=6 {
                let mut found = labels(linear(low, high, wanted));
                let all = found.len();
                found.dedup();
                assert!(all >= 2 && found.len() == all, "{low} to {high}: {found:?}");
            }
        }
    }
}
