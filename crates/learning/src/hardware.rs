//! The model of hardware that is not quite what it was told to be.

use crate::Random;
use langevin::{Well, Wells, stream};
use serde::{Deserialize, Serialize};

/// Errors of the couplings, biases and wells of hardware, each drawn once for a piece of it:
///
/// ```text
/// θ_i → q(θ_i) (1 + m ε_i) + a ε′_i,      ε, ε′ ~ N(0, 1),   q rounds to `bits` bits over ± the largest |θ|
/// J2 → J2 e^(w ε),  J4 → J4 e^(w ε),      of every unit: never of another sign, for the units would have no state
/// ```
///
/// ```
/// use thermograd_learning::HardwareModel;
///
/// // Each piece of hardware errs in its own way, and always in the same.
/// let model = HardwareModel::relative(0.1);
/// let program = [1.0, -2.0, 0.0];
/// assert_eq!(model.realise(&program, 5), model.realise(&program, 5));
/// assert_ne!(model.realise(&program, 5), model.realise(&program, 6));
/// // A relative error leaves nothing of nothing.
/// assert_eq!(model.realise(&program, 5)[2], 0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HardwareModel {
    /// m: relative error of each parameter.
    pub multiplicative: f64,
    /// a: absolute error of each parameter.
    pub additive: f64,
    /// Bits of each parameter; 0 for as many as there are.
    pub bits: u32,
    /// w: relative spread of J2 and of J4 over the units.
    pub wells: f64,
    /// Relative error of kT.
    pub kt: f64,
}

impl HardwareModel {
    /// Hardware with relative errors alone, of couplings, biases and wells.
    pub fn relative(m: f64) -> Self {
        Self { multiplicative: m, additive: 0.0, bits: 0, wells: m, kt: 0.0 }
    }

    /// What piece number `piece` makes of a program; the same every time.
    pub fn realise(&self, program: &[f64], piece: u64) -> Vec<f64> {
        self.realise_segments(program, 1, piece)
    }

    /// What piece number `piece` makes of a program in `segments` equal parts. A coupler errs in all of them alike: its ε and ε′ are
    /// the hardware's, and the levels of a quantised program are those of its largest parameter in any segment.
    pub fn realise_segments(&self, program: &[f64], segments: usize, piece: u64) -> Vec<f64> {
        let largest = program.iter().fold(0f64, |a, b| a.max(b.abs()));
        // One level less on the positive side, as two's complement has it, would not be symmetric: leave it out.
        let levels = if self.bits > 0 { f64::from((1u32 << (self.bits.min(31) - 1)) - 1).max(1.0) } else { 0.0 };
        let realised = |part: &[f64]| {
            let mut random = Random::new(stream(piece, "device"), "parameters", 0);
            let of = |value: &f64| {
                let [relative, absolute] = normals(&mut random);
                let kept = if levels > 0.0 && largest > 0.0 {
                    (value / largest * levels).round() / levels * largest
                } else {
                    *value
                };
                kept * (1.0 + self.multiplicative * relative) + self.additive * absolute
            };
            part.iter().map(of).collect::<Vec<f64>>()
        };
        program.chunks((program.len() / segments.max(1)).max(1)).flat_map(realised).collect()
    }

    /// The wells of the `units` moving units of piece number `piece`, meant to be `wells`.
    pub fn wells(&self, wells: &Wells, units: usize, piece: u64) -> Vec<Well> {
        let mut random = Random::new(stream(piece, "device"), "wells", 0);
        (0..units).map(|unit| self.well(wells.of(unit), &mut random)).collect()
    }

    fn well(&self, Well { j2, j4 }: Well, random: &mut Random) -> Well {
        let [quadratic, quartic] = normals(random);
        Well::new(j2 * (self.wells * quadratic).exp(), j4 * (self.wells * quartic).exp())
    }

    /// The kT of piece number `piece` that was meant to have `kt`.
    pub fn temperature(&self, kt: f64, piece: u64) -> f64 {
        let mut random = Random::new(stream(piece, "device"), "temperature", 0);
        kt * (1.0 + self.kt * normals(&mut random)[0]).max(0.0)
    }
}

/// Two standard normals (Box and Muller).
pub(crate) fn normals(random: &mut Random) -> [f64; 2] {
    let unit = |random: &mut Random| ((random.next_u64() >> 11) as f64 + 1.0) / (1u64 << 53) as f64;
    let radius = (-2.0 * unit(random).ln()).sqrt();
    let (sin, cos) = (std::f64::consts::TAU * unit(random)).sin_cos();
    [radius * cos, radius * sin]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_the_same_every_time_and_its_errors_are_of_the_size_asked_for() {
        let program = vec![2.0; 20_000];
        let model = HardwareModel { multiplicative: 0.1, additive: 0.3, bits: 0, wells: 0.2, kt: 0.05 };
        let found = model.realise(&program, 7);
        assert_eq!(found, model.realise(&program, 7));
        assert_ne!(found, model.realise(&program, 8));
        let n = found.len() as f64;
        let mean = found.iter().sum::<f64>() / n;
        let variance = found.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        let expected: f64 = 0.2 * 0.2 + 0.3 * 0.3;
        assert!((mean - 2.0).abs() < 5.0 * (expected / n).sqrt());
        assert!((variance / expected - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
        assert!((model.temperature(1.0, 3) - 1.0).abs() < 0.3);
        let logs: Vec<f64> = model
            .wells(&Well::new(1.0, 2.0).into(), 5000, 7)
            .iter()
            .flat_map(|w| [w.j2.ln(), (w.j4 / 2.0).ln()])
            .collect();
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let variance = logs.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        assert!(mean.abs() < 5.0 * 0.2 / n.sqrt(), "{mean}");
        assert!((variance / 0.04 - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{variance}");
    }

    #[test]
    fn a_coupler_errs_alike_in_every_segment() {
        let model = HardwareModel { multiplicative: 0.1, additive: 0.0, bits: 0, wells: 0.0, kt: 0.0 };
        let found = model.realise_segments(&[1.0, 2.0, 3.0, -1.0, -2.0, -3.0], 2, 7);
        assert_eq!(found[..3], [-found[3], -found[4], -found[5]]);
        assert_ne!(found[..3], [1.0, 2.0, 3.0]);
        // A bit for the sign alone leaves the largest of all segments, and nothing of what is small beside it.
        let model = HardwareModel { multiplicative: 0.0, bits: 2, ..model };
        assert_eq!(model.realise_segments(&[1.0, 0.3, -8.0, 5.0], 2, 7), [0.0, 0.0, -8.0, 8.0]);
    }

    #[test]
    fn quantisation_keeps_levels() {
        let model = HardwareModel { multiplicative: 0.0, additive: 0.0, bits: 3, wells: 0.0, kt: 0.0 };
        // Three bits: −1, −2/3, −1/3, 0, 1/3, 2/3, 1 of the largest.
        let found = model.realise(&[3.0, 0.4, -0.6, 1.6], 1);
        for (value, expected) in found.iter().zip([3.0, 0.0, -1.0, 2.0]) {
            assert!((value - expected).abs() < 1e-12, "{found:?}");
        }
    }
}
