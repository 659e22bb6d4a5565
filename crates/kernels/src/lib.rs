//! Hot-path kernels of the thermodynamic computer: the only crate with `unsafe` code, each block with its reason.
//!
//! Today it holds the counter-based thermal noise ([`noise`]); whole-trajectory kernels join it behind the same crate boundary.

// Lane functions must be compiled into each `#[target_feature]` caller to be vectorised for it.
#![allow(clippy::inline_always)]

pub mod noise;
pub mod philox;
