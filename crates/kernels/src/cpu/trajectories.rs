//! Whole trajectories and their adjoint, tile by tile.

mod outer_products;

use super::lanes::{LANES, Rows, Simd, TileStep};
use super::panels::Panels;
use crate::TrajectorySpec;
use crate::philox::key_schedule;
use outer_products::{OuterProducts, add, from_lanes, to_lanes, transpose};
use rayon::prelude::*;
use std::borrow::Cow;

/// A batch of trajectories on slices: couplings `[units, units]`, drive and start `[batch, units]`, all row-major.
pub(super) struct Batch<'a> {
    pub(super) couplings: Option<&'a [f32]>,
    pub(super) drive: &'a [f32],
    pub(super) start: &'a [f32],
    pub(super) units: usize,
    pub(super) run: &'a TrajectorySpec,
}
/// Gradients with respect to couplings (empty without), drive and start.
pub(super) struct Gradients {
    pub(super) couplings: Vec<f32>,
    pub(super) drive: Vec<f32>,
    pub(super) start: Vec<f32>,
}
/// States before each step of each tile of [`LANES`] rows: `[tile][step]`.
pub(super) type States = Vec<Vec<Vec<[f32; LANES]>>>;
/// States that a forward pass keeps for the backward one, rather than that they are computed again: where they are this large,
/// memory is as slow as the step.
const TAPED_BYTES: usize = 32 << 20;

/// Tiles whose coupling gradients are summed one after the other: a fixed number, so that the order of the sum does not
/// depend on the number of threads.
const CHUNKS: usize = 16;

/// States of a tile that are kept rather than computed again: cheap where they fit the last cache.
const KEPT_BYTES: usize = 4 << 20;

/// States and pulls of steps whose outer products are summed together: what a core's own cache holds.
const CACHED_BYTES: usize = 768 << 10;

/// With fewer steps than this, a general matrix product is faster.
const SHORTEST_GROUP: usize = 8;

