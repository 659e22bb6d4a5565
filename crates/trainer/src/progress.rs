//! What a job is watched by: a progress bar, on a terminal only, and the metrics of its run folder.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use runs::{Metric, MetricsLog, RunError};
use std::path::Path;
use std::time::{Duration, Instant};
use tasks::Watch;

/// A bar of `length` steps named `name`; its message is the metric that matters.
pub(crate) fn bar(name: &str, length: usize) -> ProgressBar {
    // indicatif draws nothing where standard error is not a terminal.
    let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{prefix:>10} {bar:30} {pos}/{len} [{elapsed} < {eta}] {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(name.to_owned());
    bar
}

/// A phase whose first seconds foretell more than this is worth a word.
const LONG: Duration = Duration::from_mins(1);
/// How long it is looked at before.
const FIRST: Duration = Duration::from_secs(3);
/// Steps that foretell nothing: a GPU's kernels are compiled, and tuned, in the first.
const UNTIMED: usize = 3;

/// Watches a job for a person, and writes the metrics of a run.
pub(crate) struct Onlooker {
    metrics: Option<MetricsLog>,
    bar: ProgressBar,
    phase: String,
    total: usize,
    /// Steps that an earlier run had taken.
    begun: usize,
    /// Steps taken when the clock was started.
    taken: usize,
    started: Instant,
    foretold: bool,
}

impl Onlooker {
    /// Watches alone.
    pub(crate) fn new() -> Self {
        Self {
            metrics: None,
            bar: ProgressBar::hidden(),
            phase: String::new(),
            total: 0,
            begun: 0,
            taken: 0,
            started: Instant::now(),
            foretold: true,
        }
    }

    /// Watches, and appends metrics to a file.
    pub(crate) fn with_metrics(path: &Path) -> Result<Self, RunError> {
        Ok(Self { metrics: Some(MetricsLog::open(path)?), ..Self::new() })
    }
}

impl Watch for Onlooker {
    fn begin(&mut self, phase: &str, total: usize, taken: usize) -> Result<f64, RunError> {
        self.bar = bar(phase, total);
        phase.clone_into(&mut self.phase);
        (self.total, self.begun, self.taken) = (total, taken, taken);
        (self.started, self.foretold) = (Instant::now(), false);
        self.metrics.as_mut().map_or(Ok(0.0), |metrics| metrics.rewind(phase, taken))
    }

    fn step(&mut self, done: usize) {
        self.bar.set_position(done as u64);
        if done <= self.begun + UNTIMED {
            (self.taken, self.started) = (done, Instant::now());
            return;
        }
        let elapsed = self.started.elapsed();
        if self.foretold || elapsed < FIRST {
            return;
        }
        self.foretold = true;
        let (now, left) = (done.saturating_sub(self.taken), self.total.saturating_sub(self.taken));
        if now > 0 {
            let seconds = elapsed.as_secs_f64() * left as f64 / now as f64;
            if seconds > LONG.as_secs_f64() {
                self.tell(&format!("{}: about {}", self.phase, duration(seconds)));
            }
        }
    }

    fn metric(&mut self, metric: &Metric) -> Result<(), RunError> {
        if let Some(value) = metric.objective() {
            let quantity = if metric.action.is_some() { "action" } else { "loss" };
            let validation =
                metric.validation_top1.map_or_else(String::new, |v| format!(", validation {:.2} %", 100.0 * v));
            self.bar.set_message(format!("{quantity} {value:.4}{validation}"));
        }
        self.metrics.as_mut().map_or(Ok(()), |metrics| metrics.write(metric))
    }

    fn end(&mut self) {
        self.bar.finish_and_clear();
    }

    fn tell(&mut self, message: &str) {
        self.bar.suspend(|| tracing::info!("{message}"));
    }
}

/// Seconds in words.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} seconds"),
        s if s < 5400.0 => format!("{:.0} minutes", s / 60.0),
        s if s < 2.0 * 86_400.0 => format!("{:.0} hours", s / 3600.0),
        s if s < 730.0 * 86_400.0 => format!("{:.0} days", s / 86_400.0),
        s => format!("{:.0} years", s / (365.0 * 86_400.0)),
    }
}
