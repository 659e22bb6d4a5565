//! What was run, and the four numbers it is about.

use crate::number::{count, percent, percent_with_error, significant, with_error};
use crate::page::banner;
use crate::words::{data_set, item};
use maud::{Markup, html};
use runs::{Classified, Generated, Heat, Outcome, SampleQuality, Summary};

/// The head of the page.
pub(crate) fn draw(summary: &Summary) -> Markup {
    html! {
        header {
            p class="eyebrow" { "Thermodynamic computer · " (summary.task) }
            h1 { (data_set(summary)) }
            @if summary.is_built_in() {
                (banner("Built-in data, not MNIST.", html! {
                    "This run used the small “" (summary.dataset) "” set compiled into the programme. Its accuracy and heat must not be compared with the paper’s; fetch the full data set and train again for that."
                }))
            }
            div class="headline" {
                @match &summary.outcome {
                    Outcome::Classified(classified) => (classified_numbers(summary, classified)),
                    Outcome::Generated(generated) => (generated_numbers(generated)),
                    Outcome::Imported => (imported_numbers(summary)),
                }
            }
            (facts(summary))
        }
    }
}

fn number(name: &str, value: &str, note: &str) -> Markup {
    html! {
        div class="number" {
            p class="name" { (name) }
            p class="value" { (value) }
            p class="note" { (note) }
        }
    }
}

fn classified_numbers(summary: &Summary, classified: &Classified) -> Markup {
    let (test, teacher) = (&classified.test, &classified.teacher);
    html! {
        (number(
            "Test accuracy",
            &percent_with_error(test.top1, Some(test.top1_stderr)),
            &format!("one trajectory each, {} test images", count(test.images)),
        ))
        (heat(&format!("Heat per {}", item(summary)), &classified.heat, "mean over the trajectories"))
        (advantage(classified.advantage))
        (number(
            "Teacher’s test accuracy",
            &percent(teacher.test_top1),
            &format!("digital network, {} units", teacher.activation),
        ))
    }
}

fn generated_numbers(generated: &Generated) -> Markup {
    let samples = format!("{} samples", count(generated.samples.count()));
    html! {
        @match &generated.samples {
            SampleQuality::Images(quality) => {
                (number("Fréchet distance", &or_none(quality.frechet.cnn.map(|d| significant(d, 3))), &format!("CNN features, {samples}")))
                @match quality.class_accuracy {
                    Some(accuracy) => (number("Of the class asked for", &percent(accuracy), "of the samples")),
                    None => (number("Entropy of the classes", &format!("{} nats", significant(quality.class_entropy, 3)), "CNN’s, mean over the samples")),
                }
            }
            SampleQuality::Prototypes(quality) => {
                (number("Mean cosine", &significant(quality.mean_cosine, 3), &format!("to a prototype, {samples}")))
                @match quality.class_accuracy {
                    Some(accuracy) => (number("Of the class asked for", &percent(accuracy), "of the samples")),
                    None => (number("Inverted", &percent(quality.inverted), "of the samples")),
                }
            }
        }
        (heat("Heat of a generation", &generated.heat, "mean over the samples"))
        (advantage(generated.advantage))
    }
}

fn imported_numbers(summary: &Summary) -> Markup {
    let names = ["Test accuracy", &format!("Heat per {}", item(summary)), "Thermodynamic advantage"];
    html! { @for name in names { (number(name, "–", "not measured in this run")) } }
}

fn or_none(value: Option<String>) -> String {
    value.unwrap_or_else(|| "–".to_owned())
}

fn heat(name: &str, heat: &Heat, note: &str) -> Markup {
    number(name, &format!("{} kT", with_error(heat.mean_kt, heat.stderr_kt)), note)
}

fn advantage(advantage: Option<f64>) -> Markup {
    let note = if advantage.is_some() { "digital energy over heat" } else { "none: no heat was emitted" };
    number("Thermodynamic advantage", &or_none(advantage.map(|a| significant(a, 2))), note)
}

fn facts(summary: &Summary) -> Markup {
    let seed = summary.seed.to_string();
    let all: usize = summary
        .parameters
        .blocks
        .iter()
        .filter(|b| b.acting && b.name.ends_with("couplings"))
        .map(|b| b.count)
        .sum();
    let all = all / summary.computer.segments.as_ref().map_or(1, |segments| segments.len().max(1));
    let fewer = summary.parameters.couplers.map(|c| c.total()).filter(|couplers| *couplers < all);
    let couplers = fewer.map(|couplers| format!("{} of {}", count(couplers), count(all)));
    let facts = [
        ("Data", Some(summary.dataset_origin.as_str())),
        ("Objective", Some(summary.objective.as_str())),
        ("Backend", summary.backend.as_deref()),
        ("Device", summary.device.as_deref()),
        ("Seed", Some(seed.as_str())),
        ("Couplings", couplers.as_deref()),
        ("Commit", summary.commit.as_deref()),
    ];
    html! {
        dl class="facts" {
            @for (name, value) in facts {
                @if let Some(value) = value.filter(|value| !value.is_empty()) { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}
