//! The error of the time step on one Brownian path, in `f64` (this process uses no other float type).
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests: what cannot go on fails, and what was measured is shown"
)]

use burn::tensor::{Tensor, TensorData};
use burn_ndarray::{NdArray, NdArrayDevice};
use langevin::{
    Bath, BrownianPath, Clock, ComputerConfig, CounterNoise, EulerMaruyama, Landscape, Noise, Protocol,
    Simulation, stream,
};
use learning::Random;
use testkit::{Z, assert_mean, assert_variance, mean_and_stderr};

type B = NdArray<f64>;

fn device() -> NdArrayDevice {
    NdArrayDevice::default()
}

fn values(tensor: Tensor<B, 2>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

fn normals(noise: &impl Noise<B>, step: usize, shape: [usize; 2]) -> Vec<f64> {
    values(noise.normals(step, shape, &device()).unwrap())
}

/// Noise is made in f32: sums of a few numbers below 6 are off by less.
const NOISE: f64 = 2e-6;

/// Increments of halved steps add up to those of the step, of doubled ones are sums; all are independent standard normals. With the
/// sign of a bridge wrong in one half of a step, neither holds.
#[test]
fn increments_add_up_and_are_standard_normal() {
    let (batch, seed) = (5000, 71);
    let shape = [batch, 4];
    let noise = CounterNoise::new(seed, (0..batch as u64).map(|r| 5 * r + (r << 32)));
    for times in 1..=3 {
        let fine = BrownianPath::halved(noise.clone(), times);
        let count = 1usize << times;
        for step in [0, 3] {
            let parts: Vec<Vec<f64>> = (0..count).map(|k| normals(&fine, step * count + k, shape)).collect();
            let whole = normals(&noise, step, shape);
            for i in 0..whole.len() {
                let sum: f64 = parts.iter().map(|part| part[i]).sum::<f64>() / (count as f64).sqrt();
                assert!((sum - whole[i]).abs() < NOISE, "{times} halvings, step {step}: {sum} for {}", whole[i]);
            }
            for (k, part) in parts.iter().enumerate() {
                assert_mean(&format!("mean of part {k} of {count}"), part, 0.0, seed);
                assert_variance(&format!("variance of part {k} of {count}"), part, 1.0, seed);
                for other in &parts[..k] {
                    let product: Vec<f64> = part.iter().zip(other).map(|(a, b)| a * b).collect();
                    assert_mean(&format!("correlation of parts of {count}"), &product, 0.0, seed);
                }
            }
        }
        let coarse = BrownianPath::doubled(noise.clone(), times);
        let parts: Vec<Vec<f64>> = (0..count).map(|k| normals(&noise, 2 * count + k, shape)).collect();
        for (i, sum) in normals(&coarse, 2, shape).iter().enumerate() {
            let expected = parts.iter().map(|part| part[i]).sum::<f64>() / (count as f64).sqrt();
            assert!((sum - expected).abs() < NOISE, "{times} doublings: {sum} for {expected}");
        }
    }
    // By the definition: the first half of a step has its bridge added.
    let bridge = CounterNoise::new(stream(seed, "bridge 1"), (0..batch as u64).map(|r| 5 * r + (r << 32)));
    let (xi, eta) = (normals(&noise, 6, shape), normals(&bridge, 6, shape));
    for (i, first) in normals(&BrownianPath::halved(noise, 1), 12, shape).iter().enumerate() {
        assert!((first - (xi[i] + eta[i]) / 2f64.sqrt()).abs() < NOISE);
    }
}

/// Mean over replicas of max over units |x_Δt − x_{Δt/2}| at the end, with its standard error, on one Brownian path.
fn errors(protocol: &Protocol<Landscape<B>>, level: u32, batch: usize) -> Vec<f64> {
    let units = 8;
    let end = |halvings: u32| {
        let steps = 10usize << halvings;
        let dynamics = EulerMaruyama::new(Bath::new(0.7, 1.3).unwrap(), 0.3 / steps as f64).unwrap();
        let path = BrownianPath::halved(CounterNoise::new(72, 0..batch as u64), halvings);
        let start = Tensor::zeros([batch, units], &device());
        values(Simulation { dynamics, steps }.run_protocol(protocol, start, &path).unwrap().state)
    };
    let (coarse, fine) = (end(level), end(level + 1));
    let apart = coarse.chunks(units).zip(fine.chunks(units));
    apart.map(|(a, b)| a.iter().zip(b).fold(0f64, |m, (a, b)| m.max((a - b).abs()))).collect()
}

/// Euler and Maruyama's method has strong order 1 where the noise is additive (Kloeden and Platen, Sec. 10.2; in general it is ½): the
/// error of a trajectory halves with the time step, also over switches. The slope of ln error against ln Δt from 3e-2/16 to 3e-2/128,
/// to within five of its standard errors and the slope that the next order leaves.
#[test]
fn the_strong_order_is_one() {
    let batch = 1500;
    let mut random = Random::new(73, "strong order", 0);
    let mut uniform = |n: usize, scale: f64| -> Vec<f64> {
        (0..n).map(|_| (random.below(2_000_001) as f64 / 1e6 - 1.0) * scale).collect()
    };
    let config = ComputerConfig::classifier(4, 5, 3).with_clock(Clock::new(&[2.0, 3.0]).unwrap());
    let computer = config.init::<B>(&device());
    let theta = uniform(computer.parameters().total(), 1.0);
    let inputs = Tensor::from_data(TensorData::new(uniform(batch * 4, 1.0), [batch, 4]), &device());
    let protocol = computer.with_parameters(&theta).unwrap().protocol(Some(inputs), batch).unwrap();
    let levels = [3u32, 4, 5, 6];
    let measured: Vec<Vec<f64>> = levels.iter().map(|level| errors(&protocol, *level, batch)).collect();
    // Least squares of ln(mean error) against −level ln 2; the errors of the means are propagated as if independent, which overstates
    // theirs: the replicas are the same.
    let (mut slope, mut variance) = (0.0, 0.0);
    let middle = 4.5;
    let weight: f64 = levels.iter().map(|l| (f64::from(*l) - middle).powi(2)).sum();
    for (level, samples) in levels.iter().zip(&measured) {
        let (mean, stderr) = mean_and_stderr(samples);
        let factor = -(f64::from(*level) - middle) / (weight * std::f64::consts::LN_2);
        slope += factor * mean.ln();
        variance += (factor * stderr / mean).powi(2);
    }
    let error = variance.sqrt();
    let halving: Vec<f64> =
        measured.windows(2).map(|w| mean_and_stderr(&w[0]).0 / mean_and_stderr(&w[1]).0).collect();
    eprintln!("strong order {slope:.3} ± {error:.3}; errors shrink by {halving:.3?} a halving; n = {batch}");
    assert!((slope - 1.0).abs() <= Z * error, "strong order {slope} ± {error}");
    assert!(error < 0.05, "{error} does not tell 1 from ½");
}
