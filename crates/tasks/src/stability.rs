//! Whether a lone unit of the computer bears its bath and the drives of training at a time step: looked at before any work.

use crate::TaskError;
use crate::config::Dynamics;
use langevin::exact::relax_step;
use langevin::{Simulation, UNPHYSICAL, Well, fill_standard_normal};

/// Trajectories of a unit in its bath.
const REPLICAS: usize = 64;
/// Steps of each that are looked at, at most: a unit that diverges does so within the relaxation time of its well.
const STEPS: usize = 2000;
/// Time steps that are tried as a cure: each a tenth of the one before.
const TRIES: i32 = 12;

/// A unit without couplings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoneUnit<'a> {
    /// The well of the unit.
    pub(crate) well: Well,
    /// The constant drive u on it, if any, with the setting that makes it.
    pub(crate) drive: Option<(f64, &'a str)>,
    /// The setting of the time step.
    pub(crate) time_step: &'a str,
}

impl LoneUnit<'_> {
    /// Refuses a time step at which the unit diverges: under its drive at zero temperature, or in the bath without a drive.
    ///
    /// # Errors
    /// [`TaskError::Diverged`] with a time step that will do, or the other settings to change.
    pub(crate) fn check(&self, dynamics: &Dynamics) -> Result<(), TaskError> {
        let Some((step, reached)) = self.diverges(&dynamics.simulation()) else { return Ok(()) };
        let finer = (1..=TRIES)
            .filter_map(|n| dynamics.at_time_step(dynamics.time_step() / 10f64.powi(n)).ok())
            .find(|finer| self.diverges(&finer.simulation()).is_none());
        let other = match self.drive {
            Some((_, setting)) if !setting.is_empty() => format!("a smaller {setting}"),
            Some(_) => "teacher.activation = \"tanh\", or smaller computer.j2, computer.j4 or dynamics.mobility"
                .to_owned(),
            None => "smaller computer.j2, computer.j4, dynamics.mobility or dynamics.kt".to_owned(),
        };
        let cure = match finer {
            Some(finer) => format!("a smaller {} (try {:e}), or {other}", self.time_step, finer.time_step()),
            None => other,
        };
        let place = match self.drive {
            Some((drive, "")) => format!("under a drive of {drive}, up to which the teacher's response is made"),
            Some((drive, _)) => format!("under {drive}, the largest drive of training"),
            None => "in its bath".to_owned(),
        };
        let what = format!(
            "a single unit, without couplings, diverges {place}: it reaches {reached:.3e} at step {step} of time step {}",
            dynamics.time_step()
        );
        Err(TaskError::Diverged { phase: "dynamics".to_owned(), what, cure })
    }

    /// Step and state at which the unit leaves what a time step can hold.
    fn diverges(&self, simulation: &Simulation) -> Option<(usize, f64)> {
        let rate = simulation.dynamics.rate();
        let bound = self.well.divergence_bound(rate).min(UNPHYSICAL);
        let outside = |x: f64| !x.is_finite() || x.abs() > bound;
        if let Some((drive, _)) = self.drive {
            let mut x = 0.0;
            return (1..=simulation.steps).find_map(|step| {
                x = relax_step(x, drive, self.well, rate);
                outside(x).then_some((step, x))
            });
        }
        let amplitude = simulation.dynamics.noise_amplitude();
        if amplitude == 0.0 {
            return None;
        }
        let replicas: [u64; REPLICAS] = std::array::from_fn(|replica| replica as u64);
        let mut xi = [0f32; REPLICAS];
        let mut states = [0f64; REPLICAS];
        (0..simulation.steps.min(STEPS)).find_map(|step| {
            fill_standard_normal(0, step as u32, &replicas, 1, &mut xi);
            states.iter_mut().zip(&xi).find_map(|(x, xi)| {
                *x = relax_step(*x, 0.0, self.well, rate) + amplitude * f64::from(*xi);
                outside(*x).then_some((step + 1, *x))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused([j2, j4]: [f64; 2], drive: Option<(f64, &str)>, dynamics: [f64; 4]) -> Option<String> {
        let [kt, mobility, time_step, observation_time] = dynamics;
        let dynamics = Dynamics::new(kt, mobility, time_step, observation_time).ok()?;
        LoneUnit { well: Well::new(j2, j4), drive, time_step: "dynamics.time_step" }
            .check(&dynamics)
            .err()
            .map(|e| e.to_string())
    }

    /// The time step that a message proposes.
    fn tried(message: &str) -> Option<f64> {
        message.split("(try ").nth(1)?.split(')').next()?.parse().ok()
    }

    #[test]
    fn a_proposed_time_step_is_one_that_works() {
        let own = [1.0, 1.0, 1e-3, 0.2];
        assert_eq!(refused([1.0, 1.0], Some((100.0, "objective.k")), own), None);
        assert_eq!(refused([1.0, 1.0], None, own), None);
        for (well, drive, dynamics) in [
            ([1e6, 1.0], Some((10.0, "")), own),
            ([1.0, 1e6], Some((100.0, "")), own),
            ([1e6, 1.0], None, own),
            ([1.0, 1.0], Some((1e7, "objective.k")), own),
            ([1.0, 1.0], None, [1e8, 1.0, 1e-3, 0.2]),
            ([1.0, 1.0], None, [1.0, 1e7, 1e-3, 0.2]),
            ([1.0, 1.0], None, [1.0, 1.0, 0.5, 1.0]),
        ] {
            let message = refused(well, drive, dynamics).unwrap_or_default();
            let [kt, mobility, _, observation_time] = dynamics;
            let again = tried(&message).map(|dt| refused(well, drive, [kt, mobility, dt, observation_time]));
            // A time step so short that the job would take too many of them is not proposed.
            assert!(again.is_none_or(|again| again.is_none()), "{message}");
            assert!(message.contains("diverges") && message.contains("; use "), "{message}");
        }
        let message = refused([1.0, 1.0], Some((1e7, "objective.k")), own).unwrap_or_default();
        assert!(message.contains("or a smaller objective.k") && tried(&message).is_some(), "{message}");
    }
}
