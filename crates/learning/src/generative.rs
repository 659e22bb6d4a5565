//! What generators are trained by on the device's own dynamics: contrastive divergence on short runs, and the energy
//! distance of what they show.

use crate::pathwise::{part, with_heat};
use crate::{Alone, LearningError, Objective, Programmable, Rows, Share, Team, UnitEquilibrium};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{ElementConversion, Tensor};
use langevin::{
    Computer, CounterNoise, Landscape, LangevinAutodiffBackend, LangevinBackend, Outcome, Potential, Protocol,
    Simulation, UnitKind, stream,
};
use std::ops::Range;

/// What a generator should show in a training step.
#[derive(Debug, Clone)]
pub struct ShownBatch<B: Backend> {
    /// What the frozen class units show, `[batch, inputs]`; none for a computer without.
    pub inputs: Option<Tensor<B, 2>>,
    /// States that the visible units should have, `[batch, visible]`.
    pub visible: Tensor<B, 2>,
    /// The rows come in this many runs of equal length, each of one class.
    pub groups: usize,
}

/// Where they come from; each a pure function of the training step.
pub trait ShownSource<B: Backend>: Sync {
    /// The batch of training step `step`.
    ///
    /// # Errors
    /// Whatever keeps it from being made.
    fn batch(&self, step: usize) -> Result<ShownBatch<B>, LearningError>;

    /// A rank's share of the batch, with the `groups` of the whole. By default its rows of the whole; a source that can make them alone
    /// does less.
    ///
    /// # Errors
    /// As [`ShownSource::batch`].
    fn share(&self, step: usize, share: Share) -> Result<ShownBatch<B>, LearningError> {
        let batch = self.batch(step)?;
        let Range { start, end } = share.rows(batch.visible.dims()[0]);
        let rows = |states: Tensor<B, 2>| states.narrow(0, start, end - start);
        Ok(ShownBatch { inputs: batch.inputs.map(rows), visible: rows(batch.visible), ..batch })
    }
}

/// The device's own short runs: prepared in the units' own wells, then run for the observation time.
#[derive(Debug, Clone)]
pub struct ShortRun {
    /// The dynamics and the observation time. Training may take a coarser time step than generation.
    pub simulation: Simulation,
    /// The units in their own wells, from which every run starts.
    pub unit: UnitEquilibrium,
    /// Seed of preparation and noise.
    pub seed: u64,
}

impl ShortRun {
    /// Runs a batch, of which a rank has these rows: its states at the observation time, `[batch, moving]`, and its heat.
    ///
    /// (The preparation is drawn from its Boltzmann distribution; relaxing for 2.5/μ comes within 1e-4 of it.)
    ///
    /// # Errors
    /// [`LearningError::Langevin`] when the dynamics diverges.
    pub fn run<B: LangevinBackend>(
        &self,
        protocol: &Protocol<Landscape<B>>,
        step: usize,
        rows: Rows,
    ) -> Result<Outcome<B>, LearningError> {
        let (start, noise) = self.prepared(protocol, step, rows);
        Ok(self.simulation.run_protocol(protocol, start, &noise)?)
    }

    /// The states of [`ShortRun::run`] alone.
    ///
    /// # Errors
    /// As it.
    pub fn end<B: LangevinBackend>(
        &self,
        protocol: &Protocol<Landscape<B>>,
        step: usize,
        rows: Rows,
    ) -> Result<Tensor<B, 2>, LearningError> {
        let (start, noise) = self.prepared(protocol, step, rows);
        Ok(self.simulation.end_protocol(protocol, start, &noise)?)
    }

    fn prepared<B: LangevinBackend>(
        &self,
        protocol: &Protocol<Landscape<B>>,
        step: usize,
        rows: Rows,
    ) -> (Tensor<B, 2>, CounterNoise) {
        let [_, units] = protocol.dims();
        let replicas: Vec<u64> = rows.replicas(step).collect();
        let device = protocol.potentials()[0].device();
        let start = self.unit.draw(stream(self.seed, "preparation"), &replicas, units, &device);
        (start, CounterNoise::new(stream(self.seed, "short run"), replicas))
    }
}

/// Contrastive divergence on the device's own short runs:
///
/// ```text
/// L(θ) = ⟨V_θ(v, φ(−b − Jv))⟩_data − ⟨V_θ(x(t_f))⟩_runs        ∂L/∂J_ij = ⟨x_i x_j⟩_data − ⟨x_i x_j⟩_runs
/// ```
///
/// The hidden units of the data are at their thermal mean given the visible ones, which is exact if no hidden units couple to
/// each other. The runs start where the device starts and end when it is read, so that what is learnt is a program for that time,
/// not for equilibrium. A program in segments is refused: L has no gradient for any but the last. States are held fixed in ∂/∂θ.
/// (G. Hinton, Neural Comput. 14, 1771 (2002); E. Nijkamp et al., NeurIPS 2019.)
#[derive(Debug, Clone)]
pub struct ContrastiveObjective<S> {
    /// Data.
    pub source: S,
    /// Runs.
    pub runs: ShortRun,
}

