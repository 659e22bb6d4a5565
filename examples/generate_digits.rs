//! Train a generator of three digits from the library alone, and draw what it makes.
//!
//! `cargo run --release -p thermo-examples --example generate_digits -- evaluation.samples=100`
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use thermograd::data::{self, Source};
use thermograd::prelude::*;
use thermograd::tasks::generate::Networks;
// Makes this workspace build faster; leave it out elsewhere.
use thermo_examples as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = NdArrayDevice::default();
    let settings: Vec<String> = std::env::args().skip(1).collect();
    let job = Job::preset("generate-digits", &settings)?;
    let data = job.divide(data::load(job.set(), &Source::from_environment())?)?;
    let Job::Generate(generate) = &job else { return Err("generate-digits generates".into()) };
    let generator = generate.program::<NdArray<f32>>(&data, Place::default(), &mut (), &device)?.generator;
    let networks = Networks { place: Place::default(), save: false };
    let measured = generate.measured(&generator, &data, Split::Test, networks, &mut (), &device)?;
    for row in measured.pixels.chunks(data.train.columns).take(3 * data.train.rows) {
        println!("{}", row.iter().map(|p| [' ', '░', '▒', '▓', '█'][(4.0 * p) as usize]).collect::<String>());
    }
    println!(
        "{} samples, heat {:.0} ± {:.0} kT",
        measured.samples.len(),
        measured.heat.mean_kt,
        measured.heat.stderr_kt
    );
    Ok(())
}
