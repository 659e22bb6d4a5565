//! Programming a classifier: teacher, start, computer.

mod teach;

use super::{
    Examples, Part, Task, TaskExamples, computer_objective, evaluate, exact_minimum, pathwise_objective,
    teacher_top1,
};
use crate::descent::{Descended, Phase, blamed, checkpoint_in, descend};
use crate::{
    Classify, ClassifyObjective, ExactSettings, PathwiseSettings, Place, ProgramSettings, SMALL, Start, TaskError,
    Watch, accuracy_stderr, random_program,
};
use burn::module::AutodiffModule;
use burn::tensor::backend::Backend;
use langevin::LangevinAutodiffBackend;
use learning::{ExampleSource, InputMoments, LimitedObjective, ProgramLimits, Programmable, Teacher};
use runs::{Minimised, file};
use std::time::Instant;

/// A job's examples, as its tasks read them in.
#[derive(Debug, Clone)]
pub struct Classification<'a, E, S> {
    /// The job.
    pub job: &'a Classify,
    /// Examples to train with.
    pub train: Part<'a, E, S>,
    /// Examples to choose settings by.
    pub validation: Part<'a, E, S>,
    /// Number of classes.
    pub classes: usize,
}

/// A programmed computer and the teacher beside it.
#[derive(Debug, Clone)]
pub struct Programmed<B: Backend, T> {
    /// The task, its computer programmed.
    pub task: T,
    /// The teacher.
    pub teacher: Teacher<B>,
    /// Top-1 of the teacher on the validation examples.
    pub teacher_validation: f64,
    /// Top-1 of the computer on the validation examples, one trajectory each.
    pub validation: f64,
    /// The exact minimum of the action, if it was solved for.
    pub minimised: Option<Minimised>,
    /// Seconds of the teacher's training.
    pub teacher_seconds: f64,
    /// Seconds of the computer's training.
    pub seconds: f64,
}

/// Training examples that tell what the inputs are.
const SEEN: usize = 5000;

/// Name of the file that keeps what an exact minimum came to.
const MINIMUM: &str = "minimum";

