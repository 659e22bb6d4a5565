//! `summary.json`: what was run, and every number it came to. Accuracies are fractions, heats are in kT.

mod evaluated;
mod generated;
mod step_error;

use serde::{Deserialize, Serialize};

pub use evaluated::{Evaluated, EvaluatedDynamics, EvaluatedFigures};
pub use generated::{Generated, ImageQuality, PerNet, PrototypeQuality, SampleQuality, StageFigures};
pub use step_error::{Halving, StepError};

/// The whole of `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`crate::FORMAT`].
    pub format: u32,
    /// Name of the preset, or what the configuration calls itself.
    pub task: String,
    /// Name of the data set.
    pub dataset: String,
    /// Where the data came from, in words.
    pub dataset_origin: String,
    /// Backend; none for an import of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// Burn's device of that backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Seed of everything random.
    pub seed: u64,
    /// Commit of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Ranks that trained together, first to last where they changed; none where it was one throughout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranks: Option<Vec<usize>>,
    /// Training images that were learnt from; none for an import, and for a run of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_images: Option<usize>,
    /// What training minimised; `imported` where nothing was trained.
    pub objective: String,
    /// The computer's constants.
    pub computer: Computer,
    /// Numbers of the parameters.
    pub parameters: Parameters,
    /// What came out.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came out of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// A classifier and its figures on the test set.
    Classified(Box<Classified>),
    /// A generator and the quality of its samples.
    Generated(Box<Generated>),
    /// Parameters of a file; nothing was trained or measured.
    Imported,
}

/// Layout and physics of the computer, in the units of the papers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Computer {
    /// Frozen input units.
    pub inputs: usize,
    /// Visible units, of a generator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<usize>,
    /// Hidden units.
    pub hidden: usize,
    /// Units that are read at the end.
    pub outputs: usize,
    /// Quadratic self-interaction J2.
    pub j2: f64,
    /// Quartic self-interaction J4.
    pub j4: f64,
    /// Thermal energy kT.
    pub kt: f64,
    /// Mobility μ.
    pub mobility: f64,
    /// Time step Δt.
    pub time_step: f64,
    /// Observation time t_f.
    pub observation_time: f64,
    /// Lengths of the segments of a program that changes while it runs, as fractions of t_f; none for one that does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<Vec<f64>>,
}

/// Numbers of parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// All of them, those kept for export alone included.
    pub total: usize,
    /// Those that enter the forces on moving units.
    pub acting: usize,
    /// The couplers that hardware needs; none in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub couplers: Option<Couplers>,
    /// The blocks, in the order of the parameter file.
    pub blocks: Vec<Block>,
}

/// Couplings that act and are not zero in all segments: the couplers that hardware needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Couplers {
    /// Of frozen inputs with moving units.
    pub with_inputs: usize,
    /// Among moving units, each pair once.
    pub among_units: usize,
}

impl Couplers {
    /// All of them.
    pub fn total(&self) -> usize {
        self.with_inputs + self.among_units
    }
}

/// A block of parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// `input-hidden couplings`, `hidden biases` …
    pub name: String,
    /// Number of parameters.
    pub count: usize,
    /// Whether they enter the forces on moving units.
    pub acting: bool,
}

/// The figures of a classifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classified {
    /// The teacher network.
    pub teacher: Teacher,
    /// The exact minimum of the action, if it was solved for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimiser: Option<Minimised>,
    /// The computer on the validation images.
    pub validation: Validation,
    /// The computer on the test images.
    pub test: Test,
    /// Heat of a trajectory.
    pub heat: Heat,
    /// How fast the evaluation ran.
    pub speed: Speed,
    /// Digital energy over heat; none where no heat was emitted.
    pub advantage: Option<f64>,
    /// What the advantage assumes.
    pub energy: Energy,
    /// Wall-clock times.
    pub seconds: Seconds,
}

/// The teacher network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Teacher {
    /// Hidden activation.
    pub activation: String,
    /// Top-1 on the validation images.
    pub validation_top1: f64,
    /// Top-1 on the test images.
    pub test_top1: f64,
}

/// The exact minimum of the action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Minimised {
    /// Mean action of a trajectory there.
    pub action: f64,
    /// λ of the ridge.
    pub ridge: f64,
    /// Rounds on the computer's own trajectories.
    pub rounds: usize,
    /// Condition number of the equations.
    pub condition_number: f64,
    /// Iterations of the conjugate gradients.
    pub iterations: usize,
    /// Mean square force residual of each unit.
    pub unit_residuals: Vec<f64>,
    /// Wall-clock time.
    pub seconds: f64,
}

