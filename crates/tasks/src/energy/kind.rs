//! How an energy is known.

use serde::Serialize;
use std::fmt;

/// How an energy is known, from a definition to a hope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// By definition.
    Exact,
    /// On a device that was made.
    Measured,
    /// By a simulation of the dynamics, or of a circuit.
    Simulated,
    /// By a model of the physics, or of a device that was not made.
    Modelled,
    /// As a number of operations times an energy of each that was assumed, or carried over from another circuit.
    Estimated,
    /// As what a device to come should need.
    Projected,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Exact => "exact",
            Self::Measured => "measured",
            Self::Simulated => "simulated",
            Self::Modelled => "modelled",
            Self::Estimated => "estimated",
            Self::Projected => "projected",
        })
    }
}
