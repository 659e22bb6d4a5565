//! A trained thermodynamic computer as an electronic circuit.
//!
//! * [`Network`] is a program and the units that it runs on, as plain numbers;
//! * [`Scales`] turn its numbers into volts, farads, seconds and kelvin, and say what noise the circuit must have;
//! * [`Netlist`] is the circuit for ngspice, in one of two [`Form`]s;
//! * [`Ngspice`] runs it, and gives the [`Waveforms`] back.
//!
//! Both forms have the same equations of motion, those of the overdamped computer
//!
//! ```text
//! dx_i/dt = −μ ∂_iV(x) + √(2 μ kT) η_i(t),      ∂_iV = 2 J2 x_i + 4 J4 x_i³ + b_i + Σ_j J_ij x_j + Σ_f J_if x_f
//! ```
//!
//! and differ in what they cost. Nothing here knows tensors.

mod error;
mod netlist;
mod network;
mod ngspice;
mod raw;
mod scales;
mod si;

pub use error::CircuitError;
pub use netlist::{Form, Inputs, Netlist, NoiseSource};
pub use network::{Network, Segment};
pub use ngspice::Ngspice;
pub use raw::Waveforms;
pub use scales::{BOLTZMANN, Scales};
pub use si::{SiCircuit, SiSegment, SiUnit};
