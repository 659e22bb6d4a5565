//! The configuration of a generative job: one typed TOML, its training a list of stages.

use crate::TaskError;
use crate::config::{EnergyConfig, Provenance, read_with_settings, require};
use langevin::{Bath, Block, ComputerConfig, Connectivity, EulerMaruyama, Langevin, Layout, UnitKind};
use learning::{NoisingProtocol, OptimizerKind, Schedule, TrainingConfig};
use serde::{Deserialize, Serialize};

/// How pixels p in 0..=1 become the visible units' states or forces.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageScaling {
    /// As paper A's inputs: standardised, then every image of one L2 norm (the training set's largest).
    Standardised,
    /// 2p − 1.
    Symmetric,
}

/// What a stage of the training minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageObjective {
    /// The action of reversed noising trajectories (paper B), by descent.
    ReversedAction,
    /// The same, solved exactly.
    Exact,
    /// Contrastive divergence on the device's own short runs.
    Contrastive,
    /// Energy distance to what should be shown, through the dynamics.
    EnergyDistance,
}

impl StageObjective {
    /// The name, as in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReversedAction => "reversed-action",
            Self::Exact => "exact",
            Self::Contrastive => "contrastive",
            Self::EnergyDistance => "energy-distance",
        }
    }
}

/// One stage of a training. It starts where the stage before it ended, the first at θ = 0 (or, where nothing would tell one
/// hidden unit from another then, at small random numbers).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What it minimises.
    pub objective: StageObjective,
    /// Optimiser.
    #[serde(default = "adam")]
    pub optimizer: OptimizerKind,
    /// Learning rate at the start.
    #[serde(default = "rate")]
    pub learning_rate: f64,
    /// Learning-rate schedule.
    #[serde(default = "constant")]
    pub schedule: Schedule,
    /// Trajectories a training step.
    #[serde(default = "one")]
    pub batch: usize,
    /// Training steps; of `exact`, trajectories whose moments are summed.
    #[serde(default = "hundred")]
    pub steps: usize,
    /// Time steps of a noising trajectory that are used, 0 for all of them.
    #[serde(default)]
    pub times: usize,
    /// Time step of the device's runs in this stage; 0 for the computer's own.
    #[serde(default)]
    pub time_step: f64,
    /// λ of the ridge of `exact`.
    #[serde(default)]
    pub ridge: f64,
    /// Price of a kT of heat in `energy-distance`.
    #[serde(default)]
    pub heat_price: f64,
    /// Weight of the energy distance in the visible states.
    #[serde(default = "unit")]
    pub state_weight: f64,
    /// Weight of the energy distance in the features of a network trained for this beside.
    #[serde(default)]
    pub feature_weight: f64,
}

fn adam() -> OptimizerKind {
    OptimizerKind::Adam
}
fn rate() -> f64 {
    1e-3
}
fn constant() -> Schedule {
    Schedule::Constant
}
fn one() -> usize {
    1
}
fn hundred() -> usize {
    100
}
fn unit() -> f64 {
    1.0
}

impl Stage {
    /// How the training loop takes it.
    pub fn training(&self) -> TrainingConfig {
        TrainingConfig {
            optimizer: self.optimizer,
            learning_rate: self.learning_rate,
            schedule: self.schedule,
            weight_decay: 0.0,
            steps: self.steps,
            look_every: 10,
        }
    }
}

/// How many samples are measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingConfig {
    /// Samples.
    pub samples: usize,
    /// Samples simulated together; no result depends on it.
    pub batch: usize,
}

/// A generative job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenerateConfig {
    /// Name of the task, as in the registry.
    pub task: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Indices of the training images to learn; all of them if empty.
    #[serde(default)]
    pub images: Vec<usize>,
    /// How pixels become states or forces.
    pub scaling: ImageScaling,
    /// g of the read-out p = clip(½ + g x / 2).
    pub gain: f64,
    /// Hidden units.
    pub hidden: usize,
    /// Whether visible units have biases.
    pub visible_biases: bool,
    /// Whether there are frozen units, one a class, that say which class to show.
    pub class_units: bool,
    /// Coupled blocks.
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
    /// t_f: the preparation takes it once, the generation once more.
    pub observation_time: f64,
    /// The forces of noising.
    #[serde(default)]
    pub noising: NoisingProtocol,
    /// Asymmetric preparation: this fraction of the images' mean force acts on the units while they are prepared.
    #[serde(default)]
    pub preparation: f64,
    /// Fraction of the training set kept for validation.
    pub validation_fraction: f64,
    /// The training.
    pub stage: Vec<Stage>,
    /// The measurement.
    pub evaluation: SamplingConfig,
    /// The digital comparison.
    pub energy: EnergyConfig,
    /// Where the run came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

