//! What the stages of a generative training are trained on.

use super::generator::{Generator, one_hot};
use crate::config::{EXACT_BATCH, evenly_spaced};
use crate::{Generate, ImageScaling, InputNorm, PixelScaling, Stage, TaskError};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};
use data::Divided;
use langevin::{Computer, LangevinAutodiffBackend, LangevinBackend, Well, stream};
use learning::{
    ActionObjective, ContrastiveObjective, EnergyDistanceObjective, LearningError, Minimum, Noising,
    ProgramMoments, Random, ReversedNoising, Share, ShortRun, ShownBatch, ShownSource, Team, UnitEquilibrium,
    View,
};

/// Forces on a hidden unit that the table of its mean covers, ±; beyond it goes on straight.
const FORCE_BOUND: f64 = 60.0;

/// Images that a generator learns, as states or forces of the visible units.
#[derive(Debug, Clone)]
pub struct Shown {
    /// `[images, pixels]`, row-major.
    pub patterns: Vec<f32>,
    /// Class unit of each.
    pub labels: Vec<usize>,
    /// Pixels of an image.
    pub pixels: usize,
    /// Class units there are or would be: classes, or images if those are few.
    pub classes: usize,
}

impl Shown {
    /// The images of a job: those of its configuration, each a class of its own, or all training images.
    ///
    /// # Panics
    /// If the job names an image that is not there, which [`crate::Job::divide`] refuses.
    pub fn of(job: &Generate, data: &Divided) -> Self {
        let (few, all) = (job.few(), &data.data.train);
        let chosen = if few { all.subset(&job.data.images) } else { data.train.clone() };
        let scaling = PixelScaling::of(all, all, InputNorm::TrainingSet);
        let mut patterns = Vec::with_capacity(chosen.len() * chosen.pixel_count());
        for i in 0..chosen.len() {
            let pixels = chosen.image(i).iter().map(|p| f64::from(*p) / 255.0);
            match job.data.scaling {
                ImageScaling::Symmetric => patterns.extend(pixels.map(|p| (2.0 * p - 1.0) as f32)),
                ImageScaling::Standardised => {
                    let row: Vec<f64> = pixels.map(|p| (p - scaling.mean) / scaling.std).collect();
                    let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-12);
                    patterns.extend(row.iter().map(|v| (v * scaling.norm / norm) as f32));
                }
            }
        }
        let labels: Vec<usize> =
            (0..chosen.len()).map(|i| if few { i } else { usize::from(chosen.labels[i]) }).collect();
        let classes = if few { chosen.len() } else { data.data.classes };
        Self { patterns, labels, pixels: chosen.pixel_count(), classes }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pattern of an image.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn pattern(&self, image: usize) -> &[f32] {
        &self.patterns[image * self.pixels..(image + 1) * self.pixels]
    }

    /// s of every moving unit: hidden unit j takes pixel j mod pixels (paper B).
    fn unit_patterns<B: Backend>(&self, hidden: usize, device: &B::Device) -> Tensor<B, 2> {
        let mut rows = Vec::with_capacity(self.len() * (self.pixels + hidden));
        for image in 0..self.len() {
            let pattern = self.pattern(image);
            rows.extend_from_slice(pattern);
            rows.extend((0..hidden).map(|j| pattern[j % self.pixels]));
        }
        Tensor::from_data(TensorData::new(rows, [self.len(), self.pixels + hidden]), device)
    }

    /// Force on every moving unit during an asymmetric preparation, `[moving]`; none if `fraction` is 0.
    pub fn rest<B: Backend>(&self, job: &Generate, device: &B::Device) -> Option<Tensor<B, 1>> {
        let mean = || -> Tensor<B, 1> {
            self.unit_patterns(job.computer.units.hidden, device).mean_dim(0).squeeze_dim(0)
        };
        let noising = job.noising;
        (noising.preparation > 0.0).then(|| mean() * (noising.force * noising.preparation))
    }
}

/// A generative job and its images.
#[derive(Debug, Clone, Copy)]
pub struct GenerativeJob<'a> {
    /// The job.
    pub job: &'a Generate,
    /// The images.
    pub shown: &'a Shown,
}

impl<'a> GenerativeJob<'a> {
    /// A generator of this job, θ = 0.
    pub fn generator<B: LangevinBackend>(&self, device: &B::Device) -> Generator<B> {
        let computer = self.job.computer(self.shown.pixels, self.shown.classes).init(device);
        Generator::new(computer, self.job.data.gain)
    }

