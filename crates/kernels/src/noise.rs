//! Standard normal noise as a pure function of (seed, replica, step, unit).
//!
//! Units are taken in blocks of four. Block `b` of replica `r` at step `s` is Philox4x32-10 of the counter
//! `(b, s, r mod 2³², r div 2³²)` under the key `seed`; its words `(w0, w1, w2, w3)` give, by Box and Muller,
//!
//! ```text
//! ξ_{4b}   = √(−2 ln u(w0)) cos 2π v(w1)     u(w) = (⌊w/2⁸⌋ + 1) / 2²⁴ ∈ (0, 1]
//! ξ_{4b+1} = √(−2 ln u(w0)) sin 2π v(w1)     v(w) =  ⌊w/2⁸⌋      / 2²⁴ ∈ [0, 1)
//! ```
//!
//! and likewise `ξ_{4b+2}, ξ_{4b+3}` from `(w2, w3)`. Both uniforms are exact in `f32`, so every implementation
//! agrees to the rounding of the elementary functions. |ξ| ≤ √(48 ln 2) = 5.77.

mod normals;

use crate::philox;
use crate::philox::philox4x32_lanes;
use rayon::prelude::*;

pub(crate) use normals::{lane_normals, multiply_add, normals_of};

/// Replicas handled together: the lanes of the vectorised inner loop.
const LANES: usize = 16;

/// Units of one Philox block.
pub const UNITS_PER_BLOCK: usize = 4;

/// Fills `out` with standard normals: row `i` holds the noise of `replicas[i]` at `step`.
///
/// The value of an element depends on (seed, replica, step, unit) alone: not on the other rows, the number of
/// units, or the number of threads.
///
/// # Shapes
/// `out`: `[replicas.len(), units]`, row-major.
///
/// # Panics
/// When `out.len() != replicas.len() * units`.
pub fn fill_standard_normal(seed: u64, step: u32, replicas: &[u64], units: usize, out: &mut [f32]) {
    assert_eq!(out.len(), replicas.len() * units, "noise buffer: [replicas, units]");
    if units == 0 {
        return;
    }
    let fill = widest_fill();
    // A task of a few tiles: long enough to pay for its scheduling.
    let rows = LANES * (1 + 8192 / (LANES * units));
    out.par_chunks_mut(rows * units).zip(replicas.par_chunks(rows)).for_each(|(out, replicas)| {
        for (out, replicas) in out.chunks_mut(LANES * units).zip(replicas.chunks(LANES)) {
            fill(seed, step, replicas, units, out);
        }
    });
}

/// The noise on one instruction set.
pub(crate) trait Generator {
    /// Whether the processor has a fused multiply-add.
    const FUSED: bool;

    /// Philox4x32-10 of the counters (uniform, low, high).
    fn words<const L: usize>(uniform: [u32; 2], low: &[u32; L], high: &[u32; L], key: [u32; 2]) -> [[u32; L]; 4];
}

/// Whatever the compiler makes of it.
pub(crate) struct Portable;

impl Generator for Portable {
    const FUSED: bool = cfg!(target_arch = "aarch64");

    #[inline(always)]
    fn words<const L: usize>(uniform: [u32; 2], low: &[u32; L], high: &[u32; L], key: [u32; 2]) -> [[u32; L]; 4] {
        philox4x32_lanes([[uniform[0]; L], [uniform[1]; L], *low, *high], key)
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) struct Avx512;

#[cfg(target_arch = "x86_64")]
impl Generator for Avx512 {
    const FUSED: bool = true;

