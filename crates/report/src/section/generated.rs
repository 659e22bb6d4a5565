//! The pages of a generative run: what it makes, how good it is, what it costs.

use maud::{Markup, html};
use serde_json::Value;

use super::{absent, figure, section};
use crate::number::{significant, with_error};
use crate::picture::{diverging_sheet, grey_sheet};
use crate::plot::{Plot, short};
use crate::scale::{Scale, extent};
use crate::{Figures, Generated, Metrics, Summary};

/// Everything between the head and the energy table.
pub(crate) fn draw(summary: &Summary, figures: Option<&Figures>, metrics: Option<&Metrics>) -> Markup {
    let shape = figures.and_then(|f| f.image_shape).unwrap_or([1, 1]);
    html! {
        (quality(summary))
        @if let Some(generated) = figures.and_then(|f| f.generated.as_ref()) {
            (ends(generated, shape))
            (strips(generated, shape))
            (fields(generated, shape))
            (energy(generated))
            (heat(generated, summary))
        } @else {
            (absent("figures", "Figures", "The run folder has no figures.json of a generator, so there are no figures."))
        }
        (learning(metrics))
        (readout(summary))
    }
}

/// A value of `summary.json` as a reader wants it.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(n) if n.is_u64() => n.to_string(),
        Value::Number(n) => significant(n.as_f64().unwrap_or(f64::NAN), 4),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(" / "),
        Value::Object(items) => {
            items.iter().map(|(k, v)| format!("{k} {}", shown(v))).collect::<Vec<_>>().join(", ")
        }
        Value::String(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null => "–".to_owned(),
    }
}

/// Keys of `samples` and what they mean.
const MEANINGS: [(&str, &str); 19] = [
    ("count", "samples"),
    (
        "mean_cosine",
        "mean cosine to the prototype asked for, or |cosine| to the nearest where none can be asked for",
    ),
    ("mean_cosine_stderr", "its standard error"),
    ("mean_abs_cosine", "mean |cosine| to the nearest prototype"),
    ("inverted", "fraction nearest to the negative of a prototype"),
    ("class_counts", "samples of each class"),
    ("class_accuracy", "fraction of the class asked for"),
    ("class_entropy", "mean entropy of the CNN’s class probabilities (nats)"),
    ("classifier_accuracy", "the two nets’ own accuracy on the test images"),
    ("frechet", "Fréchet distance to the test images, features of two nets no training touches"),
    ("frechet_floor", "floor: that of held-out images"),
    ("floor_images", "number of held-out images"),
    ("frechet_bernoulli", "ceiling: that of the class-conditional Bernoulli model"),
    ("frechet_bernoulli_pooled", "ceiling: that of the pooled Bernoulli model"),
    ("nearest_train", "mean distance of a sample to its nearest training image"),
    ("nearest_real", "that of a held-out image"),
    ("diversity", "spread within a class, over the class mean"),
    ("diversity_real", "that of test images"),
    ("gain", "gain of the read-out"),
];

fn quality(summary: &Summary) -> Markup {
    let Some(samples) = summary.samples.as_ref().and_then(Value::as_object) else {
        return absent("quality", "Quality", "summary.json says nothing of samples.");
    };
    section(
        "quality",
        "Quality",
        html! {
            div class="scroll" {
                table {
                    thead { tr { th { "Quantity" } th class="n" { "Value" } th { "Meaning" } } }
                    tbody {
                        @for (name, value) in samples.iter().filter(|(_, v)| !v.is_null()) {
                            @let meaning = MEANINGS.iter().find(|(key, _)| key == name).map_or("", |(_, m)| m);
                            tr { th scope="row" { (name) } td class="n" { (shown(value)) } td class="quiet" { (meaning) } }
                        }
                    }
                }
            }
        },
    )
}

