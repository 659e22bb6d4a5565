//! Classifying the images of a data set: what a classifying job does, from its data to its figures.

use super::{
    Classification, Classifier, Evaluation, EvaluationOptions, Part, PixelScaling, Programmed, climb, evaluate,
    figures, teacher_top1,
};
use crate::energy::compared;
use crate::step_error::Ladder;
use crate::{Classify, Place, Split, TaskError, Watch};
use burn::tensor::backend::Backend;
use burn_autodiff::Autodiff;
use data::{Divided, Images};
use langevin::LangevinBackend;
use learning::{Alone, Team};
use runs::{Classified, ClassifiedFigures, Energy, EvaluatedFigures, Halving, Seconds, Teacher, Validation};
use std::time::Instant;

impl Classify {
    /// A part of the data, with the scale of its images.
    pub fn part<'a>(&self, data: &'a Divided, split: Split) -> Part<'a, Images, PixelScaling> {
        let examples = split.of(data);
        Part { examples, scale: PixelScaling::of(&data.data.train, examples, self.data.input_norm) }
    }

    /// The job's examples. Training images are scaled as the whole training set, of which validation images are a part.
    pub fn classification<'a>(&'a self, data: &'a Divided) -> Classification<'a, Images, PixelScaling> {
        let scale = PixelScaling::of(&data.data.train, &data.data.train, self.data.input_norm);
        Classification {
            job: self,
            train: Part { examples: &data.train, scale },
            validation: self.part(data, Split::Validation),
            classes: data.data.classes,
        }
    }

    /// An untrained classifier (θ = 0) for the data.
    pub fn classifier<B: Backend>(&self, data: &Divided, device: &B::Device) -> Classifier<B> {
        let images = &data.data.train;
        Classifier::new(self.computer([images.rows, images.columns], data.data.classes).init(device))
    }

    /// Trains a teacher and programs a classifier, as [`Classification::program`] does.
    ///
    /// # Errors
    /// [`TaskError`] when something diverges, or cannot be kept.
    pub fn program<B: LangevinBackend>(
        &self,
        data: &Divided,
        place: Place<'_>,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<Programmed<B, Classifier<B>>, TaskError> {
        let untrained = self.classifier::<Autodiff<B>>(data, device);
        self.classification(data).program::<Autodiff<B>, _>(untrained, place, watch, device)
    }

    /// Runs a classifier on a part of the data, the deterministic computer too: a rank of a team its share of the images.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] when the dynamics diverges; [`TaskError::Run`] from whoever watches.
    pub fn evaluate<B: LangevinBackend>(
        &self,
        classifier: &Classifier<B>,
        data: &Divided,
        split: Split,
        team: &dyn Team,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<Evaluation, TaskError> {
        let options = EvaluationOptions {
            replicas: self.evaluation.replicas,
            batch: self.evaluation.batch,
            seed: self.seed,
            zero_temperature: true,
            team,
        };
        let part = self.part(data, split);
        watch.begin("evaluate", part.examples.len() * (options.replicas + 1), 0)?;
        let simulation = self.dynamics.simulation();
        let seen = evaluate(classifier, &part, &simulation, options, device, |done, _| watch.step(done))?;
        watch.end();
        Ok(seen)
    }

    /// One trajectory of each image, in the job's bath.
    pub(crate) fn one_look<'a>(&self, team: &'a dyn Team) -> EvaluationOptions<'a> {
        let (batch, seed) = (self.evaluation.batch, self.seed);
        EvaluationOptions { replicas: 1, batch, seed, zero_temperature: false, team }
    }

    /// One trajectory of each image of a part of the data at several time steps, on the same paths: what halving each changes.
    ///
    /// # Errors
    /// As [`Classify::evaluate`].
    pub fn step_error<B: LangevinBackend>(
        &self,
        classifier: &Classifier<B>,
        data: &Divided,
        split: Split,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<Vec<Halving>, TaskError> {
        let part = self.part(data, split);
        let mut ladder = Ladder::new(&self.dynamics, classifier.computer.clock())?;
        watch.begin("time steps", part.examples.len() * ladder.runs(), 0)?;
        climb(&mut ladder, classifier, &part, self.one_look(&Alone), device, |done| watch.step(done))?;
        watch.end();
        Ok(ladder.halvings())
    }

    /// The digital teacher's energy, and the advantage over it: none without a temperature, where heat is in the units of V.
    fn compared(&self, seen: &Evaluation, data: &Divided) -> (Energy, Option<f64>) {
        let macs = self.teacher(data.train.pixel_count(), data.data.classes).macs();
        let (energy, advantage) = compared(macs, self.energy, seen.heat_mean_kt);
        (energy, advantage.filter(|_| self.dynamics.kt() > 0.0))
    }

    /// The figures of an evaluation, with the digital comparison.
    pub fn evaluated(&self, seen: &Evaluation, data: &Divided) -> EvaluatedFigures {
        let (energy, advantage) = self.compared(seen, data);
        EvaluatedFigures::Classified {
            test: seen.test(),
            heat: seen.heat(),
            speed: seen.speed(),
            advantage,
            energy,
        }
    }

    /// Runs a programmed classifier on the test set, once: every figure of it, and the arrays behind the pictures.
    ///
    /// # Errors
    /// As [`Classify::evaluate`].
    pub fn tested<B: LangevinBackend>(
        &self,
        programmed: &Programmed<B, Classifier<B>>,
        data: &Divided,
        class_names: Vec<String>,
        team: &dyn Team,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<(Classified, ClassifiedFigures), TaskError> {
        let started = Instant::now();
        let (task, part) = (&programmed.task, self.part(data, Split::Test));
        let seen = self.evaluate(task, data, Split::Test, team, watch, device)?;
        let teacher = teacher_top1(&programmed.teacher, task, &part, self.evaluation.batch, device);
        let simulation = self.dynamics.simulation();
        let drawn = figures(task, &part, class_names, &simulation, self.seed, &seen, device)?;
        let (energy, advantage) = self.compared(&seen, data);
        let classified = Classified {
            teacher: Teacher {
                activation: self.teacher.activation.name().to_owned(),
                validation_top1: programmed.teacher_validation,
                test_top1: teacher,
            },
            minimiser: programmed.minimised.clone(),
            validation: Validation { images: data.validation.len(), top1: programmed.validation },
            test: seen.test(),
            heat: seen.heat(),
            speed: seen.speed(),
            advantage,
            energy,
            seconds: Seconds {
                teacher: Some(programmed.teacher_seconds),
                training: programmed.seconds,
                evaluation: started.elapsed().as_secs_f64(),
            },
        };
        Ok((classified, drawn))
    }
}
