//! A program on hardware that is not quite as told, and what a genetic algorithm wins back there.

use super::{Classifier, Part, PixelScaling, TaskExamples, evaluate};
use crate::config::require;
use crate::{Classify, ClassifyObjective, PathwiseSettings, Split, TaskError};
use burn::tensor::{ElementConversion, Int, Tensor};
use data::{Divided, Images};
use langevin::{Computer, CounterNoise, LangevinBackend, LangevinError, Simulation, replica_id, stream};
use learning::{
    Alone, ExampleSource, GeneticAlgorithm, HardwareModel, LearningError, Random, classification_loss,
};
use serde::{Deserialize, Serialize};

/// The genetic algorithm on the hardware.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneticSettings {
    /// Programs in a generation.
    pub population: usize,
    /// The best of them, which live on and have the children.
    pub elite: usize,
    /// Generations.
    pub generations: usize,
    /// Standard deviation of a mutation, relative to each parameter's size.
    pub mutation: f64,
    /// Training images that a generation is measured on.
    pub images: usize,
}

impl Default for GeneticSettings {
    fn default() -> Self {
        Self { population: 24, elite: 4, generations: 150, mutation: 0.03, images: 1000 }
    }
}

impl GeneticSettings {
    /// Checks every value.
    ///
    /// # Errors
    /// [`TaskError::Config`] names the setting and what it must be.
    pub fn check(&self) -> Result<(), TaskError> {
        let most = 1_000_000;
        require(
            (2..=most).contains(&self.population),
            "genetic.population",
            self.population,
            "from 2 to 1,000,000",
        )?;
        let elite = (1..self.population).contains(&self.elite);
        require(elite, "genetic.elite", self.elite, "at least 1 and below genetic.population")?;
        require(self.generations <= most, "genetic.generations", self.generations, "from 0 to 1,000,000")?;
        require((1..=most).contains(&self.images), "genetic.images", self.images, "from 1 to 1,000,000")?;
        let mutation = self.mutation;
        require(mutation.is_finite() && mutation > 0.0, "genetic.mutation", mutation, "finite and above 0")
    }

    /// The algorithm.
    pub fn algorithm(&self) -> GeneticAlgorithm {
        let Self { population, elite, generations, mutation, .. } = *self;
        GeneticAlgorithm { population, elite, generations, mutation }
    }
}

/// One piece of hardware: which one, and how large its errors are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hardware {
    /// Its errors.
    pub model: HardwareModel,
    /// Its number: the same errors every time.
    pub number: u64,
}

/// The examples that a generation is measured on.
struct Fitness<B: LangevinBackend> {
    generation: usize,
    inputs: Tensor<B, 2>,
    labels: Tensor<B, 1, Int>,
}

impl Hardware {
    /// The computer that a program makes on this hardware.
    ///
    /// # Errors
    /// [`LangevinError::Parameters`] for a program that does not fit.
    pub fn realised<B: LangevinBackend>(
        &self,
        job: &Classify,
        computer: &Computer<B>,
        program: &[f64],
    ) -> Result<Computer<B>, LangevinError> {
        let units = computer.layout().moving();
        let computer = computer.clone().with_parameters(&self.model.realise_segments(
            program,
            computer.segments(),
            self.number,
        ))?;
        let wells = job.computer.well().into();
        computer.with_wells(self.model.wells(&wells, units, self.number))
    }

    /// Top-1 and mean heat in kT of a program on this hardware, on the test set, one trajectory an image.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] when the dynamics diverges.
    pub fn tested<B: LangevinBackend>(
        &self,
        job: &Classify,
        classifier: &Classifier<B>,
        program: &[f64],
        data: &Divided,
        device: &B::Device,
    ) -> Result<(f64, f64), TaskError> {
        let on_hardware = Classifier::new(self.realised(job, &classifier.computer, program)?);
        let part = job.part(data, Split::Test);
        let seen =
            evaluate(&on_hardware, &part, &job.dynamics.simulation(), job.one_look(&Alone), device, |_, _| ())?;
        Ok((seen.top1, seen.heat_mean_kt))
    }

    /// The genetic algorithm: it sees losses of programs on the hardware, and nothing of the hardware's errors. The
    /// generations are measured on a few training images each, the last comparison on all validation images.
    ///
    /// # Errors
    /// [`TaskError`] for settings that do not fit.
    pub fn evolved<B: LangevinBackend>(
        &self,
        job: &Classify,
        settings: &GeneticSettings,
        classifier: &Classifier<B>,
        data: &Divided,
        device: &B::Device,
    ) -> Result<Vec<f64>, TaskError> {
        let pathwise = match job.objective {
            ClassifyObjective::Pathwise(pathwise) => pathwise,
            _ => PathwiseSettings::default(),
        };
        let simulation: Simulation = job.dynamics.at_time_step(pathwise.time_step)?.simulation();
        // All images are read in with the scale of those that are trained on.
        let scale = job.part(data, Split::Train).scale;
        let program = classifier.computer.parameters().values;
        let size = (program.iter().map(|v| v * v).sum::<f64>() / program.len() as f64).sqrt();
        let scales: Vec<f64> = program.iter().map(|v| v.abs().max(0.1 * size)).collect();
        let seed = stream(job.seed, "genetic algorithm");
        let mut batch: Option<Fitness<B>> = None;
        Ok(settings.algorithm().minimise(&program, &scales, seed, |program, generation| {
            let drawn = batch
                .take()
                .filter(|drawn| drawn.generation == generation)
                .unwrap_or_else(|| fitness(settings, classifier, data, scale, seed, generation, device));
            let computer = self.realised(job, &classifier.computer, program)?;
            let count = drawn.labels.dims()[0];
            let protocol = computer.protocol(Some(drawn.inputs.clone()), count)?;
            let noise = CounterNoise::new(seed, (0..count).map(|i| replica_id(i, generation)));
            let rest = Tensor::zeros(protocol.dims(), device);
            let loss = match simulation.end_protocol(&protocol, rest, &noise) {
                Ok(end) => {
                    let loss = classification_loss(classifier, end, drawn.labels.clone(), pathwise.gain);
                    loss.into_scalar().elem::<f64>()
                }
                // A program under which the hardware diverges has no children.
                Err(LangevinError::Diverged { .. }) => f64::INFINITY,
                Err(error) => return Err(LearningError::from(error)),
            };
            batch = Some(drawn);
            Ok(loss)
        })?)
    }
}

/// The examples of a generation: a few training images, at the end all validation images.
fn fitness<B: LangevinBackend>(
    settings: &GeneticSettings,
    classifier: &Classifier<B>,
    data: &Divided,
    scale: PixelScaling,
    seed: u64,
    generation: usize,
    device: &B::Device,
) -> Fitness<B> {
    let mut random = Random::new(seed, "images", generation as u64);
    let (examples, indices): (&Images, Vec<usize>) = if generation == settings.generations {
        (&data.validation, (0..data.validation.len()).collect())
    } else {
        let n = data.train.len();
        (&data.train, (0..settings.images.min(n)).map(|_| random.below(n)).collect())
    };
    let inputs = TaskExamples::new(classifier, &Part { examples, scale }, device).inputs(&indices);
    let labels: Vec<i64> = indices.iter().map(|i| i64::from(examples.labels[*i])).collect();
    Fitness { generation, inputs, labels: Tensor::from_data(labels.as_slice(), device) }
}
