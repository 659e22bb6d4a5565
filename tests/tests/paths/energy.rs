//! Energy, force and action against values computed by hand.

use crate::setting::{BATCH, UNITS, assert_each, cases, device, matrix, simulation, start_states, values};
use crate::{B, ROUNDOFF};
use burn::tensor::{Tensor, TensorData};
use langevin::{ComputerConfig, Connectivity, Dynamics, Landscape, Layout, Potential, Transitions, Well};

/// Numbers of a few binary digits, of which every sum and product below is exact.
#[test]
fn energy_and_gradient_of_two_units_are_those_computed_by_hand() {
    let (couplings, drive) = (matrix(vec![0.0, 2.0, 2.0, 0.0], [2, 2]), matrix(vec![0.5, 3.0], [1, 2]));
    let coupled = Landscape::new(couplings, drive.clone(), Well::new(1.0, 0.5));
    let uncoupled = Landscape::uncoupled(drive, Well::new(1.0, 0.5));
    let wells = vec![Well::new(1.0, 0.5), Well::new(-2.0, 0.25)];
    // At (1, −2): wells 1 + ½ and 4 + 8, drive ½ − 6, coupling −4; the second unit's own well −8 + 4.
    for (name, landscape, energy, gradient) in [
        ("uncoupled", uncoupled.clone(), 8.0, [4.5, -17.0]),
        ("coupled", coupled.clone(), 4.0, [0.5, -15.0]),
        ("uncoupled, own wells", uncoupled.with_wells(wells.clone()).unwrap(), -8.0, [4.5, 3.0]),
        ("coupled, own wells", coupled.with_wells(wells).unwrap(), -12.0, [0.5, 5.0]),
    ] {
        let x = matrix(vec![1.0, -2.0], [1, 2]);
        let exact = |_| 0.0;
        assert_each(name, &values(landscape.energy(x.clone())), &[energy], exact);
        assert_each(name, &values(landscape.gradient(x.clone())), &gradient, exact);
        assert_each(name, &values(landscape.gradient_at_times(x.unsqueeze())), &gradient, exact);
    }
}

/// File order of a classifier of one unit each: input–hidden, hidden–output, input–output, then the biases of input, hidden and
/// output; of a generator: visible–hidden, then the biases of both.
#[test]
fn the_parameters_of_a_computer_enter_its_energy_as_written_by_hand() {
    let exact = |_| 0.0;
    let x = matrix(vec![1.0, -2.0], [1, 2]);
    let computer = ComputerConfig::classifier(1, 1, 1).init::<B>(&device());
    let computer = computer.with_parameters(&[0.25, 2.0, -0.5, 8.0, 0.5, 3.0]).unwrap();
    let landscape = computer.landscape(matrix(vec![4.0], [1, 1])).unwrap();
    // Wells 1 + 1 and 4 + 16; biases ½ − 6; input 4 · (¼ · 1 + ½ · 2); coupling −4.
    assert_each("classifier", &values(landscape.energy(x.clone())), &[2.0 + 20.0 - 5.5 + 5.0 - 4.0], exact);
    let config = ComputerConfig::new(Layout::generator(1, 1), Connectivity::generator());
    let computer = config.init::<B>(&device()).with_parameters(&[2.0, 0.5, 3.0]).unwrap();
    let landscape = computer.free_landscape(1).unwrap();
    assert_each("generator", &values(landscape.energy(x)), &[2.0 + 20.0 - 5.5 - 4.0], exact);
}

/// The tolerance of each sum is that of its roundings, from the magnitudes of its terms.
#[test]
fn energy_and_gradient_of_many_units_are_the_sums_of_their_terms() {
    for case in cases() {
        let (landscape, x) = (case.landscape(), start_states());
        let host = case.on_the_host(&values(x.clone()));
        assert_each(case.name, &values(landscape.energy(x.clone())), &host.energy, |i| host.energy_error[i]);
        let gradient_error = |i: usize| host.gradient_error[i % (BATCH * UNITS)];
        assert_each(case.name, &values(landscape.gradient(x.clone())), &host.gradient, gradient_error);
        let twice = Tensor::stack::<3>(vec![x.clone(), x], 0);
        let expected = [host.gradient.clone(), host.gradient.clone()].concat();
        assert_each(case.name, &values(landscape.gradient_at_times(twice)), &expected, gradient_error);
    }
}

/// S = (Δx + μ ∂V Δt)² / (4 μ kT Δt) with V = x² + ½ x⁴ + ½ x, μ Δt = ¼ and kT = ½: the step from 1 to ½ has the residual
/// −½ + 4½/4 = 0.625 and the step from ½ to 1, its reverse, ½ + 1¾/4 = 0.9375. Every product is exact.
#[test]
fn the_action_of_a_step_is_that_computed_by_hand() {
    let dynamics = simulation(0.5, 2.0, 0.125, 1).dynamics;
    let landscape = Landscape::uncoupled(matrix(vec![0.5, 0.5], [2, 1]), Well::new(1.0, 0.5));
    let states = |x: [f64; 2]| Tensor::<B, 3>::from_data(TensorData::new(x.to_vec(), [1, 2, 1]), &device());
    let transitions = Transitions { from: states([1.0, 0.5]), to: states([0.5, 1.0]) };
    let exact = |_| 0.0;
    let own_wells = landscape.clone().with_wells(vec![Well::new(1.0, 0.5)]).unwrap();
    let coupled = Landscape::new(matrix(vec![0.0], [1, 1]), landscape.drive(), Well::new(1.0, 0.5));
    for (name, landscape) in [("uncoupled", landscape), ("own wells", own_wells), ("coupled", coupled)] {
        assert_each(name, &values(dynamics.residual(&landscape, &transitions)), &[0.625, 0.9375], exact);
        let action = [0.625 * 0.625 / 0.5, 0.9375 * 0.9375 / 0.5];
        assert_each(name, &values(dynamics.action(&landscape, &transitions)), &action, exact);
        let reversed = transitions.clone().reversed();
        let backwards = [action[1], action[0]];
        assert_each(name, &values(dynamics.action(&landscape, &reversed)), &backwards, exact);
        let mean = values(dynamics.mean_action(&landscape, &transitions, 3.0));
        assert_each(name, &mean, &[1.5 * (action[0] + action[1])], exact);
    }
}

/// One operation of the backend against the action of each replica, with couplings. The residuals are differences of numbers
/// below 2 and as large as a tenth; their squares, of one sign, lose no more digits: a thousand roundings leave room.
#[test]
fn the_mean_action_is_the_mean_of_the_actions() {
    let dynamics = simulation(0.5, 1.3, 0.01, 1).dynamics;
    for case in cases() {
        let landscape = case.landscape();
        let from = start_states();
        let to = from.clone() * 0.9;
        let transitions = Transitions { from: from.unsqueeze::<3>(), to: to.unsqueeze::<3>() };
        let actions = values(dynamics.action(&landscape, &transitions));
        let expected = 2.0 * actions.iter().sum::<f64>() / BATCH as f64;
        assert!(expected > 1.0, "{}: {expected}", case.name);
        let found = values(dynamics.mean_action(&landscape, &transitions, 2.0));
        assert_each(case.name, &found, &[expected], |_| 1000.0 * ROUNDOFF * expected);
    }
}
