//! Explicit vectors for AVX-512 and AVX2.

use super::{COLUMNS, Interaction, LANES, Noise, Panels, Rows, TileStep, one_after_the_other};
use crate::noise::{Avx2, Avx512, normals_of};
use crate::philox::ROUNDS;
use crate::philox::x86::Eight512;
use std::arch::x86_64::{
    _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps, _mm512_fmadd_ps,
    _mm512_loadu_ps, _mm512_loadu_si512, _mm512_reduce_add_ps, _mm512_set1_ps, _mm512_setzero_ps,
    _mm512_storeu_ps, _mm512_storeu_si512,
};

impl Interaction for Avx512 {
    #[inline(always)]
    fn interaction(rows: &[u32], values: &[f32], x: &Rows, columns: usize, sum: &mut [[f32; LANES]; COLUMNS]) {
        // SAFETY: only functions compiled for AVX-512 call this (`step_avx512`, `adjoint_avx512`).
        unsafe {
            match columns {
                0..=2 => avx512::<2>(rows, values, x, sum),
                3..=4 => avx512::<4>(rows, values, x, sum),
                _ => avx512::<COLUMNS>(rows, values, x, sum),
            }
        }
    }

    #[inline(always)]
    fn interaction_and_noise(
        tile: &TileStep,
        panels: &Panels,
        panel: usize,
        step: u32,
        x: &Rows,
        sum: &mut [[f32; LANES]; COLUMNS],
        noise: &mut Noise,
    ) {
        let (rows, values) = panels.panel(panel);
        let columns = panels.units() - panel * COLUMNS;
        let blocks = columns.div_ceil(4).min(2);
        if rows.len() < blocks * ROWS_PER_BLOCK {
            one_after_the_other::<Self>(tile, panels, panel, step, x, sum, noise);
            return;
        }
        let mut words = [[[0u32; LANES]; 4]; 2];
        let first = [2 * panel as u32, step];
        // SAFETY: only functions compiled for AVX-512 call this (`step_avx512`).
        unsafe {
            match columns {
                0..=2 => avx512_with_words::<2>(rows, values, x, sum, tile, first, &mut words[..1]),
                3..=4 => avx512_with_words::<4>(rows, values, x, sum, tile, first, &mut words[..1]),
                _ => avx512_with_words::<COLUMNS>(rows, values, x, sum, tile, first, &mut words[..blocks]),
            }
        }
        for (noise, words) in noise.iter_mut().zip(&words).take(blocks) {
            *noise = normals_of::<Self, LANES>(words);
        }
    }
}

impl Interaction for Avx2 {
    #[inline(always)]
    fn interaction(rows: &[u32], values: &[f32], x: &Rows, columns: usize, sum: &mut [[f32; LANES]; COLUMNS]) {
        // SAFETY: only functions compiled for AVX2 and FMA call this (`step_avx2`, `adjoint_avx2`).
        unsafe {
            avx2(rows, values, x, columns, sum);
        }
    }
}

/// N columns × 32 lanes in 2 N registers.
#[target_feature(enable = "avx512f")]
fn avx512<const N: usize>(rows: &[u32], values: &[f32], x: &Rows, sum: &mut [[f32; LANES]; COLUMNS]) {
    let mut total = [[_mm512_setzero_ps(); 2]; N];
    for (j, values) in rows.iter().zip(values.chunks_exact(COLUMNS)) {
        let xj = &x[*j as usize];
        // SAFETY: `xj` has 32 elements: two unaligned loads of 16.
        let (low, high) = unsafe { (_mm512_loadu_ps(xj.as_ptr()), _mm512_loadu_ps(xj.as_ptr().add(16))) };
        for c in 0..N {
            let value = _mm512_set1_ps(values[c]);
            total[c][0] = _mm512_fmadd_ps(value, low, total[c][0]);
            total[c][1] = _mm512_fmadd_ps(value, high, total[c][1]);
        }
    }
    for (sum, total) in sum.iter_mut().zip(total) {
        // SAFETY: a row has 32 elements: two unaligned stores of 16.
        unsafe {
            _mm512_storeu_ps(sum.as_mut_ptr(), total[0]);
            _mm512_storeu_ps(sum.as_mut_ptr().add(16), total[1]);
        }
    }
}

/// Rounds of Philox that a block takes, eight counters at a time: so many rows of products hide them.
const ROWS_PER_BLOCK: usize = 9 * LANES / 8;

