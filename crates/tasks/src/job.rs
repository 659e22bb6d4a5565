//! What a configuration asks for, decided once.

use crate::config::{Classify, Dynamics, Generate, ProgramSettings, Stage, layered, read_checked, require};
use crate::stability::LoneUnit;
use crate::{TaskError, preset};
use data::{DataSet, Divided};
use langevin::{ComputerConfig, LangevinError, Simulation};
use std::fmt;
use toml::{Table, Value};

/// A job: everything that its configuration says, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Classify images (paper A).
    Classify(Box<Classify>),
    /// Generate images from noise (paper B).
    Generate(Box<Generate>),
}

/// Part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// The test set: for the final figure.
    Test,
    /// Training images kept for validation.
    Validation,
    /// Training images that were trained on.
    Train,
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Test => "test",
            Self::Validation => "validation",
            Self::Train => "train",
        })
    }
}

impl Split {
    /// The images of this part.
    pub fn of(self, data: &Divided) -> &data::Images {
        match self {
            Self::Test => &data.data.test,
            Self::Validation => &data.validation,
            Self::Train => &data.train,
        }
    }
}

/// How an evaluation differs from what the job says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Overrides {
    /// Thermal energy kT; 0 is allowed here.
    pub kt: Option<f64>,
    /// Time step.
    pub time_step: Option<f64>,
    /// Observation time.
    pub observation_time: Option<f64>,
    /// Trajectories of each image, or samples of a generator.
    pub replicas: Option<usize>,
}

impl Job {
    /// The job of a preset under `key=value` settings.
    ///
    /// ```
    /// use thermograd_tasks::{ClassifyObjective, Job};
    ///
    /// let settings = ["objective.kind=pathwise", "objective.heat_budget=900", "dynamics.kt=2.0"];
    /// let Job::Classify(job) = Job::preset("mnist", &settings.map(str::to_owned))? else { panic!("it classifies") };
    /// assert_eq!((job.dynamics.kt(), job.computer.hidden), (2.0, 64));
    /// let ClassifyObjective::Pathwise(objective) = job.objective else { panic!("it is pathwise") };
    /// assert_eq!(objective.heat_budget, Some(900.0));
    /// # Ok::<(), thermograd_tasks::TaskError>(())
    /// ```
    ///
    /// # Errors
    /// [`TaskError`] names the setting and what is wrong with it.
    pub fn preset(name: &str, settings: &[String]) -> Result<Self, TaskError> {
        layered(preset::named(name)?.text, &format!("configs/{name}.toml"), settings)
    }

    /// The job of a configuration's text, which may name a preset as its base, under `key=value` settings: dots for
    /// sections (`stage.0.training.steps` names the first stage), each value in TOML, bare words as strings.
    ///
    /// # Errors
    /// [`TaskError`] names file and line, or the setting, and what is wrong with it. Keys that are not used are errors.
    pub fn parse(text: &str, origin: &str, settings: &[String]) -> Result<Self, TaskError> {
        layered(text, origin, settings)
    }

    /// The job of a resolved configuration.
    ///
    /// # Errors
    /// As [`Job::parse`].
    pub fn of_table(table: &Table, origin: &str) -> Result<Self, TaskError> {
        let job = read_checked(table, origin)?;
        job.check()?;
        Ok(job)
    }

    /// The resolved configuration.
    pub fn table(&self) -> Table {
        let (kind, body) = match self {
            Self::Classify(job) => ("classify", Value::try_from(job)),
            Self::Generate(job) => ("generate", Value::try_from(job)),
        };
        let mut table = Table::new();
        // Every value of a job is one of TOML's.
        if let Ok(Value::Table(body)) = body {
            for (index, (key, value)) in body.into_iter().enumerate() {
                if index == 1 {
                    table.insert("job".to_owned(), Value::String(kind.to_owned()));
                }
                table.insert(key, value);
            }
        }
        table
    }

