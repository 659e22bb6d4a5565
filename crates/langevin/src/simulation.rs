//! Whole trajectories, with their energy, work and heat.

mod outcome;

use crate::divergence::{are_within, first_outside};
use crate::potential::{lift, raw};
use crate::{
    Dynamics, EulerMaruyama, ExternalForce, Landscape, LangevinBackend, LangevinError, NoForce, Noise, NoiseKind,
    Potential,
};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use kernels::TrajectorySpec;
use kernels::reference::largest;
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
        let Some((landscape, fused)) = self.fused(potential, noise, vec![self.steps])? else {
            return self.run_forced(potential, start, noise, &NoForce);
        };
        let states = self.trajectories(landscape, start.clone(), &fused)?;
        let outcome = unforced(landscape, &start, states.squeeze_dim(0));
        if are_within(&outcome.state, &self.bounds(landscape), B::largest) {
            return Ok(outcome);
        }
        self.checked(landscape, start, noise, &NoForce, outcome)
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
        if let Some((landscape, fused)) = self.fused(potential, noise, vec![self.steps])? {
            let state: Tensor<B, 2> = self.trajectories(landscape, start.clone(), &fused)?.squeeze_dim(0);
            if are_within(&state, &self.bounds(landscape), B::largest) {
                return Ok(state);
            }
        }
        // Anything else, a divergence among it, is told by the whole run.
        Ok(self.run(potential, start, noise)?.state)
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
        let outcome = self.integrate(potential, start.clone(), noise, force, |_, _| {})?;
        self.checked(potential, start, noise, force, outcome)
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
        let white = noise.is_white();
        let recorded = |step: usize| step.is_multiple_of(every.max(1)) || step == self.steps;
        let record = || (1..=self.steps).filter(|s| recorded(*s)).collect();
        if !force.acts()
            && let Some((landscape, fused)) = self.fused(potential, noise, record())?
        {
            let states = self.trajectories(landscape, start.clone(), &fused)?;
            let end = states.clone().narrow(0, fused.record.len() - 1, 1).squeeze_dim(0);
            let outcome =
                self.checked(landscape, start.clone(), noise, force, unforced(landscape, &start, end))?;
            let steps = std::iter::once(0).chain(fused.record).collect();
            let states = Tensor::cat(vec![start.unsqueeze(), states], 0);
            return Ok(Trajectory { steps, states, outcome, white });
        }
        let (mut steps, mut states) = (vec![0], vec![start.clone()]);
        let outcome = self.integrate(potential, start.clone(), noise, force, |step, x| {
            if recorded(step) {
                steps.push(step);
                states.push(x.clone());
            }
        })?;
        let outcome = self.checked(potential, start, noise, force, outcome)?;
        Ok(Trajectory { steps, states: Tensor::stack(states, 0), outcome, white })
    }

    /// The loop over steps, without a look at the values: nothing here waits for the backend device.
    fn integrate<B: Backend>(
        &self,
        potential: &impl Potential<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
        mut visit: impl FnMut(usize, &Tensor<B, 2>),
    ) -> Result<Outcome<B>, LangevinError> {
        self.check_start(potential, &start)?;
        check_replicas(potential, noise)?;
        let [batch, units] = potential.dims();
        let device = potential.device();
        let positions = |state: &Tensor<B, 2>| self.dynamics.positions(state.clone(), units);
        let thermal = self.dynamics.bath().kt > 0.0;
        let energy_at_start = self.dynamics.energy(potential, start.clone());
        let mut work = Tensor::zeros([batch], &device);
        let mut acting: Option<Tensor<B, 2>> = None;
        let mut x = start;
        for step in 0..self.steps {
            if force.acts() {
                let next = force.at(step);
                work = work + work_of_change(acting, next.clone(), &positions(&x));
                acting = next;
            }
            let xi = if thermal { noise.normals(step, [batch, units], &device) } else { None };
            x = self.dynamics.step(potential, x, acting.clone(), xi);
            visit(step + 1, &x);
        }
        if force.acts() {
            work = work + work_of_change(acting, None, &positions(&x));
        }
        let heat = work.clone() + energy_at_start - self.dynamics.energy(potential, x.clone());
        Ok(Outcome { state: x, heat, work })
    }

    /// Passes a finite outcome on; for any other, runs again, looking at every step, to say where it diverged.
    fn checked<B: Backend>(
        &self,
        potential: &impl Potential<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
        outcome: Outcome<B>,
    ) -> Result<Outcome<B>, LangevinError> {
        let (bounds, units) = (self.bounds(potential), potential.dims()[1]);
        let positions = |state: &Tensor<B, 2>| self.dynamics.positions(state.clone(), units);
        let values = |state: &Tensor<B, 2>| positions(state).to_data().iter::<f64>().collect::<Vec<f64>>();
        if are_within(&positions(&outcome.state), &bounds, largest::<B>) {
            return Ok(outcome);
        }
        let mut first: Option<(usize, Vec<f64>)> = None;
        self.integrate(potential, start, noise, force, |step, x| {
            if first.is_none() && !are_within(&positions(x), &bounds, largest::<B>) {
                first = Some((step, values(x)));
            }
        })?;
        let (step, found) = first.unwrap_or_else(|| (self.steps, values(&outcome.state)));
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

    /// The simulation as one operation of the backend, if potential, dynamics and noise are those that kernels know.
    fn fused<'a, B: Backend>(
        &self,
        potential: &'a impl Potential<B>,
        noise: &impl Noise<B>,
        record: Vec<usize>,
    ) -> Result<Option<(&'a Landscape<B>, TrajectorySpec)>, LangevinError> {
        let (Some(landscape), Some(dynamics)) = (potential.kernel(), self.dynamics.kernel()) else {
            return Ok(None);
        };
        let (amplitude, seed, replicas) = match noise.kind() {
            NoiseKind::Counter { seed, replicas } => (dynamics.noise_amplitude(), seed, replicas),
            NoiseKind::Zero => (0.0, 0, [].into()),
            NoiseKind::Other => return Ok(None),
        };
        if amplitude != 0.0 {
            check_replicas(potential, noise)?;
        }
        let (steps, rate, wells) = (self.steps, dynamics.rate(), landscape.wells().clone());
        Ok(Some((landscape, TrajectorySpec { steps, wells, rate, amplitude, seed, replicas, record })))
    }

    /// Recorded states, `[recorded, batch, units]`.
    fn trajectories<B: LangevinBackend>(
        &self,
        landscape: &Landscape<B>,
        start: Tensor<B, 2>,
        spec: &TrajectorySpec,
    ) -> Result<Tensor<B, 3>, LangevinError> {
        self.check_start(landscape, &start)?;
        Ok(lift(B::trajectories(landscape.couplings().map(raw), raw(landscape.drive()), raw(start), spec)))
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

/// The end of trajectories on which no external force did work.
fn unforced<B: LangevinBackend>(
    landscape: &Landscape<B>,
    start: &Tensor<B, 2>,
    state: Tensor<B, 2>,
) -> Outcome<B> {
    let energy = |x: Tensor<B, 2>| -> Tensor<B, 1> {
        landscape.energy_by(x, |x, well| {
            lift(B::energies(landscape.couplings().map(raw), raw(landscape.drive()), raw(x), well))
        })
    };
    let heat = energy(start.clone()) - energy(state.clone());
    let work = heat.zeros_like();
    Outcome { state, heat, work }
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
