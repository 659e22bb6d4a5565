//! The loop over steps, which takes any noise and any force, against the kernels' single operation: state by state and heat by
//! heat. In `f64` that operation is the reference made of tensor operations, in `f32` the fused one.

use crate::setting::{
    BATCH, Case, OnTheHost, OwnNoise, UNITS, assert_each, cases, matrix, simulation, start_states, uniform, values,
};
use crate::{B, ROUNDOFF};
use burn::tensor::Tensor;
use langevin::{CounterNoise, NoForce, NoNoise, Outcome, RampedForce, Simulation};

const STEPS: usize = 40;

/// A step of which |x| ≤ 2 keeps 1 − μΔt ∂²V between 0 and 1: 1.3 · 0.01 · (2 · 1.4 + 12 · 1.4 · 4) < 1.
fn run(kt: f64) -> Simulation {
    simulation(kt, 1.3, 0.01, STEPS)
}

/// States differ by the roundings of each step, which a contracting step does not amplify: a term of the step is below 4, and
/// goes through no more roundings than there are units and ten. (The fused kernels' own noise differs by 40 roundings of it, times
/// an amplitude of 0.12: one more rounding of 4.)
const STATE: f64 = (STEPS * (UNITS + 11)) as f64 * 4.0 * ROUNDOFF;

/// Asserts that two ways to the same end agree in states, heat and work. A heat's tolerance: that of energies at both ends, and
/// what the tolerance of the states makes of the force.
fn assert_same_outcome(name: &str, case: &Case, start: &Tensor<B, 2>, found: &Outcome<B>, expected: &Outcome<B>) {
    let state = values(expected.state.clone());
    assert!(state.iter().all(|x| x.abs() <= 2.0), "{name}: a step may not contract");
    assert_each(&format!("{name}: states"), &values(found.state.clone()), &state, |_| STATE);
    let (first, last) = (case.on_the_host(&values(start.clone())), case.on_the_host(&state));
    let heat = values(expected.heat.clone());
    let tolerance = |i: usize| heat_tolerance(&first, &last, i);
    assert_each(&format!("{name}: heat"), &values(found.heat.clone()), &heat, tolerance);
    // Heats that could be those of another sign judge nothing.
    let clear = heat.iter().enumerate().filter(|(i, q)| q.abs() > 10.0 * tolerance(*i)).count();
    assert!(clear > BATCH / 2, "{name}: {clear} heats of {BATCH} are clearly not zero");
}

/// Twice the rounding of the energies at both ends, and what states that differ by their tolerance differ by in energy and work:
/// the potential's force on each unit, and an external one of at most 1.5, times that tolerance.
fn heat_tolerance(first: &OnTheHost, last: &OnTheHost, replica: usize) -> f64 {
    let gradient = &last.gradient[replica * UNITS..(replica + 1) * UNITS];
    let force: f64 = gradient.iter().map(|g| g.abs() + 1.5).sum();
    2.0 * (first.energy_error[replica] + last.energy_error[replica] + STATE * force)
}

