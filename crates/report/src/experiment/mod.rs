//! The report of an experiment: one table, one figure.

mod figure;
mod spread;

use crate::page::{banner, page};
use maud::html;
pub use spread::Spread;
use std::fmt::Write as _;

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
    /// Top-1 on the validation images, one trajectory: what settings are chosen by.
    pub validation: Spread,
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
    /// The data set and where it came from: `digits: built-in UCI optical digits`.
    pub data: String,
    /// Whether that is the small set compiled into the program, which no paper's figures may be compared with.
    pub built_in: bool,
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
    /// Why points failed, a sentence each.
    pub failures: Vec<String>,
}

const HEADINGS: [&str; 8] = [
    "top-1, one trajectory (%)",
    "averaging 10 (%)",
    "validation (%)",
    "heat (kT)",
    "action",
    "training (s)",
    "trajectories a second",
    "failed",
];

const FAILURES: &str = "Why points failed";

/// Text as a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

impl Experiment {
    fn cells(row: &ExperimentRow) -> [String; 8] {
        [
            row.top1.show(100.0, 2),
            row.top1_mean.show(100.0, 2),
            row.validation.show(100.0, 2),
            row.heat.significant(),
            row.action.significant(),
            row.seconds.significant(),
            row.rate.significant(),
            if row.failed > 0 { row.failed.to_string() } else { String::new() },
        ]
    }

    /// The table in Markdown, then why points failed, if any did, and as the last line the data.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let columns: Vec<String> = self.columns.iter().map(|column| cell(column)).collect();
        let headings: Vec<&str> = columns.iter().map(String::as_str).chain(HEADINGS).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} |", headings.join(" | "));
        let _ = writeln!(text, "|{}", " --- |".repeat(headings.len()));
        for row in &self.rows {
            let cells: Vec<String> = row.labels.iter().map(|label| cell(label)).chain(Self::cells(row)).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        if !self.failures.is_empty() {
            let _ = writeln!(text, "\n{FAILURES}:\n");
            for failure in &self.failures {
                let _ = writeln!(text, "- {}", failure.replace('\n', " "));
            }
        }
        let _ = write!(text, "\ndata: {}", self.data);
        text
    }

    /// A page of Markdown: the table as [`Experiment::text`] has it, under what was done, above the command that did it.
    pub fn markdown(&self) -> String {
        let (title, note, command) = (cell(&self.title), cell(&self.note), &self.command);
        let text = self.text();
        format!(
            "# {title}\n\n{note}\n\n{text}\n\nMean ± standard error over seeds, on the test set where nothing else is said; made by `{command}`.\n"
        )
    }

    /// One self-contained HTML page.
    pub fn render(&self) -> String {
        let body = html! {
            header {
                h1 { (self.title) }
                @if self.built_in {
                    (banner("Built-in data, not MNIST.", html! {
                        "Every point used the small set compiled into the programme. Accuracies and heats must not be compared with the paper’s; fetch the full data set and run the experiment again for that."
                    }))
                }
                p { (self.note) }
                dl class="facts" { div { dt { "Data" } dd { (self.data) } } }
            }
            main {
                section class="single" { (figure::draw(self)) }
                section {
                    div class="scroll table" {
                        table class="numbers" {
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
                    }
                    p class="small" { "Mean ± standard error over seeds, on the test set; made by " code { (self.command) } "." }
                    @if !self.failures.is_empty() {
                        h3 { (FAILURES) }
                        ul class="failures" { @for failure in &self.failures { li { (failure) } } }
                    }
                }
            }
        };
        page(&self.title, &body).into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn row(x: f64, top1: &[f64]) -> ExperimentRow {
        ExperimentRow {
            labels: vec![x.to_string()],
            x,
            top1: Spread::of(top1),
            top1_mean: Spread::of(&[]),
            validation: Spread::of(&[]),
            heat: Spread::of(&[1234.5, 1200.0]),
            seconds: Spread::of(&[1.0]),
            action: Spread::of(&[f64::INFINITY]),
            rate: Spread::of(&[2.5e5]),
            failed: if top1.is_empty() { 2 } else { 0 },
        }
    }

    pub(super) fn experiment(rows: Vec<ExperimentRow>) -> Experiment {
        Experiment {
            title: "T".into(),
            note: "N".into(),
            data: "digits: built-in UCI optical digits".into(),
            built_in: true,
            command: "trainer experiment t".into(),
            columns: vec!["x".into()],
            series: None,
            x_label: "x".into(),
            reference: None,
            rows,
            failures: Vec::new(),
        }
    }

    #[test]
    fn a_failed_point_has_a_row_and_no_place_in_the_figure() {
        let rows = vec![row(1.0, &[0.91, 0.93]), row(3.0, &[])];
        let experiment = Experiment { reference: Some(("paper".into(), 2.0, 0.9)), ..experiment(rows) };
        let text = experiment.text();
        assert!(text.contains("92.00 ± 1.00"), "{text}");
        assert_eq!(text.lines().nth(3).map(|line| line.ends_with("| 2 |")), Some(true), "{text}");
        let page = experiment.render();
        assert_eq!(page.matches("<circle").count(), 2);
        assert!(!page.contains("NaN") && !page.contains(">inf"));
    }

    #[test]
    fn numbers_that_are_none_stay_off_the_page() {
        let rows = vec![row(f64::NAN, &[0.9, 0.8]), row(f64::INFINITY, &[0.9]), row(2.0, &[f64::NAN, 0.7])];
        let mut experiment = experiment(rows);
        // The labels are the caller's words.
        experiment.rows.iter_mut().for_each(|row| row.labels = vec!["label".into()]);
        experiment.reference = Some(("paper".into(), f64::NAN, 0.9));
        let page = experiment.render();
        assert_eq!(page.matches("<circle").count(), 1);
        assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    }

    #[test]
    fn the_data_are_named_and_built_in_ones_raise_a_banner() {
        let built_in = experiment(vec![row(1.0, &[0.9])]);
        assert_eq!(built_in.text().lines().last(), Some("data: digits: built-in UCI optical digits"));
        let markdown = built_in.markdown();
        assert!(
            markdown.starts_with("# T\n\nN\n\n| x |") && markdown.ends_with("made by `trainer experiment t`.\n")
        );
        let page = built_in.render();
        assert!(page.contains("role=\"alert\"") && page.contains("digits: built-in UCI optical digits"));
        let real = Experiment { data: "mnist: /data".into(), built_in: false, ..built_in };
        let page = real.render();
        assert!(!page.contains("role=\"alert\"") && page.contains("mnist: /data"));
    }

    #[test]
    fn why_points_failed_is_listed_below_the_table() {
        let good = experiment(vec![row(1.0, &[0.9])]);
        assert!(!good.render().contains(FAILURES) && !good.text().contains(FAILURES));
        let bad = Experiment { failures: vec!["x = 3, seed 1: it <diverged>".into()], ..good };
        let page = bad.render();
        let (table, list) = (page.find("</table>"), page.find("<li>x = 3, seed 1: it &lt;diverged&gt;</li>"));
        assert!(table.is_some() && table < list, "{table:?} {list:?}");
        assert!(bad.text().contains("- x = 3, seed 1"), "{}", bad.text());
    }
}
