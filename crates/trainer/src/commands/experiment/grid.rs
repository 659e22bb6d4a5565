//! A grid of trainings, as a TOML file says it: its points, and what its figure shows.

mod file;

use anyhow::{Context, Result};
use file::GridFile;
pub(super) use file::summary;
use serde::Deserialize;
use tasks::{Job, TaskError};

/// What varies, point by point.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    /// A heading.
    pub(super) title: String,
    /// What was done.
    pub(super) note: String,
    /// Name of each label of a point.
    pub(super) columns: Vec<String>,
    /// Which column names the series that a point belongs to.
    pub(super) series: Option<usize>,
    /// The horizontal axis of the figure.
    pub(super) axis: Axis,
    /// The points.
    pub(super) points: Vec<Point>,
    /// A point to draw beside the grid's own.
    pub(super) reference: Option<Reference>,
}

/// One point: what is shown of it, and what is trained.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// What the point shows in each column of the table.
    pub(super) labels: Vec<String>,
    /// The preset that the point is trained by.
    pub(super) task: &'static str,
    /// Settings (`key=value`) that keep the preset as it was when the grid was written.
    pub(super) pinned: Vec<String>,
    /// Settings that make the point.
    pub(super) settings: Vec<String>,
}

impl Point {
    /// The job of the point, under settings of the command after its own.
    pub(super) fn job(&self, more: &[String]) -> Result<Job, TaskError> {
        Job::preset(self.task, &[&self.pinned[..], &self.settings, more].concat())
    }
}

/// What the figure has on its horizontal axis, on a logarithmic scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Axis {
    /// The number in a column.
    Column {
        /// Which.
        index: usize,
        /// What it measures.
        label: String,
    },
    /// Mean heat in kT.
    Heat,
    /// Seconds of training.
    Seconds,
    /// Trajectories simulated per second.
    Rate,
}

impl Axis {
    /// What the axis measures, in words.
    pub(super) fn label(&self) -> &str {
        match self {
            Self::Column { label, .. } => label,
            Self::Heat => "mean heat in kT",
            Self::Seconds => "seconds of training",
            Self::Rate => "trajectories per second",
        }
    }
}

/// A point of somebody else's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    /// Whose.
    pub(super) label: String,
    /// Its place on the axis.
    pub(super) x: f64,
    /// Its top-1, a fraction.
    pub(super) top1: f64,
}

impl Grid {
    /// The grid of a file's text; `origin` names the file in errors.
    pub(super) fn parse(text: &str, origin: &str) -> Result<Self> {
        let file: GridFile = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text[..start].matches('\n').count() + 1;
            anyhow::anyhow!("{origin}, line {line}: {}", error.message().replace('\n', " "))
        })?;
        file.grid().with_context(|| origin.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_ones_own_is_a_product_or_a_list() {
        let text = "title = 'T'\ntask = 'digits'\naxis = { column = 'kT' }\nsettings.training.steps = 9\n\
                    [[vary]]\ncolumn = 'kT'\nkey = 'dynamics.kt'\nvalues = [1.0, 0.25]\n\
                    [[vary]]\nkey = 'objective.k'\nvalues = [50, 60]\n\
                    [pinned.digits.training]\nbatch = 7\n";
        let grid = Grid::parse(text, "g.toml").unwrap();
        assert_eq!(grid.columns, ["kT", "objective.k"]);
        let labels: Vec<_> = grid.points.iter().map(|point| point.labels.join(" ")).collect();
        assert_eq!(labels, ["1 50", "1 60", "0.25 50", "0.25 60"]);
        assert_eq!(grid.points[3].settings, ["training.steps=9", "dynamics.kt=0.25", "objective.k=60"]);
        assert_eq!(grid.points[3].pinned, ["training.batch=7"]);
        assert_eq!(grid.axis, Axis::Column { index: 0, label: "kT".to_owned() });
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_name() {
        let point = "[[points]]\ntask = 'digits'\nlabels = ['a']\n";
        for (text, told) in [
            ("title = 'T'\n", "[[points]] or [[vary]]"),
            ("title = 'T'\ncolumns = 3\n", "line 2"),
            (&format!("title = 'T'\n{point}"), "columns: missing"),
            (&format!("title = 'T'\ncolumns = ['x', 'y']\n{point}"), "labels of a: 1 of them, and 2 columns"),
            (&format!("title = 'T'\ncolumns = ['x']\n{point}{point}"), "two points with the labels a"),
            (
                &format!("title = 'T'\ncolumns = ['x']\nseries = 'z'\n{point}"),
                "series: no column \"z\"; there are x",
            ),
            (&format!("title = 'T'\ncolumns = ['x']\naxis = {{ column = 'x' }}\n{point}"), "is no number above 0"),
            (&format!("title = 'T'\ncolumns = ['x']\naxis = 'time'\n{point}"), "axis = \"time\""),
            (&format!("title = 'T'\ncolumns = ['x']\n{point}[pinned.mnist.data]\n"), "pinned.mnist"),
            (&format!("title = 'T'\ncolumns = ['x']\n{}", point.replace("digits", "nope")), "nope"),
            (&format!("title = 'T'\ncolumns = ['x']\nfigure = 3\n{point}"), "figure"),
        ] {
            let error = format!("{:#}", Grid::parse(text, "g.toml").unwrap_err());
            assert!(error.starts_with("g.toml") && error.contains(told), "{error}\n{text}");
        }
    }
}
