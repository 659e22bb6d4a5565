//! Energy, work and heat of both paths: the first law with energies from the host, and closed forms.

use crate::setting::{
    BATCH, OwnNoise, UNITS, assert_each, cases, device, matrix, simulation, start_states, uniform, values,
};
use crate::{B, ROUNDOFF};
use burn::tensor::Tensor;
use langevin::exact::harmonic_variance_after;
use langevin::{CounterNoise, Landscape, NoForce, NoNoise, RampedForce, Well};
use testkit::assert_mean;

/// Q = V(start) − V(end) where nothing does work, each energy summed term by term on the host.
#[test]
fn the_heat_of_both_paths_is_the_energy_lost() {
    for case in cases() {
        for kt in [0.5, 0.0] {
            let (run, landscape, start) = (simulation(kt, 1.3, 0.01, 40), case.landscape(), start_states());
            let noise = CounterNoise::new(11, 0..BATCH as u64);
            let own = OwnNoise(noise.clone());
            let before = case.on_the_host(&values(start.clone()));
            for (path, outcome) in [
                ("run", run.run(&landscape, start.clone(), &noise).unwrap()),
                ("record", run.record(&landscape, start.clone(), &noise, &NoForce, 9).unwrap().outcome),
                ("generic", run.run(&landscape, start.clone(), &own).unwrap()),
                ("generic record", run.record(&landscape, start.clone(), &own, &NoForce, 9).unwrap().outcome),
            ] {
                let after = case.on_the_host(&values(outcome.state));
                let lost: Vec<f64> = before.energy.iter().zip(&after.energy).map(|(v, w)| v - w).collect();
                let tolerance = |i: usize| 2.0 * (before.energy_error[i] + after.energy_error[i]);
                let name = format!("{}, kT = {kt}, {path}", case.name);
                assert_each(&name, &values(outcome.heat), &lost, tolerance);
                let largest = lost.iter().fold(0f64, |m, q| m.max(q.abs()));
                assert!(largest > 1.0, "{name}: heats of at most {largest} say little about their sign");
            }
        }
    }
}

/// W = −Σ_k (f_{k+1} − f_k)·x_k over all changes, the first and the last, from and to no force, included; and Q = W − ΔV. Both from
/// the recorded states, on the host. Each change rounds once more, and so does each of the sums over units and changes.
#[test]
fn work_is_that_of_the_changes_of_the_force_and_heat_what_is_left_of_it() {
    let steps = 30;
    let amplitude = |step: usize| if step < 18 { 1.5 - 0.1 * step as f64 } else { 0.0 };
    let pattern = matrix(uniform(BATCH * UNITS, 1.0, 12), [BATCH, UNITS]);
    let f = values(pattern.clone());
    for case in cases() {
        let (landscape, start) = (case.landscape(), start_states());
        let force = RampedForce { pattern: pattern.clone(), amplitude };
        let noise = CounterNoise::new(13, 0..BATCH as u64);
        let run = simulation(0.5, 1.3, 0.01, steps);
        let trajectory = run.record(&landscape, start, &noise, &force, 1).unwrap();
        let states = values(trajectory.states);
        let (mut work, mut magnitude) = (vec![0.0; BATCH], vec![0.0; BATCH]);
        let mut before = 0.0;
        for (step, x) in states.chunks_exact(BATCH * UNITS).enumerate() {
            let after = if step < steps { amplitude(step) } else { 0.0 };
            for (k, x) in x.iter().enumerate() {
                work[k / UNITS] -= (after - before) * f[k] * x;
                magnitude[k / UNITS] += (f64::abs(after) + f64::abs(before)) * (f[k] * x).abs();
            }
            before = after;
        }
        let work_error = |i: usize| (steps + UNITS + 6) as f64 * ROUNDOFF * magnitude[i];
        assert_each(&format!("{}: work", case.name), &values(trajectory.outcome.work), &work, work_error);
        let first = case.on_the_host(&states[..BATCH * UNITS]);
        let last = case.on_the_host(&states[steps * BATCH * UNITS..]);
        let heat: Vec<f64> = (0..BATCH).map(|i| work[i] - (last.energy[i] - first.energy[i])).collect();
        let heat_error = |i: usize| 2.0 * (work_error(i) + first.energy_error[i] + last.energy_error[i]);
        assert_each(&format!("{}: heat", case.name), &values(trajectory.outcome.heat), &heat, heat_error);
        let largest = work.iter().fold(0f64, |m, w| m.max(w.abs()));
        assert!(largest > 0.5, "{}: work of at most {largest} says little about its sign", case.name);
    }
}

