//! Every measured number, beside the paper's where the data set is the paper's.

use maud::{Markup, html};

use super::section;
use crate::Summary;
use crate::number::{count, duration, percent, percent_with_error, significant, with_error};

struct Row {
    name: String,
    here: Option<String>,
    paper: Option<&'static str>,
}

/// The table of results.
pub(crate) fn draw(summary: &Summary) -> Markup {
    let beside = summary.is_mnist();
    let rows = rows(summary);
    let shown = rows.iter().filter(|row| row.here.is_some() || (beside && row.paper.is_some()));
    section(
        "results",
        "Results",
        html! {
            div class="scroll" {
                table {
                    thead { tr { th { "Quantity" } th class="n" { "This run" } @if beside { th class="n" { "Paper A" } } } }
                    tbody {
                        @for row in shown {
                            tr {
                                th scope="row" { (row.name) }
                                td class="n" { (row.here.as_deref().unwrap_or("–")) }
                                @if beside { td class="n quiet" { (row.paper.unwrap_or("")) } }
                            }
                        }
                    }
                }
            }
            @if beside {
                p class="small" { "Paper A: arXiv:2509.15324, as reported there. The errors of this run’s accuracies are binomial, over the test images." }
            }
        },
    )
}

fn rows(summary: &Summary) -> Vec<Row> {
    let (test, heat, seconds) = (&summary.test, &summary.heat, &summary.seconds);
    let row = |name: &str, here, paper| Row { name: name.to_owned(), here, paper };
    let kt = |value: String| format!("{value} kT");
    vec![
        row(
            "Test accuracy, one trajectory",
            test.top1.map(|v| percent_with_error(v, test.top1_stderr)),
            Some("91.7 %"),
        ),
        row("… its standard deviation over the noise alone", test.top1_noise_std.map(percent), None),
        row(
            "Test accuracy, mean of ten trajectories",
            test.top1_mean10.map(|v| percent_with_error(v, test.top1_mean10_stderr)),
            Some("92.0 %"),
        ),
        row("Test accuracy, true class among the first two", test.top2.map(percent), Some("96.7 %")),
        row("Test accuracy at zero temperature", test.top1_zero_temperature.map(percent), None),
        row("Validation accuracy, one trajectory", summary.validation.top1.map(percent), None),
        row("Teacher’s test accuracy", summary.teacher.test_top1.map(percent), Some("97.3 %")),
        row("Teacher’s validation accuracy", summary.teacher.validation_top1.map(percent), None),
        row(
            &format!("Heat per {}", summary.item()),
            heat.mean_kt.map(|v| kt(with_error(v, heat.stderr_kt))),
            Some("≈ 10⁵ kT"),
        ),
        row("… its standard deviation over the trajectories", heat.std_kt.map(|v| kt(significant(v, 3))), None),
        row("Advantage over the digital network", summary.advantage.map(|v| significant(v, 2)), Some("> 10⁷")),
        row("Test images", test.images.map(count), None),
        row("Trajectories per image", test.replicas.map(count), None),
        row("Time to train the teacher", seconds.teacher.map(duration), None),
        row("Time to train the computer", seconds.training.map(duration), None),
        row("Time to evaluate", seconds.evaluation.map(duration), None),
    ]
}