impl GenerateConfig {
    /// Reads a configuration and applies `key=value` settings, as [`crate::JobConfig::parse`]; `stage.0.steps` names the first stage.
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
        self.langevin()?;
        for (name, value) in [
            ("j2", self.j2),
            ("j4", self.j4),
            ("kt", self.kt),
            ("gain", self.gain),
            ("noising.ramp", self.noising.ramp),
        ] {
            require(value.is_finite() && value > 0.0, name, value.to_string(), "finite and above 0")?;
        }
        for (name, value) in [("noising.force", self.noising.force), ("preparation", self.preparation)] {
            require(value.is_finite() && value >= 0.0, name, value.to_string(), "finite and at least 0")?;
        }
        let fraction = self.validation_fraction;
        require(fraction > 0.0 && fraction < 1.0, "validation_fraction", fraction.to_string(), "between 0 and 1")?;
        for (name, value) in [
            ("hidden", self.hidden),
            ("stage", self.stage.len()),
            ("evaluation.samples", self.evaluation.samples),
            ("evaluation.batch", self.evaluation.batch),
        ] {
            require(value > 0, name, value.to_string(), "at least 1")?;
        }
        let hidden_hidden = Block::between(UnitKind::Hidden, UnitKind::Hidden);
        for (index, stage) in self.stage.iter().enumerate() {
            let name = |key: &str| format!("stage.{index}.{key}");
            require(
                stage.learning_rate.is_finite() && stage.learning_rate > 0.0,
                &name("learning_rate"),
                stage.learning_rate.to_string(),
                "finite and above 0",
            )?;
            require(stage.batch > 0, &name("batch"), stage.batch.to_string(), "at least 1")?;
            require(stage.steps > 0, &name("steps"), stage.steps.to_string(), "at least 1")?;
            for (key, value) in [
                ("ridge", stage.ridge),
                ("heat_price", stage.heat_price),
                ("time_step", stage.time_step),
                ("state_weight", stage.state_weight),
                ("feature_weight", stage.feature_weight),
            ] {
                require(
                    value.is_finite() && value >= 0.0,
                    &name(key),
                    value.to_string(),
                    "finite and at least 0",
                )?;
            }
            self.stage_langevin(stage)?;
            require(
                stage.objective != StageObjective::Contrastive || !self.connectivity.contains(hidden_hidden),
                &name("objective"),
                "contrastive".to_owned(),
                "without hidden-hidden couplings: with them the hidden units' mean given the visible ones is not known",
            )?;
        }
        let runs = |stage: &Stage| {
            matches!(stage.objective, StageObjective::Contrastive | StageObjective::EnergyDistance)
        };
        require(
            self.preparation == 0.0 || !self.stage.iter().any(runs),
            "preparation",
            self.preparation.to_string(),
            "0 in stages contrastive and energy-distance, whose runs start in the units' own wells",
        )?;
        let inputs = [UnitKind::Visible, UnitKind::Hidden].map(|k| Block::between(UnitKind::Input, k));
        require(
            self.class_units == inputs.iter().any(|b| self.connectivity.contains(*b)),
            "class_units",
            self.class_units.to_string(),
            "true if and only if `connectivity` has input-visible or input-hidden",
        )
    }

    /// The run of the dynamics, of each half of a generation.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] names a constant that is out of its range.
    pub fn langevin(&self) -> Result<Langevin, TaskError> {
        let bath = Bath::new(self.kt, self.mobility)?;
        Ok(Langevin::new(EulerMaruyama::new(bath, self.time_step)?, self.observation_time)?)
    }

    /// The device's runs within a stage.
    ///
    /// # Errors
    /// As [`GenerateConfig::langevin`].
    pub fn stage_langevin(&self, stage: &Stage) -> Result<Langevin, TaskError> {
        let bath = Bath::new(self.kt, self.mobility)?;
        let time_step = if stage.time_step > 0.0 { stage.time_step } else { self.time_step };
        Ok(Langevin::new(EulerMaruyama::new(bath, time_step)?, self.observation_time)?)
    }

    /// The computer for images of `pixels` pixels and `classes` classes.
    pub fn computer(&self, pixels: usize, classes: usize) -> ComputerConfig {
        let mut layout = Layout::generator(pixels, self.hidden);
        layout.inputs = if self.class_units { classes } else { 0 };
        ComputerConfig::new(layout, self.connectivity.clone())
            .with_j2(self.j2)
            .with_j4(self.j4)
            .with_visible_biases(self.visible_biases)
    }

    /// Bytes that the trajectories of a training step take at most, beside the parameters: states in `f32`, kept at every step for
    /// the action (start, end and the record itself), at about 2√K steps for runs that are differentiated, not at all otherwise.
    ///
    /// # Errors
    /// As [`GenerateConfig::langevin`].
    pub fn trajectory_bytes(&self, pixels: usize) -> Result<usize, TaskError> {
        let units = pixels + self.hidden;
        let mut most = 0;
        for stage in &self.stage {
            let steps = self.stage_langevin(stage)?.steps;
            let states = match stage.objective {
                StageObjective::ReversedAction | StageObjective::Exact => 3 * (steps + 1),
                StageObjective::Contrastive => 4,
                StageObjective::EnergyDistance => 2 * (steps as f64).sqrt().ceil() as usize + 4,
            };
            let batch = if stage.objective == StageObjective::Exact { EXACT_BATCH } else { stage.batch };
            most = most.max(4 * batch * units * states);
        }
        Ok(most)
    }
}

/// Trajectories at a time on the way to an exact minimum.
pub(crate) const EXACT_BATCH: usize = 10;
