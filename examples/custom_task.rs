//! A new task on the thermodynamic computer: does a point of the plane lie in the inner or the outer ring?
//!
//! A task is a Burn module with a read-in, and a configuration (custom_task.toml). Teacher, training by the action and evaluation
//! are the library's.
//!
//! `cargo run -p thermo-examples --example custom_task`
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use burn::module::Module;
use thermograd::prelude::*;

type AB = Autodiff<NdArray<f32>>;

/// The task: a computer that sees a point through five frozen inputs.
#[derive(Module, Debug)]
struct Rings<B: Backend> {
    computer: Computer<B>,
}

impl<B: Backend> Programmable<B> for Rings<B> {
    fn computer(&self) -> &Computer<B> {
        &self.computer
    }

    fn with_computer(self, computer: Computer<B>) -> Self {
        Self { computer }
    }
}

impl<B: Backend> Task<B> for Rings<B> {
    type Scale = ();

    /// (x, y) → 4·(x, y, |x|, |y|, 1)
    fn read_in(&self, raw: Tensor<B, 2>, (): &()) -> Tensor<B, 2> {
        let magnitude = raw.clone().powf_scalar(2.0).sqrt();
        let one = raw.clone().narrow(1, 0, 1) * 0.0 + 1.0;
        Tensor::cat(vec![raw, magnitude, one], 1) * 4.0
    }
}

/// The data: points at radius 0.5 ± 0.25 (class 0) and 1.0 ± 0.25 (class 1).
struct Points(Vec<([f32; 2], usize)>);

impl Points {
    fn draw(n: usize, seed: u64) -> Self {
        let mut random = Random::new(seed, "rings", 0);
        let mut uniform = || random.below(1 << 24) as f32 / (1 << 24) as f32;
        Self(
            (0..n)
                .map(|i| {
                    let radius = 0.5 + 0.5 * (i % 2) as f32 + 0.5 * (uniform() - 0.5);
                    let angle = std::f32::consts::TAU * uniform();
                    ([radius * angle.cos(), radius * angle.sin()], i % 2)
                })
                .collect(),
        )
    }
}

impl Examples for Points {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn feature_count(&self) -> usize {
        2
    }
    fn features(&self, index: usize, out: &mut Vec<f32>) {
        out.extend(self.0[index].0);
    }
    fn label(&self, index: usize) -> usize {
        self.0[index].1
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = NdArrayDevice::default();
    let job = Job::parse(include_str!("custom_task.toml"), "custom_task.toml", &[])?;
    let Job::Classify(job) = job else { return Err("this task classifies".into()) };
    let (points, fresh, unseen) = (Points::draw(2000, 1), Points::draw(500, 3), Points::draw(1000, 2));
    let part = |examples| Part { examples, scale: () };
    let rings = Classification { job: &job, train: part(&points), validation: part(&fresh), classes: 2 };
    let task = Rings::<AB> { computer: ComputerConfig::classifier(5, job.computer.hidden, 2).init(&device) };
    let task = rings.program::<AB, _>(task, Place::default(), &mut (), &device)?.task;

    let options = EvaluationOptions { replicas: 10, batch: 500, seed: 1, zero_temperature: true, team: &Alone };
    let seen = evaluate(&task, &part(&unseen), &job.dynamics.simulation(), options, &device, |_, _| ())?;
    println!(
        "{:.1} ± {:.1} % right, {:.0} kT of heat",
        100.0 * seen.top1,
        100.0 * seen.top1_stderr,
        seen.heat_mean_kt
    );
    Ok(())
}
