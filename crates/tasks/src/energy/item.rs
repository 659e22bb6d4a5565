//! The lines of the ledger.

use serde::Serialize;

/// A line of the ledger: something that takes energy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// Multiply–accumulates of a digital network that gives the same answer.
    Digital,
    /// Heat that the units emit.
    Heat,
    /// Work that the switches of a program in time take out of the units, and that the device cannot use.
    Unrecovered,
    /// Electrical energy of a circuit in which every coupling is a biased transconductor; it stands in place of the heat.
    Supply,
    /// Power that the device draws whether its units move or not, for as long as an answer takes.
    Standby,
    /// Reading the outputs.
    Readout,
    /// Setting the inputs.
    Inputs,
    /// Writing the program of all segments, shared among the answers.
    Writing,
    /// Changing the program while it runs.
    Switching,
}

impl Item {
    /// What a thermodynamic computer spends energy on, in the order of the ledger.
    pub const SPENT: [Self; 8] = [
        Self::Heat,
        Self::Unrecovered,
        Self::Supply,
        Self::Standby,
        Self::Readout,
        Self::Inputs,
        Self::Writing,
        Self::Switching,
    ];

    /// The line's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Digital => "digital network",
            Self::Heat => "heat of the dynamics",
            Self::Unrecovered => "work not recovered",
            Self::Supply => "supply of the transconductors",
            Self::Standby => "standby",
            Self::Readout => "reading the outputs",
            Self::Inputs => "setting the inputs",
            Self::Writing => "writing the program",
            Self::Switching => "changing the program",
        }
    }
}
