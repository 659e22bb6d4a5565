//! What a generator makes, measured; and the networks that measure.

use super::{
    Generation, Generator, Judge, JudgeConfig, JudgeKind, ProgrammedGenerator, Reference, Samples, Shown, figures,
    prototype_quality, quality, train_judge,
};
use crate::energy::compared;
use crate::{Generate, Place, Split, TaskError, Watch, mean_and_std};
use burn_autodiff::Autodiff;
use data::Divided;
use langevin::{LangevinBackend, stream};
use learning::Team;
use runs::{Energy, EvaluatedFigures, Generated, GeneratedFigures, Heat, SampleQuality, Seconds, file};
use std::time::Instant;

/// Passes over the training images of a network's training.
const EPOCHS: usize = 4;
/// Training steps of a network, at least: a few passes over a small set would leave it a judge of nothing.
const STEPS: usize = 1000;
/// Steps of the paper's digital comparison, a denoiser 784-128-128-784.
const DENOISER_STEPS: usize = 10;
/// Units of each of its two hidden layers.
const DENOISER_HIDDEN: usize = 128;

/// Where networks that measure or criticise are kept.
#[derive(Debug, Clone, Copy)]
pub struct Networks<'a> {
    /// The place.
    pub place: Place<'a>,
    /// Whether one that has been trained is saved there.
    pub save: bool,
}

impl Networks<'_> {
    /// The network of a kind: the one that is kept, or one trained on the training images (by rank 0 of a team).
    ///
    /// # Errors
    /// [`TaskError`] when it diverges, or cannot be read or saved.
    pub fn of<B: LangevinBackend>(
        &self,
        kind: JudgeKind,
        seed: u64,
        data: &Divided,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<Judge<B>, TaskError> {
        let (images, classes) = (&data.train, data.data.classes);
        let name = file::network(kind.name());
        let (rows, columns) = (images.rows, images.columns);
        let fresh = JudgeConfig { kind, rows, columns, classes }.init(device);
        if let Some(judge) = self.place.module(&name, fresh.clone())? {
            return Ok(judge);
        }
        let seed = stream(seed, "judges");
        let per_epoch = images.len().div_ceil(100).max(1);
        let epochs = EPOCHS.max(STEPS.div_ceil(per_epoch));
        self.place.by_first(fresh, || {
            watch.begin(kind.name(), epochs * per_epoch, 0)?;
            let step = |done, _| watch.step(done);
            let judge = train_judge::<Autodiff<B>>(kind, images, classes, epochs, seed, device, step)?;
            watch.end();
            if self.save {
                self.place.keep_module(&name, &judge)?;
            }
            Ok(judge)
        })
    }
}

/// Samples and what was measured of them.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The samples.
    pub samples: Samples,
    /// Their pixels, read out.
    pub pixels: Vec<f32>,
    /// Their quality.
    pub quality: SampleQuality,
    /// Heat of the second half of a generation.
    pub heat: Heat,
    /// The digital comparison.
    pub energy: Energy,
    /// Digital energy over heat.
    pub advantage: Option<f64>,
}

impl Measured {
    /// The figures alone.
    pub fn figures(&self) -> EvaluatedFigures {
        EvaluatedFigures::Generated {
            samples: self.quality.clone(),
            heat: self.heat,
            advantage: self.advantage,
            energy: self.energy,
        }
    }
}

impl Generate {
    /// How samples of a seed are made.
    pub fn generation<B: LangevinBackend>(&self, shown: &Shown, seed: u64, device: &B::Device) -> Generation<B> {
        Generation {
            simulation: self.dynamics.simulation(),
            rest: shown.rest(self, device),
            seed: stream(seed, "samples"),
            batch: self.evaluation.batch,
        }
    }

    /// Generates `count` samples of a seed.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] when the dynamics diverges; [`TaskError::Run`] from whoever watches.
    pub fn sampled<B: LangevinBackend>(
        &self,
        generator: &Generator<B>,
        data: &Divided,
        [count, seed]: [u64; 2],
        team: &dyn Team,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<Samples, TaskError> {
        let how = self.generation(&Shown::of(self, data), seed, device);
        watch.begin("generate", count as usize, 0)?;
        let samples = generator.generate(&how, count as usize, team, |done| watch.step(done))?;
        watch.end();
        Ok(samples)
    }

    /// Generates samples and measures them: against their prototypes where few images were learnt, else by networks against the
    /// images of a part of the data.
    ///
    /// # Errors
    /// [`TaskError`] when the dynamics or a network's training diverges.
    pub fn measured<B: LangevinBackend>(
        &self,
        generator: &Generator<B>,
        data: &Divided,
        split: Split,
        networks: Networks<'_>,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<Measured, TaskError> {
        let samples = self.sampled(
            generator,
            data,
            [self.evaluation.samples as u64, self.seed],
            networks.place.team(),
            watch,
            device,
        )?;
        let pixels = generator.read_pixels(&samples.visible);
        let quality = if self.few() {
            SampleQuality::Prototypes(prototype_quality(&samples, &Shown::of(self, data)))
        } else {
            let mut judge = |kind| networks.of::<B>(kind, self.seed, data, watch, device);
            let (cnn, mlp) = (judge(JudgeKind::Cnn)?, judge(JudgeKind::Mlp)?);
            let held_out = if split == Split::Validation { &data.train } else { &data.validation };
            let reference =
                Reference { train: &data.train, held_out, test: split.of(data), classes: data.data.classes };
            let found = quality(&samples, &pixels, &reference, [&cnn, &mlp], self.seed, device);
            SampleQuality::Images(Box::new(found))
        };
        let n = samples.heat_kt.len().max(1) as f64;
        let (mean_kt, std_kt) = mean_and_std(&samples.heat_kt);
        let visible = data.train.pixel_count();
        let macs = DENOISER_STEPS * (2 * visible * DENOISER_HIDDEN + DENOISER_HIDDEN * DENOISER_HIDDEN);
        let (energy, advantage) = compared(macs, self.energy, mean_kt);
        // Without a temperature, heat is in the units of V and not in kT.
        let advantage = advantage.filter(|_| self.dynamics.kt() > 0.0);
        let work_mean_kt = (!samples.work_kt.is_empty()).then(|| mean_and_std(&samples.work_kt).0);
        let heat = Heat { mean_kt, std_kt, stderr_kt: std_kt / n.sqrt(), work_mean_kt };
        Ok(Measured { samples, pixels, quality, heat, energy, advantage })
    }

    /// Measures a programmed generator: every figure of it, and the arrays behind the pictures.
    ///
    /// # Errors
    /// As [`Generate::measured`].
    pub fn tested<B: LangevinBackend>(
        &self,
        programmed: &ProgrammedGenerator<B>,
        data: &Divided,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<(Generated, GeneratedFigures), TaskError> {
        let started = Instant::now();
        let networks = Networks { place, save: true };
        let found = self.measured(&programmed.generator, data, Split::Test, networks, watch, device)?;
        let evaluation = started.elapsed().as_secs_f64();
        let drawn = figures::figures(self, &programmed.generator, data, &found, device)?;
        let training = programmed.stages.iter().map(|stage| stage.seconds).sum();
        let generated = Generated {
            stages: programmed.stages.clone(),
            samples: found.quality,
            heat: found.heat,
            advantage: found.advantage,
            energy: found.energy,
            seconds: Seconds { teacher: None, training, evaluation },
        };
        Ok((generated, drawn))
    }
}