fn ends(generated: &Generated, shape: [usize; 2]) -> Markup {
    let columns = (generated.ends.len() as f64).sqrt().ceil() as usize;
    let Some(sheet) = grey_sheet(&generated.ends, shape, columns) else {
        return absent("ends", "Samples", "figures.json has no samples.");
    };
    let drawing = html! {
        img class="pixels sheet" src=(sheet.uri) alt={ (generated.ends.len()) " samples" } width=(sheet.width) height=(sheet.height)
            style={ "max-width:min(100%," (sheet.width * 3) "px)" };
    };
    let caption = html! {
        "Visible units at the end of " (generated.ends.len()) " generations, the first there were. With 25 of them this corresponds to the end states of Paper B (arXiv:2506.15121)."
    };
    section("ends", "Samples", figure(drawing, caption))
}

fn strips(generated: &Generated, shape: [usize; 2]) -> Markup {
    let strip = |rows: &[Vec<Vec<f64>>]| -> Option<Markup> {
        let columns = rows.first()?.len();
        let sheet = grey_sheet(&rows.concat(), shape, columns)?;
        Some(html! {
            img class="pixels sheet" src=(sheet.uri) alt="filmstrips" width=(sheet.width) height=(sheet.height)
                style={ "max-width:min(100%," (sheet.width * 3) "px)" };
        })
    };
    section(
        "strips",
        "Noising and denoising",
        html! {
            @if let Some(drawing) = strip(&generated.noising) {
                (figure(drawing, html! { "Noising: an image imprinted on units that do not interact dissolves, left to right, in equal steps of time." }))
            }
            @if let Some(drawing) = strip(&generated.denoising) {
                (figure(drawing, html! { "Denoising: generations under the trained program, from noise, left to right. Corresponds to the three trajectories of Paper B (arXiv:2506.15121)." }))
            }
        },
    )
}

fn fields(generated: &Generated, shape: [usize; 2]) -> Markup {
    let largest = generated.receptive_fields.iter().flatten().fold(0f64, |a, b| a.max(b.abs()));
    let Some(sheet) = diverging_sheet(&generated.receptive_fields, shape, 8, largest.max(f64::MIN_POSITIVE))
    else {
        return absent("fields", "Receptive fields", "figures.json has no receptive fields.");
    };
    let drawing = html! {
        img class="pixels sheet" src=(sheet.uri) alt="receptive fields" width=(sheet.width) height=(sheet.height)
            style={ "max-width:min(100%," (sheet.width * 4) "px)" };
    };
    let caption = html! {
        "Couplings of the first " (generated.receptive_fields.len()) " hidden units to the visible ones; colours saturate at |J| = "
        (significant(largest, 3)) ". Corresponds to the receptive fields of Paper B (arXiv:2506.15121)."
    };
    section("fields", "Receptive fields", figure(drawing, caption))
}

fn energy(generated: &Generated) -> Markup {
    let Some((first, last)) = extent(generated.times.iter().copied()) else { return html! {} };
    let relative: Vec<Vec<f64>> = (0..generated.energy_kt.first().map_or(0, Vec::len))
        .map(|i| generated.energy_kt.iter().map(|row| row[i] - generated.energy_kt[0][i]).collect())
        .collect();
    let y = extent(relative.iter().flatten().copied()).unwrap_or((-1.0, 1.0));
    let plot = Plot::new(Scale::linear(first, last), Scale::rounded(y.0, y.1), "time (1/μ)", "V − V(0) (kT)");
    let drawing = html! {
        @for row in &relative {
            (plot.line("other", &generated.times.iter().copied().zip(row.iter().copied()).collect::<Vec<_>>()))
        }
    };
    let caption = html! {
        "Energy along " (relative.len()) " generations, relative to its value when the program is switched on; the heat emitted by then is its negative."
    };
    section(
        "energy-time",
        "Energy and heat along a generation",
        html! { div class="single" { (figure(plot.draw("energy against time", drawing), caption)) } },
    )
}

