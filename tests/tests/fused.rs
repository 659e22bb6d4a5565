//! The dynamics step by step in `f32` (this process uses no other float type), which the fused kernels of the processor take on:
//! the tests of `paths`, of which each states its tolerance in roundings.
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

/// The backend of every test below.
type B = burn_ndarray::NdArray<f32>;

/// The relative error of one rounding.
const ROUNDOFF: f64 = f32::EPSILON as f64 / 2.0;

#[path = "paths/comparison.rs"]
mod comparison;
#[path = "paths/energy.rs"]
mod energy;
#[path = "paths/first_law.rs"]
mod first_law;
#[path = "paths/segments.rs"]
mod segments;
#[path = "paths/setting.rs"]
mod setting;
#[path = "paths/step.rs"]
mod step;
