//! Whole trajectories, with their energy, work and heat.

mod fused;
mod outcome;

use crate::divergence::{are_within, first_outside};
use crate::protocol::Course;
use crate::{
    Dynamics, EulerMaruyama, ExternalForce, Landscape, LangevinBackend, LangevinError, NoForce, Noise, NoiseKind,
    Potential, Protocol,
};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use kernels::TrajectorySpec;
use kernels::reference::largest;
use serde::{Deserialize, Serialize};

use fused::Fused;
pub use outcome::{Outcome, Trajectory};

/// A simulation: `steps` time steps of a dynamics, from t = 0 to the observation time.
///
/// A unit that starts at 1 in V = x²/2 · 2 (J2 = 1) at zero temperature: x(t) = (1 − 2 μ Δt)^K, and the heat is the energy it loses.
///
/// ```
/// use burn::tensor::Tensor;
/// use burn_ndarray::{NdArray, NdArrayDevice};
/// use thermograd_langevin::{Bath, EulerMaruyama, Landscape, NoNoise, Simulation, Well};
///
/// let device = NdArrayDevice::Cpu;
/// let landscape = Landscape::<NdArray>::uncoupled(Tensor::zeros([1, 1], &device), Well::new(1.0, 0.0));
/// let simulation = Simulation::new(EulerMaruyama::new(Bath::new(1.0, 1.0)?, 1e-2)?, 0.5)?;
/// let end = simulation.run(&landscape, Tensor::ones([1, 1], &device), &NoNoise)?;
/// let x = 0.98f32.powi(50);
/// assert!((end.state.into_scalar() - x).abs() < 1e-5);
/// assert!((end.heat.into_scalar() - (1.0 - x * x)).abs() < 1e-5);
/// # Ok::<(), thermograd_langevin::LangevinError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Simulation<D = EulerMaruyama> {
    /// The discretised dynamics.
    pub dynamics: D,
    /// Number of steps K; the observation time is K Δt.
    pub steps: usize,
}

impl<D: Dynamics> Simulation<D> {
    /// A simulation up to `observation_time`, which must be a whole number of time steps (to one part in 10⁶).
    ///
    /// # Errors
    /// [`LangevinError::OutOfRange`] otherwise.
    pub fn new(dynamics: D, observation_time: f64) -> Result<Self, LangevinError> {
        let time_step = dynamics.time_step();
        let steps = (observation_time / time_step).round();
        let whole = (steps * time_step - observation_time).abs() <= 1e-6 * observation_time;
        if observation_time.is_finite() && observation_time > 0.0 && steps >= 1.0 && whole && steps < 4e9 {
            Ok(Self { dynamics, steps: steps as usize })
        } else {
            Err(LangevinError::OutOfRange {
                name: "observation_time",
                value: observation_time,
                requirement: "finite, above 0 and a whole number of time steps",
            })
        }
    }

    /// The observation time K Δt.
    pub fn observation_time(&self) -> f64 {
        self.steps as f64 * self.dynamics.time_step()
    }

    /// The same simulation at zero temperature.
    #[must_use]
    pub fn at_zero_temperature(self) -> Self {
        let bath = self.dynamics.bath().at_zero_temperature();
        Self { dynamics: self.dynamics.in_bath(bath), ..self }
    }

    /// Runs a batch from `start` and returns its end: in one operation of the backend where potential, dynamics and noise have
    /// kernels. Under autodiff the gradients of the end with respect to the potential's parameters and the start go through the
    /// dynamics, the noise held fixed.
    ///
    /// # Shapes
    /// `start`: `[batch, width]`
    ///
    /// # Errors
    /// [`LangevinError::Diverged`] tells where a state left the reals; [`LangevinError::Shape`] when `start` or the replicas of the
    /// noise are not the potential's.
    pub fn run<B: LangevinBackend>(
        &self,
        potential: &impl Potential<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
    ) -> Result<Outcome<B>, LangevinError> {
        self.run_course(&Course::constant(potential), start, noise)
    }

    /// Runs a batch from `start` under potentials that act one after the other, as [`Simulation::run`] does under one; the work is
    /// that of the switches. The noise goes on over them: equal potentials give, bit for bit, the trajectories of one.
    ///
    /// # Errors
    /// As [`Simulation::run`]; [`LangevinError::Clock`] when a switch is not at a time step.
    pub fn run_protocol<B: LangevinBackend, P: Potential<B>>(
        &self,
        protocol: &Protocol<P>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
    ) -> Result<Outcome<B>, LangevinError> {
        self.run_course(&protocol.course(self.steps)?, start, noise)
    }

    fn run_course<B: LangevinBackend, P: Potential<B>>(
        &self,
        course: &Course<'_, P>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
    ) -> Result<Outcome<B>, LangevinError> {
        let at_end = |step: usize| step == self.steps;
        let Some(fused) = self.fused(course, noise, at_end)? else {
            let outcome = self.integrate(course, start.clone(), noise, &NoForce, |_, _| {})?;
            return self.checked(course, start, noise, &NoForce, outcome);
        };
        self.check_start(course.first(), &start)?;
        let outcome = fused.outcome(&start, &fused.states(start.clone()));
        if are_within(&outcome.state, &self.bounds(course.last()), B::largest) {
            return Ok(outcome);
        }
        self.checked(course, start, noise, &NoForce, outcome)
    }

