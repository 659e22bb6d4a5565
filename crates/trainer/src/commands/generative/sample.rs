//! `trainer generate RUN`: samples as a picture and as numbers.

use super::measure::generation;
use super::{Prepared, load_generator, of_run};
use crate::backend::Job;
use crate::cli::GenerateArgs;
use crate::output::line;
use crate::progress;
use crate::run_folder::{self, file, write_whole};
use anyhow::{Context, Result, ensure};
use langevin::LangevinBackend;
use std::path::Path;
use tasks::TaskKind;
use tasks::generative::Samples;

/// Generates.
pub(crate) fn run(arguments: &GenerateArgs) -> Result<()> {
    let text = run_folder::read(&arguments.run, file::CONFIG)?;
    let origin = arguments.run.join(file::CONFIG);
    ensure!(
        crate::dataset::kind_of_text(&text, &origin.display().to_string())? == TaskKind::Generate,
        "{}: this run classifies; generate takes a run of a generative task (trainer tasks)",
        arguments.run.display()
    );
    let out = arguments.out.clone().unwrap_or_else(|| arguments.run.clone());
    ensure!(out.is_dir(), "--out {}: no such folder", out.display());
    let prepared = of_run(&text, &origin, &arguments.common, &[])?;
    let seed = arguments.common.seed.unwrap_or(prepared.config.seed);
    let backend = arguments.common.backend.open()?;
    let job = SampleJob { run: &arguments.run, prepared: &prepared, count: arguments.samples, seed };
    let (samples, pixels) = backend.run(job)?;
    let [rows, columns] = prepared.task.image_shape();
    let images: Vec<&[f32]> = pixels.chunks_exact(rows * columns).collect();
    let png = report::image_grid(&images, [rows, columns]).context("no samples to draw")?;
    let name = |extension: &str| out.join(format!("samples-{seed}.{extension}"));
    write_whole(&name("png"), &png)?;
    write_whole(&name("npy"), &npy(&samples.visible, [samples.len(), rows, columns]))?;
    let heat = samples.heat_kt.iter().sum::<f64>() / samples.len().max(1) as f64;
    line(format!(
        "{} samples, mean heat {heat:.0} kT: {} and {} (visible states, [{}, {rows}, {columns}], f32)",
        samples.len(),
        name("png").display(),
        name("npy").display(),
        samples.len(),
    ));
    Ok(())
}

struct SampleJob<'a> {
    run: &'a Path,
    prepared: &'a Prepared,
    count: usize,
    seed: u64,
}

impl Job for SampleJob<'_> {
    type Output = (Samples, Vec<f32>);

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Self::Output> {
        let generator = load_generator::<B>(self.run, &self.prepared.config, &self.prepared.shown, device)?;
        let bar = progress::bar("generate", self.count);
        let how = generation::<B>(self.prepared, self.seed, device)?;
        let samples = generator.generate(&how, self.count, |done| bar.set_position(done as u64))?;
        bar.finish_and_clear();
        let pixels = generator.read_pixels(&samples.visible);
        Ok((samples, pixels))
    }
}

/// NumPy's array file, version 1.0: little-endian f32 in C order.
fn npy(values: &[f32], shape: [usize; 3]) -> Vec<u8> {
    let [a, b, c] = shape;
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({a}, {b}, {c}), }}");
    // Magic, version and length take ten bytes; all of it is a multiple of 64, the last byte a line feed.
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    header.push_str(&" ".repeat(length - header.len() - 1));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    values.iter().for_each(|v| bytes.extend(v.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_array_file_has_its_header_and_numbers() {
        let bytes = super::npy(&[1.0, 2.0], [1, 1, 2]);
        assert_eq!(bytes.len() % 64, 8);
        assert!(bytes.starts_with(b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', "));
        assert_eq!(bytes[127], b'\n');
        assert_eq!(bytes[128..132], 1f32.to_le_bytes());
    }
}
