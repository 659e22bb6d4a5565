//! The thermodynamic computer: real-valued units that fluctuate in a heat bath, programmed by couplings and biases.
//!
//! ```text
//! V(x) = Σ_i (J2 x_i² + J4 x_i⁴) + Σ_i b_i x_i + Σ_(ij) J_ij x_i x_j
//! dx_i/dt = −μ ∂_i V + √(2 μ kT) η_i(t)
//! ```
//!
//! Units: energies in units of the thermal energy at which the computer is quoted (so `kt = 1` is room temperature),
//! time in units of 1/μ times that energy's scale, states without dimension. Each unordered pair of units is coupled once.
//!
//! * [`Computer`] is the Burn module: couplings, biases, [`Layout`] and [`Connectivity`];
//! * [`Landscape`] is its potential once the frozen inputs are given;
//! * [`Potential`] is the seam of the potential, [`ByAutodiff`] makes one of an energy alone;
//! * [`Dynamics`] is the seam of the dynamics, step and Onsager–Machlup action side by side, [`EulerMaruyama`] the overdamped one;
//! * [`Noise`] is the seam of the thermal noise, [`CounterNoise`] the counter-based one;
//! * [`Protocol`] is a program in time: potentials that act one after the other, when a [`Clock`] says so;
//! * [`Simulation`] runs whole trajectories and accounts for energy, work and heat;
//! * [`exact`] holds closed forms to test against.
//!
//! Everything is generic over Burn's `B: Backend`; what computes drives, trajectories or actions asks for [`LangevinBackend`], whose
//! default for any backend is made of tensor operations.

mod bath;
mod clock;
mod computer;
mod connectivity;
mod divergence;
mod dynamics;
mod energy_function;
mod error;
pub mod exact;
mod force;
mod landscape;
mod layout;
mod noise;
mod parameters;
mod potential;
mod protocol;
mod simulation;

pub use bath::Bath;
pub use clock::{Clock, runs_of_segments};
pub use computer::{Computer, ComputerConfig, ProgramValues};
pub use connectivity::{Block, Connectivity};
pub use dynamics::{Dynamics, EulerMaruyama, Transitions};
pub use energy_function::EnergyFunction;
pub use error::LangevinError;
pub use force::{ExternalForce, NoForce, RampedForce};
pub use kernels::noise::fill_standard_normal;
pub use kernels::{LangevinAutodiffBackend, LangevinBackend, Well, Wells};
pub use landscape::Landscape;
pub use layout::{Layout, UnitKind};
pub use noise::{BrownianPath, CounterNoise, NoNoise, Noise, NoiseKind, replica_id, stream};
pub use parameters::{ParameterBlock, ParameterValues};
pub use potential::{ByAutodiff, Potential, UNPHYSICAL, input_drive};
pub use protocol::Protocol;
pub use simulation::{Outcome, Simulation, Trajectory};