impl<S> ContrastiveObjective<S> {
    /// L of a batch at training step `step`, `[1]`.
    ///
    /// # Errors
    /// [`LearningError::Langevin`] when the dynamics diverges.
    pub fn batch_loss<B: LangevinAutodiffBackend>(
        &self,
        computer: &Computer<B>,
        batch: ShownBatch<B::InnerBackend>,
        step: usize,
    ) -> Result<Tensor<B, 1>, LearningError> {
        self.part_of_loss(computer, batch, step, &Alone)
    }

    fn part_of_loss<B: LangevinAutodiffBackend>(
        &self,
        computer: &Computer<B>,
        batch: ShownBatch<B::InnerBackend>,
        step: usize,
        team: &dyn Team,
    ) -> Result<Tensor<B, 1>, LearningError> {
        let rows = team.rows(batch.visible.dims()[0])?;
        let landscape = computer.landscape_of(batch.inputs.clone().map(Tensor::from_inner), rows.count)?;
        let fixed = landscape.clone().inner();
        let hidden = computer.layout().range(UnitKind::Hidden);
        let [from, count] = [hidden.start, hidden.len()];
        let visible_count = batch.visible.dims()[1];
        let couplings = computer.symmetric_couplings().inner().narrow(0, 0, visible_count).narrow(1, from, count);
        let force = batch.visible.clone().matmul(couplings) + fixed.drive().narrow(1, from, count);
        let data = Tensor::cat(vec![batch.visible, self.runs.unit.mean(force.neg())], 1);
        let ends = self.runs.end(&Protocol::constant(fixed), step, rows)?;
        let energy = |x| landscape.energy(Tensor::from_inner(x));
        Ok(part((energy(data) - energy(ends)).mean(), rows))
    }
}

impl<B, M, S> Objective<B, M> for ContrastiveObjective<S>
where
    B: LangevinAutodiffBackend,
    M: Programmable<B>,
    S: ShownSource<<B as AutodiffBackend>::InnerBackend>,
{
    /// What should be shown, and the training step whose runs are to show it.
    type Batch = (ShownBatch<B::InnerBackend>, usize);

    fn quantity(&self) -> &'static str {
        "loss"
    }

    fn batch(&self, step: usize) -> Result<Self::Batch, LearningError> {
        Ok((self.source.batch(step)?, step))
    }

    fn loss(&self, model: &M, (batch, step): Self::Batch) -> Result<Tensor<B, 1>, LearningError> {
        self.batch_loss(model.computer(), batch, step)
    }

    fn share(&self, step: usize, share: Share) -> Result<Self::Batch, LearningError> {
        Ok((self.source.share(step, share)?, step))
    }

    fn part(&self, model: &M, (batch, step): Self::Batch, team: &dyn Team) -> Result<Tensor<B, 1>, LearningError> {
        self.part_of_loss(model.computer(), batch, step, team)
    }
}

/// A view of visible states in which distances are taken: the states themselves, or features of what is read out.
pub trait View<B: Backend>: Sync {
    /// `[batch, visible]` → `[batch, features]`
    fn features(&self, visible: Tensor<B, 2>) -> Tensor<B, 2>;

    /// Weight of its energy distance.
    fn weight(&self) -> f64;
}

/// The visible states themselves.
#[derive(Debug, Clone, Copy)]
pub struct States(
    /// Weight of its energy distance.
    pub f64,
);

impl<B: Backend> View<B> for States {
    fn features(&self, visible: Tensor<B, 2>) -> Tensor<B, 2> {
        visible
    }

    fn weight(&self) -> f64 {
        self.0
    }
}

/// The pathwise objective of generators: with the noise held fixed, what a run shows is a differentiable function of the
/// program, and so is its energy distance to the data,
///
/// ```text
/// L(θ) = Σ_views w [2⟨|X − Y|⟩ − ⟨|X − X′|⟩ − ⟨|Y − Y′|⟩] + h ⟨Q⟩/kT + (s/2) max(0, ⟨Q⟩/(H kT) − 1)²
/// ```
///
/// X, X′ shown by different runs and Y, Y′ data of the same class, distances in the features of each view: zero if and only if both
/// have one distribution (G. Székely and M. Rizzo, J. Stat. Plan. Inference 143, 1249 (2013)). The means leave out a sample's
/// distance to itself, so that the estimate is unbiased.
pub struct EnergyDistanceObjective<B: Backend, S> {
    /// Data.
    pub source: S,
    /// Runs.
    pub runs: ShortRun,
    /// Views.
    pub views: Vec<Box<dyn View<B>>>,
    /// h: price of a kT of heat.
    pub heat_price: f64,
    /// H: mean heat in kT that the training keeps to, s being [`crate::BUDGET_STIFFNESS`]. `None`: no such bound.
    pub heat_budget: Option<f64>,
}

