//! The data behind the report's pictures.

use crate::data::Images;
use crate::{Evaluation, Task, TaskError, TaskExamples};
use burn::tensor::Tensor;
use langevin::{CounterNoise, Langevin, LangevinBackend, NoForce, UnitKind, replica_id, stream};
use learning::ExampleSource;
use serde::Serialize;

/// Digits shown of each sort, right and wrong.
const SHOWN: usize = 4;
/// Bars of the heat histogram.
const BARS: usize = 60;
/// Points of a curve.
const POINTS: usize = 100;

/// The outputs of one image against time.
#[derive(Debug, Clone, Serialize)]
pub struct OutputTrajectory {
    /// Pixels in 0..=1.
    pub image: Vec<f32>,
    /// True class.
    pub label: usize,
    /// Answer.
    pub predicted: usize,
    /// Times.
    pub times: Vec<f64>,
    /// A curve for each class.
    pub outputs: Vec<Vec<f32>>,
}

/// A histogram.
#[derive(Debug, Clone, Serialize)]
pub struct Histogram {
    /// Edges of the bars, one more than bars.
    pub edges: Vec<f64>,
    /// Counts.
    pub counts: Vec<usize>,
}

/// Couplings of the inputs to each hidden unit, as images.
#[derive(Debug, Clone, Serialize)]
pub struct Tiles {
    /// Rows and columns of a tile.
    pub shape: [usize; 2],
    /// One tile a hidden unit.
    pub tiles: Vec<Vec<f32>>,
}

/// Everything the report draws from an evaluation: `figures.json` of a run folder.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Rows and columns of an image.
    pub image_shape: [usize; 2],
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Outputs against time for a few digits answered right and a few answered wrong.
    pub trajectories: Vec<OutputTrajectory>,
    /// Row the true class, column the predicted one.
    pub confusion: Vec<Vec<usize>>,
    /// Heat of all trajectories in kT.
    pub heat_histogram: Histogram,
    /// Input–hidden couplings.
    pub coupling_tiles: Tiles,
    /// Accuracy on the first n test images, for growing n.
    pub accuracy_against_images: Vec<(usize, f64)>,
}

/// Makes the report's data from an evaluation: the first digits answered right and wrong are run once more, with the
/// same noise, and recorded.
///
/// # Errors
/// [`TaskError::Langevin`] when the dynamics diverges.
pub fn figures<B: LangevinBackend, T: Task<B>>(
    task: &T,
    images: &Images,
    classes: Vec<String>,
    langevin: &Langevin,
    seed: u64,
    evaluation: &Evaluation,
    device: &B::Device,
) -> Result<Figures, TaskError> {
    let computer = task.computer();
    let couplings: Vec<f32> = computer.masked_input_couplings().to_data().iter::<f32>().collect();
    let layout = computer.layout();
    let tiles = layout
        .range(UnitKind::Hidden)
        .map(|j| (0..layout.inputs).map(|i| couplings[i * layout.moving() + j]).collect())
        .collect();
    let answered = |right: bool| {
        let labels = &images.labels;
        (0..images.len())
            .filter(|i| (evaluation.predictions[*i] == usize::from(labels[*i])) == right)
            .take(SHOWN)
            .collect::<Vec<_>>()
    };
    let shown = [answered(true), answered(false)].concat();
    Ok(Figures {
        image_shape: [images.rows, images.columns],
        classes,
        trajectories: recorded(task, images, langevin, seed, evaluation, &shown, device)?,
        confusion: evaluation.confusion.clone(),
        heat_histogram: histogram(&evaluation.heat_kt),
        coupling_tiles: Tiles { shape: [images.rows, images.columns], tiles },
        accuracy_against_images: cumulative(images, &evaluation.predictions),
    })
}

fn recorded<B: LangevinBackend, T: Task<B>>(
    task: &T,
    images: &Images,
    langevin: &Langevin,
    seed: u64,
    evaluation: &Evaluation,
    shown: &[usize],
    device: &B::Device,
) -> Result<Vec<OutputTrajectory>, TaskError> {
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let examples = TaskExamples { task: task.clone(), examples: images, device: device.clone() };
    let landscape = task.computer().landscape(examples.inputs(shown))?;
    let noise = CounterNoise::new(stream(seed, "evaluation"), shown.iter().map(|i| replica_id(*i, 0)));
    let rest = Tensor::zeros(landscape.dims(), device);
    let every = (langevin.steps / POINTS).max(1);
    let trajectory = langevin.record(&landscape, rest, &noise, &NoForce, every)?;
    let times: Vec<f64> = trajectory.steps.iter().map(|s| *s as f64 * langevin.dynamics.time_step).collect();
    let [recorded, batch, units] = trajectory.states.dims();
    let scores = task.read_out(trajectory.states.reshape([recorded * batch, units]));
    let classes = scores.dims()[1];
    let scores: Vec<f32> = scores.to_data().iter::<f32>().collect();
    Ok(shown
        .iter()
        .enumerate()
        .map(|(row, index)| OutputTrajectory {
            image: images.image(*index).iter().map(|p| f32::from(*p) / 255.0).collect(),
            label: usize::from(images.labels[*index]),
            predicted: evaluation.predictions[*index],
            times: times.clone(),
            outputs: (0..classes)
                .map(|class| (0..recorded).map(|t| scores[(t * batch + row) * classes + class]).collect())
                .collect(),
        })
        .collect())
}

fn histogram(values: &[f64]) -> Histogram {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    if values.is_empty() {
        return Histogram { edges: Vec::new(), counts: Vec::new() };
    }
    let width = ((high - low) / BARS as f64).max(f64::MIN_POSITIVE);
    let mut counts = vec![0; BARS];
    for value in values {
        counts[(((value - low) / width) as usize).min(BARS - 1)] += 1;
    }
    Histogram { edges: (0..=BARS).map(|i| low + width * i as f64).collect(), counts }
}

/// Accuracy on the first n images, at about [`POINTS`] values of n.
fn cumulative(images: &Images, predictions: &[usize]) -> Vec<(usize, f64)> {
    let every = (images.len() / POINTS).max(1);
    let mut right = 0;
    let mut points = Vec::new();
    for (i, (prediction, label)) in predictions.iter().zip(&images.labels).enumerate() {
        right += usize::from(*prediction == usize::from(*label));
        if (i + 1) % every == 0 || i + 1 == images.len() {
            points.push((i + 1, right as f64 / (i + 1) as f64));
        }
    }
    points
}
