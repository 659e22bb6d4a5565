//! What trains a thermodynamic computer.
//!
//! * [`Teacher`] is the network to imitate, with `tanh` or the unit's own finite-time [`Response`];
//! * [`Guide`] turns the teacher's activations into idealised trajectories;
//! * a [`TrajectorySource`] gives batches of transitions, and [`ActionObjective`] makes their Onsager–Machlup action the
//!   differentiable loss;
//! * [`Moments`] gives the exact minimum of the action, which is quadratic in the program;
//! * [`ReversedNoising`] gives paper B's reversed noising trajectories, [`ContrastiveObjective`] and
//!   [`EnergyDistanceObjective`] train generators on the device's own runs;
//! * [`PathwiseObjective`] differentiates through the noisy dynamics itself;
//! * [`ProgramLimits`] makes a program fit a chip of few bits and few couplers, and [`LimitedObjective`] trains for that;
//! * [`train`] is the one training loop, for teachers and computers, any [`Objective`] and any Burn optimiser; [`train_in`] is the
//!   same for one rank of a [`Team`];
//! * [`gradient_check`] compares autodiff with the papers' analytic gradients and with central differences.

mod average;
mod batches;
mod checkpoint;
mod cross_entropy;
mod equilibrium;
mod error;
mod generative;
mod genetic;
pub mod gradient_check;
mod gradients;
mod guide;
mod hardware;
mod idealised;
mod input_rate;
mod limits;
mod minimiser;
mod noising;
mod objective;
mod optimizer;
mod pathwise;
mod random;
mod response;
mod source;
mod teacher;
mod teacher_objective;
mod team;
mod training;

pub use batches::Batches;
pub use checkpoint::{Checkpoint, load_module, module_bytes, module_of_bytes, save_module};
pub use cross_entropy::cross_entropy;
pub use equilibrium::UnitEquilibrium;
pub use error::LearningError;
pub use generative::{
    ContrastiveObjective, EnergyDistanceObjective, ShortRun, ShownBatch, ShownSource, States, View,
    energy_distance,
};
pub use genetic::GeneticAlgorithm;
pub use guide::{Guide, GuideKind};
pub use hardware::HardwareModel;
pub use limits::{InputMoments, LimitedObjective, MOST_BITS, ProgramLimits};
pub use minimiser::{Minimum, Moments, ProgramMoments};
pub use noising::{Noising, NoisingProtocol, ReversedNoising};
pub use objective::{
    ActionObjective, Objective, PotentialActionObjective, PotentialModule, Programmable, TrajectorySource,
    TransitionBatch,
};
pub use optimizer::{OptimizerKind, Schedule};
pub use pathwise::{BUDGET_STIFFNESS, LabelledBatch, LabelledSource, PathwiseObjective, classification_loss};
pub use random::Random;
pub use response::{RESPONSE_BOUND, Response};
pub use source::{ExampleSource, IdealisedSource, IdealisedTrajectories};
pub use teacher::{Activation, Activity, Teacher, TeacherConfig};
pub use teacher_objective::TeacherObjective;
pub use team::{Alone, Number, Rows, Share, Team};
pub use training::{Observer, Progress, TrainingConfig, train, train_in, train_with};
