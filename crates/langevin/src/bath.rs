//! The heat bath.

use crate::LangevinError;
use serde::{Deserialize, Serialize};

/// A heat bath of temperature kT that couples to every moving unit with mobility μ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bath {
    /// Thermal energy kT, in the units of V. Zero is the deterministic computer.
    pub kt: f64,
    /// Mobility μ: velocity per force.
    pub mobility: f64,
}

impl Bath {
    /// A bath of thermal energy `kt` ≥ 0 and mobility `mobility` > 0.
    ///
    /// # Errors
    /// [`LangevinError::OutOfRange`] names the constant that is out of its range or not finite.
    pub fn new(kt: f64, mobility: f64) -> Result<Self, LangevinError> {
        let check = |name, value: f64, ok: bool, requirement| {
            if ok && value.is_finite() {
                Ok(())
            } else {
                Err(LangevinError::OutOfRange { name, value, requirement })
            }
        };
        check("kt", kt, kt >= 0.0, "finite and at least 0")?;
        check("mobility", mobility, mobility > 0.0, "finite and above 0")?;
        Ok(Self { kt, mobility })
    }

    /// The energy that heat is counted in: kT, or at zero temperature, where there is none, the unit of V.
    pub fn heat_unit(&self) -> f64 {
        if self.kt > 0.0 { self.kt } else { 1.0 }
    }

    /// The same bath at zero temperature.
    #[must_use]
    pub fn at_zero_temperature(self) -> Self {
        Self { kt: 0.0, ..self }
    }
}
