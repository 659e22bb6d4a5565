//! The report of an experiment: one table, one figure.

use crate::page::page;
use crate::plot::{Plot, short};
use crate::scale::{Scale, extent};
use maud::{Markup, html};
use std::fmt::Write as _;

/// Mean and standard error over seeds.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// Mean; not a number where nothing was measured.
    pub mean: f64,
    /// Standard error of the mean; not a number for fewer than two seeds.
    pub stderr: f64,
}

impl Spread {
    /// Of values, of which those that are not numbers are left out.
    pub fn of(values: &[f64]) -> Self {
        let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
        Self { mean, stderr: if values.len() > 1 { (variance / n).sqrt() } else { f64::NAN } }
    }

    fn show(self, scale: f64, digits: usize) -> String {
        let (mean, stderr) = (self.mean * scale, self.stderr * scale);
        match (mean.is_finite(), stderr.is_finite()) {
            (false, _) => "–".to_owned(),
            (true, false) => format!("{mean:.digits$}"),
            (true, true) => format!("{mean:.digits$} ± {stderr:.digits$}"),
        }
    }

    /// With three significant digits.
    fn significant(self) -> String {
        if !self.mean.is_finite() {
            return "–".to_owned();
        }
        let digits = (2 - self.mean.abs().max(1e-9).log10().floor() as i64).clamp(0, 6) as usize;
        self.show(1.0, digits)
    }
}

/// One point of an experiment.
#[derive(Debug, Clone)]
pub struct ExperimentRow {
    /// What distinguishes it, a column each.
    pub labels: Vec<String>,
    /// Its place on the horizontal axis.
    pub x: f64,
    /// Top-1 on one trajectory, a fraction.
    pub top1: Spread,
    /// Top-1 of the outputs averaged over ten.
    pub top1_mean: Spread,
    /// Mean heat in kT.
    pub heat: Spread,
    /// Seconds of training.
    pub seconds: Spread,
    /// Action at the exact minimum.
    pub action: Spread,
    /// Trajectories simulated a second in the evaluation.
    pub rate: Spread,
    /// Seeds that failed.
    pub failed: usize,
}

/// An experiment.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Its name in words.
    pub title: String,
    /// What was done.
    pub note: String,
    /// The command that did it.
    pub command: String,
    /// Names of the labels.
    pub columns: Vec<String>,
    /// Which of the labels names the series that a point belongs to; none: the points are one series, and no line joins them.
    pub series: Option<usize>,
    /// What the horizontal axis measures.
    pub x_label: String,
    /// A point to draw beside: what it is, its x and top-1.
    pub reference: Option<(String, f64, f64)>,
    /// The points.
    pub rows: Vec<ExperimentRow>,
}

/// The name of a series, and its points: x, top-1 and its standard error in percent.
type Series<'a> = (&'a str, Vec<(f64, f64, f64)>);

const HEADINGS: [&str; 7] = [
    "top-1, one trajectory (%)",
    "averaging 10 (%)",
    "heat (kT)",
    "action",
    "training (s)",
    "trajectories a second",
    "failed",
];

/// The class with the colour of a series.
fn colour(index: usize) -> &'static str {
    ["computer", "false", "teacher"][index % 3]
}

impl Experiment {
    fn cells(row: &ExperimentRow) -> [String; 7] {
        [
            row.top1.show(100.0, 2),
            row.top1_mean.show(100.0, 2),
            row.heat.significant(),
            row.action.significant(),
            row.seconds.significant(),
            row.rate.significant(),
            if row.failed > 0 { row.failed.to_string() } else { String::new() },
        ]
    }

    /// The table in Markdown.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let headings: Vec<&str> = self.columns.iter().map(String::as_str).chain(HEADINGS).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} |", headings.join(" | "));
        let _ = writeln!(text, "|{}", " --- |".repeat(headings.len()));
        for row in &self.rows {
            let cells: Vec<String> = row.labels.iter().cloned().chain(Self::cells(row)).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text.trim_end().to_owned()
    }

