//! Image classifiers that measure samples, and critics that may train a generator. A network that measures never takes part in any
//! training of a generator.

use crate::TaskError;
use burn::module::{AutodiffModule, Module};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Int, Tensor, TensorData};
use data::Images;
use langevin::stream;
use learning::{
    Batches, LearningError, Objective, Observer, OptimizerKind, Progress, Random, Schedule, TrainingConfig,
    cross_entropy, train,
};

use crate::{Examples, Variation};

/// What a judge is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JudgeKind {
    /// Convolutions of 6×6 (16 channels) and 4×4 (32), each of stride 2, then 64 features.
    Cnn,
    /// 256 units, then 64 features.
    Mlp,
    /// A critic: convolutions of 4×4 (24 channels) and 6×6 (48), each of stride 2, then 96 features.
    Critic,
    /// The other critic: 384 units, then 96 features.
    CriticMlp,
}

impl JudgeKind {
    /// The networks that a generator is trained by; the others only measure.
    pub const CRITICS: [Self; 2] = [Self::Critic, Self::CriticMlp];

    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cnn, Self::Mlp, Self::Critic, Self::CriticMlp];

    /// Name, for files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cnn => "cnn",
            Self::Mlp => "mlp",
            Self::Critic => "critic",
            Self::CriticMlp => "critic-mlp",
        }
    }

    /// What its random numbers are for, as `stream` takes it.
    fn purpose(self) -> &'static str {
        match self {
            Self::Cnn => "cnn",
            Self::Mlp => "mlp",
            Self::Critic => "guide",
            Self::CriticMlp => "guide-mlp",
        }
    }
}

/// What makes a [`Judge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JudgeConfig {
    /// Which layers the judge has.
    pub kind: JudgeKind,
    /// Pixel rows of an image.
    pub rows: usize,
    /// Pixel columns of an image.
    pub columns: usize,
    /// Number of classes.
    pub classes: usize,
}

/// A classifier of images with a layer of features before its logits.
#[derive(Module, Debug)]
pub struct Judge<B: Backend> {
    convolutions: Vec<Convolution<B>>,
    layers: Vec<Linear<B>>,
    head: Linear<B>,
    rows: usize,
    columns: usize,
}

/// A convolution of stride 2 as a matrix product of patches (burn-ndarray's own is many times slower): the image's four phases
/// of 2×2 pixels become channels, of which `reach` × `reach` neighbours are a patch, 2 `reach` pixels each way.
#[derive(Module, Debug)]
struct Convolution<B: Backend> {
    kernel: Linear<B>,
    reach: usize,
}

impl<B: Backend> Convolution<B> {
    fn new(channels: usize, out: usize, reach: usize, device: &B::Device) -> Self {
        Self { kernel: LinearConfig::new(4 * channels * reach * reach, out).init(device), reach }
    }

    /// `[batch, rows, columns, channels]` → half the rows and columns, rounded up.
    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let x = padded(x, [0, 0], [1, 1], true);
        let [batch, rows, columns, channels] = x.dims();
        let (rows, columns) = (rows / 2, columns / 2);
        let x = x.reshape([batch, rows, 2, columns, 2, channels]).permute([0, 1, 3, 2, 4, 5]);
        let phases: Tensor<B, 4> = x.reshape([batch, rows, columns, 4 * channels]);
        let before = (self.reach - 1) / 2;
        let after = self.reach - 1 - before;
        let wide = padded(phases, [before; 2], [after; 2], false);
        let mut neighbours = Vec::with_capacity(self.reach * self.reach);
        for down in 0..self.reach {
            for right in 0..self.reach {
                neighbours.push(wide.clone().narrow(1, down, rows).narrow(2, right, columns));
            }
        }
        self.kernel.forward(Tensor::cat(neighbours, 3))
    }
}