/// A harmonic unit V = ½ κ x² let go at x0 emits on average ½ κ (x0² − a^{2K} x0² − σ_K²), with a = 1 − μκΔt and σ_K² the variance of
/// the discretised process after K steps: heat flows to the bath from afar, and from the bath at rest.
#[test]
fn the_mean_heat_of_a_harmonic_unit_is_its_closed_form_on_both_paths() {
    let (kt, kappa, mobility, time_step, steps, batch, seed) = (0.6, 2.0, 1.25, 0.1, 6, 20_000, 14);
    let landscape = Landscape::uncoupled(Tensor::zeros([batch, 1], &device()), Well::new(kappa / 2.0, 0.0));
    let run = simulation(kt, mobility, time_step, steps);
    for x0 in [2.0, 0.0] {
        let noise = CounterNoise::new(seed, 0..batch as u64);
        let start = matrix(vec![x0; batch], [batch, 1]);
        let left = (1.0 - mobility * kappa * time_step).powi(2 * steps as i32) * x0 * x0
            + harmonic_variance_after(kt, kappa, mobility, time_step, steps as i32);
        let expected = kappa / 2.0 * (x0 * x0 - left);
        assert_eq!(expected > 0.0, x0 > 0.0);
        let kernel = run.run(&landscape, start.clone(), &noise).unwrap();
        assert_mean(&format!("heat from {x0}"), &values(kernel.heat), expected, seed);
        let generic = run.run(&landscape, start, &OwnNoise(noise)).unwrap();
        assert_mean(&format!("heat from {x0}, generic loop"), &values(generic.heat), expected, seed);
    }
}

/// Under V − f x the mean of a harmonic unit follows the deterministic steps m ← m − μΔt (κ m − f), and the mean work is
/// −Σ (f_{k+1} − f_k) m_k: exactly so at zero temperature, where each of 60 sums rounds a number below 10.
#[test]
fn the_work_of_dragging_a_trap_is_that_of_its_mean() {
    let (kappa, mobility, time_step, steps, batch, seed) = (1.5, 1.0, 0.1, 25, 20_000, 15);
    let amplitude = |step: usize| 2.0 - 0.06 * step as f64;
    let (mut mean, mut before, mut expected) = (0.0, 0.0, 0.0);
    for step in 0..steps {
        let f = amplitude(step);
        expected -= (f - before) * mean;
        mean -= mobility * time_step * (kappa * mean - f);
        before = f;
    }
    // The force is switched off at the end: all its work is done against the units.
    expected += before * mean;
    assert!(expected > 0.5, "{expected}");
    let landscape =
        |batch| Landscape::uncoupled(Tensor::zeros([batch, 1], &device()), Well::new(kappa / 2.0, 0.0));
    let force = |batch| RampedForce { pattern: Tensor::<B, 2>::ones([batch, 1], &device()), amplitude };
    let rest = |batch| Tensor::zeros([batch, 1], &device());
    let cold = simulation(0.0, mobility, time_step, steps);
    let end = cold.run_forced(&landscape(1), rest(1), &NoNoise, &force(1)).unwrap();
    assert_each("position", &values(end.state), &[mean], |_| 600.0 * ROUNDOFF);
    assert_each("work", &values(end.work), &[expected], |_| 600.0 * ROUNDOFF);
    let warm = simulation(0.8, mobility, time_step, steps);
    let noise = OwnNoise(CounterNoise::new(seed, 0..batch as u64));
    let end = warm.run_forced(&landscape(batch), rest(batch), &noise, &force(batch)).unwrap();
    assert_mean("position", &values(end.state), mean, seed);
    assert_mean("work", &values(end.work), expected, seed);
}
