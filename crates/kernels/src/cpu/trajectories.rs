//! Whole trajectories and their adjoint, tile by tile.

mod outer_products;

use super::lanes::{LANES, Rows, Simd, TileStep};
use super::panels::Panels;
use crate::TrajectorySpec;
use crate::philox::key_schedule;
use outer_products::{OuterProducts, add, from_lanes, to_lanes, transpose};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// A batch of trajectories on slices: couplings `[segments, units, units]`, drive `[segments, batch, units]`, start
/// `[batch, units]`, all row-major.
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
/// Where the gradients of one tile go: those of the drive segment by segment, those of the couplings added up.
struct TileOut<'a> {
    drive: Vec<&'a mut [f32]>,
    start: &'a mut [f32],
    couplings: &'a mut [f32],
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
        self.start.len() / self.units
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

    /// The couplings of each segment, packed.
    fn panels(&self, pack: impl Fn(&[f32]) -> Panels) -> Vec<Panels> {
        let area = self.units * self.units;
        match self.couplings {
            Some(couplings) => couplings.chunks_exact(area).map(pack).collect(),
            None => (0..self.run.segments()).map(|_| Panels::new(None, self.units)).collect(),
        }
    }

    /// The drive of each segment on a tile, of which `span` are the elements.
    fn drives(&self, span: &Range<usize>) -> Vec<Vec<[f32; LANES]>> {
        self.drive.chunks_exact(self.start.len()).map(|drive| to_lanes(&drive[span.clone()], self.units)).collect()
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
        let panels = self.panels(|couplings| Panels::new(Some(couplings), units));
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
            let drives = self.drives(&span);
            let mut x = to_lanes(&self.start[span], units);
            let mut next = vec![[0f32; LANES]; units];
            let mut kept = Vec::with_capacity(if keep { run.steps } else { 0 });
            let mut records = run.record.iter().zip(records.iter_mut()).peekable();
            for ((steps, panels), drive) in run.spans().zip(&panels).zip(&drives) {
                for step in steps {
                    simd.step(&constants, panels, drive, step as u32, &x, &mut next);
                    std::mem::swap(&mut x, &mut next);
                    if keep {
                        kept.push(std::mem::replace(&mut next, vec![[0f32; LANES]; units]));
                    }
                    if let Some((_, out)) = records.next_if(|(recorded, _)| **recorded == step + 1) {
                        from_lanes(&x, out);
                    }
                }
            }
            kept
        };
        let states = tiles.into_par_iter().enumerate().map(one_tile).collect();
        (out, states)
    }

    /// Gradients from those with respect to the recorded states, `[recorded, batch, units]`.
    pub(super) fn backward(&self, gradient: &[f32], tape: Option<&States>) -> Gradients {
        let (units, batch) = (self.units, self.rows());
        let panels = self.panels(|couplings| Panels::new(Some(couplings), units));
        let transposed = self.panels(|couplings| Panels::new(Some(&transpose(couplings, units)), units));
        let mut drive = vec![0f32; self.drive.len()];
        let mut start = vec![0f32; batch * units];
        // Whole tiles: lanes without a trajectory cost as much as those with one.
        let rows = batch.div_ceil(CHUNKS).next_multiple_of(LANES);
        // Of each chunk, its part of the drive of each segment.
        let mut drives: Vec<Vec<&mut [f32]>> = (0..batch.div_ceil(rows)).map(|_| Vec::new()).collect();
        for segment in drive.chunks_mut(batch * units) {
            for (chunk, part) in drives.iter_mut().zip(segment.chunks_mut(rows * units)) {
                chunk.push(part);
            }
        }
        let area = self.couplings.map_or(0, <[f32]>::len);
        let partial: Vec<Vec<f32>> = drives
            .into_par_iter()
            .zip(start.par_chunks_mut(rows * units))
            .enumerate()
            .map(|(chunk, (mut drive, start))| {
                let mut couplings = vec![0f32; area];
                for (tile, start) in start.chunks_mut(LANES * units).enumerate() {
                    let first = chunk * rows + tile * LANES;
                    let taped = tape.map(|states| states[first / LANES].as_slice());
                    let within = tile * LANES * units..tile * LANES * units + start.len();
                    let drive = drive.iter_mut().map(|segment| &mut segment[within.clone()]).collect();
                    let out = TileOut { drive, start, couplings: &mut couplings };
                    self.tile_backward([&panels, &transposed], first, gradient, taped, out);
                }
                couplings
            })
            .collect();
        let mut couplings = vec![0f32; area];
        for part in partial {
            couplings.iter_mut().zip(part).for_each(|(total, value)| *total += value);
        }
        Gradients { couplings, drive, start }
    }

    /// Adjoint of one tile. Without those of the forward pass, all its states are kept if they are small; else those of every
    /// √K-th step, and the others are computed again.
    fn tile_backward(
        &self,
        [panels, transposed]: [&[Panels]; 2],
        first: usize,
        gradient: &[f32],
        taped: Option<&[Vec<[f32; LANES]>]>,
        out: TileOut<'_>,
    ) {
        let (units, run, batch, simd) = (self.units, self.run, self.rows(), Simd::detect());
        let rows = out.start.len() / units;
        let span = first * units..(first + rows) * units;
        let constants = self.constants(first, rows);
        let drives = self.drives(&span);
        let state_bytes = units * size_of::<[f32; LANES]>();
        let stretch = if taped.is_some() || run.steps * state_bytes <= KEPT_BYTES {
            run.steps.max(1)
        } else {
            (run.steps as f64).sqrt().ceil() as usize
        };
        let coupled = !out.couplings.is_empty();
        // Steps whose outer products are summed together, while states and pulls are in the cache.
        let group = CACHED_BYTES / (2 * state_bytes);
        let grouped = group >= SHORTEST_GROUP && simd.has_outer() && coupled;
        let forward = |x: &Rows, step: usize| {
            let (mut next, segment) = (vec![[0f32; LANES]; units], run.segment_of(step));
            simd.step(&constants, &panels[segment], &drives[segment], step as u32, x, &mut next);
            next
        };
        let mut kept = vec![to_lanes(&self.start[span.clone()], units)];
        let mut x = kept[0].clone();
        for step in 0..(run.steps.saturating_sub(1)) / stretch * stretch {
            x = forward(&x, step);
            if (step + 1) % stretch == 0 {
                kept.push(x.clone());
            }
        }
        let area = if coupled { units * units } else { 0 };
        let mut adjoint = vec![[0f32; LANES]; units];
        let mut pulls = vec![adjoint.clone(); if grouped { group.min(stretch) } else { 1 }];
        let mut outer = vec![0f32; if grouped { run.segments() * area } else { 0 }];
        let mut products = OuterProducts::new(units, if grouped || !coupled { 0 } else { stretch });
        let mut drive_sums = vec![adjoint.clone(); run.segments()];
        let mut record = run.record.len();
        for (index, from) in (0..run.steps).step_by(stretch).enumerate().rev() {
            let to = (from + stretch).min(run.steps);
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
                let (x, segment) = (&states[step - from], run.segment_of(step));
                // The products of several steps are summed together, those of one segment at most.
                let segment_starts = step > 0 && run.segment_of(step - 1) != segment;
                let of_segment = segment * area..(segment + 1) * area;
                let pull = &mut pulls[waiting];
                for (pull, adjoint) in pull.iter_mut().zip(&adjoint) {
                    for (p, a) in pull.iter_mut().zip(adjoint) {
                        *p = *a * constants.rate;
                    }
                }
                add(&mut drive_sums[segment], pull, -1.0);
                simd.adjoint(&constants, &transposed[segment], x, pull, &mut adjoint);
                if grouped {
                    waiting += 1;
                    if waiting == pulls.len() || step == from || segment_starts {
                        // The pulls were collected backwards in time.
                        let first = step - from;
                        pulls[..waiting].reverse();
                        let outer = &mut outer[of_segment];
                        simd.add_outer(&states[first..first + waiting], &pulls[..waiting], outer);
                        waiting = 0;
                    }
                } else if coupled {
                    let couplings = &mut out.couplings[of_segment];
                    products.push(x, pull, couplings);
                    if segment_starts {
                        products.flush(couplings);
                    }
                }
            }
        }
        products.flush(&mut out.couplings[..area]);
        out.couplings.iter_mut().zip(&outer).for_each(|(total, part)| *total -= part);
        for (sum, drive) in drive_sums.iter().zip(out.drive) {
            from_lanes(sum, drive);
        }
        from_lanes(&adjoint, out.start);
    }
}