    pub(crate) fn completed(self) -> Result<Self, TaskError> {
        Ok(match self {
            Self::Classify(job) => Self::Classify(Box::new(job.completed()?)),
            Self::Generate(job) => Self::Generate(Box::new(job.completed()?)),
        })
    }

    pub(crate) fn check(&self) -> Result<(), TaskError> {
        match self {
            Self::Classify(job) => job.check(),
            Self::Generate(job) => job.check(),
        }
    }

    /// What the job is called.
    pub fn task(&self) -> &str {
        match self {
            Self::Classify(job) => &job.task,
            Self::Generate(job) => &job.task,
        }
    }

    /// Seed of everything random.
    pub fn seed(&self) -> u64 {
        match self {
            Self::Classify(job) => job.seed,
            Self::Generate(job) => job.seed,
        }
    }

    /// The job under another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        match &mut self {
            Self::Classify(job) => job.seed = seed,
            Self::Generate(job) => job.seed = seed,
        }
        self
    }

    /// Name of the data set.
    pub fn set(&self) -> &str {
        match self {
            Self::Classify(job) => &job.data.set,
            Self::Generate(job) => &job.data.set,
        }
    }

    /// What training minimises, in words of the configuration.
    pub fn objective(&self) -> String {
        match self {
            Self::Classify(job) => job.objective.name().to_owned(),
            Self::Generate(job) => job.stage.iter().map(|s| s.objective.name()).collect::<Vec<_>>().join(", "),
        }
    }

    /// The dynamics.
    pub fn dynamics(&self) -> &Dynamics {
        match self {
            Self::Classify(job) => &job.dynamics,
            Self::Generate(job) => &job.dynamics,
        }
    }

    /// The simulation of the computer.
    pub fn simulation(&self) -> Simulation {
        self.dynamics().simulation()
    }

    /// The job as an evaluation runs it.
    ///
    /// # Errors
    /// [`TaskError`] names what is out of its range.
    pub fn overridden(mut self, how: &Overrides) -> Result<Self, TaskError> {
        let own = *self.dynamics();
        let changed = Dynamics::new(
            how.kt.unwrap_or(own.kt()),
            own.mobility(),
            how.time_step.unwrap_or(own.time_step()),
            how.observation_time.unwrap_or(own.observation_time()),
        )
        .map_err(|e| match e {
            LangevinError::OutOfRange { name: "observation_time", .. }
                if how.observation_time.is_none() && how.time_step.is_some() =>
            {
                let (time_step, time) = (how.time_step.unwrap_or(own.time_step()), own.observation_time());
                TaskError::config(
                    "--time-step",
                    format!("time_step is {time_step}, but the observation time of this run, {time}, must be a whole number of them"),
                )
            }
            LangevinError::OutOfRange { name, value, requirement } => {
                let flag = format!("--{}", name.replace('_', "-"));
                TaskError::config(flag, format!("{name} is {value}, but must be {requirement}"))
            }
            other => other.into(),
        })?;
        let (units, program) = match &self {
            Self::Classify(job) => (&job.computer, &job.program),
            Self::Generate(job) => (&job.computer.units, &job.program),
        };
        let key = if how.time_step.is_some() { "--time-step" } else { "--observation-time" };
        let clock = ProgramSettings::clock_of(program.as_ref());
        clock.switches(changed.simulation().steps).map_err(|e| {
            let (time_step, time) = (changed.time_step(), changed.observation_time());
            TaskError::config(key, format!("{e} (time step {time_step}, observation time {time}); take another"))
        })?;
        LoneUnit { well: units.well(), drive: None, time_step: "time step" }.check(&changed)?;
        let replicas = how.replicas;
        match &mut self {
            Self::Classify(job) => {
                job.dynamics = changed;
                job.evaluation.replicas = replicas.unwrap_or(job.evaluation.replicas);
            }
            Self::Generate(job) => {
                job.dynamics = changed;
                job.evaluation.samples = replicas.unwrap_or(job.evaluation.samples);
            }
        }
        Ok(self)
    }

    /// The data set as the job sees it, divided and checked.
    ///
    /// # Errors
    /// [`TaskError::Data`] for a class that is not there, an empty part, images without contrast; [`TaskError::Config`]
    /// for an image that is not there.
    pub fn divide(&self, data: DataSet) -> Result<Divided, TaskError> {
        match self {
            Self::Classify(job) => {
                let divided = data.divided(&job.data.classes, job.data.validation_fraction, job.seed)?;
                let images = divided.train.len();
                let training = job.training.map(|training| ("training.batch", training.batch));
                for (key, batch) in [("teacher.batch", job.teacher.batch)].into_iter().chain(training) {
                    let wanted = format!("at most {images}, the number of training images");
                    require(batch <= images, key, batch, &wanted)?;
                }
                Ok(divided)
            }
            Self::Generate(job) => {
                if let Some(index) = job.data.images.iter().find(|i| **i >= data.train.len()) {
                    let reason =
                        format!("{index} is not one of the {} training images (counted from 0)", data.train.len());
                    return Err(TaskError::config("data.images", reason));
                }
                let fraction = job.data.validation_fraction;
                // Only whoever may be asked for a class needs images of each.
                if job.computer.class_units {
                    return Ok(data.divided_in_full(fraction, job.seed)?);
                }
                Ok(data.divided_as_it_is(fraction, job.seed)?)
            }
        }
    }

    /// Training images that the computer learns from.
    pub fn learnt_images(&self, data: &Divided) -> usize {
        match self {
            Self::Generate(job) if job.few() => job.data.images.len(),
            _ => data.train.len(),
        }
    }

    /// The job as each of several ranks does it: with its share of every batch.
    ///
    /// # Errors
    /// [`TaskError::Config`] for a batch with fewer examples than there are ranks.
    pub fn shared_by(&self, ranks: usize) -> Result<Self, TaskError> {
        let batches: Vec<(String, usize)> = match self {
            Self::Classify(job) => job.training.iter().map(|t| ("training.batch".to_owned(), t.batch)).collect(),
            Self::Generate(job) => {
                let of = |(index, stage): (usize, &Stage)| {
                    Some((format!("stage.{index}.training.batch"), stage.training?.batch))
                };
                job.stage.iter().enumerate().filter_map(of).collect()
            }
        };
        let wanted = format!("at least {ranks}, one example a rank");
        batches.into_iter().try_for_each(|(key, batch)| require(batch >= ranks, &key, batch, &wanted))?;
        let mut own = self.clone();
        match &mut own {
            Self::Classify(job) => job.training.iter_mut().for_each(|t| t.batch = t.batch.div_ceil(ranks)),
            Self::Generate(job) => {
                let trainings = job.stage.iter_mut().filter_map(|stage| stage.training.as_mut());
                trainings.for_each(|training| training.batch = training.batch.div_ceil(ranks));
            }
        }
        Ok(own)
    }

    /// Names of the classes.
    pub fn class_names(&self, classes: usize) -> Vec<String> {
        let given: &[u8] = match self {
            Self::Classify(job) => &job.data.classes,
            Self::Generate(_) => &[],
        };
        (0..classes).map(|class| given.get(class).map_or(class, |c| usize::from(*c)).to_string()).collect()
    }

    /// The computer for the data set as published: what a file of parameters must fit.
    ///
    /// # Errors
    /// [`TaskError::Data`] for an unknown data set.
    pub fn computer(&self) -> Result<ComputerConfig, TaskError> {
        let shape = data::image_shape(self.set())?;
        let count = |given: usize| if given == 0 { CLASSES } else { given };
        Ok(match self {
            Self::Classify(job) => job.computer(shape, count(job.data.classes.len())),
            Self::Generate(job) => job.computer(shape[0] * shape[1], count(job.data.images.len())),
        })
    }
}

/// Classes of every data set that is known by name.
const CLASSES: usize = 10;
