//! A potential of your own: units on circles, coupled by the cosine of their angles' difference.
//!
//! ```text
//! V(x) = −K Σ_i cos(x_i − x_(i+1))
//! ```
//!
//! It is given as an energy alone; the gradient is made by automatic differentiation. Two units are compared with the closed form
//! ⟨cos(x_1 − x_2)⟩ = I₁(K/kT) / I₀(K/kT), then K is trained back from trajectories by the action.
//!
//! `cargo run -p thermo-examples --example custom_potential`
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use burn::module::{Module, Param};
use thermograd::prelude::*;

type B = NdArray<f64>;

/// The energy of `batch` rows of units.
#[derive(Debug, Clone)]
struct Circles<B: Backend> {
    k: Tensor<B, 1>,
    batch: usize,
    units: usize,
}

impl<B: Backend> EnergyFunction<B> for Circles<B> {
    fn dims(&self) -> [usize; 2] {
        [self.batch, self.units]
    }

    fn device(&self) -> B::Device {
        self.k.device()
    }

    fn energy(&self, x: Tensor<Autodiff<B>, 2>) -> Tensor<Autodiff<B>, 1> {
        let pairs = self.units - 1;
        let difference = x.clone().narrow(1, 0, pairs) - x.narrow(1, 1, pairs);
        let cosines: Tensor<Autodiff<B>, 1> = difference.cos().sum_dim(1).squeeze_dim(1);
        cosines.neg() * Tensor::from_inner(self.k.clone())
    }
}

/// The module that is trained: its parameter is K.
#[derive(Module, Debug)]
struct Ring<B: Backend> {
    k: Param<Tensor<B, 1>>,
}

impl<B: Backend> PotentialModule<B> for Ring<B> {
    type Potential = ByAutodiff<Circles<B>>;

    fn potential(&self, _: Option<Tensor<B, 2>>, batch: usize) -> Result<Self::Potential, LangevinError> {
        Ok(ByAutodiff(Circles { k: self.k.val(), batch, units: 2 }))
    }
}

/// The same trajectories at every training step.
struct Given<B: Backend>(Transitions<B>, usize);

impl<B: Backend> TrajectorySource<B> for Given<B> {
    fn batch(&self, _: usize) -> Result<TransitionBatch<B>, LearningError> {
        Ok(TransitionBatch {
            inputs: None,
            transitions: self.0.clone(),
            times: (0..self.1).collect(),
            steps: self.1,
        })
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = NdArrayDevice::default();
    let (k, kt, replicas) = (1.5, 0.8, 1000);
    let circles = Circles::<B> { k: Tensor::from_data([k], &device), batch: replicas, units: 2 };
    let simulation = Simulation::new(EulerMaruyama::new(Bath::new(kt, 1.0)?, 0.02)?, 3.0)?;
    let rest = Tensor::zeros([replicas, 2], &device);
    let noise = CounterNoise::new(1, 0..replicas as u64);
    let potential = ByAutodiff(circles);
    let trajectory = simulation.record(&potential, rest, &noise, &NoForce, 1)?;
    let cosines: Vec<f64> =
        potential.energy(trajectory.outcome.state.clone()).into_data().iter::<f64>().map(|v| -v / k).collect();
    let mean = cosines.iter().sum::<f64>() / replicas as f64;
    let stderr = (cosines.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (replicas as f64).powi(2)).sqrt();
    println!("⟨cos⟩ = {mean:.4} ± {stderr:.4}, exact {:.4}", bessel_ratio(k / kt));

    let source = Given(trajectory.transitions()?, simulation.steps);
    let objective = PotentialActionObjective { source, dynamics: simulation.dynamics };
    let start = Ring::<Autodiff<B>> { k: Param::from_tensor(Tensor::from_data([0.0], &device)) };
    let training = TrainingConfig {
        optimizer: OptimizerKind::Adam,
        learning_rate: 0.1,
        schedule: Schedule::Cosine,
        look_every: 100,
        ..TrainingConfig::default()
    };
    let trained = train(start, &objective, &training, None, &mut ())?;
    println!("K = {:.3} trained back, {k} was meant", trained.k.val().into_scalar());
    Ok(())
}

/// I₁(z)/I₀(z) by quadrature over the circle.
fn bessel_ratio(z: f64) -> f64 {
    let angles = (0..1000).map(|i| std::f64::consts::TAU * f64::from(i) / 1000.0);
    let [top, bottom] =
        angles.fold([0.0; 2], |[t, b], a| [t + a.cos() * (z * a.cos()).exp(), b + (z * a.cos()).exp()]);
    top / bottom
}
