//! Programs that fit a chip: few bits, few couplers, and training for them.

mod pruning;
mod rounding;

use crate::{LearningError, Objective, Programmable, Share, Team};
use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use langevin::{Computer, LangevinError};

pub use rounding::MOST_BITS;

/// What a chip has room for; none where it does not matter.
///
/// Pruning comes first. A coupler is there for all segments of a program or for none, so couplings are ranked by
///
/// ```text
/// a_ij = √(Σ_segments J_ij²)
/// ```
///
/// (those with inputs by a_ij times the [spread](InputMoments) σ_j of the input, where that is known: what they do to the drive; M. Sun et al.,
/// arXiv:2306.11695, have ‖X_j‖ in its place) and the largest are kept: a fraction `density` of those that the connectivity has, each moving unit having at most `neighbours` of
/// them, those with frozen inputs included (a pair is taken where both its units have room, the largest first). Then what is left is
/// rounded, in each block of couplings or biases and in each segment, to
///
/// ```text
/// Δ k,     k = −(2^(bits−1) − 1) … 2^(bits−1) − 1,     Δ = the one of least mean square error
/// ```
///
/// of a list of steps Δ with 12 significant bits, the largest of which reaches the largest value. A program that fits is left as it is,
/// bit for bit.
///
/// ```
/// use burn_ndarray::{NdArray, NdArrayDevice};
/// use langevin::ComputerConfig;
/// use thermograd_learning::ProgramLimits;
///
/// let computer = ComputerConfig::classifier(4, 3, 2).init::<NdArray>(&NdArrayDevice::Cpu);
/// let total = computer.parameters().total();
/// let computer = computer.with_parameters(&(0..total).map(|i| (i as f64).sin()).collect::<Vec<_>>())?;
/// let limits = ProgramLimits { bits: Some(4), density: Some(0.5), neighbours: None };
/// let fitted = limits.fit(&computer)?;
/// // 30 couplings, of which half are kept; no block has more than 15 values.
/// assert_eq!(ProgramLimits::couplers(&fitted), 15);
/// assert_eq!(limits.fit(&fitted)?.parameters(), fitted.parameters());
/// # Ok::<(), langevin::LangevinError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ProgramLimits {
    /// Bits of every coupling and bias, the sign included, from 2 to [`MOST_BITS`].
    pub bits: Option<u32>,
    /// Fraction of the couplings that are kept, above 0 and at most 1.
    pub density: Option<f64>,
    /// Couplings of a moving unit, at most.
    pub neighbours: Option<usize>,
}

/// What frozen inputs are over the examples. A coupling with an input that hardly varies does little but to add to a bias: where it is left out,
/// its mean goes there, b_i + J_if ⟨x_f⟩.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InputMoments {
    /// Mean ⟨x_f⟩ of each.
    pub mean: Vec<f64>,
    /// Standard deviation σ_f of each.
    pub spread: Vec<f64>,
}

impl InputMoments {
    /// Of examples.
    ///
    /// # Shapes
    /// `inputs`: `[examples, inputs]`
    pub fn of<B: Backend>(inputs: Tensor<B, 2>) -> Self {
        let [count, width] = inputs.dims();
        let values: Vec<f64> = inputs.into_data().iter::<f64>().collect();
        let mut mean = vec![0.0; width];
        let mut square = vec![0.0; width];
        for row in values.chunks_exact(width.max(1)) {
            for ((mean, square), x) in mean.iter_mut().zip(&mut square).zip(row) {
                *mean += x / count as f64;
                *square += x * x / count as f64;
            }
        }
        let spread =
            mean.iter().zip(&square).map(|(mean, square)| (square - mean * mean).max(0.0).sqrt()).collect();
        Self { mean, spread }
    }
}

/// Part of a training after which all of what was to be pruned is.
const PRUNED_AFTER: f64 = 0.5;

impl ProgramLimits {
    /// Whether couplings are left out.
    pub fn prunes(&self) -> bool {
        self.density.is_some() || self.neighbours.is_some()
    }

    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The limits after `step` of `steps` training steps. Couplings go on the schedule of M. Zhu and S. Gupta (arXiv:1710.01878):
    ///
    /// ```text
    /// density(t) = density + (1 − density) (1 − t/T)³,      T = half the training
    /// ```
    ///
    /// and `neighbours` in the same way from all that a unit can have, `most`. Bits are few from the first step on.
    #[must_use]
    pub fn after(&self, step: usize, steps: usize, most: usize) -> Self {
        let left = (1.0 - step as f64 / (PRUNED_AFTER * steps.max(1) as f64)).max(0.0).powi(3);
        let towards = |last: f64, first: f64| last + (first - last) * left;
        Self {
            bits: self.bits,
            density: self.density.map(|density| towards(density, 1.0)),
            neighbours: self
                .neighbours
                .map(|count| towards(count as f64, most.max(count) as f64).round() as usize),
        }
    }

