//! Learning curves of the computer and of its teacher.

use super::{absent, figure, section};
use crate::plot::{Plot, Size};
use crate::scale::{Scale, extent};
use maud::{Markup, html};
use runs::{Classified, Metric, Phases};

const TITLE: &str = "Learning curves";

/// The curves, or why there are none.
pub(crate) fn draw(metrics: Option<&Phases>, classified: &Classified) -> Markup {
    let Some(metrics) = metrics else {
        return absent(
            "learning",
            TITLE,
            "The run folder has no metrics.jsonl, which training writes, so there are no learning curves.",
        );
    };
    let (computer, teacher) = (phase(metrics, "computer"), phase(metrics, "teacher"));
    if computer.is_empty() && teacher.is_empty() {
        return absent(
            "learning",
            TITLE,
            "metrics.jsonl has no points of the teacher or the computer, so there are no learning curves.",
        );
    }
    section(
        "learning",
        TITLE,
        html! {
            div class="pair" {
                (objective(computer))
                (validation(computer, classified.teacher.validation_top1))
                (teacher_loss(teacher))
                (teacher_validation(teacher))
            }
        },
    )
}

fn phase<'a>(metrics: &'a Phases, name: &str) -> &'a [Metric] {
    metrics.iter().find(|(found, _)| found == name).map_or(&[], |(_, points)| points)
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
    let plot = Plot::new(Size::Half, Scale::linear(first.min(0.0), last), y, labels);
    let drawing = html! { (extra(&plot)) (plot.line(class, points)) };
    figure(plot.draw(&format!("{} against {}", labels[1], labels[0]), drawing), caption)
}

fn objective(computer: &[Metric]) -> Markup {
    let is_action = computer.iter().any(|point| point.action.is_some());
    let name = if is_action { "action S" } else { "objective" };
    let points: Vec<_> =
        computer.iter().filter_map(|point| Some((point.step as f64, point.objective()?))).collect();
    let y = Scale::fitting(points.iter().map(|point| point.1));
    let caption = html! {
        @if is_action {
            "Onsager–Machlup action of the idealised trajectories (no unit, mean over a batch) against the number of updates"
        } @else {
            "The computer’s training objective against the number of updates"
        }
        @if y.is_logarithmic() { ", on a logarithmic scale" }
        @if is_action { "; it is what Paper A (arXiv:2509.15324) minimises." } @else { "." }
    };
    chart(&points, y, ["updates of the computer", name], "computer", |_| html! {}, caption)
}

fn validation(computer: &[Metric], teacher: f64) -> Markup {
    let points = computer.iter().filter_map(|point| Some((point.step as f64, 100.0 * point.validation_top1?)));
    let points: Vec<_> = points.collect();
    let reference = 100.0 * teacher;
    let y = Scale::percent(points.iter().map(|point| point.1).chain([reference]));
    let caption = html! {
        "The computer’s accuracy on the validation images (%, one trajectory each) against the number of updates"
        @if reference.is_finite() { "; the dashed line is the teacher’s" }
        ". Paper A (arXiv:2509.15324) reports 91.7 % on MNIST’s test images once trained."
    };
    let labels = ["updates of the computer", "validation accuracy (%)"];
    chart(&points, y, labels, "computer", |plot| plot.level("teacher dashed", reference), caption)
}

fn teacher_loss(teacher: &[Metric]) -> Markup {
    let points = against_epochs(teacher, Metric::objective);
    let y = Scale::fitting(points.iter().map(|point| point.1));
    let caption = html! {
        "The teacher’s loss (nats an image) against " (teacher_axis(teacher))
        @if y.is_logarithmic() { ", on a logarithmic scale" }
        ". Paper A (arXiv:2509.15324) trains its teacher for 300 epochs."
    };
    chart(&points, y, [teacher_axis(teacher), "loss (nats)"], "teacher", |_| html! {}, caption)
}

fn teacher_validation(teacher: &[Metric]) -> Markup {
    let points = against_epochs(teacher, |point| point.validation_top1.map(|top1| 100.0 * top1));
    let y = Scale::percent(points.iter().map(|point| point.1));
    let caption = html! {
        "The teacher’s accuracy on the validation images (%) against " (teacher_axis(teacher))
        ". The teacher of Paper A (arXiv:2509.15324) ends at 97.3 % on MNIST’s test images."
    };
    chart(&points, y, [teacher_axis(teacher), "validation accuracy (%)"], "teacher", |_| html! {}, caption)
}

fn in_epochs(teacher: &[Metric]) -> bool {
    teacher.iter().all(|point| point.epoch.is_some())
}

fn teacher_axis(teacher: &[Metric]) -> &'static str {
    if in_epochs(teacher) { "epochs of the teacher" } else { "updates of the teacher" }
}

fn against_epochs(teacher: &[Metric], value: impl Fn(&Metric) -> Option<f64>) -> Vec<(f64, f64)> {
    let epochs = in_epochs(teacher);
    let place = |point: &Metric| point.epoch.filter(|_| epochs).unwrap_or(point.step) as f64;
    teacher.iter().filter_map(|point| Some((place(point), value(point)?))).collect()
}
