//! The exact minimum of the action.

use super::action::training;
use super::{AB, B, Known, device, known, objective, run};
use burn::module::AutodiffModule;
use langevin::{Computer, ComputerConfig, Well};
use learning::TrajectorySource;
use learning::{Moments, OptimizerKind, Schedule, train};

/// Transitions that no program explains, of a computer with the given couplings.
fn moments_of(known: &Known) -> Moments {
    let mut moments = Moments::new(4, 5, Well::new(1.0, 1.0), &run().dynamics);
    moments.add(Some(known.inputs.clone()), &known.transitions).unwrap();
    moments
}

#[test]
fn the_exact_minimum_is_where_gradient_descent_ends() {
    use langevin::{Block, UnitKind};
    let known = known(40, 9);
    let moments = moments_of(&known);
    let all = ComputerConfig::classifier(4, 3, 2);
    let mut sparse = all.clone();
    sparse.connectivity = sparse
        .connectivity
        .without(Block::between(UnitKind::Input, UnitKind::Output))
        .without_pairs([((UnitKind::Input, 1), (UnitKind::Hidden, 2))])
        .without(Block::between(UnitKind::Hidden, UnitKind::Hidden));
    for config in [all, sparse] {
        let untrained = config.init::<AB>(&device());
        let minimum = moments.minimise(&untrained.valid(), 0.0).unwrap();
        let exact = untrained.valid().with_parameters(&minimum.values.values).unwrap();
        let objective = objective(&known);
        let action = |computer: &Computer<B>| {
            let batch = (&known).batch(0).unwrap();
            objective.action(computer, batch).unwrap().into_scalar()
        };
        // The moments give the same action as the loss does.
        assert!((moments.action(&exact, 20, 0.8) / action(&exact) - 1.0).abs() < 1e-10);
        assert!((moments.action_at(&minimum, 20, 0.8) / action(&exact) - 1.0).abs() < 1e-10);
        let config = training(OptimizerKind::Momentum, 1.0, Schedule::Constant, 3000);
        let trained = train(untrained, &objective, &config, None, &mut ()).unwrap().valid();
        let (a, b) = (action(&exact), action(&trained));
        assert!(a <= b * (1.0 + 1e-12) && b / a - 1.0 < 1e-6, "exact {a}, by gradient descent {b}");
        let trained = trained.parameters().values;
        for (e, t) in minimum.values.values.iter().zip(&trained) {
            assert!((e - t).abs() < 1e-4 * (1.0 + t.abs()), "exact {e}, by gradient descent {t}");
        }
        assert!(minimum.condition > 1.0 && minimum.condition < 1e6);
    }
}

#[test]
fn a_ridge_keeps_the_program_small_and_undetermined_moments_are_refused() {
    let known = known(2, 9);
    let moments = moments_of(&known);
    let computer = ComputerConfig::classifier(4, 3, 2).init::<B>(&device());
    // Two inputs do not determine four input couplings.
    let error = moments.minimise(&computer, 0.0).unwrap_err().to_string();
    assert!(error.contains("ridge"), "{error}");
    let norm = |ridge: f64| {
        let values = moments.minimise(&computer, ridge).unwrap().values.values;
        values.iter().map(|v| v * v).sum::<f64>()
    };
    assert!(norm(1.0) < norm(0.1) && norm(0.1) < norm(0.01));
}
