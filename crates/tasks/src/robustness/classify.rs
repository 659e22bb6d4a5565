//! A classifier on disturbed devices.

use super::{Device, Figures, RobustnessOptions, Subject};
use crate::classify::answer;
use crate::{Classifier, Classify, Split, TaskError, TaskExamples, mean_and_std};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use data::Divided;
use langevin::{CounterNoise, LangevinBackend, replica_id, stream};
use learning::{ExampleSource, Programmable};
use runs::{Criterion, Quantity};

/// Test images as the classifier reads them in, and their labels.
pub(super) struct Classified<B: Backend> {
    batches: Vec<Batch<B>>,
    /// Root mean square of the inputs.
    rms: f64,
    /// Seed of the evaluation's noise.
    noise: u64,
    /// Seed of everything.
    seed: u64,
    /// What heat is counted in.
    heat_unit: f64,
}

struct Batch<B: Backend> {
    /// The images' places in the test set.
    images: Vec<usize>,
    labels: Vec<usize>,
    inputs: Tensor<B, 2>,
}

impl<B: LangevinBackend> Classified<B> {
    /// So many images of the test set, evenly spaced in it.
    pub(super) fn new(
        job: &Classify,
        classifier: &Classifier<B>,
        data: &Divided,
        options: &RobustnessOptions,
        device: &B::Device,
    ) -> Self {
        let part = job.part(data, Split::Test);
        let (there, wanted) = (part.examples.len(), options.trajectories);
        let chosen: Vec<usize> = (0..wanted).map(|i| i * there / wanted).collect();
        let source = TaskExamples::new(classifier, &part, device);
        let of = |images: &[usize]| Batch {
            images: images.to_vec(),
            labels: images.iter().map(|i| usize::from(part.examples.labels[*i])).collect(),
            inputs: source.inputs(images),
        };
        Self {
            batches: chosen.chunks(job.evaluation.batch.max(1)).map(of).collect(),
            // Every image has the same norm.
            rms: part.scale.norm / (part.examples.pixel_count() as f64).sqrt(),
            noise: stream(options.seed, "evaluation"),
            seed: options.seed,
            heat_unit: job.dynamics.simulation().dynamics.bath.heat_unit(),
        }
    }
}

impl<B: LangevinBackend> Subject<B> for Classified<B> {
    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { quantity: Quantity::Accuracy, loss: 0.01 })
    }

    fn figures(
        &self,
        device: &Device<B>,
        replica: usize,
        done: &mut dyn FnMut(usize),
    ) -> Result<Figures, TaskError> {
        let classifier = Classifier::new(device.computer().clone());
        let (mut right, mut heat) = (0, Vec::new());
        for Batch { images, labels, inputs } in &self.batches {
            let inputs = device.inputs(inputs.clone(), self.rms, images, [self.seed, replica as u64]);
            let protocol = device.computer().protocol(Some(inputs), images.len())?;
            let noise = CounterNoise::new(self.noise, images.iter().map(|i| replica_id(*i, replica)));
            let rest = Tensor::zeros(protocol.dims(), &device.computer().device());
            let outcome = device.run(protocol, rest, &noise)?;
            let scores = classifier.read_out(outcome.state);
            let classes = scores.dims()[1];
            let scores: Vec<f32> = scores.into_data().iter::<f32>().collect();
            let answers = scores.chunks_exact(classes).map(answer);
            right += answers.zip(labels).filter(|(answer, label)| *answer == Some(**label)).count();
            heat.extend(outcome.heat.into_data().iter::<f64>().map(|q| q / self.heat_unit));
            done(heat.len());
        }
        let accuracy = right as f64 / heat.len().max(1) as f64;
        Ok([(Quantity::Accuracy, accuracy), (Quantity::HeatKt, mean_and_std(&heat).0)].into())
    }
}
