//! An objective of your own: a unit is trained through its noisy dynamics until it shows a given mean at a given price of heat.
//!
//! ```text
//! L(b) = (⟨x(t_f)⟩ − a)² + h ⟨Q⟩/kT
//! ```
//!
//! `cargo run -p thermo-examples --example custom_objective`
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use thermograd::prelude::*;

/// Replicas of a batch.
const REPLICAS: usize = 500;

/// What is made small.
struct MeanAt {
    simulation: Simulation,
    mean: f64,
    heat_price: f64,
}

impl<B: LangevinAutodiffBackend> Objective<B, Computer<B>> for MeanAt {
    type Batch = CounterNoise;

    fn quantity(&self) -> &'static str {
        "loss"
    }

    /// A pure function of the step: an interrupted training resumes to the same bits.
    fn batch(&self, step: usize) -> Result<CounterNoise, LearningError> {
        let first = (step * REPLICAS) as u64;
        Ok(CounterNoise::new(1, first..first + REPLICAS as u64))
    }

    fn loss(&self, computer: &Computer<B>, noise: CounterNoise) -> Result<Tensor<B, 1>, LearningError> {
        let landscape = computer.free_landscape(REPLICAS)?;
        let rest = Tensor::zeros([REPLICAS, 1], &landscape.device());
        let end = self.simulation.run(&landscape, rest, &noise)?;
        let off = end.state.mean() - self.mean;
        let unit = self.simulation.dynamics.bath.heat_unit();
        Ok(off.clone() * off + end.heat.mean() * (self.heat_price / unit))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = NdArrayDevice::default();
    let simulation = Simulation::new(EulerMaruyama::new(Bath::new(0.5, 1.0)?, 0.01)?, 1.0)?;
    for heat_price in [0.0, 0.1] {
        let objective = MeanAt { simulation, mean: 1.0, heat_price };
        let layout = Layout { inputs: 0, visible: 0, hidden: 0, outputs: 1, input_grid: None };
        let computer = ComputerConfig::new(layout, Connectivity::classifier()).init::<Autodiff<NdArray>>(&device);
        let training = TrainingConfig {
            optimizer: OptimizerKind::Adam,
            learning_rate: 0.3,
            schedule: Schedule::Cosine,
            steps: 150,
            look_every: 150,
            ..TrainingConfig::default()
        };
        let trained = train(computer, &objective, &training, None, &mut ())?.valid();
        let landscape = trained.free_landscape(10_000)?;
        let end =
            simulation.run(&landscape, Tensor::zeros([10_000, 1], &device), &CounterNoise::new(2, 0..10_000))?;
        println!(
            "price {heat_price}: mean {:.3}, heat {:.2} kT",
            end.state.mean().into_scalar(),
            end.heat.mean().into_scalar() / 0.5
        );
    }
    Ok(())
}
