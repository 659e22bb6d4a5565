//! `trainer bench`

mod simulate;
mod training;

use crate::backend::{BackendJob, OpenBackend};
use crate::cli::{Bench, BenchArgs, BenchCommon};
use crate::output::{json, line};
use anyhow::{Context, Result};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use langevin::{Clock, LangevinBackend};
use learning::Random;
use serde::Serialize;
use std::time::Instant;
use tasks::Need;
use training::Objective;

/// Inputs of the benchmark's computer: the pixels of an MNIST image.
const INPUTS: usize = 784;
const OUTPUTS: usize = 10;

/// Measures.
pub(crate) fn run(arguments: &BenchArgs) -> Result<()> {
    match &arguments.what {
        Bench::Simulate(arguments) => simulate::run(arguments),
        Bench::Action(arguments) => training::run(arguments, Objective::Action),
        Bench::Pathwise(arguments) => training::run(arguments, Objective::Pathwise),
    }
}

/// The clock of so many equal segments, each of which must end at one of the steps.
fn clock(segments: usize, steps: usize) -> Result<Clock> {
    let clock = Clock::equal(segments)?;
    clock.switches(steps).map_err(|_| {
        anyhow::anyhow!(
            "--segments {segments}: {steps} steps are not a multiple of it; take another number or other --steps"
        )
    })?;
    Ok(clock)
}

/// What one timed run computes, as the roofline counts it.
#[derive(Debug, Clone, Copy, Default)]
struct Work {
    /// Floating-point operations of the matrix products: those of couplings that are there.
    flops: f64,
    /// Standard normal draws.
    draws: f64,
    /// Bytes that must move between memory and the cores: couplings, drive, start and what is recorded, once.
    bytes: f64,
}

/// What a benchmark prints as JSON, one point a line.
#[derive(Serialize)]
struct Measured<'a> {
    bench: &'a str,
    backend: String,
    device: &'a str,
    threads: usize,
    batch: usize,
    steps: usize,
    units: usize,
    segments: usize,
    repeats: usize,
    median_seconds: f64,
    min_seconds: f64,
    max_seconds: f64,
    trajectories_per_second: f64,
    nanoseconds_per_unit_step: f64,
    roofline: Roofline,
    memory_bytes: f64,
}

/// What the machine could do at best, and the part of it that was done.
#[derive(Serialize)]
struct Roofline {
    product_flops: f64,
    product_gflops_per_second: f64,
    matmul_gflops_per_second: f64,
    fraction_of_matmul: f64,
    noise_draws: f64,
    noise_gdraws_per_second: f64,
    bytes: f64,
}

/// One point of a benchmark.
struct Point {
    name: &'static str,
    batch: usize,
    steps: usize,
    units: usize,
    segments: usize,
    work: Work,
    memory: f64,
}

/// Measures one point with each number of threads and prints it, with the machine's own matrix-product rate beside.
fn measure(
    common: &BenchCommon,
    backend: &OpenBackend,
    point: &Point,
    once: impl Fn() -> Result<Vec<f64>> + Sync,
) -> Result<()> {
    let (what, setting) = ("the benchmark", "--batch, --units or --steps");
    Need::check(&[Need { what, bytes: 2.0 * point.memory, setting }])?;
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let counts = if common.threads.is_empty() { vec![all] } else { common.threads.clone() };
    for threads in counts {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().context("--threads")?;
        // The calling thread takes part in no pool of its own: everything runs inside this one.
        let (mut seconds, rate) = pool.install(|| anyhow::Ok((once()?, backend.run(ProductRate)?)))?;
        seconds.sort_by(f64::total_cmp);
        print(common, backend, point, threads, &seconds, rate)?;
    }
    Ok(())
}

fn print(
    common: &BenchCommon,
    backend: &OpenBackend,
    point: &Point,
    threads: usize,
    seconds: &[f64],
    rate: f64,
) -> Result<()> {
    let Point { name, batch, steps, units, segments, work, memory } = point;
    let program = if *segments > 1 { format!(" × {segments} segments") } else { String::new() };
    let median = seconds[seconds.len() / 2];
    let (least, most) = (seconds[0], seconds[seconds.len() - 1]);
    let unit_steps = (batch * steps * units) as f64;
    if common.json {
        return json(&Measured {
            bench: name,
            backend: backend.kind().to_string(),
            device: backend.device(),
            threads,
            batch: *batch,
            steps: *steps,
            units: *units,
            segments: *segments,
            repeats: seconds.len(),
            median_seconds: median,
            min_seconds: least,
            max_seconds: most,
            trajectories_per_second: *batch as f64 / median,
            nanoseconds_per_unit_step: 1e9 * median / unit_steps,
            roofline: roofline(work, median, rate),
            memory_bytes: *memory,
        });
    }
    line(format!(
        "{name}: {batch} trajectories × {steps} steps × {units} units{program}, {} ({}), {threads} threads\n  \
         {median:.4} s ({least:.4} to {most:.4}), {:.0} trajectories/s, {:.2} ns a unit and step\n  \
         products {:.1} GFLOP at {:.1} GFLOP/s = {:.2} of this machine's matrix product ({rate:.0} GFLOP/s); \
         noise {:.0} M draws at {:.2} G/s; memory traffic at least {:.1} MB; memory {:.1} MB",
        backend.kind(),
        backend.device(),
        *batch as f64 / median,
        1e9 * median / unit_steps,
        work.flops / 1e9,
        work.flops / median / 1e9,
        work.flops / median / 1e9 / rate,
        work.draws / 1e6,
        work.draws / median / 1e9,
        work.bytes / 1e6,
        memory / 1e6,
    ))
}

fn roofline(work: &Work, seconds: f64, rate: f64) -> Roofline {
    Roofline {
        product_flops: work.flops,
        product_gflops_per_second: work.flops / seconds / 1e9,
        matmul_gflops_per_second: rate,
        fraction_of_matmul: work.flops / seconds / 1e9 / rate,
        noise_draws: work.draws,
        noise_gdraws_per_second: work.draws / seconds / 1e9,
        bytes: work.bytes,
    }
}

/// The rate of a large f32 matrix product on a backend, in GFLOP/s: the best of a few.
struct ProductRate;

impl BackendJob for ProductRate {
    type Output = f64;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<f64> {
        const N: usize = 1024;
        let mut random = Random::new(3, "bench", 0);
        let a = Tensor::<B, 2>::from_data(TensorData::new(uniform(&mut random, N * N, 1.0), [N, N]), device);
        let mut best = f64::MAX;
        for _ in 0..8 {
            let started = Instant::now();
            let product = a.clone().matmul(a.clone());
            // Reading one element waits for the product without moving it.
            std::hint::black_box(product.narrow(0, 0, 1).narrow(1, 0, 1).into_data());
            best = best.min(started.elapsed().as_secs_f64());
        }
        Ok(2.0 * (N as f64).powi(3) / best / 1e9)
    }
}

/// Uniform in [−scale, scale].
fn uniform(random: &mut Random, n: usize, scale: f64) -> Vec<f32> {
    (0..n).map(|_| ((random.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0) as f32 * scale as f32).collect()
}

fn tensor<B: Backend>(values: Vec<f32>, shape: [usize; 2], device: &B::Device) -> Tensor<B, 2> {
    Tensor::from_data(TensorData::new(values, shape), device)
}
