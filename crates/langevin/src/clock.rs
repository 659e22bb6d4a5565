//! When a program in time switches.

use crate::LangevinError;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// When the segments of a program begin and end: the length of each, as a fraction of the observation time.
///
/// ```
/// use thermograd_langevin::Clock;
///
/// assert_eq!(Clock::equal(4)?.switches(200)?, [50, 100, 150]);
/// assert_eq!(Clock::new(&[1.0, 1.0, 2.0])?.switches(200)?, [50, 100]);
/// // Nothing switches between two time steps.
/// assert!(Clock::equal(3)?.switches(200).is_err());
/// # Ok::<(), thermograd_langevin::LangevinError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Clock(Vec<f64>);

impl Default for Clock {
    fn default() -> Self {
        Self::constant()
    }
}

impl Clock {
    /// The clock of a program that does not change: one segment.
    pub fn constant() -> Self {
        Self(vec![1.0])
    }

    /// So many segments of equal length.
    ///
    /// # Errors
    /// [`LangevinError::Clock`] when there are none.
    pub fn equal(segments: usize) -> Result<Self, LangevinError> {
        Self::new(&vec![1.0; segments])
    }

    /// Segments whose lengths are in these ratios.
    ///
    /// # Errors
    /// [`LangevinError::Clock`] when there are none, or one is not finite and positive.
    pub fn new(ratios: &[f64]) -> Result<Self, LangevinError> {
        let total: f64 = ratios.iter().sum();
        let positive = |ratio: &f64| ratio.is_finite() && *ratio > 0.0;
        if ratios.is_empty() || !total.is_finite() || !ratios.iter().all(positive) {
            return Err(LangevinError::Clock(format!(
                "segments of lengths {ratios:?}, but a program has at least one, and lengths are above 0 with a finite sum"
            )));
        }
        Ok(Self(ratios.iter().map(|ratio| ratio / total).collect()))
    }

    /// Whether the program does not change: there is one segment.
    pub fn is_constant(&self) -> bool {
        self.0.len() == 1
    }

    /// Number of segments S.
    pub fn segments(&self) -> usize {
        self.0.len()
    }

    /// The length of each segment, as a fraction of the observation time; they sum to 1.
    pub fn lengths(&self) -> &[f64] {
        &self.0
    }

    /// The steps, out of `steps`, after which the next segment acts: S − 1 of them, ascending.
    ///
    /// # Errors
    /// [`LangevinError::Clock`] when a segment would end between two steps (by more than a millionth of one), or have none.
    pub fn switches(&self, steps: usize) -> Result<Vec<usize>, LangevinError> {
        let (mut switches, mut fraction, mut last) = (Vec::with_capacity(self.0.len() - 1), 0.0, 0);
        for (segment, length) in self.0.iter().enumerate().take(self.0.len() - 1) {
            fraction += length;
            let exact = fraction * steps as f64;
            let step = exact.round();
            if (exact - step).abs() > 1e-6 || step as usize <= last || step as usize >= steps {
                // Rounding must not hide what is wrong.
                let rounded = format!("{exact:.2}");
                let told = if (exact - step).abs() < 0.01 { format!("{exact}") } else { rounded };
                return Err(LangevinError::Clock(format!(
                    "segment {} of {} would end after {told} of {steps} time steps, but each ends at a step of its own",
                    segment + 1,
                    self.0.len(),
                )));
            }
            last = step as usize;
            switches.push(last);
        }
        Ok(switches)
    }
}

/// Which segment each of some time steps lies in, as runs of successive ones: (segment, their places in `times`).
pub fn runs_of_segments(switches: &[usize], times: &[usize]) -> Vec<(usize, Range<usize>)> {
    let mut runs: Vec<(usize, Range<usize>)> = Vec::new();
    for (place, time) in times.iter().enumerate() {
        let segment = switches.partition_point(|switch| switch <= time);
        match runs.last_mut() {
            Some((last, run)) if *last == segment => run.end = place + 1,
            _ => runs.push((segment, place..place + 1)),
        }
    }
    runs
}

impl TryFrom<Vec<f64>> for Clock {
    type Error = LangevinError;

    fn try_from(ratios: Vec<f64>) -> Result<Self, LangevinError> {
        Self::new(&ratios)
    }
}

impl From<Clock> for Vec<f64> {
    fn from(clock: Clock) -> Self {
        clock.0
    }
}