    /// The computer with a program that keeps to the limits. Gradients of what it does are [gradients](Computer::straight_through) of the
    /// program that was given; couplings that are left out have none. They keep the size at which they were left out, and come back only where
    /// others have become smaller.
    ///
    /// # Errors
    /// [`LangevinError::OutOfRange`] for limits that are none.
    pub fn fit<B: Backend>(&self, computer: &Computer<B>) -> Result<Computer<B>, LangevinError> {
        self.fit_seen(computer, None)
    }

    /// As [`ProgramLimits::fit`], where it is known what the inputs are.
    ///
    /// # Errors
    /// As [`ProgramLimits::fit`]; [`LangevinError::Shape`] for moments of other inputs.
    pub fn fit_seen<B: Backend>(
        &self,
        computer: &Computer<B>,
        seen: Option<&InputMoments>,
    ) -> Result<Computer<B>, LangevinError> {
        self.check()?;
        let inputs = computer.layout().inputs;
        if let Some(seen) = seen.filter(|seen| seen.mean.len() != inputs || seen.spread.len() != inputs) {
            let found = vec![seen.mean.len(), seen.spread.len()];
            return Err(LangevinError::Shape { what: "moments of inputs", expected: vec![inputs; 2], found });
        }
        let mut values = computer.values();
        let kept = match self {
            Self { density: None, neighbours: None, .. } => None,
            _ => pruning::prune(computer, &mut values, self.density, self.neighbours, seen),
        };
        if let Some(bits) = self.bits {
            values.iter_mut().for_each(|values| rounding::round(&computer.layout(), values, bits));
        }
        computer.clone().straight_through(values, kept.as_deref())
    }

    /// Couplings of a program that are not zero in all segments: the couplers that a chip needs.
    pub fn couplers<B: Backend>(computer: &Computer<B>) -> usize {
        pruning::sizes(&computer.values()).iter().filter(|size| **size > 0.0).count()
    }

    /// Refuses limits that are none.
    ///
    /// # Errors
    /// [`LangevinError::OutOfRange`] names the one.
    pub fn check(&self) -> Result<(), LangevinError> {
        let out = |name, value, requirement| Err(LangevinError::OutOfRange { name, value, requirement });
        match *self {
            Self { bits: Some(bits), .. } if !(2..=MOST_BITS).contains(&bits) => {
                out("bits", f64::from(bits), "from 2 to 12")
            }
            Self { density: Some(density), .. } if !(density > 0.0 && density <= 1.0) => {
                out("density", density, "above 0 and at most 1")
            }
            Self { neighbours: Some(0), .. } => out("neighbours", 0.0, "at least 1"),
            _ => Ok(()),
        }
    }
}

/// An objective for programs that keep to limits: the quantity is that of the [fitted](ProgramLimits::fit) program, and its gradients
/// move the one beneath it.
#[derive(Debug, Clone)]
pub struct LimitedObjective<'a, O> {
    /// The quantity.
    pub objective: &'a O,
    /// The limits.
    pub limits: ProgramLimits,
    /// Training steps, over which the limits close.
    pub steps: usize,
    /// What the inputs are, where that is known.
    pub seen: Option<InputMoments>,
}

impl<O> LimitedObjective<'_, O> {
    /// A module whose program keeps to the limits as they are after `step` steps.
    ///
    /// # Errors
    /// As [`ProgramLimits::fit`].
    pub fn fitted<B: Backend, M: Programmable<B>>(&self, model: &M, step: usize) -> Result<M, LangevinError> {
        if self.limits.is_none() {
            return Ok(model.clone());
        }
        let layout = model.computer().layout();
        let limits = self.limits.after(step, self.steps, layout.inputs + layout.moving() - 1);
        Ok(model.clone().with_computer(limits.fit_seen(model.computer(), self.seen.as_ref())?))
    }
}

impl<B, M, O> Objective<B, M> for LimitedObjective<'_, O>
where
    B: AutodiffBackend,
    M: Programmable<B> + AutodiffModule<B>,
    O: Objective<B, M>,
{
    /// The objective's own, and the training step.
    type Batch = (O::Batch, usize);

    fn quantity(&self) -> &'static str {
        self.objective.quantity()
    }

    fn batch(&self, step: usize) -> Result<Self::Batch, LearningError> {
        Ok((self.objective.batch(step)?, step))
    }

    fn loss(&self, model: &M, (batch, step): Self::Batch) -> Result<Tensor<B, 1>, LearningError> {
        self.objective.loss(&self.fitted(model, step)?, batch)
    }

    fn share(&self, step: usize, share: Share) -> Result<Self::Batch, LearningError> {
        Ok((self.objective.share(step, share)?, step))
    }

    fn part(&self, model: &M, (batch, step): Self::Batch, team: &dyn Team) -> Result<Tensor<B, 1>, LearningError> {
        self.objective.part(&self.fitted(model, step)?, batch, team)
    }
}
