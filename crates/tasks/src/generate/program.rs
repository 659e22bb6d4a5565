//! Programming a generator: stage after stage.

use super::{GenerativeJob, Generator, JudgeKind, Networks, ReadOutFeatures, Shown, with_autodiff};
use crate::descent::{Phase, checkpoint_in, descend};
use crate::{Generate, Place, ProgramSettings, SMALL, Stage, StageObjective, TaskError, Watch, random_program};
use burn::module::AutodiffModule;
use burn_autodiff::Autodiff;
use data::Divided;
use langevin::{Computer, LangevinBackend};
use learning::{LimitedObjective, Objective, ProgramLimits, States, View};
use runs::{Metric, StageFigures, file};
use std::marker::PhantomData;
use std::time::Instant;

/// A programmed generator.
#[derive(Debug, Clone)]
pub struct ProgrammedGenerator<B: burn::tensor::backend::Backend> {
    /// The generator.
    pub generator: Generator<B>,
    /// What each stage came to.
    pub stages: Vec<StageFigures>,
}

/// What kept stages came to.
fn figures_file(index: usize) -> String {
    format!("stage-{index}.toml")
}

/// Files that only a resumed training needs.
pub(crate) fn leftovers(stages: usize) -> Vec<String> {
    let of_stages = (0..stages).flat_map(|index| [file::stage(index), figures_file(index)]);
    of_stages.chain([file::START.to_owned()]).collect()
}

/// A stage, under its name and number.
type At<'a> = (&'a str, usize, &'a Stage);

/// What a stage is trained with.
struct Course<'a, B: LangevinBackend> {
    job: GenerativeJob<'a>,
    data: &'a Divided,
    place: Place<'a>,
    /// Whether the first stage starts from a program that was given.
    started: bool,
    device: &'a B::Device,
}

impl Generate {
    /// Programs a generator, stage after stage.
    ///
    /// In a `place` with a folder, finished stages, checkpoints and networks are kept there, and what is there is not done again.
    ///
    /// # Errors
    /// [`TaskError`] when something diverges, or cannot be kept.
    pub fn program<B: LangevinBackend>(
        &self,
        data: &Divided,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<ProgrammedGenerator<B>, TaskError> {
        let shown = Shown::of(self, data);
        let started = place.keeps(file::START)?;
        let course = Course::<B> { job: GenerativeJob { job: self, shown: &shown }, data, place, started, device };
        let mut computer = course.job.generator::<B>(device).computer;
        if let Some(given) = place.module(file::START, computer.clone())? {
            computer = given;
        }
        let mut stages = Vec::new();
        for (index, stage) in self.stage.iter().enumerate() {
            let done;
            (computer, done) = course.stage(index, stage, computer, watch)?;
            stages.push(done);
        }
        let limits = ProgramSettings::limits_of(self.program.as_ref());
        let computer = if limits.is_none() { computer } else { limits.fit(&computer)? };
        place.keep_module(file::COMPUTER, &computer)?;
        Ok(ProgrammedGenerator { generator: Generator::new(computer, self.data.gain), stages })
    }
}

impl<B: LangevinBackend> Course<'_, B> {
    /// One stage, or what is kept of it.
    fn stage(
        &self,
        index: usize,
        stage: &Stage,
        computer: Computer<B>,
        watch: &mut dyn Watch,
    ) -> Result<(Computer<B>, StageFigures), TaskError> {
        let name = format!("stage {index}: {}", stage.objective.name());
        if let Some(done) = self.place.text(&figures_file(index))?.and_then(|text| toml::from_str(&text).ok())
            && let Some(computer) = self.place.module(&file::stage(index), computer.clone())?
        {
            watch.begin(&name, 0, usize::MAX)?;
            watch.end();
            return Ok((computer, done));
        }
        let at = (name.as_str(), index, stage);
        let (computer, done) =
            if stage.is_tied() { self.tied(at, computer, watch)? } else { self.trained(at, computer, watch)? };
        self.place.keep_text(&figures_file(index), &toml::to_string(&done).unwrap_or_default())?;
        self.place.keep_module(&file::stage(index), &computer)?;
        if let Some(folder) = self.place.kept_in() {
            // It is of this stage, and the next would take it for its own.
            let _ = std::fs::remove_file(folder.join(file::COMPUTER_CHECKPOINT));
        }
        Ok((computer, done))
    }