/// Energy distance of `x` and `y`, averaged over `groups` runs of rows: `[1]`.
///
/// # Shapes
/// `[rows, features]` each, the groups one after the other
pub fn energy_distance<B: Backend>(x: Tensor<B, 2>, y: Tensor<B, 2>, groups: usize) -> Tensor<B, 1> {
    let [rows, features] = x.dims();
    let n = rows / groups;
    let (x, y): (Tensor<B, 3>, Tensor<B, 3>) =
        (x.reshape([groups, n, features]), y.reshape([groups, n, features]));
    let distances = |a: &Tensor<B, 3>, b: &Tensor<B, 3>| -> Tensor<B, 3> {
        let squares = |t: &Tensor<B, 3>| (t.clone() * t.clone()).sum_dim(2);
        let cross = a.clone().matmul(b.clone().swap_dims(1, 2));
        let square = squares(a) + squares(b).swap_dims(1, 2) - cross * 2.0;
        // Rounding may leave a small negative; the square root needs a slope everywhere.
        (square.clamp_min(0.0) + 1e-6).sqrt()
    };
    let off = (Tensor::<B, 2>::eye(n, &x.device()).neg() + 1.0).unsqueeze::<3>();
    let others = (groups * n * (n - 1).max(1)) as f64;
    let within = |t: &Tensor<B, 3>| (distances(t, t) * off.clone()).sum() / others;
    distances(&x, &y).mean() * 2.0 - within(&x) - within(&y)
}

impl<B, S> EnergyDistanceObjective<B, S>
where
    B: LangevinAutodiffBackend,
{
    /// L of a batch at training step `step`, `[1]`.
    ///
    /// # Errors
    /// [`LearningError::Langevin`] when the dynamics diverges.
    pub fn batch_loss(
        &self,
        computer: &Computer<B>,
        batch: ShownBatch<B::InnerBackend>,
        step: usize,
    ) -> Result<Tensor<B, 1>, LearningError> {
        self.part_of_loss(computer, batch, step, &Alone)
    }

    /// A rank's part: the distances are those of all rows, whose gradients by its own runs are this rank's.
    fn part_of_loss(
        &self,
        computer: &Computer<B>,
        batch: ShownBatch<B::InnerBackend>,
        step: usize,
        team: &dyn Team,
    ) -> Result<Tensor<B, 1>, LearningError> {
        let rows = team.rows(batch.visible.dims()[0])?;
        let protocol = computer.protocol(batch.inputs.map(Tensor::from_inner), rows.count)?;
        let (end, heat) = if self.heat_price > 0.0 || self.heat_budget.is_some() {
            let outcome = self.runs.run(&protocol, step, rows)?;
            (outcome.state, Some(outcome.heat))
        } else {
            (self.runs.end(&protocol, step, rows)?, None)
        };
        let shown = computer.visible_of(end);
        let data = Tensor::from_inner(batch.visible);
        let mut loss: Option<Tensor<B, 1>> = None;
        for view in &self.views {
            let [x, y] = [&shown, &data].map(|states| team.stacked(view.features(states.clone())));
            let term = energy_distance(x?, y?, batch.groups) * view.weight();
            loss = Some(match loss {
                Some(loss) => loss + term,
                None => term,
            });
        }
        let mut loss = loss.unwrap_or_else(|| Tensor::zeros([1], &computer.device()));
        if team.ranks() > 1 {
            // Every rank has the whole value, and the gradient of its own rows.
            let value = loss.clone().into_scalar().elem::<f64>();
            loss = loss - value * (1.0 - 1.0 / team.ranks() as f64);
        }
        let unit = self.runs.simulation.dynamics.bath.heat_unit();
        match heat {
            Some(heat) => with_heat(loss, part(heat.mean() / unit, rows), self.heat_price, self.heat_budget, team),
            None => Ok(loss),
        }
    }
}

impl<B, M, S> Objective<B, M> for EnergyDistanceObjective<B, S>
where
    B: LangevinAutodiffBackend,
    M: Programmable<B>,
    S: ShownSource<<B as AutodiffBackend>::InnerBackend>,
{
    /// What should be shown, and the training step whose runs are to show it.
    type Batch = (ShownBatch<B::InnerBackend>, usize);

    fn quantity(&self) -> &'static str {
        "loss"
    }

    fn batch(&self, step: usize) -> Result<Self::Batch, LearningError> {
        Ok((self.source.batch(step)?, step))
    }

    fn loss(&self, model: &M, (batch, step): Self::Batch) -> Result<Tensor<B, 1>, LearningError> {
        self.batch_loss(model.computer(), batch, step)
    }

    fn share(&self, step: usize, share: Share) -> Result<Self::Batch, LearningError> {
        Ok((self.source.share(step, share)?, step))
    }

    fn part(&self, model: &M, (batch, step): Self::Batch, team: &dyn Team) -> Result<Tensor<B, 1>, LearningError> {
        self.part_of_loss(model.computer(), batch, step, team)
    }
}
