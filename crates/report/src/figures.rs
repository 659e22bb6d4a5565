//! `figures.json`: the arrays behind the figures, kept by the evaluation of a run.

use serde::Deserialize;

use crate::reading::{numbers, or_default, rows};

/// The whole of `figures.json`; every part may be missing, and so will its figure.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Figures {
    /// Rows and columns of an image.
    pub image_shape: Option<[usize; 2]>,
    /// Names of the classes.
    #[serde(default, deserialize_with = "or_default")]
    pub classes: Vec<String>,
    /// A handful of images, with the outputs they drove.
    #[serde(default, deserialize_with = "or_default")]
    pub trajectories: Vec<Trajectory>,
    /// Counts; row = true class, column = predicted class.
    #[serde(default, deserialize_with = "or_default")]
    pub confusion: Vec<Vec<u64>>,
    /// Heat a test image.
    pub heat_histogram: Option<HeatHistogram>,
    /// Input-to-hidden couplings.
    pub coupling_tiles: Option<CouplingTiles>,
    /// Pairs (test images seen, accuracy on them).
    #[serde(default, deserialize_with = "or_default")]
    pub accuracy_against_images: Vec<[f64; 2]>,
    /// Of a generative run.
    pub generated: Option<Generated>,
}

/// The figures of a generative run; images are pixels in row-major order, 0 to 1.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Generated {
    /// Filmstrips of noising, one a row.
    #[serde(default)]
    pub noising: Vec<Vec<Vec<f64>>>,
    /// Filmstrips of generations.
    #[serde(default)]
    pub denoising: Vec<Vec<Vec<f64>>>,
    /// Samples.
    #[serde(deserialize_with = "rows")]
    pub ends: Vec<Vec<f64>>,
    /// Couplings of some hidden units to the visible ones.
    #[serde(deserialize_with = "rows")]
    pub receptive_fields: Vec<Vec<f64>>,
    /// Times at which the energy was taken.
    #[serde(deserialize_with = "numbers")]
    pub times: Vec<f64>,
    /// Energies in kT at each of the times, one a generation.
    #[serde(deserialize_with = "rows")]
    pub energy_kt: Vec<Vec<f64>>,
    /// Heat of each sample.
    #[serde(deserialize_with = "numbers")]
    pub heat_kt: Vec<f64>,
}

/// One classified image.
#[derive(Debug, Clone, Deserialize)]
pub struct Trajectory {
    /// Pixels in row-major order, 0 to 1.
    #[serde(deserialize_with = "numbers")]
    pub image: Vec<f64>,
    /// True class.
    pub label: usize,
    /// Class of the largest output at the observation time.
    pub predicted: usize,
    /// Times in units of the computer.
    #[serde(deserialize_with = "numbers")]
    pub times: Vec<f64>,
    /// Value of each output at each of the times, one row a class.
    #[serde(deserialize_with = "rows")]
    pub outputs: Vec<Vec<f64>>,
}

impl Trajectory {
    /// Whether the image was classified correctly.
    pub fn is_right(&self) -> bool {
        self.label == self.predicted
    }

    /// The outputs at the last of the times.
    pub fn last_outputs(&self) -> Vec<f64> {
        self.outputs.iter().map(|output| output.last().copied().unwrap_or(f64::NAN)).collect()
    }
}

/// Histogram of the heat a test image, in kT.
#[derive(Debug, Clone, Deserialize)]
pub struct HeatHistogram {
    /// Edges of the bins, one more than there are counts.
    #[serde(deserialize_with = "numbers")]
    pub edges: Vec<f64>,
    /// Images in each bin.
    #[serde(deserialize_with = "numbers")]
    pub counts: Vec<f64>,
}

/// Couplings from the inputs to each hidden unit, each laid out as an image.
#[derive(Debug, Clone, Deserialize)]
pub struct CouplingTiles {
    /// Rows and columns of a tile.
    pub shape: [usize; 2],
    /// One tile a hidden unit, in row-major order.
    #[serde(deserialize_with = "rows")]
    pub tiles: Vec<Vec<f64>>,
}

impl Figures {
    /// Name of a class: the one given, or its index.
    pub fn class(&self, index: usize) -> String {
        self.classes.get(index).cloned().unwrap_or_else(|| index.to_string())
    }

    /// Checks that lengths which must agree do.
    ///
    /// # Errors
    /// A sentence that names the two lengths.
    pub fn check(&self) -> Result<(), String> {
        for (index, trajectory) in self.trajectories.iter().enumerate() {
            self.check_trajectory(trajectory).map_err(|problem| format!("trajectories[{index}]: {problem}"))?;
        }
        if self.confusion.iter().any(|row| row.len() != self.confusion.len()) {
            return Err(format!("confusion has {} rows, and not every one as many columns", self.confusion.len()));
        }
        if let Some(heat) = &self.heat_histogram
            && heat.edges.len() != heat.counts.len() + 1
        {
            return Err(format!("heat_histogram has {} edges for {} counts", heat.edges.len(), heat.counts.len()));
        }
        if let (Some(generated), Some([height, width])) = (&self.generated, self.image_shape) {
            let frames = generated.noising.iter().chain(&generated.denoising).flatten();
            let images = frames.chain(&generated.ends).chain(&generated.receptive_fields);
            if let Some(image) = images.into_iter().find(|image| Some(image.len()) != height.checked_mul(width)) {
                return Err(format!("generated: {} pixels for an image_shape of {height} × {width}", image.len()));
            }
            let followed = generated.energy_kt.first().map_or(0, Vec::len);
            if generated.energy_kt.len() != generated.times.len()
                || generated.energy_kt.iter().any(|row| row.len() != followed)
            {
                return Err("generated: energy_kt must have a row of equal length for each of times".to_owned());
            }
        }
        if let Some(couplings) = &self.coupling_tiles {
            let [height, width] = couplings.shape;
            let other = couplings.tiles.iter().find(|tile| Some(tile.len()) != height.checked_mul(width));
            if let Some(tile) = other {
                return Err(format!(
                    "coupling_tiles: a tile of {} numbers for a shape of {height} × {width}",
                    tile.len()
                ));
            }
        }
        Ok(())
    }

    fn check_trajectory(&self, trajectory: &Trajectory) -> Result<(), String> {
        if let Some([height, width]) = self.image_shape
            && Some(trajectory.image.len()) != height.checked_mul(width)
        {
            return Err(format!("{} pixels for an image_shape of {height} × {width}", trajectory.image.len()));
        }
        let classes = trajectory.outputs.len();
        if trajectory.label >= classes || trajectory.predicted >= classes {
            let (label, predicted) = (trajectory.label, trajectory.predicted);
            return Err(format!("label {label} and predicted {predicted} for {classes} outputs"));
        }
        match trajectory.outputs.iter().find(|output| output.len() != trajectory.times.len()) {
            Some(output) => {
                Err(format!("{} values of an output for {} times", output.len(), trajectory.times.len()))
            }
            None => Ok(()),
        }
    }
}
