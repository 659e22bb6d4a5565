//! Whole trajectories, with their energy, work and heat.

use crate::{
    EulerMaruyama, ExternalForce, Landscape, LangevinBackend, LangevinError, NoForce, Noise, NoiseKind, Potential,
};
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use kernels::Run;
use serde::{Deserialize, Serialize};

/// States beyond this are no longer a computer's, whatever its potential.
const UNPHYSICAL: f64 = 1e6;

/// A run of the dynamics: `steps` time steps, from t = 0 to the observation time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Langevin {
    /// The discretised dynamics.
    pub dynamics: EulerMaruyama,
    /// Number of steps K; the observation time is K Δt.
    pub steps: usize,
}

/// The end of a batch of trajectories.
#[derive(Debug, Clone)]
pub struct Outcome<B: Backend> {
    /// States at the observation time, `[batch, units]`.
    pub state: Tensor<B, 2>,
    /// Heat Q emitted to the bath by each replica, `[batch]`, in the units of V: by the first law Q = W − ΔV.
    pub heat: Tensor<B, 1>,
    /// Work W done by the external force, `[batch]`; zero without one.
    pub work: Tensor<B, 1>,
}

/// A batch of recorded trajectories.
#[derive(Debug, Clone)]
pub struct Trajectory<B: Backend> {
    /// Steps at which the states were recorded; the first is 0.
    pub steps: Vec<usize>,
    /// States, `[recorded, batch, units]`.
    pub states: Tensor<B, 3>,
    /// How it ended.
    pub outcome: Outcome<B>,
}

