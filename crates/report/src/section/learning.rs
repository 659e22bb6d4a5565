//! Learning curves of the computer and of its teacher.

use maud::{Markup, html};

use super::{absent, figure, section};
use crate::plot::Plot;
use crate::scale::{Scale, extent};
use crate::{Metrics, Summary};

const TITLE: &str = "Learning curves";

/// The curves, or why there are none.
pub(crate) fn draw(metrics: Option<&Metrics>, summary: &Summary) -> Markup {
    let Some(metrics) = metrics else {
        return absent(
            "learning",
            TITLE,
            "The run folder has no metrics.jsonl, which training writes and an imported run lacks, so there are no learning curves.",
        );
    };
    if metrics.is_empty() {
        return absent("learning", TITLE, "metrics.jsonl holds no points yet, so there are no learning curves.");
    }
    section(
        "learning",
        TITLE,
        html! {
            div class="pair" {
                (objective(metrics))
                (validation(metrics, summary))
                (teacher_loss(metrics))
                (teacher_validation(metrics))
            }
        },
    )
}

/// One curve in its chart and caption, if there are points for it.
fn chart(
    points: &[(f64, f64)],
    y: Scale,
    labels: [&str; 2],
    class: &str,
    extra: impl FnOnce(&Plot) -> Markup,
    caption: Markup,
) -> Markup {
    let Some((first, last)) = extent(points.iter().map(|point| point.0)) else {
        return html! {};
    };
    let plot = Plot::new(Scale::linear(first.min(0.0), last), y, labels[0], labels[1]);
    let drawing = html! { (extra(&plot)) (plot.line(class, points)) };
    figure(plot.draw(&format!("{} against {}", labels[1], labels[0]), drawing), caption)
}

fn objective(metrics: &Metrics) -> Markup {
    let mut name = "action S";
    let mut points: Vec<_> =
        metrics.computer.iter().filter_map(|point| Some((point.step, point.action?))).collect();
    if points.is_empty() {
        name = "objective";
        points = metrics.computer.iter().filter_map(|point| Some((point.step, point.loss?))).collect();
    }
    let y = Scale::fitting(points.iter().map(|point| point.1));
    let caption = html! {
        @if name == "objective" {
            "The computer’s training objective against the number of updates"
        } @else {
            "Onsager–Machlup action of the idealised trajectories (no unit, mean over a batch) against the number of updates"
        }
        @if y.is_logarithmic() { ", on a logarithmic scale" }
        @if name == "objective" { "." } @else { "; it is what Paper A (arXiv:2509.15324) minimises." }
    };
    chart(&points, y, ["updates of the computer", name], "computer", |_| html! {}, caption)
}

fn validation(metrics: &Metrics, summary: &Summary) -> Markup {
    let computer = metrics.computer.iter().filter_map(|point| Some((point.step, 100.0 * point.validation_top1?)));
    let points: Vec<_> = computer.collect();
    let of_teacher = metrics.teacher.iter().rev().find_map(|point| point.validation_top1);
    let reference = summary.teacher.validation_top1.or(of_teacher).map(|top1| 100.0 * top1);
    let y = accuracy_scale(points.iter().map(|point| point.1).chain(reference));
    let extra = |plot: &Plot| html! { @if let Some(top1) = reference { (plot.level("teacher dashed", top1)) } };
    let caption = html! {
        "The computer’s accuracy on the validation images (%, one trajectory each) against the number of updates"
        @if reference.is_some() { "; the dashed line is the teacher’s" }
        ". Paper A (arXiv:2509.15324) reports 91.7 % on MNIST’s test images once trained."
    };
    chart(&points, y, ["updates of the computer", "validation accuracy (%)"], "computer", extra, caption)
}

fn teacher_loss(metrics: &Metrics) -> Markup {
    let points: Vec<_> = teacher(metrics, |point| point.loss);
    let y = Scale::fitting(points.iter().map(|point| point.1));
    let caption = html! {
        "The teacher’s loss (nats an image) against " (teacher_axis(metrics))
        @if y.is_logarithmic() { ", on a logarithmic scale" }
        ". Paper A (arXiv:2509.15324) trains its teacher for 300 epochs."
    };
    chart(&points, y, [teacher_axis(metrics), "loss (nats)"], "teacher", |_| html! {}, caption)
}

fn teacher_validation(metrics: &Metrics) -> Markup {
    let points: Vec<_> = teacher(metrics, |point| point.validation_top1.map(|top1| 100.0 * top1));
    let y = accuracy_scale(points.iter().map(|point| point.1));
    let caption = html! {
        "The teacher’s accuracy on the validation images (%) against " (teacher_axis(metrics))
        ". The teacher of Paper A (arXiv:2509.15324) ends at 97.3 % on MNIST’s test images."
    };
    chart(&points, y, [teacher_axis(metrics), "validation accuracy (%)"], "teacher", |_| html! {}, caption)
}

fn in_epochs(metrics: &Metrics) -> bool {
    metrics.teacher.iter().all(|point| point.epoch.is_some())
}

fn teacher_axis(metrics: &Metrics) -> &'static str {
    if in_epochs(metrics) { "epochs of the teacher" } else { "updates of the teacher" }
}

fn teacher(metrics: &Metrics, value: impl Fn(&crate::TeacherPoint) -> Option<f64>) -> Vec<(f64, f64)> {
    let epochs = in_epochs(metrics);
    let place = |point: &crate::TeacherPoint| {
        if epochs { point.epoch.unwrap_or(point.step) } else { point.step }
    };
    metrics.teacher.iter().filter_map(|point| Some((place(point), value(point)?))).collect()
}

/// Percent, never beyond 0 to 100.
fn accuracy_scale(values: impl IntoIterator<Item = f64>) -> Scale {
    let (low, high) = extent(values).unwrap_or((0.0, 100.0));
    let (low, high) = Scale::rounded(low, high).ends();
    Scale::linear(low.max(0.0), high.min(100.0))
}
