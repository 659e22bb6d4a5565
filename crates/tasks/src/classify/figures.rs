//! The data behind the report's pictures.

use super::{Evaluation, Part, Task, TaskExamples};
use crate::TaskError;
use burn::tensor::Tensor;
use data::Images;
use langevin::{Computer, CounterNoise, LangevinBackend, NoForce, Simulation, UnitKind, replica_id, stream};
use learning::ExampleSource;
use runs::{AccuracyPoint, ClassifiedFigures, Histogram, OutputTrajectory, Tiles};

/// Digits shown of each sort, right and wrong.
const SHOWN: usize = 4;
/// Bars of the heat histogram.
const BARS: usize = 60;
/// Points of a curve.
const POINTS: usize = 100;

/// Makes the report's data from an evaluation: the first digits answered right and wrong are run once more, with the
/// same noise, and recorded.
///
/// # Errors
/// [`TaskError::Langevin`] when the dynamics diverges.
pub fn figures<B: LangevinBackend, T: Task<B>>(
    task: &T,
    part: &Part<'_, Images, T::Scale>,
    classes: Vec<String>,
    simulation: &Simulation,
    seed: u64,
    evaluation: &Evaluation,
    device: &B::Device,
) -> Result<ClassifiedFigures, TaskError> {
    let images = part.examples;
    let computer = task.computer();
    let layout = computer.layout();
    let tiles = |program: &Computer<B>| {
        let couplings: Vec<f32> = program.masked_input_couplings().to_data().iter::<f32>().collect();
        let of = |j| (0..layout.inputs).map(|i| couplings[i * layout.moving() + j]).collect();
        Tiles { shape: [images.rows, images.columns], tiles: layout.range(UnitKind::Hidden).map(of).collect() }
    };
    let switches = computer.clock().switches(simulation.steps)?;
    let answered = |right: bool| {
        let labels = &images.labels;
        (0..images.len())
            .filter(|i| (evaluation.predictions[*i] == Some(usize::from(labels[*i]))) == right)
            .take(SHOWN)
            .collect::<Vec<_>>()
    };
    let shown = [answered(true), answered(false)].concat();
    Ok(ClassifiedFigures {
        image_shape: [images.rows, images.columns],
        classes,
        trajectories: recorded(task, part, simulation, seed, evaluation, &shown, device)?,
        confusion: evaluation.confusion.clone(),
        heat_histogram: Histogram::of(&evaluation.heat_kt, BARS),
        coupling_tiles: tiles(computer),
        later_coupling_tiles: computer.programs()[1..].iter().map(tiles).collect(),
        switch_times: switches.iter().map(|step| *step as f64 * simulation.dynamics.time_step).collect(),
        accuracy_against_images: cumulative(images, &evaluation.predictions),
    })
}

fn recorded<B: LangevinBackend, T: Task<B>>(
    task: &T,
    part: &Part<'_, Images, T::Scale>,
    simulation: &Simulation,
    seed: u64,
    evaluation: &Evaluation,
    shown: &[usize],
    device: &B::Device,
) -> Result<Vec<OutputTrajectory>, TaskError> {
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let (examples, images) = (TaskExamples::new(task, part, device), part.examples);
    let protocol = task.computer().protocol(Some(examples.inputs(shown)), shown.len())?;
    let noise = CounterNoise::new(stream(seed, "evaluation"), shown.iter().map(|i| replica_id(*i, 0)));
    let rest = Tensor::zeros(protocol.dims(), device);
    let every = (simulation.steps / POINTS).max(1);
    let trajectory = simulation.record_protocol(&protocol, rest, &noise, &NoForce, every)?;
    let times: Vec<f64> = trajectory.steps.iter().map(|s| *s as f64 * simulation.dynamics.time_step).collect();
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

/// Accuracy on the first n images, at about [`POINTS`] values of n.
fn cumulative(images: &Images, predictions: &[Option<usize>]) -> Vec<AccuracyPoint> {
    let every = (images.len() / POINTS).max(1);
    let mut right = 0;
    let mut points = Vec::new();
    for (i, (prediction, label)) in predictions.iter().zip(&images.labels).enumerate() {
        right += usize::from(*prediction == Some(usize::from(*label)));
        if (i + 1) % every == 0 || i + 1 == images.len() {
            points.push((i + 1, right as f64 / (i + 1) as f64));
        }
    }
    points
}
