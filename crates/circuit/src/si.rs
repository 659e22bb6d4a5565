//! The circuit as numbers in SI units.

use crate::{CircuitError, Form, Network, Scales};
use serde::Serialize;

/// A circuit of transconductors in siemens, amperes, volts, farads and seconds: what a designer needs beside a netlist.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SiCircuit {
    /// The scales.
    pub scales: Scales,
    /// C V0²: joules of a unit of the model's energy.
    pub joules_per_energy: f64,
    /// Seconds from the start to the read-out.
    pub observation_seconds: f64,
    /// Seconds at which the program changes.
    pub switch_seconds: Vec<f64>,
    /// Two-sided density of the current noise of a unit that the program was trained with, in A²/Hz.
    pub noise_amperes2_per_hertz: f64,
    /// The units.
    pub units: Vec<SiUnit>,
    /// Volts of x = 1 at an input.
    pub input_volts: f64,
    /// Segments: for each, currents of the biases in amperes, and couplings in siemens as lists of `[unit, unit, siemens]` and
    /// `[input, unit, siemens]`; those that are zero are left out.
    pub segments: Vec<SiSegment>,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SiUnit {
    /// Name of the unit, such as `h0`.
    pub name: String,
    /// Its capacitor.
    pub farads: f64,
    /// Its conductor, 2 J2 C/τ.
    pub siemens: f64,
    /// Its cubic element, 4 J4 C/(τ V0²).
    pub amperes_per_volt3: f64,
    /// Two-sided density of the noise that must be added to that of its conductor.
    pub added_amperes2_per_hertz: f64,
}

/// A segment of the program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SiSegment {
    /// Currents that leave the units' nodes, in amperes.
    pub bias_amperes: Vec<f64>,
    /// Couplings among units.
    pub couplings_siemens: Vec<(usize, usize, f64)>,
    /// Couplings of inputs to units.
    pub input_couplings_siemens: Vec<(usize, usize, f64)>,
}

impl SiCircuit {
    /// The circuit of a network.
    ///
    /// # Errors
    /// As [`crate::Netlist::text`].
    pub fn of(network: &Network, scales: Scales) -> Result<Self, CircuitError> {
        network.check()?;
        scales.check()?;
        let conductance = scales.farads / scales.seconds;
        let units = network.units.len();
        let unit = |(name, [j2, j4]): (&String, &[f64; 2])| {
            Ok(SiUnit {
                name: name.clone(),
                farads: scales.farads,
                siemens: 2.0 * j2 * conductance,
                amperes_per_volt3: 4.0 * j4 * conductance / (scales.volts * scales.volts),
                added_amperes2_per_hertz: scales.added_noise(Form::Transconductors, network.kt, *j2)?,
            })
        };
        let there = |list: &[f64], keep: &dyn Fn(usize, usize) -> bool| -> Vec<(usize, usize, f64)> {
            let all = list.iter().enumerate().map(|(k, value)| (k / units, k % units, value * conductance));
            all.filter(|(a, b, value)| value.abs() > 0.0 && keep(*a, *b)).collect()
        };
        Ok(Self {
            scales,
            joules_per_energy: scales.energy(),
            observation_seconds: scales.time(network, network.observation_time),
            switch_seconds: network.switches().into_iter().map(|at| scales.time(network, at)).collect(),
            noise_amperes2_per_hertz: scales.noise(Form::Transconductors, network.kt),
            units: network.units.iter().zip(&network.wells).map(unit).collect::<Result<_, CircuitError>>()?,
            input_volts: scales.volts,
            segments: network
                .segments
                .iter()
                .map(|segment| SiSegment {
                    bias_amperes: segment.biases.iter().map(|bias| bias * scales.current()).collect(),
                    couplings_siemens: there(&segment.couplings, &|a, b| b < a),
                    input_couplings_siemens: there(&segment.input_couplings, &|_, _| true),
                })
                .collect(),
        })
    }
}
