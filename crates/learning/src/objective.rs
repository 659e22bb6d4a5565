//! Objectives: what training minimises.

use crate::{LearningError, Share, Team};
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use langevin::{
    Computer, Dynamics, EulerMaruyama, LangevinAutodiffBackend, LangevinBackend, LangevinError, Potential,
    Protocol, Transitions, runs_of_segments,
};
use std::ops::Range;

/// A Burn module that holds a thermodynamic computer to be programmed: the computer itself, or one with its read-in and
/// read-out.
pub trait Programmable<B: Backend>: Module<B> {
    /// The computer.
    fn computer(&self) -> &Computer<B>;

    /// The same module with another computer, of the same layout.
    #[must_use]
    fn with_computer(self, computer: Computer<B>) -> Self;

    /// The score of each class in a state of the moving units; the largest is the answer. By default the outputs.
    ///
    /// # Shapes
    /// `[batch, moving]` → `[batch, classes]`
    fn read_out(&self, state: Tensor<B, 2>) -> Tensor<B, 2> {
        self.computer().outputs_of(state)
    }
}

impl<B: Backend> Programmable<B> for Computer<B> {
    fn computer(&self) -> &Computer<B> {
        self
    }

    fn with_computer(self, computer: Computer<B>) -> Self {
        computer
    }
}

/// A Burn module whose parameters θ make a potential of your own. Its action is trained by [`PotentialActionObjective`]; the exact
/// minimum ([`crate::Moments`]) asks for a [`Computer`], for it is exact only where ∂V/∂x is linear in θ.
pub trait PotentialModule<B: Backend>: Module<B> {
    /// The potential.
    type Potential: Potential<B>;

    /// The potential of `batch` replicas under frozen inputs, `[batch, inputs]`, if there are any.
    ///
    /// # Errors
    /// [`LangevinError::Shape`] when the inputs are not those of the module.
    fn potential(&self, inputs: Option<Tensor<B, 2>>, batch: usize) -> Result<Self::Potential, LangevinError>;
}

/// A differentiable quantity that training makes small.
pub trait Objective<B: AutodiffBackend, M>: Sync {
    /// What a training step is trained on.
    type Batch: Send;

    /// Name of the quantity, for logs and errors.
    fn quantity(&self) -> &'static str;

    /// The batch of a training step: a pure function of it, so that an interrupted training resumes exactly. Another thread makes it
    /// while the step before is trained.
    ///
    /// # Errors
    /// Whatever keeps it from being made.
    fn batch(&self, step: usize) -> Result<Self::Batch, LearningError>;

    /// The quantity for the model on a batch, a scalar.
    ///
    /// # Errors
    /// Whatever keeps it from being computed, such as a dynamics that diverges.
    fn loss(&self, model: &M, batch: Self::Batch) -> Result<Tensor<B, 1>, LearningError>;

    /// The quantity on the batch of a training step.
    ///
    /// # Errors
    /// As [`Objective::batch`] and [`Objective::loss`].
    fn loss_at(&self, model: &M, step: usize) -> Result<Tensor<B, 1>, LearningError> {
        self.loss(model, self.batch(step)?)
    }

    /// A rank's share of the batch of a training step. By default the whole batch, which every rank then trains on: right, but no
    /// faster than one rank.
    ///
    /// # Errors
    /// As [`Objective::batch`].
    fn share(&self, step: usize, share: Share) -> Result<Self::Batch, LearningError> {
        let _ = share;
        self.batch(step)
    }

    /// A rank's part of the quantity, on its [share](Objective::share) of the batch: the parts of all ranks sum to the quantity, and
    /// so do their gradients. By default the quantity on the whole batch over the number of ranks.
    ///
    /// # Errors
    /// As [`Objective::loss`], and when ranks cannot reach each other.
    fn part(&self, model: &M, batch: Self::Batch, team: &dyn Team) -> Result<Tensor<B, 1>, LearningError> {
        // Burn 0.21 divides gradients in single precision.
        Ok(self.loss(model, batch)? * (1.0 / team.ranks() as f64))
    }
}

