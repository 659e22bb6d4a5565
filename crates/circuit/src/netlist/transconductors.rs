//! Units as nodes that currents leave.

use super::{Form, Netlist, NoiseSource};
use crate::CircuitError;
use std::fmt::Write as _;

impl Netlist<'_> {
    pub(super) fn transconductors(
        &self,
        text: &mut String,
        noise: Option<NoiseSource<'_>>,
    ) -> Result<(), CircuitError> {
        let Self { network, scales, .. } = self;
        let conductance = scales.farads / scales.seconds;
        let one = network.segments.len() == 1;
        for (i, unit) in network.units.iter().enumerate() {
            let [j2, j4] = network.wells[i];
            let _ = writeln!(text, "C{unit} {unit} 0 {:e} IC={:e}", scales.farads, self.start[i] * scales.volts);
            if j2 > 0.0 {
                let _ = writeln!(text, "R{unit} {unit} 0 {:e}", 1.0 / (2.0 * j2 * conductance));
            } else if j2 < 0.0 {
                let _ = writeln!(text, "Gw{unit} {unit} 0 {unit} 0 {:e}", 2.0 * j2 * conductance);
            }
            if j4.abs() > 0.0 {
                let cubic = 4.0 * j4 * conductance / (scales.volts * scales.volts);
                let _ = writeln!(text, "B{unit} {unit} 0 I={cubic:e}*V({unit})*V({unit})*V({unit})");
            }
            if let Some(noise) = noise {
                // All of it: in a transient analysis ngspice's conductors have no noise of their own.
                scales.added_noise(Form::Transconductors, network.kt, j2)?;
                let density = scales.noise(Form::Transconductors, network.kt);
                let _ = writeln!(text, "In{unit} 0 {unit} {}", self.noise_of(noise, density, i));
            }
        }
        for (s, segment) in network.segments.iter().enumerate() {
            for ((i, unit), bias) in network.units.iter().enumerate().zip(self.drives(segment)) {
                // What changes is summed at a node of its own, 1 ohm to the ground, and let through while the segment acts.
                let (node, tag) =
                    if one { (unit.clone(), String::new()) } else { (format!("s{s}{unit}"), format!("s{s}")) };
                if bias.abs() > 0.0 {
                    let _ = writeln!(text, "I{tag}{unit} {node} 0 {:e}", bias * scales.current());
                }
                for (other, _, coupling, _) in self.couplings(segment, i) {
                    let _ = writeln!(text, "G{tag}{unit}_{other} {node} 0 {other} 0 {:e}", coupling * conductance);
                }
                if !one {
                    let _ = writeln!(text, "R{node} {node} 0 1\nBg{tag}{unit} {unit} 0 I=-V(g{s})*V({node})");
                }
            }
        }
        Ok(())
    }
}
