//! What the time step decides of the results: the same Brownian path at several of them.

use crate::config::Dynamics;
use crate::{TaskError, accuracy_stderr, mean_and_std};
use burn::tensor::Tensor;
use langevin::{
    BrownianPath, Clock, CounterNoise, Landscape, LangevinBackend, LangevinError, Outcome, Protocol, Simulation,
};
use runs::Halving;

/// Doublings of the run's own time step that are tried.
const DOUBLINGS: u32 = 4;

/// A time step: the run's own, doubled or halved.
#[derive(Debug, Clone, Copy)]
struct Rung {
    simulation: Simulation,
    /// How often the run's own was doubled; −1 for halved.
    doublings: i32,
}

/// Trajectories on one path at time steps that are halves of one another.
pub(crate) struct Ladder {
    rungs: Vec<Rung>,
    /// What has been found at each but the last.
    found: Vec<Found>,
    heat_unit: f64,
}

/// What halving a time step changed, trajectory by trajectory.
#[derive(Debug, Default, Clone)]
struct Found {
    squares: Vec<f64>,
    heats: Vec<f64>,
    changed: Option<usize>,
    diverged: bool,
}

impl Ladder {
    /// The time steps of a run that fit its observation time and its program, from the longest to half its own.
    ///
    /// # Errors
    /// [`TaskError::Config`] when half the run's own does not fit, which no run of this program has.
    pub(crate) fn new(dynamics: &Dynamics, clock: &Clock) -> Result<Self, TaskError> {
        let at = |doublings: i32| -> Result<Rung, TaskError> {
            let changed = dynamics.at_time_step(dynamics.time_step() * 2f64.powi(doublings))?;
            let simulation = changed.simulation();
            clock.switches(simulation.steps)?;
            Ok(Rung { simulation, doublings })
        };
        let mut rungs = vec![at(-1)?, at(0)?];
        rungs.extend((1..=DOUBLINGS as i32).map_while(|doublings| at(doublings).ok()));
        rungs.reverse();
        let found = vec![Found::default(); rungs.len() - 1];
        Ok(Self { rungs, found, heat_unit: dynamics.simulation().dynamics.bath.heat_unit() })
    }

    /// Trajectories of a batch in all.
    pub(crate) fn runs(&self) -> usize {
        self.rungs.len()
    }

    /// Runs a batch at each time step; `states` reads the states to compare off the end, `answers` the answers, if there are any.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] when the dynamics diverges at the run's own time step, or at half of it.
    pub(crate) fn add<B: LangevinBackend>(
        &mut self,
        protocol: &Protocol<Landscape<B>>,
        start: &Tensor<B, 2>,
        noise: &CounterNoise,
        answers: Option<&dyn Fn(Tensor<B, 2>) -> Vec<Option<usize>>>,
        mut progress: impl FnMut(),
    ) -> Result<(), TaskError> {
        let mut before: Option<Outcome<B>> = None;
        for (index, rung) in self.rungs.iter().enumerate() {
            let path = match rung.doublings {
                -1 => BrownianPath::halved(noise.clone(), 1),
                doublings => BrownianPath::doubled(noise.clone(), doublings as u32),
            };
            let outcome = match rung.simulation.run_protocol(protocol, start.clone(), &path) {
                Ok(outcome) => Some(outcome),
                Err(LangevinError::Diverged { .. }) if rung.doublings > 0 => None,
                Err(error) => return Err(error.into()),
            };
            progress();
            if let Some(found) = index.checked_sub(1).map(|coarser| &mut self.found[coarser]) {
                match (&before, &outcome) {
                    (Some(coarse), Some(fine)) => found.add(coarse, fine, self.heat_unit, answers),
                    _ => found.diverged = true,
                }
            }
            before = outcome;
        }
        Ok(())
    }

    /// What each halving changed, from the longest time step on at which nothing diverges.
    pub(crate) fn halvings(&self) -> Vec<Halving> {
        let first = self.found.iter().rposition(|found| found.diverged).map_or(0, |last| last + 1);
        let rows = self.rungs.iter().zip(&self.found).skip(first);
        rows.map(|(rung, found)| found.halving(rung.simulation.dynamics.time_step)).collect()
    }

    /// The longest time step at which less than 0.1 % of the answers change, by more than the standard error.
    pub(crate) fn answers_hold_at(halvings: &[Halving]) -> Option<f64> {
        let hold = |row: &&Halving| row.answers.zip(row.answers_stderr).is_some_and(|(p, e)| p + e < 1e-3);
        halvings.iter().find(hold).map(|row| row.time_step)
    }
}

impl Found {
    fn add<B: LangevinBackend>(
        &mut self,
        coarse: &Outcome<B>,
        fine: &Outcome<B>,
        heat_unit: f64,
        answers: Option<&dyn Fn(Tensor<B, 2>) -> Vec<Option<usize>>>,
    ) {
        let change = coarse.state.clone() - fine.state.clone();
        self.squares.extend((change.clone() * change).mean_dim(1).into_data().iter::<f64>());
        let heat = (fine.heat.clone() - coarse.heat.clone()) / heat_unit;
        self.heats.extend(heat.into_data().iter::<f64>());
        if let Some(answers) = answers {
            let [coarse, fine] = [coarse, fine].map(|outcome| answers(outcome.state.clone()));
            let changed = coarse.iter().zip(&fine).filter(|(a, b)| a != b).count();
            self.changed = Some(self.changed.unwrap_or(0) + changed);
        }
    }

    fn halving(&self, time_step: f64) -> Halving {
        let n = self.squares.len().max(1);
        let root_n = (n as f64).sqrt();
        let (square, spread) = mean_and_std(&self.squares);
        let (heat, heat_spread) = mean_and_std(&self.heats);
        let state_rms = square.sqrt();
        let answers = self.changed.map(|changed| changed as f64 / n as f64);
        Halving {
            time_step,
            state_rms,
            // Of the root of a mean, by its slope.
            state_rms_stderr: if state_rms > 0.0 { spread / root_n / (2.0 * state_rms) } else { 0.0 },
            heat_kt: heat,
            heat_stderr_kt: heat_spread / root_n,
            answers,
            // Where none changed, one of them might have.
            answers_stderr: self.changed.map(|k| accuracy_stderr((k as f64 + 1.0) / (n as f64 + 2.0), n)),
        }
    }
}
