//! `trainer bench`

use crate::backend::Job;
use crate::cli::{Bench, BenchArgs, BenchSimulateArgs};
use crate::output::line;
use anyhow::Result;
use burn::tensor::{Tensor, TensorData};
use langevin::{Bath, ComputerConfig, CounterNoise, EulerMaruyama, Langevin, LangevinBackend};
use learning::Random;
use serde_json::json;
use std::time::Instant;

/// Inputs of the benchmark's computer: the pixels of an MNIST image.
const INPUTS: usize = 784;
const OUTPUTS: usize = 10;
const TIME_STEP: f64 = 1e-3;

/// Measures.
pub(crate) fn run(arguments: &BenchArgs) -> Result<()> {
    match &arguments.what {
        Bench::Simulate(arguments) => simulate(arguments),
    }
}

fn simulate(arguments: &BenchSimulateArgs) -> Result<()> {
    let backend = arguments.backend.open()?;
    let mut seconds = backend.run(SimulateJob(arguments))?;
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let rate = arguments.batch as f64 / median;
    if arguments.json {
        line(json!({
            "bench": "simulate",
            "backend": backend.kind().to_string(),
            "device": backend.device(),
            "batch": arguments.batch,
            "steps": arguments.steps,
            "units": arguments.units,
            "repeats": arguments.repeats,
            "median_seconds": median,
            "min_seconds": seconds[0],
            "max_seconds": seconds[seconds.len() - 1],
            "trajectories_per_second": rate,
        }));
    } else {
        line(format!(
            "{} trajectories × {} steps × {} units on {} ({}): {median:.3} s ({:.3} to {:.3}), {rate:.0} trajectories/s",
            arguments.batch,
            arguments.steps,
            arguments.units,
            backend.kind(),
            backend.device(),
            seconds[0],
            seconds[seconds.len() - 1]
        ));
    }
    Ok(())
}

struct SimulateJob<'a>(&'a BenchSimulateArgs);

impl Job for SimulateJob<'_> {
    type Output = Vec<f64>;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Vec<f64>> {
        let arguments = self.0;
        let hidden = arguments.units as usize - OUTPUTS;
        let mut random = Random::new(1, "bench", 0);
        let mut uniform = |n: usize, scale: f64| {
            (0..n).map(|_| (random.below(20_001) as f64 / 1e4 - 1.0) * scale).collect::<Vec<_>>()
        };
        let computer = ComputerConfig::classifier(INPUTS, hidden, OUTPUTS).init::<B>(device);
        let parameters = uniform(computer.parameters().total(), 0.1);
        let computer = computer.with_parameters(&parameters)?;
        let inputs: Vec<f32> = uniform(arguments.batch * INPUTS, 1.0).into_iter().map(|x| x as f32).collect();
        let inputs = Tensor::<B, 2>::from_data(TensorData::new(inputs, [arguments.batch, INPUTS]), device);
        let dynamics = EulerMaruyama::new(Bath::new(1.0, 1.0)?, TIME_STEP)?;
        let langevin = Langevin { dynamics, steps: arguments.steps };
        let mut seconds = Vec::new();
        for repeat in 0..=arguments.repeats {
            let started = Instant::now();
            let landscape = computer.landscape(inputs.clone())?;
            let noise = CounterNoise::new(u64::from(repeat), 0..arguments.batch as u64);
            let start = Tensor::zeros(landscape.dims(), device);
            let outcome = langevin.run(&landscape, start, &noise)?;
            let answers = computer.outputs_of(outcome.state).argmax(1).into_data();
            std::hint::black_box(answers);
            if repeat > 0 {
                seconds.push(started.elapsed().as_secs_f64());
            }
        }
        Ok(seconds)
    }
}
