//! `trainer bench simulate`

use super::{INPUTS, OUTPUTS, Point, Work, clock, measure, tensor, uniform};
use crate::backend::BackendJob;
use crate::cli::{BenchCouplings, BenchSimulateArgs};
use anyhow::{Result, ensure};
use burn::tensor::Tensor;
use langevin::{Bath, Clock, CounterNoise, EulerMaruyama, Landscape, LangevinBackend, Protocol, Simulation, Well};
use learning::Random;
use std::time::Instant;
use tasks::Need;

const TIME_STEP: f64 = 1e-3;
/// Visible units of paper B.
const VISIBLE: usize = 784;

pub(super) fn run(arguments: &BenchSimulateArgs) -> Result<()> {
    if let (Some(degree), kind) = (arguments.degree, arguments.couplings) {
        ensure!(
            kind == BenchCouplings::Random,
            "--degree {degree}: only --couplings random has one; leave it out"
        );
    }
    let clock = clock(arguments.segments, arguments.steps)?;
    let backend = arguments.common.backend.open()?;
    for units in &arguments.units {
        let kind = arguments.couplings;
        ensure!(
            kind != BenchCouplings::Classifier || *units > OUTPUTS,
            "--units {units}: {OUTPUTS} are outputs, take more"
        );
        ensure!(
            kind != BenchCouplings::Generator || *units > VISIBLE,
            "--units {units}: {VISIBLE} are visible, take more"
        );
        let matrix = Need { what: "the couplings", bytes: 8.0 * (*units as f64).powi(2), setting: "--units" };
        Need::check(&[matrix])?;
        let couplings = couplings(kind, *units, arguments.degree.unwrap_or(8));
        let present = couplings.iter().filter(|j| **j != 0.0).count() as f64;
        for batch in &arguments.batch {
            let (b, n, steps) = (*batch as f64, *units as f64, arguments.steps as f64);
            let driven = kind == BenchCouplings::Classifier;
            let inputs = if driven { INPUTS as f64 } else { 0.0 };
            let s = arguments.segments as f64;
            let work = Work {
                flops: 2.0 * b * (present * steps + s * inputs * n),
                draws: b * n * steps,
                bytes: 4.0 * (s * present + inputs * (s * n + b) + (2.0 + s) * b * n),
            };
            // J as a tensor and packed; inputs and their couplings; drive, start and end.
            let memory = 4.0 * (s * (n * n + present) + inputs * (s * n + b) + (2.0 + s) * b * n);
            let point = Point {
                name: "simulate",
                batch: *batch,
                steps: arguments.steps,
                units: *units,
                segments: arguments.segments,
                work,
                memory,
            };
            measure(&arguments.common, &backend, &point, || {
                backend.run(Simulate {
                    couplings: &couplings,
                    driven,
                    clock: &clock,
                    point: &point,
                    repeats: arguments.common.repeats,
                })
            })?;
        }
    }
    Ok(())
}

/// A symmetric matrix, row-major, its rows of a size that keeps states of order 1.
fn couplings(kind: BenchCouplings, n: usize, degree: usize) -> Vec<f32> {
    let mut random = Random::new(1, "bench couplings", 0);
    let mut j = vec![0f32; n * n];
    let mut pair = |a: usize, b: usize, random: &mut Random| {
        let value = uniform(random, 1, 0.1)[0];
        (j[a * n + b], j[b * n + a]) = (value, value);
    };
    for a in 0..n {
        let coupled = match kind {
            BenchCouplings::Random => 0..0,
            BenchCouplings::Generator if a < VISIBLE => 0..0,
            BenchCouplings::Chain => a.saturating_sub(1)..a,
            BenchCouplings::Classifier | BenchCouplings::Dense | BenchCouplings::Generator => 0..a,
        };
        coupled.for_each(|b| pair(a, b, &mut random));
    }
    if kind == BenchCouplings::Random && n > 1 {
        for _ in 0..n * degree / 2 {
            let a = random.below(n);
            let b = (a + 1 + random.below(n - 1)) % n;
            pair(a, b, &mut random);
        }
    }
    j
}

struct Simulate<'a> {
    couplings: &'a [f32],
    driven: bool,
    clock: &'a Clock,
    point: &'a Point,
    repeats: u32,
}

impl BackendJob for Simulate<'_> {
    type Output = Vec<f64>;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Vec<f64>> {
        let Point { batch, units, steps, .. } = *self.point;
        let mut random = Random::new(1, "bench", 0);
        let couplings = tensor::<B>(self.couplings.to_vec(), [units, units], device);
        let weights = tensor::<B>(uniform(&mut random, INPUTS * units, 0.1), [INPUTS, units], device);
        let inputs = if self.driven { batch } else { 1 };
        let inputs = tensor::<B>(uniform(&mut random, inputs * INPUTS, 1.0), [inputs, INPUTS], device);
        let simulation = Simulation { dynamics: EulerMaruyama::new(Bath::new(1.0, 1.0)?, TIME_STEP)?, steps };
        let mut seconds = Vec::new();
        for repeat in 0..=self.repeats {
            let started = Instant::now();
            // The segments have equal numbers in memory of their own: what is timed does not depend on them.
            let landscape = || {
                let drive = if self.driven {
                    inputs.clone().matmul(weights.clone())
                } else {
                    Tensor::zeros([batch, units], device)
                };
                Landscape::new(couplings.clone(), drive, Well::new(1.0, 1.0))
            };
            let protocol =
                Protocol::new((0..self.clock.segments()).map(|_| landscape()).collect(), self.clock.clone())?;
            let noise = CounterNoise::new(u64::from(repeat), 0..batch as u64);
            let end = simulation.end_protocol(&protocol, Tensor::zeros([batch, units], device), &noise)?;
            let outputs = OUTPUTS.min(units);
            std::hint::black_box(end.narrow(1, units - outputs, outputs).argmax(1).into_data());
            if repeat > 0 {
                seconds.push(started.elapsed().as_secs_f64());
            }
        }
        Ok(seconds)
    }
}