    #[inline(always)]
    fn words<const L: usize>(uniform: [u32; 2], low: &[u32; L], high: &[u32; L], key: [u32; 2]) -> [[u32; L]; 4] {
        // SAFETY: only functions compiled for AVX-512 use this generator.
        unsafe { philox::x86::lanes_avx512(uniform, low, high, key) }
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Generator for Avx2 {
    const FUSED: bool = true;

    #[inline(always)]
    fn words<const L: usize>(uniform: [u32; 2], low: &[u32; L], high: &[u32; L], key: [u32; 2]) -> [[u32; L]; 4] {
        // SAFETY: only functions compiled for AVX2 and FMA use this generator.
        unsafe { philox::x86::lanes_avx2(uniform, low, high, key) }
    }
}

type Fill = fn(u64, u32, &[u64], usize, &mut [f32]);

/// The implementation for the widest vectors of this processor.
fn widest_fill() -> Fill {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512dq") {
            return |seed, step, replicas, units, out| {
                // SAFETY: the features that `fill_avx512` is compiled for were detected just above.
                unsafe {
                    fill_avx512(seed, step, replicas, units, out);
                }
            };
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return |seed, step, replicas, units, out| {
                // SAFETY: the features that `fill_avx2` is compiled for were detected just above.
                unsafe {
                    fill_avx2(seed, step, replicas, units, out);
                }
            };
        }
    }
    fill_tile::<Portable>
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn fill_avx512(seed: u64, step: u32, replicas: &[u64], units: usize, out: &mut [f32]) {
    fill_tile::<Avx512>(seed, step, replicas, units, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn fill_avx2(seed: u64, step: u32, replicas: &[u64], units: usize, out: &mut [f32]) {
    fill_tile::<Avx2>(seed, step, replicas, units, out);
}

/// One tile of at most [`LANES`] replicas.
#[inline(always)]
fn fill_tile<G: Generator>(seed: u64, step: u32, replicas: &[u64], units: usize, out: &mut [f32]) {
    let mut low = [0u32; LANES];
    let mut high = [0u32; LANES];
    for (l, replica) in replicas.iter().enumerate() {
        low[l] = *replica as u32;
        high[l] = (*replica >> 32) as u32;
    }
    let key = [seed as u32, (seed >> 32) as u32];
    for block in 0..units.div_ceil(UNITS_PER_BLOCK) {
        let normals = lane_normals::<G, LANES>(key, block as u32, step, &low, &high);
        let first = block * UNITS_PER_BLOCK;
        for (j, values) in normals.iter().enumerate().take(units - first) {
            for (row, value) in out.chunks_exact_mut(units).zip(values) {
                row[first + j] = *value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::philox::philox4x32;

    /// The definition in the module's documentation, in `f64`, one element at a time.
    fn definition(seed: u64, step: u32, replica: u64, unit: usize) -> f64 {
        let words = philox4x32(
            [(unit / 4) as u32, step, replica as u32, (replica >> 32) as u32],
            [seed as u32, (seed >> 32) as u32],
        );
        let pair = (unit % 4) / 2;
        let u = f64::from((words[2 * pair] >> 8) + 1) / f64::from(1u32 << 24);
        let v = f64::from(words[2 * pair + 1] >> 8) / f64::from(1u32 << 24);
        let radius = (-2.0 * u.ln()).sqrt();
        let angle = std::f64::consts::TAU * v;
        if unit.is_multiple_of(2) { radius * angle.cos() } else { radius * angle.sin() }
    }

    #[test]
    fn agrees_with_the_definition_at_awkward_sizes() {
        for (rows, units) in [(1, 1), (15, 73), (16, 74), (17, 75), (33, 4), (3, 1296)] {
            let replicas: Vec<u64> = (0..rows).map(|r| r * 3 + (r << 33)).collect();
            let mut out = vec![0f32; rows as usize * units];
            fill_standard_normal(0x1234_5678_9abc_def0, 7, &replicas, units, &mut out);
            for (row, replica) in replicas.iter().enumerate() {
                for unit in 0..units {
                    let expected = definition(0x1234_5678_9abc_def0, 7, *replica, unit);
                    let found = f64::from(out[row * units + unit]);
                    // |ξ| < 6, so a few units in the last place of f32 are below 2e-6.
                    assert!(
                        (found - expected).abs() < 2e-6,
                        "replica {replica} unit {unit}: {found} against {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_implementation_gives_the_same_noise() {
        let replicas: Vec<u64> = (0..16).collect();
        let (mut widest, mut plain) = (vec![0f32; 16 * 74], vec![0f32; 16 * 74]);
        widest_fill()(3, 1, &replicas, 74, &mut widest);
        fill_tile::<Portable>(3, 1, &replicas, 74, &mut plain);
        for (w, p) in widest.iter().zip(&plain) {
            assert!((w - p).abs() < 2e-6, "{w} against {p}");
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_batch() {
        let units = 74;
        let all: Vec<u64> = (0..1000).collect();
        let mut together = vec![0f32; 1000 * units];
        fill_standard_normal(1, 5, &all, units, &mut together);
        let mut alone = vec![0f32; units];
        for row in [0usize, 15, 16, 999] {
            fill_standard_normal(1, 5, &all[row..=row], units, &mut alone);
            assert_eq!(alone, together[row * units..(row + 1) * units]);
        }
    }

    #[test]
    fn the_moments_are_those_of_a_standard_normal() {
        // n draws: the mean, variance and fourth moment have standard errors 1/√n, √(2/n) and √(96/n).
        let (rows, units) = (10_000usize, 100usize);
        let replicas: Vec<u64> = (0..rows as u64).collect();
        let mut out = vec![0f32; rows * units];
        fill_standard_normal(11, 0, &replicas, units, &mut out);
        let n = out.len() as f64;
        let moment = |p: i32| out.iter().map(|x| f64::from(*x).powi(p)).sum::<f64>() / n;
        for (name, value, expected, error) in [
            ("mean", moment(1), 0.0, (1.0 / n).sqrt()),
            ("variance", moment(2), 1.0, (2.0 / n).sqrt()),
            ("third moment", moment(3), 0.0, (15.0 / n).sqrt()),
            ("fourth moment", moment(4), 3.0, (96.0 / n).sqrt()),
        ] {
            let z = (value - expected) / error;
            assert!(z.abs() < 5.0, "{name} {value}, z = {z:.2}, n = {n}, seed 11");
        }
    }
}
