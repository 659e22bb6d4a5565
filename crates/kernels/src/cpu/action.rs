//! The action and its gradients in one pass over the transitions.

use crate::{ActionTerms, Well};
use rayon::prelude::*;

/// Transitions of a batch on slices: couplings `[units, units]`, drive `[batch, units]`, from and to
/// `[times, batch, units]`, all row-major.
pub(super) struct Transitions<'a> {
    pub(super) couplings: Option<&'a [f32]>,
    pub(super) drive: &'a [f32],
    pub(super) from: &'a [f32],
    pub(super) to: &'a [f32],
    pub(super) units: usize,
    pub(super) terms: ActionTerms,
}

/// S̄ and, if asked for, its gradients with respect to couplings (empty without) and drive.
pub(super) struct Action {
    pub(super) value: f32,
    pub(super) couplings: Vec<f32>,
    pub(super) drive: Vec<f32>,
}

/// Parts of the batch whose gradients are summed in order: fixed, so that the sum does not depend on the threads.
const CHUNKS: usize = 16;
/// Rows whose residuals stay in the cache between the two matrix products.
const BLOCK: usize = 64;

impl Transitions<'_> {
    pub(super) fn action(&self, gradients: bool) -> Action {
        let units = self.units;
        let batch = self.drive.len() / units;
        let times = self.from.len() / (batch * units);
        let rows = batch.div_ceil(CHUNKS).max(1);
        let weight = self.terms.weight / batch as f64;
        let coupled = self.couplings.is_some();
        let mut drive = vec![0f32; if gradients { batch * units } else { 0 }];
        let mut parts: Vec<&mut [f32]> = drive.chunks_mut(rows * units).collect();
        parts.resize_with(batch.div_ceil(rows), Default::default);
        let partial: Vec<(f64, Vec<f32>)> = parts
            .into_par_iter()
            .enumerate()
            .map(|(chunk, drive_out)| {
                let mut squares = 0f64;
                let mut couplings = vec![0f32; if gradients && coupled { units * units } else { 0 }];
                let mut pull = vec![0f32; BLOCK * units];
                let first = chunk * rows;
                let last = batch.min(first + rows);
                for time in 0..times {
                    for start in (first..last).step_by(BLOCK) {
                        let end = last.min(start + BLOCK);
                        let span = (time * batch + start) * units..(time * batch + end) * units;
                        let from = &self.from[span.clone()];
                        let pull = &mut pull[..from.len()];
                        if let Some(j) = self.couplings {
                            product(from, j, pull, units);
                        } else {
                            pull.fill(0.0);
                        }
                        let drive = &self.drive[start * units..end * units];
                        squares += self.residuals(from, &self.to[span], drive, pull);
                        if gradients {
                            let scale = (2.0 * weight * self.terms.rate) as f32;
                            let out = &mut drive_out[(start - first) * units..(end - first) * units];
                            for (out, r) in out.iter_mut().zip(&*pull) {
                                *out += scale * r;
                            }
                            if coupled {
                                add_outer(scale, from, pull, &mut couplings, units);
                            }
                        }
                    }
                }
                (squares, couplings)
            })
            .collect();
        let mut couplings = vec![0f32; if gradients && coupled { units * units } else { 0 }];
        let mut squares = 0f64;
        for (part, gradient) in partial {
            squares += part;
            couplings.iter_mut().zip(gradient).for_each(|(total, value)| *total += value);
        }
        Action { value: (weight * squares) as f32, couplings, drive }
    }

    /// Residuals Δx + r ∂V in place of x J; returns the sum of their squares.
    fn residuals(&self, from: &[f32], to: &[f32], drive: &[f32], pull: &mut [f32]) -> f64 {
        let (two_j2, four_j4) = ((2.0 * self.terms.well.j2) as f32, (4.0 * self.terms.well.j4) as f32);
        let rate = self.terms.rate as f32;
        let mut total = 0f64;
        let rows = from.chunks(self.units).zip(to.chunks(self.units)).zip(drive.chunks(self.units));
        for (((from, to), drive), pull) in rows.zip(pull.chunks_mut(self.units)) {
            let mut squares = [0f32; 16];
            for (((x, y), d), p) in from.iter().zip(to).zip(drive).zip(pull.iter_mut()) {
                *p = (*y - *x) + rate * (*x * (*x * *x * four_j4 + two_j2) + *d + *p);
            }
            for part in pull.chunks(16) {
                for (sum, r) in squares.iter_mut().zip(part) {
                    *sum += *r * *r;
                }
            }
            total += f64::from(squares.iter().sum::<f32>());
        }
        total
    }
}

/// V(x) of each row, summed in `f64`.
pub(super) fn energies(couplings: Option<&[f32]>, drive: &[f32], x: &[f32], units: usize, well: Well) -> Vec<f32> {
    let (j2, j4) = (well.j2 as f32, well.j4 as f32);
    let mut out = vec![0f32; x.len() / units];
    out.par_chunks_mut(BLOCK).zip(x.par_chunks(BLOCK * units)).zip(drive.par_chunks(BLOCK * units)).for_each(
        |((out, x), drive)| {
            let mut force = vec![0f32; x.len()];
            if let Some(j) = couplings {
                product(x, j, &mut force, units);
            }
            let rows = x.chunks(units).zip(drive.chunks(units)).zip(force.chunks(units));
            for (out, ((x, drive), force)) in out.iter_mut().zip(rows) {
                let mut sums = [0f32; 16];
                for ((x, drive), force) in x.chunks(16).zip(drive.chunks(16)).zip(force.chunks(16)) {
                    for (((sum, x), d), f) in sums.iter_mut().zip(x).zip(drive).zip(force) {
                        let square = x * x;
                        *sum += square * (square * j4 + j2) + x * (d + 0.5 * f);
                    }
                }
                *out = sums.iter().map(|s| f64::from(*s)).sum::<f64>() as f32;
            }
        },
    );
    out
}

/// out = x J for rows x.
fn product(x: &[f32], j: &[f32], out: &mut [f32], units: usize) {
    let rows = x.len() / units;
    assert!(x.len() == rows * units && out.len() == x.len() && j.len() == units * units);
    let n = units as isize;
    // SAFETY: the strides stay within the lengths just checked; `out` is borrowed mutably and overlaps neither.
    unsafe {
        matrixmultiply::sgemm(
            rows,
            units,
            units,
            1.0,
            x.as_ptr(),
            n,
            1,
            j.as_ptr(),
            n,
            1,
            0.0,
            out.as_mut_ptr(),
            n,
            1,
        );
    }
}

/// total += scale xᵀ r for rows x and r.
fn add_outer(scale: f32, x: &[f32], r: &[f32], total: &mut [f32], units: usize) {
    let rows = x.len() / units;
    assert!(x.len() == rows * units && r.len() == x.len() && total.len() == units * units);
    let n = units as isize;
    // SAFETY: the strides stay within the lengths just checked; `total` is borrowed mutably and overlaps neither.
    unsafe {
        matrixmultiply::sgemm(
            units,
            rows,
            units,
            scale,
            x.as_ptr(),
            1,
            n,
            r.as_ptr(),
            n,
            1,
            1.0,
            total.as_mut_ptr(),
            n,
            1,
        );
    }
}