    /// Points that can be drawn, series by series.
    fn drawn(&self) -> Vec<Series<'_>> {
        let mut series: Vec<Series<'_>> = Vec::new();
        for row in self.rows.iter().filter(|r| r.x.is_finite() && r.x > 0.0 && r.top1.mean.is_finite()) {
            let name = self.series.and_then(|i| row.labels.get(i)).map_or("", String::as_str);
            let point = (row.x, 100.0 * row.top1.mean, 100.0 * row.top1.stderr);
            match series.iter_mut().find(|(n, _)| *n == name) {
                Some((_, points)) => points.push(point),
                None => series.push((name, vec![point])),
            }
        }
        series
    }

    fn figure(&self) -> Markup {
        let series = self.drawn();
        let points = || series.iter().flat_map(|(_, points)| points);
        let reference = self.reference.as_ref();
        let xs = extent(points().map(|p| p.0).chain(reference.map(|r| r.1)));
        let ys = extent(points().map(|p| p.1).chain(reference.map(|r| 100.0 * r.2)));
        let (Some((low, high)), Some((bottom, top))) = (xs, ys) else { return html! {} };
        let span = (top - bottom).max(0.5);
        let plot = Plot::new(
            Scale::logarithmic(low / 1.3, high * 1.3),
            Scale::linear(bottom - 0.1 * span, top + 0.1 * span),
            self.x_label.clone(),
            "top-1, one trajectory (%)",
        );
        plot.draw(&self.title, html! {
            @for (index, (_, points)) in series.iter().enumerate() {
                @if self.series.is_some() {
                    (plot.line(colour(index), &points.iter().map(|p| (p.0, p.1)).collect::<Vec<_>>()))
                }
                @for (x, y, error) in points {
                    @if error.is_finite() {
                        path class={ "line " (colour(index)) } d={ "M" (short(plot.left(*x))) " " (short(plot.top(y - error))) "V" (short(plot.top(y + error))) } {}
                    }
                    circle class={ "dot " (colour(index)) } cx=(short(plot.left(*x))) cy=(short(plot.top(*y))) r="4" {}
                }
            }
            @if let Some((name, x, y)) = reference {
                circle class="dot reference" cx=(short(plot.left(*x))) cy=(short(plot.top(100.0 * y))) r="5" {}
                text class="label" x=(short(plot.left(*x) - 9.0)) y=(short(plot.top(100.0 * y))) dy="0.35em" text-anchor="end" { (name) }
            }
        })
    }

    /// Names of the series beside their colours.
    fn legend(&self) -> Markup {
        let series = self.drawn();
        html! {
            @if self.series.is_some() {
                p class="legend" {
                    @for (index, (name, _)) in series.iter().enumerate() {
                        span class={ "key " (colour(index)) } { "● " (name) }
                    }
                }
            }
        }
    }

    /// One self-contained HTML page.
    pub fn render(&self) -> String {
        let body = html! {
            header { h1 { (self.title) } p { (self.note) } }
            main {
                section class="single" {
                    (self.legend())
                    (self.figure())
                }
                section {
                    table {
                        thead { tr {
                            @for column in &self.columns { th { (column) } }
                            @for heading in HEADINGS { th { (heading) } }
                        } }
                        tbody {
                            @for row in &self.rows {
                                tr {
                                    @for label in &row.labels { td { (label) } }
                                    @for cell in Self::cells(row) { td { (cell) } }
                                }
                            }
                        }
                    }
                    p { "Mean ± standard error over seeds, on the test set; made by " code { (self.command) } "." }
                }
            }
        };
        page(&self.title, &body).into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_point_has_a_row_and_no_place_in_the_figure() {
        let spread = |v: &[f64]| Spread::of(v);
        let row = |x: f64, top1: &[f64], failed| ExperimentRow {
            labels: vec![x.to_string()],
            x,
            top1: spread(top1),
            top1_mean: spread(&[]),
            heat: spread(&[1234.5, 1200.0]),
            seconds: spread(&[1.0]),
            action: spread(&[]),
            rate: spread(&[2.5e5]),
            failed,
        };
        let experiment = Experiment {
            title: "T".into(),
            note: "N".into(),
            command: "trainer experiment t".into(),
            columns: vec!["x".into()],
            series: None,
            x_label: "x".into(),
            reference: Some(("paper".into(), 2.0, 0.9)),
            rows: vec![row(1.0, &[0.91, 0.93], 0), row(3.0, &[], 2)],
        };
        let text = experiment.text();
        assert!(text.contains("92.00 ± 1.00"), "{text}");
        assert!(text.lines().count() == 4 && text.ends_with("| 2 |"), "{text}");
        let page = experiment.render();
        assert_eq!(page.matches("<circle").count(), 2);
        assert!(!page.contains("NaN"));
    }

    #[test]
    fn each_series_has_a_colour_a_line_and_a_name() {
        let row = |series: &str, x: f64, top1: f64| ExperimentRow {
            labels: vec![x.to_string(), series.to_owned()],
            x,
            top1: Spread::of(&[top1, top1 + 0.01]),
            top1_mean: Spread::of(&[]),
            heat: Spread::of(&[]),
            seconds: Spread::of(&[]),
            action: Spread::of(&[]),
            rate: Spread::of(&[]),
            failed: 0,
        };
        let experiment = Experiment {
            title: "T".into(),
            note: "N".into(),
            command: "c".into(),
            columns: vec!["x".into(), "method".into()],
            series: Some(1),
            x_label: "x".into(),
            reference: None,
            rows: vec![row("<a>", 1.0, 0.9), row("b", 1.0, 0.8), row("<a>", 3.0, 0.7), row("b", 3.0, 0.6)],
        };
        let series = experiment.drawn();
        assert_eq!(series.iter().map(|s| (s.0, s.1.len())).collect::<Vec<_>>(), [("<a>", 2), ("b", 2)]);
        let page = experiment.render();
        assert_eq!(page.matches("<circle class=\"dot computer\"").count(), 2);
        assert_eq!(page.matches("<circle class=\"dot false\"").count(), 2);
        assert!(page.contains("● &lt;a&gt;") && page.contains("● b"), "no legend");
    }
}
