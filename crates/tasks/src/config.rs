//! The configuration of a training job: one typed TOML.

use crate::{GeneticSettings, InputNorm, MinimiserSettings, PathwiseSettings, TaskError};
use langevin::exact::finite_time_response;
use langevin::{Bath, ComputerConfig, Connectivity, EulerMaruyama, Langevin, Layout};
use learning::{Activation, Guide, GuideKind, OptimizerKind, Schedule, TeacherConfig, TrainingConfig};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What training minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectiveKind {
    /// The Onsager–Machlup action of idealised trajectories (paper A).
    Action,
    /// The same, solved exactly; then again on the computer's own trajectories.
    Exact,
    /// Cross-entropy of the noisy outputs, through the dynamics itself.
    Pathwise,
}

/// How the teacher is made and trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherSettings {
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Hidden activation: `tanh` or `response`.
    pub activation: Activation,
    /// Sweeps of feedback through the transposed weights: a teacher with symmetric weights. 0 for paper A's.
    #[serde(default)]
    pub feedback: usize,
    /// Optimiser.
    pub optimizer: OptimizerKind,
    /// Learning rate at the start.
    pub learning_rate: f64,
    /// Learning-rate schedule.
    pub schedule: Schedule,
    /// Weight decay λ.
    pub weight_decay: f64,
    /// Examples a batch.
    pub batch: usize,
    /// Passes over the training set.
    pub epochs: usize,
    /// Largest random shift of each training image, in pixels each way.
    pub max_shift: usize,
}

/// How the computer is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSettings {
    /// Optimiser.
    pub optimizer: OptimizerKind,
    /// Learning rate at the start.
    pub learning_rate: f64,
    /// Learning-rate schedule.
    pub schedule: Schedule,
    /// Weight decay λ.
    pub weight_decay: f64,
    /// Trajectories a batch.
    pub batch: usize,
    /// Random time steps of each trajectory a batch.
    pub times: usize,
    /// Training steps.
    pub steps: usize,
    /// Steps between two looks at the validation accuracy.
    pub validate_every: usize,
    /// Validation images of each look.
    pub validate_images: usize,
    /// Steps between two checkpoints.
    pub checkpoint_every: usize,
}

/// How the computer is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationConfig {
    /// Trajectories of each image.
    pub replicas: usize,
    /// Images simulated together.
    pub batch: usize,
}

/// What the digital comparison assumes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnergyConfig {
    /// Energy of a digital multiply–accumulate in joules (paper A: 1e-12).
    pub joules_per_mac: f64,
    /// Temperature in kelvin at which kT is counted (300 K: 1 pJ is 2.4e8 kT).
    pub temperature: f64,
}

/// Where a run came from: written into the run folder, never read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Commit of the program.
    pub commit: String,
    /// Version of the program.
    pub version: String,
    /// Backend.
    pub backend: String,
    /// Device.
    pub device: String,
    /// Data set.
    pub dataset: String,
    /// Where the data came from.
    pub dataset_origin: String,
}

/// A training job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobConfig {
    /// Name of the task, as in the registry.
    pub task: String,
    /// What training minimises.
    pub objective: ObjectiveKind,
    /// Seed of everything random.
    pub seed: u64,
    /// Classes to tell apart; all of the data set if empty.
    #[serde(default)]
    pub classes: Vec<u8>,
    /// Hidden units.
    pub hidden: usize,
    /// Coupled blocks.
    #[serde(default = "Connectivity::classifier")]
    pub connectivity: Connectivity,
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
    /// Observation time.
    pub observation_time: f64,
    /// L2 norm of the inputs: a number, `"training-set"` or `"own-set"`.
    pub input_norm: InputNorm,
    /// Guide of the idealised trajectories.
    pub guide: GuideKind,
    /// Drive constant k of the guide.
    pub k: f64,
    /// Fraction of the training set kept for validation.
    pub validation_fraction: f64,
    /// The teacher.
    pub teacher: TeacherSettings,
    /// The training of the computer.
    pub training: TrainingSettings,
    /// The exact minimiser of the action.
    #[serde(default)]
    pub minimiser: MinimiserSettings,
    /// Training through the dynamics.
    #[serde(default)]
    pub pathwise: PathwiseSettings,
    /// Retraining on a device (`trainer experiment mismatch`).
    #[serde(default)]
    pub genetic: GeneticSettings,
    /// The evaluation.
    pub evaluation: EvaluationConfig,
    /// The digital comparison.
    pub energy: EnergyConfig,
    /// Where the run came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

impl JobConfig {
    /// Reads a configuration and applies `key=value` settings, dots for nesting, each value in TOML (bare words are
    /// strings).
    ///
    /// # Errors
    /// [`TaskError::Config`] names the file or setting; unknown keys are errors.
    pub fn parse(text: &str, origin: &str, settings: &[String]) -> Result<Self, TaskError> {
        let config: Self = read_with_settings(text, origin, settings)?;
        config.check()?;
        Ok(config)
    }

