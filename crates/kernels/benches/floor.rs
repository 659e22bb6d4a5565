//! The floor: what a careful engineer writes by hand for one problem, `trainer bench simulate` at its defaults
//! (10,000 trajectories × 200 steps × 74 coupled units, drive from 784 inputs, two threads), to compare the library with.
//!
//! One loop in AVX-512 intrinsics: 16 trajectories in the lanes, xorshift noise through Box and Muller. It keeps nothing else
//! that the library promises: its noise depends on the number of threads and on the batch, its couplings are dense, its
//! sizes are constants, it runs on one kind of processor.
//!
//! ```text
//! cargo bench -p thermograd-kernels --bench floor -- [repeats]
//! ```
#![expect(
    unsafe_code,
    clippy::print_stdout,
    clippy::needless_range_loop,
    clippy::wildcard_imports,
    reason = "vector instructions by hand, and what they measured"
)]
#![deny(clippy::undocumented_unsafe_blocks)]

use std::time::Instant;

const BATCH: usize = 10_000;
const STEPS: usize = 200;
const UNITS: usize = 74;
const INPUTS: usize = 784;
const OUTPUTS: usize = 10;
const LANES: usize = 16;
const COLUMNS: usize = 8;
const PADDED: usize = UNITS.next_multiple_of(COLUMNS);
const RATE: f32 = 1e-3;
const THREADS: usize = 2;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{BATCH, COLUMNS, INPUTS, LANES, OUTPUTS, PADDED, RATE, STEPS, UNITS};
    use std::arch::x86_64::*;

    /// xorshift32 in 16 lanes.
    struct XorShift(__m512i);

    impl XorShift {
        #[inline]
        #[target_feature(enable = "avx512f,avx512dq")]
        fn next(&mut self) -> __m512i {
            let mut x = self.0;
            x = _mm512_xor_si512(x, _mm512_slli_epi32(x, 13));
            x = _mm512_xor_si512(x, _mm512_srli_epi32(x, 17));
            x = _mm512_xor_si512(x, _mm512_slli_epi32(x, 5));
            self.0 = x;
            x
        }

        /// Box and Muller: two standard normals a lane.
        #[inline]
        #[target_feature(enable = "avx512f,avx512dq")]
        fn normals(&mut self) -> [__m512; 2] {
            let u = _mm512_add_epi32(_mm512_srli_epi32(self.next(), 8), _mm512_set1_epi32(1));
            let v = _mm512_srli_epi32(self.next(), 8);
            let square = _mm512_mul_ps(_mm512_set1_ps(-2.0), ln(_mm512_cvtepi32_ps(u)));
            let radius = _mm512_sqrt_ps(_mm512_max_ps(square, _mm512_setzero_ps()));
            let (sin, cos) = sin_cos(v);
            [_mm512_mul_ps(radius, cos), _mm512_mul_ps(radius, sin)]
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn polynomial<const N: usize>(x: __m512, c: [f32; N]) -> __m512 {
        let mut p = _mm512_set1_ps(c[0]);
        for c in &c[1..] {
            p = _mm512_fmadd_ps(p, x, _mm512_set1_ps(*c));
        }
        p
    }

    /// ln(n / 2²⁴) to about 1e-4, which is enough for noise.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn ln(n: __m512) -> __m512 {
        let exponent = _mm512_sub_ps(_mm512_getexp_ps(n), _mm512_set1_ps(24.0));
        let m = _mm512_getmant_ps(n, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_SRC);
        let p = polynomial(m, [-0.056_570_85, 0.447_179_55, -1.469_956_8, 2.821_202_6, -1.741_793_9]);
        _mm512_fmadd_ps(exponent, _mm512_set1_ps(std::f32::consts::LN_2), p)
    }

    /// Sine and cosine of n / 2²⁴ turns, by polynomials on a quarter turn.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn sin_cos(n: __m512i) -> (__m512, __m512) {
        let shifted = _mm512_add_epi32(n, _mm512_set1_epi32(1 << 21));
        let quadrant = _mm512_srli_epi32(shifted, 22);
        let rest = _mm512_and_si512(shifted, _mm512_set1_epi32((1 << 22) - 1));
        let offset = _mm512_cvtepi32_ps(_mm512_sub_epi32(rest, _mm512_set1_epi32(1 << 21)));
        let a = _mm512_mul_ps(offset, _mm512_set1_ps(std::f32::consts::FRAC_PI_2 / (1u32 << 22) as f32));
        let z = _mm512_mul_ps(a, a);
        let s = _mm512_mul_ps(a, polynomial(z, [8.332_161e-3, -0.166_666_55, 1.0]));
        let c = polynomial(z, [4.166_664_6e-2, -0.5, 1.0]);
        let swap = _mm512_test_epi32_mask(quadrant, _mm512_set1_epi32(1));
        let sign = |value: __m512, quadrant: __m512i| {
            let negative = _mm512_and_si512(_mm512_slli_epi32(quadrant, 30), _mm512_set1_epi32(i32::MIN));
            _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(value), negative))
        };
        (
            sign(_mm512_mask_blend_ps(swap, s, c), quadrant),
            sign(_mm512_mask_blend_ps(swap, c, s), _mm512_add_epi32(quadrant, _mm512_set1_epi32(1))),
        )
    }

    /// All steps of 16 trajectories.
    #[target_feature(enable = "avx512f,avx512dq")]
    fn trajectories(j: &[[f32; COLUMNS]], drive: &[__m512; PADDED], noise: &mut XorShift) -> [__m512; PADDED] {
        let (rate, amplitude) = (_mm512_set1_ps(-RATE), _mm512_set1_ps((2.0 * RATE).sqrt()));
        let (two, four) = (_mm512_set1_ps(2.0), _mm512_set1_ps(4.0));
        let mut x = [_mm512_setzero_ps(); PADDED];
        let mut next = x;
        for _ in 0..STEPS {
            for panel in 0..PADDED / COLUMNS {
                let mut force = [_mm512_setzero_ps(); COLUMNS];
                for (row, xj) in j[panel * UNITS..(panel + 1) * UNITS].iter().zip(&x) {
                    for c in 0..COLUMNS {
                        force[c] = _mm512_fmadd_ps(_mm512_set1_ps(row[c]), *xj, force[c]);
                    }
                }
                for pair in 0..COLUMNS / 2 {
                    let xi = noise.normals();
                    for half in 0..2 {
                        let (c, i) = (2 * pair + half, panel * COLUMNS + 2 * pair + half);
                        let own = _mm512_fmadd_ps(_mm512_mul_ps(x[i], x[i]), four, two);
                        let gradient = _mm512_fmadd_ps(x[i], own, _mm512_add_ps(drive[i], force[c]));
                        next[i] = _mm512_fmadd_ps(xi[half], amplitude, _mm512_fmadd_ps(gradient, rate, x[i]));
                    }
                }
            }
            std::mem::swap(&mut x, &mut next);
        }
        x
    }

    /// One thread's trajectories, from the drive to the answers.
    #[target_feature(enable = "avx512f,avx512dq")]
    pub(super) fn part(inputs: &[f32], weights: &[f32], j: &[[f32; COLUMNS]], seed: u32, answers: &mut [usize]) {
        assert!(answers.len() <= BATCH && weights.len() == INPUTS * UNITS);
        let seeds: [u32; LANES] =
            std::array::from_fn(|l| (seed * 64 + l as u32 + 1).wrapping_mul(0x9e37_79b9) | 1);
        // SAFETY: sixteen words are loaded from an array of sixteen.
        let mut noise = XorShift(unsafe { _mm512_loadu_si512(seeds.as_ptr().cast()) });
        for (inputs, answers) in inputs.chunks(LANES * INPUTS).zip(answers.chunks_mut(LANES)) {
            let mut drive = [[0f32; LANES]; PADDED];
            for (l, row) in inputs.chunks(INPUTS).enumerate() {
                let mut sum = [0f32; UNITS];
                for (value, weights) in row.iter().zip(weights.chunks(UNITS)) {
                    for (sum, weight) in sum.iter_mut().zip(weights) {
                        *sum += weight * value;
                    }
                }
                for (drive, sum) in drive.iter_mut().zip(sum) {
                    drive[l] = sum;
                }
            }
            // SAFETY: sixteen floats are loaded from, and stored to, arrays of sixteen.
            let drive = drive.map(|d| unsafe { _mm512_loadu_ps(d.as_ptr()) });
            let end = trajectories(j, &drive, &mut noise);
            let mut scores = [[0f32; LANES]; OUTPUTS];
            for (scores, end) in scores.iter_mut().zip(&end[UNITS - OUTPUTS..UNITS]) {
                // SAFETY: as above.
                unsafe {
                    _mm512_storeu_ps(scores.as_mut_ptr(), *end);
                }
            }
            for (l, answer) in answers.iter_mut().enumerate() {
                let best = (0..OUTPUTS).max_by(|a, b| scores[*a][l].total_cmp(&scores[*b][l]));
                *answer = best.unwrap_or(0);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn part(i: &[f32], w: &[f32], j: &[[f32; COLUMNS]], seed: u32, answers: &mut [usize]) {
    // SAFETY: `main` has detected the features.
    unsafe { x86::part(i, w, j, seed, answers) };
}

#[cfg(not(target_arch = "x86_64"))]
fn part(_: &[f32], _: &[f32], _: &[[f32; COLUMNS]], _: u32, _: &mut [usize]) {}

fn supported() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512dq");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

fn main() {
    if !supported() {
        println!("this loop is written for AVX-512, which this processor does not have");
        return;
    }
    let repeats = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(5usize).max(1);
    let mut state = 1u32;
    let mut uniform = |scale: f32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state as f32 / (1u64 << 31) as f32 - 1.0) * scale
    };
    let inputs: Vec<f32> = (0..BATCH * INPUTS).map(|_| uniform(1.0)).collect();
    let weights: Vec<f32> = (0..INPUTS * UNITS).map(|_| uniform(0.1)).collect();
    let mut j = vec![[0f32; COLUMNS]; PADDED / COLUMNS * UNITS];
    for a in 0..UNITS {
        for b in 0..a {
            let value = uniform(0.1);
            j[a / COLUMNS * UNITS + b][a % COLUMNS] = value;
            j[b / COLUMNS * UNITS + a][b % COLUMNS] = value;
        }
    }
    let mut answers = vec![0usize; BATCH];
    let mut seconds = Vec::new();
    for repeat in 0..=repeats {
        let started = Instant::now();
        let rows = BATCH.div_ceil(THREADS).next_multiple_of(LANES);
        std::thread::scope(|scope| {
            for (t, (inputs, answers)) in inputs.chunks(rows * INPUTS).zip(answers.chunks_mut(rows)).enumerate() {
                let (weights, j) = (&weights, &j);
                scope.spawn(move || part(inputs, weights, j, (repeat * THREADS + t) as u32, answers));
            }
        });
        if repeat > 0 {
            seconds.push(started.elapsed().as_secs_f64());
        }
    }
    seconds.sort_by(f64::total_cmp);
    let mut counts = [0usize; OUTPUTS];
    answers.iter().for_each(|a| counts[*a] += 1);
    println!(
        "{{\"bench\": \"simulate\", \"peer\": \"hand-written loop\", \"threads\": {THREADS}, \"repeats\": {repeats}, \
         \"median_seconds\": {}, \"min_seconds\": {}, \"answers\": {counts:?}}}",
        seconds[seconds.len() / 2],
        seconds[0]
    );
}