/// A batch of transitions that the computer should find likely.
#[derive(Debug, Clone)]
pub struct TransitionBatch<B: Backend> {
    /// Frozen inputs of each replica, `[batch, inputs]`; none for a computer without inputs.
    pub inputs: Option<Tensor<B, 2>>,
    /// Transitions at some or all time steps, `[times, batch, units]`.
    pub transitions: Transitions<B>,
    /// The time step of the computer that each of them is: which segment of a program in time makes it.
    pub times: Vec<usize>,
    /// Time steps of a whole trajectory: the action of a random subset is scaled up to it.
    pub steps: usize,
}

/// Where the trajectories come from.
pub trait TrajectorySource<B: Backend>: Sync {
    /// The batch of a training step: a pure function of the step.
    ///
    /// # Errors
    /// Whatever keeps the batch from being made.
    fn batch(&self, step: usize) -> Result<TransitionBatch<B>, LearningError>;

    /// A rank's share of the batch. By default its rows of the whole; a source that can make them alone does less.
    ///
    /// # Errors
    /// As [`TrajectorySource::batch`].
    fn share(&self, step: usize, share: Share) -> Result<TransitionBatch<B>, LearningError> {
        let batch = self.batch(step)?;
        let Range { start, end } = share.rows(batch.transitions.from.dims()[1]);
        let rows = |states: Tensor<B, 3>| states.narrow(1, start, end - start);
        let Transitions { from, to } = batch.transitions;
        let transitions = Transitions { from: rows(from), to: rows(to) };
        let inputs = batch.inputs.map(|inputs| inputs.narrow(0, start, end - start));
        Ok(TransitionBatch { inputs, transitions, ..batch })
    }
}

/// The Onsager–Machlup action of given trajectories under the computer, averaged over the batch, in units of 1:
///
/// ```text
/// S = (K / |T|) Σ_{t ∈ T} s_t        Euler–Maruyama: s_t = Σ_i (Δx_i + μ ∂_i V Δt)² / (4 μ kT Δt)
/// ```
///
/// with T the time steps of the batch, out of K, and s_t the action of a step by the [`Dynamics`], in the potential of the segment
/// of the program that it lies in. A random T gives an unbiased gradient.
#[derive(Debug, Clone)]
pub struct ActionObjective<S, D = EulerMaruyama> {
    /// Where the trajectories come from.
    pub source: S,
    /// The dynamics whose action it is.
    pub dynamics: D,
}

impl<S, D: Dynamics> ActionObjective<S, D> {
    /// The action of a batch under a computer, on any backend: a scalar.
    ///
    /// # Errors
    /// [`LearningError::Langevin`] when shapes disagree.
    pub fn action<B: LangevinBackend>(
        &self,
        computer: &Computer<B>,
        batch: TransitionBatch<B>,
    ) -> Result<Tensor<B, 1>, LearningError> {
        let TransitionBatch { inputs, transitions, times, steps } = batch;
        let protocol = computer.protocol(inputs, transitions.from.dims()[1])?;
        of_whole_trajectories(&self.dynamics, &protocol, &transitions, &times, steps)
    }
}

impl<B, M, S, D> Objective<B, M> for ActionObjective<S, D>
where
    B: LangevinAutodiffBackend,
    M: Programmable<B>,
    S: TrajectorySource<B::InnerBackend>,
    D: Dynamics + Sync,
{
    type Batch = TransitionBatch<B::InnerBackend>;

    fn quantity(&self) -> &'static str {
        "action"
    }

    fn batch(&self, step: usize) -> Result<Self::Batch, LearningError> {
        self.source.batch(step)
    }

    fn loss(&self, model: &M, batch: Self::Batch) -> Result<Tensor<B, 1>, LearningError> {
        self.action(model.computer(), tracked(batch))
    }

    fn share(&self, step: usize, share: Share) -> Result<Self::Batch, LearningError> {
        self.source.share(step, share)
    }

    fn part(&self, model: &M, batch: Self::Batch, team: &dyn Team) -> Result<Tensor<B, 1>, LearningError> {
        let rows = team.rows(batch.transitions.from.dims()[1])?;
        Ok(Objective::<B, M>::loss(self, model, batch)? * rows.fraction())
    }
}

