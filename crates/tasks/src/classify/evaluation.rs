//! What a trained computer does on data it has not seen, on the noisy dynamics.

use super::{Examples, Part, Task, TaskExamples};
use crate::TaskError;
use crate::step_error::Ladder;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use langevin::{CounterNoise, LangevinBackend, NoNoise, Simulation, replica_id, stream};
use learning::{ExampleSource, Teacher, Team};
use runs::{Heat, Speed, Test};
use std::time::Instant;

/// How to evaluate.
#[derive(Debug, Clone, Copy)]
pub struct EvaluationOptions<'a> {
    /// Trajectories of each image.
    pub replicas: usize,
    /// Images simulated together; no result depends on it.
    pub batch: usize,
    /// Seed of the run; the noise is that of its `evaluation` stream.
    pub seed: u64,
    /// Whether to run the deterministic computer too.
    pub zero_temperature: bool,
    /// Who evaluates, each rank its share of the examples; the figures are those of all.
    pub team: &'a dyn Team,
}

/// The figures of an evaluation. Accuracies are fractions; a tie counts as wrong.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Images.
    pub images: usize,
    /// Trajectories of each.
    pub replicas: usize,
    /// Top-1 on one trajectory, the first.
    pub top1: f64,
    /// Standard error √(p(1−p)/n) of top-1 over images.
    pub top1_stderr: f64,
    /// Standard deviation of top-1 over the replicas: the spread that the noise alone makes. None for one replica.
    pub top1_noise_std: Option<f64>,
    /// Whether the class is among the two largest outputs, on the first trajectory.
    pub top2: f64,
    /// Top-1 of the outputs averaged over all trajectories of an image.
    pub top1_mean: f64,
    /// Standard error of the averaged top-1 over images.
    pub top1_mean_stderr: f64,
    /// Top-1 at zero temperature.
    pub top1_zero_temperature: Option<f64>,
    /// Counts: row the true class, column the answer, first trajectory. Ties are in none.
    pub confusion: Vec<Vec<usize>>,
    /// Answer to each image on its first trajectory; none for a tie.
    pub predictions: Vec<Option<usize>>,
    /// Heat of each trajectory in kT: image after image for the first replica, then for the second …
    pub heat_kt: Vec<f64>,
    /// Mean heat.
    pub heat_mean_kt: f64,
    /// Standard deviation of the heat over all trajectories.
    pub heat_std_kt: f64,
    /// Standard error of the mean over images.
    pub heat_stderr_kt: f64,
    /// Mean work of the switches of a program in time; none for one that does not change.
    pub work_mean_kt: Option<f64>,
    /// Trajectories simulated a second, with reading inputs in and outputs out: a wall-clock figure of this machine.
    pub trajectories_per_second: f64,
}

/// Standard error √(p(1−p)/n) of an accuracy over n images.
pub fn accuracy_stderr(accuracy: f64, images: usize) -> f64 {
    (accuracy * (1.0 - accuracy) / images.max(1) as f64).sqrt()
}

/// Runs a task's computer on a part of a data set, each of its examples `replicas` times with its own noise.
///
/// Only their features reach the computer; labels are compared with its answers afterwards. `progress` is called with
/// trajectories done and in all.
///
/// # Errors
/// [`TaskError::Langevin`] when the dynamics diverges.
pub fn evaluate<B: LangevinBackend, T: Task<B>, E: Examples>(
    task: &T,
    part: &Part<'_, E, T::Scale>,
    simulation: &Simulation,
    options: EvaluationOptions<'_>,
    device: &B::Device,
    mut progress: impl FnMut(usize, usize),
) -> Result<Evaluation, TaskError> {
    let examples = part.examples;
    let (n, replicas) = (examples.len(), options.replicas.max(1));
    let passes = replicas + usize::from(options.zero_temperature);
    let source = TaskExamples::new(task, part, device);
    let seed = stream(options.seed, "evaluation");
    let heat_unit = simulation.dynamics.bath.heat_unit();

    let classes = task.computer().layout().outputs;
    let mut scores: Vec<Vec<f32>> = vec![Vec::with_capacity(n * classes); passes];
    let mut heat: Vec<Vec<f64>> = vec![Vec::with_capacity(n); replicas];
    let (mut work, switches) = (0.0, task.computer().segments() > 1);
    let mut done = 0;
    let begun = Instant::now();
    let own = options.team.share().rows(n);
    for start in own.clone().step_by(options.batch.max(1)) {
        let indices: Vec<usize> = (start..own.end.min(start + options.batch.max(1))).collect();
        let protocol = task.computer().protocol(Some(source.inputs(&indices)), indices.len())?;
        let rest = Tensor::zeros(protocol.dims(), device);
        for (pass, scores) in scores.iter_mut().enumerate() {
            let outcome = if pass < replicas {
                let noise = CounterNoise::new(seed, indices.iter().map(|i| replica_id(*i, pass)));
                simulation.run_protocol(&protocol, rest.clone(), &noise)?
            } else {
                simulation.at_zero_temperature().run_protocol(&protocol, rest.clone(), &NoNoise)?
            };
            scores.extend(task.read_out(outcome.state).to_data().iter::<f32>());
            if let Some(heat) = heat.get_mut(pass) {
                if switches {
                    work += outcome.work.to_data().iter::<f64>().sum::<f64>() / heat_unit;
                }
                heat.extend(outcome.heat.to_data().iter::<f64>().map(|q| q / heat_unit));
            }
            done += indices.len();
            // The other ranks are about as far.
            progress(done * n / own.len(), n * passes);
        }
    }
    for scores in &mut scores {
        *scores = options.team.joined(std::mem::take(scores))?;
    }
    for heat in &mut heat {
        *heat = options.team.joined(std::mem::take(heat))?;
    }
    let work: f64 = options.team.sum(&[work])?.iter().sum();
    let seconds = begun.elapsed().as_secs_f64();
    let labels: Vec<usize> = (0..n).map(|i| examples.label(i)).collect();
    let mean = work / (n * replicas).max(1) as f64;
    let found = figures_of(&labels, &scores, heat, replicas, seconds);
    Ok(Evaluation { work_mean_kt: switches.then_some(mean), ..found })
}