/// N columns × 32 lanes in 2 N registers, and with every row of products, which occupy the multipliers of floats, a round
/// of Philox for eight lanes of the noise, which occupies the other ports. `first` is the first block and the step.
#[target_feature(enable = "avx512f")]
fn avx512_with_words<const N: usize>(
    rows: &[u32],
    values: &[f32],
    x: &Rows,
    sum: &mut [[f32; LANES]; COLUMNS],
    tile: &TileStep,
    first: [u32; 2],
    words: &mut [[[u32; LANES]; 4]],
) {
    let mut total = [[_mm512_setzero_ps(); 2]; N];
    let mut products = rows.iter().zip(values.chunks_exact(COLUMNS));
    // A macro, for `total` to stay in its registers.
    macro_rules! multiply {
        ($row:expr) => {
            if let Some((j, values)) = $row {
                let xj = &x[*j as usize];
                // SAFETY: `xj` has 32 elements: two unaligned loads of 16.
                let (low, high) = unsafe { (_mm512_loadu_ps(xj.as_ptr()), _mm512_loadu_ps(xj.as_ptr().add(16))) };
                for c in 0..N {
                    let value = _mm512_set1_ps(values[c]);
                    total[c][0] = _mm512_fmadd_ps(value, low, total[c][0]);
                    total[c][1] = _mm512_fmadd_ps(value, high, total[c][1]);
                }
            }
        };
    }
    for (block, words) in words.iter_mut().enumerate() {
        let uniform = [first[0] + block as u32, first[1]];
        for lane in [0, 16] {
            let load = |word: &[u32; LANES]| {
                // SAFETY: 16 of 32 elements from 0 or 16 on.
                unsafe { _mm512_loadu_si512(word.as_ptr().add(lane).cast()) }
            };
            let (low, high) = (load(&tile.low), load(&tile.high));
            let mut even = Eight512::start(uniform, low, high, 0, &tile.keys);
            for round in 1..ROUNDS {
                multiply!(products.next());
                even.round(round, &tile.keys);
            }
            let mut odd = Eight512::start(uniform, low, high, 1, &tile.keys);
            for round in 1..ROUNDS {
                multiply!(products.next());
                odd.round(round, &tile.keys);
            }
            for (word, merged) in words.iter_mut().zip(even.merge(&odd)) {
                // SAFETY: as the loads.
                unsafe {
                    _mm512_storeu_si512(word.as_mut_ptr().add(lane).cast(), merged);
                }
            }
        }
    }
    for row in products {
        multiply!(Some(row));
    }
    for (sum, total) in sum.iter_mut().zip(total) {
        // SAFETY: a row has 32 elements: two unaligned stores of 16.
        unsafe {
            _mm512_storeu_ps(sum.as_mut_ptr(), total[0]);
            _mm512_storeu_ps(sum.as_mut_ptr().add(16), total[1]);
        }
    }
}

/// 5 × 5 elements at a time, in 25 registers; lanes are summed at the end.
#[target_feature(enable = "avx512f")]
pub(super) fn outer_avx512(x: &[Vec<[f32; LANES]>], pull: &[Vec<[f32; LANES]>], total: &mut [f32]) {
    const SIDE: usize = 5;
    let units = x.first().map_or(0, Vec::len);
    assert!(total.len() == units * units && x.len() == pull.len());
    assert!(x.iter().chain(pull).all(|rows| rows.len() == units));
    for j in (0..units).step_by(SIDE) {
        for i in (0..units).step_by(SIDE) {
            // Past the end the last unit is repeated, and not written.
            let js: [usize; SIDE] = std::array::from_fn(|a| (j + a).min(units - 1));
            let is: [usize; SIDE] = std::array::from_fn(|b| (i + b).min(units - 1));
            let mut sum = [[_mm512_setzero_ps(); SIDE]; SIDE];
            for (x, pull) in x.iter().zip(pull) {
                for half in [0, 16] {
                    // SAFETY: every row has 32 elements: loads of 16 from 0 and from 16; the indices are below `units`.
                    let load = |rows: &Rows, unit: usize| unsafe {
                        _mm512_loadu_ps(rows.get_unchecked(unit).as_ptr().add(half))
                    };
                    // A loop: the closure of `map` would be a call, for its caller knows no AVX-512.
                    let mut xs = [_mm512_setzero_ps(); SIDE];
                    for (a, j) in js.iter().enumerate() {
                        xs[a] = load(x, *j);
                    }
                    for b in 0..SIDE {
                        let p = load(pull, is[b]);
                        for a in 0..SIDE {
                            sum[a][b] = _mm512_fmadd_ps(xs[a], p, sum[a][b]);
                        }
                    }
                }
            }
            for a in 0..SIDE.min(units - j) {
                for b in 0..SIDE.min(units - i) {
                    total[(j + a) * units + i + b] += _mm512_reduce_add_ps(sum[a][b]);
                }
            }
        }
    }
}

/// Four columns × 16 lanes in eight registers at a time.
#[target_feature(enable = "avx2,fma")]
fn avx2(rows: &[u32], values: &[f32], x: &Rows, columns: usize, sum: &mut [[f32; LANES]; COLUMNS]) {
    for lane in [0, 16] {
        for column in (0..columns.min(COLUMNS)).step_by(4) {
            let mut total = [[_mm256_setzero_ps(); 2]; 4];
            for (j, values) in rows.iter().zip(values.chunks_exact(COLUMNS)) {
                let xj = &x[*j as usize][lane..lane + 16];
                // SAFETY: `xj` has 16 elements: two unaligned loads of 8.
                let (low, high) = unsafe { (_mm256_loadu_ps(xj.as_ptr()), _mm256_loadu_ps(xj.as_ptr().add(8))) };
                for c in 0..4 {
                    let value = _mm256_set1_ps(values[column + c]);
                    total[c][0] = _mm256_fmadd_ps(value, low, total[c][0]);
                    total[c][1] = _mm256_fmadd_ps(value, high, total[c][1]);
                }
            }
            for (c, total) in total.into_iter().enumerate() {
                let out = &mut sum[column + c][lane..lane + 16];
                // SAFETY: `out` has 16 elements: two unaligned stores of 8.
                unsafe {
                    _mm256_storeu_ps(out.as_mut_ptr(), total[0]);
                    _mm256_storeu_ps(out.as_mut_ptr().add(8), total[1]);
                }
            }
        }
    }
}