    /// Checks every value that its type does not.
    ///
    /// # Errors
    /// [`TaskError`] names the value and what it must be.
    pub fn check(&self) -> Result<(), TaskError> {
        self.check_stability()?;
        let positive = |name: &str, value: f64| {
            require(value.is_finite() && value > 0.0, name, value.to_string(), "finite and above 0")
        };
        let counted = |name: &str, value: usize| require(value > 0, name, value.to_string(), "at least 1");
        require(self.j2.is_finite(), "j2", self.j2.to_string(), "finite")?;
        require(self.j4.is_finite() && self.j4 >= 0.0, "j4", self.j4.to_string(), "finite and at least 0")?;
        require(
            self.kt > 0.0,
            "kt",
            self.kt.to_string(),
            "above 0 to train by the action (evaluate takes --kt 0)",
        )?;
        positive("k", self.k)?;
        positive("teacher.learning_rate", self.teacher.learning_rate)?;
        positive("training.learning_rate", self.training.learning_rate)?;
        positive("pathwise.gain", self.pathwise.gain)?;
        if let Some(budget) = self.pathwise.heat_budget {
            positive("pathwise.heat_budget", budget)?;
        }
        for (name, value) in [
            ("minimiser.ridge", self.minimiser.ridge),
            ("pathwise.heat_price", self.pathwise.heat_price),
            ("pathwise.mismatch", self.pathwise.mismatch),
            ("pathwise.max_rotation", self.pathwise.max_rotation),
        ] {
            require(value.is_finite() && value >= 0.0, name, value.to_string(), "finite and at least 0")?;
        }
        require(
            (0.0..1.0).contains(&self.pathwise.max_zoom),
            "pathwise.max_zoom",
            self.pathwise.max_zoom.to_string(),
            "at least 0 and below 1",
        )?;
        counted("minimiser.times", self.minimiser.times)?;
        if self.objective == ObjectiveKind::Pathwise {
            let bath = self.langevin()?.dynamics.bath;
            Langevin::new(EulerMaruyama::new(bath, self.pathwise.time_step)?, self.observation_time)?;
        }
        positive("energy.joules_per_mac", self.energy.joules_per_mac)?;
        positive("energy.temperature", self.energy.temperature)?;
        require(
            self.validation_fraction > 0.0 && self.validation_fraction < 1.0,
            "validation_fraction",
            self.validation_fraction.to_string(),
            "between 0 and 1",
        )?;
        for (name, decay) in [
            ("teacher.weight_decay", self.teacher.weight_decay),
            ("training.weight_decay", self.training.weight_decay),
        ] {
            require(decay.is_finite() && decay >= 0.0, name, decay.to_string(), "finite and at least 0")?;
        }
        for (name, value) in [
            ("hidden", self.hidden),
            ("teacher.batch", self.teacher.batch),
            ("teacher.epochs", self.teacher.epochs),
            ("training.batch", self.training.batch),
            ("training.times", self.training.times),
            ("training.steps", self.training.steps),
            ("training.validate_every", self.training.validate_every),
            ("training.validate_images", self.training.validate_images),
            ("training.checkpoint_every", self.training.checkpoint_every),
            ("evaluation.replicas", self.evaluation.replicas),
            ("evaluation.batch", self.evaluation.batch),
            ("genetic.images", self.genetic.images),
            ("genetic.elite", self.genetic.elite),
        ] {
            counted(name, value)?;
        }
        let teacher_units: usize = self.teacher.hidden.iter().sum();
        require(
            !self.teacher.hidden.is_empty() && !self.teacher.hidden.contains(&0) && teacher_units <= self.hidden,
            "teacher.hidden",
            format!("{:?}", self.teacher.hidden),
            "one or more layers that together have at most as many units as the computer's hidden",
        )
    }

    /// Runs a single unit under the largest drive that training will use: a time step that makes it diverge is found
    /// here, before anything is trained or written.
    fn check_stability(&self) -> Result<(), TaskError> {
        let langevin = self.langevin()?;
        let check = |drive: f64| langevin::exact::check_single_unit(drive, self.j2, self.j4, &langevin);
        let largest_activation = match self.teacher.activation {
            Activation::Response => {
                check(learning::RESPONSE_BOUND)?;
                let dynamics = langevin.dynamics;
                let (mobility, time_step) = (dynamics.bath.mobility, dynamics.time_step);
                let bound = learning::RESPONSE_BOUND;
                finite_time_response(bound, self.j2, self.j4, mobility, time_step, langevin.steps).0
            }
            Activation::Tanh => 1.0,
        };
        Ok(check(self.guide().largest_drive(largest_activation))?)
    }

    /// The run of the dynamics.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] names a constant that is out of its range.
    pub fn langevin(&self) -> Result<Langevin, TaskError> {
        let bath = Bath::new(self.kt, self.mobility)?;
        Ok(Langevin::new(EulerMaruyama::new(bath, self.time_step)?, self.observation_time)?)
    }

