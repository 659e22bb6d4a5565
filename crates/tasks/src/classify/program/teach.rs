//! The teacher of a job: trained, or loaded where it is kept.

use super::Classification;
use crate::classify::{Examples, Task, TaskExamples, teacher_objective, teacher_top1};
use crate::descent::{Phase, checkpoint_in, descend};
use crate::{Place, TaskError, Watch};
use burn::module::AutodiffModule;
use burn::tensor::backend::{AutodiffBackend, Backend};
use langevin::stream;
use learning::{Alone, ExampleSource, Teacher};
use runs::file;

impl<E: Examples, S: Clone + std::fmt::Debug + Sync> Classification<'_, E, S> {
    /// Trains the teacher, or loads the one that is kept. In a team, rank 0 trains it for all.
    pub(super) fn teach<A, T>(
        &self,
        task: &T,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &A::Device,
    ) -> Result<(Teacher<A::InnerBackend>, f64), TaskError>
    where
        A: AutodiffBackend,
        T: Task<A::InnerBackend, Scale = S>,
    {
        let job = self.job;
        // Burn's initialisers draw from the backend's global generator; nothing else does.
        <A as Backend>::seed(device, stream(job.seed, "teacher init"));
        let shape = job.teacher(task.computer().layout().inputs, self.classes);
        let fresh: Teacher<A> = shape.init(job.computer.well(), &job.dynamics.simulation(), device)?;
        if let Some(teacher) = place.module(file::TEACHER, fresh.valid())? {
            let seconds = watch.begin("teacher", 0, usize::MAX)?;
            watch.end();
            return Ok((teacher, seconds));
        }
        let mut seconds = 0.0;
        let teacher = place.by_first(fresh.valid(), || {
            let (teacher, taken) = self.taught(fresh, task, place, watch, device)?;
            seconds = taken;
            Ok(teacher)
        })?;
        Ok((teacher, seconds))
    }

    /// Trains the teacher, alone.
    fn taught<A, T>(
        &self,
        fresh: Teacher<A>,
        task: &T,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &A::Device,
    ) -> Result<(Teacher<A::InnerBackend>, f64), TaskError>
    where
        A: AutodiffBackend,
        T: Task<A::InnerBackend, Scale = S>,
    {
        let job = self.job;
        let training = job.teacher_training(self.train.examples.len());
        let objective = teacher_objective::<A, _, _>(self, task, device);
        let every = training.look_every;
        let checkpoint = place
            .kept_in()
            .map(|folder| checkpoint_in(folder, file::TEACHER_CHECKPOINT, "teacher", job, &[], every));
        let phase = Phase {
            name: "teacher",
            section: "teacher",
            suspects: "",
            time_step: "dynamics.time_step",
            per_epoch: Some(every),
            team: &Alone,
        };
        let batch = job.evaluation.batch;
        let look =
            |_, model: &Teacher<A>| Ok(Some(teacher_top1(&model.valid(), task, &self.validation, batch, device)));
        let done = descend(&phase, fresh, &objective, &training, checkpoint.as_ref(), watch, look)?;
        let teacher = done.model.valid();
        self.teaches(&teacher, task, device)?;
        place.keep_module(file::TEACHER, &teacher)?;
        Ok((teacher, done.seconds))
    }

    /// A teacher whose activations are no numbers, or too large for one, has diverged although its loss may look finite.
    fn teaches<B, T>(&self, teacher: &Teacher<B>, task: &T, device: &B::Device) -> Result<(), TaskError>
    where
        B: Backend,
        T: Task<B, Scale = S>,
    {
        let few: Vec<usize> = (0..self.validation.examples.len().min(100)).collect();
        let activity = teacher.forward(TaskExamples::new(task, &self.validation, device).inputs(&few));
        let finite = |values: burn::tensor::Tensor<B, 2>| values.into_data().iter::<f32>().all(|v| v.abs() < 1e15);
        if finite(activity.logits.clone()) && finite(activity.pre_activations.clone()) {
            return Ok(());
        }
        Err(TaskError::Diverged {
            phase: "teacher".to_owned(),
            what: "training diverged: its activations are no numbers that a computer could follow".to_owned(),
            cure: format!(
                "a smaller teacher.learning_rate (try {:e})",
                self.job.teacher.descent.learning_rate / 10.0
            ),
        })
    }
}
