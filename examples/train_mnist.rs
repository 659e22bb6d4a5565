//! Train `mnist-pathwise` from the library alone: MNIST where THERMO_DATA names its folder, else the built-in digits.
//!
//! `cargo run --release -p thermo-examples --example train_mnist -- training.steps=1000`
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use thermograd::data::{self, Source};
use thermograd::prelude::*;
// Makes this workspace build faster; leave it out elsewhere.
use thermo_examples as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (device, source) = (NdArrayDevice::default(), Source::from_environment());
    let mut settings: Vec<String> = std::env::args().skip(1).collect();
    settings.extend(source.folder.is_none().then(|| "data.set=digits".to_owned()));
    let job = Job::preset("mnist-pathwise", &settings)?;
    let data = job.divide(data::load(job.set(), &source)?)?;
    let Job::Classify(classify) = &job else { return Err("mnist-pathwise classifies".into()) };
    let programmed = classify.program::<NdArray<f32>>(&data, Place::default(), &mut (), &device)?;
    let seen = classify.evaluate(&programmed.task, &data, Split::Test, &Alone, &mut (), &device)?;
    let (top1, stderr) = (100.0 * seen.top1, 100.0 * seen.top1_stderr);
    println!("{}: {top1:.2} ± {stderr:.2} % of {} test images right", data.data.name, seen.images);
    println!("heat {:.0} ± {:.0} kT", seen.heat_mean_kt, seen.heat_stderr_kt);
    Ok(())
}
