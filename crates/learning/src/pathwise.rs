//! Training through the dynamics itself: the loss of what noisy trajectories show at the observation time.

use crate::{Alone, HardwareModel, LearningError, Objective, Programmable, Rows, Share, Team, cross_entropy};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{ElementConversion, Int, Tensor, TensorData};
use langevin::{
    Computer, CounterNoise, Landscape, LangevinAutodiffBackend, LangevinBackend, Protocol, Simulation,
    fill_standard_normal, input_drive, stream,
};
use std::ops::Range;

/// Labelled inputs of a training step.
#[derive(Debug, Clone)]
pub struct LabelledBatch<B: Backend> {
    /// Frozen inputs, `[batch, inputs]`.
    pub inputs: Tensor<B, 2>,
    /// Classes, `[batch]`.
    pub labels: Tensor<B, 1, Int>,
}

/// Where labelled batches come from; each a pure function of the training step.
pub trait LabelledSource<B: Backend>: Sync {
    /// The batch of training step `step`.
    ///
    /// # Errors
    /// Whatever keeps it from being made.
    fn batch(&self, step: usize) -> Result<LabelledBatch<B>, LearningError>;

    /// A rank's share of the batch. By default its rows of the whole; a source that can make them alone does less.
    ///
    /// # Errors
    /// As [`LabelledSource::batch`].
    fn share(&self, step: usize, share: Share) -> Result<LabelledBatch<B>, LearningError> {
        let LabelledBatch { inputs, labels } = self.batch(step)?;
        let Range { start, end } = share.rows(inputs.dims()[0]);
        Ok(LabelledBatch {
            inputs: inputs.narrow(0, start, end - start),
            labels: labels.narrow(0, start, end - start),
        })
    }
}

/// s in nats: how hard a [heat budget](PathwiseObjective::heat_budget) is. Where heat is worth −dL/d ln Q nats, the mean
/// exceeds its budget by that over s: by one or two percent in classification, where a tenth of a nat is usual.
pub const BUDGET_STIFFNESS: f64 = 5.0;

/// The pathwise (reparameterised) objective: with the noise ξ held fixed, a trajectory is a differentiable function of
/// the parameters θ, and so is its loss
///
/// ```text
/// L(θ) = ⟨−ln softmax(g y(x(t_f)))_label⟩ + h ⟨Q⟩ / kT + (s/2) max(0, ⟨Q⟩ / (H kT) − 1)²
/// ```
///
/// y the read-out, g the `gain` that turns states of order 1 into logits, Q the heat (V(x(0)) − V(x(t_f)) of a program that does
/// not change), h its price, H the budget of the mean
/// heat and s = [`BUDGET_STIFFNESS`]. The means are over the batch, every example on one trajectory with fresh noise each
/// step, so that ∇L is an unbiased estimate of the gradient of the expected loss (with a budget, but for the spread of a
/// batch's mean heat about its expectation). The start is rest, x(0) = 0.
///
/// A price finds only the points of the accuracy–heat front where it is convex; a budget finds the others too.
#[derive(Debug, Clone)]
pub struct PathwiseObjective<S> {
    /// Labelled batches.
    pub source: S,
    /// Dynamics and observation time. Training may take a coarser time step than the evaluation.
    pub simulation: Simulation,
    /// g: logits a unit of output.
    pub gain: f64,
    /// h: price of a kT of heat. 0 trains for accuracy alone.
    pub heat_price: f64,
    /// H: mean heat in kT that the training keeps to, to a few percent. `None`: no such bound.
    pub heat_budget: Option<f64>,
    /// Relative errors of the hardware that is trained for, as [`HardwareModel::relative`] makes them: at every step the
    /// batch runs on a device of its own (noise-aware training). 0 trains for one that does as told.
    pub mismatch: f64,
    /// Seed of the run; the noise is that of its `pathwise` stream.
    pub seed: u64,
}

impl<S> PathwiseObjective<S> {
    /// The mean loss of a batch under the noise of training step `step`, `[1]`.
    ///
    /// # Errors
    /// [`LearningError::Langevin`] when the dynamics diverges.
    pub fn batch_loss<B: LangevinAutodiffBackend, M: Programmable<B>>(
        &self,
        model: &M,
        batch: LabelledBatch<B::InnerBackend>,
        step: usize,
    ) -> Result<Tensor<B, 1>, LearningError> {
        self.part_of_loss(model, batch, step, &Alone)
    }

    /// A rank's part of the mean loss of a batch, of which it has these rows. The budget is one of the mean heat of all rows.
    fn part_of_loss<B: LangevinAutodiffBackend, M: Programmable<B>>(
        &self,
        model: &M,
        batch: LabelledBatch<B::InnerBackend>,
        step: usize,
        team: &dyn Team,
    ) -> Result<Tensor<B, 1>, LearningError> {
        let inputs = Tensor::from_inner(batch.inputs);
        let (device, computer, [replicas, _]) = (inputs.device(), model.computer(), inputs.dims());
        let protocol = if self.mismatch > 0.0 {
            // A coupler errs in every segment of the program alike: `mismatched` draws the same errors for each.
            let seed = stream(self.seed, "mismatch");
            let of = |program: &Computer<B>| mismatched(program, inputs.clone(), self.mismatch, seed, step);
            let landscapes = computer.programs().iter().map(of).collect::<Result<_, _>>()?;
            Protocol::new(landscapes, computer.clock().clone())?
        } else {
            computer.protocol(Some(inputs), replicas)?
        };
        let rows = team.rows(replicas)?;
        let noise = CounterNoise::new(stream(self.seed, "pathwise"), rows.replicas(step));
        let rest = Tensor::zeros(protocol.dims(), &device);
        let labels = Tensor::from_inner(batch.labels);
        let classified = |state: Tensor<B, 2>| classification_loss(model, state, labels, self.gain);
        if self.heat_price == 0.0 && self.heat_budget.is_none() {
            return Ok(part(classified(self.simulation.end_protocol(&protocol, rest, &noise)?), rows));
        }
        let outcome = self.simulation.run_protocol(&protocol, rest, &noise)?;
        let loss = classified(outcome.state);
        let heat = outcome.heat.mean() / self.simulation.dynamics.bath.heat_unit();
        with_heat(part(loss, rows), part(heat, rows), self.heat_price, self.heat_budget, team)
    }
}

