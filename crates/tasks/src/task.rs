//! What a task is: a Burn module with a read-in and a read-out, and labelled examples for it.

use crate::data::Images;
use crate::variation::{Variation, vary};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use learning::{ExampleSource, Programmable, Random};

/// A task as a Burn module: a computer with its read-in (and its read-out, [`Programmable::read_out`]).
pub trait Task<B: Backend>: Programmable<B> {
    /// What the frozen inputs show for raw features (pixels in 0..=1, say).
    ///
    /// # Shapes
    /// `[batch, features]` → `[batch, inputs]`
    fn read_in(&self, raw: Tensor<B, 2>) -> Tensor<B, 2>;
}

/// Labelled examples with raw features.
pub trait Examples {
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
}

/// Examples as a task reads them in.
#[derive(Debug, Clone)]
pub struct TaskExamples<'a, B: Backend, T, E> {
    /// The task.
    pub task: T,
    /// The examples.
    pub examples: &'a E,
    /// Device of the tensors.
    pub device: B::Device,
}

impl<B: Backend, T: Task<B>, E: Examples> ExampleSource<B> for TaskExamples<'_, B, T, E> {
    fn len(&self) -> usize {
        self.examples.len()
    }

    fn inputs(&self, indices: &[usize]) -> Tensor<B, 2> {
        let mut raw = Vec::with_capacity(indices.len() * self.examples.feature_count());
        indices.iter().for_each(|i| self.examples.features(*i, &mut raw));
        self.read_in(raw, indices.len())
    }
}

impl<B: Backend, T: Task<B>, E: Examples> TaskExamples<'_, B, T, E> {
    /// Frozen inputs of random variations of the given examples.
    ///
    /// # Shapes
    /// `[batch, inputs]`
    pub fn varied_inputs(&self, indices: &[usize], variation: &Variation, random: &mut Random) -> Tensor<B, 2> {
        let mut raw = Vec::with_capacity(indices.len() * self.examples.feature_count());
        indices.iter().for_each(|i| self.examples.varied_features(*i, variation, random, &mut raw));
        self.read_in(raw, indices.len())
    }

    fn read_in(&self, raw: Vec<f32>, batch: usize) -> Tensor<B, 2> {
        let raw = TensorData::new(raw, [batch, self.examples.feature_count()]);
        self.task.read_in(Tensor::from_data(raw, &self.device))
    }
}
