//! Standard output, and the one line an error makes.

use anyhow::{Context, Result};
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// Prints text on standard output, as a whole. A reader that has gone away (`| head`) is no error of ours; an output that cannot
/// take the text is.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    let done = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match done {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("cannot write to standard output"),
    }
}

/// Prints a line, as [`print()`].
pub(crate) fn line(text: impl std::fmt::Display) -> Result<()> {
    print(&format!("{text}\n"))
}

/// Prints a value as one line of JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<()> {
    line(serde_json::to_string(value).context("cannot be written as JSON")?)
}

/// What the parser of the command line says instead of a command: help, the version, or an error.
pub(crate) fn parsing(told: &clap::Error) -> ExitCode {
    match told.print() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            failure(&anyhow::Error::from(error).context("cannot write to standard output"))
        }
        _ => ExitCode::from(u8::try_from(told.exit_code()).unwrap_or(2)),
    }
}

/// Prints an error and its causes as one line on standard error: exit code 2.
pub(crate) fn failure(error: &anyhow::Error) -> ExitCode {
    // At once, so that no other process of the same terminal comes between.
    let _ = io::stderr().lock().write_all(format!("error: {}\n", one_line(error)).as_bytes());
    ExitCode::from(2)
}

/// An error and those of its causes that say something new.
pub(crate) fn one_line(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Standard error for messages: what cannot be said costs nothing.
pub(crate) struct Messages;

impl Write for Messages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().lock().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A fraction as a percentage with its standard error.
pub(crate) fn percent(value: f64, stderr: Option<f64>) -> String {
    match stderr {
        Some(stderr) => format!("{:.2} ± {:.2} %", 100.0 * value, 100.0 * stderr),
        None => format!("{:.2} %", 100.0 * value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_that_says_nothing_twice() {
        let cause = io::Error::new(ErrorKind::StorageFull, "No space left on device (os error 28)");
        let error = anyhow::Error::from(cause)
            .context("cannot write a: No space left on device (os error 28)")
            .context("x\ny");
        assert_eq!(one_line(&error), "x y: cannot write a: No space left on device (os error 28)");
    }
}
