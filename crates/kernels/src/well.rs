//! The self-interaction of a unit: its well.

use std::sync::Arc;

/// The quartic well of a unit,
///
/// ```text
/// W(x) = J2 x² + J4 x⁴
/// ```
///
/// in the units of energy (the state x has no dimension). With J2 < 0 it is a double well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Well {
    /// Quadratic self-interaction J2.
    pub j2: f64,
    /// Quartic self-interaction J4.
    pub j4: f64,
}

impl Well {
    /// The well J2 x² + J4 x⁴.
    pub const fn new(j2: f64, j4: f64) -> Self {
        Self { j2, j4 }
    }

    /// W(x) = J2 x² + J4 x⁴.
    pub fn energy(self, x: f64) -> f64 {
        (self.j2 + self.j4 * x * x) * x * x
    }

    /// W′(x) = 2 J2 x + 4 J4 x³; the well's force on the unit is its negative.
    pub fn gradient(self, x: f64) -> f64 {
        x * (2.0 * self.j2 + 4.0 * self.j4 * x * x)
    }

    /// W″(x) = 2 J2 + 12 J4 x².
    pub fn curvature(self, x: f64) -> f64 {
        2.0 * self.j2 + 12.0 * self.j4 * x * x
    }

    /// The largest |x| that an Euler step of `rate` = μ Δt can hold: beyond it the well alone throws the unit further out at
    /// every step, μ Δt (2 J2 + 4 J4 x²) > 2. Infinite without a quartic part.
    pub fn divergence_bound(self, rate: f64) -> f64 {
        let room = 2.0 / rate - 2.0 * self.j2;
        if self.j4 > 0.0 { (room.max(0.0) / (4.0 * self.j4)).sqrt() } else { f64::INFINITY }
    }
}

/// The wells of a computer's moving units.
#[derive(Debug, Clone, PartialEq)]
pub enum Wells {
    /// One for all units, as both papers have it.
    All(Well),
    /// One for each unit, as on hardware whose units are not equal.
    Each(Arc<[Well]>),
}

impl Wells {
    /// The well of unit `unit`.
    ///
    /// # Panics
    /// When the units differ and there is none of this number.
    pub fn of(&self, unit: usize) -> Well {
        match self {
            Self::All(well) => *well,
            Self::Each(wells) => wells[unit],
        }
    }

    /// The well of all units, if they have one.
    pub fn shared(&self) -> Option<Well> {
        match self {
            Self::All(well) => Some(*well),
            Self::Each(_) => None,
        }
    }

    /// Whether there is a well for each of so many units.
    pub fn fit(&self, units: usize) -> bool {
        match self {
            Self::All(_) => true,
            Self::Each(wells) => wells.len() == units,
        }
    }

    /// The wells that differ: one for all units, or one each.
    pub fn as_slice(&self) -> &[Well] {
        match self {
            Self::All(well) => std::slice::from_ref(well),
            Self::Each(wells) => wells,
        }
    }
}

impl From<Well> for Wells {
    fn from(well: Well) -> Self {
        Self::All(well)
    }
}

impl From<Vec<Well>> for Wells {
    fn from(wells: Vec<Well>) -> Self {
        Self::Each(wells.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradient_and_curvature_are_the_derivatives_of_the_energy() {
        let h = 1e-5;
        for (j2, j4) in [(1.0, 1.0), (-2.0, 0.75), (0.5, 0.0)] {
            let well = Well::new(j2, j4);
            for x in [-1.7, -0.2, 0.4, 1.1] {
                let slope = |f: &dyn Fn(f64) -> f64| (f(x + h) - f(x - h)) / (2.0 * h);
                // Central differences err by h² times the third derivative, here below 100.
                assert!((well.gradient(x) - slope(&|x| well.energy(x))).abs() < 1e-8);
                assert!((well.curvature(x) - slope(&|x| well.gradient(x))).abs() < 1e-8);
            }
        }
        assert!((Well::new(1.0, 2.0).energy(2.0) - 36.0).abs() < 1e-12);
    }
}
