//! What an answer costs, here and digitally.

use crate::EnergySettings;
use runs::Energy;
use serde::Serialize;

/// Boltzmann's constant in joules a kelvin (exact in SI).
pub const BOLTZMANN: f64 = 1.380_649e-23;

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

/// What the energy of an answer is counted from; every line of it an assumption.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LedgerAssumptions {
    /// Multiply–accumulates of the digital network for one answer.
    pub macs: f64,
    /// Energy of each in joules, memory traffic included or not as one likes.
    pub joules_per_mac: f64,
    /// Temperature in kelvin.
    pub temperature: f64,
    /// Heat of the dynamics, in kT.
    pub heat_kt: f64,
    /// Values read at the end.
    pub readouts: f64,
    /// Energy of reading one, in joules (an eight-bit converter: about 1e-12).
    pub joules_per_readout: f64,
    /// Inputs held at their values.
    pub inputs: f64,
    /// Energy of setting one, in joules (CV² of a 10 fF node at 1 V: 1e-14).
    pub joules_per_input: f64,
    /// Parameters written once.
    pub parameters: f64,
    /// Energy of writing one, in joules.
    pub joules_per_parameter: f64,
    /// Answers that share that writing.
    pub answers_per_program: f64,
    /// Times that the program changes for one answer: none, or once for each of its S segments (the last change is back to the
    /// first).
    pub switches: f64,
    /// Parameters that change each time: those of a segment.
    pub switched: f64,
    /// Energy of changing one, in joules, apart from the work on the units, which is in the heat.
    pub joules_per_switched: f64,
}

/// The energy of an answer, in kT.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ledger {
    /// The digital network's multiply–accumulates.
    pub digital: f64,
    /// Heat of the dynamics.
    pub heat: f64,
    /// Reading the outputs.
    pub readout: f64,
    /// Setting the inputs.
    pub inputs: f64,
    /// Writing the program, shared among the answers.
    pub writing: f64,
    /// Changing the program while it runs.
    pub switching: f64,
}

impl LedgerAssumptions {
    /// The sums.
    pub fn ledger(&self) -> Ledger {
        let kt = BOLTZMANN * self.temperature;
        Ledger {
            digital: self.macs * self.joules_per_mac / kt,
            heat: self.heat_kt,
            readout: self.readouts * self.joules_per_readout / kt,
            inputs: self.inputs * self.joules_per_input / kt,
            writing: self.parameters * self.joules_per_parameter / self.answers_per_program / kt,
            switching: self.switches * self.switched * self.joules_per_switched / kt,
        }
    }

    /// As both papers count: multiply–accumulates against heat, nothing else.
    #[must_use]
    pub fn heat_alone(self) -> Self {
        Self {
            joules_per_readout: 0.0,
            joules_per_input: 0.0,
            joules_per_parameter: 0.0,
            joules_per_switched: 0.0,
            ..self
        }
    }

    /// Paper A's own: 26,432 multiply–accumulates of 1 pJ at 300 K against a heat of 1e5 kT.
    pub fn paper_a() -> Self {
        Self {
            macs: 26_432.0,
            joules_per_mac: 1e-12,
            temperature: 300.0,
            heat_kt: 1e5,
            readouts: 10.0,
            joules_per_readout: 0.0,
            inputs: 784.0,
            joules_per_input: 0.0,
            parameters: 63_143.0,
            joules_per_parameter: 0.0,
            answers_per_program: 1.0,
            switches: 0.0,
            switched: 0.0,
            joules_per_switched: 0.0,
        }
    }

    /// Paper B's own: ten steps of a denoiser of 217,088 multiply–accumulates against a heat of 2.9e3 kT.
    pub fn paper_b() -> Self {
        Self {
            macs: 2_170_880.0,
            heat_kt: 2.9e3,
            readouts: 784.0,
            inputs: 0.0,
            parameters: 532_736.0,
            ..Self::paper_a()
        }
    }
}

impl Ledger {
    /// All that the thermodynamic computer spends, in kT.
    pub fn thermodynamic(&self) -> f64 {
        self.heat + self.readout + self.inputs + self.writing + self.switching
    }

    /// Digital over thermodynamic; none where nothing thermodynamic is spent.
    pub fn advantage(&self) -> Option<f64> {
        let spent = self.thermodynamic();
        (spent > 0.0).then(|| self.digital / spent)
    }
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

    #[test]
    fn both_papers_advantages_follow_from_their_assumptions() {
        let [a, b] = [LedgerAssumptions::paper_a(), LedgerAssumptions::paper_b()].map(|p| p.ledger());
        // Reported: above 1e7, and 5.2e14 kT against 2.9e3: above 1e11.
        assert_eq!(format!("{:.1e}", a.advantage().unwrap_or(0.0)), "6.4e7");
        assert_eq!(format!("{:.1e} {:.1e}", b.digital, b.advantage().unwrap_or(0.0)), "5.2e14 1.8e11");
    }

    #[test]
    fn every_line_counts() {
        let all = LedgerAssumptions {
            joules_per_readout: 1e-12,
            joules_per_input: 1e-14,
            joules_per_parameter: 1e-12,
            answers_per_program: 1e6,
            switches: 4.0,
            switched: 63_143.0,
            joules_per_switched: 1e-15,
            ..LedgerAssumptions::paper_a()
        };
        let ledger = all.ledger();
        let kt = BOLTZMANN * 300.0;
        let expected = 1e5 + (10.0 * 1e-12 + 784.0 * 1e-14 + 63_143.0 * 1e-12 / 1e6 + 4.0 * 63_143.0 * 1e-15) / kt;
        assert!((ledger.thermodynamic() / expected - 1.0).abs() < 1e-12);
        assert!((all.heat_alone().ledger().thermodynamic() - 1e5).abs() < 1e-6);
    }
}