/// Zeros around rows and columns; with `to_even`, those after only where their number is odd.
fn padded<B: Backend>(x: Tensor<B, 4>, before: [usize; 2], after: [usize; 2], to_even: bool) -> Tensor<B, 4> {
    let mut x = x;
    for dim in [1, 2] {
        let mut parts = Vec::new();
        let zeros = |count: usize, like: &Tensor<B, 4>| {
            let mut shape = like.dims();
            shape[dim] = count;
            Tensor::zeros(shape, &like.device())
        };
        let late = if to_even && x.dims()[dim].is_multiple_of(2) { 0 } else { after[dim - 1] };
        if before[dim - 1] > 0 {
            parts.push(zeros(before[dim - 1], &x));
        }
        parts.push(x.clone());
        if late > 0 {
            parts.push(zeros(late, &x));
        }
        x = if parts.len() > 1 { Tensor::cat(parts, dim) } else { x };
    }
    x
}

/// Images a training step.
const BATCH: usize = 100;

impl JudgeConfig {
    /// A randomly initialised judge (Burn's Kaiming-uniform layers).
    pub fn init<B: Backend>(&self, device: &B::Device) -> Judge<B> {
        let Self { kind, rows, columns, classes } = *self;
        let halved = |n: usize| n.div_ceil(2).div_ceil(2);
        let convolution = |from, to, reach| Convolution::new(from, to, reach, device);
        let linear = |from: usize, to: usize| LinearConfig::new(from, to).init(device);
        let area = halved(rows) * halved(columns);
        let (convolutions, sizes) = match kind {
            JudgeKind::Cnn => (vec![convolution(1, 16, 3), convolution(16, 32, 2)], vec![32 * area, 64]),
            JudgeKind::Critic => (vec![convolution(1, 24, 2), convolution(24, 48, 3)], vec![48 * area, 96]),
            JudgeKind::Mlp => (vec![], vec![rows * columns, 256, 64]),
            JudgeKind::CriticMlp => (vec![], vec![rows * columns, 384, 96]),
        };
        let layers = sizes.windows(2).map(|w| linear(w[0], w[1])).collect();
        let head = linear(sizes[sizes.len() - 1], classes);
        Judge { convolutions, layers, head, rows, columns }
    }
}

impl<B: Backend> Judge<B> {
    /// Features of the last layer before the logits.
    ///
    /// # Shapes
    /// pixels in 0..=1, `[batch, pixels]` → `[batch, features]`
    pub fn features(&self, pixels: Tensor<B, 2>) -> Tensor<B, 2> {
        let [batch, _] = pixels.dims();
        let mut x = pixels;
        if !self.convolutions.is_empty() {
            let mut image: Tensor<B, 4> = x.reshape([batch, self.rows, self.columns, 1]);
            for convolution in &self.convolutions {
                image = relu(convolution.forward(image));
            }
            x = image.flatten(1, 3);
        }
        for layer in &self.layers {
            x = relu(layer.forward(x));
        }
        x
    }

    /// Logits of features.
    ///
    /// # Shapes
    /// `[batch, features]` → `[batch, classes]`
    pub fn logits(&self, features: Tensor<B, 2>) -> Tensor<B, 2> {
        self.head.forward(features)
    }
}

/// The same judge on the backend with autodiff, its own parameters fixed.
pub fn with_autodiff<B: AutodiffBackend>(judge: &Judge<B::InnerBackend>) -> Judge<B> {
    <Judge<B> as AutodiffModule<B>>::from_inner(judge.clone()).no_grad()
}

struct Labels<'a, D> {
    images: &'a Images,
    batches: Batches,
    seed: u64,
    device: D,
}