/// A rank's part of a mean over all rows of a batch: the mean over its own, by their number.
pub(crate) fn part<B: Backend>(mean: Tensor<B, 1>, rows: Rows) -> Tensor<B, 1> {
    if rows.count == rows.total { mean } else { mean * rows.fraction() }
}

/// L + h ⟨Q⟩/kT + (s/2) max(0, ⟨Q⟩/(H kT) − 1)²: a loss with the price h of heat and the budget H, if there is one.
///
/// In a team, L and ⟨Q⟩ are given and returned as this rank's parts. The excess e = max(0, ⟨Q⟩/(H kT) − 1) is that of the whole, and
/// the budget's gradient s e ∇⟨Q⟩/(H kT) is a sum over ranks.
pub(crate) fn with_heat<B: Backend>(
    loss: Tensor<B, 1>,
    heat: Tensor<B, 1>,
    price: f64,
    budget: Option<f64>,
    team: &dyn Team,
) -> Result<Tensor<B, 1>, LearningError> {
    let loss = loss + heat.clone() * price;
    let Some(budget) = budget else { return Ok(loss) };
    if team.ranks() == 1 {
        return Ok(loss + (heat / budget - 1.0).clamp_min(0.0).square() * (BUDGET_STIFFNESS / 2.0));
    }
    let own = heat.clone().into_scalar().elem::<f64>();
    let all = team.sum(&[own])?.into_iter().sum::<f64>();
    let excess = (all / budget - 1.0).max(0.0);
    let slope = BUDGET_STIFFNESS * excess / budget;
    // Of a linear function of this rank's heat, only the slope is wanted; its value is a share of the whole's.
    let value = BUDGET_STIFFNESS / 2.0 * excess * excess / team.ranks() as f64;
    Ok(loss + heat * slope + (value - own * slope))
}

/// ⟨−ln softmax(g y)_label⟩ of the read-out y of states at the observation time, g the `gain`, `[1]`.
///
/// # Shapes
/// `state`: `[batch, units]`; `labels`: `[batch]`
pub fn classification_loss<B: Backend, M: Programmable<B>>(
    model: &M,
    state: Tensor<B, 2>,
    labels: Tensor<B, 1, Int>,
    gain: f64,
) -> Tensor<B, 1> {
    cross_entropy(model.read_out(state) * gain, labels)
}

/// The landscape on a device whose parameters are off by relative errors, differentiable in the program.
fn mismatched<B: LangevinBackend>(
    computer: &Computer<B>,
    inputs: Tensor<B, 2>,
    mismatch: f64,
    seed: u64,
    step: usize,
) -> Result<Landscape<B>, LearningError> {
    // Checks the shapes.
    let exact = computer.landscape(inputs.clone())?;
    let device = inputs.device();
    let factors = |rows: usize, columns: usize, replica: u64| {
        let mut xi = vec![0f32; rows * columns];
        fill_standard_normal(seed, step as u32, &[replica], rows * columns, &mut xi);
        Tensor::<B, 2>::from_data(TensorData::new(xi, [rows, columns]), &device) * mismatch + 1.0
    };
    let [_, units] = exact.dims();
    let [_, count] = inputs.dims();
    let weights = computer.masked_input_couplings() * factors(count, units, 0);
    let biases = computer.masked_biases().unsqueeze::<2>() * factors(1, units, 1);
    let lower = computer.couplings.val() * computer.coupling_mask() * factors(units, units, 2);
    let drive = input_drive(inputs, weights) + biases;
    let hardware = HardwareModel::relative(mismatch);
    let wells = hardware.wells(exact.wells(), units, stream(seed, &step.to_string()));
    Ok(Landscape::new(lower.clone() + lower.transpose(), drive, exact.wells().of(0)).with_wells(wells)?)
}

impl<B, M, S> Objective<B, M> for PathwiseObjective<S>
where
    B: LangevinAutodiffBackend,
    M: Programmable<B>,
    S: LabelledSource<<B as AutodiffBackend>::InnerBackend>,
{
    /// Labelled inputs, and the training step whose noise they see.
    type Batch = (LabelledBatch<B::InnerBackend>, usize);

    fn quantity(&self) -> &'static str {
        "loss"
    }

    fn batch(&self, step: usize) -> Result<Self::Batch, LearningError> {
        Ok((self.source.batch(step)?, step))
    }

    fn loss(&self, model: &M, (batch, step): Self::Batch) -> Result<Tensor<B, 1>, LearningError> {
        self.batch_loss(model, batch, step)
    }
    fn share(&self, step: usize, share: Share) -> Result<Self::Batch, LearningError> {
        Ok((self.source.share(step, share)?, step))
    }

    fn part(&self, model: &M, (batch, step): Self::Batch, team: &dyn Team) -> Result<Tensor<B, 1>, LearningError> {
        self.part_of_loss(model, batch, step, team)
    }
}
