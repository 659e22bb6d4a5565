//! Classifying images (paper A): a teacher learns the labels, the computer learns from the teacher or through its own dynamics.

mod classifier;
mod evaluation;
mod figures;
mod images;
mod minimum;
mod mismatch;
mod objectives;
mod program;
mod read_in;
mod task;
mod variation;

pub use classifier::Classifier;
pub use evaluation::{Evaluation, EvaluationOptions, accuracy_stderr, evaluate, teacher_top1};
pub use figures::figures;
pub use minimum::{ExactMinimum, exact_minimum};
pub use mismatch::{GeneticSettings, Hardware};
pub use objectives::{computer_objective, pathwise_objective, teacher_objective};
pub use program::{Classification, Programmed};
pub use read_in::{InputNorm, PixelScaling};
pub use task::{Examples, Part, Task, TaskExamples};
pub use variation::Variation;

pub(crate) use evaluation::{answer, climb};
pub(crate) use program::leftovers;
