//! A trained computer as a circuit: its network, and what ngspice makes of it beside the simulation.

mod cases;
mod comparison;
mod running;

use crate::Dynamics;
use burn::tensor::backend::Backend;
use circuit::{Network, Segment};
use langevin::{Computer, UnitKind};

pub use cases::{CircuitCase, CircuitCases, case, cases};
pub use comparison::{CircuitOptions, compare};

/// The program and the units of a computer as plain numbers, under these dynamics.
pub fn network<B: Backend>(computer: &Computer<B>, dynamics: &Dynamics) -> Network {
    let layout = computer.layout();
    let units = layout.moving();
    let named = [UnitKind::Visible, UnitKind::Hidden, UnitKind::Output].into_iter().flat_map(|kind| {
        let letter = &kind.name()[..1];
        (0..layout.count(kind)).map(move |i| format!("{letter}{i}"))
    });
    let segments = computer.values().into_iter().zip(computer.clock().lengths()).map(|(values, fraction)| {
        let lower = values.couplings;
        let both = |k: usize| lower[k] + lower[k % units * units + k / units];
        Segment {
            fraction: *fraction,
            // A computer without inputs keeps one masked row.
            input_couplings: if layout.inputs == 0 { Vec::new() } else { values.input_couplings },
            couplings: (0..units * units).map(both).collect(),
            biases: values.biases,
        }
    });
    Network {
        units: named.collect(),
        inputs: layout.inputs,
        wells: (0..units).map(|unit| computer.wells().of(unit)).map(|well| [well.j2, well.j4]).collect(),
        segments: segments.collect(),
        mobility: dynamics.mobility(),
        kt: dynamics.kt(),
        observation_time: dynamics.observation_time(),
    }
}
