//! The papers' image classifier.

use crate::{PixelScaling, Task};
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use langevin::Computer;
use learning::Programmable;

/// An image classifier: pixels frozen at the inputs, the class with the largest output at the observation time is the
/// answer. How pixels are scaled belongs to the data split, not to the computer.
#[derive(Module, Debug)]
pub struct Classifier<B: Backend> {
    /// The computer.
    pub computer: Computer<B>,
}

impl<B: Backend> Classifier<B> {
    /// A classifier on `computer`.
    pub fn new(computer: Computer<B>) -> Self {
        Self { computer }
    }
}

impl<B: Backend> Programmable<B> for Classifier<B> {
    fn computer(&self) -> &Computer<B> {
        &self.computer
    }

    fn with_computer(self, computer: Computer<B>) -> Self {
        Self { computer }
    }
}

impl<B: Backend> Task<B> for Classifier<B> {
    type Scale = PixelScaling;

    /// Standardises pixels in 0..=1 and scales every image to one L2 norm.
    fn read_in(&self, raw: Tensor<B, 2>, scale: &PixelScaling) -> Tensor<B, 2> {
        let standard = (raw - scale.mean) / scale.std;
        // An all-mean image has norm 0 and stays 0: the bound only keeps it from 0/0.
        let norm = (standard.clone() * standard.clone()).sum_dim(1).sqrt().clamp_min(1e-12);
        // Not `recip`: burn-ndarray's is an approximation, and not the same one for every alignment.
        let scale = norm.ones_like() * scale.norm / norm;
        // Each image's factor at all of its pixels, by a product: burn-ndarray takes ten times as long to broadcast it.
        let [_, pixels] = standard.dims();
        let everywhere = scale.matmul(Tensor::ones([1, pixels], &standard.device()));
        standard * everywhere
    }
}
