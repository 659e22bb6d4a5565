//! A run folder, read and reported on.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::{Figures, Metrics, ReportError, Summary, render};

const SUMMARY_CURE: &str = "evaluate the run again to write it anew";
const METRICS_CURE: &str = "delete that line, or the whole file for a report without learning curves";
const FIGURES_CURE: &str = "evaluate the run again to write it anew, or delete it for a report without figures";

/// What a run folder holds.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// `summary.json`.
    pub summary: Summary,
    /// `config.toml`, verbatim.
    pub config: Option<String>,
    /// `metrics.jsonl`.
    pub metrics: Option<Metrics>,
    /// `figures.json`.
    pub figures: Option<Figures>,
}

impl Run {
    /// Reads a run folder; of its files `summary.json` alone is required.
    ///
    /// # Errors
    /// When the summary is missing, and when a file is unreadable, malformed or at odds with itself.
    pub fn load(folder: &Path) -> Result<Self, ReportError> {
        let path = folder.join("summary.json");
        let Some(text) = read(&path)? else {
            return Err(ReportError::NoSummary { path });
        };
        let summary = serde_json::from_str(&text).map_err(malformed(&path, String::new(), SUMMARY_CURE))?;
        let config = read(&folder.join("config.toml"))?;

        let path = folder.join("metrics.jsonl");
        let metrics =
            match read(&path)? {
                None => None,
                Some(text) => {
                    let parsed = Metrics::parse(&text);
                    Some(parsed.map_err(|(line, error)| {
                        malformed(&path, format!(", line {line},"), METRICS_CURE)(error)
                    })?)
                }
            };

        let path = folder.join("figures.json");
        let figures: Option<Figures> = match read(&path)? {
            None => None,
            Some(text) => {
                Some(serde_json::from_str(&text).map_err(malformed(&path, String::new(), FIGURES_CURE))?)
            }
        };
        if let Some(figures) = &figures {
            figures.check().map_err(|problem| ReportError::Inconsistent { path, problem })?;
        }
        Ok(Self { summary, config, metrics, figures })
    }
}

/// Reads the run folder `run`, writes `report.html` into it and returns its path.
///
/// The page is written under a temporary name and then renamed, so that a reader never sees half of one.
///
/// # Errors
/// Those of [`Run::load`], and when the page cannot be written.
pub fn write(run: &Path) -> Result<PathBuf, ReportError> {
    let html = render(&Run::load(run)?);
    let path = run.join("report.html");
    let temporary = run.join(format!(".report.html.{}", std::process::id()));
    fs::write(&temporary, html).and_then(|()| fs::rename(&temporary, &path)).map_err(|source| {
        // The first error is the one to report; the leftover may not even exist.
        let _ = fs::remove_file(&temporary);
        ReportError::Write { path: path.clone(), source }
    })?;
    Ok(path)
}

fn read(path: &Path) -> Result<Option<String>, ReportError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReportError::Read { path: path.to_owned(), source }),
    }
}

fn malformed(path: &Path, place: String, cure: &'static str) -> impl FnOnce(serde_json::Error) -> ReportError {
    let path = path.to_owned();
    move |source| ReportError::Malformed { path, place, source, cure }
}
