//! How well the accuracy is known: its value after so many test images.

use super::{absent, figure, pan, section};
use crate::plot::{Plot, Size};
use crate::scale::{Scale, extent};
use maud::{Markup, html};
use runs::ClassifiedFigures;

const TITLE: &str = "Accuracy against the number of test images";

/// The curve and its band, or why there is none.
pub(crate) fn draw(figures: &ClassifiedFigures) -> Markup {
    let given = figures.accuracy_against_images.iter();
    let points: Vec<(f64, f64)> =
        given.filter(|(n, p)| *n > 0 && p.is_finite()).map(|&(n, p)| (n as f64, p)).collect();
    if points.is_empty() {
        return absent(
            "accuracy",
            TITLE,
            "figures.json has no accuracy against the number of images, so its convergence is not shown.",
        );
    }
    let caption = html! {
        "Accuracy (%, one trajectory an image) over the first n test images against n, with a band of one binomial standard error √(p(1 − p)/n) to either side. "
        "Corresponds to the accuracy against the number of test digits of Paper A (arXiv:2509.15324)."
    };
    section("accuracy", TITLE, html! { div class="single" { (figure(pan(plot(&points)), caption)) } })
}

fn plot(points: &[(f64, f64)]) -> Markup {
    let x = match extent(points.iter().map(|point| point.0)) {
        Some((low, high)) if high / low > 10.0 => Scale::logarithmic(low, high),
        Some((low, high)) => Scale::linear(low, high),
        None => Scale::linear(0.0, 1.0),
    };
    let band: Vec<(f64, f64, f64)> = points
        .iter()
        .map(|&(n, p)| (n, 100.0 * (p - error(n, p)).max(0.0), 100.0 * (p + error(n, p)).min(1.0)))
        .collect();
    let y = Scale::percent(band.iter().flat_map(|&(_, low, high)| [low, high]));
    let plot = Plot::new(Size::Wide, x, y, ["test images n", "accuracy (%)"]);
    let percents: Vec<(f64, f64)> = points.iter().map(|&(n, p)| (n, 100.0 * p)).collect();
    plot.draw(
        "accuracy against the number of test images",
        html! { (plot.band("computer", &band)) (plot.line("computer", &percents)) },
    )
}

/// Binomial standard error of a fraction `p` of `n`.
fn error(n: f64, p: f64) -> f64 {
    (p * (1.0 - p) / n).max(0.0).sqrt()
}
