//! From the model's numbers to volts, farads, seconds and kelvin.

use crate::{CircuitError, Form, Network};
use serde::Serialize;

/// Boltzmann's constant in joules a kelvin (exact in SI).
pub const BOLTZMANN: f64 = 1.380_649e-23;

/// What one of the model's units is in a circuit. All else follows:
///
/// ```text
/// energy    E0 = C V0²             a unit of V(x), in joules
/// current   I0 = C V0 / τ          a unit of force in transconductors
/// charge    q0 = C V0              a unit of x in charges
/// resistor  R  = τ / C             of every unit, in charges
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scales {
    /// V0: volts for x = 1.
    pub volts: f64,
    /// C: farads of a unit's capacitor (in charges: of a unit with 2 J2 = 1).
    pub farads: f64,
    /// τ: seconds of a time 1/μ of the model.
    pub seconds: f64,
    /// T: temperature of the circuit.
    pub kelvin: f64,
}

/// The model's own numbers: a volt, a farad, a second; at room temperature.
impl Default for Scales {
    fn default() -> Self {
        Self { volts: 1.0, farads: 1.0, seconds: 1.0, kelvin: 300.0 }
    }
}

impl Scales {
    /// Checks that they are scales.
    ///
    /// # Errors
    /// [`CircuitError::Scale`] names the one.
    pub fn check(&self) -> Result<(), CircuitError> {
        for (name, value) in [("volts", self.volts), ("farads", self.farads), ("seconds", self.seconds)] {
            if !(1e-30..=1e30).contains(&value) {
                return Err(CircuitError::Scale { name, value });
            }
        }
        if !(0.0..=1e30).contains(&self.kelvin) {
            return Err(CircuitError::Scale { name: "kelvin", value: self.kelvin });
        }
        Ok(())
    }

    /// E0 in joules.
    pub fn energy(&self) -> f64 {
        self.farads * self.volts * self.volts
    }

    /// I0 in amperes.
    pub fn current(&self) -> f64 {
        self.farads * self.volts / self.seconds
    }

    /// R in ohms.
    pub fn resistance(&self) -> f64 {
        self.seconds / self.farads
    }

    /// Seconds of a time of the model.
    pub fn time(&self, network: &Network, time: f64) -> f64 {
        network.mobility * time * self.seconds
    }

    /// Two-sided spectral density of the noise that the program was trained with: in transconductors of the current into a unit's node,
    /// in A²/Hz, in charges of the voltage in series with a unit's resistor, in V²/Hz:
    ///
    /// ```text
    /// S_I = 2 kT C² V0² / τ             S_V = 2 kT V0² τ
    /// ```
    pub fn noise(&self, form: Form, kt: f64) -> f64 {
        match form {
            Form::Transconductors => 2.0 * kt * (self.farads * self.volts).powi(2) / self.seconds,
            Form::Charges => 2.0 * kt * self.volts * self.volts * self.seconds,
        }
    }

    /// Two-sided spectral density of the thermal noise (Johnson and Nyquist) of the elements of a unit at the temperature T: of its
    /// conductor g = 2 J2 C / τ, 2 k_B T g; of its resistor, 2 k_B T R. A conductor of J2 ≤ 0 is an active element, whose noise is not
    /// known here; the cubic element and the couplers count as noiseless.
    pub fn own_noise(&self, form: Form, j2: f64) -> f64 {
        let thermal = 2.0 * BOLTZMANN * self.kelvin;
        match form {
            Form::Transconductors => thermal * (2.0 * j2).max(0.0) * self.farads / self.seconds,
            Form::Charges => thermal * self.resistance(),
        }
    }

    /// Two-sided spectral density of the noise that must be added to a unit's own. The own noise suffices where C V0² = 2 J2 k_B T / kT (in
    /// transconductors), or C V0² = k_B T / kT (in charges).
    ///
    /// # Errors
    /// [`CircuitError::TooNoisy`] where the own noise is more than the program's.
    pub fn added_noise(&self, form: Form, kt: f64, j2: f64) -> Result<f64, CircuitError> {
        let (wanted, own) = (self.noise(form, kt), self.own_noise(form, j2));
        // At equality up to rounding, nothing is to be added.
        if own <= wanted * (1.0 + 1e-9) {
            return Ok((wanted - own).max(0.0));
        }
        let ratio = own / wanted;
        Err(CircuitError::TooNoisy { ratio, least: self.energy() * ratio, now: self.energy() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A unit's own noise is that of the program at the energy scale that the fluctuation–dissipation theorem asks for, and no other.
    #[test]
    fn own_noise_suffices_at_one_energy_scale() {
        let (kt, j2) = (0.7, 1.3);
        let thermal = BOLTZMANN * 300.0;
        for (form, energy) in [(Form::Transconductors, 2.0 * j2 * thermal / kt), (Form::Charges, thermal / kt)] {
            let scales = |factor: f64| Scales {
                volts: (energy * factor / 2e-15).sqrt(),
                farads: 2e-15,
                seconds: 3e-9,
                kelvin: 300.0,
            };
            let added = scales(1.0).added_noise(form, kt, j2).unwrap();
            assert!(added < 1e-8 * scales(1.0).noise(form, kt), "{form:?}: {added:e}");
            // Twice the energy: half of the noise is its own.
            let twice = scales(2.0);
            let half = twice.added_noise(form, kt, j2).unwrap() / twice.noise(form, kt);
            assert!((half - 0.5).abs() < 1e-9, "{form:?}: {half}");
            let refused = scales(0.5).added_noise(form, kt, j2);
            assert!(
                matches!(refused, Err(CircuitError::TooNoisy { ratio, .. }) if (ratio - 2.0).abs() < 1e-9),
                "{form:?}"
            );
        }
    }
}
