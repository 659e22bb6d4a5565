//! **thermograd** trains simulated thermodynamic computers: networks of real-valued units that fluctuate in a heat bath, whose
//! couplings and biases are their program, and whose answer is what some units show at a set time.
//!
//! ```text
//! V(x) = Σ_i (J2 x_i² + J4 x_i⁴) + Σ_i b_i x_i + Σ_(ij) J_ij x_i x_j       potential; θ = (J, b) is the program
//! x_i ← x_i − μ ∂_iV(x) Δt + √(2 μ kT Δt) ξ_i                              the computer's dynamics
//! S(θ) = Σ_steps Σ_i (Δx_i + μ ∂_iV Δt)² / (4 μ kT Δt)                     the action that training minimises
//! ```
//!
//! (S. Whitelam, arXiv:2509.15324 and arXiv:2506.15121.) Everything is generic over Burn's `B: Backend`; features `ndarray` (CPU,
//! the default), `flex` (CPU), `wgpu` and `cuda` (GPU) bring a backend with its fused kernels.
//!
//! # A unit in a double well
//!
//! ```
//! use thermograd::prelude::*;
//!
//! # fn main() -> Result<(), LangevinError> {
//! let device = NdArrayDevice::default();
//! let (kt, replicas) = (0.5, 1000);
//! let landscape = Landscape::<NdArray>::uncoupled(Tensor::zeros([replicas, 1], &device), Well::new(-2.0, 1.0));
//! let simulation = Simulation::new(EulerMaruyama::new(Bath::new(kt, 1.0)?, 1e-3)?, 0.5)?;
//! let start = Tensor::zeros([replicas, 1], &device);
//! let end = simulation.run(&landscape, start, &CounterNoise::new(7, 0..replicas as u64))?;
//! // Falling into the wells at x = ±1 it gives heat to the bath.
//! assert!(end.heat.mean().into_scalar() > 0.0);
//! # Ok(())
//! # }
//! ```
//!
//! # Where to go on
//!
//! * [`langevin`]: computer, potential, dynamics, noise, simulation, heat;
//! * [`learning`]: objectives (action, exact minimum, pathwise, contrastive, energy distance), teacher, training;
//! * [`tasks`]: whole jobs from a configuration, classifying and generating;
//! * [`data`]: MNIST, Fashion-MNIST, built-in digits as host arrays; [`runs`]: what a run folder holds.
//!
//! The seams to extend are traits: [`langevin::Potential`], [`langevin::Noise`], [`langevin::Dynamics`],
//! [`learning::Objective`], [`tasks::Task`]; the folder `examples` has a complete program for each.

pub use data;
pub use kernels;
pub use langevin;
pub use learning;
pub use runs;
pub use tasks;

/// Burn, the version that this crate is built with.
pub use burn;

/// What most programs name.
pub mod prelude {
    pub use burn::module::AutodiffModule;
    pub use burn::tensor::backend::{AutodiffBackend, Backend};
    pub use burn::tensor::{Int, Tensor, TensorData};
    pub use burn_autodiff::Autodiff;
    #[cfg(feature = "cuda")]
    pub use burn_cuda::{Cuda, CudaDevice};
    #[cfg(feature = "flex")]
    pub use burn_flex::{Flex, FlexDevice};
    #[cfg(feature = "ndarray")]
    pub use burn_ndarray::{NdArray, NdArrayDevice};
    #[cfg(feature = "wgpu")]
    pub use burn_wgpu::{Wgpu, WgpuDevice};
    pub use langevin::exact::{boltzmann_average, harmonic_variance};
    pub use langevin::{
        Bath, Block, ByAutodiff, Computer, ComputerConfig, Connectivity, CounterNoise, Dynamics, EnergyFunction,
        EulerMaruyama, ExternalForce, Landscape, LangevinAutodiffBackend, LangevinBackend, LangevinError, Layout,
        NoForce, NoNoise, Noise, Outcome, Potential, RampedForce, Simulation, Trajectory, Transitions, UnitKind,
        Well, Wells,
    };
    pub use learning::{
        ActionObjective, Alone, LearningError, Objective, OptimizerKind, PathwiseObjective,
        PotentialActionObjective, PotentialModule, Programmable, Random, Schedule, Share, Team, TrainingConfig,
        TrajectorySource, TransitionBatch, train,
    };
    pub use tasks::{
        Classification, EvaluationOptions, Examples, Job, Part, Place, Split, Task, TaskError, Watch, evaluate,
    };
}
