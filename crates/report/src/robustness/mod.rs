//! The report of a robustness measurement: what one point costs along each axis, a figure an axis, and every number in one table.

mod figure;
mod table;

use crate::number::setting;
use crate::page::{banner, page};
use maud::{Markup, html};
use runs::{Axis, Robustness, RobustnessFigures};

/// What is said of the numbers, on the page and below the table.
const NOTE: &str = "Each level is a mean over devices, ± its standard error over them, on the same images under the same noise. For mismatch, \
     offset, stuck and input-noise a device has errors of its own, the same at every level but for their size; for bits, density, kt and clock \
     the level alone says what the device is, and ± is over seeds of the noise. A change is against the undisturbed program, device by device, \
     and its error knows the pairs. The images’ own sampling error, common to all levels, is in none of them. A dash: the dynamics diverged on \
     so many devices.";

/// The tables in Markdown: how much is lost where, then every level.
pub fn robustness_text(found: &Robustness) -> String {
    table::markdown(found)
}

/// One self-contained HTML page.
pub fn render_robustness(found: &Robustness) -> String {
    let title = format!("Robustness of {}", found.task);
    let figures = &found.figures;
    let body = html! {
        header {
            p class="eyebrow" { "Thermodynamic computer · " (found.dataset) }
            h1 { (title) }
            @if found.is_built_in() {
                (banner("Built-in data, not MNIST.", html! {
                    "This run used the small “" (found.dataset) "” set compiled into the programme. Its accuracy and heat must not be compared with the paper’s."
                }))
            }
            p { (table::undisturbed(figures)) }
            (facts(found))
        }
        main {
            @if let Some(criterion) = figures.criterion {
                section id="tolerance" {
                    h2 { "How much is tolerated" }
                    div class="scroll" { (table::tolerances(figures, criterion)) }
                    p class="small" { "By linear interpolation between the levels that were measured." }
                }
            }
            section id="figures" {
                h2 { "Level by level" }
                div class="pair" { @for axis in &figures.axes { (figure::draw(axis, figures)) } }
            }
            section id="numbers" {
                h2 { "Every number" }
                div class="scroll table" { (table::levels(figures)) }
                p class="small" { (NOTE) }
            }
        }
    };
    page(&title, &body).into_string()
}

/// What an axis is called here.
fn label(axis: Axis, figures: &RobustnessFigures) -> String {
    match axis {
        Axis::Stuck => format!("{} at x = {}", axis.label(), setting(figures.stuck_at)),
        _ => axis.label().to_owned(),
    }
}

fn facts(found: &Robustness) -> Markup {
    let facts = [
        ("Data", format!("{}: {}", found.dataset, found.dataset_origin)),
        ("Backend", format!("{}, {}", found.backend, found.device)),
        ("Seed", found.seed.to_string()),
        ("kT", setting(found.kt)),
        ("Time step", setting(found.time_step)),
        ("Observation time", setting(found.observation_time)),
    ];
    html! { dl class="facts" { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } } }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use runs::{AxisFigures, Criterion, Estimate, Level, Quantity, Tolerance};
    use std::collections::BTreeMap;

    fn figures(accuracy: f64) -> BTreeMap<Quantity, Estimate> {
        [
            (Quantity::Accuracy, Estimate { mean: accuracy, stderr: Some(0.002) }),
            (Quantity::HeatKt, Estimate { mean: 16_974.2, stderr: Some(81.0) }),
        ]
        .into()
    }

    pub(crate) fn level(level: f64, accuracy: Option<f64>, change: Option<f64>) -> Level {
        let change = change.map(|mean| Estimate { mean, stderr: Some(0.001) });
        Level { level, diverged: if accuracy.is_none() { 2 } else { 0 }, figures: accuracy.map(figures), change }
    }

    pub(crate) fn found() -> Robustness {
        let clock = AxisFigures {
            axis: Axis::Clock,
            levels: vec![
                level(-0.1, Some(0.91), Some(-0.02)),
                level(0.0, Some(0.93), None),
                level(0.1, Some(0.93), Some(0.0)),
            ],
            below: Some(Tolerance::At { level: -0.05 }),
            above: Some(Tolerance::Beyond { level: 0.1 }),
        };
        let offset = AxisFigures {
            axis: Axis::Offset,
            levels: vec![level(0.0, Some(0.93), None), level(10.0, None, None)],
            below: None,
            above: Some(Tolerance::Diverges { level: 10.0 }),
        };
        let bits = AxisFigures {
            axis: Axis::Bits,
            levels: vec![level(2.0, Some(0.5), Some(-0.43)), level(8.0, Some(0.9), Some(-0.03))],
            below: Some(Tolerance::Already { level: 8.0 }),
            above: None,
        };
        Robustness {
            format: runs::FORMAT,
            task: "digits".into(),
            dataset: "digits".into(),
            dataset_origin: "built-in UCI optical digits".into(),
            backend: "ndarray".into(),
            device: "CPU".into(),
            seed: 1,
            kt: 1.0,
            time_step: 1e-3,
            observation_time: 0.2,
            figures: RobustnessFigures {
                trajectories: 360,
                devices: 5,
                stuck_at: 0.0,
                criterion: Some(Criterion { quantity: Quantity::Accuracy, loss: 0.01 }),
                undisturbed: figures(0.93),
                axes: vec![bits, offset, clock],
            },
        }
    }

    #[test]
    fn the_page_has_a_figure_an_axis_and_stands_alone() {
        let page = render_robustness(&found());
        assert_eq!(page.matches("<svg").count(), 3);
        assert!(page.contains("Built-in data, not MNIST.") && page.contains("default-src 'none'"));
        assert!(!page.contains("NaN") && !page.contains(">inf") && !page.contains("http:"), "{page}");
    }

    #[test]
    fn every_outcome_has_its_words() {
        let text = robustness_text(&found());
        for row in [
            "| bits | already at 8 |",
            "| offset | diverges at 10 before that |",
            "| clock | too early −0.05, too late more than 0.1 |",
            "| clock | −0.1 | 91.00 ± 0.20 | −2.00 ± 0.10 | 16\u{202f}974 ± 81 |  |",
            "| offset | 10 | – | – | – | 2 of 5 |",
            "| clock | 0 | 93.00 ± 0.20 | – |",
        ] {
            assert!(text.contains(row), "{row}\n{text}");
        }
        assert!(text.contains("one point of accuracy is lost at"), "{text}");
    }

    #[test]
    fn without_a_natural_point_nothing_is_said_to_be_lost() {
        let mut found = found();
        found.figures.criterion = None;
        let text = robustness_text(&found);
        assert!(!text.contains("is lost at") && !text.contains("| change"), "{text}");
        assert!(!render_robustness(&found).contains("How much is tolerated"));
    }
}
