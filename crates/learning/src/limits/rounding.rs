//! Rounding to few bits.

use langevin::{Layout, ProgramValues, UnitKind};

/// Bits of a value, at most: with the 12 of a step, a value is then exact in single precision.
pub const MOST_BITS: u32 = 12;
/// Steps that are tried, each nine tenths of the one before.
const TRIED: i32 = 25;
const RATIO: f64 = 0.9;
/// Values of a block whose errors are summed, at most.
const SEEN: usize = 8192;

/// Rounds the values of a segment, block by block.
pub(super) fn round(layout: &Layout, values: &mut ProgramValues, bits: u32) {
    let units = layout.moving();
    let kinds = [UnitKind::Visible, UnitKind::Hidden, UnitKind::Output];
    for to in kinds.map(|kind| layout.range(kind)) {
        round_block(&mut values.input_couplings, units, 0..layout.inputs, to.clone(), bits);
        for from in kinds.map(|kind| layout.range(kind)) {
            round_block(&mut values.couplings, units, to.clone(), from, bits);
        }
        round_block(&mut values.biases, units, 0..1, to, bits);
    }
}

/// Rounds a block of a matrix with `width` columns.
fn round_block(
    all: &mut [f64],
    width: usize,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    bits: u32,
) {
    let block: Vec<f64> = rows
        .clone()
        .flat_map(|row| &all[row * width..][columns.clone()])
        .copied()
        .filter(|v| v.abs() > 0.0)
        .collect();
    let Some(step) = best_step(&block, bits) else { return };
    for row in rows {
        all[row * width..][columns.clone()].iter_mut().for_each(|v| *v = rounded(*v, step, bits));
    }
}

/// The step of least square error; none for values that are all zero, or not all finite.
fn best_step(block: &[f64], bits: u32) -> Option<f64> {
    let largest = block.iter().fold(0f64, |a, b| a.max(b.abs()));
    if !(largest > 0.0 && block.iter().all(|v| v.is_finite())) {
        return None;
    }
    let tried = (0..TRIED).map(|i| few_digits(largest / levels(bits) * RATIO.powi(i)));
    // Evenly spaced ones tell as much as all.
    let every = block.len().div_ceil(SEEN).max(1);
    let error =
        |step: f64| block.iter().step_by(every).map(|v| (rounded(*v, step, bits) - v).powi(2)).sum::<f64>();
    tried.map(|step| (step, error(step))).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(step, _)| step)
}

/// Levels on each side of zero.
fn levels(bits: u32) -> f64 {
    f64::from((1u32 << (bits - 1)) - 1)
}

fn rounded(value: f64, step: f64, bits: u32) -> f64 {
    /// Adding and taking it away again rounds to a whole number, ties to even.
    const WHOLE: f64 = 6_755_399_441_055_744.0; // 1.5 × 2⁵²
    let levels = levels(bits);
    let code = (value / step).clamp(-levels, levels);
    ((code + WHOLE) - WHOLE) * step
}

/// A number cut down to its first 12 binary digits.
fn few_digits(value: f64) -> f64 {
    f64::from_bits(value.to_bits() & !((1u64 << (52 - 11)) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_on_levels_of_which_the_largest_is_taken() {
        for bits in [2, 3, 4, 8, MOST_BITS] {
            let mut block: Vec<f64> = (0..1000).map(|i| f64::from((i as f32 * 0.37).sin().powi(3))).collect();
            block.iter_mut().filter(|v| v.abs() < 0.05).for_each(|v| *v = 0.0);
            let before = block.clone();
            round_block(&mut block, 10, 0..100, 0..10, bits);
            let step = best_step(&before, bits).unwrap();
            let largest = block.iter().fold(0f64, |a, b| a.max(b.abs()));
            assert!((largest - levels(bits) * step).abs() < 1e-12, "{bits} bits: {largest} of step {step}");
            for (after, before) in block.iter().zip(&before) {
                assert!((after / step - (after / step).round()).abs() < 1e-9);
                // Where nothing is clipped, no level is nearer.
                assert!(
                    (after - before).abs() <= step / 2.0 + 1e-12 || before.abs() > largest,
                    "{before} → {after}"
                );
                assert!(
                    (f64::from(*after as f32) - after).abs() <= 0.0,
                    "{after} is not exact in single precision"
                );
            }
            let again = block.clone();
            round_block(&mut block, 10, 0..100, 0..10, bits);
            assert_eq!(block, again, "{bits} bits: what is rounded stays");
        }
    }

    #[test]
    fn a_step_is_smaller_than_the_largest_value_asks_for_where_that_errs_less() {
        // One outlier among many: seven levels up to it would leave one of the others.
        let block: Vec<f64> = (0..4000).map(|i| (f64::from(i) * 0.7).sin()).chain([20.0]).collect();
        let step = best_step(&block, 4).unwrap();
        assert!(step < 20.0 / 7.0 / 2.0, "{step}");
    }
}
