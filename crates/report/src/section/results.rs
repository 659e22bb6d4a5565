//! Every measured number, beside the paper's where the data set is the paper's.

use super::section;
use crate::number::{count, duration, percent, percent_with_error, significant, with_error};
use crate::words::{is_mnist, item};
use maud::{Markup, html};
use runs::{Classified, Summary};

struct Row {
    name: String,
    here: Option<String>,
    paper: Option<&'static str>,
}

/// The table of results.
pub(crate) fn draw(summary: &Summary, classified: &Classified) -> Markup {
    let beside = is_mnist(summary);
    let rows = rows(classified, item(summary));
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

fn rows(classified: &Classified, item: &str) -> Vec<Row> {
    let Classified { teacher, validation, test, heat, seconds, .. } = classified;
    let row = |name: &str, here, paper| Row { name: name.to_owned(), here, paper };
    let kt = |value: String| format!("{value} kT");
    let averaged = (test.replicas > 1 && test.top1_mean10.is_none())
        .then(|| percent_with_error(test.top1_mean_replicas, Some(test.top1_mean_replicas_stderr)));
    vec![
        row(
            "Test accuracy, one trajectory",
            Some(percent_with_error(test.top1, Some(test.top1_stderr))),
            Some("91.7 %"),
        ),
        row("… its standard deviation over the noise alone", test.top1_noise_std.map(percent), None),
        row(
            "Test accuracy, mean of ten trajectories",
            test.top1_mean10.map(|v| percent_with_error(v, test.top1_mean10_stderr)),
            Some("92.0 %"),
        ),
        row(&format!("Test accuracy, mean of {} trajectories", test.replicas), averaged, None),
        row("Test accuracy, true class among the first two", Some(percent(test.top2)), Some("96.7 %")),
        row("Test accuracy at zero temperature", test.top1_zero_temperature.map(percent), None),
        row("Validation accuracy, one trajectory", Some(percent(validation.top1)), None),
        row("Teacher’s test accuracy", Some(percent(teacher.test_top1)), Some("97.3 %")),
        row("Teacher’s validation accuracy", Some(percent(teacher.validation_top1)), None),
        row(&format!("Heat per {item}"), Some(kt(with_error(heat.mean_kt, heat.stderr_kt))), Some("≈ 10⁵ kT")),
        row("… its standard deviation over the trajectories", Some(kt(significant(heat.std_kt, 3))), None),
        row(
            "… of which work of the program’s switches",
            heat.work_mean_kt.map(|work| kt(significant(work, 3))),
            None,
        ),
        row("Advantage over the digital network", classified.advantage.map(|v| significant(v, 2)), Some("> 10⁷")),
        row("Test images", Some(count(test.images)), None),
        row("Trajectories per image", Some(count(test.replicas)), None),
        row("Time to train the teacher", seconds.teacher.map(duration), None),
        row("Time to train the computer", Some(duration(seconds.training)), None),
        row("Time to evaluate", Some(duration(seconds.evaluation)), None),
    ]
}
