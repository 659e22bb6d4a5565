//! The gradients that several ranks sum are those of one.

use super::crew::each;
use super::{
    AB, B, action, classifier, contrastive, device, energy_distance, generator, pathwise, random, simulation,
    uniform,
};
use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use langevin::{Computer, ComputerConfig, CounterNoise, NoForce, Simulation, Transitions};
use learning::{
    Alone, Moments, Objective, OptimizerKind, PathwiseObjective, Schedule, Team, TrainingConfig, train_in,
};

/// Numbers of ranks.
pub(crate) const RANKS: [usize; 3] = [2, 4, 5];

pub(crate) fn close(found: &[f64], expected: &[f64], relative: f64) {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let off = norm(&mut found.iter().zip(expected).map(|(a, b)| a - b));
    let size = norm(&mut expected.iter().copied());
    assert!(size > 1e-3 && off <= relative * size, "‖difference‖ {off:e} of ‖{size:e}‖");
}

/// Two steps of gradient descent at a rate of 1 in a team: θ less the sum of the gradients; and the mean loss.
fn descended(
    team: &dyn Team,
    config: &ComputerConfig,
    objective: &impl Objective<AB, Computer<AB>>,
) -> (Vec<f64>, f64) {
    let training = TrainingConfig {
        optimizer: OptimizerKind::GradientDescent,
        learning_rate: 1.0,
        schedule: Schedule::Constant,
        steps: 1,
        look_every: 1,
        ..TrainingConfig::default()
    };
    let start = random(config);
    let before = start.parameters().values;
    let mut seen = Seen(f64::NAN);
    let after = train_in(team, start, objective, &training, None, &mut seen).unwrap().valid().parameters().values;
    (before.iter().zip(&after).map(|(b, a)| b - a).collect(), seen.0)
}

/// The loss at the last look.
struct Seen(f64);

impl<M> learning::Observer<M> for Seen {
    fn after_step(&mut self, progress: learning::Progress, _: &M) -> Result<(), learning::LearningError> {
        self.0 = progress.loss.unwrap_or(self.0);
        Ok(())
    }
}

fn agrees(config: &ComputerConfig, objective: &impl Objective<AB, Computer<AB>>) {
    let (alone, loss) = descended(&Alone, config, objective);
    for ranks in RANKS {
        for (gradient, seen) in each(ranks, |team| descended(team, config, objective)) {
            close(&gradient, &alone, 1e-12);
            assert!((seen - loss).abs() <= 1e-12 * loss.abs(), "{ranks} ranks: loss {seen} for {loss}");
        }
    }
}

#[test]
fn of_the_action() {
    agrees(&generator(), &action());
}

#[test]
fn of_the_pathwise_objective_with_its_budget_of_the_mean_heat() {
    let free = PathwiseObjective { heat_budget: None, ..pathwise() };
    let gradient = |objective| descended(&Alone, &classifier(), objective).0;
    let ([with, without], mut differ) = ([gradient(&pathwise()), gradient(&free)], 0);
    with.iter().zip(&without).for_each(|(a, b)| differ += usize::from((a - b).abs() > 1e-2 * b.abs()));
    assert!(differ > with.len() / 2, "the budget acts on {differ} of {} gradients", with.len());
    agrees(&classifier(), &pathwise());
    agrees(&classifier(), &free);
}

#[test]
fn of_contrastive_divergence() {
    agrees(&generator(), &contrastive());
}

#[test]
fn of_the_energy_distance_between_all_rows() {
    agrees(&generator(), &energy_distance());
}

/// An objective that knows of no team is right in one.
#[test]
fn of_an_objective_that_does_not_share() {
    struct Norm;
    impl Objective<AB, Computer<AB>> for Norm {
        type Batch = usize;

        fn quantity(&self) -> &'static str {
            "loss"
        }

        fn batch(&self, step: usize) -> Result<usize, learning::LearningError> {
            Ok(step + 3)
        }

        fn loss(&self, model: &Computer<AB>, times: usize) -> Result<Tensor<AB, 1>, learning::LearningError> {
            Ok(model.biases.val().powf_scalar(2.0).sum() * times as f64)
        }
    }
    agrees(&generator(), &Norm);
}

/// The exact minimum of what all ranks have gathered.
#[test]
fn of_moments() {
    let computer = random(&ComputerConfig::classifier(4, 3, 2)).valid();
    let run: Simulation = simulation(20);
    let rows = 40;
    let inputs: Tensor<B, 2> = super::matrix(uniform(rows * 4, 1.0, 9), [rows, 4]);
    let landscape = computer.landscape(inputs.clone()).unwrap();
    let start = Tensor::zeros([rows, 5], &device());
    let noise = CounterNoise::new(4, 0..rows as u64);
    let transitions = run.record(&landscape, start, &noise, &NoForce, 1).unwrap().transitions().unwrap();
    let solved = |team: &dyn Team| {
        let own = team.share().rows(rows);
        let part = |states: Tensor<B, 3>| states.narrow(1, own.start, own.len());
        let Transitions { from, to } = transitions.clone();
        let mut moments = Moments::new(4, 5, ComputerConfig::classifier(4, 3, 2).well(), &run.dynamics);
        moments
            .add(
                Some(inputs.clone().narrow(0, own.start, own.len())),
                &Transitions { from: part(from), to: part(to) },
            )
            .unwrap();
        let moments = moments.of_all(team).unwrap();
        assert_eq!(moments.states(), rows * 20);
        moments.minimise(&computer, 0.0).unwrap().values.values
    };
    let alone = solved(&Alone);
    for ranks in RANKS {
        each(ranks, solved).iter().for_each(|found| close(found, &alone, 1e-10));
    }
}
