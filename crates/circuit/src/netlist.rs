//! The netlist of a computer for ngspice.

mod charges;
mod transconductors;

use crate::{CircuitError, Network, Scales, Segment};
use serde::Serialize;
use std::fmt::Write as _;

/// How a unit is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// What CMOS would be. Unit i is a node with a capacitor C, whose voltage is V0 x_i, and which these currents leave:
    ///
    /// ```text
    /// C dV_i/dt = −g 2 J2 V_i − g (4 J4 / V0²) V_i³ − I0 b_i − Σ_j g J_ij V_j − Σ_f g J_if V_f,      g = C / τ
    /// ```
    ///
    /// a conductor, a cubic element, a current source and transconductors (voltage-controlled current sources). Its electrical power is
    /// not the heat Q: Σ_i x_i ∂_iV is not −dV/dt.
    Transconductors,
    /// Unit i is a resistor R into a capacitor C / (2 J2), whose charge is q0 x_i, in series with sources for the rest of ∂_iV:
    ///
    /// ```text
    /// R dq_i/dt = −V0 (2 J2 x_i + 4 J4 x_i³ + b_i + Σ_j J_ij x_j + Σ_f J_if x_f)
    /// ```
    ///
    /// Without noise its resistors dissipate ∫ Σ_i R (dq_i/dt)² dt = C V0² Q: the heat, and nothing else.
    Charges,
}

impl Form {
    /// `transconductors` or `charges`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transconductors => "transconductors",
            Self::Charges => "charges",
        }
    }
}

/// How the frozen inputs act.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Inputs<'a> {
    /// A voltage source each, and a transconductor for each of their couplings.
    Sources(&'a [f64]),
    /// Within the biases, b_i + Σ_f J_if x_f: the circuit is of this input alone, and much smaller.
    Folded(&'a [f64]),
}

impl<'a> Inputs<'a> {
    /// The values.
    pub fn values(&self) -> &'a [f64] {
        match self {
            Self::Sources(values) | Self::Folded(values) => values,
        }
    }
}

/// Where the thermal noise comes from: all of it, for in a transient analysis ngspice's resistors have none.
///
/// A source of either kind takes a normal number of variance S/Δ every Δ, S the two-sided [density](Scales::noise), and goes straight
/// from one to the next. Such noise has the density S up to frequencies of about 1/(3Δ); a unit that relaxes at the rate a has by it a
/// variance that is smaller by 7 a Δ / 15 of itself (to first order in a Δ).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoiseSource<'a> {
    /// ngspice's own `trnoise`, other numbers at every run: ngspice 39 takes no seed for it.
    Trnoise {
        /// Δ in the time of the model.
        spacing: f64,
    },
    /// Given standard normal numbers, the same at every run.
    Samples {
        /// Δ in the time of the model.
        spacing: f64,
        /// For each unit, one for each multiple of Δ up to t_f.
        values: &'a [Vec<f64>],
    },
}

impl NoiseSource<'_> {
    fn spacing(&self) -> f64 {
        match self {
            Self::Trnoise { spacing } | Self::Samples { spacing, .. } => *spacing,
        }
    }
}

/// A circuit for ngspice.
#[derive(Debug, Clone, Copy)]
pub struct Netlist<'a> {
    /// The computer.
    pub network: &'a Network,
    /// How it is built.
    pub form: Form,
    /// In which units.
    pub scales: Scales,
    /// How its frozen inputs act, and their values.
    pub inputs: Inputs<'a>,
    /// x of each unit at the start.
    pub start: &'a [f64],
    /// Where the units' thermal noise comes from; none for a circuit without, as at kT = 0.
    pub noise: Option<NoiseSource<'a>>,
    /// What the netlist's first line says.
    pub title: &'a str,
}

/// Relative accuracy of ngspice's steps, without noise.
const ACCURACY: f64 = 1e-6;
/// And with noise, of which it follows every corner.
const NOISY_ACCURACY: f64 = 1e-4;

