//! Who watches a job: progress, metrics, messages.

use runs::{Metric, RunError};

/// Whoever watches a job go through its phases (`teacher`, `minimiser`, `computer`, `stage 0: contrastive`, `evaluate` …), one after
/// the other. `()` watches nothing.
pub trait Watch {
    /// A phase of `total` steps begins, or goes on where `taken` of them are taken. Returns the seconds that they took, if it
    /// remembers.
    ///
    /// # Errors
    /// An error stops the job.
    fn begin(&mut self, phase: &str, total: usize, taken: usize) -> Result<f64, RunError> {
        let _ = (phase, total, taken);
        Ok(0.0)
    }

    /// So many steps of the phase are done.
    fn step(&mut self, done: usize) {
        let _ = done;
    }

    /// A look at what the phase has come to.
    ///
    /// # Errors
    /// An error stops the job.
    fn metric(&mut self, metric: &Metric) -> Result<(), RunError> {
        let _ = metric;
        Ok(())
    }

    /// The phase has ended.
    fn end(&mut self) {}

    /// Something worth a line.
    fn tell(&mut self, message: &str) {
        let _ = message;
    }
}

impl Watch for () {}
