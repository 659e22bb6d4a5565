//! A finished run, read.

use crate::{Figures, Phases, Provenance, RunError, Summary, file, parse_metrics, read_config};
use serde::de::DeserializeOwned;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const SUMMARY_CURE: &str = "take it from a copy, or train the run again";
const METRICS_CURE: &str = "delete that line, or the whole file for a report without learning curves";
const FIGURES_CURE: &str = "take it from a copy, or delete it for a report without figures";

/// The folder of a finished run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
    text: String,
    job: toml::Table,
    provenance: Provenance,
}

impl RunFolder {
    /// Opens a finished run: its configuration is read and checked, nothing else.
    ///
    /// # Errors
    /// [`RunError`] says what the folder is instead.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let run = Self::in_the_making(path)?;
        if path.extension().is_some_and(|e| e == "partial") || !path.join(file::COMPUTER).exists() {
            return Err(RunError::NotARun { path: path.to_owned(), missing: file::COMPUTER });
        }
        Ok(run)
    }

    /// Opens a run that may be unfinished.
    ///
    /// # Errors
    /// As [`RunFolder::open`].
    pub fn in_the_making(path: &Path) -> Result<Self, RunError> {
        if !path.is_dir() {
            return Err(RunError::Absent { path: path.to_owned() });
        }
        let config = path.join(file::CONFIG);
        let text = read(&config)?.ok_or(RunError::NotARun { path: path.to_owned(), missing: file::CONFIG })?;
        let (job, provenance) = read_config(&config, &text)?;
        Ok(Self { path: path.to_owned(), text, job, provenance })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.path
    }

    /// A file of the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The configuration as a table.
    pub fn job(&self) -> &toml::Table {
        &self.job
    }

    /// `config.toml`, verbatim.
    pub fn config_text(&self) -> &str {
        &self.text
    }

    /// Where the run comes from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// `summary.json`.
    ///
    /// # Errors
    /// [`RunError`] names the file and what is wrong with it.
    pub fn summary(&self) -> Result<Summary, RunError> {
        let summary: Summary = self
            .json(file::SUMMARY, SUMMARY_CURE)?
            .ok_or(RunError::NotARun { path: self.path.clone(), missing: file::SUMMARY })?;
        let own = |key: &str| self.job.get(key);
        let seed = own("seed").and_then(toml::Value::as_integer).and_then(|seed| u64::try_from(seed).ok());
        let task = own("task").and_then(toml::Value::as_str);
        if summary.format != crate::FORMAT || seed != Some(summary.seed) || task != Some(summary.task.as_str()) {
            let reason = format!("it is of another run than {} beside it; {SUMMARY_CURE}", file::CONFIG);
            return Err(RunError::Malformed { path: self.path(file::SUMMARY), place: String::new(), reason });
        }
        Ok(summary)
    }

    /// `figures.json`; none where it is absent, as in an imported run.
    ///
    /// # Errors
    /// [`RunError`] names the file and what is wrong with it.
    pub fn figures(&self) -> Result<Option<Figures>, RunError> {
        let figures: Option<Figures> = self.json(file::FIGURES, FIGURES_CURE)?;
        if let Some(problem) = figures.as_ref().and_then(|f| f.check().err()) {
            let path = self.path(file::FIGURES);
            return Err(RunError::Malformed {
                path,
                place: String::new(),
                reason: format!("{problem}; {FIGURES_CURE}"),
            });
        }
        Ok(figures)
    }

    /// `metrics.jsonl`; none where it is absent, as in an imported run.
    ///
    /// # Errors
    /// [`RunError`] names the file, the line and what is wrong with it.
    pub fn metrics(&self) -> Result<Option<Phases>, RunError> {
        let path = self.path(file::METRICS);
        let Some(text) = read(&path)? else { return Ok(None) };
        parse_metrics(&text).map(Some).map_err(|(line, reason)| RunError::Malformed {
            path,
            place: format!(", line {line}"),
            reason: format!("{reason}; {METRICS_CURE}"),
        })
    }

    fn json<T: DeserializeOwned>(&self, name: &str, cure: &str) -> Result<Option<T>, RunError> {
        let path = self.path(name);
        let Some(text) = read(&path)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|e| RunError::Malformed {
            path,
            place: String::new(),
            reason: format!("{e}; {cure}"),
        })
    }
}

fn read(path: &Path) -> Result<Option<String>, RunError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RunError::file("read", path, error)),
    }
}
