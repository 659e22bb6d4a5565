//! Statistical tests, with tolerances from standard errors.
//!
//! Every check prints what it found, n and the seed when it fails; the acceptance is |z| ≤ [`Z`].

/// Standard errors allowed: a test at 5 fails by chance once in 1.7 million.
pub const Z: f64 = 5.0;

/// Mean and standard error of independent samples.
#[must_use]
pub fn mean_and_stderr(samples: &[f64]) -> (f64, f64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let variance = samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Asserts that the mean of independent samples is `expected`, within [`Z`] standard errors.
///
/// # Panics
/// When it is not.
pub fn assert_mean(name: &str, samples: &[f64], expected: f64, seed: u64) {
    let (mean, stderr) = mean_and_stderr(samples);
    let z = (mean - expected) / stderr;
    assert!(
        z.abs() <= Z,
        "{name}: mean {mean:.6} ± {stderr:.6}, expected {expected:.6}: z = {z:.2}, n = {}, seed {seed}",
        samples.len()
    );
}

/// Asserts that the variance of independent samples of mean zero is `expected`, the standard error of the mean square
/// estimated from the samples themselves.
///
/// # Panics
/// When it is not.
pub fn assert_variance(name: &str, samples: &[f64], expected: f64, seed: u64) {
    let squares: Vec<f64> = samples.iter().map(|x| x * x).collect();
    assert_mean(name, &squares, expected, seed);
}

/// Asserts that samples are χ² with `degrees` degrees of freedom: mean k and variance 2k, within [`Z`] standard errors
/// (that of the variance from the fourth central moment 12k² + 48k of χ²).
///
/// # Panics
/// When they are not.
pub fn assert_chi_squared(name: &str, samples: &[f64], degrees: f64, seed: u64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let z_mean = (mean - degrees) / (2.0 * degrees / n).sqrt();
    let variance = samples.iter().map(|x| (x - degrees).powi(2)).sum::<f64>() / n;
    let fourth = 12.0 * degrees * degrees + 48.0 * degrees;
    let stderr = ((fourth - 4.0 * degrees * degrees) / n).sqrt();
    let z_variance = (variance - 2.0 * degrees) / stderr;
    assert!(
        z_mean.abs() <= Z && z_variance.abs() <= Z,
        "{name}: χ² with {degrees} degrees: mean {mean:.3} (z = {z_mean:.2}), variance {variance:.3} \
         (z = {z_variance:.2}), n = {n}, seed {seed}"
    );
}

/// Kolmogorov–Smirnov statistic √n sup|F_n − F| of samples against a distribution function; above 2.7 the probability
/// of chance is below 10⁻⁶.
#[must_use]
pub fn kolmogorov_smirnov(samples: &[f64], distribution: impl Fn(f64) -> f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distance = sorted.iter().enumerate().fold(0.0f64, |worst, (i, x)| {
        let f = distribution(*x);
        worst.max((f - i as f64 / n).abs()).max(((i + 1) as f64 / n - f).abs())
    });
    distance * n.sqrt()
}
