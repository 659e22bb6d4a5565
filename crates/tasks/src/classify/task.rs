//! What a task is: a Burn module with a read-in and a read-out, and labelled examples for it.

use super::variation::{Variation, vary};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use data::Images;
use learning::{ExampleSource, Programmable, Random};
use rayon::prelude::*;
use std::ops::Range;

/// A task as a Burn module: a computer with its read-in (and its read-out, [`Programmable::read_out`]).
pub trait Task<B: Backend>: Programmable<B> + Sync {
    /// What a data split tells the read-in, such as the scale of its images; `()` for a read-in that needs nothing.
    type Scale: Clone + std::fmt::Debug + Sync;

    /// What the frozen inputs show for raw features (pixels in 0..=1, say).
    ///
    /// # Shapes
    /// `[batch, features]` → `[batch, inputs]`
    fn read_in(&self, raw: Tensor<B, 2>, scale: &Self::Scale) -> Tensor<B, 2>;
}

/// Part of a data set: examples, and what they tell the read-in.
#[derive(Debug)]
pub struct Part<'a, E, S> {
    /// The examples.
    pub examples: &'a E,
    /// Scale of the read-in.
    pub scale: S,
}

impl<E, S: Clone> Clone for Part<'_, E, S> {
    fn clone(&self) -> Self {
        Self { examples: self.examples, scale: self.scale.clone() }
    }
}

/// Labelled examples with raw features.
pub trait Examples: Sync {
    /// Number of examples.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Raw features of each example.
    fn feature_count(&self) -> usize;

    /// Appends the raw features of an example.
    fn features(&self, index: usize, out: &mut Vec<f32>);

    /// Class of an example.
    fn label(&self, index: usize) -> usize;

    /// Appends a random variation of an example, for training. By default the example itself.
    fn varied_features(&self, index: usize, variation: &Variation, random: &mut Random, out: &mut Vec<f32>) {
        let _ = (variation, random);
        self.features(index, out);
    }

    /// Random numbers that [`Examples::varied_features`] takes for an example, where it takes as many for each: examples are then
    /// varied on several cores at once, with the same result. By default not known, and they are varied one after the other.
    fn draws(&self, variation: &Variation) -> Option<u64> {
        let _ = variation;
        None
    }
}

impl Examples for Images {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn feature_count(&self) -> usize {
        self.pixel_count()
    }

    /// Pixels in 0..=1.
    fn features(&self, index: usize, out: &mut Vec<f32>) {
        out.extend(self.image(index).iter().map(|p| f32::from(*p) / 255.0));
    }

    fn label(&self, index: usize) -> usize {
        usize::from(self.labels[index])
    }

    /// The image shifted, turned and zoomed; zeros come in at the edges.
    fn varied_features(&self, index: usize, variation: &Variation, random: &mut Random, out: &mut Vec<f32>) {
        vary(self, index, variation, random, out);
    }

    fn draws(&self, variation: &Variation) -> Option<u64> {
        Some(variation.draws())
    }
}

/// Examples as a task reads them in.
#[derive(Debug)]
pub struct TaskExamples<'a, B: Backend, T: Task<B>, E> {
    task: T,
    part: Part<'a, E, T::Scale>,
    device: B::Device,
}

impl<'a, B: Backend, T: Task<B>, E> TaskExamples<'a, B, T, E> {
    /// The examples of a part as `task` reads them in.
    pub fn new(task: &T, part: &Part<'a, E, T::Scale>, device: &B::Device) -> Self {
        Self { task: task.clone(), part: part.clone(), device: device.clone() }
    }

    /// The examples.
    pub fn examples(&self) -> &'a E {
        self.part.examples
    }

    /// Device of the tensors.
    pub fn device(&self) -> &B::Device {
        &self.device
    }
}

impl<B: Backend, T: Task<B>, E: Examples> ExampleSource<B> for TaskExamples<'_, B, T, E> {
    fn len(&self) -> usize {
        self.part.examples.len()
    }

    fn inputs(&self, indices: &[usize]) -> Tensor<B, 2> {
        let examples = self.part.examples;
        let read = |(_, some): (usize, &[usize]), raw: &mut Vec<f32>| {
            some.iter().for_each(|i| examples.features(*i, raw));
        };
        self.read_in(together(indices, examples.feature_count(), read), indices.len())
    }
}

/// Examples that one core reads at a time.
const TOGETHER: usize = 16;

/// Raw features of the given examples, read on several cores: `read` appends those of a few, told the place of the first.
fn together(
    indices: &[usize],
    features: usize,
    read: impl Fn((usize, &[usize]), &mut Vec<f32>) + Sync,
) -> Vec<f32> {
    let parts: Vec<Vec<f32>> = indices
        .par_chunks(TOGETHER)
        .enumerate()
        .map(|(chunk, some)| {
            let mut raw = Vec::with_capacity(some.len() * features);
            read((chunk * TOGETHER, some), &mut raw);
            raw
        })
        .collect();
    parts.concat()
}

impl<B: Backend, T: Task<B>, E: Examples> TaskExamples<'_, B, T, E> {
    /// Frozen inputs of random variations of some rows of a batch, each as in the whole batch.
    ///
    /// # Shapes
    /// `[rows.len(), inputs]`
    pub fn varied_inputs(
        &self,
        batch: &[usize],
        rows: Range<usize>,
        variation: &Variation,
        random: &mut Random,
    ) -> Tensor<B, 2> {
        let (examples, features) = (self.part.examples, self.part.examples.feature_count());
        let raw = match examples.draws(variation) {
            Some(draws) => {
                let first = random.clone();
                random.skip(draws * batch.len() as u64);
                together(&batch[rows.clone()], features, |(place, some), raw| {
                    let mut random = first.clone();
                    random.skip(draws * (rows.start + place) as u64);
                    some.iter().for_each(|i| examples.varied_features(*i, variation, &mut random, raw));
                })
            }
            None => {
                let mut raw = Vec::with_capacity(batch.len() * features);
                batch.iter().for_each(|i| examples.varied_features(*i, variation, random, &mut raw));
                raw[rows.start * features..rows.end * features].to_vec()
            }
        };
        self.read_in(raw, rows.len())
    }

    fn read_in(&self, raw: Vec<f32>, batch: usize) -> Tensor<B, 2> {
        let raw = TensorData::new(raw, [batch, self.part.examples.feature_count()]);
        self.task.read_in(Tensor::from_data(raw, &self.device), &self.part.scale)
    }
}
