//! The exact minimum for a program in segments: the action separates, so that each has one of its own.

use super::{Minimum, Moments};
use crate::team::Number;
use crate::{LearningError, Team};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use langevin::{Clock, Computer, LangevinError, ParameterValues, Simulation, Transitions, Well, runs_of_segments};

/// The [`Moments`] of each segment of a program, gathered in one pass over the transitions.
#[derive(Debug, Clone)]
pub struct ProgramMoments {
    of: Vec<Moments>,
    /// Steps after which the next segment acts.
    switches: Vec<usize>,
    simulation: Simulation,
}

impl ProgramMoments {
    /// No moments yet, of a computer with these inputs and moving units whose program follows `clock`.
    ///
    /// # Errors
    /// [`LearningError::Langevin`] when a switch is not at a time step.
    pub fn new(
        inputs: usize,
        units: usize,
        well: Well,
        simulation: &Simulation,
        clock: &Clock,
    ) -> Result<Self, LearningError> {
        let of = vec![Moments::new(inputs, units, well, &simulation.dynamics); clock.segments()];
        Ok(Self { of, switches: clock.switches(simulation.steps)?, simulation: *simulation })
    }

    /// Adds transitions at the given time steps, each to the segment that it lies in.
    ///
    /// # Shapes
    /// `inputs`: `[batch, inputs]`; transitions `[times.len(), batch, units]`
    ///
    /// # Errors
    /// [`LearningError::Setting`] when the transitions are not of these units and inputs; [`LearningError::Langevin`] when there are
    /// not as many as time steps.
    pub fn add<B: Backend>(
        &mut self,
        inputs: Option<Tensor<B, 2>>,
        transitions: &Transitions<B>,
        times: &[usize],
    ) -> Result<(), LearningError> {
        let found = transitions.from.dims()[0];
        if found != times.len() {
            let expected = vec![times.len()];
            return Err(LangevinError::Shape { what: "transitions", expected, found: vec![found] }.into());
        }
        if let [moments] = self.of.as_mut_slice() {
            return moments.add(inputs, transitions);
        }
        for (segment, rows) in runs_of_segments(&self.switches, times) {
            self.of[segment].add(inputs.clone(), &transitions.at(rows))?;
        }
        Ok(())
    }

    /// The moments of the transitions that all ranks have added.
    ///
    /// # Errors
    /// As [`Moments::of_all`].
    pub fn of_all(self, team: &dyn Team) -> Result<Self, LearningError> {
        let of = self.of.into_iter().map(|moments| moments.of_all(team)).collect::<Result<_, _>>()?;
        Ok(Self { of, ..self })
    }

    /// Steps of each segment.
    fn steps(&self) -> Vec<usize> {
        let ends = self.switches.iter().copied().chain([self.simulation.steps]);
        ends.scan(0, |before, end| Some(end - std::mem::replace(before, end))).collect()
    }

    /// The program that minimises the action, plus a ridge λ θ² (see [`Moments::minimise`]), segment by segment. Of the segments, the
    /// condition number is the largest, the iterations are summed, and residuals are means over the steps.
    ///
    /// # Errors
    /// As [`Moments::minimise`], which a segment without a transition is an error for, too.
    pub fn minimise<B: Backend>(&self, computer: &Computer<B>, ridge: f64) -> Result<Minimum, LearningError> {
        let found = self.of.iter().map(|moments| moments.minimise(computer, ridge));
        let mut minima = found.collect::<Result<Vec<Minimum>, _>>()?;
        if minima.len() == 1 {
            return Ok(minima.remove(0));
        }
        let total = self.simulation.steps as f64;
        let mut residuals = vec![0.0; minima[0].residuals.len()];
        for (minimum, steps) in minima.iter().zip(self.steps()) {
            for (sum, residual) in residuals.iter_mut().zip(&minimum.residuals) {
                *sum += residual * steps as f64 / total;
            }
        }
        let values = minima.iter().flat_map(|minimum| minimum.values.values.iter().copied()).collect();
        Ok(Minimum {
            values: ParameterValues { blocks: computer.parameters().blocks, values },
            residuals,
            condition: minima.iter().fold(0.0, |most, minimum| minimum.condition.max(most)),
            iterations: minima.iter().map(|minimum| minimum.iterations).sum(),
        })
    }

    /// As [`ProgramMoments::minimise`], of the moments of all ranks. Rank 0 solves the equations, so that all have the same solution.
    ///
    /// # Errors
    /// As it, and [`LearningError::Team`].
    pub fn minimise_in<B: Backend>(
        &self,
        team: &dyn Team,
        computer: &Computer<B>,
        ridge: f64,
    ) -> Result<Minimum, LearningError> {
        if team.ranks() == 1 {
            return self.minimise(computer, ridge);
        }
        let moments = self.clone().of_all(team)?;
        let bytes = team.by_first(|| -> Result<_, LearningError> {
            let Minimum { values, residuals, condition, iterations } = moments.minimise(computer, ridge)?;
            let numbers = [condition, iterations as f64].into_iter().chain(values.values).chain(residuals);
            Ok(numbers.flat_map(f64::to_le_bytes).collect())
        })?;
        let numbers = <f64 as Number>::read(&bytes);
        let blocks = computer.parameters().blocks;
        let total = computer.parameters().total();
        let [condition, iterations, rest @ ..] = numbers.as_slice() else {
            return Err(LearningError::Team(
                "rank 0 gave no minimum; start all ranks with the same command".to_owned(),
            ));
        };
        let (values, residuals) = rest.split_at(total.min(rest.len()));
        Ok(Minimum {
            values: ParameterValues { blocks, values: values.to_vec() },
            residuals: residuals.to_vec(),
            condition: *condition,
            iterations: *iterations as usize,
        })
    }

    /// The mean action of a whole trajectory at a minimum.
    pub fn action_at(&self, minimum: &Minimum, kt: f64) -> f64 {
        self.of[0].action_at(minimum, self.simulation.steps, kt)
    }
}