    /// The computer for images of `rows` × `columns` and `classes` classes.
    pub fn computer(&self, rows: usize, columns: usize, classes: usize) -> ComputerConfig {
        let layout = Layout::classifier(rows * columns, self.hidden, classes).with_input_grid(rows, columns);
        ComputerConfig::new(layout, self.connectivity.clone()).with_j2(self.j2).with_j4(self.j4)
    }

    /// The teacher for images of `pixels` pixels and `classes` classes.
    pub fn teacher(&self, pixels: usize, classes: usize) -> TeacherConfig {
        TeacherConfig {
            inputs: pixels,
            hidden: self.teacher.hidden.clone(),
            classes,
            activation: self.teacher.activation,
            feedback: self.teacher.feedback,
        }
    }

    /// The guide of the idealised trajectories.
    pub fn guide(&self) -> Guide {
        Guide { kind: self.guide, k: self.k }
    }

    /// The training of the teacher on `examples` examples.
    pub fn teacher_training(&self, examples: usize) -> TrainingConfig {
        let per_epoch = learning::Batches::new(examples, self.teacher.batch, 0).per_epoch();
        TrainingConfig {
            optimizer: self.teacher.optimizer,
            learning_rate: self.teacher.learning_rate,
            schedule: self.teacher.schedule,
            weight_decay: self.teacher.weight_decay,
            steps: self.teacher.epochs * per_epoch,
            look_every: per_epoch,
        }
    }

    /// The training of the computer.
    pub fn computer_training(&self) -> TrainingConfig {
        TrainingConfig {
            optimizer: self.training.optimizer,
            learning_rate: self.training.learning_rate,
            schedule: self.training.schedule,
            weight_decay: self.training.weight_decay,
            steps: self.training.steps,
            look_every: 10,
        }
    }
}

/// An error that names the value and what it must be, unless `ok`.
pub(crate) fn require(ok: bool, name: &str, value: String, requirement: &str) -> Result<(), TaskError> {
    if ok {
        return Ok(());
    }
    Err(TaskError::Config { origin: name.to_owned(), reason: format!("is {value}, but must be {requirement}") })
}

/// Reads a configuration and lays `key=value` settings over it.
pub(crate) fn read_with_settings<T: DeserializeOwned>(
    text: &str,
    origin: &str,
    settings: &[String],
) -> Result<T, TaskError> {
    let invalid = |origin: &str, e: &dyn std::fmt::Display| TaskError::Config {
        origin: origin.to_owned(),
        reason: e.to_string().trim().replace('\n', " "),
    };
    let at_line = |e: toml::de::Error| {
        let line = e.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        invalid(&format!("{origin}, line {line}"), &e.message())
    };
    // The file on its own first, so that an error in it is not blamed on a setting.
    let mut config: T = toml::from_str(text).map_err(at_line)?;
    let mut table: toml::Table = toml::from_str(text).map_err(at_line)?;
    for setting in settings {
        let flag = format!("--set {setting}");
        let (key, value) = setting.split_once('=').ok_or_else(|| TaskError::Config {
            origin: flag.clone(),
            reason: "expected key=value, such as --set training.steps=100".to_owned(),
        })?;
        set(&mut table, key.trim(), value.trim())
            .map_err(|reason| TaskError::Config { origin: flag.clone(), reason })?;
        config = table.clone().try_into().map_err(|e| invalid(&flag, &e))?;
    }
    Ok(config)
}

/// Sets a dotted key of a table to a value in TOML syntax, or to the text itself.
fn set(table: &mut toml::Table, key: &str, value: &str) -> Result<(), String> {
    let parsed: toml::Value = match toml::from_str::<toml::Table>(&format!("v = {value}")) {
        Ok(mut holder) => holder.remove("v").ok_or("expected one value")?,
        Err(_) => toml::Value::String(value.to_owned()),
    };
    let (path, last) = key.rsplit_once('.').map_or((None, key), |(path, last)| (Some(path), last));
    let mut at = table;
    let mut parts = path.into_iter().flat_map(|path| path.split('.')).peekable();
    while let Some(part) = parts.next() {
        let found = at.entry(part).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        at = match found {
            toml::Value::Table(table) => table,
            toml::Value::Array(items) => {
                let count = items.len();
                let index: Option<usize> = parts.next().and_then(|index| index.parse().ok());
                index
                    .and_then(|index| items.get_mut(index))
                    .and_then(toml::Value::as_table_mut)
                    .ok_or_else(|| format!("{part} is a list of {count}: name one by its number, {part}.0"))?
            }
            _ => return Err(format!("{part} is not a section")),
        };
    }
    // A whole number where the file has a fraction is meant as one.
    let parsed = match (at.get(last), parsed) {
        (Some(toml::Value::Float(_)), toml::Value::Integer(i)) => toml::Value::Float(i as f64),
        (_, parsed) => parsed,
    };
    at.insert(last.to_owned(), parsed);
    Ok(())
}
