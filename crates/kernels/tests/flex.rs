//! The fused kernels of burn-flex.
#![cfg(feature = "flex")]
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

#[path = "cpu/cases.rs"]
mod cases;

type B = burn_flex::Flex;