    /// A stage that trains one program, which every segment then is.
    fn tied(
        &self,
        at: At<'_>,
        computer: Computer<B>,
        watch: &mut dyn Watch,
    ) -> Result<(Computer<B>, StageFigures), TaskError> {
        let programs: Vec<_> = computer.programs().iter().map(Computer::parameters).collect();
        if programs.windows(2).any(|pair| pair[0] != pair[1]) {
            let reason = "is true, but the program that the training starts from differs from segment to segment; leave it out";
            return Err(TaskError::config(format!("stage.{}.tied", at.1), reason));
        }
        let program = self.job.job.program.as_ref().and_then(ProgramSettings::still);
        let still = Generate { program, ..self.job.job.clone() };
        let job = GenerativeJob { job: &still, shown: self.job.shown };
        let course =
            Course::<B> { job, data: self.data, place: self.place, started: self.started, device: self.device };
        let (trained, done) = course.trained(at, computer.segment(0)?, watch)?;
        Ok((trained.repeated(computer.clock().clone())?, done))
    }

    fn trained(
        &self,
        at: At<'_>,
        computer: Computer<B>,
        watch: &mut dyn Watch,
    ) -> Result<(Computer<B>, StageFigures), TaskError> {
        match at.2.objective {
            StageObjective::Exact { trajectories, times, ridge } => {
                self.exact(at.0, [trajectories, times], ridge, computer, watch)
            }
            _ => self.descent(at, computer, watch),
        }
    }

    /// A stage that is solved for.
    fn exact(
        &self,
        name: &str,
        [trajectories, times]: [usize; 2],
        ridge: f64,
        computer: Computer<B>,
        watch: &mut dyn Watch,
    ) -> Result<(Computer<B>, StageFigures), TaskError> {
        let started = Instant::now();
        watch.begin(name, trajectories, 0)?;
        let found =
            self.job.exact_minimum::<B>(trajectories, times, ridge, self.place.team(), self.device, |done| {
                watch.step(done);
            });
        watch.end();
        let (minimum, action) = found?;
        let seconds = started.elapsed().as_secs_f64();
        let (condition, iterations) = (minimum.condition, minimum.iterations);
        watch.tell(&format!(
            "{name}: minimum of the action {action:.4e}, condition number {condition:.1e}, {iterations} iterations, {seconds:.1} s"
        ));
        watch.metric(&Metric {
            phase: name.to_owned(),
            step: 1,
            action: Some(action),
            seconds: Some(seconds),
            ..Metric::default()
        })?;
        let done = StageFigures {
            objective: "exact".to_owned(),
            steps: None,
            last: None,
            ridge: Some(ridge),
            action: Some(action),
            condition_number: Some(condition),
            iterations: Some(iterations),
            seconds,
        };
        Ok((computer.with_parameters(&minimum.values.values)?, done))
    }

