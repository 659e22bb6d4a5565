//! Quality of samples where many images were learnt. The protocol:
//!
//! * two classifiers, a CNN and an MLP, trained on the training images (validation images left out) with seeds of their own, that no
//!   training of a generator ever sees;
//! * class accuracy and entropy under the CNN, its own accuracy on the test images beside them;
//! * Fréchet distance of the 64 features before the logits, of all samples against all test images, for both nets; its floor: as many
//!   held-out (validation) images as there are; its ceilings: as many samples of the class-conditional and the pooled Bernoulli model;
//! * memorisation: mean distance (L2, pixels in 0..=1) of samples to their nearest training image, against that of held-out images.

use super::frechet::{FeatureMoments, bernoulli_samples};
use super::generator::Samples;
use super::judge::{Judge, Judgement, judge};
use super::prototypes::diversity;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use data::Images;
use runs::{ImageQuality, PerNet};

/// Images that measure.
pub struct Reference<'a> {
    /// Training images.
    pub train: &'a Images,
    /// Real images beside the samples: held-out ones, if `test` is the test set.
    pub held_out: &'a Images,
    /// Images that the samples are compared with.
    pub test: &'a Images,
    /// Classes.
    pub classes: usize,
}

/// Samples and held-out images whose nearest training image is looked for.
const NEIGHBOURS: usize = 1000;

fn pixels(images: &Images) -> Vec<f32> {
    images.pixels.iter().map(|p| f32::from(*p) / 255.0).collect()
}

/// Measures the read-out of samples, pixels in 0..=1.
pub fn quality<B: Backend>(
    samples: &Samples,
    read: &[f32],
    reference: &Reference<'_>,
    [cnn, mlp]: [&Judge<B>; 2],
    seed: u64,
    device: &B::Device,
) -> ImageQuality {
    let (train, held_out, test) = (reference.train, reference.held_out, reference.test);
    let both = |pixels: &[f32]| [judge(cnn, pixels, device), judge(mlp, pixels, device)];
    let (real, held) = (pixels(test), pixels(held_out));
    let [real_cnn, real_mlp] = both(&real);
    let of = |j: &Judgement| FeatureMoments::of(&j.features, j.width);
    let targets = [of(&real_cnn), of(&real_mlp)];
    let distance =
        |[a, b]: &[Judgement; 2]| PerNet { cnn: of(a).frechet(&targets[0]), mlp: of(b).frechet(&targets[1]) };
    let right = |found: &Judgement| {
        let right = found.classes.iter().zip(&test.labels).filter(|(c, l)| **c == usize::from(**l)).count();
        right as f64 / test.len().max(1) as f64
    };
    let own = both(read);
    let count = samples.len();
    let mut class_counts = vec![0; reference.classes];
    own[0].classes.iter().for_each(|c| class_counts[*c] += 1);
    let bernoulli = |pooled| both(&bernoulli_samples(train, reference.classes, count, pooled, seed));
    let size = train.pixel_count();
    let rows: Vec<&[f32]> = read.chunks_exact(size).collect();
    let asked = samples.requested.as_ref().unwrap_or(&own[0].classes);
    let real_rows: Vec<&[f32]> = real.chunks_exact(size).collect();
    let real_labels: Vec<usize> = test.labels.iter().map(|l| usize::from(*l)).collect();
    let training = pixels(train);
    let near = |of: &[f32]| nearest::<B>(&of[..of.len().min(NEIGHBOURS * size)], &training, size, device);
    ImageQuality {
        count,
        class_accuracy: samples.requested.as_ref().map(|asked| {
            asked.iter().zip(&own[0].classes).filter(|(a, b)| a == b).count() as f64 / count.max(1) as f64
        }),
        class_counts,
        class_entropy: own[0].mean_entropy,
        classifier_accuracy: PerNet { cnn: Some(right(&real_cnn)), mlp: Some(right(&real_mlp)) },
        frechet: distance(&own),
        frechet_floor: distance(&both(&held)),
        floor_images: held_out.len(),
        frechet_bernoulli: distance(&bernoulli(false)),
        frechet_bernoulli_pooled: distance(&bernoulli(true)),
        nearest_train: near(read),
        nearest_real: near(&held),
        diversity: diversity(&rows, asked, reference.classes),
        diversity_real: diversity(&real_rows, &real_labels, reference.classes),
    }
}

/// Mean distance of rows to the nearest of `others`.
fn nearest<B: Backend>(rows: &[f32], others: &[f32], size: usize, device: &B::Device) -> f64 {
    let matrix = |values: &[f32]| {
        Tensor::<B, 2>::from_data(TensorData::new(values.to_vec(), [values.len() / size, size]), device)
    };
    let own = matrix(rows);
    let squares = |t: &Tensor<B, 2>| (t.clone() * t.clone()).sum_dim(1);
    let own_squares = squares(&own);
    let mut least = vec![f64::MAX; rows.len() / size];
    for chunk in others.chunks(5000 * size) {
        let other = matrix(chunk);
        let square =
            own_squares.clone() + squares(&other).transpose() - own.clone().matmul(other.transpose()) * 2.0;
        let found = square.min_dim(1).into_data();
        least.iter_mut().zip(found.iter::<f64>()).for_each(|(l, s)| *l = l.min(s));
    }
    least.iter().map(|s| s.max(0.0).sqrt()).sum::<f64>() / least.len().max(1) as f64
}
