//! The dynamics step by step in `f64` (this process uses no other float type): the loop over steps that takes any noise and any
//! force, against the kernels' single operation and against values computed by hand.
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

/// The backend of every test below.
type B = burn_ndarray::NdArray<f64>;

/// The relative error of one rounding.
const ROUNDOFF: f64 = f64::EPSILON / 2.0;

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
