//! What a training costs: a bound, and the trajectories that it simulated.

use crate::{ClassifyObjective, Job, StageObjective};

/// The least energy of training N parameters on D examples, in kT: about 2 N D (A. V. Tkachenko, arXiv:2503.09980, for quasi-static
/// analogue networks, whose inference can be reversible).
pub fn training_bound(parameters: f64, examples: f64) -> f64 {
    2.0 * parameters * examples
}

/// Trajectories of the computer itself that the training by descent simulated, steps × batch; none where the computer did not run: an
/// action is minimised over trajectories of the guide or of the noising. What an exact minimum adds in its rounds, and the looks at the
/// validation images, are not in it.
pub fn simulated_trajectories(job: &Job) -> Option<f64> {
    let trajectories = match job {
        Job::Classify(job) => match job.objective {
            ClassifyObjective::Pathwise(_) => job.training.map_or(0, |training| training.steps * training.batch),
            ClassifyObjective::Action(_) | ClassifyObjective::Exact(_) => 0,
        },
        Job::Generate(job) => job
            .stage
            .iter()
            .filter(|stage| {
                matches!(
                    stage.objective,
                    StageObjective::Contrastive { .. } | StageObjective::EnergyDistance { .. }
                )
            })
            .filter_map(|stage| stage.training)
            .map(|training| training.steps * training.batch)
            .sum(),
    };
    (trajectories > 0).then_some(trajectories as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 · 63,143 · 60,000 kT = 7.6e9 kT.
    #[test]
    fn the_bound_is_twice_parameters_times_examples() {
        assert_eq!(format!("{:.1e}", training_bound(63_143.0, 60_000.0)), "7.6e9");
    }

    #[test]
    fn only_the_computers_own_trajectories_count() {
        let of = |name: &str, settings: &[&str]| {
            let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
            Job::preset(name, &settings).map_or_else(|e| panic!("{e}"), |job| simulated_trajectories(&job))
        };
        let counted = ["training.steps=7", "training.batch=11"];
        assert_eq!(of("mnist-pathwise", &counted), Some(77.0));
        assert_eq!(of("mnist", &counted), None);
        assert_eq!(of("mnist-exact", &[]), None);
        assert_eq!(of("generate", &[]), None);
        assert_eq!(of("generate-clocked", &[]), Some(128.0 * 700.0 + 200.0 * 250.0));
    }
}
