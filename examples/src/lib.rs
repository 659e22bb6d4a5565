//! The library's generic functions, made for the CPU backend once instead of in each example.

use burn_ndarray::NdArray;
use std::hint::black_box;
use tasks::{Classify, Generate};

/// Names them, so that the compiler makes them here; nobody calls it.
pub fn instances() {
    black_box(Classify::program::<NdArray<f32>> as *const ());
    black_box(Classify::evaluate::<NdArray<f32>> as *const ());
    black_box(Generate::program::<NdArray<f32>> as *const ());
    black_box(Generate::measured::<NdArray<f32>> as *const ());
}
