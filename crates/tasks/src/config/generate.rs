//! The configuration of a job that generates (paper B): its training is a list of stages.

mod stage;

use super::ranges;
use super::ranges::require;
use super::sections::{ComputerSettings, Dynamics, EnergySettings, ProgramSettings};
use crate::TaskError;
use crate::stability::LoneUnit;
use langevin::{Block, ComputerConfig, Layout, Simulation, UnitKind};
use learning::NoisingProtocol;
use serde::{Deserialize, Serialize};

pub use stage::{Stage, StageObjective};

/// A job that generates: program a computer stage after stage, and measure what it makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generate {
    /// What the job is called; a preset's name, or one's own.
    pub task: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Which images, and how pixels and states become each other.
    pub data: GenerateData,
    /// The computer.
    pub computer: GeneratorSettings,
    /// Its dynamics; the preparation takes the observation time once, the generation once more.
    pub dynamics: Dynamics,
    /// Whether its program changes while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<ProgramSettings>,
    /// The forces of noising and of the preparation.
    #[serde(default)]
    pub noising: NoisingSettings,
    /// The training.
    pub stage: Vec<Stage>,
    /// The measurement.
    pub evaluation: SamplingSettings,
    /// The digital comparison.
    pub energy: EnergySettings,
}

/// How pixels p in 0..=1 become the visible units' states or forces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageScaling {
    /// As paper A's inputs: standardised, then every image of one L2 norm (the training set's largest).
    Standardised,
    /// 2p − 1.
    Symmetric,
}

/// `[data]` of a generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GenerateData {
    /// The data set: `mnist`, `fashion-mnist` or `digits`.
    pub set: String,
    /// Indices of the training images to learn; all of them if empty.
    #[serde(default)]
    pub images: Vec<usize>,
    /// How pixels become states or forces.
    pub scaling: ImageScaling,
    /// g of the read-out p = clip(½ + g x / 2).
    pub gain: f64,
    /// Fraction of the training set kept for validation.
    pub validation_fraction: f64,
}

/// `[computer]` of a generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneratorSettings {
    /// What every computer has.
    #[serde(flatten)]
    pub units: ComputerSettings,
    /// Whether visible units have biases.
    pub visible_biases: bool,
    /// Whether there are frozen units, one a class, that say which class to show.
    pub class_units: bool,
}

/// `[noising]`: the forces on units that do not interact.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NoisingSettings {
    /// F: force a unit of pixel (paper B: 2).
    pub force: f64,
    /// r: fraction of t_f after which the force is gone (paper B: 0.75).
    pub ramp: f64,
    /// Asymmetric preparation: this fraction of the images' mean force acts on the units while they are prepared.
    pub preparation: f64,
}

impl Default for NoisingSettings {
    fn default() -> Self {
        let NoisingProtocol { force, ramp } = NoisingProtocol::default();
        Self { force, ramp, preparation: 0.0 }
    }
}

impl NoisingSettings {
    /// The forces of noising.
    pub fn protocol(&self) -> NoisingProtocol {
        NoisingProtocol { force: self.force, ramp: self.ramp }
    }
}

/// `[evaluation]` of a generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplingSettings {
    /// Samples.
    pub samples: usize,
    /// Samples simulated together; no result depends on it.
    pub batch: usize,
}