    /// The end of a batch alone, as [`Simulation::run`] gives it, without its heat.
    ///
    /// # Errors
    /// As [`Simulation::run`].
    pub fn end<B: LangevinBackend>(
        &self,
        potential: &impl Potential<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
    ) -> Result<Tensor<B, 2>, LangevinError> {
        self.end_course(&Course::constant(potential), start, noise)
    }

    /// The end of a batch alone, as [`Simulation::run_protocol`] gives it, without its heat.
    ///
    /// # Errors
    /// As [`Simulation::run_protocol`].
    pub fn end_protocol<B: LangevinBackend, P: Potential<B>>(
        &self,
        protocol: &Protocol<P>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
    ) -> Result<Tensor<B, 2>, LangevinError> {
        self.end_course(&protocol.course(self.steps)?, start, noise)
    }

    fn end_course<B: LangevinBackend, P: Potential<B>>(
        &self,
        course: &Course<'_, P>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
    ) -> Result<Tensor<B, 2>, LangevinError> {
        if let Some(mut fused) = self.fused(course, noise, |step| step == self.steps)? {
            // No heat is asked for, so none of the states at switches.
            fused.spec.record = vec![self.steps];
            self.check_start(course.first(), &start)?;
            let state: Tensor<B, 2> = fused.states(start.clone()).squeeze_dim(0);
            if are_within(&state, &self.bounds(course.last()), B::largest) {
                return Ok(state);
            }
        }
        // Anything else, a divergence among it, is told by the whole run.
        Ok(self.run_course(course, start, noise)?.state)
    }

    /// Runs a batch from `start` under an external force.
    ///
    /// The force of step k acts during that step; when it changes to that of step k + 1, at the state reached, it does
    /// the work −(f_{k+1} − f_k)·x. The first and the last change, from and to no force, count too, so that
    /// heat = work − (E(end) − E(start)) with E the energy of the dynamics in its own potential.
    ///
    /// # Errors
    /// As [`Simulation::run`].
    pub fn run_forced<B: Backend>(
        &self,
        potential: &impl Potential<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
    ) -> Result<Outcome<B>, LangevinError> {
        let course = Course::constant(potential);
        let outcome = self.integrate(&course, start.clone(), noise, force, |_, _| {})?;
        self.checked(&course, start, noise, force, outcome)
    }

    /// Runs a batch from `start` under an external force and records the states at every `every`-th step, the first
    /// and the last included.
    ///
    /// # Errors
    /// As [`Simulation::run`].
    pub fn record<B: LangevinBackend>(
        &self,
        potential: &impl Potential<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
        every: usize,
    ) -> Result<Trajectory<B>, LangevinError> {
        self.record_course(&Course::constant(potential), start, noise, force, every)
    }

    /// Runs a batch from `start` under a protocol and records the states at every `every`-th step, the first and the last
    /// included; an external force does its work beside that of the switches.
    ///
    /// # Errors
    /// As [`Simulation::run_protocol`].
    pub fn record_protocol<B: LangevinBackend, P: Potential<B>>(
        &self,
        protocol: &Protocol<P>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
        every: usize,
    ) -> Result<Trajectory<B>, LangevinError> {
        self.record_course(&protocol.course(self.steps)?, start, noise, force, every)
    }

    fn record_course<B: LangevinBackend, P: Potential<B>>(
        &self,
        course: &Course<'_, P>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
        every: usize,
    ) -> Result<Trajectory<B>, LangevinError> {
        let white = noise.is_white();
        let recorded = |step: usize| step.is_multiple_of(every.max(1)) || step == self.steps;
        if !force.acts()
            && let Some(fused) = self.fused(course, noise, recorded)?
        {
            self.check_start(course.first(), &start)?;
            let states = fused.states(start.clone());
            let outcome = fused.outcome(&start, &states);
            let outcome = self.checked(course, start.clone(), noise, force, outcome)?;
            let (steps, states) = fused.rows(states, recorded);
            let steps = std::iter::once(0).chain(steps).collect();
            let states = Tensor::cat(vec![start.unsqueeze(), states], 0);
            return Ok(Trajectory { steps, states, outcome, white });
        }
        let (mut steps, mut states) = (vec![0], vec![start.clone()]);
        let outcome = self.integrate(course, start.clone(), noise, force, |step, x| {
            if recorded(step) {
                steps.push(step);
                states.push(x.clone());
            }
        })?;
        let outcome = self.checked(course, start, noise, force, outcome)?;
        Ok(Trajectory { steps, states: Tensor::stack(states, 0), outcome, white })
    }

    /// The loop over steps, without a look at the values: nothing here waits for the backend device.
    fn integrate<B: Backend, P: Potential<B>>(
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
    fn checked<B: Backend, P: Potential<B>>(
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
    fn bounds<B: Backend>(&self, potential: &impl Potential<B>) -> Vec<f64> {
        potential.bounds(self.dynamics.bath().mobility * self.dynamics.time_step())
    }

    fn check_start<B: Backend>(
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

    /// The simulation as one operation of the backend, if potentials, dynamics and noise are those that kernels know; it records
    /// the steps asked for and those of the switches, at which work is done.
    fn fused<'a, B: Backend, P: Potential<B>>(
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

/// Counter-based noise has one replica a row of the batch.
fn check_replicas<B: Backend>(potential: &impl Potential<B>, noise: &impl Noise<B>) -> Result<(), LangevinError> {
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
