//! Whole trajectories as one operation of the backend.

use super::stepwise::check_replicas;
use super::{Outcome, Simulation};
use crate::potential::{lift, raw};
use crate::protocol::{Course, stacked};
use crate::{Dynamics, Landscape, LangevinBackend, LangevinError, Noise, NoiseKind, Potential};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use kernels::TrajectorySpec;

/// A simulation that is one operation of the backend.
pub(super) struct Fused<'a, B: Backend> {
    /// One for each segment.
    pub(super) landscapes: Vec<&'a Landscape<B>>,
    pub(super) spec: TrajectorySpec,
}

impl<D: Dynamics> Simulation<D> {
    /// The simulation as one operation of the backend, if potentials, dynamics and noise are those that kernels know; it records
    /// the steps asked for and those of the switches, at which work is done.
    pub(super) fn fused<'a, B: Backend, P: Potential<B>>(
        &self,
        course: &Course<'a, P>,
        noise: &impl Noise<B>,
        recorded: impl Fn(usize) -> bool,
    ) -> Result<Option<Fused<'a, B>>, LangevinError> {
        course.check()?;
        let landscapes: Option<Vec<&Landscape<B>>> = course.potentials.iter().map(Potential::kernel).collect();
        let (Some(landscapes), Some(dynamics)) = (landscapes, self.dynamics.kernel()) else {
            return Ok(None);
        };
        let (wells, coupled) = (landscapes[0].wells().clone(), landscapes[0].couplings().is_some());
        if landscapes.iter().any(|l| *l.wells() != wells || l.couplings().is_some() != coupled) {
            return Ok(None);
        }
        let (amplitude, seed, replicas) = match noise.kind() {
            NoiseKind::Counter { seed, replicas } => (dynamics.noise_amplitude(), seed, replicas),
            NoiseKind::Zero => (0.0, 0, [].into()),
            NoiseKind::Other => return Ok(None),
        };
        if amplitude != 0.0 {
            check_replicas(course.first(), noise)?;
        }
        let (steps, rate, switches) = (self.steps, dynamics.rate(), course.switches.clone());
        let record = (1..=steps).filter(|step| recorded(*step) || switches.contains(step)).collect();
        let spec = TrajectorySpec { steps, wells, rate, amplitude, seed, replicas, record, switches };
        Ok(Some(Fused { landscapes, spec }))
    }
}

impl<B: LangevinBackend> Fused<'_, B> {
    /// Recorded states from `start`, `[recorded, batch, units]`.
    pub(super) fn states(&self, start: Tensor<B, 2>) -> Tensor<B, 3> {
        let couplings: Option<Vec<Tensor<B, 2>>> = self.landscapes.iter().map(|l| l.couplings()).collect();
        let drive = self.landscapes.iter().map(|l| l.drive()).collect();
        lift(B::trajectories(couplings.map(stacked), stacked(drive), raw(start), &self.spec))
    }

    /// How trajectories ended on which no external force did work, from all recorded states, `[recorded, batch, units]`.
    pub(super) fn outcome(&self, start: &Tensor<B, 2>, states: &Tensor<B, 3>) -> Outcome<B> {
        let energy = |landscape: &Landscape<B>, x: Tensor<B, 2>| -> Tensor<B, 1> {
            landscape.energy_by(x, |x, well| {
                lift(B::energies(landscape.couplings().map(raw), raw(landscape.drive()), raw(x), well))
            })
        };
        let after = |step: usize| -> Tensor<B, 2> {
            let row = self.spec.record.partition_point(|recorded| *recorded < step);
            states.clone().narrow(0, row, 1).squeeze_dim(0)
        };
        let state = after(self.spec.steps);
        let (first, last) = (self.landscapes[0], self.landscapes[self.landscapes.len() - 1]);
        let fall = energy(first, start.clone()) - energy(last, state.clone());
        let pairs = self.landscapes.windows(2).zip(&self.spec.switches);
        let works = pairs.map(|(pair, switch)| {
            let x = after(*switch);
            energy(pair[1], x.clone()) - energy(pair[0], x)
        });
        match works.reduce(|total, work| total + work) {
            Some(work) => Outcome { state, heat: work.clone() + fall, work },
            None => Outcome { state, work: fall.zeros_like(), heat: fall },
        }
    }

    /// The steps asked for among those recorded, and their states.
    pub(super) fn rows(&self, states: Tensor<B, 3>, asked: impl Fn(usize) -> bool) -> (Vec<usize>, Tensor<B, 3>) {
        let record = &self.spec.record;
        let steps: Vec<usize> = record.iter().copied().filter(|step| asked(*step)).collect();
        if steps.len() == record.len() {
            return (steps, states);
        }
        let rows = (0..record.len()).filter(|row| asked(record[*row]));
        let parts = rows.map(|row| states.clone().narrow(0, row, 1)).collect();
        (steps, Tensor::cat(parts, 0))
    }
}
