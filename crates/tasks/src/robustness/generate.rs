//! A generator on disturbed devices.

use super::{Device, Figures, RobustnessOptions, Subject};
use crate::generate::{
    FeatureMoments, Generation, Generator, Judge, JudgeKind, Networks, Samples, Shown, judge, prototype_quality,
};
use crate::{Generate, TaskError, Watch, mean_and_std};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use data::Divided;
use langevin::{LangevinBackend, stream};
use runs::{Criterion, Quantity};

/// How a generator's samples are made and measured.
pub(super) struct Generated<B: Backend> {
    generator: Generator<B>,
    /// Force on the units during the preparation, of an undisturbed device.
    rest: Option<Tensor<B, 1>>,
    measure: Measure<B>,
    count: usize,
    batch: usize,
    seed: u64,
    heat_unit: f64,
    device: B::Device,
}

/// What samples are measured by.
enum Measure<B: Backend> {
    /// The few images learnt.
    Prototypes(Shown),
    /// Networks, each with the moments of its features of the test images.
    Networks(Box<[(Judge<B>, FeatureMoments); 2]>),
}

impl<B: LangevinBackend> Generated<B> {
    /// Reads or trains the networks, where the samples are measured by networks.
    pub(super) fn new(
        job: &Generate,
        generator: &Generator<B>,
        data: &Divided,
        options: &RobustnessOptions,
        networks: Networks<'_>,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<Self, TaskError> {
        let shown = Shown::of(job, data);
        let rest = shown.rest(job, device);
        let measure = if job.few() {
            Measure::Prototypes(shown)
        } else {
            let real: Vec<f32> = data.data.test.pixels.iter().map(|p| f32::from(*p) / 255.0).collect();
            let mut of = |kind| -> Result<_, TaskError> {
                let network = networks.of::<B>(kind, job.seed, data, watch, device)?;
                let seen = judge(&network, &real, device);
                Ok((network, FeatureMoments::of(&seen.features, seen.width)))
            };
            Measure::Networks(Box::new([of(JudgeKind::Cnn)?, of(JudgeKind::Mlp)?]))
        };
        Ok(Self {
            generator: generator.clone(),
            rest,
            measure,
            count: options.trajectories,
            batch: job.evaluation.batch.max(1),
            seed: stream(options.seed, "samples"),
            heat_unit: job.dynamics.simulation().dynamics.bath.heat_unit(),
            device: device.clone(),
        })
    }

    fn asked_for(&self) -> bool {
        self.generator.classes() > 0
    }

    /// Samples of a device. Its offsets act during the preparation, too.
    fn samples(
        &self,
        device: &Device<B>,
        replica: usize,
        done: &mut dyn FnMut(usize),
    ) -> Result<Samples, TaskError> {
        let generator = Generator::new(device.computer().clone(), self.generator.gain());
        let rest = match (self.rest.clone(), device.offset()) {
            (rest, None) => rest,
            (None, Some(bias)) => Some(bias.neg()),
            (Some(force), Some(bias)) => Some(force - bias),
        };
        // Of another replica, other samples of the same classes in turn.
        let seed = self.seed.wrapping_add(replica as u64);
        let how = Generation { simulation: device.simulation(), rest, seed, batch: self.batch };
        let mut samples = Samples::default();
        for first in (0..self.count).step_by(self.batch) {
            let ids: Vec<usize> = (first..self.count.min(first + self.batch)).collect();
            let (protocol, start, noise) = generator.prepared(&how, &ids)?;
            let outcome = device.run(protocol, start, &noise)?;
            let visible = generator.computer.visible_of(outcome.state);
            samples.visible.extend(visible.into_data().iter::<f32>());
            samples.heat_kt.extend(outcome.heat.into_data().iter::<f64>().map(|q| q / self.heat_unit));
            done(samples.len());
        }
        let classes = generator.classes();
        samples.requested = (classes > 0).then(|| (0..self.count).map(|i| i % classes).collect());
        Ok(samples)
    }
}

impl<B: LangevinBackend> Subject<B> for Generated<B> {
    fn criterion(&self) -> Option<Criterion> {
        let quantity = match (&self.measure, self.asked_for()) {
            (_, true) => Quantity::ClassAccuracy,
            (Measure::Prototypes(_), false) => Quantity::AbsCosine,
            (Measure::Networks(_), false) => return None,
        };
        Some(Criterion { quantity, loss: 0.01 })
    }

    fn figures(
        &self,
        device: &Device<B>,
        replica: usize,
        done: &mut dyn FnMut(usize),
    ) -> Result<Figures, TaskError> {
        let samples = self.samples(device, replica, done)?;
        let mut figures: Figures = [(Quantity::HeatKt, mean_and_std(&samples.heat_kt).0)].into();
        match &self.measure {
            Measure::Prototypes(shown) => {
                let found = prototype_quality(&samples, shown);
                let rarest = found.class_counts.iter().min().copied().unwrap_or(0);
                figures.insert(Quantity::AbsCosine, found.mean_abs_cosine);
                figures.insert(Quantity::Inverted, found.inverted);
                figures.insert(Quantity::Rarest, rarest as f64 / samples.len().max(1) as f64);
                figures.extend(found.class_accuracy.map(|accuracy| (Quantity::ClassAccuracy, accuracy)));
            }
            Measure::Networks(networks) => {
                let pixels = self.generator.read_pixels(&samples.visible);
                let quantities = [Quantity::FrechetCnn, Quantity::FrechetMlp];
                for ((network, real), quantity) in networks.iter().zip(quantities) {
                    let seen = judge(network, &pixels, &self.device);
                    let own = FeatureMoments::of(&seen.features, seen.width);
                    figures.extend(own.frechet(real).map(|distance| (quantity, distance)));
                    if let (Quantity::FrechetCnn, Some(asked)) = (quantity, &samples.requested) {
                        let right = asked.iter().zip(&seen.classes).filter(|(a, b)| a == b).count();
                        figures.insert(Quantity::ClassAccuracy, right as f64 / samples.len().max(1) as f64);
                    }
                }
            }
        }
        Ok(figures)
    }
}