/// The computer on the validation images, one trajectory each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Images.
    pub images: usize,
    /// Top-1.
    pub top1: f64,
}

/// The computer on the images of a split; a tie counts as wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Images.
    pub images: usize,
    /// Trajectories of each.
    pub replicas: usize,
    /// Top-1 on one trajectory, the first.
    pub top1: f64,
    /// Standard error √(p(1−p)/n) of top-1 over the images.
    pub top1_stderr: f64,
    /// Standard deviation of top-1 over the replicas: the spread that the noise alone makes.
    pub top1_noise_std: Option<f64>,
    /// Whether the class is among the two largest outputs, on one trajectory.
    pub top2: f64,
    /// Top-1 of outputs averaged over ten trajectories; none for another number.
    pub top1_mean10: Option<f64>,
    /// Standard error of `top1_mean10` over the images.
    pub top1_mean10_stderr: Option<f64>,
    /// Top-1 of outputs averaged over all replicas.
    pub top1_mean_replicas: f64,
    /// Standard error of `top1_mean_replicas` over the images.
    pub top1_mean_replicas_stderr: f64,
    /// Top-1 of the deterministic computer.
    pub top1_zero_temperature: Option<f64>,
}

/// Heat emitted, in kT (at zero temperature in the units of V).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Heat {
    /// Mean over the trajectories.
    pub mean_kt: f64,
    /// Standard deviation over the trajectories.
    pub std_kt: f64,
    /// Standard error of the mean.
    pub stderr_kt: f64,
    /// Mean work done at the switches of a program that changes while it runs; none for one that does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_mean_kt: Option<f64>,
}

/// How fast trajectories were simulated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Trajectories a second, reading in and out included.
    pub trajectories_per_second: f64,
}

/// The energy of an answer: heat of the computer against the multiply–accumulates of a digital network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// Multiply–accumulates of the digital network.
    pub macs: usize,
    /// Joules each.
    pub joules_per_mac: f64,
    /// Temperature in kelvin.
    pub temperature: f64,
    /// Digital energy in kT.
    pub digital_kt: f64,
    /// Heat of the computer in kT.
    pub thermodynamic_kt: f64,
}

/// Wall-clock seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Training the teacher, of a classifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<f64>,
    /// Training the computer.
    pub training: f64,
    /// Running the test images, or the samples.
    pub evaluation: f64,
}

impl Outcome {
    /// What an evaluation of the run would give; none where nothing was measured.
    pub fn evaluated(&self) -> Option<EvaluatedFigures> {
        match self {
            Self::Classified(c) => Some(EvaluatedFigures::Classified {
                test: c.test.clone(),
                heat: c.heat,
                speed: c.speed,
                advantage: c.advantage,
                energy: c.energy,
            }),
            Self::Generated(g) => Some(EvaluatedFigures::Generated {
                samples: g.samples.clone(),
                heat: g.heat,
                advantage: g.advantage,
                energy: g.energy,
            }),
            Self::Imported => None,
        }
    }
}

impl Summary {
    /// The figures of a classifier.
    pub fn classified(&self) -> Option<&Classified> {
        match &self.outcome {
            Outcome::Classified(classified) => Some(classified),
            _ => None,
        }
    }

    /// The figures of a generator.
    pub fn generated(&self) -> Option<&Generated> {
        match &self.outcome {
            Outcome::Generated(generated) => Some(generated),
            _ => None,
        }
    }

    /// The mean heat and its spread, of a run that was measured.
    pub fn heat(&self) -> Option<Heat> {
        self.classified().map(|c| c.heat).or_else(|| self.generated().map(|g| g.heat))
    }

    /// The digital comparison, of a run that was measured.
    pub fn energy(&self) -> Option<Energy> {
        self.classified().map(|c| c.energy).or_else(|| self.generated().map(|g| g.energy))
    }

    /// Digital energy over heat, of a run that emitted some.
    pub fn advantage(&self) -> Option<f64> {
        self.classified().and_then(|c| c.advantage).or_else(|| self.generated().and_then(|g| g.advantage))
    }

    /// Whether the run used the small data set compiled into the program.
    pub fn is_built_in(&self) -> bool {
        self.dataset_origin.to_lowercase().contains("built-in")
    }
}
