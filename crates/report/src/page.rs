//! The page around the sections.

use crate::{section, words};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use runs::{Classified, Figures, Generated, Outcome, Phases, RunError, RunFolder, Summary, file, write_whole};
use std::path::{Path, PathBuf};

const STYLE: &str = include_str!("style.css");

/// The browser's promise that the page loads nothing from anywhere.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// Reads a run folder, which may be one in the making, writes `report.html` into it and returns its path.
///
/// # Errors
/// [`RunError`] names the file that is missing, malformed or not to be written, and the cure.
pub fn write(folder: &Path) -> Result<PathBuf, RunError> {
    let run = RunFolder::in_the_making(folder)?;
    let (summary, figures, metrics) = (run.summary()?, run.figures()?, run.metrics()?);
    let html = render(&summary, figures.as_ref(), metrics.as_ref(), run.config_text());
    let path = run.path(file::REPORT);
    write_whole(&path, html.as_bytes())?;
    Ok(path)
}

/// The report of a run, as one self-contained HTML page. `figures` have passed [`Figures::check`]; `config` is the text of
/// `config.toml`.
pub fn render(summary: &Summary, figures: Option<&Figures>, metrics: Option<&Phases>, config: &str) -> String {
    let body = html! {
        (section::headline::draw(summary))
        main {
            @match &summary.outcome {
                Outcome::Classified(classified) => (classified_sections(summary, classified, figures, metrics)),
                Outcome::Generated(generated) => (generated_sections(summary, generated, figures, metrics)),
                Outcome::Imported => (imported_sections()),
            }
            (section::energy::draw(summary))
            (section::parameters::draw(summary))
            (section::config::draw(config))
        }
        footer {
            p { "Paper A: S. Whitelam, “Training thermodynamic computers by gradient descent”, arXiv:2509.15324, PNAS 123, e2528413123 (2026)." }
            p { "Paper B: S. Whitelam, “Generative thermodynamic computing”, arXiv:2506.15121, PRL 136, 037101 (2026)." }
            p { "Energies are in units of kT, times in units of 1/μ, activations and couplings without unit, as in the paper. An error after ± is one standard error." }
        }
    };
    page(&words::data_set(summary), &body).into_string()
}

fn classified_sections(
    summary: &Summary,
    classified: &Classified,
    figures: Option<&Figures>,
    metrics: Option<&Phases>,
) -> Markup {
    html! {
        (section::results::draw(summary, classified))
        (section::learning::draw(metrics, classified))
        @match figures {
            Some(Figures::Classified(figures)) => {
                (section::trajectories::draw(figures))
                (section::confusion::draw(figures, classified, words::item(summary)))
                (section::couplings::draw(figures))
                (section::heat::draw(figures, classified))
                (section::accuracy::draw(figures))
            }
            other => (no_figures(other)),
        }
    }
}

fn generated_sections(
    summary: &Summary,
    generated: &Generated,
    figures: Option<&Figures>,
    metrics: Option<&Phases>,
) -> Markup {
    html! {
        (section::quality::draw(&generated.samples))
        @match figures {
            Some(Figures::Generated(figures)) => (section::generated::draw(figures, generated)),
            other => (no_figures(other)),
        }
        (section::stages::draw(metrics))
        (section::readout::draw(summary, generated))
    }
}

fn no_figures(figures: Option<&Figures>) -> Markup {
    let reason = match figures {
        None => "The run folder has no figures.json, which training writes, so there are no figures.",
        Some(_) => "The figures.json in the run folder belongs to another kind of run, so there are no figures.",
    };
    section::absent("figures", "Figures", reason)
}

fn imported_sections() -> Markup {
    html! {
        (section::absent("results", "Results", "This run was imported: it was not measured here, so there are no results."))
        (section::absent("learning", "Learning curves", "This run was imported: it was not trained here, so there are no learning curves."))
        (section::absent("figures", "Figures", "This run was imported: it was not measured here, so there are no figures."))
    }
}

/// What must not be overlooked, in a box.
pub(crate) fn banner(headline: &str, content: Markup) -> Markup {
    html! {
        div class="banner" role="alert" {
            strong { (headline) }
            " " (content)
        }
    }
}

/// A whole HTML document around `body`.
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
