//! `summary.json`: what was run, and every number it came to.

use serde::Deserialize;

use crate::reading::or_default;

/// The whole of `summary.json`. Only the data set is required; unknown keys are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Summary {
    /// Name of the data set, `mnist` for example.
    pub dataset: String,
    /// Where the data came from: a folder, or the built-in set.
    pub dataset_origin: Option<String>,
    /// Name of the task.
    pub task: Option<String>,
    /// Backend that ran it.
    pub backend: Option<String>,
    /// Device of that backend.
    pub device: Option<String>,
    /// Seed of every random number.
    pub seed: Option<u64>,
    /// What training minimised.
    pub objective: Option<String>,
    /// Commit of the programme.
    pub commit: Option<String>,
    /// The computer's layout and physics.
    #[serde(default, deserialize_with = "or_default")]
    pub computer: Computer,
    /// Parameter counts.
    #[serde(default, deserialize_with = "or_default")]
    pub parameters: Parameters,
    /// The digital network the computer learnt from.
    #[serde(default, deserialize_with = "or_default")]
    pub teacher: Teacher,
    /// The computer on the validation images.
    #[serde(default, deserialize_with = "or_default")]
    pub validation: Validation,
    /// The computer on the test images.
    #[serde(default, deserialize_with = "or_default")]
    pub test: Test,
    /// Of a generative run: the quality of its samples, as the run measured it.
    pub samples: Option<serde_json::Value>,
    /// Heat emitted while one image is classified.
    #[serde(default, deserialize_with = "or_default")]
    pub heat: Heat,
    /// Digital energy over thermodynamic energy.
    pub advantage: Option<f64>,
    /// The assumptions behind the advantage.
    #[serde(default, deserialize_with = "or_default")]
    pub energy: Energy,
    /// Wall-clock times.
    #[serde(default, deserialize_with = "or_default")]
    pub seconds: Seconds,
}

impl Summary {
    /// Whether the run used the small data set compiled into the programme, for want of a real one.
    pub fn is_built_in(&self) -> bool {
        self.dataset_origin.as_deref().is_some_and(|origin| origin.to_lowercase().contains("built-in"))
    }

    /// Whether the numbers may stand beside those of Paper A, which are for MNIST.
    pub fn is_mnist(&self) -> bool {
        self.dataset.eq_ignore_ascii_case("mnist")
    }

    /// What one image shows, in the singular.
    pub(crate) fn item(&self) -> &'static str {
        match self.dataset.to_lowercase().as_str() {
            "mnist" | "digits" => "digit",
            _ => "image",
        }
    }
}

/// Layout and physics of the computer, in the units of the papers (energies in kT at kT = 1).
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Computer {
    /// Frozen input units.
    pub inputs: Option<u64>,
    /// Visible units, of a generator.
    pub visible: Option<u64>,
    /// Hidden units.
    pub hidden: Option<u64>,
    /// Output units.
    pub outputs: Option<u64>,
    /// Quadratic coefficient of the single-unit potential.
    pub j2: Option<f64>,
    /// Quartic coefficient of the single-unit potential.
    pub j4: Option<f64>,
    /// Thermal energy.
    pub kt: Option<f64>,
    /// Mobility μ.
    pub mobility: Option<f64>,
    /// Integration step Δt.
    pub time_step: Option<f64>,
    /// Time at which the outputs are read.
    pub observation_time: Option<f64>,
}

/// Parameter counts, in all and by block.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Parameters {
    /// All parameters, those kept for export alone included.
    pub total: Option<u64>,
    /// Parameters that enter the dynamics.
    pub acting: Option<u64>,
    /// The blocks, in the order of the parameter file.
    #[serde(default, deserialize_with = "or_default")]
    pub blocks: Vec<Block>,
}

/// One block of parameters.
#[derive(Debug, Clone, Deserialize)]
pub struct Block {
    /// Name, `input–hidden` for example.
    pub name: String,
    /// How many parameters it holds.
    pub count: u64,
    /// How many of them act; all of them when the file does not say.
    pub acting: Option<Acting>,
}

/// Whether a block acts: said as a flag, or as a count.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub enum Acting {
    /// All of the block, or none of it.
    Flag(bool),
    /// So many of its parameters.
    Count(u64),
}

impl Block {
    /// How many of the block's parameters enter the dynamics.
    pub fn acting(&self) -> u64 {
        match self.acting {
            None | Some(Acting::Flag(true)) => self.count,
            Some(Acting::Flag(false)) => 0,
            Some(Acting::Count(count)) => count,
        }
    }
}

/// The digital network the computer learnt from; accuracies are fractions.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Teacher {
    /// Activation function.
    pub activation: Option<String>,
    /// Test accuracy.
    pub test_top1: Option<f64>,
    /// Validation accuracy.
    pub validation_top1: Option<f64>,
}

/// The computer on the validation images.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Validation {
    /// Fraction classified correctly.
    pub top1: Option<f64>,
}

/// The computer on the test images; accuracies and their errors are fractions.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Test {
    /// Number of images.
    pub images: Option<u64>,
    /// Accuracy of one trajectory an image.
    pub top1: Option<f64>,
    /// Its binomial standard error.
    pub top1_stderr: Option<f64>,
    /// Its standard deviation over the noise alone.
    pub top1_noise_std: Option<f64>,
    /// The true class is among the two largest outputs.
    pub top2: Option<f64>,
    /// Accuracy of the mean of ten trajectories an image.
    pub top1_mean10: Option<f64>,
    /// Its binomial standard error.
    pub top1_mean10_stderr: Option<f64>,
    /// Accuracy without thermal noise.
    pub top1_zero_temperature: Option<f64>,
    /// Trajectories run an image.
    pub replicas: Option<u64>,
}

/// Heat emitted while one image is classified, in kT.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Heat {
    /// Mean over the test images.
    pub mean_kt: Option<f64>,
    /// Standard deviation over the trajectories.
    pub std_kt: Option<f64>,
    /// Standard error of the mean.
    pub stderr_kt: Option<f64>,
}

/// Assumptions and results of the energy comparison.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Energy {
    /// Multiply–accumulates of the digital network for one image.
    pub macs: Option<f64>,
    /// Energy of one multiply–accumulate in joules.
    pub joules_per_mac: Option<f64>,
    /// Temperature in kelvin at which joules are turned into kT.
    pub temperature: Option<f64>,
    /// Energy of the digital network for one image, in kT.
    pub digital_kt: Option<f64>,
    /// Energy of the computer for one image, in kT.
    pub thermodynamic_kt: Option<f64>,
}

/// Wall-clock times in seconds.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Seconds {
    /// Training the teacher.
    pub teacher: Option<f64>,
    /// Training the computer.
    pub training: Option<f64>,
    /// Running the test images.
    pub evaluation: Option<f64>,
}