fn heat(generated: &Generated, summary: &Summary) -> Markup {
    const BARS: usize = 40;
    let Some((low, high)) = extent(generated.heat_kt.iter().copied()).filter(|(l, h)| h > l) else {
        return html! {};
    };
    let mut counts = vec![0.0; BARS];
    for heat in &generated.heat_kt {
        counts[(((heat - low) / (high - low) * BARS as f64) as usize).min(BARS - 1)] += 1.0;
    }
    let most = counts.iter().fold(1f64, |a, b| a.max(*b));
    let plot =
        Plot::new(Scale::linear(low, high), Scale::rounded(0.0, most), "heat of a generation (kT)", "samples");
    let width = (high - low) / BARS as f64;
    let drawing = html! {
        @for (i, &count) in counts.iter().enumerate() {
            @let (left, right) = (plot.left(low + width * i as f64), plot.left(low + width * (i + 1) as f64));
            @if count > 0.0 {
                rect class="bar true" x=(short(left)) y=(short(plot.top(count))) width=(short((right - left - 1.0).max(0.5)))
                    height=(short(plot.top(0.0) - plot.top(count))) {}
            }
        }
    };
    let mean = summary.heat.mean_kt.map(|mean| with_error(mean, summary.heat.stderr_kt)).unwrap_or_default();
    let caption = html! {
        "Heat of the second half of each generation, V(x(0)) − V(x(t" sub { "f" } ")), mean " (mean) " kT. Paper B (arXiv:2506.15121) reports 2.9 × 10³ kT for three digits."
    };
    section(
        "heat",
        "Heat",
        html! { div class="single" { (figure(plot.draw("histogram of heat", drawing), caption)) } },
    )
}

fn learning(metrics: Option<&Metrics>) -> Markup {
    let Some(metrics) = metrics.filter(|m| !m.stages.is_empty()) else {
        return absent("learning", "Learning curves", "metrics.jsonl has no stages of a generator’s training.");
    };
    section(
        "learning",
        "Learning curves",
        html! {
            div class="pair" {
                @for (name, points) in &metrics.stages {
                    @let points: Vec<(f64, f64)> = points.iter().filter_map(|p| Some((p.step, p.action.or(p.loss)?))).collect();
                    @if points.len() > 1 {
                        @let (_, last) = extent(points.iter().map(|p| p.0)).unwrap_or((0.0, 1.0));
                        @let plot = Plot::new(Scale::linear(0.0, last), Scale::fitting(points.iter().map(|p| p.1)), "training steps", "objective");
                        (figure(plot.draw(name, plot.line("computer", &points)), html! { "What is minimised in " (name) ", mean of ten steps." }))
                    }
                }
            }
        },
    )
}

/// The advantage once every value read costs something: 5.2e14 / (Q + n r).
fn readout(summary: &Summary) -> Markup {
    let (Some(digital), Some(heat), Some(values)) =
        (summary.energy.digital_kt, summary.heat.mean_kt, summary.computer.visible)
    else {
        return html! {};
    };
    section(
        "readout",
        "What reading costs",
        html! {
            div class="scroll" {
                table {
                    thead { tr { th { "kT a value read" } th class="n" { "Thermodynamic energy (kT)" } th class="n" { "Advantage" } } }
                    tbody {
                        @for price in [0.0, 1.0, 1e2, 1e4, 1e6, 2.4e8] {
                            @let spent = heat + price * values as f64;
                            tr { th scope="row" { (significant(price, 2)) } td class="n" { (significant(spent, 3)) } td class="n" { (significant(digital / spent, 3)) } }
                        }
                    }
                }
            }
            p class="small" {
                "Heat and " (values) " values read at each price, against " (significant(digital, 3)) " kT of a digital denoiser of ten steps, 1 pJ a multiply–accumulate (Paper B’s assumption); 2.4 × 10⁸ kT is 1 pJ, about an eight-bit converter. `trainer energy` takes every assumption as a flag."
            }
        },
    )
}
