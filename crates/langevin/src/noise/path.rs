//! One Brownian path at several time steps: what an integrator's error is measured on.

use super::{CounterNoise, Noise, stream};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The Brownian path of a [`CounterNoise`] seen at a shorter or a longer time step: its increments add up to those of that noise, or
/// are sums of them.
///
/// ```text
/// halved:   ξ_{2k} = (ξ_k + η_k)/√2,   ξ_{2k+1} = (ξ_k − η_k)/√2      η_k ~ N(0, 1), a Brownian bridge from further counters
/// doubled:  ξ_k = (ξ_{2k} + ξ_{2k+1})/√2
/// ```
///
/// (P. Kloeden and E. Platen, Numerical Solution of Stochastic Differential Equations, Springer 1992, Sec. 1.8.) A simulation of
/// 2ⁿ K steps under the path halved n times and one of K steps under the noise itself are then two approximations of one trajectory.
///
/// ```
/// use burn_ndarray::{NdArray, NdArrayDevice};
/// use thermograd_langevin::{BrownianPath, CounterNoise, Noise};
///
/// let noise = CounterNoise::new(7, 0..3);
/// let normals = |noise: &dyn Noise<NdArray>, step| noise.normals(step, [3, 2], &NdArrayDevice::Cpu).expect("not zero");
/// let fine = BrownianPath::halved(noise.clone(), 1);
/// let sum = (normals(&fine, 8) + normals(&fine, 9)) / 2f64.sqrt();
/// let apart = (sum - normals(&noise, 4)).abs().max().into_scalar();
/// assert!(apart < 1e-6, "{apart}");
/// ```
#[derive(Debug, Clone)]
pub struct BrownianPath {
    noise: CounterNoise,
    scale: Scale,
}

#[derive(Debug, Clone, Copy)]
enum Scale {
    /// The time step was halved so often.
    Halved(u32),
    /// It was doubled so often.
    Doubled(u32),
}

impl BrownianPath {
    /// The path at a time step that was halved `times` times.
    pub fn halved(noise: CounterNoise, times: u32) -> Self {
        Self { noise, scale: Scale::Halved(times) }
    }

    /// The path at a time step that was doubled `times` times.
    pub fn doubled(noise: CounterNoise, times: u32) -> Self {
        Self { noise, scale: Scale::Doubled(times) }
    }

    /// The noise of the bridges of halving number `times`, counted from 1.
    fn bridge(&self, times: u32) -> CounterNoise {
        let seed = stream(self.noise.seed, &format!("bridge {times}"));
        CounterNoise { seed, replicas: self.noise.replicas.clone() }
    }
}

impl<B: Backend> Noise<B> for BrownianPath {
    fn normals(&self, step: usize, shape: [usize; 2], device: &B::Device) -> Option<Tensor<B, 2>> {
        let of =
            |noise: &CounterNoise, step: usize| -> Option<Tensor<B, 2>> { noise.normals(step, shape, device) };
        match self.scale {
            Scale::Halved(times) => {
                let mut xi = of(&self.noise, step >> times)?;
                for halving in 1..=times {
                    // The step at this halving, and whether it is the second half of one before.
                    let at = step >> (times - halving);
                    let eta = of(&self.bridge(halving), at >> 1)?;
                    let sum = if at.is_multiple_of(2) { xi + eta } else { xi - eta };
                    xi = sum * std::f64::consts::FRAC_1_SQRT_2;
                }
                Some(xi)
            }
            Scale::Doubled(times) => {
                let count = 1usize << times;
                let mut sum = of(&self.noise, step * count)?;
                for within in 1..count {
                    sum = sum + of(&self.noise, step * count + within)?;
                }
                Some(sum * (1.0 / (count as f64).sqrt()))
            }
        }
    }
}
