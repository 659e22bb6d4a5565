//! One unit in a double well, against the Boltzmann distribution.
//!
//! `cargo run -p thermo-examples --example double_well`
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use thermograd::prelude::*;

type B = NdArray<f32>;

fn main() -> Result<(), LangevinError> {
    let device = NdArrayDevice::default();
    let (kt, replicas) = (0.5, 20_000);
    // V(x) = J2 x² + J4 x⁴: minima at x = ±1, a barrier of 1 = 2 kT between them.
    let well = Well::new(-2.0, 1.0);
    let landscape = Landscape::<B>::uncoupled(Tensor::zeros([replicas, 1], &device), well);
    let dynamics = EulerMaruyama::new(Bath::new(kt, 1.0)?, 1e-3)?;
    let exact = boltzmann_average(|x| well.energy(x), |x| x * x, kt, 4.0);
    println!("time   ⟨x²⟩ ± standard error   heat in kT   (Boltzmann: ⟨x²⟩ = {exact:.4})");
    for time in [0.05, 0.2, 1.0, 3.0] {
        let simulation = Simulation::new(dynamics, time)?;
        let start = Tensor::zeros([replicas, 1], &device);
        let end = simulation.run(&landscape, start, &CounterNoise::new(7, 0..replicas as u64))?;
        let squares: Vec<f64> = (end.state.clone() * end.state).to_data().iter::<f64>().collect();
        let mean = squares.iter().sum::<f64>() / replicas as f64;
        let variance = squares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / replicas as f64;
        let heat = end.heat.to_data().iter::<f64>().sum::<f64>() / replicas as f64 / kt;
        println!("{time:<6} {mean:.4} ± {:.4}         {heat:.3}", (variance / replicas as f64).sqrt());
    }
    Ok(())
}
