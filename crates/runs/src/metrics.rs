//! `metrics.jsonl`: one JSON object a line, as training goes.

use crate::{RunError, write_whole};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A look at a training.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Metric {
    /// What is being trained: `teacher`, `computer`, `stage 0: contrastive` …
    pub phase: String,
    /// Training steps taken.
    pub step: usize,
    /// Passes over the training images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<usize>,
    /// Mean action since the last look, if that is what is minimised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<f64>,
    /// Mean of whatever else is minimised since the last look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// Learning rate of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Seconds that the phase has taken so far, interruptions left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Fraction of the validation images answered right, where it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_top1: Option<f64>,
}

impl Metric {
    /// What is minimised: the action, or the loss.
    pub fn objective(&self) -> Option<f64> {
        self.action.or(self.loss)
    }
}

/// The metrics of a run, phase by phase in the order they were written.
pub type Phases = Vec<(String, Vec<Metric>)>;

/// Reads the text of `metrics.jsonl`; blank lines are passed over.
///
/// # Errors
/// The number of the first malformed line, counted from one, and what is wrong with it.
pub fn parse_metrics(text: &str) -> Result<Phases, (usize, String)> {
    let mut phases: Phases = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let metric: Metric = serde_json::from_str(line).map_err(|e| (index + 1, e.to_string()))?;
        match phases.iter_mut().find(|(name, _)| *name == metric.phase) {
            Some((_, metrics)) => metrics.push(metric),
            None => phases.push((metric.phase.clone(), vec![metric])),
        }
    }
    Ok(phases)
}

/// The metrics of a run in the making, appended line by line.
#[derive(Debug)]
pub struct MetricsLog {
    path: PathBuf,
    file: File,
}

impl MetricsLog {
    /// Opens the file to append to it.
    ///
    /// # Errors
    /// [`RunError::File`].
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        Ok(Self { path: path.to_owned(), file: file.map_err(|e| RunError::file("write", path, e))? })
    }

    /// Appends a line.
    ///
    /// # Errors
    /// [`RunError::File`].
    pub fn write(&mut self, metric: &Metric) -> Result<(), RunError> {
        let failed = |e| RunError::file("write", &self.path, e);
        let mut line = serde_json::to_string(metric).map_err(|e| failed(e.into()))?;
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(failed)
    }

    /// Forgets the lines of `phase` beyond `steps`, which a resumed training takes again, and returns the seconds that the
    /// phase had taken by then.
    ///
    /// # Errors
    /// [`RunError::File`].
    pub fn rewind(&mut self, phase: &str, steps: usize) -> Result<f64, RunError> {
        let bytes = fs::read(&self.path).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let (mut kept, mut seconds) = (String::new(), 0.0);
        for line in text.lines() {
            // A kill may have cut the last line short.
            let Ok(metric) = serde_json::from_str::<Metric>(line) else { continue };
            if metric.phase == phase {
                if metric.step > steps {
                    continue;
                }
                seconds = metric.seconds.unwrap_or(seconds);
            }
            kept.push_str(line);
            kept.push('\n');
        }
        if kept.as_bytes() != bytes {
            write_whole(&self.path, kept.as_bytes())?;
            *self = Self::open(&self.path.clone())?;
        }
        Ok(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(phase: &str, step: usize) -> Metric {
        Metric { phase: phase.to_owned(), step, seconds: Some(step as f64), loss: Some(0.5), ..Metric::default() }
    }

    #[test]
    fn a_resumed_phase_forgets_what_it_takes_again_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut log = MetricsLog::open(&path).unwrap();
        for (phase, step) in [("teacher", 50), ("computer", 10), ("computer", 20), ("computer", 30)] {
            log.write(&metric(phase, step)).unwrap();
        }
        fs::write(&path, fs::read_to_string(&path).unwrap() + "{\"phase\":\"comp").unwrap();
        assert!((log.rewind("computer", 20).unwrap() - 20.0).abs() < 1e-12);
        log.write(&metric("computer", 25)).unwrap();
        let phases = parse_metrics(&fs::read_to_string(&path).unwrap()).unwrap();
        let steps: Vec<Vec<usize>> = phases.iter().map(|(_, m)| m.iter().map(|m| m.step).collect()).collect();
        assert_eq!(steps, [vec![50], vec![10, 20, 25]]);
    }

    #[test]
    fn a_cut_line_is_named() {
        let (line, _) = parse_metrics("{\"phase\":\"teacher\",\"step\":1}\n{\"phase\":\"comp").unwrap_err();
        assert_eq!(line, 2);
    }
}
