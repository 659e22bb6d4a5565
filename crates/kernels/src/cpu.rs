//! Fused kernels for the processor (burn-ndarray and burn-flex, `f32`): SIMD over replicas, all cores, the noise made in place.
//!
//! A tile of at most [`LANES`] replicas runs through all its steps on one core, its state `[unit][lane]` in the cache.
//! Sums over units run in one order for every lane, so that a trajectory does not depend on its batch or on the number
//! of threads.

mod action;
#[cfg(feature = "flex")]
mod flex;
mod fused;
mod lanes;
#[cfg(feature = "ndarray")]
mod ndarray;
mod panels;
mod trajectories;

pub use lanes::LANES;
