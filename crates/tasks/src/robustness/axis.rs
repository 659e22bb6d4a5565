//! The levels of each axis.

use crate::TaskError;
use crate::config::require;
use learning::MOST_BITS;
use runs::Axis;

/// An axis and the levels to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisLevels {
    /// What is disturbed.
    pub axis: Axis,
    /// To which levels, ascending and each once.
    pub levels: Vec<f64>,
}

/// Largest level of what has no bound of its own: far beyond what any device does, and well within the floats.
const LARGEST: f64 = 1e6;

impl AxisLevels {
    /// The levels that an axis has where nobody asks for others, of a computer with so many hidden units.
    pub fn of(axis: Axis, hidden: usize) -> Self {
        let levels: &[f64] = match axis {
            Axis::Bits => &[2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
            Axis::Density => &[0.05, 0.1, 0.2, 0.3, 0.5, 1.0],
            Axis::Mismatch => &[0.0, 0.01, 0.02, 0.05, 0.1, 0.2],
            Axis::Offset => &[0.0, 0.3, 1.0, 3.0, 10.0],
            Axis::Kt => &[0.0, 0.5, 1.0, 2.0, 4.0, 10.0],
            Axis::Clock => &[-0.2, -0.1, -0.05, -0.02, -0.01, 0.0, 0.01, 0.02, 0.05, 0.1, 0.2],
            Axis::Stuck => &[0.0, 1.0, 2.0, 4.0, 8.0, 16.0],
            Axis::InputNoise => &[0.0, 0.1, 0.2, 0.5, 1.0],
        };
        let there = |level: &f64| axis != Axis::Stuck || *level <= hidden as f64;
        Self { axis, levels: levels.iter().copied().filter(there).collect() }
    }

    /// These levels of an axis, of a computer with so many hidden units.
    ///
    /// # Errors
    /// [`TaskError::Config`] names `--levels`, the level and what it must be.
    pub fn given(axis: Axis, levels: &[f64], hidden: usize) -> Result<Self, TaskError> {
        let key = format!("--levels {axis}");
        require(!levels.is_empty(), &key, "without a level", "a list of numbers such as 0.1,0.2")?;
        for level in levels {
            let (fits, wanted) = match axis {
                Axis::Bits => (
                    is_whole(*level) && (2.0..=f64::from(MOST_BITS)).contains(level),
                    format!("a whole number from 2 to {MOST_BITS}"),
                ),
                Axis::Density => (*level > 0.0 && *level <= 1.0, "above 0 and at most 1".to_owned()),
                Axis::Clock => (*level >= -0.9 && *level <= 9.0, "from -0.9 to 9".to_owned()),
                Axis::Stuck => {
                    let fits = is_whole(*level) && (0.0..=hidden as f64).contains(level);
                    (fits, format!("a whole number from 0 to {hidden}, the number of hidden units"))
                }
                Axis::Mismatch | Axis::Offset | Axis::Kt | Axis::InputNoise => {
                    ((0.0..=LARGEST).contains(level), "finite, from 0 to 1e6".to_owned())
                }
            };
            require(fits, &key, level, &wanted)?;
        }
        let mut levels = levels.to_vec();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        Ok(Self { axis, levels })
    }

    /// The levels below (or above) the undisturbed one, going away from it.
    pub(super) fn outward(&self, below: bool) -> Vec<f64> {
        let undisturbed = self.axis.undisturbed().unwrap_or(f64::INFINITY);
        let mut found: Vec<f64> = self
            .levels
            .iter()
            .copied()
            .filter(|l| if below { *l < undisturbed } else { *l > undisturbed })
            .collect();
        if below {
            found.reverse();
        }
        found
    }
}

fn is_whole(level: f64) -> bool {
    level.is_finite() && level.fract() == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levels_of_every_axis_are_levels_it_takes() {
        for axis in Axis::ALL {
            let own = AxisLevels::of(axis, 5);
            assert_eq!(AxisLevels::given(axis, &own.levels, 5).unwrap(), own, "{axis}");
            assert!(own.levels.len() >= 4, "{axis}");
            for level in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.5, 1e9] {
                let told = AxisLevels::given(axis, &[level], 5).unwrap_err().to_string();
                assert!(told.starts_with(&format!("--levels {axis}: is ")) && told.contains("must be"), "{told}");
            }
        }
        assert_eq!(AxisLevels::of(Axis::Stuck, 5).levels, [0.0, 1.0, 2.0, 4.0]);
        assert!(AxisLevels::given(Axis::Stuck, &[6.0], 5).is_err());
        assert!(AxisLevels::given(Axis::Bits, &[2.5], 5).is_err());
        assert!(AxisLevels::given(Axis::Kt, &[], 5).is_err());
    }

    #[test]
    fn outward_is_away_from_the_undisturbed_level() {
        let clock = AxisLevels::given(Axis::Clock, &[0.1, -0.1, 0.0, 0.2, 0.1], 1).unwrap();
        assert_eq!((clock.outward(true), clock.outward(false)), (vec![-0.1], vec![0.1, 0.2]));
        let bits = AxisLevels::given(Axis::Bits, &[2.0, 8.0], 1).unwrap();
        assert_eq!((bits.outward(true), bits.outward(false)), (vec![8.0, 2.0], vec![]));
    }
}
