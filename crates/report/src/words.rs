//! What the things of a data set are called.

use runs::Summary;

/// Whether the numbers may stand beside those of Paper A, which are for MNIST.
pub(crate) fn is_mnist(summary: &Summary) -> bool {
    summary.dataset.eq_ignore_ascii_case("mnist")
}

/// What one image shows, in the singular.
pub(crate) fn item(summary: &Summary) -> &'static str {
    match summary.dataset.to_lowercase().as_str() {
        "mnist" | "digits" => "digit",
        _ => "image",
    }
}

/// The data set, as its authors write it.
pub(crate) fn data_set(summary: &Summary) -> String {
    match summary.dataset.as_str() {
        "mnist" => "MNIST".to_owned(),
        "fashion-mnist" => "Fashion-MNIST".to_owned(),
        other => other.to_owned(),
    }
}