    /// A stage by descent.
    fn descent(
        &self,
        at: At<'_>,
        computer: Computer<B>,
        watch: &mut dyn Watch,
    ) -> Result<(Computer<B>, StageFigures), TaskError> {
        let (_, index, stage) = at;
        let (job, device) = (&self.job, self.device);
        let started = Instant::now();
        let mut fresh =
            job.generator::<Autodiff<B>>(device).computer.with_parameters(&computer.parameters().values)?;
        let reversed = matches!(stage.objective, StageObjective::ReversedAction { .. });
        if index == 0 && !self.started && !reversed {
            fresh = random_program(fresh, SMALL, job.job.seed)?;
        }
        let batch = stage.training.unwrap_or_default().batch;
        match stage.objective {
            StageObjective::ReversedAction { times } => {
                let objective = job.reversed_action::<Autodiff<B>>(batch, times, device);
                self.descend(at, fresh, &objective, 0.0, watch)
            }
            StageObjective::Contrastive { .. } => {
                let objective = job.contrastive::<Autodiff<B>>(stage, device)?;
                self.descend(at, fresh, &objective, 0.0, watch)
            }
            StageObjective::EnergyDistance { heat_price, heat_budget, state_weight, feature_weight, .. } => {
                let mut views: Vec<Box<dyn View<Autodiff<B>>>> = Vec::new();
                if state_weight > 0.0 {
                    views.push(Box::new(States(state_weight)));
                }
                let mut extra = 0.0;
                if feature_weight > 0.0 {
                    let networks = Networks { place: self.place, save: true };
                    for kind in JudgeKind::CRITICS {
                        let critic = networks.of::<B>(kind, job.job.seed, self.data, watch, device)?;
                        let critic = with_autodiff::<Autodiff<B>>(&critic);
                        views.push(Box::new(ReadOutFeatures {
                            gain: job.job.data.gain,
                            network: move |pixels| critic.features(pixels),
                            weight: feature_weight,
                            backend: PhantomData,
                        }));
                    }
                    extra = started.elapsed().as_secs_f64();
                }
                let objective =
                    job.energy_distance::<Autodiff<B>>(stage, heat_price, heat_budget, views, device)?;
                self.descend(at, fresh, &objective, extra, watch)
            }
            StageObjective::Exact { .. } => {
                Err(TaskError::config("stage", "an exact minimum is not descended to"))
            }
        }
    }

    fn descend(
        &self,
        (name, index, stage): At<'_>,
        fresh: Computer<Autodiff<B>>,
        objective: &impl Objective<Autodiff<B>, Computer<Autodiff<B>>>,
        extra: f64,
        watch: &mut dyn Watch,
    ) -> Result<(Computer<B>, StageFigures), TaskError> {
        let training = stage.training.unwrap_or_default();
        let every = training.checkpoint_every;
        let before: Vec<String> = index.checked_sub(1).map(file::stage).into_iter().collect();
        let checkpoint = self
            .place
            .kept_in()
            .map(|folder| checkpoint_in(folder, file::COMPUTER_CHECKPOINT, name, self.job.job, &before, every));
        let section = format!("stage.{index}.training");
        let suspects = match stage.objective {
            StageObjective::EnergyDistance { heat_price, .. } if heat_price > 0.0 => "heat_price, time_step or ",
            StageObjective::ReversedAction { .. } => "",
            _ => "time_step or ",
        };
        let time_step = match stage.objective.time_step() {
            Some(_) => format!("stage.{index}.objective.time_step"),
            None => "dynamics.time_step".to_owned(),
        };
        let phase = Phase {
            name,
            section: &section,
            suspects,
            time_step: &time_step,
            per_epoch: None,
            team: self.place.team(),
        };
        let job = self.job.job;
        // Earlier stages are free: the last makes the program fit.
        let limits = if job.stage.len() == index + 1 {
            ProgramSettings::trained_limits_of(job.program.as_ref())
        } else {
            ProgramLimits::default()
        };
        let objective = &LimitedObjective { objective, limits, steps: training.steps, seen: None };
        let done =
            descend(&phase, fresh, objective, &training.training(), checkpoint.as_ref(), watch, |_, _| Ok(None))?;
        let seconds = done.seconds + extra;
        watch.tell(&format!("{name}: {} steps, {seconds:.0} s", training.steps));
        let figures = StageFigures {
            objective: stage.objective.name().to_owned(),
            steps: Some(training.steps),
            last: done.last,
            ridge: None,
            action: None,
            condition_number: None,
            iterations: None,
            seconds,
        };
        Ok((done.model.valid(), figures))
    }
}
