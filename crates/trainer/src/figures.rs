//! The figures of an evaluation as a table for the terminal.

use crate::output::percent;
use runs::{EvaluatedFigures, Heat, ImageQuality, PerNet, PrototypeQuality, SampleQuality, StepError, Test};
use std::fmt::Write as _;

/// The table of figures at a thermal energy kT.
pub(crate) fn table(figures: &EvaluatedFigures, kt: f64) -> String {
    let mut table = Table(String::new());
    match figures {
        EvaluatedFigures::Classified { test, heat, advantage, energy, .. } => {
            table.accuracy(test);
            table.heat("heat a trajectory", heat, kt);
            let value = match advantage {
                Some(advantage) => format!(
                    "{advantage:.2e} = {} MACs × {:e} J at {} K / heat",
                    energy.macs, energy.joules_per_mac, energy.temperature
                ),
                None => "none: no heat in kT".to_owned(),
            };
            table.row("advantage over the digital teacher", value);
        }
        EvaluatedFigures::Generated { samples, heat, advantage, .. } => {
            match samples {
                SampleQuality::Prototypes(quality) => table.prototypes(quality),
                SampleQuality::Images(quality) => table.images(quality),
            }
            table.heat("heat of a generation", heat, kt);
            table.row("advantage over a digital denoiser", advantage_of(*advantage));
        }
    }
    table.0
}

/// The table of what halving the time step changes.
pub(crate) fn step_errors(found: &StepError, kt: f64) -> String {
    let unit = if kt > 0.0 { "kT" } else { "V" };
    let n = found.trajectories;
    let mut text = format!(
        "{n} trajectories on the same Brownian paths: what halving the time step changes (run: {:e})\n  \
         {:>12} {:>24} {:>24} {:>20}\n",
        found.time_step,
        "time step",
        "states (rms)",
        format!("heat ({unit})"),
        "answers"
    );
    for row in &found.halvings {
        let answers = match (row.answers, row.answers_stderr) {
            (Some(p), Some(e)) => format!("{:.3} ± {:.3} %", 100.0 * p, 100.0 * e),
            _ => "–".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  {:>12} {:>24} {:>24} {:>20}",
            format!("{:e}", row.time_step),
            format!("{:.2e} ± {:.0e}", row.state_rms, row.state_rms_stderr),
            format!("{:+.2} ± {:.2}", row.heat_kt, row.heat_stderr_kt),
            answers
        );
    }
    match (found.answers_hold_at, found.halvings.iter().any(|row| row.answers.is_some())) {
        (Some(time_step), _) => {
            let _ = writeln!(text, "  less than 0.1 % of the answers change up to a time step of {time_step:e}");
        }
        (None, true) if found.halvings.iter().any(|row| row.answers.is_some_and(|p| p < 1e-3)) => {
            text.push_str("  too few images to tell whether less than 0.1 % of the answers change\n");
        }
        (None, true) => text.push_str("  at every time step tried, 0.1 % of the answers or more change\n"),
        (None, false) => {}
    }
    text
}

fn advantage_of(advantage: Option<f64>) -> String {
    advantage.map_or_else(|| "none: no heat in kT".to_owned(), |a| format!("{a:.2e} (heat alone)"))
}

struct Table(String);

impl Table {
    fn row(&mut self, name: &str, value: impl std::fmt::Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "  {name:<40} {value}");
    }

    fn accuracy(&mut self, test: &Test) {
        self.row("images, trajectories of each", format!("{}, {}", test.images, test.replicas));
        self.row("top-1, one trajectory", percent(test.top1, Some(test.top1_stderr)));
        if let Some(spread) = test.top1_noise_std {
            self.row("  spread over the noise", percent(spread, None));
        }
        self.row(
            &format!("top-1, outputs averaged over {}", test.replicas),
            percent(test.top1_mean_replicas, Some(test.top1_mean_replicas_stderr)),
        );
        self.row("top-2, one trajectory", percent(test.top2, None));
        if let Some(zero) = test.top1_zero_temperature {
            self.row("top-1 at zero temperature", percent(zero, None));
        }
    }

    fn heat(&mut self, name: &str, heat: &Heat, kt: f64) {
        let unit = if kt > 0.0 { "kT" } else { "units of V, kT being 0" };
        let Heat { mean_kt, stderr_kt, std_kt, work_mean_kt } = heat;
        self.row(name, format!("{mean_kt:.0} ± {stderr_kt:.0} {unit} (spread {std_kt:.0})"));
        if let Some(work) = work_mean_kt {
            self.row("  work of the program's switches in it", format!("{work:.0} {unit}"));
        }
    }

    fn prototypes(&mut self, q: &PrototypeQuality) {
        self.row("samples", q.count);
        let cosine = if q.class_accuracy.is_some() {
            "mean cosine to the prototype asked for"
        } else {
            "mean |cosine| to the nearest prototype"
        };
        self.row(cosine, format!("{:.4} ± {:.4}", q.mean_cosine, q.mean_cosine_stderr));
        self.row("inverted", percent(q.inverted, None));
        self.row("samples of each prototype", format!("{:?}", q.class_counts));
        if let Some(accuracy) = q.class_accuracy {
            self.row("nearest to the prototype asked for", percent(accuracy, None));
        }
        self.row("spread within a class, over its mean", format!("{:.3}", q.diversity));
    }

    fn images(&mut self, q: &ImageQuality) {
        self.row("samples", q.count);
        if let Some(accuracy) = q.class_accuracy {
            let own = q.classifier_accuracy.cnn.map_or_else(|| "–".to_owned(), |a| percent(a, None));
            self.row("of the class asked for", format!("{} (by a CNN right on {own})", percent(accuracy, None)));
        }
        self.row("samples of each class", format!("{:?}", q.class_counts));
        self.row("entropy of the class probabilities", format!("{:.3} nats", q.class_entropy));
        let one = |d: Option<f64>| d.map_or_else(|| "–".to_owned(), |d| format!("{d:.1}"));
        let two = |d: PerNet| format!("{} (CNN)  {} (MLP)", one(d.cnn), one(d.mlp));
        self.row("Fréchet distance", two(q.frechet));
        self.row(&format!("  floor, {} real images", q.floor_images), two(q.frechet_floor));
        self.row("  class-conditional Bernoulli", two(q.frechet_bernoulli));
        self.row("  pooled Bernoulli", two(q.frechet_bernoulli_pooled));
        self.row("distance to the nearest training image", format!("{:.3}", q.nearest_train));
        self.row("  of real images", format!("{:.3}", q.nearest_real));
        self.row("spread within a class, over its mean", format!("{:.3}", q.diversity));
        self.row("  of real images", format!("{:.3}", q.diversity_real));
    }
}
