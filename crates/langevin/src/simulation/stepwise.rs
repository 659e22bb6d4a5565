//! Trajectories step by step: any potential, dynamics, noise and force; and where one diverged.

use super::{Outcome, Simulation};
use crate::divergence::{are_within, first_outside};
use crate::protocol::Course;
use crate::{Dynamics, ExternalForce, LangevinError, Noise, NoiseKind, Potential};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use kernels::reference::largest;

impl<D: Dynamics> Simulation<D> {
    /// The loop over steps, without a look at the values: nothing here waits for the backend device.
    pub(super) fn integrate<B: Backend, P: Potential<B>>(
        &self,
        course: &Course<'_, P>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
        mut visit: impl FnMut(usize, &Tensor<B, 2>),
    ) -> Result<Outcome<B>, LangevinError> {
        course.check()?;
        self.check_start(course.first(), &start)?;
        check_replicas(course.first(), noise)?;
        let [batch, units] = course.first().dims();
        let device = course.first().device();
        let positions = |state: &Tensor<B, 2>| self.dynamics.positions(state.clone(), units);
        let energy = |potential: &P, x: &Tensor<B, 2>| self.dynamics.energy(potential, x.clone());
        let thermal = self.dynamics.bath().kt > 0.0;
        let energy_at_start = energy(course.first(), &start);
        let mut work = Tensor::zeros([batch], &device);
        let mut acting: Option<Tensor<B, 2>> = None;
        let mut x = start;
        for step in 0..self.steps {
            if force.acts() {
                let next = force.at(step);
                work = work + work_of_change(acting, next.clone(), &positions(&x));
                acting = next;
            }
            if let Some([before, after]) = course.switch_after(step) {
                work = work + energy(after, &x) - energy(before, &x);
            }
            let xi = if thermal { noise.normals(step, [batch, units], &device) } else { None };
            x = self.dynamics.step(course.at(step), x, acting.clone(), xi);
            visit(step + 1, &x);
        }
        if force.acts() {
            work = work + work_of_change(acting, None, &positions(&x));
        }
        let heat = work.clone() + energy_at_start - energy(course.last(), &x);
        Ok(Outcome { state: x, heat, work })
    }

    /// Passes a finite outcome on; for any other, runs again, looking at every step, to say where it diverged.
    pub(super) fn checked<B: Backend, P: Potential<B>>(
        &self,
        course: &Course<'_, P>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
        outcome: Outcome<B>,
    ) -> Result<Outcome<B>, LangevinError> {
        let units = course.first().dims()[1];
        let positions = |state: &Tensor<B, 2>| self.dynamics.positions(state.clone(), units);
        let values = |state: &Tensor<B, 2>| positions(state).to_data().iter::<f64>().collect::<Vec<f64>>();
        let within = |step: usize, state: &Tensor<B, 2>| {
            are_within(&positions(state), &self.bounds(course.at(step)), largest::<B>)
        };
        if within(self.steps, &outcome.state) {
            return Ok(outcome);
        }
        let mut first: Option<(usize, Vec<f64>)> = None;
        self.integrate(course, start, noise, force, |step, x| {
            if first.is_none() && !within(step, x) {
                first = Some((step, values(x)));
            }
        })?;
        let (step, found) = first.unwrap_or_else(|| (self.steps, values(&outcome.state)));
        let bounds = self.bounds(course.at(step));
        let (replica, unit, value) = first_outside(&found, units, &bounds).unwrap_or((0, 0, f64::NAN));
        let time_step = self.dynamics.time_step();
        Err(LangevinError::Diverged { unit, replica, step, value, time_step, suggestion: time_step / 10.0 })
    }

    /// The largest |x| of each unit: one for all, or one each.
    pub(super) fn bounds<B: Backend>(&self, potential: &impl Potential<B>) -> Vec<f64> {
        potential.bounds(self.dynamics.bath().mobility * self.dynamics.time_step())
    }

    pub(super) fn check_start<B: Backend>(
        &self,
        potential: &impl Potential<B>,
        start: &Tensor<B, 2>,
    ) -> Result<(), LangevinError> {
        let [batch, units] = potential.dims();
        let (expected, found) = ([batch, self.dynamics.width(units)], start.dims());
        if found == expected {
            return Ok(());
        }
        Err(LangevinError::Shape { what: "start states", expected: expected.to_vec(), found: found.to_vec() })
    }
}

/// Counter-based noise has one replica a row of the batch.
pub(super) fn check_replicas<B: Backend>(
    potential: &impl Potential<B>,
    noise: &impl Noise<B>,
) -> Result<(), LangevinError> {
    let [batch, _] = potential.dims();
    match noise.kind() {
        NoiseKind::Counter { replicas, .. } if replicas.len() != batch => Err(LangevinError::Shape {
            what: "replicas of the noise",
            expected: vec![batch],
            found: vec![replicas.len()],
        }),
        _ => Ok(()),
    }
}

/// Work done on the units at `x` when the force on them changes.
fn work_of_change<B: Backend>(
    before: Option<Tensor<B, 2>>,
    after: Option<Tensor<B, 2>>,
    x: &Tensor<B, 2>,
) -> Tensor<B, 1> {
    let change = match (before, after) {
        (None, None) => return Tensor::zeros([x.dims()[0]], &x.device()),
        (None, Some(after)) => after,
        (Some(before), None) => before.neg(),
        (Some(before), Some(after)) => after - before,
    };
    (change * x.clone()).sum_dim(1).squeeze_dim(1).neg()
}
