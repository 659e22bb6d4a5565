//! `trainer generate RUN`: samples as a picture and as numbers.

use crate::backend::BackendJob;
use crate::cli::GenerateArgs;
use crate::job::{data_of_run, of_run};
use crate::output::line;
use crate::progress::Onlooker;
use anyhow::{Context, Result, bail, ensure};
use data::Divided;
use langevin::LangevinBackend;
use learning::Alone;
use runs::{NewFile, RunFolder, write_together};
use std::path::Path;
use tasks::generate::{Generator, Samples};
use tasks::{Generate, Job, Need, Overrides, load_computer};

/// Generates.
pub(crate) fn run(arguments: &GenerateArgs) -> Result<()> {
    let run = RunFolder::open(&arguments.run)?;
    let job =
        of_run(&run)?.overridden(&Overrides { replicas: Some(arguments.samples), ..Overrides::default() })?;
    let Job::Generate(generate) = &job else {
        bail!(
            "{}: this run classifies; generate takes a run of a job that generates (trainer tasks)",
            arguments.run.display()
        );
    };
    let out = arguments.out.clone().unwrap_or_else(|| arguments.run.clone());
    ensure!(out.is_dir(), "--out {}: no such folder", out.display());
    let seed = arguments.seed.unwrap_or(job.seed());
    let name = |extension: &str| out.join(format!("samples-{seed}.{extension}"));
    // Found to be writable before the work.
    let (picture, array) = (NewFile::open(&name("png"))?, NewFile::open(&name("npy"))?);
    Need::check(&job.evaluation_needs(0)?)?;
    let data = data_of_run(&job, run.provenance(), &arguments.data)?;
    let backend = arguments.backend.backend.open()?;
    let sampling =
        Sampling { run: run.folder(), job: &job, generate, data: &data, count: arguments.samples, seed };
    let (samples, pixels) = backend.run(sampling)?;
    let [rows, columns] = [data.train.rows, data.train.columns];
    let images: Vec<&[f32]> = pixels.chunks_exact(rows * columns).collect();
    let png = report::image_grid(&images, [rows, columns]).context("no samples to draw")?;
    let npy = npy(&samples.visible, [samples.len(), rows, columns]);
    write_together(vec![(picture, &png), (array, &npy)])?;
    let heat = samples.heat_kt.iter().sum::<f64>() / samples.len().max(1) as f64;
    line(format!(
        "{} samples, mean heat {heat:.0} kT: {} and {} (visible states, [{}, {rows}, {columns}], f32)",
        samples.len(),
        name("png").display(),
        name("npy").display(),
        samples.len(),
    ))
}

struct Sampling<'a> {
    run: &'a Path,
    job: &'a Job,
    generate: &'a Generate,
    data: &'a Divided,
    count: usize,
    seed: u64,
}

impl BackendJob for Sampling<'_> {
    type Output = (Samples, Vec<f32>);

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Self::Output> {
        let computer = load_computer::<B>(self.job, self.run, device)?;
        let generator = Generator::new(computer, self.generate.data.gain);
        let asked = [self.count as u64, self.seed];
        let samples = self.generate.sampled(&generator, self.data, asked, &Alone, &mut Onlooker::new(), device)?;
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
