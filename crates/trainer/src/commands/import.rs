//! `trainer import FILE --out RUN`

use crate::backend::Job;
use crate::cli::ImportArgs;
use crate::output::line;
use crate::run_folder::{PartialRun, file};
use crate::{dataset, summary};
use anyhow::{Context, Result, bail};
use langevin::{LangevinBackend, ParameterValues};
use learning::save_module;
use serde_json::json;
use tasks::{JobConfig, Provenance};

/// Makes a run folder from a parameter file.
pub(crate) fn run(arguments: &ImportArgs) -> Result<()> {
    let (task, mut config) = dataset::configuration(&arguments.config, arguments.common.seed)?;
    let path = arguments.file.display();
    let text = std::fs::read_to_string(&arguments.file).with_context(|| format!("cannot read {path}"))?;
    let values = parse(&text).with_context(|| format!("{path}"))?;
    let backend = arguments.common.backend.open()?;
    PartialRun::check(&arguments.out)?;
    let classes = if config.classes.is_empty() { 10 } else { config.classes.len() };
    config.provenance = Some(Provenance {
        commit: env!("THERMO_COMMIT").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        backend: backend.kind().to_string(),
        device: backend.device().to_owned(),
        dataset: task.dataset.to_owned(),
        dataset_origin: format!("none yet: parameters imported from {path}"),
    });
    let job = ImportJob { config: &config, values: &values, shape: task.image_shape(), classes, out: arguments };
    let (folder, parameters) = backend.run(job).with_context(|| format!("{path}"))?;
    folder.write(file::CONFIG, &toml::to_string(&config).context("cannot write the configuration")?)?;
    let [rows, columns] = task.image_shape();
    let written = json!({
        "task": task.name,
        "dataset": task.dataset,
        "dataset_origin": format!("parameters imported from {path}"),
        "seed": config.seed,
        "objective": "imported",
        "computer": summary::computer(&config, rows * columns, classes),
        "parameters": {
            "total": parameters.total(), "acting": parameters.acting(), "blocks": parameters.blocks,
        },
    });
    folder.write(file::SUMMARY, &(serde_json::to_string_pretty(&written)? + "\n"))?;
    let out = folder.finish()?;
    line(format!("{} parameters imported into {}", values.len(), out.display()));
    Ok(())
}

struct ImportJob<'a> {
    config: &'a JobConfig,
    values: &'a [f64],
    shape: [usize; 2],
    classes: usize,
    out: &'a ImportArgs,
}

impl Job for ImportJob<'_> {
    type Output = (PartialRun, ParameterValues);

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Self::Output> {
        let [rows, columns] = self.shape;
        let shape = self.config.computer(rows, columns, self.classes);
        let computer = shape.init::<B>(device).with_parameters(self.values)?;
        let folder = PartialRun::create(&self.out.out)?;
        save_module(&computer, &folder.path(file::COMPUTER))?;
        Ok((folder, computer.parameters()))
    }
}

/// Whitespace-separated finite numbers; an error gives the position.
fn parse(text: &str) -> Result<Vec<f64>> {
    let mut values = Vec::new();
    for (line_number, text) in text.lines().enumerate() {
        for word in text.split_whitespace() {
            let position = format!("number {} (line {})", values.len() + 1, line_number + 1);
            match word.parse::<f64>() {
                Ok(value) if value.is_finite() => values.push(value),
                Ok(value) => bail!("{position} is {value}; every parameter must be finite"),
                Err(_) => bail!("{position} is {word:?}, not a number"),
            }
        }
    }
    Ok(values)
}
