//! What was run, and the four numbers it is about.

use maud::{Markup, html};

use crate::Summary;
use crate::number::{percent, percent_with_error, significant, with_error};

/// Title of the page: the data set, as its authors write it.
pub(crate) fn title(summary: &Summary) -> String {
    match summary.dataset.as_str() {
        "mnist" => "MNIST".to_owned(),
        "fashion-mnist" => "Fashion-MNIST".to_owned(),
        other => other.to_owned(),
    }
}

/// The head of the page.
pub(crate) fn draw(summary: &Summary) -> Markup {
    html! {
        header {
            p class="eyebrow" { "Thermodynamic computer" @if let Some(task) = &summary.task { " · " (task) } }
            h1 { (title(summary)) }
            @if summary.is_built_in() { (banner(summary)) }
            div class="headline" {
                @if summary.samples.is_some() {
                    (sample_numbers(summary))
                } @else {
                    (accuracy(summary)) (heat(summary)) (advantage(summary)) (teacher(summary))
                }
            }
            (facts(summary))
        }
    }
}

fn banner(summary: &Summary) -> Markup {
    html! {
        div class="banner" role="alert" {
            strong { "Built-in data, not MNIST." }
            " This run used the small “" (summary.dataset) "” set compiled into the programme. Its accuracy and heat must not be compared with the paper’s; fetch the full data set and run again for that."
        }
    }
}

fn number(name: &str, value: Option<String>, note: &str) -> Markup {
    html! {
        div class="number" {
            p class="name" { (name) }
            p class="value" { (value.as_deref().unwrap_or("–")) }
            p class="note" { @if value.is_some() { (note) } @else { "not measured in this run" } }
        }
    }
}

fn accuracy(summary: &Summary) -> Markup {
    let test = &summary.test;
    let images = test
        .images
        .map_or("the test images".to_owned(), |images| format!("{} test images", crate::number::count(images)));
    let value = test.top1.map(|top1| percent_with_error(top1, test.top1_stderr));
    number("Test accuracy", value, &format!("one trajectory each, {images}"))
}

/// The numbers of a generative run.
fn sample_numbers(summary: &Summary) -> Markup {
    let read =
        |path: &str| summary.samples.as_ref().and_then(|s| s.pointer(path)).and_then(serde_json::Value::as_f64);
    let samples =
        read("/count").map_or("the samples".to_owned(), |n| format!("{} samples", crate::number::count(n as u64)));
    let heat = summary.heat.mean_kt.map(|mean| format!("{} kT", with_error(mean, summary.heat.stderr_kt)));
    html! {
        @if let Some(distance) = read("/frechet/cnn") {
            (number("Fréchet distance", Some(significant(distance, 3)), &format!("CNN features, {samples}")))
        } @else {
            (number("Mean cosine", read("/mean_cosine").map(|c| significant(c, 3)), &format!("to a prototype, {samples}")))
        }
        @if let Some(accuracy) = read("/class_accuracy") {
            (number("Of the class asked for", Some(percent(accuracy)), "of the samples"))
        } @else {
            (number("Inverted", read("/inverted").map(percent), "of the samples"))
        }
        (number("Heat of a generation", heat, "mean over the samples"))
        (advantage(summary))
    }
}

fn heat(summary: &Summary) -> Markup {
    let value = summary.heat.mean_kt.map(|mean| format!("{} kT", with_error(mean, summary.heat.stderr_kt)));
    number(&format!("Heat per {}", summary.item()), value, "mean over the test images")
}

fn advantage(summary: &Summary) -> Markup {
    let value = summary.advantage.map(|advantage| significant(advantage, 2));
    number("Thermodynamic advantage", value, "digital energy over heat")
}

fn teacher(summary: &Summary) -> Markup {
    let teacher = &summary.teacher;
    let note = teacher
        .activation
        .as_ref()
        .map_or("digital network".to_owned(), |activation| format!("digital network, {activation} units"));
    number("Teacher’s test accuracy", teacher.test_top1.map(percent), &note)
}

fn facts(summary: &Summary) -> Markup {
    let seed = summary.seed.map(|seed| seed.to_string());
    let facts = [
        ("Data", summary.dataset_origin.as_deref()),
        ("Objective", summary.objective.as_deref()),
        ("Backend", summary.backend.as_deref()),
        ("Device", summary.device.as_deref()),
        ("Seed", seed.as_deref()),
        ("Commit", summary.commit.as_deref()),
    ];
    html! {
        dl class="facts" {
            @for (name, value) in facts {
                @if let Some(value) = value { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}
