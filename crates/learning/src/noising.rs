//! Paper B's noising: images are imprinted on units that do not interact, and dissolve into their own wells' noise.

use crate::{Batches, LearningError, Random, Share, TrajectorySource, TransitionBatch};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};
use langevin::{CounterNoise, Landscape, LangevinBackend, RampedForce, Simulation, Transitions, Well, stream};
use serde::{Deserialize, Serialize};

/// The forces of noising:
///
/// ```text
/// preparation, from x = 0 for t_f:   f_i = F s_i
/// noising, for t_f:                  f_i = F s_i (1 − t / (r t_f)) until r t_f, then 0
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoisingProtocol {
    /// F: force a unit of pixel (paper B: 2).
    pub force: f64,
    /// r: fraction of t_f after which the force is gone (paper B: 0.75).
    pub ramp: f64,
}

impl Default for NoisingProtocol {
    fn default() -> Self {
        Self { force: 2.0, ramp: 0.75 }
    }
}

/// Images on the units, to be noised.
#[derive(Debug, Clone)]
pub struct Noising<B: Backend> {
    /// s of every moving unit for each image, `[images, units]`.
    patterns: Tensor<B, 2>,
    /// Constant force that stays throughout (asymmetric preparation), `[units]`; none in the paper.
    rest: Option<Tensor<B, 1>>,
    protocol: NoisingProtocol,
    well: Well,
    simulation: Simulation,
    seed: u64,
}

impl<B: LangevinBackend> Noising<B> {
    /// The noising of the given patterns under a simulation whose observation time is t_f of both halves.
    ///
    /// # Shapes
    /// `patterns`: `[images, moving units]`, hidden units included
    pub fn new(
        patterns: Tensor<B, 2>,
        protocol: NoisingProtocol,
        well: Well,
        simulation: Simulation,
        seed: u64,
    ) -> Self {
        Self { patterns, rest: None, protocol, well, simulation, seed }
    }

    /// The same with a force that the preparation of a generation has too: f_i goes from F s_i to it instead of to 0.
    ///
    /// # Shapes
    /// `rest`: `[moving units]`
    #[must_use]
    pub fn with_rest(self, rest: Option<Tensor<B, 1>>) -> Self {
        Self { rest, ..self }
    }

    /// Images there are.
    pub fn images(&self) -> usize {
        self.patterns.dims()[0]
    }

    /// Time steps of a noising.
    pub fn steps(&self) -> usize {
        self.simulation.steps
    }

    /// States that the images prepare: thermal ensembles under the constant force F s.
    ///
    /// # Shapes
    /// `[images.len(), units]`; `first` is the replica of the first, the others follow
    ///
    /// # Errors
    /// [`LearningError::Langevin`] when the dynamics diverges.
    pub fn prepared(&self, images: &[usize], first: u64) -> Result<Tensor<B, 2>, LearningError> {
        let force = picked(&self.patterns, images) * self.protocol.force;
        let wells = Landscape::uncoupled(force.neg(), self.well);
        let noise =
            CounterNoise::new(stream(self.seed, "noising preparation"), first..first + images.len() as u64);
        Ok(self.simulation.end(&wells, wells.drive().zeros_like(), &noise)?)
    }

    /// States of the noising at every `every`-th step, the first (as prepared) and the last included:
    /// `[recorded, images.len(), units]`.
    ///
    /// # Errors
    /// As [`Noising::prepared`].
    pub fn noised(&self, images: &[usize], first: u64, every: usize) -> Result<Tensor<B, 3>, LearningError> {
        let start = self.prepared(images, first)?;
        let noise = CounterNoise::new(stream(self.seed, "noising"), first..first + images.len() as u64);
        let gone = self.protocol.ramp * self.simulation.steps as f64;
        let mut pattern = picked(&self.patterns, images) * self.protocol.force;
        let mut drive = pattern.zeros_like();
        if let Some(rest) = &self.rest {
            pattern = pattern - rest.clone().unsqueeze();
            drive = drive - rest.clone().unsqueeze();
        }
        let wells = Landscape::uncoupled(drive, self.well);
        let force = RampedForce { pattern, amplitude: |step: usize| (1.0 - step as f64 / gone).max(0.0) };
        Ok(self.simulation.record(&wells, start, &noise, &force, every)?.states)
    }

