//! A whole job: programmed, tested, and everything of it that a run folder holds.

use crate::generate::{Generator, Networks};
use crate::step_error::Ladder;
use crate::{Classifier, Job, Place, Split, TaskError, Watch, classify, generate};
use data::Divided;
use langevin::{Computer, LangevinBackend, ParameterValues};
use learning::load_module;
use runs::{Block, Couplers, EvaluatedFigures, Figures, Outcome, Parameters, StepError, file};
use std::path::Path;

/// What a job came to.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The computer's constants.
    pub computer: runs::Computer,
    /// Its parameters, counted.
    pub parameters: Parameters,
    /// The figures.
    pub outcome: Outcome,
    /// The arrays behind the pictures.
    pub figures: Figures,
}

/// The computer of a folder, checked to be one of this job.
///
/// # Errors
/// [`TaskError::Learning`] names the file and what is wrong with it.
pub fn load_computer<B: LangevinBackend>(
    job: &Job,
    folder: &Path,
    device: &B::Device,
) -> Result<Computer<B>, TaskError> {
    Ok(load_module(job.computer()?.init::<B>(device), &folder.join(file::COMPUTER))?)
}

impl Job {
    /// Programs the job's computer and measures it on the test set. Every rank of a team has the same figures in the end.
    ///
    /// # Errors
    /// [`TaskError`] when something diverges, or cannot be kept.
    pub fn carry_out<B: LangevinBackend>(
        &self,
        data: &Divided,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<Finished, TaskError> {
        let (parameters, outcome, figures) = match self {
            Self::Classify(job) => {
                let programmed = job.program::<B>(data, place, watch, device)?;
                let names = self.class_names(data.data.classes);
                let (classified, figures) = job.tested(&programmed, data, names, place.team(), watch, device)?;
                let parameters = programmed.task.computer.parameters();
                (parameters, Outcome::Classified(Box::new(classified)), Figures::Classified(figures))
            }
            Self::Generate(job) => {
                let programmed = job.program::<B>(data, place, watch, device)?;
                let (generated, figures) = job.tested(&programmed, data, place, watch, device)?;
                let parameters = programmed.generator.computer.parameters();
                (parameters, Outcome::Generated(Box::new(generated)), Figures::Generated(figures))
            }
        };
        let computer = self.constants()?;
        let parameters = counted(&parameters, computer.segments.as_ref().map_or(1, Vec::len));
        Ok(Finished { computer, parameters, outcome, figures })
    }

    /// Files that only a resumed training needs.
    pub fn leftovers(&self) -> Vec<String> {
        match self {
            Self::Classify(_) => classify::leftovers(),
            Self::Generate(job) => generate::leftovers(job.stage.len()),
        }
    }

    /// Measures a computer on a part of the data: the figures, and of a classifier the answer to each image (none for a tie).
    ///
    /// # Errors
    /// [`TaskError::Langevin`] when the dynamics diverges; [`TaskError::Config`] for a part that the job does not know.
    pub fn measure<B: LangevinBackend>(
        &self,
        computer: Computer<B>,
        data: &Divided,
        split: Split,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<(EvaluatedFigures, Vec<Option<usize>>), TaskError> {
        match self {
            Self::Classify(job) => {
                let seen = job.evaluate(&Classifier::new(computer), data, split, place.team(), watch, device)?;
                Ok((job.evaluated(&seen, data), seen.predictions))
            }
            Self::Generate(job) => {
                if job.few() && split != Split::Test {
                    let reason = "this generator's samples are measured against the images it learnt, not against a part of the data; leave --split out";
                    return Err(TaskError::config(format!("--split {split}"), reason));
                }
                let generator = Generator::new(computer, job.data.gain);
                let networks = Networks { place, save: false };
                Ok((job.measured(&generator, data, split, networks, watch, device)?.figures(), Vec::new()))
            }
        }
    }

    /// What halving the time step changes, at several of them: of a classifier on a part of the data, of a generator on its samples.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] when the dynamics diverges at the job's own time step.
    pub fn step_error<B: LangevinBackend>(
        &self,
        computer: Computer<B>,
        data: &Divided,
        split: Split,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<StepError, TaskError> {
        let (trajectories, halvings) = match self {
            Self::Classify(job) => {
                let found = job.step_error(&Classifier::new(computer), data, split, watch, device)?;
                (split.of(data).len(), found)
            }
            Self::Generate(job) => {
                let count = job.evaluation.samples;
                let mut ladder = Ladder::new(&job.dynamics, computer.clock())?;
                let generator = Generator::new(computer, job.data.gain);
                let how = job.generation::<B>(&generate::Shown::of(job, data), job.seed, device);
                watch.begin("time steps", count * ladder.runs(), 0)?;
                generator.climb(&mut ladder, &how, count, |done| watch.step(done))?;
                watch.end();
                (count, ladder.halvings())
            }
        };
        Ok(StepError {
            dataset: data.data.name.clone(),
            split: matches!(self, Self::Classify(_)).then(|| split.to_string()),
            seed: self.seed(),
            time_step: self.dynamics().time_step(),
            trajectories,
            answers_hold_at: Ladder::answers_hold_at(&halvings),
            halvings,
        })
    }

    /// The computer's constants, as a summary has them.
    ///
    /// # Errors
    /// [`TaskError::Data`] for an unknown data set.
    pub fn constants(&self) -> Result<runs::Computer, TaskError> {
        let (shape, dynamics) = (self.computer()?, self.dynamics());
        let visible = (shape.layout.visible > 0).then_some(shape.layout.visible);
        Ok(runs::Computer {
            inputs: shape.layout.inputs,
            visible,
            hidden: shape.layout.hidden,
            outputs: visible.unwrap_or(shape.layout.outputs),
            j2: shape.j2,
            j4: shape.j4,
            kt: dynamics.kt(),
            mobility: dynamics.mobility(),
            time_step: dynamics.time_step(),
            observation_time: dynamics.observation_time(),
            segments: (shape.clock.segments() > 1).then(|| shape.clock.lengths().to_vec()),
        })
    }
}

/// Parameters, counted as a summary has them.
pub fn counted(parameters: &ParameterValues, segments: usize) -> Parameters {
    let [with_inputs, among_units] = parameters.couplers(segments);
    let block = |b: &langevin::ParameterBlock| Block { name: b.name.clone(), count: b.count, acting: b.acting };
    Parameters {
        total: parameters.total(),
        acting: parameters.acting(),
        couplers: Some(Couplers { with_inputs, among_units }),
        blocks: parameters.blocks.iter().map(block).collect(),
    }
}
