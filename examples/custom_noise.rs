//! Noise of your own: coin tosses in place of Gaussian numbers, and coloured noise, of which no action can be taken.
//!
//! A harmonic unit V = ½ κ x² has the stationary variance (kT/κ) / (1 − μ κ Δt/2) under any white noise of unit variance.
//!
//! `cargo run -p thermo-examples --example custom_noise`
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use thermograd::prelude::*;

type B = NdArray<f64>;

/// ξ = ±1 with equal probability: white, but not Gaussian. A pure function of the step, as all noise should be.
struct Coins {
    seed: u64,
}

impl Noise<B> for Coins {
    fn normals(&self, step: usize, [batch, units]: [usize; 2], device: &NdArrayDevice) -> Option<Tensor<B, 2>> {
        let mut random = Random::new(self.seed, "coins", step as u64);
        let tosses: Vec<f64> = (0..batch * units).map(|_| if random.below(2) == 0 { -1.0 } else { 1.0 }).collect();
        Some(Tensor::<B, 1>::from_data(tosses.as_slice(), device).reshape([batch, units]))
    }
}

/// Noise that remembers: each ξ is the mean of the last two white ones, scaled to unit variance.
struct Coloured(CounterNoise);

impl Noise<B> for Coloured {
    fn normals(&self, step: usize, shape: [usize; 2], device: &NdArrayDevice) -> Option<Tensor<B, 2>> {
        let white = |step| Noise::<B>::normals(&self.0, step, shape, device);
        let (now, before) = (white(step + 1)?, white(step)?);
        Some((now + before) * std::f64::consts::FRAC_1_SQRT_2)
    }

    fn is_white(&self) -> bool {
        false
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = NdArrayDevice::default();
    let (kappa, kt, time_step, replicas) = (2.0, 0.5, 0.1, 20_000);
    let landscape = Landscape::<B>::uncoupled(Tensor::zeros([replicas, 1], &device), Well::new(kappa / 2.0, 0.0));
    let simulation = Simulation::new(EulerMaruyama::new(Bath::new(kt, 1.0)?, time_step)?, 10.0)?;
    let rest = || Tensor::zeros([replicas, 1], &device);
    let state = simulation.end(&landscape, rest(), &Coins { seed: 1 })?;
    let squares: Vec<f64> = (state.clone() * state).into_data().iter::<f64>().collect();
    let variance = squares.iter().sum::<f64>() / replicas as f64;
    let spread = squares.iter().map(|s| (s - variance).powi(2)).sum::<f64>() / replicas as f64;
    let stderr = (spread / replicas as f64).sqrt();
    let exact = harmonic_variance(kt, kappa, 1.0, time_step);
    println!("⟨x²⟩ = {variance:.4} ± {stderr:.4} under coin tosses, exact {exact:.4}");

    let coloured = Coloured(CounterNoise::new(1, 0..replicas as u64));
    let trajectory = simulation.record(&landscape, rest(), &coloured, &NoForce, 1)?;
    if let Err(refused) = trajectory.transitions() {
        println!("no action of it: {refused}");
    }
    Ok(())
}