impl Netlist<'_> {
    /// The netlist.
    ///
    /// # Errors
    /// [`CircuitError::Count`] where lists do not fit, [`CircuitError::Scale`], and [`CircuitError::TooNoisy`] where noise is asked for and the
    /// elements have more of their own.
    pub fn text(&self) -> Result<String, CircuitError> {
        let Self { network, form, scales, inputs, start, title, .. } = self;
        network.check()?;
        scales.check()?;
        let count = |what, expected: usize, found: usize| {
            if expected == found { Ok(()) } else { Err(CircuitError::Count { what, expected, found }) }
        };
        count("inputs", network.inputs, inputs.values().len())?;
        count("states", network.units.len(), start.len())?;
        if let Some(NoiseSource::Samples { values, .. }) = self.noise {
            count("lists of noise", network.units.len(), values.len())?;
        }
        let mut text =
            format!("* {}\n* run it: ngspice -b -r FILE.raw THIS-FILE\n", title.replace(['\n', '\r'], " "));
        let _ = writeln!(
            text,
            "* form {}: {} units, {} inputs, {} couplers; V0 = {:e} V, C = {:e} F, tau = {:e} s, T = {} K; kT = {}, mu = {}, t_f = {}",
            form.name(),
            network.units.len(),
            network.inputs,
            network.couplers(),
            scales.volts,
            scales.farads,
            scales.seconds,
            scales.kelvin,
            network.kt,
            network.mobility,
            network.observation_time,
        );
        let end = scales.time(network, network.observation_time);
        let noise = self.noise.filter(|_| network.kt > 0.0);
        let (accuracy, longest) = match noise {
            Some(noise) => (NOISY_ACCURACY, scales.time(network, noise.spacing())),
            None => (ACCURACY, end / 200.0),
        };
        let _ = writeln!(
            text,
            ".options reltol={accuracy:e} abstol={:e} vntol={:e} chgtol={:e}",
            scales.current() * accuracy * 1e-3,
            scales.volts * accuracy * 1e-3,
            scales.farads * scales.volts * accuracy * 1e-3,
        );
        if let Inputs::Sources(values) = inputs {
            for (f, value) in values.iter().enumerate() {
                let _ = writeln!(text, "Vi{f} i{f} 0 {:e}", value * scales.volts);
            }
        }
        self.gates(&mut text);
        match form {
            Form::Transconductors => self.transconductors(&mut text, noise)?,
            Form::Charges => self.charges(&mut text, noise)?,
        }
        let _ = writeln!(text, ".tran {:e} {end:e} 0 {longest:e} uic", end / 1000.0);
        for unit in &network.units {
            let _ = writeln!(text, ".save v({unit})");
        }
        if *form == Form::Charges {
            text.push_str(".save v(heat)\n");
        }
        text.push_str(".end\n");
        Ok(text)
    }

    /// x for a volt at a unit's node.
    pub fn state_per_volt(&self, unit: usize) -> f64 {
        match self.form {
            Form::Transconductors => 1.0 / self.scales.volts,
            Form::Charges => 1.0 / (stiffness(self.network.wells[unit][0]) * self.scales.volts),
        }
    }

    /// Voltages that are 1 while a segment acts and 0 otherwise; none where the program does not change.
    fn gates(&self, text: &mut String) {
        let Self { network, scales, .. } = self;
        let switches = network.switches();
        let ramp = scales.time(network, network.observation_time) * 1e-7;
        for segment in (0..network.segments.len()).filter(|_| !switches.is_empty()) {
            let corners = |at: f64, from: u8, to: u8| {
                let at = scales.time(network, at);
                format!(" {:e} {from} {:e} {to}", at - ramp / 2.0, at + ramp / 2.0)
            };
            let on = segment.checked_sub(1).map(|before| corners(switches[before], 0, 1));
            let off = switches.get(segment).map(|at| corners(*at, 1, 0));
            let first = u8::from(on.is_none());
            let _ = writeln!(
                text,
                "Vg{segment} g{segment} 0 PWL(0 {first}{}{})",
                on.unwrap_or_default(),
                off.unwrap_or_default()
            );
        }
    }

    /// The bias of a unit, with the inputs folded in where they are.
    fn drives(&self, segment: &Segment) -> Vec<f64> {
        match self.inputs {
            Inputs::Sources(_) => segment.biases.clone(),
            Inputs::Folded(values) => self.network.drive(segment, values),
        }
    }

    /// Couplings of a unit that are there: the names of their other ends, J and whether the end is a frozen input.
    fn couplings(&self, segment: &Segment, unit: usize) -> Vec<(String, usize, f64, bool)> {
        let units = self.network.units.len();
        let with_inputs = match self.inputs {
            Inputs::Folded(_) => 0,
            Inputs::Sources(values) => values.len(),
        };
        let inputs =
            (0..with_inputs).map(|f| (format!("i{f}"), f, segment.input_couplings[f * units + unit], true));
        let others =
            (0..units).map(|j| (self.network.units[j].clone(), j, segment.couplings[unit * units + j], false));
        inputs.chain(others).filter(|(_, _, coupling, _)| coupling.abs() > 0.0).collect()
    }

    /// The description of a noise source of the given density for a unit.
    fn noise_of(&self, noise: NoiseSource<'_>, density: f64, unit: usize) -> String {
        let spacing = self.scales.time(self.network, noise.spacing());
        let rms = (density / spacing).sqrt();
        match noise {
            NoiseSource::Trnoise { .. } => format!("DC 0 trnoise({rms:e} {spacing:e} 0 0)"),
            NoiseSource::Samples { values, .. } => {
                let mut text = "PWL(".to_owned();
                for (k, value) in values[unit].iter().enumerate() {
                    let _ = write!(
                        text,
                        "{}{:e} {:.6e}",
                        if k % 8 == 7 { "\n+ " } else { " " },
                        k as f64 * spacing,
                        value * rms
                    );
                }
                text.push(')');
                text
            }
        }
    }
}

/// κ of a unit's capacitor C/κ in charges: 2 J2, or 1 where that is no capacitor's (the sources then make up for it).
fn stiffness(j2: f64) -> f64 {
    if j2 > 0.0 { 2.0 * j2 } else { 1.0 }
}
