//! The vectorised inner loops, compiled for each instruction set.

use super::panels::{COLUMNS, Panels};
use crate::noise::lane_normals;

/// Replicas of a tile: the lanes of the vectorised inner loops.
pub const LANES: usize = 32;

/// The state of a tile, or anything of its shape: one row of lanes a unit.
pub(super) type Rows = [[f32; LANES]];

/// The constants of a step and of the replicas it moves.
#[derive(Debug, Clone)]
pub(super) struct TileStep {
    pub(super) two_j2: f32,
    pub(super) four_j4: f32,
    pub(super) rate: f32,
    pub(super) amplitude: f32,
    pub(super) key: [u32; 2],
    pub(super) low: [u32; LANES],
    pub(super) high: [u32; LANES],
}

/// How `a b + c` is rounded: once where the processor can.
#[inline(always)]
fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Σ_j J_ji x_j for the columns of one panel.
#[inline(always)]
fn interaction<const FUSED: bool>(rows: &[u32], values: &[f32], x: &Rows) -> [[f32; LANES]; COLUMNS] {
    let mut sum = [[0f32; LANES]; COLUMNS];
    for (j, values) in rows.iter().zip(values.chunks_exact(COLUMNS)) {
        let xj = &x[*j as usize];
        for c in 0..COLUMNS {
            for l in 0..LANES {
                sum[c][l] = multiply_add::<FUSED>(values[c], xj[l], sum[c][l]);
            }
        }
    }
    sum
}

/// One Euler–Maruyama step of a tile, from `x` to `next`.
#[inline(always)]
fn step_in_lanes<const FUSED: bool>(
    tile: &TileStep,
    panels: &Panels,
    drive: &Rows,
    step: u32,
    x: &Rows,
    next: &mut Rows,
) {
    for panel in 0..panels.len() {
        let (rows, values) = panels.panel(panel);
        let sum = interaction::<FUSED>(rows, values, x);
        let first = panel * COLUMNS;
        for half in 0..2 {
            let base = first + 4 * half;
            if base >= panels.units() {
                break;
            }
            let noise = if tile.amplitude == 0.0 {
                [[0f32; LANES]; 4]
            } else {
                lane_normals(tile.key, (base / 4) as u32, step, &tile.low, &tile.high)
            };
            for j in 0..4.min(panels.units() - base) {
                let i = base + j;
                let (xi, di) = (&x[i], &drive[i]);
                let out = &mut next[i];
                for l in 0..LANES {
                    let square = xi[l] * xi[l];
                    let own = multiply_add::<FUSED>(square, tile.four_j4, tile.two_j2);
                    let gradient = multiply_add::<FUSED>(xi[l], own, di[l]) + sum[4 * half + j][l];
                    let drifted = multiply_add::<FUSED>(gradient, -tile.rate, xi[l]);
                    out[l] = multiply_add::<FUSED>(noise[j][l], tile.amplitude, drifted);
                }
            }
        }
    }
}

/// One adjoint step: `pull` is r λ, and λ ← λ − (2 J2 + 12 J4 x²) r λ − (r λ) Jᵀ.
#[inline(always)]
fn adjoint_in_lanes<const FUSED: bool>(
    tile: &TileStep,
    transposed: &Panels,
    x: &Rows,
    pull: &Rows,
    adjoint: &mut Rows,
) {
    for panel in 0..transposed.len() {
        let (rows, values) = transposed.panel(panel);
        let sum = interaction::<FUSED>(rows, values, pull);
        let first = panel * COLUMNS;
        for c in 0..COLUMNS.min(transposed.units() - first) {
            let i = first + c;
            for l in 0..LANES {
                let square = x[i][l] * x[i][l];
                let curvature = multiply_add::<FUSED>(square, 3.0 * tile.four_j4, tile.two_j2);
                adjoint[i][l] -= multiply_add::<FUSED>(pull[i][l], curvature, sum[c][l]);
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
    #[allow(unsafe_code)]
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
                step_in_lanes::<{ cfg!(target_arch = "aarch64") }>(tile, panels, drive, step, x, next);
            }
        }
    }

    /// One adjoint step of a tile.
    #[inline]
    #[allow(unsafe_code)]
    pub(super) fn adjoint(
        self,
        tile: &TileStep,
        transposed: &Panels,
        x: &Rows,
        pull: &Rows,
        adjoint: &mut Rows,
    ) {
        match self {
            // SAFETY: the value exists only where `detect` found the features.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { adjoint_avx512(tile, transposed, x, pull, adjoint) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { adjoint_avx2(tile, transposed, x, pull, adjoint) },
            Self::Portable => {
                adjoint_in_lanes::<{ cfg!(target_arch = "aarch64") }>(tile, transposed, x, pull, adjoint);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn step_avx512(tile: &TileStep, panels: &Panels, drive: &Rows, step: u32, x: &Rows, next: &mut Rows) {
    step_in_lanes::<true>(tile, panels, drive, step, x, next);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn step_avx2(tile: &TileStep, panels: &Panels, drive: &Rows, step: u32, x: &Rows, next: &mut Rows) {
    step_in_lanes::<true>(tile, panels, drive, step, x, next);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn adjoint_avx512(tile: &TileStep, transposed: &Panels, x: &Rows, pull: &Rows, adjoint: &mut Rows) {
    adjoint_in_lanes::<true>(tile, transposed, x, pull, adjoint);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn adjoint_avx2(tile: &TileStep, transposed: &Panels, x: &Rows, pull: &Rows, adjoint: &mut Rows) {
    adjoint_in_lanes::<true>(tile, transposed, x, pull, adjoint);
}