impl Generate {
    /// Fills in what the stages need and nothing gave; what they do not use is an error.
    pub(crate) fn completed(mut self) -> Result<Self, TaskError> {
        for (index, stage) in self.stage.iter_mut().enumerate() {
            if let StageObjective::Exact { .. } = stage.objective {
                if stage.training.is_some() {
                    let key = format!("stage.{index}.training");
                    return Err(TaskError::Unused {
                        origin: key,
                        reason: "not used: an exact minimum is not trained by steps; leave it out".to_owned(),
                    });
                }
            } else {
                stage.training.get_or_insert_default();
            }
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
        self.computer.units.check()?;
        positive("computer.j2", self.computer.units.j2)?;
        positive("computer.j4", self.computer.units.j4)?;
        require(
            self.dynamics.kt() > 0.0,
            "dynamics.kt",
            self.dynamics.kt(),
            "above 0 to train (trainer evaluate takes --kt 0)",
        )?;
        positive("data.gain", self.data.gain)?;
        fraction("data.validation_fraction", self.data.validation_fraction)?;
        positive("noising.ramp", self.noising.ramp)?;
        not_negative("noising.force", self.noising.force)?;
        not_negative("noising.preparation", self.noising.preparation)?;
        self.energy.check()?;
        counted("evaluation.samples", self.evaluation.samples)?;
        counted("evaluation.batch", self.evaluation.batch)?;
        require(
            (1..=1000).contains(&self.stage.len()),
            "stage",
            self.stage.len(),
            "a list of at least one stage",
        )?;
        let mut images = self.data.images.clone();
        images.sort_unstable();
        images.dedup();
        let distinct = images.len() == self.data.images.len();
        require(distinct, "data.images", format!("{:?}", self.data.images), "a list of different images")?;
        ProgramSettings::check(self.program.as_ref(), &self.dynamics, "dynamics.time_step")?;
        for (index, stage) in self.stage.iter().enumerate() {
            self.check_stage(index, stage)?;
        }
        let by_steps =
            self.stage.last().is_some_and(|stage| !matches!(stage.objective, StageObjective::Exact { .. }));
        let reason = "the last stage is an exact minimum";
        ProgramSettings::check_trained(self.program.as_ref(), by_steps, reason)?;
        self.check_stability()?;
        let runs = |stage: &Stage| {
            matches!(stage.objective, StageObjective::Contrastive { .. } | StageObjective::EnergyDistance { .. })
        };
        require(
            self.noising.preparation == 0.0 || !self.stage.iter().any(runs),
            "noising.preparation",
            self.noising.preparation,
            "0 in stages contrastive and energy-distance, whose runs start in the units' own wells",
        )?;
        let connectivity = &self.computer.units.connectivity;
        let inputs = [UnitKind::Visible, UnitKind::Hidden].map(|k| Block::between(UnitKind::Input, k));
        require(
            self.computer.class_units == inputs.iter().any(|b| connectivity.contains(*b)),
            "computer.class_units",
            self.computer.class_units,
            "true if and only if computer.connectivity has input-visible or input-hidden",
        )?;
        let shown = Block::all().any(|block| {
            let (a, b) = block.kinds();
            (a == UnitKind::Visible || b == UnitKind::Visible) && connectivity.contains(block)
        });
        require(
            shown || self.computer.visible_biases,
            "computer.connectivity",
            "without couplings of the visible units, which have no biases either",
            "one with visible-hidden, or with input-visible",
        )
    }

    /// A time step at which a unit diverges in its bath is found here, before anything is trained or written.
    fn check_stability(&self) -> Result<(), TaskError> {
        let units = &self.computer.units;
        let well = units.well();
        LoneUnit { well, drive: None, time_step: "dynamics.time_step" }.check(&self.dynamics)?;
        for (index, stage) in self.stage.iter().enumerate() {
            if let Some(time_step) = stage.objective.time_step() {
                let key = format!("stage.{index}.objective.time_step");
                LoneUnit { well, drive: None, time_step: &key }.check(&self.dynamics.at_time_step(time_step)?)?;
            }
        }
        Ok(())
    }

    fn check_stage(&self, index: usize, stage: &Stage) -> Result<(), TaskError> {
        use ranges::{counted, not_negative};
        let key = |name: &str| format!("stage.{index}.{name}");
        if let Some(training) = &stage.training {
            training.check(&key("training"))?;
            require(
                training.input_rate.is_none() || self.computer.class_units,
                &key("training.input_rate"),
                "given",
                "left out without class units, which are a generator's only inputs",
            )?;
        }
        let segments = ProgramSettings::clock_of(self.program.as_ref()).segments();
        let untied = self.stage[..index].iter().any(|before| !before.is_tied());
        require(
            !stage.is_tied() || (segments > 1 && !untied),
            &key("tied"),
            "true",
            "left out of a program in one segment, and of stages after one that trains each segment for itself",
        )?;
        let hidden_hidden = Block::between(UnitKind::Hidden, UnitKind::Hidden);
        match stage.objective {
            StageObjective::ReversedAction { .. } => {}
            StageObjective::Exact { trajectories, ridge, times } => {
                let steps = self.dynamics.simulation().steps;
                let times = if times == 0 { steps } else { times };
                ProgramSettings::check_times(self.program.as_ref(), times, steps, &key("objective.times"))?;
                counted(&key("objective.trajectories"), trajectories)?;
                not_negative(&key("objective.ridge"), ridge)?;
            }
            StageObjective::Contrastive { .. } if segments > 1 && !stage.is_tied() => {
                return Err(TaskError::config(
                    key("objective.kind"),
                    "contrastive, whose loss has a gradient for the last segment of a program alone; leave [program] out, use \
                     energy-distance, or give the stage tied = true: one program for all segments",
                ));
            }
            StageObjective::Contrastive { .. } => require(
                !self.computer.units.connectivity.contains(hidden_hidden),
                &key("objective.kind"),
                "contrastive",
                "without hidden-hidden couplings: with them the hidden units' mean given the visible ones is not known",
            )?,
            StageObjective::EnergyDistance { heat_price, heat_budget, state_weight, feature_weight, .. } => {
                ranges::heat_budget(&key("objective.heat_budget"), heat_budget)?;
                require(
                    (0.0..=1e3).contains(&heat_price),
                    &key("objective.heat_price"),
                    heat_price,
                    "from 0 to 1000",
                )?;
                not_negative(&key("objective.state_weight"), state_weight)?;
                not_negative(&key("objective.feature_weight"), feature_weight)?;
                require(
                    state_weight > 0.0 || feature_weight > 0.0,
                    &key("objective.state_weight"),
                    state_weight,
                    "above 0, or feature_weight must be: there is nothing to minimise",
                )?;
            }
        }
        let fits = |e: String| TaskError::config(key("objective.time_step"), e);
        self.stage_langevin(stage).map_err(|e| fits(e.to_string()))?;
        match stage.objective.time_step() {
            Some(time_step) => {
                let dynamics = self.dynamics.at_time_step(time_step)?;
                ProgramSettings::check(self.program.as_ref(), &dynamics, &key("objective.time_step"))
            }
            None => Ok(()),
        }
    }

    /// The simulation of the computer's runs within a stage.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] when the observation time is no whole number of its steps.
    pub fn stage_langevin(&self, stage: &Stage) -> Result<Simulation, TaskError> {
        match stage.objective.time_step() {
            Some(time_step) => Ok(self.dynamics.at_time_step(time_step)?.simulation()),
            None => Ok(self.dynamics.simulation()),
        }
    }

    /// The computer for images of `pixels` pixels and `classes` classes.
    pub fn computer(&self, pixels: usize, classes: usize) -> ComputerConfig {
        let mut layout = Layout::generator(pixels, self.computer.units.hidden);
        layout.inputs = if self.computer.class_units { classes } else { 0 };
        ComputerConfig::new(layout, self.computer.units.connectivity.clone())
            .with_j2(self.computer.units.j2)
            .with_j4(self.computer.units.j4)
            .with_visible_biases(self.computer.visible_biases)
            .with_clock(ProgramSettings::clock_of(self.program.as_ref()))
    }

    /// Whether few images are learnt, each of them a class of its own.
    pub fn few(&self) -> bool {
        !self.data.images.is_empty()
    }

    /// Bytes that the trajectories of a training step take at most, beside the parameters: states in `f32`, kept at every step for
    /// the action (start, end and the record itself), at about 2√K steps for runs that are differentiated, not at all otherwise.
    ///
    /// # Errors
    /// As [`Generate::stage_langevin`].
    pub fn trajectory_bytes(&self, pixels: usize) -> Result<f64, TaskError> {
        let units = (pixels + self.computer.units.hidden) as f64;
        let mut most = 0f64;
        for stage in &self.stage {
            let steps = self.stage_langevin(stage)?.steps as f64;
            let states = match stage.objective {
                StageObjective::ReversedAction { .. } | StageObjective::Exact { .. } => 3.0 * (steps + 1.0),
                StageObjective::Contrastive { .. } => 4.0,
                StageObjective::EnergyDistance { .. } => 2.0 * steps.sqrt().ceil() + 4.0,
            };
            let batch = stage.training.map_or(EXACT_BATCH, |training| training.batch) as f64;
            most = most.max(4.0 * batch * units * states);
        }
        Ok(most)
    }
}

/// Trajectories at a time on the way to an exact minimum.
pub(crate) const EXACT_BATCH: usize = 10;
