//! What a task is: a Burn module with a read-in and a read-out, and labelled examples for it.

use crate::data::Images;
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

    /// Appends a random variation of an example of strength `shift`, for training. By default the example itself.
    fn varied_features(&self, index: usize, shift: usize, random: &mut Random, out: &mut Vec<f32>) {
        let _ = (shift, random);
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

    /// The image shifted by up to `shift` pixels each way; zeros come in at the edges.
    fn varied_features(&self, index: usize, shift: usize, random: &mut Random, out: &mut Vec<f32>) {
        let image = self.image(index);
        let mut offset = || random.below(2 * shift + 1) as isize - shift as isize;
        let (down, right) = (offset(), offset());
        let columns = self.columns;
        // Columns that show pixels: those that `right` has moved others into.
        let (first, last) =
            (right.clamp(0, columns as isize) as usize, (columns as isize + right.min(0)).max(0) as usize);
        let last = last.max(first);
        for row in 0..self.rows {
            match row.checked_add_signed(-down).filter(|r| *r < self.rows && first < last) {
                Some(from) => {
                    let start = from * columns + first.saturating_add_signed(-right);
                    out.extend(std::iter::repeat_n(0.0, first));
                    out.extend(image[start..start + last - first].iter().map(|p| f32::from(*p) / 255.0));
                    out.extend(std::iter::repeat_n(0.0, columns - last));
                }
                None => out.extend(std::iter::repeat_n(0.0, columns)),
            }
        }
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
    pub fn varied_inputs(&self, indices: &[usize], shift: usize, random: &mut Random) -> Tensor<B, 2> {
        let mut raw = Vec::with_capacity(indices.len() * self.examples.feature_count());
        indices.iter().for_each(|i| self.examples.varied_features(*i, shift, random, &mut raw));
        self.read_in(raw, indices.len())
    }

    fn read_in(&self, raw: Vec<f32>, batch: usize) -> Tensor<B, 2> {
        let raw = TensorData::new(raw, [batch, self.examples.feature_count()]);
        self.task.read_in(Tensor::from_data(raw, &self.device))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_image_is_moved_and_nothing_else() {
        let (rows, columns) = (3, 4);
        let pixels: Vec<u8> = (1..=12).collect();
        let images = Images { rows, columns, pixels: pixels.clone(), labels: vec![0] };
        let mut seen = std::collections::BTreeSet::new();
        for trial in 0..400 {
            let mut shifted = Vec::new();
            let shift = trial % 6;
            images.varied_features(0, shift, &mut Random::new(1, "shift", trial as u64), &mut shifted);
            let mut random = Random::new(1, "shift", trial as u64);
            let mut offset = || random.below(2 * shift + 1) as isize - shift as isize;
            let (down, right) = (offset(), offset());
            seen.insert((down, right));
            for row in 0..rows as isize {
                for column in 0..columns as isize {
                    let (r, c) = (row - down, column - right);
                    let inside = (0..rows as isize).contains(&r) && (0..columns as isize).contains(&c);
                    let expected =
                        if inside { f32::from(pixels[(r * columns as isize + c) as usize]) / 255.0 } else { 0.0 };
                    let found = shifted[(row * columns as isize + column) as usize];
                    assert!((found - expected).abs() < 1e-7, "down {down}, right {right}");
                }
            }
            assert_eq!(shifted.len(), rows * columns);
        }
        assert!(seen.len() > 50);
    }
}
