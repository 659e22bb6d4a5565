//! Where trainings start.

use burn::tensor::backend::Backend;
use langevin::{Computer, LangevinError};
use learning::Random;

/// s of small random parameters, uniform in ±s, where nothing else is said.
pub const SMALL: f64 = 0.05;

/// The computer with a program of random numbers, uniform in ±`scale`: at θ = 0 nothing would tell one hidden unit from another. A
/// program in segments has the same numbers in all of them.
///
/// # Errors
/// Never, for a computer of this library: its own number of finite parameters is given.
pub fn random_program<B: Backend>(
    computer: Computer<B>,
    scale: f64,
    seed: u64,
) -> Result<Computer<B>, LangevinError> {
    let mut random = Random::new(seed, "computer init", 0);
    let segments = computer.programs().len();
    let values: Vec<f64> = (0..computer.parameters().total() / segments)
        .map(|_| scale * ((random.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0))
        .collect();
    let values = values.repeat(segments);
    computer.with_parameters(&values)
}