/// The action of given trajectories, as [`ActionObjective`], under the potential of any [`PotentialModule`].
#[derive(Debug, Clone)]
pub struct PotentialActionObjective<S, D = EulerMaruyama> {
    /// Where the trajectories come from.
    pub source: S,
    /// The dynamics whose action it is.
    pub dynamics: D,
}

impl<B, M, S, D> Objective<B, M> for PotentialActionObjective<S, D>
where
    B: LangevinAutodiffBackend,
    M: PotentialModule<B>,
    S: TrajectorySource<B::InnerBackend>,
    D: Dynamics + Sync,
{
    type Batch = TransitionBatch<B::InnerBackend>;

    fn quantity(&self) -> &'static str {
        "action"
    }

    fn batch(&self, step: usize) -> Result<Self::Batch, LearningError> {
        self.source.batch(step)
    }

    fn loss(&self, model: &M, batch: Self::Batch) -> Result<Tensor<B, 1>, LearningError> {
        let TransitionBatch { inputs, transitions, times, steps } = tracked(batch);
        let protocol = Protocol::constant(model.potential(inputs, transitions.from.dims()[1])?);
        of_whole_trajectories(&self.dynamics, &protocol, &transitions, &times, steps)
    }

    fn share(&self, step: usize, share: Share) -> Result<Self::Batch, LearningError> {
        self.source.share(step, share)
    }

    fn part(&self, model: &M, batch: Self::Batch, team: &dyn Team) -> Result<Tensor<B, 1>, LearningError> {
        let rows = team.rows(batch.transitions.from.dims()[1])?;
        Ok(Objective::<B, M>::loss(self, model, batch)? * rows.fraction())
    }
}

/// The mean action of transitions at the given time steps, scaled up to trajectories of `steps` steps: the sum of those of the
/// segments, for the action separates.
fn of_whole_trajectories<B: LangevinBackend, P: Potential<B>>(
    dynamics: &impl Dynamics,
    protocol: &Protocol<P>,
    transitions: &Transitions<B>,
    times: &[usize],
    steps: usize,
) -> Result<Tensor<B, 1>, LearningError> {
    let found = transitions.from.dims()[0];
    if times.len() != found {
        let expected = vec![found];
        return Err(LangevinError::Shape { what: "time steps", expected, found: vec![times.len()] }.into());
    }
    let weight = steps as f64 / found as f64;
    let switches = protocol.clock().switches(steps)?;
    let [first, ..] = protocol.potentials() else {
        return Err(LangevinError::Clock("no potential".to_owned()).into());
    };
    if switches.is_empty() {
        return Ok(dynamics.mean_action(first, transitions, weight));
    }
    let actions = runs_of_segments(&switches, times).into_iter().map(|(segment, rows)| {
        dynamics.mean_action(&protocol.potentials()[segment], &transitions.at(rows), weight)
    });
    Ok(actions.reduce(|total, part| total + part).unwrap_or_else(|| Tensor::zeros([1], &first.device())))
}

/// A batch on the backend with autodiff.
fn tracked<B: AutodiffBackend>(batch: TransitionBatch<B::InnerBackend>) -> TransitionBatch<B> {
    let TransitionBatch { inputs, transitions, times, steps } = batch;
    let [from, to] = [transitions.from, transitions.to].map(Tensor::from_inner);
    TransitionBatch { inputs: inputs.map(Tensor::from_inner), transitions: Transitions { from, to }, times, steps }
}
