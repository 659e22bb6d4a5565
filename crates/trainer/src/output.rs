//! Standard output and the one line an error makes.

use std::io::Write;
use std::process::ExitCode;

/// Prints a line on standard output. A reader that has gone away (`| head`) is no error of ours.
pub(crate) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints an error and its causes as one line on standard error: exit code 2.
pub(crate) fn failure(error: &anyhow::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "error: {error:#}");
    ExitCode::from(2)
}

/// A fraction as a percentage with its standard error.
pub(crate) fn percent(value: f64, stderr: Option<f64>) -> String {
    match stderr {
        Some(stderr) => format!("{:.2} ± {:.2} %", 100.0 * value, 100.0 * stderr),
        None => format!("{:.2} %", 100.0 * value),
    }
}
