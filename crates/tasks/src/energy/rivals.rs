//! What others need for their work, as published.

use super::Kind;
use serde::Serialize;

/// What a rival's energy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// A multiply–accumulate, arithmetic alone: no memory, no control.
    MultiplyAccumulate,
    /// One new value of one p-bit.
    Update,
    /// A generated image.
    Image,
}

impl Per {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::MultiplyAccumulate => "multiply-accumulate",
            Self::Update => "p-bit update",
            Self::Image => "image",
        }
    }
}

/// A rival: an energy that somebody has published.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rival {
    /// Name.
    pub name: &'static str,
    /// Joules of one.
    pub joules: f64,
    /// One what.
    pub per: Per,
    /// How it is known.
    pub kind: Kind,
    /// Where it is published.
    pub source: &'static str,
}

const fn rival(name: &'static str, joules: f64, per: Per, kind: Kind, source: &'static str) -> Rival {
    Rival { name, joules, per, kind, source }
}

const HOROWITZ: &str = "Horowitz, ISSCC 2014, 0.9 V";
const JOUPPI: &str = "Jouppi et al., ISCA 2021, table 2";
const KELLER: &str = "Keller et al., IEEE J. Solid-State Circuits 58, 1129 (2023)";
const P_BITS: &str = "arXiv:2609.07907";
const MILLION: &str = "arXiv:2606.25313";

/// The rivals. A digital multiply–accumulate is the sum of a multiplication and an addition of its source; one of 4 bits is two of the
/// operations of 95.6e12 a joule.
pub const RIVALS: [Rival; 12] = [
    rival("8-bit integers, 45 nm", 0.2e-12 + 0.03e-12, Per::MultiplyAccumulate, Kind::Estimated, HOROWITZ),
    rival("16-bit floats, 45 nm", 1.1e-12 + 0.4e-12, Per::MultiplyAccumulate, Kind::Estimated, HOROWITZ),
    rival("32-bit floats, 45 nm", 3.7e-12 + 0.9e-12, Per::MultiplyAccumulate, Kind::Estimated, HOROWITZ),
    rival("8-bit integers, 7 nm", 0.07e-12 + 0.007e-12, Per::MultiplyAccumulate, Kind::Estimated, JOUPPI),
    rival("32-bit floats, 7 nm", 1.31e-12 + 0.38e-12, Per::MultiplyAccumulate, Kind::Estimated, JOUPPI),
    rival("4-bit accelerator, 5 nm, at best", 2.0 / 95.6e12, Per::MultiplyAccumulate, Kind::Measured, KELLER),
    rival("p-bit, its circuit", 7.09e-15, Per::Update, Kind::Simulated, P_BITS),
    rival("p-bit, a chip with its I/O", 1.2e-12, Per::Update, Kind::Measured, P_BITS),
    rival("p-bits, a million on FPGAs, least", 59e-12, Per::Update, Kind::Estimated, MILLION),
    rival("p-bits, a million on FPGAs, most", 71e-12, Per::Update, Kind::Estimated, MILLION),
    rival("oscillators, 4 bits (MNIST)", 23e-6, Per::Image, Kind::Estimated, "arXiv:2606.27294"),
    rival("DTM, 8 steps (Fashion-MNIST)", 1.57e-8, Per::Image, Kind::Modelled, "npj Unconv. Comput. 3, 30"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BOLTZMANN;

    #[test]
    fn every_rival_has_an_energy_and_a_source_of_its_own_name() {
        let kt = BOLTZMANN * 300.0;
        for (index, rival) in RIVALS.iter().enumerate() {
            assert!(rival.joules > kt && rival.joules < 1e-3, "{rival:?}");
            assert!(!rival.source.is_empty() && !rival.name.is_empty());
            assert!(RIVALS[..index].iter().all(|other| other.name != rival.name), "{rival:?}");
        }
    }

    /// The figures that arithmetic makes of the published ones: 0.23, 1.5, 4.6, 0.077, 1.69 and 0.0209 pJ; a p-bit's 1.7e6 kT, a DTM's
    /// 3.8e12.
    #[test]
    fn sums_are_of_the_published_figures() {
        let picojoules = RIVALS.map(|rival| format!("{:.3}", 1e12 * rival.joules));
        assert_eq!(picojoules[..6], ["0.230", "1.500", "4.600", "0.077", "1.690", "0.021"]);
        let kt = |name: &str| {
            let found = RIVALS.iter().find(|rival| rival.name.starts_with(name));
            found.map_or_else(String::new, |rival| format!("{:.1e}", rival.joules / (BOLTZMANN * 300.0)))
        };
        assert_eq!((kt("p-bit, its"), kt("DTM")), ("1.7e6".to_owned(), "3.8e12".to_owned()));
    }
}
