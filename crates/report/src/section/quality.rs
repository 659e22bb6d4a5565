//! How good a generator's samples are.

use super::section;
use crate::number::significant;
use maud::{Markup, html};
use runs::{ImageQuality, PerNet, PrototypeQuality, SampleQuality};

/// A quantity by its name in `summary.json`, its value if it was measured, and what it means.
type Row = (&'static str, Option<String>, &'static str);

/// The table of everything that was measured.
pub(crate) fn draw(samples: &SampleQuality) -> Markup {
    let rows = match samples {
        SampleQuality::Images(quality) => of_images(quality),
        SampleQuality::Prototypes(quality) => of_prototypes(quality),
    };
    section(
        "quality",
        "Quality",
        html! {
            div class="scroll" {
                table {
                    thead { tr { th { "Quantity" } th class="n" { "Value" } th { "Meaning" } } }
                    tbody {
                        @for (name, value, meaning) in rows {
                            @if let Some(value) = value {
                                tr { th scope="row" { (name) } td class="n list" { (value) } td class="quiet" { (meaning) } }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn value(value: f64) -> String {
    significant(value, 4)
}

fn counts(counts: &[usize]) -> String {
    counts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ")
}

fn nets(value: PerNet) -> String {
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| significant(value, 4));
    format!("cnn {}, mlp {}", shown(value.cnn), shown(value.mlp))
}

fn of_prototypes(quality: &PrototypeQuality) -> Vec<Row> {
    vec![
        ("count", Some(quality.count.to_string()), "samples"),
        (
            "mean_cosine",
            Some(value(quality.mean_cosine)),
            "mean cosine to the prototype asked for, or |cosine| to the nearest where none can be asked for",
        ),
        ("mean_cosine_stderr", Some(value(quality.mean_cosine_stderr)), "its standard error"),
        ("mean_abs_cosine", Some(value(quality.mean_abs_cosine)), "mean |cosine| to the nearest prototype"),
        ("inverted", Some(value(quality.inverted)), "fraction nearest to the negative of a prototype"),
        ("class_counts", Some(counts(&quality.class_counts)), "samples of each class"),
        ("class_accuracy", quality.class_accuracy.map(value), "fraction of the class asked for"),
        ("diversity", Some(value(quality.diversity)), "spread within a class, over the class mean"),
    ]
}

fn of_images(quality: &ImageQuality) -> Vec<Row> {
    vec![
        ("count", Some(quality.count.to_string()), "samples"),
        ("class_counts", Some(counts(&quality.class_counts)), "samples of each class"),
        ("class_accuracy", quality.class_accuracy.map(value), "fraction of the class asked for"),
        (
            "class_entropy",
            Some(value(quality.class_entropy)),
            "mean entropy of the CNN’s class probabilities (nats)",
        ),
        (
            "classifier_accuracy",
            Some(nets(quality.classifier_accuracy)),
            "the two nets’ own accuracy on the test images",
        ),
        (
            "frechet",
            Some(nets(quality.frechet)),
            "Fréchet distance to the test images, features of two nets no training touches",
        ),
        ("frechet_floor", Some(nets(quality.frechet_floor)), "floor: that of held-out images"),
        ("floor_images", Some(quality.floor_images.to_string()), "number of held-out images"),
        (
            "frechet_bernoulli",
            Some(nets(quality.frechet_bernoulli)),
            "ceiling: that of the class-conditional Bernoulli model",
        ),
        (
            "frechet_bernoulli_pooled",
            Some(nets(quality.frechet_bernoulli_pooled)),
            "ceiling: that of the pooled Bernoulli model",
        ),
        (
            "nearest_train",
            Some(value(quality.nearest_train)),
            "mean distance of a sample to its nearest training image",
        ),
        ("nearest_real", Some(value(quality.nearest_real)), "that of a held-out image"),
        ("diversity", Some(value(quality.diversity)), "spread within a class, over the class mean"),
        ("diversity_real", Some(value(quality.diversity_real)), "that of test images"),
    ]
}