impl<E: Examples, S: Clone + std::fmt::Debug + Sync> Classification<'_, E, S> {
    /// Trains a teacher, then programs the computer of `task` by the job's objective, from its parameters or from where the
    /// objective starts.
    ///
    /// In a `place` with a folder, finished phases and checkpoints are kept there, and one that is there is not done again: what
    /// was interrupted goes on to the same end. A program that lies there as [`file::START`] is where the computer starts. (Of a
    /// task, its computer is kept.)
    ///
    /// # Errors
    /// [`TaskError`] when something diverges, or cannot be kept.
    pub fn program<A, T>(
        &self,
        task: T,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &<A as burn::tensor::backend::BackendTypes>::Device,
    ) -> Result<Programmed<A::InnerBackend, T::InnerModule>, TaskError>
    where
        A: LangevinAutodiffBackend,
        T: Programmable<A> + AutodiffModule<A>,
        T::InnerModule: Task<A::InnerBackend, Scale = S>,
    {
        let (teacher, teacher_seconds) = self.teach::<A, T::InnerModule>(&task.valid(), place, watch, device)?;
        let batch = self.job.evaluation.batch;
        let teacher_validation = teacher_top1(&teacher, &task.valid(), &self.validation, batch, device);
        watch.tell(&format!(
            "teacher: {:.2} % of the validation images right, {teacher_seconds:.0} s",
            100.0 * teacher_validation
        ));
        let (task, minimised, seconds) = self.program_computer(task, &teacher, place, watch, device)?;
        let simulation = self.job.dynamics.simulation();
        let seen =
            evaluate(&task, &self.validation, &simulation, self.job.one_look(place.team()), device, |_, _| ());
        let seen = seen.map_err(|error| match self.job.training {
            Some(training) => {
                let phase = Phase {
                    name: "computer",
                    section: "training",
                    suspects: "",
                    time_step: self.time_step(),
                    per_epoch: None,
                    team: place.team(),
                };
                blamed(error, &phase, Some((training.steps, training.descent.learning_rate)))
            }
            None => error,
        })?;
        watch.tell(&format!(
            "computer: {:.2} ± {:.2} % of the validation images right on one trajectory, {seconds:.0} s",
            100.0 * seen.top1,
            100.0 * accuracy_stderr(seen.top1, seen.images)
        ));
        let validation = seen.top1;
        Ok(Programmed { task, teacher, teacher_validation, validation, minimised, teacher_seconds, seconds })
    }

    /// The setting of the time step that the computer is trained at.
    fn time_step(&self) -> &'static str {
        match self.job.objective {
            ClassifyObjective::Pathwise(_) => "objective.time_step",
            ClassifyObjective::Action(_) | ClassifyObjective::Exact(_) => "dynamics.time_step",
        }
    }

    /// Programs the computer, or loads the program that is kept.
    fn program_computer<A, T>(
        &self,
        task: T,
        teacher: &Teacher<A::InnerBackend>,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &A::Device,
    ) -> Result<(T::InnerModule, Option<Minimised>, f64), TaskError>
    where
        A: LangevinAutodiffBackend,
        T: Programmable<A> + AutodiffModule<A>,
        T::InnerModule: Task<A::InnerBackend, Scale = S>,
    {
        let (job, inner) = (self.job, task.valid());
        if let Some(computer) = place.module(file::COMPUTER, inner.computer().clone())? {
            let seconds = watch.begin("computer", 0, usize::MAX)?;
            watch.end();
            let minimised = read_minimised(place)?;
            let seconds = seconds.max(minimised.as_ref().map_or(0.0, |m| m.seconds));
            return Ok((inner.with_computer(computer), minimised, seconds));
        }
        let (mut start, mut minimised, mut before) = (task, None, 0.0);
        if let Some(given) = place.module(file::START, inner.computer().clone())? {
            let computer = start.computer().clone().with_parameters(&given.parameters().values)?;
            start = start.with_computer(computer);
        } else if let Some(exact) = job.objective.exact() {
            if matches!(job.objective, ClassifyObjective::Pathwise(p) if p.finite_budget().is_some()) {
                watch.tell(
                    "a budget of heat, from the exact minimum of the action: objective.start.kind = \"random\" \
                     comes to more accuracy within it as a rule",
                );
            }
            let (values, found) = self.minimise(exact, &inner, teacher, place, watch, device)?;
            let computer = start.computer().clone().with_parameters(&values)?;
            start = start.with_computer(computer);
            before = found.seconds;
            minimised = Some(found);
        } else if let ClassifyObjective::Pathwise(PathwiseSettings { start: Start::Random { scale }, .. }) =
            job.objective
        {
            let computer = random_program(start.computer().clone(), scale.unwrap_or(SMALL), job.seed)?;
            start = start.with_computer(computer);
        }
        let done = match &job.objective {
            ClassifyObjective::Exact(_) => Descended { model: start, seconds: 0.0, last: None },
            ClassifyObjective::Action(settings) => {
                let batch = job.training.unwrap_or_default().batch;
                let objective =
                    computer_objective::<A, _, T, _>(self, settings, batch, &inner, teacher.clone(), device);
                self.descend_computer(start, &objective, "", place, watch, device)?
            }
            ClassifyObjective::Pathwise(settings) => {
                let batch = job.training.unwrap_or_default().batch;
                let objective = pathwise_objective::<A, _, T, _>(self, settings, batch, &inner, device)?;
                let suspects = if settings.heat_price > 0.0 {
                    "objective.heat_price, objective.time_step or "
                } else {
                    "objective.time_step or "
                };
                self.descend_computer(start, &objective, suspects, place, watch, device)?
            }
        };
        let task = done.model.valid();
        let limits = ProgramSettings::limits_of(job.program.as_ref());
        let task = if limits.is_none() {
            task
        } else {
            let computer = limits.fit_seen(task.computer(), self.seen(&inner, limits, device).as_ref())?;
            task.with_computer(computer)
        };
        place.keep_module(file::COMPUTER, task.computer())?;
        Ok((task, minimised, before + done.seconds))
    }

    /// What the inputs are, over the first training examples, where couplings are to be left out.
    fn seen<B, T>(&self, task: &T, limits: ProgramLimits, device: &B::Device) -> Option<InputMoments>
    where
        B: Backend,
        T: Task<B, Scale = S>,
    {
        let some: Vec<usize> = (0..self.train.examples.len().min(SEEN)).collect();
        limits.prunes().then(|| InputMoments::of(TaskExamples::new(task, &self.train, device).inputs(&some)))
    }

    fn descend_computer<A, T>(
        &self,
        start: T,
        objective: &impl learning::Objective<A, T>,
        suspects: &str,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &A::Device,
    ) -> Result<Descended<T>, TaskError>
    where
        A: LangevinAutodiffBackend,
        T: Programmable<A> + AutodiffModule<A>,
        T::InnerModule: Task<A::InnerBackend, Scale = S>,
    {
        let training = self.job.training.unwrap_or_default();
        let looks = self.job.validation.unwrap_or_default();
        let every = training.checkpoint_every;
        let of = [file::TEACHER.to_owned()];
        let checkpoint = place
            .kept_in()
            .map(|folder| checkpoint_in(folder, file::COMPUTER_CHECKPOINT, "computer", self.job, &of, every));
        // What a random program that diverges at once is blamed on.
        let time_step = match self.job.objective {
            ClassifyObjective::Pathwise(PathwiseSettings { start: Start::Random { .. }, .. })
                if !place.keeps(file::START)? =>
            {
                "objective.start.scale or objective.time_step"
            }
            _ => self.time_step(),
        };
        let phase = Phase {
            name: "computer",
            section: "training",
            suspects,
            time_step,
            per_epoch: None,
            team: place.team(),
        };
        let simulation = self.job.dynamics.simulation();
        let few = First { examples: self.validation.examples, count: looks.images };
        let shown = Part { examples: &few, scale: self.validation.scale.clone() };
        let limits = ProgramSettings::trained_limits_of(self.job.program.as_ref());
        let seen = self.seen(&start.valid(), limits, device);
        let objective = &LimitedObjective { objective, limits, steps: training.steps, seen };
        let look = |progress: learning::Progress, model: &T| {
            if !progress.step.is_multiple_of(looks.every) && progress.step != progress.steps {
                return Ok(None);
            }
            let how = self.job.one_look(place.team());
            let model = objective.fitted(&model.valid(), progress.step)?;
            let seen = evaluate(&model, &shown, &simulation, how, device, |_, _| ())?;
            Ok(Some(seen.top1))
        };
        descend(&phase, start, objective, &training.training(), checkpoint.as_ref(), watch, look)
    }

    /// The exact minimum of the action: the program, and what the summary says of it.
    fn minimise<B, T>(
        &self,
        exact: &ExactSettings,
        task: &T,
        teacher: &Teacher<B>,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<(Vec<f64>, Minimised), TaskError>
    where
        B: langevin::LangevinBackend,
        T: Task<B, Scale = S>,
    {
        let module = format!("{MINIMUM}.safetensors");
        if let Some(found) = read_minimised(place)?
            && let Some(computer) = place.module(&module, task.computer().clone())?
        {
            return Ok((computer.parameters().values, found));
        }
        let started = Instant::now();
        watch.begin("minimiser", (exact.rounds + 1) * self.train.examples.len(), 0)?;
        let found = exact_minimum(self, exact, task, teacher, place.team(), device, |done, _| watch.step(done))?;
        watch.end();
        let (minimum, seconds) = (&found.minimum, started.elapsed().as_secs_f64());
        watch.tell(&format!(
            "exact minimum of the action: {:.4}, condition number {:.1e}, {} iterations, {seconds:.1} s",
            found.action, minimum.condition, minimum.iterations
        ));
        let minimised = Minimised {
            action: found.action,
            ridge: exact.ridge,
            rounds: exact.rounds,
            condition_number: minimum.condition,
            iterations: minimum.iterations,
            unit_residuals: minimum.residuals.clone(),
            seconds,
        };
        place.keep_module(&module, &found.computer)?;
        place.keep_text(&format!("{MINIMUM}.toml"), &toml::to_string(&minimised).unwrap_or_default())?;
        Ok((minimum.values.values.clone(), minimised))
    }
}

/// What a kept exact minimum came to.
fn read_minimised(place: Place<'_>) -> Result<Option<Minimised>, TaskError> {
    Ok(place.text(&format!("{MINIMUM}.toml"))?.and_then(|text| toml::from_str(&text).ok()))
}

/// Files that only a resumed training needs.
pub(crate) fn leftovers() -> Vec<String> {
    vec![format!("{MINIMUM}.safetensors"), format!("{MINIMUM}.toml"), file::START.to_owned()]
}

/// The first of many examples.
#[derive(Debug)]
struct First<'a, E> {
    examples: &'a E,
    count: usize,
}

impl<E: Examples> Examples for First<'_, E> {
    fn len(&self) -> usize {
        self.examples.len().min(self.count)
    }

    fn feature_count(&self) -> usize {
        self.examples.feature_count()
    }

    fn features(&self, index: usize, out: &mut Vec<f32>) {
        self.examples.features(index, out);
    }

    fn label(&self, index: usize) -> usize {
        self.examples.label(index)
    }
}
