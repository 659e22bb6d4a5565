//! Programs in time on both paths: equal segments are one, and work and heat are those of the switches, summed on the host.

use crate::setting::{
    BATCH, OwnNoise, UNITS, assert_each, cases, matrix, simulation, start_states, uniform, values,
};
use crate::{B, ROUNDOFF};
use burn::tensor::Tensor;
use langevin::{
    Clock, CounterNoise, Landscape, LangevinError, NoForce, NoNoise, Protocol, RampedForce, Simulation,
};

const STEPS: usize = 40;

fn run(kt: f64) -> Simulation {
    simulation(kt, 1.3, 0.01, STEPS)
}

/// Three segments of 10, 20 and 10 steps.
fn clock() -> Clock {
    Clock::new(&[1.0, 2.0, 1.0]).unwrap()
}

/// Switched or not, the noise goes on: to the last bit the states and the heat of a program that does not change, and no work.
#[test]
fn equal_segments_are_one() {
    for case in cases() {
        for kt in [0.5, 0.0] {
            let (run, still, start) = (run(kt), case.landscape(), start_states());
            let noise = CounterNoise::new(21, (0..BATCH as u64).map(|r| 3 * r + (r << 33)));
            let own = OwnNoise(noise.clone());
            for clock in [clock(), Clock::equal(4).unwrap(), Clock::equal(STEPS).unwrap()] {
                let protocol = Protocol::new(vec![still.clone(); clock.segments()], clock).unwrap();
                for (one, many) in [
                    (
                        run.run(&still, start.clone(), &noise).unwrap(),
                        run.run_protocol(&protocol, start.clone(), &noise).unwrap(),
                    ),
                    (
                        run.run(&still, start.clone(), &own).unwrap(),
                        run.run_protocol(&protocol, start.clone(), &own).unwrap(),
                    ),
                    (
                        run.record(&still, start.clone(), &noise, &NoForce, 9).unwrap().outcome,
                        run.record_protocol(&protocol, start.clone(), &noise, &NoForce, 9).unwrap().outcome,
                    ),
                ] {
                    assert_each(case.name, &values(many.state), &values(one.state), |_| 0.0);
                    assert_each(case.name, &values(many.heat), &values(one.heat), |_| 0.0);
                    assert_each(case.name, &values(many.work), &[0.0; BATCH], |_| 0.0);
                }
                let ends = [
                    run.end(&still, start.clone(), &noise).unwrap(),
                    run.end_protocol(&protocol, start.clone(), &noise).unwrap(),
                ];
                let [one, many] = ends.map(values);
                assert_each(case.name, &many, &one, |_| 0.0);
                let recorded = run.record_protocol(&protocol, start.clone(), &noise, &NoForce, 9).unwrap();
                assert_eq!(recorded.steps, [0, 9, 18, 27, 36, 40]);
                let still = run.record(&still, start.clone(), &noise, &NoForce, 9).unwrap();
                assert_each(case.name, &values(recorded.states), &values(still.states), |_| 0.0);
            }
        }
    }
}

/// W = Σ_s [V_{s+1} − V_s] at the switches and Q = Σ_s [V_s(at its start) − V_s(at its end)], from recorded states.
#[test]
fn work_is_that_of_the_switches_and_heat_what_the_segments_lose() {
    for case in cases() {
        let start = start_states();
        let cases: Vec<_> = [0.0, 1.1, -0.8]
            .iter()
            .enumerate()
            .map(|(s, shift)| {
                let mut other = case.clone();
                other.drive = case.drive.clone() + matrix(uniform(BATCH * UNITS, *shift, 30), [BATCH, UNITS]);
                other.couplings = case.couplings.clone().map(|j| j * (1.0 - 0.6 * s as f64));
                other
            })
            .collect();
        let landscapes: Vec<Landscape<B>> = cases.iter().map(crate::setting::Case::landscape).collect();
        let protocol = Protocol::new(landscapes, clock()).unwrap();
        for kt in [0.5, 0.0] {
            let (run, noise) = (run(kt), CounterNoise::new(22, 0..BATCH as u64));
            let own = OwnNoise(noise.clone());
            let trajectory = run.record_protocol(&protocol, start.clone(), &noise, &NoForce, 10).unwrap();
            assert_eq!(trajectory.steps, [0, 10, 20, 30, 40]);
            let states = values(trajectory.states);
            let at = |row: usize| &states[row * BATCH * UNITS..(row + 1) * BATCH * UNITS];
            let energies = |s: usize, row: usize| cases[s].on_the_host(at(row));
            let (mut work, mut heat, mut error) = ([0.0; BATCH], [0.0; BATCH], [0.0; BATCH]);
            for (s, [from, to]) in [[0, 1], [1, 3], [3, 4]].into_iter().enumerate() {
                let (before, after) = (energies(s, from), energies(s, to));
                for i in 0..BATCH {
                    heat[i] += before.energy[i] - after.energy[i];
                    work[i] +=
                        if s > 0 { before.energy[i] } else { 0.0 } - if s < 2 { after.energy[i] } else { 0.0 };
                    error[i] += before.energy_error[i] + after.energy_error[i];
                }
            }
            let largest = work.iter().fold(0f64, |m, w| m.max(w.abs()));
            assert!(largest > 1.0, "{}: works of at most {largest} say little about their sign", case.name);
            // The generic loop's states are others by the roundings of the steps; its energies by its forces times those.
            let apart = (STEPS * (UNITS + 11)) as f64 * 4.0 * ROUNDOFF;
            for (path, outcome, more) in [
                ("recorded", trajectory.outcome, 0.0),
                ("run", run.run_protocol(&protocol, start.clone(), &noise).unwrap(), 0.0),
                (
                    "generic",
                    run.run_protocol(&protocol, start.clone(), &own).unwrap(),
                    apart * 4.0 * UNITS as f64 * 20.0,
                ),
            ] {
                let name = format!("{}, kT = {kt}, {path}", case.name);
                let tolerance = |i: usize| 3.0 * error[i] + more;
                assert_each(&name, &values(outcome.work), &work, tolerance);
                assert_each(&name, &values(outcome.heat), &heat, tolerance);
                assert_each(&name, &values(outcome.state), at(4), |_| apart);
            }
        }
    }
}