impl Batch<'_> {
    fn rows(&self) -> usize {
        self.drive.len() / self.units
    }

    /// Rows of each tile: full tiles, but evened out so that a small batch fills the cores.
    fn tile_rows(&self) -> usize {
        let threads = rayon::current_num_threads();
        let tiles = self.rows().div_ceil(LANES).next_multiple_of(threads);
        self.rows().div_ceil(tiles).max(1)
    }

    fn constants(&self, first: usize, rows: usize) -> TileStep {
        let run = self.run;
        let (mut low, mut high) = ([0; LANES], [0; LANES]);
        if run.amplitude != 0.0 {
            for (l, replica) in run.replicas[first..first + rows].iter().enumerate() {
                low[l] = *replica as u32;
                high[l] = (*replica >> 32) as u32;
            }
        }
        let key = [run.seed as u32, (run.seed >> 32) as u32];
        TileStep {
            wells: (0..self.units)
                .map(|unit| {
                    let well = run.wells.of(unit);
                    [(2.0 * well.j2) as f32, (4.0 * well.j4) as f32]
                })
                .collect(),
            rate: run.rate as f32,
            amplitude: run.amplitude as f32,
            key,
            keys: key_schedule(key),
            low,
            high,
        }
    }

    /// Recorded states, `[recorded, batch, units]`.
    pub(super) fn trajectories(&self) -> Vec<f32> {
        self.forward(self.tile_rows(), false).0
    }

    /// The same, and the states that the backward pass needs. None if those are many.
    pub(super) fn trajectories_taped(&self) -> Option<(Vec<f32>, States)> {
        let bytes = self.run.steps * self.rows().next_multiple_of(LANES) * self.units * size_of::<f32>();
        (bytes <= TAPED_BYTES).then(|| self.forward(LANES, true))
    }

    /// Recorded states, by tiles of `rows` rows, and all states if they are kept.
    fn forward(&self, rows: usize, keep: bool) -> (Vec<f32>, States) {
        let (units, run, simd, batch) = (self.units, self.run, Simd::detect(), self.rows());
        let panels = Panels::new(self.couplings, units);
        let mut out = vec![0f32; run.record.len() * batch * units];
        // One slice a record and tile, handed out tile by tile.
        let mut tiles: Vec<Vec<&mut [f32]>> = (0..batch.div_ceil(rows)).map(|_| Vec::new()).collect();
        for record in out.chunks_mut(batch * units) {
            for (tile, part) in tiles.iter_mut().zip(record.chunks_mut(rows * units)) {
                tile.push(part);
            }
        }
        let one_tile = |(tile, mut records): (usize, Vec<&mut [f32]>)| {
            let first = tile * rows;
            let span = first * units..(first + rows).min(batch) * units;
            let constants = self.constants(first, span.len() / units);
            let drive = to_lanes(&self.drive[span.clone()], units);
            let mut x = to_lanes(&self.start[span], units);
            let mut next = vec![[0f32; LANES]; units];
            let mut kept = Vec::with_capacity(if keep { run.steps } else { 0 });
            let mut records = run.record.iter().zip(records.iter_mut()).peekable();
            for step in 0..run.steps {
                simd.step(&constants, &panels, &drive, step as u32, &x, &mut next);
                std::mem::swap(&mut x, &mut next);
                if keep {
                    kept.push(std::mem::replace(&mut next, vec![[0f32; LANES]; units]));
                }
                if let Some((_, out)) = records.next_if(|(recorded, _)| **recorded == step + 1) {
                    from_lanes(&x, out);
                }
            }
            kept
        };
        let states = tiles.into_par_iter().enumerate().map(one_tile).collect();
        (out, states)
    }

    /// Gradients from those with respect to the recorded states, `[recorded, batch, units]`.
    pub(super) fn backward(&self, gradient: &[f32], tape: Option<&States>) -> Gradients {
        let units = self.units;
        let batch = self.rows();
        let panels = Panels::new(self.couplings, units);
        let transposed = Panels::new(self.couplings.map(|c| transpose(c, units)).as_deref(), units);
        let mut drive = vec![0f32; batch * units];
        let mut start = vec![0f32; batch * units];
        // Whole tiles: lanes without a trajectory cost as much as those with one.
        let rows = batch.div_ceil(CHUNKS).next_multiple_of(LANES);
        let partial: Vec<Vec<f32>> = drive
            .par_chunks_mut(rows * units)
            .zip(start.par_chunks_mut(rows * units))
            .enumerate()
            .map(|(chunk, (drive, start))| {
                let mut couplings = vec![0f32; if self.couplings.is_some() { units * units } else { 0 }];
                let parts = drive.chunks_mut(LANES * units).zip(start.chunks_mut(LANES * units));
                for (tile, (drive, start)) in parts.enumerate() {
                    let first = chunk * rows + tile * LANES;
                    let taped = tape.map(|states| states[first / LANES].as_slice());
                    self.tile_backward(
                        [&panels, &transposed],
                        first,
                        gradient,
                        taped,
                        [drive, start, &mut couplings],
                    );
                }
                couplings
            })
            .collect();
        let mut couplings = vec![0f32; if self.couplings.is_some() { units * units } else { 0 }];
        for part in partial {
            couplings.iter_mut().zip(part).for_each(|(total, value)| *total += value);
        }
        Gradients { couplings, drive, start }
    }

    /// Adjoint of one tile. Without those of the forward pass, all its states are kept if they are small; else those of every
    /// √K-th step, and the others are computed again.
    fn tile_backward(
        &self,
        [panels, transposed]: [&Panels; 2],
        first: usize,
        gradient: &[f32],
        taped: Option<&[Vec<[f32; LANES]>]>,
        [drive_out, start_out, couplings_out]: [&mut [f32]; 3],
    ) {
        let (units, run, batch, simd) = (self.units, self.run, self.rows(), Simd::detect());
        let rows = drive_out.len() / units;
        let span = first * units..(first + rows) * units;
        let constants = self.constants(first, rows);
        let drive = to_lanes(&self.drive[span.clone()], units);
        let state_bytes = units * size_of::<[f32; LANES]>();
        let segment = if taped.is_some() || run.steps * state_bytes <= KEPT_BYTES {
            run.steps.max(1)
        } else {
            (run.steps as f64).sqrt().ceil() as usize
        };
        // Steps whose outer products are summed together, while states and pulls are in the cache.
        let group = CACHED_BYTES / (2 * state_bytes);
        let grouped = group >= SHORTEST_GROUP && simd.has_outer() && !couplings_out.is_empty();
        let forward = |x: &Rows, step: usize| {
            let mut next = vec![[0f32; LANES]; units];
            simd.step(&constants, panels, &drive, step as u32, x, &mut next);
            next
        };
        let mut kept = vec![to_lanes(&self.start[span.clone()], units)];
        let mut x = kept[0].clone();
        for step in 0..(run.steps.saturating_sub(1)) / segment * segment {
            x = forward(&x, step);
            if (step + 1) % segment == 0 {
                kept.push(x.clone());
            }
        }
        let mut adjoint = vec![[0f32; LANES]; units];
        let mut pulls = vec![adjoint.clone(); if grouped { group.min(segment) } else { 1 }];
        let mut outer = vec![0f32; if grouped { units * units } else { 0 }];
        let mut products =
            OuterProducts::new(units, if grouped || couplings_out.is_empty() { 0 } else { segment });
        let mut drive_sum = adjoint.clone();
        let mut record = run.record.len();
        for (index, from) in (0..run.steps).step_by(segment).enumerate().rev() {
            let to = (from + segment).min(run.steps);
            let states = taped.map_or_else(
                || {
                    let mut states = vec![std::mem::take(&mut kept[index])];
                    for step in from..to - 1 {
                        states.push(forward(&states[step - from], step));
                    }
                    Cow::Owned(states)
                },
                Cow::Borrowed,
            );
            let mut waiting = 0;
            for step in (from..to).rev() {
                if record > 0 && run.record[record - 1] == step + 1 {
                    record -= 1;
                    let offset = record * batch * units;
                    let part = to_lanes(&gradient[offset + span.start..offset + span.end], units);
                    add(&mut adjoint, &part, 1.0);
                }
                let x = &states[step - from];
                let pull = &mut pulls[waiting];
                for (pull, adjoint) in pull.iter_mut().zip(&adjoint) {
                    for (p, a) in pull.iter_mut().zip(adjoint) {
                        *p = *a * constants.rate;
                    }
                }
                add(&mut drive_sum, pull, -1.0);
                simd.adjoint(&constants, transposed, x, pull, &mut adjoint);
                if grouped {
                    waiting += 1;
                    if waiting == pulls.len() || step == from {
                        // The pulls were collected backwards in time.
                        let first = step - from;
                        pulls[..waiting].reverse();
                        simd.add_outer(&states[first..first + waiting], &pulls[..waiting], &mut outer);
                        waiting = 0;
                    }
                } else if !couplings_out.is_empty() {
                    products.push(x, pull, couplings_out);
                }
            }
        }
        products.flush(couplings_out);
        couplings_out.iter_mut().zip(&outer).for_each(|(total, part)| *total -= part);
        from_lanes(&drive_sum, drive_out);
        from_lanes(&adjoint, start_out);
    }
}