    /// The steps of a generation that the reversed transitions of these steps of a noising are: it runs backwards.
    pub fn generation_steps(&self, times: &[usize]) -> Vec<usize> {
        times.iter().map(|t| self.steps() - 1 - t).collect()
    }

    /// The reversed transitions of the noising at the given time steps: from the state at the end of a step to the one at
    /// its start, so that their action is −ln P̃ of paper B, with the drift at the end-of-step state.
    ///
    /// # Shapes
    /// `[times, images.len(), units]` each
    ///
    /// # Errors
    /// As [`Noising::prepared`].
    pub fn reversed(
        &self,
        images: &[usize],
        first: u64,
        times: &[usize],
    ) -> Result<Transitions<B>, LearningError> {
        let states = self.noised(images, first, 1)?;
        let steps = self.steps();
        let transitions = if times.len() == steps {
            Transitions { from: states.clone().narrow(0, 0, steps), to: states.narrow(0, 1, steps) }
        } else {
            let ends: Vec<usize> = times.iter().map(|t| t + 1).collect();
            Transitions { from: picked(&states, times), to: picked(&states, &ends) }
        };
        Ok(transitions.reversed())
    }
}

/// These rows, in the order given.
fn picked<B: Backend, const D: usize>(rows: &Tensor<B, D>, indices: &[usize]) -> Tensor<B, D> {
    let indices: Vec<i64> = indices.iter().map(|i| *i as i64).collect();
    rows.clone().select(0, Tensor::<B, 1, Int>::from_data(indices.as_slice(), &rows.device()))
}

/// Batches of reversed noising trajectories, the images in turn, every trajectory a fresh one.
#[derive(Debug, Clone)]
pub struct ReversedNoising<B: Backend> {
    /// The noising.
    pub noising: Noising<B>,
    /// What the frozen units show for each image, `[images, inputs]`; none for a computer without.
    pub inputs: Option<Tensor<B, 2>>,
    /// Trajectories of a batch (paper B: 1).
    pub batch: usize,
    /// Random time steps of a batch, from equal strata; all of them if not fewer than there are (paper B).
    pub times: usize,
    /// Seed of the time steps and of the order of many images.
    pub seed: u64,
}

impl<B: LangevinBackend> ReversedNoising<B> {
    /// Images of a training step: in turn while they are few, a permutation an epoch if they are many.
    fn images_at(&self, step: usize) -> Vec<usize> {
        let images = self.noising.images();
        if images <= 100 {
            return (0..self.batch).map(|i| (step * self.batch + i) % images).collect();
        }
        Batches::new(images, self.batch, self.seed).at(step)
    }
}

impl<B: LangevinBackend> TrajectorySource<B> for ReversedNoising<B> {
    fn batch(&self, step: usize) -> Result<TransitionBatch<B>, LearningError> {
        self.share(step, Share::WHOLE)
    }

    fn share(&self, step: usize, share: Share) -> Result<TransitionBatch<B>, LearningError> {
        let images = self.images_at(step);
        let rows = share.rows(images.len());
        let steps = self.noising.steps();
        let times: Vec<usize> = if self.times >= steps {
            (0..steps).collect()
        } else {
            Random::new(self.seed, "time steps", step as u64).stratified_steps(self.times, steps)
        };
        // A trajectory has the noise of its place in the whole batch.
        let first = (step * self.batch + rows.start) as u64;
        let images = &images[rows];
        let transitions = self.noising.reversed(images, first, &times)?;
        let inputs = self.inputs.as_ref().map(|inputs| picked(inputs, images));
        Ok(TransitionBatch { inputs, transitions, times: self.noising.generation_steps(&times), steps })
    }
}
