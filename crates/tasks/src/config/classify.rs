//! The configuration of a job that classifies (paper A).

mod objective;

use super::ranges;
use super::ranges::require;
use super::sections::{ComputerSettings, Dynamics, EnergySettings, ProgramSettings};
use super::training::{Descent, Training};
use crate::stability::LoneUnit;
use crate::{InputNorm, TaskError};
use langevin::exact::finite_time_response;
use langevin::{Block, ComputerConfig, Layout, UnitKind};
use learning::{Activation, Batches, RESPONSE_BOUND, TeacherConfig, TrainingConfig};
use serde::{Deserialize, Serialize};

pub use objective::{ActionSettings, ClassifyObjective, ExactSettings, GuideStates, PathwiseSettings, Start};

/// A job that classifies: train a teacher, program a computer, evaluate it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classify {
    /// What the job is called; a preset's name, or one's own.
    pub task: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Which data, and how they are read in.
    pub data: ClassifyData,
    /// The computer.
    pub computer: ComputerSettings,
    /// Its dynamics.
    pub dynamics: Dynamics,
    /// Whether its program changes while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<ProgramSettings>,
    /// The teacher network.
    pub teacher: TeacherSettings,
    /// What training minimises.
    pub objective: ClassifyObjective,
    /// Training by descent; none for an exact minimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Training>,
    /// Looks at the validation accuracy on the way; none for an exact minimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<ValidationSettings>,
    /// The evaluation.
    pub evaluation: EvaluationSettings,
    /// The digital comparison.
    pub energy: EnergySettings,
}

/// `[data]` of a classifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifyData {
    /// The data set: `mnist`, `fashion-mnist` or `digits`.
    pub set: String,
    /// Classes to tell apart; all of the data set if empty.
    #[serde(default)]
    pub classes: Vec<u8>,
    /// L2 norm of the inputs.
    pub input_norm: InputNorm,
    /// Fraction of the training set kept for validation.
    pub validation_fraction: f64,
}

/// `[teacher]`: how the teacher is made and trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TeacherSettings {
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Hidden activation: `tanh` or `response`.
    pub activation: Activation,
    /// Sweeps of feedback through the transposed weights: a teacher with symmetric weights. 0 for paper A's.
    #[serde(default)]
    pub feedback: usize,
    /// How gradients become steps.
    #[serde(flatten)]
    pub descent: Descent,
    /// Examples a batch.
    pub batch: usize,
    /// Passes over the training set.
    pub epochs: usize,
    /// Largest random shift of each training image, in pixels each way.
    #[serde(default)]
    pub max_shift: usize,
}

/// `[validation]`: looks at the validation accuracy while the computer is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ValidationSettings {
    /// Training steps between two looks.
    pub every: usize,
    /// Validation images of each look.
    pub images: usize,
}

impl Default for ValidationSettings {
    fn default() -> Self {
        Self { every: 100, images: 1000 }
    }
}

/// `[evaluation]` of a classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationSettings {
    /// Trajectories of each image.
    pub replicas: usize,
    /// Images simulated together; no result depends on it.
    pub batch: usize,
}

impl Classify {
    /// Fills in what the objective needs and nothing gave; what it does not use is an error.
    pub(crate) fn completed(mut self) -> Result<Self, TaskError> {
        if let ClassifyObjective::Exact(_) = self.objective {
            for (key, given) in [("training", self.training.is_some()), ("validation", self.validation.is_some())]
            {
                if given {
                    return Err(TaskError::Unused {
                        origin: key.to_owned(),
                        reason:
                            "not used: nothing is trained by steps with objective.kind = \"exact\"; leave it out"
                                .to_owned(),
                    });
                }
            }
        } else {
            self.training.get_or_insert_default();
            self.validation.get_or_insert_default();
        }
        Ok(self)
    }