fn figures_of(
    labels: &[usize],
    scores: &[Vec<f32>],
    heat: Vec<Vec<f64>>,
    replicas: usize,
    seconds: f64,
) -> Evaluation {
    let n = labels.len();
    let classes = scores[0].len() / n.max(1);
    let accuracy = |predictions: &[Option<usize>]| {
        predictions.iter().zip(labels).filter(|(p, l)| **p == Some(**l)).count() as f64 / n.max(1) as f64
    };
    let answers = |scores: &[f32]| scores.chunks_exact(classes).map(answer).collect::<Vec<_>>();
    let predictions = answers(&scores[0]);
    let top1 = accuracy(&predictions);
    let each: Vec<f64> = scores[..replicas].iter().map(|s| accuracy(&answers(s))).collect();
    let top2 = scores[0]
        .chunks_exact(classes)
        .zip(labels)
        .filter(|(s, l)| {
            let own = s[**l];
            // Its own is among them.
            s.iter().filter(|other| **other >= own).count() <= 2
        })
        .count() as f64
        / n.max(1) as f64;
    let mut mean = vec![0f32; n * classes];
    for replica in &scores[..replicas] {
        mean.iter_mut().zip(replica).for_each(|(m, s)| *m += s / replicas as f32);
    }
    let top1_mean = accuracy(&answers(&mean));
    let mut confusion = vec![vec![0; classes]; classes];
    for (prediction, label) in predictions.iter().zip(labels) {
        if let Some(prediction) = prediction {
            confusion[*label][*prediction] += 1;
        }
    }
    let of_image: Vec<f64> =
        (0..n).map(|i| heat.iter().map(|replica| replica[i]).sum::<f64>() / replicas as f64).collect();
    let heat_kt: Vec<f64> = heat.into_iter().flatten().collect();
    let (heat_mean_kt, heat_std_kt) = crate::mean_and_std(&heat_kt);
    Evaluation {
        images: n,
        replicas,
        top1,
        top1_stderr: accuracy_stderr(top1, n),
        top1_noise_std: (replicas > 1).then(|| crate::mean_and_std(&each).1),
        top2,
        top1_mean,
        top1_mean_stderr: accuracy_stderr(top1_mean, n),
        top1_zero_temperature: scores.get(replicas).map(|s| accuracy(&answers(s))),
        confusion,
        predictions,
        heat_mean_kt,
        heat_std_kt,
        heat_stderr_kt: crate::mean_and_std(&of_image).1 / (n.max(1) as f64).sqrt(),
        heat_kt,
        work_mean_kt: None,
        trajectories_per_second: (n * scores.len()) as f64 / seconds,
    }
}

