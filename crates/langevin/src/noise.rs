//! The thermal noise, behind a seam.

mod path;

pub use path::BrownianPath;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use std::sync::Arc;

/// Where the standard normal noise ξ of a trajectory comes from.
pub trait Noise<B: Backend> {
    /// ξ of every replica and unit at `step`; none stands for zero.
    ///
    /// # Shapes
    /// `[batch, units]`
    fn normals(&self, step: usize, shape: [usize; 2], device: &B::Device) -> Option<Tensor<B, 2>>;

    /// Whether ξ is independent from step to step, from replica to replica and from unit to unit: what the action supposes. Say no
    /// for coloured noise; [`crate::Trajectory::transitions`] then refuses.
    fn is_white(&self) -> bool {
        true
    }

    /// What a kernel that makes its own noise must know to make this one.
    fn kind(&self) -> NoiseKind {
        NoiseKind::Other
    }
}

/// How noise comes about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoiseKind {
    /// The counter-based noise of [`kernels::noise`].
    Counter {
        /// Its seed.
        seed: u64,
        /// Replica of each row of the batch.
        replicas: Arc<[u64]>,
    },
    /// None.
    Zero,
    /// Anything else: only [`Noise::normals`] can make it.
    Other,
}

/// Counter-based noise: ξ is a pure function of (seed, replica, step, unit), so that a trajectory does not depend on
/// batch size, thread count or backend (to rounding). See [`kernels::noise`].
///
/// ```
/// use burn_ndarray::{NdArray, NdArrayDevice};
/// use thermograd_langevin::{CounterNoise, Noise};
///
/// let normals = |noise: &dyn Noise<NdArray>, replicas| -> Vec<f32> {
///     let xi = noise.normals(3, [replicas, 2], &NdArrayDevice::Cpu).expect("it is not zero");
///     xi.into_data().to_vec().expect("f32")
/// };
/// // Replica 8 has the same noise alone and among others.
/// let alone = normals(&CounterNoise::new(7, [8]), 1);
/// let among = normals(&CounterNoise::new(7, 6..10), 4);
/// assert_eq!(alone, among[4..6]);
/// ```
#[derive(Debug, Clone)]
pub struct CounterNoise {
    seed: u64,
    replicas: Arc<[u64]>,
}

impl CounterNoise {
    /// The noise of the given replicas, one a row of the batch.
    pub fn new(seed: u64, replicas: impl IntoIterator<Item = u64>) -> Self {
        Self { seed, replicas: replicas.into_iter().collect() }
    }
}

impl<B: Backend> Noise<B> for CounterNoise {
    /// # Panics
    /// When there are not as many replicas as rows.
    fn normals(&self, step: usize, [batch, units]: [usize; 2], device: &B::Device) -> Option<Tensor<B, 2>> {
        assert_eq!(batch, self.replicas.len(), "noise: one replica a row of the batch");
        let mut values = vec![0f32; batch * units];
        kernels::noise::fill_standard_normal(self.seed, step as u32, &self.replicas, units, &mut values);
        Some(Tensor::from_data(TensorData::new(values, [batch, units]), device))
    }

    fn kind(&self) -> NoiseKind {
        NoiseKind::Counter { seed: self.seed, replicas: self.replicas.clone() }
    }
}

/// No noise: the deterministic computer at zero temperature.
#[derive(Debug, Clone, Copy)]
pub struct NoNoise;

impl<B: Backend> Noise<B> for NoNoise {
    fn normals(&self, _: usize, _: [usize; 2], _: &B::Device) -> Option<Tensor<B, 2>> {
        None
    }

    fn kind(&self) -> NoiseKind {
        NoiseKind::Zero
    }
}

/// The replica of one example (an image) and one repetition: unique to the pair.
pub fn replica_id(example: usize, repetition: usize) -> u64 {
    ((repetition as u64) << 32) | example as u64
}

/// A seed for one purpose, independent of the seeds of other purposes under the same run seed.
///
/// (SplitMix64's finaliser on the seed and an FNV-1a hash of the name.)
pub fn stream(seed: u64, purpose: &str) -> u64 {
    let hash =
        purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(hash);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
