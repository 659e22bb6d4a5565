//! A grid of trainings: its points, and what its figure shows.

/// One point: what is shown of it, and what is trained.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) labels: Vec<String>,
    pub(super) task: &'static str,
    pub(super) settings: Vec<String>,
}

/// What the figure has on its horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// The number in the first label, on a logarithmic scale.
    FirstLabel(&'static str),
    /// Mean heat in kT, on a logarithmic scale.
    Heat,
    /// Seconds of training, on a logarithmic scale.
    Seconds,
    /// Trajectories simulated a second, on a logarithmic scale.
    Rate,
}

#[derive(Debug, Clone)]
pub(super) struct Grid {
    pub(super) title: &'static str,
    pub(super) note: &'static str,
    pub(super) columns: Vec<&'static str>,
    /// Which column names the series that a point belongs to.
    pub(super) series: Option<usize>,
    pub(super) axis: Axis,
    pub(super) points: Vec<Point>,
    /// A point to draw beside: (x, top-1), with what it is.
    pub(super) reference: Option<(&'static str, f64, f64)>,
}

impl Point {
    /// A point of a task, with what a table says of it and the settings that make it.
    pub(super) fn new(task: &'static str, labels: &[&str], settings: &[String]) -> Self {
        Self { labels: labels.iter().map(|l| (*l).to_owned()).collect(), task, settings: settings.to_vec() }
    }
}
