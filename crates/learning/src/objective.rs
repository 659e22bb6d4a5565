//! Objectives: what training minimises.

use crate::LearningError;
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use langevin::{Computer, EulerMaruyama, Landscape, LangevinAutodiffBackend, LangevinBackend, Transitions};

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

/// A differentiable quantity that training makes small.
pub trait Objective<B: AutodiffBackend, M> {
    /// Name of the quantity, for logs and errors.
    fn quantity(&self) -> &'static str;

    /// Its value for the model on the batch of one training step, a scalar. The batch must be a pure function of the
    /// step, so that an interrupted training resumes exactly.
    ///
    /// # Errors
    /// Whatever keeps the batch from being made.
    fn loss(&self, model: &M, step: usize) -> Result<Tensor<B, 1>, LearningError>;
}

/// A batch of transitions that the computer should find likely.
#[derive(Debug, Clone)]
pub struct TransitionBatch<B: Backend> {
    /// Frozen inputs of each replica, `[batch, inputs]`; none for a computer without inputs.
    pub inputs: Option<Tensor<B, 2>>,
    /// Transitions at some or all time steps, `[times, batch, units]`.
    pub transitions: Transitions<B>,
    /// Time steps of a whole trajectory: the action of a random subset is scaled up to it.
    pub steps: usize,
}

/// Where the trajectories come from.
pub trait TrajectorySource<B: Backend> {
    /// The batch of a training step: a pure function of the step.
    ///
    /// # Errors
    /// Whatever keeps the batch from being made.
    fn batch(&self, step: usize) -> Result<TransitionBatch<B>, LearningError>;
}

/// Fewer replicas than this leave a kernel's lanes empty.
const NARROW: usize = 32;

/// The Onsager–Machlup action of given trajectories under the computer, averaged over the batch, in units of 1:
///
/// ```text
/// S = (K / |T|) Σ_{t ∈ T} Σ_i (Δx_i + μ ∂_i V Δt)² / (4 μ kT Δt)
/// ```
///
/// with T the time steps of the batch, out of K. A random T gives an unbiased gradient.
#[derive(Debug, Clone)]
pub struct ActionObjective<S> {
    /// Where the trajectories come from.
    pub source: S,
    /// The dynamics whose action it is.
    pub dynamics: EulerMaruyama,
}

impl<S> ActionObjective<S> {
    /// The action of a batch under a computer, on any backend: a scalar.
    ///
    /// # Errors
    /// [`LearningError::Langevin`] when shapes disagree.
    pub fn action<B: LangevinBackend>(
        &self,
        computer: &Computer<B>,
        batch: TransitionBatch<B>,
    ) -> Result<Tensor<B, 1>, LearningError> {
        let [times, replicas, units] = batch.transitions.from.dims();
        let landscape = computer.landscape_of(batch.inputs, replicas)?;
        let weight = batch.steps as f64 / times as f64;
        if replicas >= NARROW || times <= replicas {
            return Ok(self.dynamics.mean_action(&landscape, &batch.transitions, weight));
        }
        // Kernels work on many replicas at once: here the time steps of a few take their place.
        // (Not `repeat_dim`: in Burn 0.21 its gradient mixes the rows up.)
        let drive: Tensor<B, 3> = landscape.drive().unsqueeze::<3>().expand([times, replicas, units]);
        let drive: Tensor<B, 2> = drive.reshape([times * replicas, units]);
        let wide = match landscape.couplings() {
            Some(couplings) => Landscape::new(couplings, drive, landscape.j2(), landscape.j4()),
            None => Landscape::uncoupled(drive, landscape.j2(), landscape.j4()),
        };
        let row = |states: Tensor<B, 3>| states.reshape([1, times * replicas, units]);
        let transitions = Transitions { from: row(batch.transitions.from), to: row(batch.transitions.to) };
        Ok(self.dynamics.mean_action(&wide, &transitions, weight * times as f64))
    }
}

impl<B, M, S> Objective<B, M> for ActionObjective<S>
where
    B: LangevinAutodiffBackend,
    M: Programmable<B>,
    S: TrajectorySource<B::InnerBackend>,
{
    fn quantity(&self) -> &'static str {
        "action"
    }

    fn loss(&self, model: &M, step: usize) -> Result<Tensor<B, 1>, LearningError> {
        let batch = self.source.batch(step)?;
        let batch = TransitionBatch {
            inputs: batch.inputs.map(Tensor::from_inner),
            transitions: Transitions {
                from: Tensor::from_inner(batch.transitions.from),
                to: Tensor::from_inner(batch.transitions.to),
            },
            steps: batch.steps,
        };
        self.action(model.computer(), batch)
    }
}
