//! Potentials that act one after the other: a program in time.

use crate::{Clock, LangevinError, Potential};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// A protocol: potentials V_1 … V_S, each acting during one segment of the observation time. States are handed over as they are;
/// a switch does the work V_{s+1}(x) − V_s(x) on the units.
///
/// ```text
/// W = Σ_s [V_{s+1}(x(t_s)) − V_s(x(t_s))]      Q = W + V_1(x(0)) − V_S(x(t_f)) = Σ_s [V_s(at its start) − V_s(at its end)]
/// ```
///
/// (work, and heat by the first law: U. Seifert, Rep. Prog. Phys. 75, 126001 (2012), Sec. 2). [`crate::Simulation::run_protocol`]
/// runs it.
#[derive(Debug, Clone)]
pub struct Protocol<P> {
    potentials: Vec<P>,
    clock: Clock,
}

impl<P> Protocol<P> {
    /// One potential for each segment of the clock.
    ///
    /// # Errors
    /// [`LangevinError::Clock`] when there are more or fewer.
    pub fn new(potentials: Vec<P>, clock: Clock) -> Result<Self, LangevinError> {
        if potentials.len() == clock.segments() {
            return Ok(Self { potentials, clock });
        }
        Err(LangevinError::Clock(format!(
            "{} potentials for {} segments; give one for each",
            potentials.len(),
            clock.segments()
        )))
    }

    /// One potential all the time.
    pub fn constant(potential: P) -> Self {
        Self { potentials: vec![potential], clock: Clock::constant() }
    }

    /// The potential of each segment.
    pub fn potentials(&self) -> &[P] {
        &self.potentials
    }

    /// When they act.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The potential that acts after `step` of `steps` steps; at the end, the last.
    ///
    /// # Errors
    /// [`LangevinError::Clock`] when a switch is not at a time step.
    pub fn at(&self, step: usize, steps: usize) -> Result<&P, LangevinError> {
        Ok(self.course(steps)?.at(step))
    }

    /// Replicas and units, `[batch, units]`.
    pub fn dims<B: Backend>(&self) -> [usize; 2]
    where
        P: Potential<B>,
    {
        self.potentials[0].dims()
    }

    /// What acts in a simulation of `steps` steps.
    pub(crate) fn course(&self, steps: usize) -> Result<Course<'_, P>, LangevinError> {
        Ok(Course { potentials: &self.potentials, switches: self.clock.switches(steps)? })
    }
}

/// Potentials and the steps after which the next one acts.
#[derive(Debug, Clone)]
pub(crate) struct Course<'a, P> {
    pub(crate) potentials: &'a [P],
    pub(crate) switches: Vec<usize>,
}

impl<'a, P> Course<'a, P> {
    pub(crate) fn constant(potential: &'a P) -> Self {
        Self { potentials: std::slice::from_ref(potential), switches: Vec::new() }
    }

    pub(crate) fn first(&self) -> &'a P {
        &self.potentials[0]
    }

    pub(crate) fn last(&self) -> &'a P {
        &self.potentials[self.potentials.len() - 1]
    }

    /// The potential that acts during a step; at the end, the last.
    pub(crate) fn at(&self, step: usize) -> &'a P {
        &self.potentials[self.switches.partition_point(|switch| *switch <= step)]
    }

    /// The potentials before and after the switch that follows on `step` steps, if one does.
    pub(crate) fn switch_after(&self, step: usize) -> Option<[&'a P; 2]> {
        let s = self.switches.iter().position(|switch| *switch == step)?;
        Some([&self.potentials[s], &self.potentials[s + 1]])
    }

    /// Whether all potentials have the shapes of the first.
    pub(crate) fn check<B: Backend>(&self) -> Result<(), LangevinError>
    where
        P: Potential<B>,
    {
        let expected = self.first().dims();
        match self.potentials.iter().map(Potential::dims).find(|found| *found != expected) {
            None => Ok(()),
            Some(found) => Err(LangevinError::Shape {
                what: "potentials of a protocol",
                expected: expected.to_vec(),
                found: found.to_vec(),
            }),
        }
    }
}

/// Tensors one upon the other where there are several segments; the one itself where there is one.
pub(crate) fn stacked<B: Backend>(parts: Vec<Tensor<B, 2>>) -> burn::tensor::ops::FloatTensor<B> {
    match <[Tensor<B, 2>; 1]>::try_from(parts) {
        Ok([part]) => crate::potential::raw(part),
        Err(parts) => crate::potential::raw(Tensor::stack::<3>(parts, 0)),
    }
}
