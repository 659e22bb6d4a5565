//! Hot-path kernels of the thermodynamic computer: the only crate with `unsafe` code, each block with its reason.
//!
//! - [`LangevinBackend`] extends Burn's backends by whole trajectories, the action, and their gradients; its defaults are
//!   tensor operations ([`mod@reference`]).
//! - Fused implementations: `cpu` for burn-ndarray and burn-flex (features `ndarray` and `flex`), `cube` for CubeCL runtimes (feature `cube`), and
//!   custom operations for `Autodiff` over any of them.
//! - [`noise`] is the counter-based thermal noise that all of them share.

#![expect(
    unsafe_code,
    reason = "vector instructions, and disjoint parts of one buffer written by several threads"
)]
#![deny(clippy::undocumented_unsafe_blocks)]
#![expect(
    clippy::inline_always,
    reason = "lane functions must be compiled into each `#[target_feature]` caller to be vectorised for it"
)]

mod autodiff;
mod backend;
#[cfg(any(feature = "ndarray", feature = "flex"))]
pub mod cpu;
#[cfg(feature = "cube")]
mod cube;
#[cfg(feature = "cube")]
pub use cube::device_is_llvmpipe;
pub mod noise;
pub mod philox;
pub mod reference;
mod well;

pub use backend::{
    ActionGradients, ActionTerms, LangevinAutodiffBackend, LangevinBackend, Tape, TrajectoryGradients,
    TrajectorySpec,
};
pub use well::{Well, Wells};