impl Langevin {
    /// A run of `observation_time`, which must be a whole number of time steps (to one part in 10⁶).
    ///
    /// # Errors
    /// [`LangevinError::OutOfRange`] otherwise.
    pub fn new(dynamics: EulerMaruyama, observation_time: f64) -> Result<Self, LangevinError> {
        let steps = (observation_time / dynamics.time_step).round();
        let whole = (steps * dynamics.time_step - observation_time).abs() <= 1e-6 * observation_time;
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

    /// The largest |x| that a step of this length can hold: beyond it the self-force alone throws a unit further out at
    /// every step, μ Δt (2 J2 + 4 J4 x²) > 2, and the dynamics diverges.
    pub fn divergence_bound(&self, j2: f64, j4: f64) -> f64 {
        let room = 2.0 / (self.dynamics.bath.mobility * self.dynamics.time_step) - 2.0 * j2;
        if j4 > 0.0 { (room.max(0.0) / (4.0 * j4)).sqrt().min(UNPHYSICAL) } else { UNPHYSICAL }
    }

    /// The bound of each unit: one for all, or those of wells that differ.
    fn bounds_of<B: Backend>(&self, landscape: &Landscape<B>) -> Vec<f64> {
        match landscape.wells() {
            Some(wells) => wells.iter().map(|[j2, j4]| self.divergence_bound(*j2, *j4)).collect(),
            None => vec![self.divergence_bound(landscape.j2(), landscape.j4())],
        }
    }

    /// The observation time K Δt.
    pub fn observation_time(&self) -> f64 {
        self.steps as f64 * self.dynamics.time_step
    }

    /// The same run at zero temperature.
    #[must_use]
    pub fn at_zero_temperature(self) -> Self {
        let bath = self.dynamics.bath.at_zero_temperature();
        Self { dynamics: EulerMaruyama { bath, ..self.dynamics }, ..self }
    }

    /// Runs a batch from `start` and returns its end: in one operation of the backend, fused where it can be. Under autodiff
    /// the gradients of the end with respect to couplings, drive and start go through the dynamics, the noise held fixed.
    ///
    /// # Shapes
    /// `start`: `[batch, units]`
    ///
    /// # Errors
    /// [`LangevinError::Diverged`] tells where a state left the reals; [`LangevinError::Shape`] when `start` is not the
    /// landscape's.
    pub fn run<B: LangevinBackend>(
        &self,
        landscape: &Landscape<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
    ) -> Result<Outcome<B>, LangevinError> {
        let Some(fused) = self.fused(landscape, noise, vec![self.steps]) else {
            return self.run_forced(landscape, start, noise, &NoForce);
        };
        let states = trajectories(landscape, start.clone(), &fused)?;
        let outcome = unforced(landscape, &start, states.squeeze_dim(0));
        if is_bounded_by(&outcome.state, &self.bounds_of(landscape), B::largest) {
            return Ok(outcome);
        }
        self.checked(landscape, start, noise, &NoForce, outcome)
    }

    /// The end of a batch alone, as [`Langevin::run`] gives it, without its heat.
    ///
    /// # Errors
    /// As [`Langevin::run`].
    pub fn end<B: LangevinBackend>(
        &self,
        landscape: &Landscape<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
    ) -> Result<Tensor<B, 2>, LangevinError> {
        if let Some(fused) = self.fused(landscape, noise, vec![self.steps]) {
            let state: Tensor<B, 2> = trajectories(landscape, start.clone(), &fused)?.squeeze_dim(0);
            if is_bounded_by(&state, &self.bounds_of(landscape), B::largest) {
                return Ok(state);
            }
        }
        // Anything else, a divergence among it, is told by the whole run.
        Ok(self.run(landscape, start, noise)?.state)
    }

    /// The run as one operation of the backend, if its noise is the kernels' own.
    fn fused<B: Backend>(
        &self,
        landscape: &Landscape<B>,
        noise: &impl Noise<B>,
        record: Vec<usize>,
    ) -> Option<Run> {
        let amplitude = self.dynamics.noise_amplitude();
        let (amplitude, seed, replicas) = match noise.kind() {
            NoiseKind::Counter { seed, replicas } => (amplitude, seed, replicas),
            NoiseKind::Zero => (0.0, 0, [].into()),
            NoiseKind::Other => return None,
        };
        let [batch, _] = landscape.dims();
        assert!(amplitude == 0.0 || replicas.len() == batch, "noise: one replica a row of the batch");
        let rate = self.dynamics.bath.mobility * self.dynamics.time_step;
        let (j2, j4) = (landscape.j2(), landscape.j4());
        let wells = landscape.wells();
        Some(Run { steps: self.steps, j2, j4, wells, rate, amplitude, seed, replicas, record })
    }

    /// Runs a batch from `start` under an external force.
    ///
    /// The force of step k acts during that step; when it changes to that of step k + 1, at the state reached, it does
    /// the work −(f_{k+1} − f_k)·x. The first and the last change, from and to no force, count too, so that
    /// heat = work − (V(end) − V(start)) with V the computer's own potential.
    ///
    /// # Errors
    /// As [`Langevin::run`].
    pub fn run_forced<B: Backend>(
        &self,
        landscape: &Landscape<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
    ) -> Result<Outcome<B>, LangevinError> {
        let outcome = self.integrate(landscape, start.clone(), noise, force, |_, _| {})?;
        self.checked(landscape, start, noise, force, outcome)
    }

    /// Runs a batch from `start` under an external force and records the states at every `every`-th step, the first
    /// and the last included.
    ///
    /// # Errors
    /// As [`Langevin::run`].
    pub fn record<B: LangevinBackend>(
        &self,
        landscape: &Landscape<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
        every: usize,
    ) -> Result<Trajectory<B>, LangevinError> {
        let recorded = |step: usize| step.is_multiple_of(every.max(1)) || step == self.steps;
        if !force.acts()
            && let Some(fused) = self.fused(landscape, noise, (1..=self.steps).filter(|s| recorded(*s)).collect())
        {
            let states = trajectories(landscape, start.clone(), &fused)?;
            let end = states.clone().narrow(0, fused.record.len() - 1, 1).squeeze_dim(0);
            let outcome =
                self.checked(landscape, start.clone(), noise, force, unforced(landscape, &start, end))?;
            let steps = std::iter::once(0).chain(fused.record).collect();
            let states = Tensor::cat(vec![start.unsqueeze(), states], 0);
            return Ok(Trajectory { steps, states, outcome });
        }
        let (mut steps, mut states) = (vec![0], vec![start.clone()]);
        let outcome = self.integrate(landscape, start.clone(), noise, force, |step, x| {
            if recorded(step) {
                steps.push(step);
                states.push(x.clone());
            }
        })?;
        let outcome = self.checked(landscape, start, noise, force, outcome)?;
        Ok(Trajectory { steps, states: Tensor::stack(states, 0), outcome })
    }

    /// The loop over steps, without a look at the values: nothing here waits for the device.
    fn integrate<B: Backend>(
        &self,
        landscape: &Landscape<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
        mut visit: impl FnMut(usize, &Tensor<B, 2>),
    ) -> Result<Outcome<B>, LangevinError> {
        check_start(landscape, &start)?;
        let shape = landscape.dims();
        let device = landscape.device();
        let thermal = self.dynamics.bath.kt > 0.0;
        let energy_at_start = landscape.energy(start.clone());
        let mut work = Tensor::zeros([shape[0]], &device);
        let mut acting: Option<Tensor<B, 2>> = None;
        let mut x = start;
        for step in 0..self.steps {
            if force.acts() {
                let next = force.at(step);
                work = work + work_of_change(acting, next.clone(), &x);
                acting = next;
            }
            let xi = if thermal { noise.normals(step, shape, &device) } else { None };
            x = self.dynamics.step(landscape, x, acting.clone(), xi);
            visit(step + 1, &x);
        }
        if force.acts() {
            work = work + work_of_change(acting, None, &x);
        }
        let heat = work.clone() + energy_at_start - landscape.energy(x.clone());
        Ok(Outcome { state: x, heat, work })
    }

    /// Passes a finite outcome on; for any other, runs again, looking at every step, to say where it diverged.
    fn checked<B: Backend>(
        &self,
        landscape: &Landscape<B>,
        start: Tensor<B, 2>,
        noise: &impl Noise<B>,
        force: &impl ExternalForce<B>,
        outcome: Outcome<B>,
    ) -> Result<Outcome<B>, LangevinError> {
        let bounds = self.bounds_of(landscape);
        if is_bounded(&outcome.state, &bounds) {
            return Ok(outcome);
        }
        let mut first: Option<(usize, Vec<f64>)> = None;
        self.integrate(landscape, start, noise, force, |step, x| {
            if first.is_none() && !is_bounded(x, &bounds) {
                first = Some((step, x.to_data().iter::<f64>().collect()));
            }
        })?;
        let (step, values) = first.unwrap_or((self.steps, outcome.state.to_data().iter::<f64>().collect()));
        let units = landscape.dims()[1];
        let index = values
            .iter()
            .enumerate()
            .position(|(i, x)| !within(*x, bounds[(i % units) % bounds.len()]))
            .unwrap_or(0);
        Err(LangevinError::Diverged {
            unit: index % units,
            replica: index / units,
            step,
            value: values[index],
            time_step: self.dynamics.time_step,
            suggestion: self.dynamics.time_step / 10.0,
        })
    }
}

fn check_start<B: Backend>(landscape: &Landscape<B>, start: &Tensor<B, 2>) -> Result<(), LangevinError> {
    let expected = landscape.dims();
    if start.dims() == expected {
        return Ok(());
    }
    Err(LangevinError::Shape { what: "start states", expected: expected.to_vec(), found: start.dims().to_vec() })
}

/// Recorded states, `[recorded, batch, units]`.
fn trajectories<B: LangevinBackend>(
    landscape: &Landscape<B>,
    start: Tensor<B, 2>,
    run: &Run,
) -> Result<Tensor<B, 3>, LangevinError> {
    check_start(landscape, &start)?;
    let raw = |tensor: Tensor<B, 2>| tensor.into_primitive().tensor();
    let states = B::trajectories(landscape.couplings().map(raw), raw(landscape.drive()), raw(start), run);
    Ok(Tensor::from_primitive(TensorPrimitive::Float(states)))
}

/// The end of trajectories on which no external force did work.
fn unforced<B: LangevinBackend>(
    landscape: &Landscape<B>,
    start: &Tensor<B, 2>,
    state: Tensor<B, 2>,
) -> Outcome<B> {
    let raw = |tensor: Tensor<B, 2>| tensor.into_primitive().tensor();
    let energy = |x: Tensor<B, 2>| -> Tensor<B, 1> {
        landscape.energy_by(x, |x, own| {
            let energies = B::energies(landscape.couplings().map(raw), raw(landscape.drive()), raw(x), own);
            Tensor::from_primitive(TensorPrimitive::Float(energies))
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

/// Whether a state is finite and within the bound (a NaN is not).
fn within(x: f64, bound: f64) -> bool {
    x.abs() <= bound
}

/// Whether all states are finite and within their bounds: one for all units, or one each.
fn is_bounded<B: Backend>(x: &Tensor<B, 2>, bounds: &[f64]) -> bool {
    is_bounded_by(x, bounds, kernels::reference::largest::<B>)
}

fn is_bounded_by<B: Backend>(
    x: &Tensor<B, 2>,
    bounds: &[f64],
    largest: impl FnOnce(FloatTensor<B>) -> f64,
) -> bool {
    let raw = |x: Tensor<B, 2>| x.into_primitive().tensor();
    if let [bound] = bounds {
        return within(largest(raw(x.clone())), *bound);
    }
    let inverse: Vec<f64> = bounds.iter().map(|bound| 1.0 / bound).collect();
    let inverse = Tensor::<B, 1>::from_data(TensorData::new(inverse, [bounds.len()]), &x.device());
    within(largest(raw(x.clone() * inverse.unsqueeze())), 1.0)
}
