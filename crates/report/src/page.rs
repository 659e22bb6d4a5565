//! The page around the sections.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{Run, section};

const STYLE: &str = include_str!("style.css");

/// The browser's promise that the page loads nothing from anywhere.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// The report of a run, as one self-contained HTML page.
pub fn render(run: &Run) -> String {
    let title = section::headline::title(&run.summary);
    page(&title, &body(run)).into_string()
}

fn body(run: &Run) -> Markup {
    let (summary, figures) = (&run.summary, run.figures.as_ref());
    html! {
        (section::headline::draw(summary))
        main {
            @if summary.samples.is_some() {
                (section::generated::draw(summary, figures, run.metrics.as_ref()))
            } @else {
            (section::results::draw(summary))
            (section::learning::draw(run.metrics.as_ref(), summary))
            @if let Some(figures) = figures {
                (section::trajectories::draw(figures))
                (section::confusion::draw(figures, summary))
                (section::couplings::draw(figures))
                (section::heat::draw(figures, summary))
                (section::accuracy::draw(figures))
            } @else {
                (section::absent("figures", "Figures", "The run folder has no figures.json, which an evaluation writes, so there are no figures."))
            }
            }
            (section::energy::draw(summary))
            (section::parameters::draw(summary))
            (section::config::draw(run.config.as_deref()))
        }
        footer {
            p { "Paper A: S. Whitelam, “Training thermodynamic computers by gradient descent”, arXiv:2509.15324, PNAS 123, e2528413123 (2026)." }
            p { "Paper B: S. Whitelam, “Generative thermodynamic computing”, arXiv:2506.15121, PRL 136, 037101 (2026)." }
            p { "Energies are in units of kT, times in units of 1/μ, activations and couplings without unit, as in the paper. An error after ± is one standard error." }
        }
    }
}

pub(crate) fn page(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
}
