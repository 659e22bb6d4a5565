//! Units as resistors into capacitors.

use super::{Form, Netlist, NoiseSource, stiffness};
use crate::CircuitError;
use std::fmt::Write as _;

impl Netlist<'_> {
    pub(super) fn charges(&self, text: &mut String, noise: Option<NoiseSource<'_>>) -> Result<(), CircuitError> {
        let Self { network, scales, .. } = self;
        let one = network.segments.len() == 1;
        for (i, unit) in network.units.iter().enumerate() {
            let [j2, j4] = network.wells[i];
            let kappa = stiffness(j2);
            // The node's voltage is κ V0 x: what the capacitor adds to ∂_iV itself.
            let own = kappa * scales.volts;
            let _ = writeln!(text, "C{unit} {unit} 0 {:e} IC={:e}", scales.farads / kappa, self.start[i] * own);
            let _ = writeln!(text, "R{unit} e{unit} {unit} {:e}", scales.resistance());
            // Minus the rest of ∂_iV: sums at nodes of 1 ohm, whose currents count as volts, and the cubic part.
            let mut rest = String::new();
            for s in 0..network.segments.len() {
                let gate = if one { String::new() } else { format!("V(g{s})*") };
                let _ = write!(rest, "+{gate}V(s{s}{unit})");
            }
            if j4.abs() > 0.0 {
                let cubic = 4.0 * j4 * scales.volts / own.powi(3);
                let _ = write!(rest, "-({cubic:e})*V({unit})*V({unit})*V({unit})");
            }
            let linear = 2.0 * j2 - kappa;
            if linear.abs() > 0.0 {
                let _ = write!(rest, "-({:e})*V({unit})", linear * scales.volts / own);
            }
            match noise {
                Some(noise) => {
                    // All of it: in a transient analysis ngspice's conductors have no noise of their own.
                    scales.added_noise(Form::Charges, network.kt, j2)?;
                    let density = scales.noise(Form::Charges, network.kt);
                    let _ = writeln!(text, "B{unit} f{unit} 0 V={}", rest.trim_start_matches('+'));
                    let _ = writeln!(text, "Vn{unit} e{unit} f{unit} {}", self.noise_of(noise, density, i));
                }
                None => {
                    let _ = writeln!(text, "B{unit} e{unit} 0 V={}", rest.trim_start_matches('+'));
                }
            }
            // Power of the resistor over C V0², gathered in a capacitor of τ farads: its voltage is the energy in the model's units.
            let power = scales.seconds / (scales.resistance() * scales.energy());
            let _ = writeln!(text, "Bq{unit} 0 heat I={power:e}*(V(e{unit})-V({unit}))*(V(e{unit})-V({unit}))");
        }
        let _ = writeln!(text, "Cheat heat 0 {:e} IC=0\nRheat heat 0 {:e}", scales.seconds, 1e12);
        for (s, segment) in network.segments.iter().enumerate() {
            for ((i, unit), bias) in network.units.iter().enumerate().zip(self.drives(segment)) {
                let node = format!("s{s}{unit}");
                let _ = writeln!(text, "R{node} {node} 0 1");
                if bias.abs() > 0.0 {
                    let _ = writeln!(text, "I{node} {node} 0 {:e}", bias * scales.volts);
                }
                for (other, j, coupling, input) in self.couplings(segment, i) {
                    let volts = if input { 1.0 } else { 1.0 / stiffness(network.wells[j][0]) };
                    let _ = writeln!(text, "G{node}_{other} {node} 0 {other} 0 {:e}", coupling * volts);
                }
            }
        }
        Ok(())
    }
}
