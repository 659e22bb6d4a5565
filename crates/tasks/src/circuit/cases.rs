//! What a circuit is tried on: test images of a classifier, samples of a generator.

use crate::classify::Classifier;
use crate::generate::{Generator, Shown};
use crate::{Job, Split, Task, TaskError};
use burn::tensor::{Tensor, TensorData};
use data::Divided;
use langevin::{Computer, LangevinBackend, UnitKind};
use std::ops::Range;

/// Inputs and states that trajectories start from, and how an answer is read.
pub struct CircuitCases<B: LangevinBackend> {
    /// The computer.
    pub computer: Computer<B>,
    /// Frozen inputs, `[cases, inputs]`, if there are any.
    pub inputs: Option<Tensor<B, 2>>,
    /// States at the start, `[cases, units]`.
    pub start: Tensor<B, 2>,
    /// The right answer to each; none for a generator without class units.
    pub labels: Option<Vec<usize>>,
    answer: Answer,
}

/// How a state of the moving units is read.
enum Answer {
    /// The largest of these.
    Largest(Range<usize>),
    /// The pattern whose cosine with these is largest in size.
    Pattern(Range<usize>, Vec<Vec<f64>>),
}

impl<B: LangevinBackend> CircuitCases<B> {
    /// Number of cases.
    pub fn len(&self) -> usize {
        self.start.dims()[0]
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a state of the moving units answers; none for a tie, or where there is nothing to tell apart.
    pub fn answer(&self, state: &[f64]) -> Option<usize> {
        let scores: Vec<f64> = match &self.answer {
            Answer::Largest(units) => state[units.clone()].to_vec(),
            Answer::Pattern(units, patterns) => {
                let x = &state[units.clone()];
                let of = |pattern: &Vec<f64>| {
                    let dot: f64 = x.iter().zip(pattern).map(|(a, b)| a * b).sum();
                    let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
                    dot.abs() / (norm(x) * norm(pattern)).max(f64::MIN_POSITIVE)
                };
                patterns.iter().map(of).collect()
            }
        };
        let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]))?;
        let ties = scores.iter().filter(|score| **score >= scores[best]).count();
        (ties == 1).then_some(best)
    }
}

/// One of them, as plain numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct CircuitCase {
    /// What it is, in words.
    pub name: String,
    /// Frozen inputs.
    pub inputs: Vec<f64>,
    /// States at the start.
    pub start: Vec<f64>,
}

/// Test image number `image` of a classifier, or sample number `image` of a generator, as plain numbers.
///
/// # Errors
/// As [`cases`].
pub fn case<B: LangevinBackend>(
    job: &Job,
    computer: Computer<B>,
    data: &Divided,
    image: usize,
    device: &B::Device,
) -> Result<CircuitCase, TaskError> {
    let found = of(job, computer, data, &[image], "--image", device)?;
    let values = |tensor: Tensor<B, 2>| tensor.into_data().iter::<f64>().collect::<Vec<_>>();
    let name = match job {
        Job::Classify(_) => format!("test image {image}"),
        Job::Generate(job) => format!("sample {image} of seed {}", job.seed),
    };
    Ok(CircuitCase { name, inputs: found.inputs.map_or_else(Vec::new, values), start: values(found.start) })
}

/// The first `count` test images of a classifier, or the first `count` samples of a generator once they are prepared.
///
/// # Errors
/// [`TaskError::Config`] for an image that is not there; [`TaskError::Langevin`] when a preparation diverges.
pub fn cases<B: LangevinBackend>(
    job: &Job,
    computer: Computer<B>,
    data: &Divided,
    count: usize,
    device: &B::Device,
) -> Result<CircuitCases<B>, TaskError> {
    of(job, computer, data, &(0..count).collect::<Vec<_>>(), "--digits", device)
}

fn of<B: LangevinBackend>(
    job: &Job,
    computer: Computer<B>,
    data: &Divided,
    indices: &[usize],
    flag: &str,
    device: &B::Device,
) -> Result<CircuitCases<B>, TaskError> {
    let (layout, count) = (computer.layout(), indices.len());
    match job {
        Job::Classify(job) => {
            let part = job.part(data, Split::Test);
            let images = part.examples.len();
            if let Some(beyond) = indices.iter().find(|i| **i >= images) {
                let reason =
                    format!("there are {images} test images, and none of number {beyond} (counted from 0)");
                return Err(TaskError::config(flag, reason));
            }
            let classifier = Classifier::new(computer);
            let raw: Vec<f32> =
                indices.iter().flat_map(|i| part.examples.image(*i)).map(|p| f32::from(*p) / 255.0).collect();
            let raw = Tensor::from_data(TensorData::new(raw, [count, part.examples.pixel_count()]), device);
            let inputs = classifier.read_in(raw, &part.scale);
            Ok(CircuitCases {
                inputs: Some(inputs),
                start: Tensor::zeros([count, layout.moving()], device),
                labels: Some(indices.iter().map(|i| usize::from(part.examples.labels[*i])).collect()),
                answer: Answer::Largest(layout.range(UnitKind::Output)),
                computer: classifier.computer,
            })
        }
        Job::Generate(job) => {
            let shown = Shown::of(job, data);
            let generator = Generator::new(computer, job.data.gain);
            let how = job.generation::<B>(&shown, job.seed, device);
            let start = generator.prepared(&how, indices)?.1;
            let classes = generator.classes();
            let asked: Vec<usize> = indices.iter().map(|i| i % classes.max(1)).collect();
            let mut patterns = vec![vec![0.0; shown.pixels]; shown.classes];
            for (image, label) in shown.labels.iter().enumerate() {
                patterns[*label].iter_mut().zip(shown.pattern(image)).for_each(|(sum, p)| *sum += f64::from(*p));
            }
            Ok(CircuitCases {
                inputs: generator.class_inputs(&asked, device),
                start,
                labels: (classes > 0).then_some(asked),
                answer: Answer::Pattern(layout.range(UnitKind::Visible), patterns),
                computer: generator.computer,
            })
        }
    }
}