/// V − f·x has the drive d − f: biases that switch are a force that changes, whose first and last change, from and to none, are
/// part of its work alone.
#[test]
fn a_switch_of_the_biases_is_a_change_of_the_force() {
    let pattern = matrix(uniform(BATCH * UNITS, 1.0, 31), [BATCH, UNITS]);
    let amplitudes = [1.0, -1.5, 0.5];
    for case in cases() {
        let (run, start) = (run(0.5), start_states());
        let noise = CounterNoise::new(23, 0..BATCH as u64);
        let of_step = |step: usize| amplitudes[usize::from(step >= 10) + usize::from(step >= 30)];
        let force = RampedForce { pattern: pattern.clone(), amplitude: of_step };
        let forced = run.run_forced(&case.landscape(), start.clone(), &noise, &force).unwrap();
        let shifted = |a: f64| case.landscape_under(case.drive.clone() - pattern.clone() * a);
        let protocol = Protocol::new(amplitudes.map(shifted).to_vec(), clock()).unwrap();
        let switched = run.run_protocol(&protocol, start.clone(), &noise).unwrap();
        let apart = (STEPS * (UNITS + 11)) as f64 * 4.0 * ROUNDOFF;
        assert_each(case.name, &values(switched.state.clone()), &values(forced.state), |_| apart);
        let tolerance = apart * 4.0 * UNITS as f64 * 20.0;
        assert_each(case.name, &values(switched.heat), &values(forced.heat), |_| tolerance);
        // W_force = −f_1·x(0) + f_3·x(t_f) + W_switches.
        let along = |x: Tensor<B, 2>| values((pattern.clone() * x).sum_dim(1));
        let (first, last) = (along(start), along(switched.state));
        let work: Vec<f64> = (0..BATCH)
            .map(|i| values(forced.work.clone())[i] + amplitudes[0] * first[i] - amplitudes[2] * last[i])
            .collect();
        assert_each(case.name, &values(switched.work), &work, |_| tolerance);
    }
}

#[test]
fn a_protocol_that_does_not_fit_is_an_error() {
    let still = cases().remove(0).landscape();
    let start = start_states();
    let run = |protocol: &Protocol<Landscape<B>>| run(0.0).run_protocol(protocol, start.clone(), &NoNoise);
    let thirds = Protocol::new(vec![still.clone(); 3], Clock::equal(3).unwrap()).unwrap();
    let error = run(&thirds).unwrap_err();
    assert!(matches!(error, LangevinError::Clock(_)) && error.to_string().contains("13.33 of 40"), "{error}");
    assert!(Protocol::new(vec![still.clone(); 2], Clock::equal(3).unwrap()).is_err());
    let narrow =
        Landscape::uncoupled(Tensor::zeros([BATCH, UNITS - 1], &still.device()), langevin::Well::new(1.0, 1.0));
    let error = run(&Protocol::new(vec![still, narrow], Clock::equal(2).unwrap()).unwrap()).unwrap_err();
    assert!(error.to_string().contains("potentials of a protocol"), "{error}");
    for ratios in [vec![], vec![1.0, 0.0], vec![1.0, -1.0], vec![f64::NAN], vec![f64::MAX, f64::MAX]] {
        assert!(Clock::new(&ratios).is_err(), "{ratios:?}");
    }
}
