//! What can go wrong, each with its cure.

/// An error of the physics crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LangevinError {
    /// A trajectory left the reals, or grew beyond any physical value.
    #[error(
        "the dynamics diverged: unit {unit} of replica {replica} reached {value:e} at step {step} with time_step \
         {time_step}; use a smaller time_step (try {suggestion})"
    )]
    Diverged {
        /// Moving unit, counted as the computer's layout does.
        unit: usize,
        /// Row of the batch.
        replica: usize,
        /// Step after which the state was no longer finite.
        step: usize,
        /// The state found.
        value: f64,
        /// Time step of the dynamics.
        time_step: f64,
        /// A time step to try.
        suggestion: f64,
    },
    /// A physical constant is out of its range.
    #[error("{name} is {value}, but must be {requirement}")]
    OutOfRange {
        /// Name of the constant, as in the configuration.
        name: &'static str,
        /// Value given.
        value: f64,
        /// What it must be.
        requirement: &'static str,
    },
    /// Shapes that must agree do not.
    #[error("{what}: expected shape {expected:?}, found {found:?}")]
    Shape {
        /// The tensor in question.
        what: &'static str,
        /// Shape it must have.
        expected: Vec<usize>,
        /// Shape it has.
        found: Vec<usize>,
    },
    /// The noise of a trajectory is not white, so that no action of single transitions is its probability.
    #[error(
        "the noise of this trajectory is not white, and the Onsager-Machlup action is that of white noise; record it with white \
         noise (Noise::is_white), or train through the dynamics instead"
    )]
    Coloured,
    /// Segments of a program that cannot be, or that the time steps do not fit.
    #[error("{0}")]
    Clock(String),
    /// One potential was asked for where the program has one for each segment.
    #[error(
        "a program of {segments} segments has a potential for each; take its protocol (Computer::protocol), or one segment \
         (Computer::segment)"
    )]
    Segments {
        /// Segments of the program.
        segments: usize,
    },
    /// A parameter list of the wrong length or with a value that is not a number.
    #[error("parameters: {0}")]
    Parameters(String),
    /// A block of couplings that does not exist in this layout.
    #[error(
        "unknown coupling block {0:?}; known: input-hidden, hidden-hidden, hidden-output, output-output, \
             input-output, visible-hidden, visible-visible, visible-output, input-visible"
    )]
    UnknownBlock(String),
}
