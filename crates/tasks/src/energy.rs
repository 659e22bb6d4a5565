//! What an answer costs, here and digitally.

use crate::EnergyConfig;
use serde::Serialize;

/// Boltzmann's constant in joules a kelvin (exact in SI).
pub const BOLTZMANN: f64 = 1.380_649e-23;

/// The energy of one answer: heat of the computer against the multiply–accumulates of the teacher.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EnergyAccount {
    /// Multiply–accumulates of the digital network.
    pub macs: usize,
    /// Joules each.
    pub joules_per_mac: f64,
    /// Temperature in kelvin.
    pub temperature: f64,
    /// Digital energy in kT.
    pub digital_kt: f64,
    /// Heat of the computer in kT.
    pub thermodynamic_kt: f64,
}

impl EnergyAccount {
    /// The account of `macs` operations against a mean heat of `heat_kt`.
    pub fn new(macs: usize, config: EnergyConfig, heat_kt: f64) -> Self {
        let kt = BOLTZMANN * config.temperature;
        Self {
            macs,
            joules_per_mac: config.joules_per_mac,
            temperature: config.temperature,
            digital_kt: macs as f64 * config.joules_per_mac / kt,
            thermodynamic_kt: heat_kt,
        }
    }

    /// The thermodynamic advantage: digital energy over heat. The heat of reading, clamping and writing is not in it.
    pub fn advantage(&self) -> f64 {
        self.digital_kt / self.thermodynamic_kt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paper A: 26,432 MACs at 1 pJ are 6.3e12 kT; at 10⁵ kT of heat the advantage is above 10⁷.
    #[test]
    fn the_papers_advantage_follows_from_its_assumptions() {
        let account = EnergyAccount::new(26_432, EnergyConfig { joules_per_mac: 1e-12, temperature: 300.0 }, 1e5);
        assert_eq!(format!("{:.1e}", account.digital_kt), "6.4e12");
        assert!(account.advantage() > 1e7);
    }
}
