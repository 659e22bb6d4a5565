//! How numbers are written: few digits, their error beside them, powers of ten as such.

/// What stands for a number that is none.
const NONE: &str = "–";

/// `93.30 %`: a fraction with the two decimals that ten thousand images can tell apart.
pub(crate) fn percent(fraction: f64) -> String {
    percent_with_error(fraction, None)
}

/// `93.30 ± 0.25 %`.
pub(crate) fn percent_with_error(fraction: f64, error: Option<f64>) -> String {
    match error.filter(|error| error.is_finite()) {
        _ if !fraction.is_finite() => NONE.to_owned(),
        Some(error) => format!("{:.2} ± {:.2} %", 100.0 * fraction, 100.0 * error),
        None => format!("{:.2} %", 100.0 * fraction),
    }
}

/// An integer with thin spaces between thousands.
pub(crate) fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digits.len() > 4 {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number to `figures` significant figures: grouped digits in the middle range, powers of ten outside it.
pub(crate) fn significant(value: f64, figures: usize) -> String {
    if !value.is_finite() {
        return "not finite".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // Rust's own rounding decides the exponent, so that 9.996 to three figures becomes 10.0 and not 10.00.
    let scientific = format!("{:.*e}", figures.saturating_sub(1), value);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-3..6).contains(&exponent) {
        let decimals = usize::try_from(i64::try_from(figures).unwrap_or(0) - 1 - i64::from(exponent)).unwrap_or(0);
        if decimals == 0 && value.abs() < 1e15 {
            let rounded: f64 = scientific.parse().unwrap_or(value);
            let sign = if value < 0.0 { "−" } else { "" };
            return format!("{sign}{}", count(rounded.abs() as usize));
        }
        return minus(&format!("{value:.decimals$}"));
    }
    format!("{} × 10{}", minus(mantissa), superscript(exponent))
}

/// As [`significant`], without the zeros that pad it: the way to write a setting such as 0.2.
pub(crate) fn setting(value: f64) -> String {
    let text = significant(value, 6);
    let (number, power) =
        text.split_once(" × ").map_or((text.as_str(), None), |(number, power)| (number, Some(power)));
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    match power {
        Some(power) if number == "1" => power.to_owned(),
        Some(power) => format!("{number} × {power}"),
        None => number.to_owned(),
    }
}

/// A number with the decimals that its error leaves worth showing: `16 970 ± 81`.
pub(crate) fn with_error(value: f64, error: f64) -> String {
    let worth = error.is_finite() && error > 0.0 && value.is_finite();
    if !worth {
        return significant(value, 4);
    }
    if value.abs() >= 1e6 {
        return format!("{} ± {}", significant(value, 4), significant(error, 2));
    }
    // Two significant figures of the error.
    let decimals = usize::try_from(1 - error.log10().floor() as i32).unwrap_or(0).min(6);
    if decimals == 0 {
        let sign = if value < 0.0 { "−" } else { "" };
        format!("{sign}{} ± {}", count(value.abs().round() as usize), count(error.round() as usize))
    } else {
        minus(&format!("{value:.decimals$} ± {error:.decimals$}"))
    }
}

/// A duration in the unit that suits it.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        NONE.to_owned()
    } else if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else if seconds < 6000.0 {
        format!("{:.0} min {:02.0} s", (seconds / 60.0).floor(), (seconds % 60.0).floor())
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// `10⁷`: a power of ten for an axis.
pub(crate) fn superscript(exponent: i32) -> String {
    let raise = |digit| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or(0)).unwrap_or('⁰'),
    };
    exponent.to_string().chars().map(raise).collect()
}

/// A true minus sign in place of the hyphen.
pub(crate) fn minus(text: &str) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(significant(16_974.2, 4), "16\u{202f}970");
        assert_eq!(significant(3.7e8, 2), "3.7 × 10⁸");
        assert_eq!(significant(1e-12, 2), "1.0 × 10⁻¹²");
        assert_eq!(significant(9.996, 3), "10.0");
        assert_eq!(significant(-2.5, 2), "−2.5");
        assert_eq!(setting(0.2), "0.2");
        assert_eq!(setting(1e-12), "10⁻¹²");
        assert_eq!(setting(300.0), "300");
        assert_eq!(with_error(16_974.2, 81.3), "16\u{202f}974 ± 81");
        assert_eq!(with_error(3.217_59, 0.012), "3.218 ± 0.012");
        assert_eq!(percent_with_error(0.933, Some(0.0025)), "93.30 ± 0.25 %");
        assert_eq!(count(63_143), "63\u{202f}143");
        assert_eq!(count(2_016), "2016");
        assert_eq!(duration(421.0), "7 min 01 s");
    }

    #[test]
    fn what_is_no_number_is_said_in_words_or_left_out() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let written = [
                percent(value),
                percent_with_error(0.5, Some(value)),
                significant(value, 3),
                setting(value),
                with_error(value, 1.0),
                with_error(2.0, value),
                duration(value),
            ];
            assert!(written.iter().all(|text| !text.contains("NaN") && !text.contains("inf")), "{written:?}");
        }
    }
}
