//! The vectorised inner loops, compiled for each instruction set.

use super::panels::{COLUMNS, Panels};
use crate::noise::{self, Generator, Portable, lane_normals, multiply_add};
use crate::philox::Keys;

/// Replicas of a tile: the lanes of the vectorised inner loops.
pub const LANES: usize = 32;

/// The state of a tile, or anything of its shape: one row of lanes a unit.
pub(super) type Rows = [[f32; LANES]];

/// The constants of a step and of the replicas it moves.
#[derive(Debug, Clone)]
pub(super) struct TileStep {
    /// 2 J2 and 4 J4 of each unit.
    pub(super) wells: Vec<[f32; 2]>,
    pub(super) rate: f32,
    pub(super) amplitude: f32,
    pub(super) key: [u32; 2],
    /// Those that Philox makes of `key`.
    pub(super) keys: Keys,
    pub(super) low: [u32; LANES],
    pub(super) high: [u32; LANES],
}

/// Σ_j J_ji x_j for the columns of one panel: the matrix product, on one instruction set.
trait Interaction: Generator {
    /// Of the first `columns` columns at least.
    fn interaction(rows: &[u32], values: &[f32], x: &Rows, columns: usize, sum: &mut [[f32; LANES]; COLUMNS]);

    /// That of panel `panel`, and the noise of its units at `step`: where it pays, the one between the instructions of the
    /// other.
    #[inline(always)]
    fn interaction_and_noise(
        tile: &TileStep,
        panels: &Panels,
        panel: usize,
        step: u32,
        x: &Rows,
        sum: &mut [[f32; LANES]; COLUMNS],
        noise: &mut Noise,
    ) where
        Self: Sized,
    {
        one_after_the_other::<Self>(tile, panels, panel, step, x, sum, noise);
    }
}

/// Interaction, then noise.
#[inline(always)]
fn one_after_the_other<I: Interaction>(
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
    I::interaction(rows, values, x, columns, sum);
    for (half, noise) in noise.iter_mut().enumerate().take(columns.div_ceil(4)) {
        *noise = lane_normals::<I, LANES>(tile.key, (2 * panel + half) as u32, step, &tile.low, &tile.high);
    }
}

/// The noise of a panel: two blocks of four units.
type Noise = [[[f32; LANES]; 4]; 2];

impl Interaction for Portable {
    #[inline(always)]
    fn interaction(rows: &[u32], values: &[f32], x: &Rows, _: usize, sum: &mut [[f32; LANES]; COLUMNS]) {
        *sum = [[0f32; LANES]; COLUMNS];
        for (j, values) in rows.iter().zip(values.chunks_exact(COLUMNS)) {
            let xj = &x[*j as usize];
            for (sum, value) in sum.iter_mut().zip(values) {
                for (s, x) in sum.iter_mut().zip(xj) {
                    *s = if Self::FUSED { value.mul_add(*x, *s) } else { value * x + *s };
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86;

/// One Euler–Maruyama step of a tile, from `x` to `next`.
#[inline(always)]
fn step_in_lanes<I: Interaction>(
    tile: &TileStep,
    panels: &Panels,
    drive: &Rows,
    step: u32,
    x: &Rows,
    next: &mut Rows,
) {
    let mut sum = [[0f32; LANES]; COLUMNS];
    let mut noise: Noise = [[[0f32; LANES]; 4]; 2];
    for panel in 0..panels.len() {
        let first = panel * COLUMNS;
        if tile.amplitude == 0.0 {
            let (rows, values) = panels.panel(panel);
            I::interaction(rows, values, x, panels.units() - first, &mut sum);
        } else {
            I::interaction_and_noise(tile, panels, panel, step, x, &mut sum, &mut noise);
        }
        for (half, noise) in noise.iter().enumerate() {
            let base = first + 4 * half;
            if base >= panels.units() {
                break;
            }
            for j in 0..4.min(panels.units() - base) {
                let i = base + j;
                let (xi, di) = (&x[i], &drive[i]);
                let [two_j2, four_j4] = tile.wells[i];
                let out = &mut next[i];
                for l in 0..LANES {
                    let square = xi[l] * xi[l];
                    let own = multiply_add::<I>(square, four_j4, two_j2);
                    let gradient = multiply_add::<I>(xi[l], own, di[l]) + sum[4 * half + j][l];
                    let drifted = multiply_add::<I>(gradient, -tile.rate, xi[l]);
                    out[l] = multiply_add::<I>(noise[j][l], tile.amplitude, drifted);
                }
            }
        }
    }
}

/// One adjoint step: `pull` is r λ, and λ ← λ − (2 J2 + 12 J4 x²) r λ − (r λ) Jᵀ.
#[inline(always)]
fn adjoint_in_lanes<I: Interaction>(
    tile: &TileStep,
    transposed: &Panels,
    x: &Rows,
    pull: &Rows,
    adjoint: &mut Rows,
) {
    let mut sum = [[0f32; LANES]; COLUMNS];
    for panel in 0..transposed.len() {
        let (rows, values) = transposed.panel(panel);
        let first = panel * COLUMNS;
        I::interaction(rows, values, pull, transposed.units() - first, &mut sum);
        for (c, sum) in sum.iter().enumerate().take(transposed.units() - first) {
            let i = first + c;
            let [two_j2, four_j4] = tile.wells[i];
            for l in 0..LANES {
                let square = x[i][l] * x[i][l];
                let curvature = multiply_add::<I>(square, 3.0 * four_j4, two_j2);
                adjoint[i][l] -= multiply_add::<I>(pull[i][l], curvature, sum[l]);
            }
        }
    }
}

/// The instruction set that the inner loops run on, chosen once a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Simd {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Simd {
    /// The widest of this processor.
    pub(super) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512dq") {
                return Self::Avx512;
            }
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                return Self::Avx2;
            }
        }
        Self::Portable
    }

