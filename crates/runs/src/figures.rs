//! `figures.json`: the arrays behind the report's pictures.

use serde::{Deserialize, Serialize};

/// The arrays behind the pictures, by what the job does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Figures {
    /// Of a classifier.
    Classified(ClassifiedFigures),
    /// Of a generator.
    Generated(GeneratedFigures),
}

/// A histogram.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Histogram {
    /// Edges of the bars, one more than bars.
    pub edges: Vec<f64>,
    /// Counts.
    pub counts: Vec<usize>,
}

impl Histogram {
    /// Of finite values, in `bars` bars from the smallest to the largest; empty for no values.
    pub fn of(values: &[f64], bars: usize) -> Self {
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let (low, high) = finite().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        if finite().next().is_none() || bars == 0 {
            return Self::default();
        }
        // Values that are all alike still have a bar that can be seen.
        let width = ((high - low) / bars as f64).max(1e-6 * low.abs()).max(f64::MIN_POSITIVE);
        let mut counts = vec![0; bars];
        for value in finite() {
            counts[(((value - low) / width) as usize).min(bars - 1)] += 1;
        }
        Self { edges: (0..=bars).map(|i| low + width * i as f64).collect(), counts }
    }
}

/// The outputs of one image against time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputTrajectory {
    /// Pixels in 0..=1, row-major.
    pub image: Vec<f32>,
    /// True class.
    pub label: usize,
    /// Answer; none for a tie.
    pub predicted: Option<usize>,
    /// Times.
    pub times: Vec<f64>,
    /// A curve for each class.
    pub outputs: Vec<Vec<f32>>,
}

/// Couplings of the inputs to each hidden unit, as images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tiles {
    /// Rows and columns of a tile.
    pub shape: [usize; 2],
    /// One tile a hidden unit.
    pub tiles: Vec<Vec<f32>>,
}

/// So many test images, and the accuracy on them.
pub type AccuracyPoint = (usize, f64);

/// The arrays behind the pictures of a classifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifiedFigures {
    /// Rows and columns of an image.
    pub image_shape: [usize; 2],
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Outputs against time for a few images answered right and a few answered wrong.
    pub trajectories: Vec<OutputTrajectory>,
    /// Counts of test images on their first trajectory: row the true class, column the answer. Ties are in none.
    pub confusion: Vec<Vec<usize>>,
    /// Heat of all trajectories in kT.
    pub heat_histogram: Histogram,
    /// Input–hidden couplings, of the first segment if the program changes.
    pub coupling_tiles: Tiles,
    /// Input–hidden couplings of the second and every later segment; empty for a program that does not change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later_coupling_tiles: Vec<Tiles>,
    /// Times at which the program changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switch_times: Vec<f64>,
    /// Accuracy on the first n test images, for growing n.
    pub accuracy_against_images: Vec<AccuracyPoint>,
}

/// The arrays behind the pictures of a generator. Images are pixels in 0..=1, row-major.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneratedFigures {
    /// Rows and columns of an image.
    pub image_shape: [usize; 2],
    /// Filmstrips of noising trajectories, a row each; none where many images are learnt.
    pub noising: Vec<Vec<Vec<f32>>>,
    /// Filmstrips of generations.
    pub denoising: Vec<Vec<Vec<f32>>>,
    /// Samples.
    pub ends: Vec<Vec<f32>>,
    /// Couplings of some hidden units to the visible ones.
    pub receptive_fields: Vec<Vec<f32>>,
    /// Couplings of the same hidden units in the second and every later segment; empty for a program that does not change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later_receptive_fields: Vec<Vec<Vec<f32>>>,
    /// Times at which the program changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switch_times: Vec<f64>,
    /// Times at which the energy was taken.
    pub times: Vec<f64>,
    /// Energies in kT at each of the times, one a generation.
    pub energy_kt: Vec<Vec<f64>>,
    /// Heat of all samples in kT.
    pub heat_histogram: Histogram,
}

impl Figures {
    /// Checks that lengths which must agree do.
    ///
    /// # Errors
    /// A sentence that names the two lengths.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Classified(figures) => figures.check(),
            Self::Generated(figures) => figures.check(),
        }
    }
}

fn check_histogram(heat: &Histogram) -> Result<(), String> {
    let (edges, counts) = (heat.edges.len(), heat.counts.len());
    if counts > 0 && edges != counts + 1 {
        return Err(format!("heat_histogram has {edges} edges for {counts} counts"));
    }
    Ok(())
}

fn check_images<'a>(
    what: &str,
    images: impl IntoIterator<Item = &'a Vec<f32>>,
    [rows, columns]: [usize; 2],
) -> Result<(), String> {
    match images.into_iter().find(|image| Some(image.len()) != rows.checked_mul(columns)) {
        Some(image) => Err(format!("{what}: {} numbers for a shape of {rows} × {columns}", image.len())),
        None => Ok(()),
    }
}

impl ClassifiedFigures {
    /// Name of a class: the one given, or its index.
    pub fn class(&self, index: usize) -> String {
        self.classes.get(index).cloned().unwrap_or_else(|| index.to_string())
    }

    fn check(&self) -> Result<(), String> {
        check_images("trajectories", self.trajectories.iter().map(|t| &t.image), self.image_shape)?;
        for tiles in std::iter::once(&self.coupling_tiles).chain(&self.later_coupling_tiles) {
            check_images("coupling_tiles", &tiles.tiles, tiles.shape)?;
        }
        for (index, trajectory) in self.trajectories.iter().enumerate() {
            let (classes, times) = (trajectory.outputs.len(), trajectory.times.len());
            if trajectory.label >= classes || trajectory.predicted.is_some_and(|p| p >= classes) {
                return Err(format!("trajectories[{index}]: a class beyond its {classes} outputs"));
            }
            if let Some(output) = trajectory.outputs.iter().find(|output| output.len() != times) {
                return Err(format!(
                    "trajectories[{index}]: {} values of an output for {times} times",
                    output.len()
                ));
            }
        }
        if self.confusion.iter().any(|row| row.len() != self.confusion.len()) {
            return Err(format!("confusion has {} rows, and not every one as many columns", self.confusion.len()));
        }
        check_histogram(&self.heat_histogram)
    }
}

impl GeneratedFigures {
    fn check(&self) -> Result<(), String> {
        let frames = self.noising.iter().chain(&self.denoising).flatten();
        let fields = self.receptive_fields.iter().chain(self.later_receptive_fields.iter().flatten());
        check_images("images", frames.chain(&self.ends).chain(fields), self.image_shape)?;
        let followed = self.energy_kt.first().map_or(0, Vec::len);
        if self.energy_kt.len() != self.times.len() || self.energy_kt.iter().any(|row| row.len() != followed) {
            return Err("energy_kt must have a row of equal length for each of times".to_owned());
        }
        check_histogram(&self.heat_histogram)
    }
}