    /// Checks every value that its type does not.
    ///
    /// # Errors
    /// [`TaskError`] names the key and what its value must be.
    pub fn check(&self) -> Result<(), TaskError> {
        use ranges::{counted, fraction, not_negative, positive};
        ranges::label(&self.task)?;
        ranges::seed(self.seed)?;
        self.computer.check()?;
        require(
            self.dynamics.kt() > 0.0,
            "dynamics.kt",
            self.dynamics.kt(),
            "above 0 to train (trainer evaluate takes --kt 0)",
        )?;
        fraction("data.validation_fraction", self.data.validation_fraction)?;
        self.check_classes()?;
        self.check_connectivity()?;
        self.check_teacher()?;
        self.energy.check()?;
        ProgramSettings::check(self.program.as_ref(), &self.dynamics, "dynamics.time_step")?;
        let drive = match &self.objective {
            ClassifyObjective::Action(action) => Some(("objective.k", action.k)),
            ClassifyObjective::Exact(exact) => Some(Self::check_exact(exact, "objective")?),
            ClassifyObjective::Pathwise(pathwise) => {
                positive("objective.gain", pathwise.gain)?;
                ranges::heat_budget("objective.heat_budget", pathwise.heat_budget)?;
                let price = pathwise.heat_price;
                require((0.0..=1.0).contains(&price), "objective.heat_price", price, "from 0 to 1 (nats a kT)")?;
                let mismatch = pathwise.mismatch;
                require((0.0..=2.0).contains(&mismatch), "objective.mismatch", mismatch, "from 0 to 2")?;
                not_negative("objective.max_rotation", pathwise.max_rotation)?;
                let zoom = pathwise.max_zoom;
                require((0.0..1.0).contains(&zoom), "objective.max_zoom", zoom, "at least 0 and below 1")?;
                let varied = pathwise.variation();
                let shear = varied.max_shear;
                require((0.0..1.0).contains(&shear), "objective.max_shear", shear, "at least 0 and below 1")?;
                let elastic = varied.elastic;
                require((0.0..=100.0).contains(&elastic), "objective.elastic", elastic, "from 0 to 100 (pixels)")?;
                let shift = pathwise.max_shift;
                require(shift <= 1000, "objective.max_shift", shift, "from 0 to 1000")?;
                let coarse = self
                    .dynamics
                    .at_time_step(pathwise.time_step)
                    .map_err(|e| TaskError::config("objective.time_step", e.to_string()))?;
                ProgramSettings::check(self.program.as_ref(), &coarse, "objective.time_step")?;
                match &pathwise.start {
                    Start::Random { scale } => {
                        if let Some(scale) = scale {
                            let ok = (1e-6..=100.0).contains(scale);
                            require(ok, "objective.start.scale", scale, "from 1e-6 to 100")?;
                        }
                        None
                    }
                    Start::Exact(exact) => Some(Self::check_exact(exact, "objective.start")?),
                }
            }
        };
        if let Some((key, k)) = drive {
            positive(key, k)?;
        }
        self.check_stability()?;
        let by_steps = !matches!(self.objective, ClassifyObjective::Exact(_));
        let reason = "objective.kind is \"exact\"";
        ProgramSettings::check_trained(self.program.as_ref(), by_steps, reason)?;
        if let Some(exact) = self.objective.exact() {
            let key = match self.objective {
                ClassifyObjective::Exact(_) => "objective.times",
                _ => "objective.start.times",
            };
            let steps = self.dynamics.simulation().steps;
            ProgramSettings::check_times(self.program.as_ref(), exact.times, steps, key)?;
        }
        if let ClassifyObjective::Action(action) = &self.objective {
            let most = self.dynamics.simulation().steps;
            let wanted = format!("from 1 to {most}, the time steps of a trajectory");
            require((1..=most).contains(&action.times), "objective.times", action.times, &wanted)?;
        }
        if let Some(training) = &self.training {
            training.check("training")?;
        }
        if let Some(validation) = &self.validation {
            counted("validation.every", validation.every)?;
            counted("validation.images", validation.images)?;
        }
        counted("evaluation.replicas", self.evaluation.replicas)?;
        counted("evaluation.batch", self.evaluation.batch)
    }

    fn check_exact(exact: &ExactSettings, section: &str) -> Result<(&'static str, f64), TaskError> {
        ranges::not_negative(&format!("{section}.ridge"), exact.ridge)?;
        ranges::counted(&format!("{section}.times"), exact.times)?;
        let rounds = exact.rounds;
        require(rounds <= 1000, &format!("{section}.rounds"), rounds, "from 0 to 1000")?;
        Ok((if section == "objective" { "objective.k" } else { "objective.start.k" }, exact.k))
    }

    fn check_classes(&self) -> Result<(), TaskError> {
        let classes = &self.data.classes;
        let mut sorted = classes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        require(
            classes.is_empty() || (classes.len() >= 2 && sorted.len() == classes.len()),
            "data.classes",
            format!("{classes:?}"),
            "empty, for all of them, or at least two different classes",
        )
    }

    fn check_connectivity(&self) -> Result<(), TaskError> {
        use UnitKind::{Hidden, Input, Output};
        let has = |a, b| self.computer.connectivity.contains(Block::between(a, b));
        require(
            has(Input, Output) || (has(Input, Hidden) && has(Hidden, Output)),
            "computer.connectivity",
            "without a way from the inputs to the outputs",
            "one with input-output, or with input-hidden and hidden-output",
        )
    }