    /// The noising of the images under the computer's own dynamics.
    pub fn noising<B: LangevinBackend>(&self, device: &B::Device) -> Noising<B> {
        let job = self.job;
        let patterns = self.shown.unit_patterns(job.computer.units.hidden, device);
        let (simulation, seed) = (job.dynamics.simulation(), stream(job.seed, "noising"));
        Noising::new(patterns, job.noising.protocol(), self.well(), simulation, seed)
            .with_rest(self.shown.rest(job, device))
    }

    fn well(&self) -> Well {
        self.job.computer.units.well()
    }

    fn class_inputs<B: Backend>(&self, device: &B::Device) -> Option<Tensor<B, 2>> {
        let classes = if self.job.computer.class_units { self.shown.classes } else { 0 };
        one_hot(&self.shown.labels, classes, device)
    }

    /// The action of reversed noising trajectories.
    pub fn reversed_action<B: LangevinAutodiffBackend>(
        &self,
        batch: usize,
        times: usize,
        device: &B::Device,
    ) -> ActionObjective<ReversedNoising<B::InnerBackend>> {
        let noising = self.noising::<B::InnerBackend>(device);
        let times = if times == 0 { noising.steps() } else { times };
        let source = ReversedNoising {
            noising,
            inputs: self.class_inputs(device),
            batch,
            times,
            seed: stream(self.job.seed, "reversed noising"),
        };
        ActionObjective { source, dynamics: self.job.dynamics.simulation().dynamics }
    }

    /// The exact minimum of the action of so many reversed noising trajectories at so many time steps (0 for all of them), and the
    /// mean action there. A rank of a team adds its share of the trajectories.
    ///
    /// # Errors
    /// [`TaskError`] for a ridge that does not fit.
    pub fn exact_minimum<B: LangevinBackend>(
        &self,
        trajectories: usize,
        times: usize,
        ridge: f64,
        team: &dyn Team,
        device: &B::Device,
        mut progress: impl FnMut(usize),
    ) -> Result<(Minimum, f64), TaskError> {
        let simulation = self.job.dynamics.simulation();
        let noising = self.noising::<B>(device);
        let inputs = self.class_inputs::<B>(device);
        let computer: Computer<B> = self.generator(device).computer;
        let layout = computer.layout();
        let mut moments =
            ProgramMoments::new(layout.inputs, layout.moving(), self.well(), &simulation, computer.clock())?;
        let count = if times == 0 { simulation.steps } else { times.min(simulation.steps) };
        let times = evenly_spaced(count, simulation.steps);
        let own = team.share().rows(trajectories);
        for first in own.clone().step_by(EXACT_BATCH) {
            let images: Vec<usize> =
                (first..own.end.min(first + EXACT_BATCH)).map(|i| i % self.shown.len()).collect();
            let transitions = noising.reversed(&images, first as u64, &times)?;
            let rows = inputs.as_ref().map(|inputs| {
                let rows = images.iter().map(|i| inputs.clone().narrow(0, *i, 1)).collect();
                Tensor::cat(rows, 0)
            });
            moments.add(rows, &transitions, &noising.generation_steps(&times))?;
            progress((first + images.len() - own.start) * trajectories / own.len());
        }
        let minimum = moments.minimise_in(team, &computer, ridge)?;
        let action = moments.action_at(&minimum, self.job.dynamics.kt());
        Ok((minimum, action))
    }

    fn runs(&self, stage: &Stage, purpose: &str) -> Result<ShortRun, TaskError> {
        let simulation = self.job.stage_langevin(stage)?;
        let unit = UnitEquilibrium::new(self.well(), self.job.dynamics.kt(), FORCE_BOUND);
        Ok(ShortRun { simulation, unit, seed: stream(self.job.seed, purpose) })
    }

