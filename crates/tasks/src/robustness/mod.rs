//! How robust a trained program is: what it still does, and at which heat, on devices that are not quite what it was trained for.
//!
//! The figures of a level are means over devices. Device d of every level runs on the same images under the same noise (that of replica d
//! of an evaluation), and its errors are the same at all levels but for their size; so is the undisturbed program run, once for each d.
//! Differences between levels are then of the level alone, and sharper than the figures themselves.
//!
//! A standard error is that over the devices, on the images at hand: it holds the spread of devices and noise, not that of the images,
//! which all levels share.

mod axis;
mod classify;
mod device;
mod generate;

pub use axis::AxisLevels;
pub use device::Device;

use crate::generate::{Generator, Networks};
use crate::{Classifier, Job, TaskError, Watch};
use burn::tensor::backend::Backend;
use data::Divided;
use langevin::{Computer, LangevinBackend, LangevinError, stream};
use runs::{AxisFigures, Criterion, Estimate, Level, Quantity, RobustnessFigures, Tolerance};
use std::collections::BTreeMap;

/// What to measure.
#[derive(Debug, Clone)]
pub struct RobustnessOptions {
    /// The axes, and their levels.
    pub axes: Vec<AxisLevels>,
    /// Devices of each level.
    pub devices: usize,
    /// Test images (samples, of a generator) of each device.
    pub trajectories: usize,
    /// The state that stuck units are held at.
    pub stuck_at: f64,
    /// Seed of noise and devices.
    pub seed: u64,
}

/// What one device comes to.
type Figures = BTreeMap<Quantity, f64>;

/// A trained program that devices are measured with.
trait Subject<B: Backend> {
    /// What a loss is.
    fn criterion(&self) -> Option<Criterion>;

    /// The figures of a device under noise seed number `replica`; `done` is told the trajectories that are done.
    fn figures(
        &self,
        device: &Device<B>,
        replica: usize,
        done: &mut dyn FnMut(usize),
    ) -> Result<Figures, TaskError>;
}

impl Job {
    /// Test images, or samples of a generator, of each device where nobody asks for another number.
    pub fn robustness_trajectories(&self) -> usize {
        match self {
            Self::Classify(_) => 2000,
            Self::Generate(_) => 1000,
        }
    }

    /// Whether an axis can be measured of this job: a generator's inputs, if it has any, are class units, which are exact.
    pub fn has_axis(&self, axis: runs::Axis) -> bool {
        matches!(self, Self::Classify(_)) || axis != runs::Axis::InputNoise
    }

    /// Measures a computer on disturbed devices, level after level of each axis. A device on which the dynamics diverges is counted at
    /// its level.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] when the dynamics diverges undisturbed; [`TaskError`] when a network that judges samples cannot be had.
    pub fn robustness<B: LangevinBackend>(
        &self,
        computer: Computer<B>,
        data: &Divided,
        options: &RobustnessOptions,
        networks: Networks<'_>,
        watch: &mut dyn Watch,
        device: &B::Device,
    ) -> Result<RobustnessFigures, TaskError> {
        let whole = Device::undisturbed(computer.clone(), self.simulation());
        match self {
            Self::Classify(job) => {
                let subject = classify::Classified::new(job, &Classifier::new(computer), data, options, device);
                sweep(&subject, &whole, options, watch)
            }
            Self::Generate(job) => {
                let generator = Generator::new(computer, job.data.gain);
                let subject = generate::Generated::new(job, &generator, data, options, networks, watch, device)?;
                sweep(&subject, &whole, options, watch)
            }
        }
    }
}

fn sweep<B: LangevinBackend>(
    subject: &impl Subject<B>,
    whole: &Device<B>,
    options: &RobustnessOptions,
    watch: &mut dyn Watch,
) -> Result<RobustnessFigures, TaskError> {
    let RobustnessOptions { axes, devices, trajectories, stuck_at, seed } = options;
    let disturbed = |axis: &AxisLevels| axis.outward(true).len() + axis.outward(false).len();
    let runs = devices * (1 + axes.iter().map(disturbed).sum::<usize>());
    watch.begin("robustness", runs * trajectories, 0)?;
    let mut measured = 0;
    let mut measure = |device: &Device<B>, replica: usize| {
        let before = measured * trajectories;
        measured += 1;
        subject.figures(device, replica, &mut |done| watch.step(before + done))
    };
    let undisturbed = (0..*devices).map(|d| measure(whole, d)).collect::<Result<Vec<Figures>, _>>()?;
    let criterion = subject.criterion();
    let hardware = stream(*seed, "hardware");
    let mut found = Vec::new();
    for AxisLevels { axis, levels } in axes {
        let mut rows = Vec::new();
        for level in levels {
            if axis.undisturbed() == Some(*level) {
                let figures = Some(estimates(&undisturbed));
                rows.push(Level { level: *level, diverged: 0, figures, change: None });
                continue;
            }
            let of = |d: usize| whole.disturbed(*axis, *level, hardware.wrapping_add(d as u64), *stuck_at);
            let shared = if axis.draws_devices() { None } else { Some(of(0)?) };
            let (mut each, mut diverged): (Vec<Figures>, _) = (Vec::new(), 0);
            for d in 0..*devices {
                let device = shared.clone().map_or_else(|| of(d), Ok)?;
                match measure(&device, d) {
                    Ok(figures) => each.push(figures),
                    Err(TaskError::Langevin(LangevinError::Diverged { .. })) => diverged += 1,
                    Err(error) => return Err(error),
                }
            }
            rows.push(row(*level, diverged, &each, &undisturbed, criterion));
        }
        let axis = AxisLevels { axis: *axis, levels: levels.clone() };
        found.push(tolerated(&axis, rows, criterion));
    }
    watch.end();
    let (trajectories, stuck_at) = (*trajectories, *stuck_at);
    let undisturbed = estimates(&undisturbed);
    Ok(RobustnessFigures { trajectories, devices: *devices, stuck_at, criterion, undisturbed, axes: found })
}

