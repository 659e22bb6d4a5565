//! The generator as a Burn module, and what it makes.

use crate::TaskError;
use crate::step_error::Ladder;
use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use langevin::{
    Computer, CounterNoise, Landscape, LangevinBackend, NoForce, Protocol, Simulation, Trajectory, stream,
};
use learning::{Programmable, Team};

/// A generator of images: noise in, an image at the visible units at the observation time, read out as
/// p = clip(½ + g x / 2). Where it has class units, those are frozen at 1 for the class asked for and 0 for the others.
#[derive(Module, Debug)]
pub struct Generator<B: Backend> {
    /// The computer.
    pub computer: Computer<B>,
    gain: f64,
}

impl<B: Backend> Programmable<B> for Generator<B> {
    fn computer(&self) -> &Computer<B> {
        &self.computer
    }

    fn with_computer(self, computer: Computer<B>) -> Self {
        Self { computer, ..self }
    }
}

/// What a generator made.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// Visible states at the observation time, sample after sample.
    pub visible: Vec<f32>,
    /// Class asked for, of a generator with class units.
    pub requested: Option<Vec<usize>>,
    /// Heat of the second half of each generation, V(x(0)) − V(x(t_f)) and the work of switches, in kT.
    pub heat_kt: Vec<f64>,
    /// Work of the switches in each, in kT; empty for a program that does not change.
    pub work_kt: Vec<f64>,
}

impl Samples {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.heat_kt.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.heat_kt.is_empty()
    }
}

/// How to generate.
#[derive(Debug, Clone)]
pub struct Generation<B: Backend> {
    /// Dynamics and t_f of each half.
    pub simulation: Simulation,
    /// Force on the moving units during the preparation, `[moving]`; none but in an asymmetric preparation.
    pub rest: Option<Tensor<B, 1>>,
    /// Seed of the samples.
    pub seed: u64,
    /// Samples simulated together; no result depends on it.
    pub batch: usize,
}

impl<B: LangevinBackend> Generator<B> {
    /// A generator on `computer`, read out with gain g.
    pub fn new(computer: Computer<B>, gain: f64) -> Self {
        Self { computer, gain }
    }

    /// Classes that can be asked for; 0 without class units.
    pub fn classes(&self) -> usize {
        self.computer.layout().inputs
    }

    /// g of the read-out.
    pub fn gain(&self) -> f64 {
        self.gain
    }

    /// Pixels in 0..=1 of visible states.
    pub fn read_pixels(&self, visible: &[f32]) -> Vec<f32> {
        visible.iter().map(|x| (0.5 + 0.5 * self.gain as f32 * x).clamp(0.0, 1.0)).collect()
    }

    /// What the class units show for these classes, `[batch, classes]`; none without class units.
    pub fn class_inputs(&self, requested: &[usize], device: &B::Device) -> Option<Tensor<B, 2>> {
        one_hot(requested, self.classes(), device)
    }

    /// Generates `count` samples, the classes in turn: from x = 0 the units relax for t_f in their own wells, without couplings and
    /// biases, then for t_f under the program. A rank of a team makes its share of them, and all have all.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] when the dynamics diverges.
    pub fn generate(
        &self,
        how: &Generation<B>,
        count: usize,
        team: &dyn Team,
        mut progress: impl FnMut(usize),
    ) -> Result<Samples, TaskError> {
        let unit = how.simulation.dynamics.bath.heat_unit();
        let mut samples = Samples::default();
        let own = team.share().rows(count);
        for first in own.clone().step_by(how.batch.max(1)) {
            let ids: Vec<usize> = (first..own.end.min(first + how.batch.max(1))).collect();
            let (protocol, start, noise) = self.prepared(how, &ids)?;
            let outcome = how.simulation.run_protocol(&protocol, start, &noise)?;
            let visible = self.computer.visible_of(outcome.state);
            samples.visible.extend(visible.into_data().iter::<f32>());
            samples.heat_kt.extend(outcome.heat.into_data().iter::<f64>().map(|q| q / unit));
            if self.computer.segments() > 1 {
                samples.work_kt.extend(outcome.work.into_data().iter::<f64>().map(|w| w / unit));
            }
            progress(samples.len() * count / own.len());
        }
        Ok(Samples {
            visible: team.joined(samples.visible)?,
            heat_kt: team.joined(samples.heat_kt)?,
            work_kt: team.joined(samples.work_kt)?,
            requested: (self.classes() > 0).then(|| (0..count).map(|i| i % self.classes()).collect()),
        })
    }

    /// The second half of `count` generations at several time steps, from the same states and on the same paths.
    ///
    /// # Errors
    /// As [`Generator::generate`].
    pub(crate) fn climb(
        &self,
        ladder: &mut Ladder,
        how: &Generation<B>,
        count: usize,
        mut progress: impl FnMut(usize),
    ) -> Result<(), TaskError> {
        let mut done = 0;
        for first in (0..count).step_by(how.batch.max(1)) {
            let ids: Vec<usize> = (first..count.min(first + how.batch.max(1))).collect();
            let (protocol, start, noise) = self.prepared(how, &ids)?;
            ladder.add(&protocol, &start, &noise, None, || {
                done += ids.len();
                progress(done);
            })?;
        }
        Ok(())
    }

    /// The second half of the given samples, recorded at every `every`-th step.
    ///
    /// # Errors
    /// As [`Generator::generate`].
    pub fn record(
        &self,
        how: &Generation<B>,
        ids: &[usize],
        every: usize,
    ) -> Result<(Protocol<Landscape<B>>, Trajectory<B>), TaskError> {
        let (protocol, start, noise) = self.prepared(how, ids)?;
        let trajectory = how.simulation.record_protocol(&protocol, start, &noise, &NoForce, every)?;
        Ok((protocol, trajectory))
    }

    /// What the second half of the given samples begins with.
    ///
    /// # Errors
    /// As [`Generator::generate`], of the first half.
    pub(crate) fn prepared(&self, how: &Generation<B>, ids: &[usize]) -> Result<Prepared<B>, TaskError> {
        let device = self.computer.device();
        let requested: Vec<usize> = ids.iter().map(|i| i % self.classes().max(1)).collect();
        let protocol = self.computer.protocol(self.class_inputs(&requested, &device), ids.len())?;
        let noise = |purpose| CounterNoise::new(stream(how.seed, purpose), ids.iter().map(|i| *i as u64));
        let mut wells = self.computer.own_wells(ids.len());
        if let Some(rest) = &how.rest {
            let drive = rest.clone().neg().unsqueeze::<2>().repeat_dim(0, ids.len());
            wells = wells.with_drive(drive);
        }
        let zero = Tensor::zeros(wells.dims(), &device);
        let start = how.simulation.end(&wells, zero, &noise("preparation"))?;
        Ok((protocol, start, noise("generation")))
    }
}

/// What a generation begins with: the program, prepared states, noise.
pub(crate) type Prepared<B> = (Protocol<Landscape<B>>, Tensor<B, 2>, CounterNoise);

/// One row a class asked for, 1 at its place; none if there are no class units.
pub(crate) fn one_hot<B: Backend>(classes: &[usize], count: usize, device: &B::Device) -> Option<Tensor<B, 2>> {
    if count == 0 {
        return None;
    }
    let mut rows = vec![0f32; classes.len() * count];
    classes.iter().enumerate().for_each(|(row, class)| rows[row * count + class] = 1.0);
    Some(Tensor::from_data(TensorData::new(rows, [classes.len(), count]), device))
}