    fn batches<B: LangevinBackend>(
        &self,
        stage: &Stage,
        purpose: &str,
        device: &B::Device,
    ) -> ShownBatches<'a, B> {
        let batch = stage.training.unwrap_or_default().batch;
        let groups = if self.job.computer.class_units { self.shown.classes } else { 1 };
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups];
        for (image, label) in self.shown.labels.iter().enumerate() {
            members[if self.job.computer.class_units { *label } else { 0 }].push(image);
        }
        ShownBatches {
            shown: self.shown,
            members,
            size: batch.div_ceil(groups).max(2),
            noising: self.job.few().then(|| self.noising(device)),
            class_units: self.job.computer.class_units,
            seed: stream(self.job.seed, purpose),
            device: device.clone(),
        }
    }

    /// Contrastive divergence on the device's own short runs.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] for a time step that does not fit.
    pub fn contrastive<B: LangevinAutodiffBackend>(
        &self,
        stage: &Stage,
        device: &B::Device,
    ) -> Result<ContrastiveObjective<ShownBatches<'a, B::InnerBackend>>, TaskError> {
        let source = self.batches(stage, "contrastive", device);
        Ok(ContrastiveObjective { source, runs: self.runs(stage, "contrastive runs")? })
    }

    /// Energy distance to what should be shown, in the given views.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] for a time step that does not fit.
    pub fn energy_distance<B: LangevinAutodiffBackend>(
        &self,
        stage: &Stage,
        heat_price: f64,
        heat_budget: Option<f64>,
        views: Vec<Box<dyn View<B>>>,
        device: &B::Device,
    ) -> Result<EnergyDistanceObjective<B, ShownBatches<'a, B::InnerBackend>>, TaskError> {
        let source = self.batches(stage, "energy distance", device);
        let runs = self.runs(stage, "energy distance runs")?;
        let heat_budget = heat_budget.filter(|budget| budget.is_finite());
        Ok(EnergyDistanceObjective { source, runs, views, heat_price, heat_budget })
    }
}

/// Batches of what should be shown, class after class: thermal states that the images prepare if those are few, else the images.
pub struct ShownBatches<'a, B: Backend> {
    shown: &'a Shown,
    /// Images of each group.
    members: Vec<Vec<usize>>,
    /// Images of a group in a batch.
    size: usize,
    noising: Option<Noising<B>>,
    class_units: bool,
    seed: u64,
    device: B::Device,
}

impl<B: LangevinBackend> ShownSource<B> for ShownBatches<'_, B> {
    fn batch(&self, step: usize) -> Result<ShownBatch<B>, LearningError> {
        self.share(step, Share::WHOLE)
    }

    fn share(&self, step: usize, share: Share) -> Result<ShownBatch<B>, LearningError> {
        let mut random = Random::new(self.seed, "images", step as u64);
        let mut images = Vec::with_capacity(self.members.len() * self.size);
        for members in &self.members {
            if self.noising.is_some() {
                // Few images: each the same number of times.
                images.extend((0..self.size).map(|i| members[(step * self.size + i) % members.len()]));
            } else {
                images.extend((0..self.size).map(|_| members[random.below(members.len())]));
            }
        }
        let (all, pixels) = (images.len(), self.shown.pixels);
        let own = share.rows(all);
        let (first, rows) = ((step * all + own.start) as u64, own.len());
        let images = &images[own];
        let visible = match &self.noising {
            Some(noising) => noising.prepared(images, first)?.narrow(1, 0, pixels),
            None => {
                let values: Vec<f32> = images.iter().flat_map(|i| self.shown.pattern(*i).to_vec()).collect();
                Tensor::from_data(TensorData::new(values, [rows, pixels]), &self.device)
            }
        };
        let classes: Vec<usize> = images.iter().map(|i| self.shown.labels[*i]).collect();
        let count = if self.class_units { self.shown.classes } else { 0 };
        Ok(ShownBatch { inputs: one_hot(&classes, count, &self.device), visible, groups: self.members.len() })
    }
}

/// The features of a network of what is read out, as a view.
pub struct ReadOutFeatures<B: AutodiffBackend, F: Fn(Tensor<B, 2>) -> Tensor<B, 2> + Sync> {
    /// g of the read-out.
    pub gain: f64,
    /// The network: pixels `[batch, pixels]` to features.
    pub network: F,
    /// Weight.
    pub weight: f64,
    /// Backend.
    pub backend: std::marker::PhantomData<B>,
}

impl<B: AutodiffBackend, F: Fn(Tensor<B, 2>) -> Tensor<B, 2> + Sync> View<B> for ReadOutFeatures<B, F> {
    fn features(&self, visible: Tensor<B, 2>) -> Tensor<B, 2> {
        (self.network)((visible * (0.5 * self.gain) + 0.5).clamp(0.0, 1.0))
    }

    fn weight(&self) -> f64 {
        self.weight
    }
}
