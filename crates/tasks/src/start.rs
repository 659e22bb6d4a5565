//! Where trainings start.

use burn::tensor::backend::Backend;
use langevin::{Computer, LangevinError};
use learning::Random;

/// The computer with a program of small random numbers, uniform in ±0.05: at θ = 0 nothing would tell one hidden unit from
/// another.
///
/// # Errors
/// Never, for a computer of this library: its own number of finite parameters is given.
pub fn small_random<B: Backend>(computer: Computer<B>, seed: u64) -> Result<Computer<B>, LangevinError> {
    let mut random = Random::new(seed, "computer init", 0);
    let parameters = computer.parameters();
    let values: Vec<f64> = (0..parameters.total())
        .map(|_| 0.05 * ((random.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0))
        .collect();
    computer.with_parameters(&values)
}
