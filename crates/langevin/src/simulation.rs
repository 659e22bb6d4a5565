//! Whole trajectories, with their energy, work and heat.

mod fused;
mod outcome;
mod stepwise;

use crate::divergence::are_within;
use crate::protocol::Course;
use crate::{
    Dynamics, EulerMaruyama, ExternalForce, LangevinBackend, LangevinError, NoForce, Noise, Potential, Protocol,
};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

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
}
