//! The level at which something is lost.

use serde::{Deserialize, Serialize};

/// How far from the undisturbed level one may go before something is lost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Tolerance {
    /// It is lost at this level, between two that were measured, by linear interpolation.
    At {
        /// The level.
        level: f64,
    },
    /// It is not lost up to this level, the furthest that was measured.
    Beyond {
        /// The level.
        level: f64,
    },
    /// It is lost at this level, the nearest that was measured, and there is no undisturbed level to interpolate from.
    Already {
        /// The level.
        level: f64,
    },
    /// It is not lost before this level, at which the dynamics diverges.
    Diverges {
        /// The level.
        level: f64,
    },
}

impl Tolerance {
    /// From the changes of a quantity at levels that go away from the undisturbed one; none for a level that diverges. The first crossing
    /// counts. None without a level.
    pub fn of(undisturbed: Option<f64>, outward: &[(f64, Option<f64>)], loss: f64) -> Option<Self> {
        let mut before = undisturbed.map(|level| (level, 0.0));
        for &(level, change) in outward {
            let Some(change) = change else { return Some(Self::Diverges { level }) };
            if change <= -loss {
                return Some(match before {
                    Some((from, value)) => {
                        Self::At { level: from + (level - from) * (-loss - value) / (change - value) }
                    }
                    None => Self::Already { level },
                });
            }
            before = Some((level, change));
        }
        outward.last().map(|&(level, _)| Self::Beyond { level })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_crossing_is_interpolated_from_the_undisturbed_level_on() {
        let of = |undisturbed, outward: &[(f64, Option<f64>)]| Tolerance::of(undisturbed, outward, 0.01);
        let at = |found: Option<Tolerance>| match found {
            Some(Tolerance::At { level }) => level,
            other => panic!("{other:?}"),
        };
        assert!((at(of(Some(0.0), &[(0.1, Some(-0.02))])) - 0.05).abs() < 1e-15);
        assert!(
            (at(of(Some(0.0), &[(0.1, Some(0.01)), (0.2, Some(-0.03)), (0.4, Some(0.0))])) - 0.15).abs() < 1e-15
        );
        // Downwards, and where no level is undisturbed.
        assert!((at(of(Some(1.0), &[(0.5, Some(-0.005)), (0.25, Some(-0.015))])) - 0.375).abs() < 1e-15);
        assert!((at(of(None, &[(8.0, Some(0.0)), (6.0, Some(-0.04))])) - 7.5).abs() < 1e-15);
        assert_eq!(of(None, &[(8.0, Some(-0.01))]), Some(Tolerance::Already { level: 8.0 }));
        assert_eq!(
            of(Some(0.0), &[(1.0, Some(-0.009)), (2.0, Some(0.1))]),
            Some(Tolerance::Beyond { level: 2.0 })
        );
        assert_eq!(of(Some(0.0), &[(1.0, Some(0.0)), (2.0, None)]), Some(Tolerance::Diverges { level: 2.0 }));
        assert_eq!(of(Some(0.0), &[]), None);
    }
}
