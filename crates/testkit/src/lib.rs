//! Statistical tests, with tolerances from standard errors.
//!
//! Every check says what it found, n and the seed when it fails; the acceptance is |z| ≤ [`Z`]. A standard error made of few
//! samples (a heavy tail's) is wide enough for any mean: [`effective_sample_size`] tells, and a mean it speaks against fails.

#![expect(clippy::print_stderr, reason = "what a test found is for whoever runs it")]

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

/// Samples that carry a standard error, at least, for it to be trusted: with so many its own relative error is about
/// ½/√100 = 5 %, and a z of 5 is one between 4.75 and 5.25.
pub const FEWEST: f64 = 100.0;

/// Effective size of a weighted sample (Kish): n for equal weights, 1 where one of them is all.
///
/// ```text
/// n_eff = (Σ w)² / Σ w²
/// ```
///
/// An exponential average ⟨e^{−βW}⟩ has the relative standard error √(1/n_eff − 1/n), with w = e^{−βW}. Of no weight at all
/// the size is not a number, which is above no bound.
#[must_use]
pub fn effective_sample_size(weights: &[f64]) -> f64 {
    let (total, squares) = weights.iter().fold((0.0, 0.0), |(t, s), w| (t + w, s + w * w));
    total * total / squares
}

/// Effective number of the samples that the standard error of their mean is made of: [`effective_sample_size`] with the squared
/// deviations for weights. For normal samples that is n/3; for heavy tails it is a few, however large n.
#[must_use]
pub fn samples_behind_stderr(samples: &[f64]) -> f64 {
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    let squares: Vec<f64> = samples.iter().map(|x| (x - mean).powi(2)).collect();
    effective_sample_size(&squares)
}

/// Asserts that the mean of independent samples is `expected`, within [`Z`] standard errors, and that the standard error can be
/// trusted: [`FEWEST`] samples or more are behind it. Prints both, whether it holds or not.
///
/// # Panics
/// When it is not, or cannot be judged.
pub fn assert_mean(name: &str, samples: &[f64], expected: f64, seed: u64) {
    let (mean, stderr) = mean_and_stderr(samples);
    let z = (mean - expected) / stderr;
    let behind = samples_behind_stderr(samples);
    let found = format!(
        "{name}: mean {mean:.6} ± {stderr:.6}, expected {expected:.6}: z = {z:.2}, n = {}, of which {behind:.0} \
         make the standard error, seed {seed}",
        samples.len()
    );
    eprintln!("{found}");
    assert!(behind >= FEWEST, "too few to judge (below {FEWEST}): {found}");
    assert!(z.abs() <= Z, "{found}");
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

/// Averages at Δt and Δt/2, extrapolated to Δt = 0, with the standard error of the combination, which must be made of enough
/// samples to be one.
///
/// # Panics
/// If either standard error is made of too few samples to judge.
pub fn extrapolated(samples_at: impl Fn(f64) -> Vec<f64>, time_step: f64) -> (f64, f64) {
    let average = |time_step: f64| {
        let samples = samples_at(time_step);
        let behind = samples_behind_stderr(&samples);
        assert!(behind >= FEWEST, "Δt {time_step}: {behind:.1} samples make the standard error: too few to judge");
        mean_and_stderr(&samples)
    };
    let (coarse, coarse_error) = average(time_step);
    let (fine, fine_error) = average(time_step / 2.0);
    (2.0 * fine - coarse, (4.0 * fine_error.powi(2) + coarse_error.powi(2)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effective_size_counts_equal_weights_and_sees_through_a_single_heavy_one() {
        // (Σ w)² and Σ w² of these are integers: exact.
        for (weights, expected) in
            [(vec![3.0; 8], 8.0), (vec![0.0, 7.0, 0.0], 1.0), (vec![1.0, 1.0, 2.0], 16.0 / 6.0)]
        {
            let found = effective_sample_size(&weights);
            assert!((found - expected).abs() < 1e-15 * expected, "{weights:?}: {found} against {expected}");
        }
        assert!(effective_sample_size(&[]).is_nan() && effective_sample_size(&[0.0; 4]).is_nan());
    }

    /// Half the samples at 0 and half at 2 deviate alike; one at 1,000 among 999 zeros deviates alone.
    #[test]
    fn a_heavy_tail_is_few_samples_behind_the_standard_error() {
        let even: Vec<f64> = (0..1000).map(|i| f64::from(i % 2) * 2.0).collect();
        assert!((samples_behind_stderr(&even) - 1000.0).abs() < 1e-9);
        let mut heavy = vec![0.0; 1000];
        heavy[17] = 1000.0;
        assert!(samples_behind_stderr(&heavy) < 1.1);
    }

    #[test]
    fn a_mean_within_its_error_passes() {
        let samples: Vec<f64> = (0..1000).map(|i| f64::from(i % 2)).collect();
        assert_mean("coin", &samples, 0.5, 0);
    }

    #[test]
    #[should_panic(expected = "z = 5.06")]
    fn a_mean_beyond_five_standard_errors_fails() {
        // The mean of n coins is ½ ± ½/√(n − 1).
        let samples: Vec<f64> = (0..1000).map(|i| f64::from(i % 2)).collect();
        assert_mean("coin", &samples, 0.5 - 5.06 * 0.5 / 999f64.sqrt(), 0);
    }

    /// Its standard error of 1 lets the mean of 1 pass for any between −4 and 6: nothing is judged.
    #[test]
    #[should_panic(expected = "too few to judge")]
    fn a_mean_that_one_sample_makes_is_not_judged() {
        let mut samples = vec![0.0; 1000];
        samples[17] = 1000.0;
        assert_mean("heavy", &samples, 1.0, 0);
    }
}