    /// One Euler–Maruyama step of a tile, from `x` to `next`.
    #[inline]
    pub(super) fn step(
        self,
        tile: &TileStep,
        panels: &Panels,
        drive: &Rows,
        step: u32,
        x: &Rows,
        next: &mut Rows,
    ) {
        match self {
            // SAFETY: the value exists only where `detect` found the features.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { step_avx512(tile, panels, drive, step, x, next) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { step_avx2(tile, panels, drive, step, x, next) },
            // The target's own features: fused multiply-adds where every processor of it has them (aarch64).
            Self::Portable => {
                step_in_lanes::<Portable>(tile, panels, drive, step, x, next);
            }
        }
    }

    /// Whether [`Simd::add_outer`] is there.
    pub(super) fn has_outer(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return self == Self::Avx512;
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// total[j, i] += Σ_{steps, l} x[j][l] pull[i][l].
    ///
    /// # Panics
    /// Where [`Simd::has_outer`] is false.
    pub(super) fn add_outer(self, x: &[Vec<[f32; LANES]>], pull: &[Vec<[f32; LANES]>], total: &mut [f32]) {
        match self {
            // SAFETY: the value exists only where `detect` found the features.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { x86::outer_avx512(x, pull, total) },
            _ => unreachable!("asked for by has_outer"),
        }
    }

    /// One adjoint step of a tile.
    #[inline]
    pub(super) fn adjoint(self, tile: &TileStep, transposed: &Panels, x: &Rows, pull: &Rows, adjoint: &mut Rows) {
        match self {
            // SAFETY: the value exists only where `detect` found the features.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { adjoint_avx512(tile, transposed, x, pull, adjoint) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { adjoint_avx2(tile, transposed, x, pull, adjoint) },
            Self::Portable => {
                adjoint_in_lanes::<Portable>(tile, transposed, x, pull, adjoint);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn step_avx512(tile: &TileStep, panels: &Panels, drive: &Rows, step: u32, x: &Rows, next: &mut Rows) {
    step_in_lanes::<noise::Avx512>(tile, panels, drive, step, x, next);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn step_avx2(tile: &TileStep, panels: &Panels, drive: &Rows, step: u32, x: &Rows, next: &mut Rows) {
    step_in_lanes::<noise::Avx2>(tile, panels, drive, step, x, next);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn adjoint_avx512(tile: &TileStep, transposed: &Panels, x: &Rows, pull: &Rows, adjoint: &mut Rows) {
    adjoint_in_lanes::<noise::Avx512>(tile, transposed, x, pull, adjoint);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn adjoint_avx2(tile: &TileStep, transposed: &Panels, x: &Rows, pull: &Rows, adjoint: &mut Rows) {
    adjoint_in_lanes::<noise::Avx2>(tile, transposed, x, pull, adjoint);
}