/// One trajectory of each example at several time steps, on one Brownian path each: the noise of [`evaluate`]'s first.
///
/// # Errors
/// [`TaskError::Langevin`] when the dynamics diverges at the job's own time step.
pub(crate) fn climb<B: LangevinBackend, T: Task<B>, E: Examples>(
    ladder: &mut Ladder,
    task: &T,
    part: &Part<'_, E, T::Scale>,
    options: EvaluationOptions<'_>,
    device: &B::Device,
    mut progress: impl FnMut(usize),
) -> Result<(), TaskError> {
    let n = part.examples.len();
    let source = TaskExamples::new(task, part, device);
    let seed = stream(options.seed, "evaluation");
    let answers = |state: Tensor<B, 2>| -> Vec<Option<usize>> {
        let scores = task.read_out(state);
        let classes = scores.dims()[1];
        scores.to_data().iter::<f32>().collect::<Vec<_>>().chunks_exact(classes).map(answer).collect()
    };
    let mut done = 0;
    for start in (0..n).step_by(options.batch.max(1)) {
        let indices: Vec<usize> = (start..n.min(start + options.batch.max(1))).collect();
        let protocol = task.computer().protocol(Some(source.inputs(&indices)), indices.len())?;
        let rest = Tensor::zeros(protocol.dims(), device);
        let noise = CounterNoise::new(seed, indices.iter().map(|i| replica_id(*i, 0)));
        ladder.add(&protocol, &rest, &noise, Some(&answers), || {
            done += indices.len();
            progress(done);
        })?;
    }
    Ok(())
}

/// Index of the largest score; none where two or more share it, or where it is no number.
pub(crate) fn answer(scores: &[f32]) -> Option<usize> {
    let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]))?;
    (scores.iter().filter(|score| **score >= scores[best]).count() == 1).then_some(best)
}

impl Evaluation {
    /// The accuracies, as a summary has them.
    pub fn test(&self) -> Test {
        let of_ten = |value| (self.replicas == 10).then_some(value);
        Test {
            images: self.images,
            replicas: self.replicas,
            top1: self.top1,
            top1_stderr: self.top1_stderr,
            top1_noise_std: self.top1_noise_std,
            top2: self.top2,
            top1_mean10: of_ten(self.top1_mean),
            top1_mean10_stderr: of_ten(self.top1_mean_stderr),
            top1_mean_replicas: self.top1_mean,
            top1_mean_replicas_stderr: self.top1_mean_stderr,
            top1_zero_temperature: self.top1_zero_temperature,
        }
    }

    /// The heat, as a summary has it.
    pub fn heat(&self) -> Heat {
        Heat {
            mean_kt: self.heat_mean_kt,
            std_kt: self.heat_std_kt,
            stderr_kt: self.heat_stderr_kt,
            work_mean_kt: self.work_mean_kt,
        }
    }

    /// The speed, as a summary has it.
    pub fn speed(&self) -> Speed {
        Speed { trajectories_per_second: self.trajectories_per_second }
    }
}

/// The teacher's own top-1 on examples as the task reads them in.
pub fn teacher_top1<B: Backend, T: Task<B>, E: Examples>(
    teacher: &Teacher<B>,
    task: &T,
    part: &Part<'_, E, T::Scale>,
    batch: usize,
    device: &B::Device,
) -> f64 {
    let (source, examples) = (TaskExamples::new(task, part, device), part.examples);
    let mut right = 0;
    for start in (0..examples.len()).step_by(batch.max(1)) {
        let indices: Vec<usize> = (start..examples.len().min(start + batch.max(1))).collect();
        let logits = teacher.forward(source.inputs(&indices)).logits;
        let classes = logits.dims()[1];
        let scores: Vec<f32> = logits.to_data().iter::<f32>().collect();
        right += scores
            .chunks_exact(classes)
            .zip(&indices)
            .filter(|(s, i)| answer(s) == Some(examples.label(**i)))
            .count();
    }
    right as f64 / examples.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_is_no_answer() {
        assert_eq!(answer(&[0.1, 0.5, 0.2]), Some(1));
        assert_eq!(answer(&[-3.0]), Some(0));
        assert_eq!(answer(&[0.5, 0.5, 0.2]), None);
        assert_eq!(answer(&[0.0, -0.0]), None);
        assert_eq!(answer(&[]), None);
        assert_eq!(answer(&[f32::NAN, 1.0]), None);
    }

    #[test]
    fn outputs_that_are_all_alike_are_wrong_by_every_measure() {
        let labels = [0, 1, 1];
        let scores = vec![vec![0.0; 6], vec![0.0; 6]];
        let found = figures_of(&labels, &scores, vec![vec![1.0; 3]; 2], 2, 1.0);
        assert!(found.top1 == 0.0 && found.top1_mean == 0.0);
        assert_eq!((found.predictions, found.confusion), (vec![None; 3], vec![vec![0; 2]; 2]));
        // Of two classes, both are among the two largest unless a third shares their place.
        assert!((found.top2 - 1.0).abs() < 1e-12);
        let found = figures_of(&labels, &[vec![0.0; 9]], vec![vec![1.0; 3]], 1, 1.0);
        assert!(found.top2 == 0.0);
        let found = figures_of(&labels, &[vec![0.9, 0.1, 0.2, 0.8, 0.8, 0.1]], vec![vec![1.0; 3]], 1, 1.0);
        assert!((found.top1 - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(found.confusion, [[1, 0], [1, 1]]);
    }
}