/// A level from the figures of its devices, if none diverged.
fn row(
    level: f64,
    diverged: usize,
    each: &[Figures],
    undisturbed: &[Figures],
    criterion: Option<Criterion>,
) -> Level {
    if diverged > 0 {
        return Level { level, diverged, figures: None, change: None };
    }
    let change = criterion.and_then(|Criterion { quantity, .. }| {
        let pairs = each.iter().zip(undisturbed);
        let changes: Option<Vec<f64>> =
            pairs.map(|(own, whole)| Some(own.get(&quantity)? - whole.get(&quantity)?)).collect();
        Some(Estimate::of(&changes?))
    });
    Level { level, diverged, figures: Some(estimates(each)), change }
}

/// Means over devices of what all of them have.
fn estimates(each: &[Figures]) -> BTreeMap<Quantity, Estimate> {
    let of = |quantity: &Quantity| {
        let values: Option<Vec<f64>> = each.iter().map(|figures| figures.get(quantity).copied()).collect();
        values
            .filter(|values| values.iter().all(|v| v.is_finite()))
            .map(|values| (*quantity, Estimate::of(&values)))
    };
    each.first().into_iter().flat_map(BTreeMap::keys).filter_map(of).collect()
}

fn tolerated(axis: &AxisLevels, levels: Vec<Level>, criterion: Option<Criterion>) -> AxisFigures {
    let tolerance = |below: bool| {
        let changes: Vec<(f64, Option<f64>)> = axis
            .outward(below)
            .into_iter()
            .filter_map(|level| {
                let row = levels.iter().find(|row| row.level.total_cmp(&level).is_eq())?;
                Some((level, row.change.map(|change| change.mean)))
            })
            .collect();
        Tolerance::of(axis.axis.undisturbed(), &changes, criterion?.loss)
    };
    let (below, above) = (tolerance(true), tolerance(false));
    AxisFigures { axis: axis.axis, levels, below, above }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runs::Axis;

    fn figures(values: &[f64]) -> Vec<Figures> {
        values.iter().map(|v| [(Quantity::Accuracy, *v)].into()).collect()
    }

    const CRITERION: Criterion = Criterion { quantity: Quantity::Accuracy, loss: 0.01 };

    #[test]
    fn a_change_is_that_of_pairs() {
        let (own, whole) = (figures(&[0.90, 0.95]), figures(&[0.91, 0.96]));
        let row = row(0.1, 0, &own, &whole, Some(CRITERION));
        let change = row.change.unwrap();
        // Both devices lose the same, whatever they have.
        assert!((change.mean + 0.01).abs() < 1e-12 && change.stderr.unwrap() < 1e-12);
        assert!((row.figures.unwrap()[&Quantity::Accuracy].stderr.unwrap() - 0.025).abs() < 1e-12);
    }

    #[test]
    fn a_level_on_which_one_device_diverges_has_no_mean() {
        let row = row(3.0, 1, &figures(&[0.9]), &figures(&[0.9, 0.9]), Some(CRITERION));
        assert_eq!((row.diverged, row.figures.clone(), row.change), (1, None, None));
        let axis = AxisLevels { axis: Axis::Offset, levels: vec![0.0, 3.0] };
        let zero = Level { level: 0.0, diverged: 0, figures: None, change: None };
        let found = tolerated(&axis, vec![zero, row], Some(CRITERION));
        assert_eq!((found.below, found.above), (None, Some(Tolerance::Diverges { level: 3.0 })));
    }

    #[test]
    fn both_sides_of_the_undisturbed_level_have_their_own_tolerance() {
        let axis = AxisLevels { axis: Axis::Clock, levels: vec![-0.1, 0.0, 0.1] };
        let at = |level: f64, change: Option<f64>| Level {
            level,
            diverged: 0,
            figures: None,
            change: change.map(|mean| Estimate { mean, stderr: None }),
        };
        let found =
            tolerated(&axis, vec![at(-0.1, Some(-0.02)), at(0.0, None), at(0.1, Some(0.0))], Some(CRITERION));
        assert_eq!(found.above, Some(Tolerance::Beyond { level: 0.1 }));
        let Some(Tolerance::At { level }) = found.below else { panic!("{found:?}") };
        assert!((level + 0.05).abs() < 1e-12);
    }
}
