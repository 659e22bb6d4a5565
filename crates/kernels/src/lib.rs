//! Hot-path kernels of the thermodynamic computer: the only crate with `unsafe` code, each block with its reason.
//!
//! Today it holds the counter-based thermal noise ([`noise`]); whole-trajectory kernels join it behind the same crate boundary.

pub mod noise;
pub mod philox;