#[test]
fn both_paths_have_the_same_states_and_heats_with_and_without_noise() {
    for case in cases() {
        for kt in [0.5, 0.0] {
            let name = format!("{}, kT = {kt}", case.name);
            let (run, landscape, start) = (run(kt), case.landscape(), start_states());
            let noise = CounterNoise::new(7, (0..BATCH as u64).map(|r| 3 * r + (r << 33)));
            let own = OwnNoise(noise.clone());
            let kernel = run.record(&landscape, start.clone(), &noise, &NoForce, 1).unwrap();
            let generic = run.record(&landscape, start.clone(), &own, &NoForce, 1).unwrap();
            assert_eq!(kernel.steps, (0..=STEPS).collect::<Vec<_>>());
            assert_eq!(generic.steps, kernel.steps);
            let states = values(kernel.states.clone());
            assert_each(&name, &values(generic.states), &states, |_| STATE);
            assert_same_outcome(&name, &case, &start, &generic.outcome, &kernel.outcome);
            for outcome in [
                run.run(&landscape, start.clone(), &noise).unwrap(),
                run.run(&landscape, start.clone(), &own).unwrap(),
                run.run_forced(&landscape, start.clone(), &noise, &NoForce).unwrap(),
                run.run_forced(&landscape, start.clone(), &own, &NoForce).unwrap(),
            ] {
                assert_same_outcome(&name, &case, &start, &outcome, &kernel.outcome);
                assert_each(&name, &values(outcome.work), &[0.0; BATCH], |_| 0.0);
            }
            let last = &states[STEPS * BATCH * UNITS..];
            for end in [run.end(&landscape, start.clone(), &noise), run.end(&landscape, start.clone(), &own)] {
                assert_each(&name, &values(end.unwrap()), last, |_| STATE);
            }
            let sparse = run.record(&landscape, start.clone(), &noise, &NoForce, 7).unwrap();
            assert_eq!(sparse.steps, [0, 7, 14, 21, 28, 35, 40]);
            let every_seventh: Vec<f64> = sparse
                .steps
                .iter()
                .flat_map(|s| &states[s * BATCH * UNITS..(s + 1) * BATCH * UNITS])
                .copied()
                .collect();
            assert_each(&name, &values(sparse.states), &every_seventh, |_| 0.0);
            // The noise is there, and more than a rounding.
            let silent = run.end(&landscape, start, &NoNoise).unwrap();
            let moved = values(silent).iter().zip(last).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert_eq!(moved > 100.0 * STATE, kt > 0.0, "{name}: moved by noise: {moved}");
        }
    }
}

/// V − f·x has the drive d − f. Switched on at the start and off at the end, f does the work f·(x(end) − x(start)), the difference
/// that it makes to the energies: the heats are equal too.
#[test]
fn a_constant_force_is_a_shift_of_the_drive() {
    let pattern = matrix(uniform(BATCH * UNITS, 1.0, 5), [BATCH, UNITS]);
    for case in cases() {
        for kt in [0.5, 0.0] {
            let name = format!("{}, kT = {kt}", case.name);
            let (run, start) = (run(kt), start_states());
            let noise = CounterNoise::new(8, 0..BATCH as u64);
            let force = RampedForce { pattern: pattern.clone(), amplitude: |_| 1.0 };
            let forced = run.run_forced(&case.landscape(), start.clone(), &noise, &force).unwrap();
            let shifted = case.landscape_under(case.drive.clone() - pattern.clone());
            let kernel = run.run(&shifted, start.clone(), &noise).unwrap();
            assert_same_outcome(&name, &case, &start, &forced, &kernel);
        }
    }
}

/// A force that changes at step 15 makes one run of two in landscapes that differ by their drives, and each run emits its own heat.
/// At zero temperature, where the second run needs no noise that begins at step 15.
#[test]
fn a_force_that_changes_is_one_shift_of_the_drive_after_another() {
    let pattern = matrix(uniform(BATCH * UNITS, 1.0, 6), [BATCH, UNITS]);
    for case in cases() {
        let start = start_states();
        let force = RampedForce { pattern: pattern.clone(), amplitude: |step| if step < 15 { 1.0 } else { -1.5 } };
        let forced = run(0.0).run_forced(&case.landscape(), start.clone(), &NoNoise, &force).unwrap();
        let part = |amplitude: f64, steps: usize, from: Tensor<B, 2>| {
            let shifted = case.landscape_under(case.drive.clone() - pattern.clone() * amplitude);
            Simulation { steps, ..run(0.0) }.run(&shifted, from, &NoNoise).unwrap()
        };
        let first = part(1.0, 15, start.clone());
        let second = part(-1.5, 25, first.state);
        let together = Outcome { heat: first.heat + second.heat, ..second };
        assert_same_outcome(case.name, &case, &start, &forced, &together);
    }
}
