//! What of a device can be disturbed, and what its levels count.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is disturbed. A level is a number in the unit of the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// Bits that every parameter is rounded to, once, without training again.
    Bits,
    /// Fraction of the couplings that are kept, the largest by magnitude; the others are 0.
    Density,
    /// Relative error of couplings, biases and wells, drawn once a device.
    Mismatch,
    /// Standard deviation of a constant force on every moving unit, drawn once a device.
    Offset,
    /// Thermal energy, in units of the run's own.
    Kt,
    /// Relative error of the observation time: below 0 the device is read too early, above 0 too late.
    Clock,
    /// Hidden units that are held at a constant, drawn once a device.
    Stuck,
    /// Standard deviation of Gaussian noise on every frozen input, in units of the inputs' root mean square.
    InputNoise,
}

impl Axis {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 8] = [
        Self::Bits,
        Self::Density,
        Self::Mismatch,
        Self::Offset,
        Self::Kt,
        Self::Clock,
        Self::Stuck,
        Self::InputNoise,
    ];

    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bits => "bits",
            Self::Density => "density",
            Self::Mismatch => "mismatch",
            Self::Offset => "offset",
            Self::Kt => "kt",
            Self::Clock => "clock",
            Self::Stuck => "stuck",
            Self::InputNoise => "input-noise",
        }
    }

    /// What a level of it counts.
    pub fn label(self) -> &'static str {
        match self {
            Self::Bits => "bits of every parameter",
            Self::Density => "fraction of the couplings kept",
            Self::Mismatch => "relative error of couplings, biases and wells",
            Self::Offset => "constant offset force (standard deviation)",
            Self::Kt => "kT, in units of the run’s own",
            Self::Clock => "relative error of the observation time",
            Self::Stuck => "hidden units stuck",
            Self::InputNoise => "noise on the inputs over their rms",
        }
    }

    /// The level at which nothing is disturbed; none for bits, of which an undisturbed parameter has as many as a float.
    pub fn undisturbed(self) -> Option<f64> {
        match self {
            Self::Bits => None,
            Self::Density | Self::Kt => Some(1.0),
            Self::Mismatch | Self::Offset | Self::Clock | Self::Stuck | Self::InputNoise => Some(0.0),
        }
    }

    /// Whether devices of one level differ from one another. If not, they are one device under several seeds of the noise.
    pub fn draws_devices(self) -> bool {
        matches!(self, Self::Mismatch | Self::Offset | Self::Stuck | Self::InputNoise)
    }

    /// What going down and going up from the undisturbed level is called, where both can be done.
    pub fn directions(self) -> [&'static str; 2] {
        match self {
            Self::Clock => ["too early", "too late"],
            Self::Kt => ["colder", "hotter"],
            _ => ["down", "up"],
        }
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Axis {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|axis| axis.name() == name).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.map(Self::name).to_vec();
            format!("no such axis; known: {}", known.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_files() {
        for axis in Axis::ALL {
            assert_eq!(axis.name().parse(), Ok(axis));
            assert_eq!(serde_json::to_string(&axis).unwrap(), format!("\"{axis}\""));
        }
        assert!("warp".parse::<Axis>().unwrap_err().ends_with("stuck, input-noise"));
    }
}