    fn check_teacher(&self) -> Result<(), TaskError> {
        let teacher = &self.teacher;
        teacher.descent.check("teacher")?;
        ranges::counted("teacher.batch", teacher.batch)?;
        ranges::counted("teacher.epochs", teacher.epochs)?;
        require(teacher.max_shift <= 1000, "teacher.max_shift", teacher.max_shift, "from 0 to 1000")?;
        require(teacher.feedback <= 1000, "teacher.feedback", teacher.feedback, "from 0 to 1000")?;
        let units = teacher.hidden.iter().try_fold(0usize, |sum, n| sum.checked_add(*n)).unwrap_or(usize::MAX);
        require(
            !teacher.hidden.is_empty() && !teacher.hidden.contains(&0) && units <= self.computer.hidden,
            "teacher.hidden",
            format!("{:?}", teacher.hidden),
            "one or more layers that together have at most as many units as computer.hidden",
        )
    }

    /// Runs a single unit under the largest drive that training will use: a time step that makes it diverge is found
    /// here, before anything is trained or written.
    fn check_stability(&self) -> Result<(), TaskError> {
        let simulation = self.dynamics.simulation();
        let well = self.computer.well();
        let unit = |drive| LoneUnit { well, drive, time_step: "dynamics.time_step" };
        let check = |drive: f64, setting: &'static str| unit(Some((drive, setting))).check(&self.dynamics);
        unit(None).check(&self.dynamics)?;
        if let ClassifyObjective::Pathwise(pathwise) = &self.objective {
            let dynamics = self.dynamics.at_time_step(pathwise.time_step)?;
            LoneUnit { time_step: "objective.time_step", ..unit(None) }.check(&dynamics)?;
        }
        let largest = match self.teacher.activation {
            Activation::Response => {
                check(RESPONSE_BOUND, "")?;
                finite_time_response(RESPONSE_BOUND, well, &simulation).0
            }
            Activation::Tanh => 1.0,
        };
        match self.objective.guide() {
            Some(guide) => {
                let start = matches!(self.objective, ClassifyObjective::Pathwise(_));
                check(guide.largest_drive(largest), if start { "objective.start.k" } else { "objective.k" })
            }
            None => Ok(()),
        }
    }

    /// The computer for images of `rows` × `columns` pixels and `classes` classes.
    pub fn computer(&self, [rows, columns]: [usize; 2], classes: usize) -> ComputerConfig {
        let layout =
            Layout::classifier(rows * columns, self.computer.hidden, classes).with_input_grid(rows, columns);
        ComputerConfig::new(layout, self.computer.connectivity.clone())
            .with_j2(self.computer.j2)
            .with_j4(self.computer.j4)
            .with_clock(ProgramSettings::clock_of(self.program.as_ref()))
    }

    /// The teacher for `inputs` inputs and `classes` classes.
    pub fn teacher(&self, inputs: usize, classes: usize) -> TeacherConfig {
        TeacherConfig {
            inputs,
            hidden: self.teacher.hidden.clone(),
            classes,
            activation: self.teacher.activation,
            feedback: self.teacher.feedback,
        }
    }

    /// The training of the teacher on `examples` examples, looked at once an epoch.
    pub fn teacher_training(&self, examples: usize) -> TrainingConfig {
        let per_epoch = Batches::new(examples, self.teacher.batch, 0).per_epoch();
        self.teacher.descent.training(self.teacher.epochs.saturating_mul(per_epoch), per_epoch)
    }

    /// What makes a teacher's function and what it was trained on, key by key; data set and seed besides. Jobs in which these
    /// agree have the same teacher.
    pub fn teacher_identity(&self) -> Vec<(&'static str, String)> {
        let dynamics = &self.dynamics;
        let unit = [
            self.computer.j2,
            self.computer.j4,
            dynamics.mobility(),
            dynamics.time_step(),
            dynamics.observation_time(),
        ];
        let response = matches!(self.teacher.activation, Activation::Response).then_some(unit);
        let TeacherSettings { hidden, activation, feedback, descent, batch, epochs, max_shift } = &self.teacher;
        vec![
            ("data.validation_fraction", self.data.validation_fraction.to_string()),
            ("data.classes", format!("{:?}", self.data.classes)),
            ("data.input_norm", format!("{:?}", self.data.input_norm)),
            ("teacher.hidden", format!("{hidden:?}")),
            ("teacher.activation", activation.name().to_owned()),
            ("teacher.feedback", feedback.to_string()),
            ("teacher.epochs", epochs.to_string()),
            ("teacher.batch", batch.to_string()),
            ("teacher.max_shift", max_shift.to_string()),
            ("teacher.learning_rate", descent.learning_rate.to_string()),
            ("teacher.weight_decay", descent.weight_decay.to_string()),
            ("teacher.optimizer", format!("{:?}", descent.optimizer)),
            ("teacher.schedule", format!("{:?}", descent.schedule)),
            ("unit (J2, J4, mobility, time step, observation time)", format!("{response:?}")),
        ]
    }
}
