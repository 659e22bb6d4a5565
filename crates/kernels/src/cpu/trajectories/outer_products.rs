//! Sums of outer products, and states between rows and lanes.

use super::super::lanes::{LANES, Rows};

pub(super) fn add(total: &mut Rows, part: &Rows, sign: f32) {
    for (total, part) in total.iter_mut().zip(part) {
        for (t, p) in total.iter_mut().zip(part) {
            *t += sign * *p;
        }
    }
}

/// Outer products of several steps, gathered to be subtracted from the gradient in one matrix product: for large computers the
/// gradient does not fit the cache, and is gone through once a group instead of once a step.
pub(super) struct OuterProducts {
    units: usize,
    /// Steps of a group.
    group: usize,
    waiting: usize,
    /// `[units][step][lane]`
    states: Vec<f32>,
    pulls: Vec<f32>,
}

impl OuterProducts {
    /// Steps of a group at most.
    const MOST: usize = 16;

    pub(super) fn new(units: usize, steps: usize) -> Self {
        let group = steps.min(Self::MOST);
        let length = units * group * LANES;
        Self { units, group, waiting: 0, states: vec![0.0; length], pulls: vec![0.0; length] }
    }

    pub(super) fn push(&mut self, x: &Rows, pull: &Rows, total: &mut [f32]) {
        for (buffer, rows) in [(&mut self.states, x), (&mut self.pulls, pull)] {
            for (to, row) in buffer.chunks_exact_mut(self.group * LANES).zip(rows) {
                to[self.waiting * LANES..][..LANES].copy_from_slice(row);
            }
        }
        self.waiting += 1;
        if self.waiting == self.group {
            self.flush(total);
        }
    }

    /// total[j, i] −= Σ_{step, l} x[j][step][l] pull[i][step][l]
    pub(super) fn flush(&mut self, total: &mut [f32]) {
        let (units, row, waiting) = (self.units, self.group * LANES, std::mem::take(&mut self.waiting));
        if waiting == 0 {
            return;
        }
        assert!(waiting <= self.group && total.len() == units * units);
        assert!(self.states.len() == units * row && self.pulls.len() == units * row);
        // SAFETY: the strides stay within the lengths just checked; `total` is borrowed mutably and overlaps neither.
        unsafe {
            matrixmultiply::sgemm(
                units,
                waiting * LANES,
                units,
                -1.0,
                self.states.as_ptr(),
                row as isize,
                1,
                self.pulls.as_ptr(),
                1,
                row as isize,
                1.0,
                total.as_mut_ptr(),
                units as isize,
                1,
            );
        }
    }
}

pub(super) fn transpose(matrix: &[f32], n: usize) -> Vec<f32> {
    (0..n * n).map(|k| matrix[(k % n) * n + k / n]).collect()
}

/// `[rows, units]` to `[units][lane]`; lanes beyond the rows are zero.
pub(super) fn to_lanes(rows: &[f32], units: usize) -> Vec<[f32; LANES]> {
    let mut lanes = vec![[0f32; LANES]; units];
    for (l, row) in rows.chunks_exact(units).enumerate() {
        for (lane, value) in lanes.iter_mut().zip(row) {
            lane[l] = *value;
        }
    }
    lanes
}

/// `[units][lane]` to `[rows, units]`.
pub(super) fn from_lanes(lanes: &Rows, rows: &mut [f32]) {
    for (l, row) in rows.chunks_exact_mut(lanes.len()).enumerate() {
        for (value, lane) in row.iter_mut().zip(lanes) {
            *value = lane[l];
        }
    }
}
