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
//! * [`EulerMaruyama`] is the discretised dynamics, the step and its Onsager–Machlup action side by side;
//! * [`Noise`] is the seam of the thermal noise, [`CounterNoise`] the counter-based one;
//! * [`Langevin`] runs whole trajectories and accounts for energy, work and heat;
//! * [`exact`] holds closed forms to test against.
//!
//! Everything is generic over Burn's `B: Backend`; whole trajectories and the mean action ask for [`LangevinBackend`], whose
//! default for any backend is made of tensor operations.

mod bath;
mod computer;
mod connectivity;
mod error;
mod euler_maruyama;
pub mod exact;
mod force;
mod landscape;
mod layout;
mod noise;
mod parameters;
mod trajectory;

pub use bath::Bath;
pub use computer::{Computer, ComputerConfig};
pub use connectivity::{Block, Connectivity};
pub use error::LangevinError;
pub use euler_maruyama::{EulerMaruyama, Transitions};
pub use force::{ExternalForce, NoForce, RampedForce};
pub use kernels::noise::fill_standard_normal;
pub use kernels::{LangevinAutodiffBackend, LangevinBackend};
pub use landscape::{Landscape, Potential};
pub use layout::{Layout, UnitKind};
pub use noise::{CounterNoise, NoNoise, Noise, NoiseKind, replica_id, stream};
pub use parameters::{ParameterBlock, ParameterValues};
pub use trajectory::{Langevin, Outcome, Trajectory};
