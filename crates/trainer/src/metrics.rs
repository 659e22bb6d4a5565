//! `metrics.jsonl`: one JSON object a line, as training goes.

use crate::run_folder::write_whole;
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The metrics of a run, appended line by line.
pub(crate) struct Metrics {
    path: PathBuf,
    file: File,
}

impl Metrics {
    /// Opens the file to append to it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Appends a line.
    pub(crate) fn write(&mut self, line: &Value) -> Result<()> {
        writeln!(self.file, "{line}").with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Forgets the lines of `phase` beyond `steps`, which a resumed training takes again, and returns the seconds that
    /// the phase had taken by then.
    pub(crate) fn rewind(&mut self, phase: &str, steps: usize) -> Result<f64> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let (mut kept, mut seconds) = (String::new(), 0.0);
        for line in text.lines() {
            // A kill may have cut the last line short.
            let Ok(value) = serde_json::from_str::<Value>(line) else { continue };
            if value["phase"] == phase {
                if value["step"].as_u64().is_none_or(|step| step as usize > steps) {
                    continue;
                }
                seconds = value["seconds"].as_f64().unwrap_or(seconds);
            }
            kept.push_str(line);
            kept.push('\n');
        }
        write_whole(&self.path, kept.as_bytes())?;
        *self = Self::open(&self.path.clone())?;
        Ok(seconds)
    }
}