impl<B: AutodiffBackend> Objective<B, Judge<B>> for Labels<'_, B::Device> {
    type Batch = (Tensor<B::InnerBackend, 2>, Tensor<B::InnerBackend, 1, Int>);

    fn quantity(&self) -> &'static str {
        "loss"
    }

    fn batch(&self, step: usize) -> Result<Self::Batch, LearningError> {
        let indices = self.batches.at(step);
        let mut random = Random::new(self.seed, "shifts", step as u64);
        let mut raw = Vec::with_capacity(indices.len() * self.images.pixel_count());
        indices.iter().for_each(|i| self.images.varied_features(*i, &Variation::shift(1), &mut random, &mut raw));
        let pixels =
            Tensor::from_data(TensorData::new(raw, [indices.len(), self.images.pixel_count()]), &self.device);
        let labels: Vec<i64> = indices.iter().map(|i| i64::from(self.images.labels[*i])).collect();
        Ok((pixels, Tensor::from_data(labels.as_slice(), &self.device)))
    }

    fn loss(&self, model: &Judge<B>, (pixels, labels): Self::Batch) -> Result<Tensor<B, 1>, LearningError> {
        let logits = model.logits(model.features(Tensor::from_inner(pixels)));
        Ok(cross_entropy(logits, Tensor::from_inner(labels)))
    }
}

struct Steps<F>(F);

impl<M, F: FnMut(usize, usize)> Observer<M> for Steps<F> {
    fn after_step(&mut self, progress: Progress, _: &M) -> Result<(), LearningError> {
        (self.0)(progress.step, progress.steps);
        Ok(())
    }
}

/// Trains a judge on labelled images, each shifted at random by up to a pixel: Adam, learning rate from 2e-3 to 0, batches of 100.
///
/// # Errors
/// [`TaskError::Learning`] when it diverges.
pub fn train_judge<B: AutodiffBackend>(
    kind: JudgeKind,
    images: &Images,
    classes: usize,
    epochs: usize,
    seed: u64,
    device: &B::Device,
    progress: impl FnMut(usize, usize),
) -> Result<Judge<B::InnerBackend>, TaskError> {
    let seed = stream(seed, kind.purpose());
    <B as Backend>::seed(device, seed);
    let (rows, columns) = (images.rows, images.columns);
    let fresh: Judge<B> = JudgeConfig { kind, rows, columns, classes }.init(device);
    let batches = Batches::new(images.len(), BATCH, seed);
    let config = TrainingConfig {
        optimizer: OptimizerKind::Adam,
        learning_rate: 2e-3,
        schedule: Schedule::Cosine,
        weight_decay: 0.0,
        steps: epochs * batches.per_epoch(),
        look_every: 100,
        ..TrainingConfig::default()
    };
    let objective = Labels { images, batches, seed, device: device.clone() };
    Ok(train(fresh, &objective, &config, None, &mut Steps(progress))?.valid())
}

/// Features and most likely classes of many images.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Row after row.
    pub features: Vec<f32>,
    /// Length of a row.
    pub width: usize,
    /// Most likely class of each image.
    pub classes: Vec<usize>,
    /// Mean over images of the entropy of the class probabilities, in nats.
    pub mean_entropy: f64,
}

/// Lets a judge look at pixels in 0..=1, image after image.
pub fn judge<B: Backend>(judge: &Judge<B>, pixels: &[f32], device: &B::Device) -> Judgement {
    let size = judge.rows * judge.columns;
    let mut found = Judgement { features: Vec::new(), width: 0, classes: Vec::new(), mean_entropy: 0.0 };
    for chunk in pixels.chunks(500 * size) {
        let rows = chunk.len() / size;
        let pixels = Tensor::<B, 2>::from_data(TensorData::new(chunk.to_vec(), [rows, size]), device);
        let features = judge.features(pixels);
        let logits = judge.logits(features.clone());
        let count = logits.dims()[1];
        found.width = features.dims()[1];
        found.features.extend(features.into_data().iter::<f32>());
        let logits: Vec<f64> = logits.into_data().iter::<f64>().collect();
        for row in logits.chunks_exact(count) {
            let best = (0..count).fold(0, |best, k| if row[k] > row[best] { k } else { best });
            let sum: f64 = row.iter().map(|l| (l - row[best]).exp()).sum();
            found.mean_entropy -= row
                .iter()
                .map(|l| {
                    let p = (l - row[best]).exp() / sum;
                    if p > 0.0 { p * p.ln() } else { 0.0 }
                })
                .sum::<f64>();
            found.classes.push(best);
        }
    }
    found.mean_entropy /= found.classes.len().max(1) as f64;
    found
}
