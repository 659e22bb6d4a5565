//! `trainer export RUN`

use crate::backend::{BackendKind, Job};
use crate::cli::{ExportArgs, ExportFormat};
use crate::dataset;
use crate::output::line;
use crate::run_folder::{self, file, write_whole};
use anyhow::{Context, Result, bail};
use langevin::{LangevinBackend, Layout, ParameterValues};
use learning::load_module;
use serde_json::json;
use std::path::Path;
use tasks::{JobConfig, TaskKind, task_named};

/// Prints or writes the parameters.
pub(crate) fn run(arguments: &ExportArgs) -> Result<()> {
    let text = run_folder::read(&arguments.run, file::CONFIG)?;
    let origin = arguments.run.join(file::CONFIG).display().to_string();
    if arguments.format == ExportFormat::Safetensors {
        let Some(to) = &arguments.to else {
            bail!("--format safetensors is a binary file: say where to write it with --to FILE");
        };
        let from = arguments.run.join(file::COMPUTER);
        let bytes = std::fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
        return write_whole(to, &bytes);
    }
    let (mut described, parameters) = if dataset::kind_of_text(&text, &origin)? == TaskKind::Generate {
        super::generative::parameters(&arguments.run, &text)?
    } else {
        let config = JobConfig::parse(&text, &origin, &[])?;
        let job = ExportJob { run: &arguments.run, config: &config };
        let (layout, parameters) = BackendKind::default().open()?.run(job)?;
        let described = json!({
            "layout": layout,
            "connectivity": config.connectivity,
            "j2": config.j2,
            "j4": config.j4,
        });
        (described, parameters)
    };
    let text = match arguments.format {
        ExportFormat::Json => {
            described["blocks"] = json!(parameters.blocks);
            described["values"] = json!(parameters.values);
            described.to_string()
        }
        // The shortest text that reads back as the same f32.
        _ => parameters.values.iter().map(|v| (*v as f32).to_string()).collect::<Vec<_>>().join("\n"),
    };
    match &arguments.to {
        Some(to) => write_whole(to, (text + "\n").as_bytes()),
        None => {
            line(text);
            Ok(())
        }
    }
}

struct ExportJob<'a> {
    run: &'a Path,
    config: &'a JobConfig,
}

impl Job for ExportJob<'_> {
    type Output = (Layout, ParameterValues);

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Self::Output> {
        let [rows, columns] = task_named(&self.config.task)?.image_shape();
        let classes = if self.config.classes.is_empty() { 10 } else { self.config.classes.len() };
        let shape = self.config.computer(rows, columns, classes);
        let computer = load_module(shape.init::<B>(device), &self.run.join(file::COMPUTER))?;
        Ok((shape.layout, computer.parameters()))
    }
}
