//! What can be wrong with a circuit; each message is one line with a cure.

use std::path::PathBuf;

/// An error of a circuit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// A list of another length than the units.
    #[error("{found} {what}, but the circuit has {expected}")]
    Count {
        /// What the list holds.
        what: &'static str,
        /// What it must have.
        expected: usize,
        /// What it has.
        found: usize,
    },
    /// A scale that is none.
    #[error("--{name} is {value:e}, but must be above 0 (from 1e-30 to 1e30; --kelvin may be 0)")]
    Scale {
        /// The scale.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// The elements make more noise than the program was trained for.
    #[error(
        "at these scales the circuit's own thermal noise is {ratio:.3} times the program's: take an energy scale C V² of at least {least:.3e} J \
         (now {now:.3e} J), by more --volts or --farads, or fewer --kelvin"
    )]
    TooNoisy {
        /// Own noise over the program's, in spectral density.
        ratio: f64,
        /// The smallest energy scale that is not.
        least: f64,
        /// The energy scale.
        now: f64,
    },
    /// A file that could not be written or read.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// No ngspice.
    #[error(
        "ngspice is not installed, or not on the PATH: install it (Debian, Ubuntu: apt-get install ngspice), or write the netlist alone with trainer export --format spice"
    )]
    NoNgspice,
    /// ngspice failed.
    #[error("ngspice ended with {status}; of its log: {log}")]
    Failed {
        /// Exit status of ngspice.
        status: String,
        /// What ngspice's log says of an error, or the end of that log.
        log: String,
    },
    /// ngspice took too long.
    #[error("ngspice did not end within {seconds} s; give it more with --time-limit, or a smaller circuit")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// A raw file that is none.
    #[error("what ngspice wrote cannot be read: {0}")]
    Raw(String),
}
