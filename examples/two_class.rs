//! The papers' minimal experiment: tell 0 from 1 with 8 hidden units, on the built-in digits.
//!
//! `cargo run -p thermo-examples --example two_class`
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use thermograd::data::{self, Source};
use thermograd::prelude::*;
// Makes this workspace build faster; leave it out elsewhere.
use thermo_examples as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = NdArrayDevice::default();
    let job = Job::preset("two-class-digits", &[])?;
    let data = job.divide(data::load(job.set(), &Source::default())?)?;
    let Job::Classify(classify) = &job else { return Err("two-class-digits classifies".into()) };
    let programmed = classify.program::<NdArray<f32>>(&data, Place::default(), &mut (), &device)?;
    let seen = classify.evaluate(&programmed.task, &data, Split::Test, &Alone, &mut (), &device)?;
    println!(
        "{} hidden units, {} test digits: {:.1} ± {:.1} % right on one trajectory, {:.0} kT of heat",
        classify.computer.hidden,
        seen.images,
        100.0 * seen.top1,
        100.0 * seen.top1_stderr,
        seen.heat_mean_kt
    );
    Ok(())
}
