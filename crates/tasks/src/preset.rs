//! Configurations by name, compiled in: `configs/NAME.toml`.

use crate::TaskError;

/// A configuration by name.
#[derive(Debug)]
pub struct Preset {
    /// The name, which is also the `task` of the configuration.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Its text, which may name another preset as its base.
    pub text: &'static str,
    /// The preset that serves where the data of this one are not to be had.
    pub fallback: Option<&'static str>,
}

macro_rules! preset {
    ($name:literal, $fallback:expr, $summary:literal) => {
        Preset {
            name: $name,
            summary: $summary,
            text: include_str!(concat!("../presets/", $name, ".toml")),
            fallback: $fallback,
        }
    };
}

/// All presets. The first is what `trainer` runs without a word.
pub const PRESETS: &[Preset] = &[
    preset!(
        "mnist",
        Some("digits"),
        "classify MNIST with 64 hidden units by imitating a teacher whose activation the units can follow"
    ),
    preset!("mnist-paper", None, "paper A as it stands: tanh teacher, plain gradient descent"),
    preset!(
        "mnist-exact",
        None,
        "the exact minimum of the action, solved again on the computer's own trajectories"
    ),
    preset!("mnist-pathwise", None, "train the same computer through its own noisy dynamics"),
    preset!("mnist-clocked", None, "the same computer under a program of four segments"),
    preset!("mnist-clocked-3e3", None, "the program of four segments within 3e3 kT of heat"),
    preset!("mnist-3e3", None, "the program that stands still within 3e3 kT of heat"),
    preset!("mnist-4-bit", None, "a program of 4 bits"),
    preset!("mnist-sparse", None, "a program with a tenth of the couplings"),
    preset!("mnist-neighbours", None, "a program with at most 64 couplings of a moving unit, inputs included"),
    preset!("mnist-chip", None, "a program of 4 bits with a tenth of the couplings"),
    preset!("mnist-noise-aware", None, "a program for hardware whose parameters are off by a tenth"),
    preset!("mnist-low-heat", None, "a program that stands still within 1e3 kT of heat"),
    preset!("fashion-mnist-pathwise", None, "classify Fashion-MNIST, trained through the dynamics"),
    preset!("fashion-mnist", None, "classify Fashion-MNIST"),
    preset!("digits", None, "classify the built-in UCI digits, 8×8 pixels"),
    preset!("two-class", Some("two-class-digits"), "tell 0 from 1 with 8 hidden units: the minimal experiment"),
    preset!("two-class-digits", None, "tell 0 from 1 with 8 hidden units, on the built-in digits"),
    preset!("generate", Some("generate-digits"), "generate three digits from noise: paper B as it stands"),
    preset!(
        "generate-unconditional",
        None,
        "the same three digits, better: visible biases, contrastive divergence on the computer's own runs"
    ),
    preset!("generate-conditional", None, "the digit asked for, by frozen class units"),
    preset!("generate-mnist", None, "all ten digits, 512 hidden units"),
    preset!("generate-clocked", None, "all ten digits under a program of four segments"),
    preset!("generate-digits", None, "generate three of the built-in digits, 8×8 pixels"),
];

/// The preset of a name.
///
/// # Errors
/// [`TaskError::UnknownPreset`] lists the names.
pub fn named(name: &str) -> Result<&'static Preset, TaskError> {
    PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| TaskError::UnknownPreset {
        name: name.to_owned(),
        known: PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", "),
    })
}
