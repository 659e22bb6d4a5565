//! The Fréchet distance of two sets of features, and what it is compared with.

use data::Images;
use faer::{Mat, Side};
use learning::Random;

/// Mean and covariance of features.
#[derive(Debug, Clone)]
pub struct FeatureMoments {
    mean: Vec<f64>,
    covariance: Mat<f64>,
}

impl FeatureMoments {
    /// Of rows of `width` features.
    pub fn of(features: &[f32], width: usize) -> Self {
        let n = (features.len() / width.max(1)).max(1) as f64;
        let mut mean = vec![0.0; width];
        for row in features.chunks_exact(width) {
            mean.iter_mut().zip(row).for_each(|(m, x)| *m += f64::from(*x) / n);
        }
        let mut covariance = Mat::<f64>::zeros(width, width);
        let mut centred = vec![0.0; width];
        for row in features.chunks_exact(width) {
            for ((c, x), m) in centred.iter_mut().zip(row).zip(&mean) {
                *c = f64::from(*x) - m;
            }
            for j in 0..width {
                for i in 0..=j {
                    covariance[(i, j)] += centred[i] * centred[j] / (n - 1.0).max(1.0);
                }
            }
        }
        for j in 0..width {
            for i in 0..j {
                covariance[(j, i)] = covariance[(i, j)];
            }
        }
        Self { mean, covariance }
    }

    /// Fréchet distance between Gaussians of these moments (D. Dowson and B. Landau, J. Multivar. Anal. 12, 450 (1982)):
    ///
    /// ```text
    /// |m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁^½ C₂ C₁^½)^½)
    /// ```
    ///
    /// None if an eigenvalue decomposition fails.
    pub fn frechet(&self, other: &Self) -> Option<f64> {
        let width = self.mean.len();
        let square: f64 = self.mean.iter().zip(&other.mean).map(|(a, b)| (a - b).powi(2)).sum();
        let own = self.covariance.self_adjoint_eigen(Side::Lower).ok()?;
        let (values, vectors) = (own.S().column_vector(), own.U());
        let scaled = Mat::from_fn(width, width, |i, j| vectors[(i, j)] * values[j].max(0.0).sqrt());
        let root = &scaled * vectors.transpose();
        let inner = &root * &other.covariance * &root;
        let symmetric = Mat::from_fn(width, width, |i, j| f64::midpoint(inner[(i, j)], inner[(j, i)]));
        let eigenvalues = symmetric.self_adjoint_eigenvalues(Side::Lower).ok()?;
        let trace = |m: &Mat<f64>| (0..width).map(|i| m[(i, i)]).sum::<f64>();
        let cross: f64 = eigenvalues.iter().map(|v| v.max(0.0).sqrt()).sum();
        let distance = square + trace(&self.covariance) + trace(&other.covariance) - 2.0 * cross;
        distance.is_finite().then_some(distance)
    }
}

/// Samples whose pixels are independent, black or white, with the mean pixels of the training images: of each class by itself,
/// the classes in turn (`pooled` false), or of all together.
pub fn bernoulli_samples(images: &Images, classes: usize, count: usize, pooled: bool, seed: u64) -> Vec<f32> {
    let pixels = images.pixel_count();
    let groups = if pooled { 1 } else { classes };
    let (mut sums, mut members) = (vec![0.0; groups * pixels], vec![0.0f64; groups]);
    for i in 0..images.len() {
        let group = if pooled { 0 } else { usize::from(images.labels[i]) };
        members[group] += 1.0;
        let sums = &mut sums[group * pixels..(group + 1) * pixels];
        sums.iter_mut().zip(images.image(i)).for_each(|(s, p)| *s += f64::from(*p) / 255.0);
    }
    let mut random = Random::new(seed, "bernoulli", u64::from(pooled));
    let mut samples = Vec::with_capacity(count * pixels);
    for sample in 0..count {
        let group = sample % groups;
        for sum in &sums[group * pixels..(group + 1) * pixels] {
            let unit = (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
            samples.push(f32::from(u8::from(unit < sum / members[group].max(1.0))));
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_gaussians_along_the_axes_is_the_textbooks() {
        // Diagonal covariances: Σ (m₁ − m₂)² + (σ₁ − σ₂)².
        let of = |mean: [f64; 2], sigma: [f64; 2]| FeatureMoments {
            mean: mean.to_vec(),
            covariance: Mat::from_fn(2, 2, |i, j| if i == j { sigma[i] * sigma[i] } else { 0.0 }),
        };
        let distance = of([1.0, -2.0], [0.5, 3.0]).frechet(&of([0.0, 1.0], [2.0, 1.0])).unwrap_or(f64::NAN);
        assert!((distance - (1.0 + 9.0 + 2.25 + 4.0)).abs() < 1e-9, "{distance}");
        let same = of([1.0, -2.0], [0.5, 3.0]);
        assert!(same.frechet(&same).is_some_and(|d| d.abs() < 1e-9));
    }

    #[test]
    fn moments_are_those_of_the_rows() {
        let found = FeatureMoments::of(&[1.0, 0.0, 3.0, 4.0, 5.0, 2.0], 2);
        assert!((found.mean[0] - 3.0).abs() < 1e-12 && (found.mean[1] - 2.0).abs() < 1e-12);
        assert!((found.covariance[(0, 0)] - 4.0).abs() < 1e-12);
        assert!((found.covariance[(1, 0)] - 2.0).abs() < 1e-12);
    }
}
