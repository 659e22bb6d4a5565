//! What the tests of the command line share: starting the program, and waiting for what it does.
#![allow(dead_code, reason = "not every test binary needs all of it")]

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// The program in a folder, without what the caller's environment says of data and messages.
pub(crate) fn trainer(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
    command.current_dir(folder).env_remove("THERMO_DATA").env_remove("RUST_LOG");
    command
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    trainer(folder).args(arguments).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn succeeds(folder: &Path, arguments: &[&str]) -> Output {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    output
}

/// The one line of error of a command that ended with exit code 2.
pub(crate) fn error_of(output: &Output) -> String {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error:")).collect();
    assert_eq!(errors.len(), 1, "{stderr}");
    errors[0].to_owned()
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Waits until something is so, for so many minutes at most.
pub(crate) fn until(minutes: u64, mut so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_mins(minutes), "it did not happen within {minutes} minutes");
        std::thread::sleep(Duration::from_millis(2));
    }
}
