//! What an answer costs, here and digitally.

mod assumed;
mod item;
mod kind;
mod ledger;
mod rivals;
mod training;
mod transconductors;

use crate::EnergySettings;
use runs::Energy;

pub use assumed::Assumed;
pub use circuit::BOLTZMANN;
pub use item::Item;
pub use kind::Kind;
pub use ledger::{Ledger, LedgerAssumptions};
pub use rivals::{Per, RIVALS, Rival};
pub use training::{simulated_trajectories, training_bound};
pub use transconductors::Transconductors;

/// The energy of one answer, heat of the computer against `macs` multiply–accumulates of a digital network, and the thermodynamic
/// advantage, digital energy over heat: none where no heat was emitted. Reading, clamping and writing are not in it.
pub fn compared(macs: usize, assumed: EnergySettings, heat_kt: f64) -> (Energy, Option<f64>) {
    let digital_kt = macs as f64 * assumed.joules_per_mac / (BOLTZMANN * assumed.temperature);
    let energy = Energy {
        macs,
        joules_per_mac: assumed.joules_per_mac,
        temperature: assumed.temperature,
        digital_kt,
        thermodynamic_kt: heat_kt,
    };
    (energy, (heat_kt > 0.0).then(|| digital_kt / heat_kt))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paper A: 26,432 MACs at 1 pJ are 6.3e12 kT; at 10⁵ kT of heat the advantage is above 10⁷.
    #[test]
    fn the_papers_advantage_follows_from_its_assumptions() {
        let assumed = EnergySettings { joules_per_mac: 1e-12, temperature: 300.0 };
        let (energy, advantage) = compared(26_432, assumed, 1e5);
        assert_eq!(format!("{:.1e}", energy.digital_kt), "6.4e12");
        assert!(advantage.is_some_and(|a| a > 1e7));
        assert_eq!(compared(26_432, assumed, 0.0).1, None);
    }
}
