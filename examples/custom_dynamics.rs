//! A dynamics of your own: underdamped Langevin dynamics by the BAOAB splitting (B. Leimkuhler and C. Matthews, Appl. Math. Res.
//! Express 2013, 34), weak order 2; its step, its energy and its action in one place.
//!
//! ```text
//! B  v ← v + (f − ∂V) Δt/2m        A  x ← x + v Δt/2        O  v ← c v + √((1 − c²) kT/m) ξ,  c = e^(−Δt/(μ m))
//! ```
//!
//! One noise ξ a unit and step: the transition determines it, so that S = ½ Σ ξ² is the action (up to a constant).
//!
//! `cargo run -p thermo-examples --example custom_dynamics`
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use thermograd::prelude::*;

type B = NdArray<f64>;

/// Units of mass m; the friction is 1/μ.
#[derive(Debug, Clone)]
struct Baoab {
    bath: Bath,
    mass: f64,
    time_step: f64,
}

impl Baoab {
    /// c and √((1 − c²) kT/m).
    fn friction(&self) -> (f64, f64) {
        let c = (-self.time_step / (self.bath.mobility * self.mass)).exp();
        (c, ((1.0 - c * c) * self.bath.kt / self.mass).sqrt())
    }
}

impl Dynamics for Baoab {
    fn bath(&self) -> Bath {
        self.bath
    }

    fn time_step(&self) -> f64 {
        self.time_step
    }

    fn in_bath(self, bath: Bath) -> Self {
        Self { bath, ..self }
    }

    fn width(&self, units: usize) -> usize {
        2 * units
    }

    fn step<B: Backend>(
        &self,
        potential: &impl Potential<B>,
        state: Tensor<B, 2>,
        force: Option<Tensor<B, 2>>,
        noise: Option<Tensor<B, 2>>,
    ) -> Tensor<B, 2> {
        let n = potential.dims()[1];
        let (half, (c, amplitude)) = (self.time_step / 2.0, self.friction());
        let kick = |x: Tensor<B, 2>| {
            let gradient = potential.gradient(x).neg();
            force.clone().map_or(gradient.clone(), |f| gradient + f) * (half / self.mass)
        };
        let (mut x, mut v) = (state.clone().narrow(1, 0, n), state.narrow(1, n, n));
        v = v + kick(x.clone());
        x = x + v.clone() * half;
        v = v * c;
        if let Some(xi) = noise {
            v = v + xi * amplitude;
        }
        x = x + v.clone() * half;
        v = v + kick(x.clone());
        Tensor::cat(vec![x, v], 1)
    }

    /// V(x) + ½ m v²
    fn energy<B: Backend>(&self, potential: &impl Potential<B>, state: Tensor<B, 2>) -> Tensor<B, 1> {
        let n = potential.dims()[1];
        let v = state.clone().narrow(1, n, n);
        let kinetic: Tensor<B, 1> = (v.clone() * v).sum_dim(1).squeeze_dim(1);
        potential.energy(state.narrow(1, 0, n)) + kinetic * (self.mass / 2.0)
    }

    fn action<B: Backend>(&self, potential: &impl Potential<B>, transitions: &Transitions<B>) -> Tensor<B, 1> {
        let n = potential.dims()[1];
        let (half, (c, amplitude)) = (self.time_step / 2.0, self.friction());
        let (x, v) = (transitions.from.clone().narrow(2, 0, n), transitions.from.clone().narrow(2, n, n));
        let v = v - potential.gradient_at_times(x.clone()) * (half / self.mass);
        // The second half of the drift tells the velocity behind the noise.
        let after = (transitions.to.clone().narrow(2, 0, n) - x - v.clone() * half) / half;
        let xi = (after - v * c) / amplitude;
        let squares: Tensor<B, 2> = (xi.clone() * xi).sum_dim(0).squeeze_dim(0);
        squares.sum_dim(1).squeeze_dim(1) * 0.5
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = NdArrayDevice::default();
    let (kt, mass, replicas, well) = (0.7, 0.5, 4000, Well::new(0.6, 0.3));
    let dynamics = Baoab { bath: Bath::new(kt, 2.0)?, mass, time_step: 0.05 };
    let simulation = Simulation::new(dynamics, 10.0)?;
    let landscape = Landscape::<B>::uncoupled(Tensor::zeros([replicas, 1], &device), well);
    let rest = Tensor::zeros([replicas, 2], &device);
    let noise = CounterNoise::new(1, 0..replicas as u64);
    let trajectory = simulation.record(&landscape, rest, &noise, &NoForce, 1)?;
    let state = trajectory.outcome.state.clone();
    let column = |i: usize| state.clone().narrow(1, i, 1).into_data().iter::<f64>().map(|v| v * v).collect();
    let (positions, velocities) = (column(0), column(1));
    let exact = boltzmann_average(|x| well.energy(x), |x| x * x, kt, 6.0);
    report("⟨x²⟩", positions, exact);
    report("⟨v²⟩", velocities, kt / mass);
    // Q = −ΔE: the units start at rest and take energy from the bath.
    let gained = trajectory.outcome.heat.to_data().iter::<f64>().map(|q| -q).collect();
    report("⟨E⟩", gained, boltzmann_average(|x| well.energy(x), |x| well.energy(x), kt, 6.0) + kt / 2.0);
    // 2S of its own trajectories is a sum of squares of standard normals, one a step.
    let transitions = trajectory.transitions()?;
    let twice =
        simulation.dynamics.action(&landscape, &transitions).into_data().iter::<f64>().map(|s| 2.0 * s).collect();
    report("⟨2S⟩", twice, simulation.steps as f64);
    Ok(())
}

fn report(name: &str, samples: Vec<f64>, exact: f64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let stderr = (samples.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n * n)).sqrt();
    println!("{name} = {mean:.4} ± {stderr:.4}, exact {exact:.4}");
}
