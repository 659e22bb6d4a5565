//! The drift, the force and the noise of one step, through the loop over steps that takes any noise and any force.

use crate::setting::{
    BATCH, OwnNoise, UNITS, assert_each, cases, device, matrix, simulation, start_states, values,
};
use crate::{B, ROUNDOFF};
use burn::tensor::Tensor;
use langevin::exact::{finite_time_response, harmonic_variance_after};
use langevin::{
    CounterNoise, Dynamics, Landscape, NoForce, NoNoise, Noise, Potential, RampedForce, Transitions, Well,
};
use testkit::{assert_mean, assert_variance};

/// Independent harmonic units V = ½ κ x².
fn harmonic(kappa: f64, batch: usize) -> Landscape<B> {
    Landscape::uncoupled(Tensor::zeros([batch, 1], &device()), Well::new(kappa / 2.0, 0.0))
}

/// At zero temperature x_K = a^K x0 + (1 − a^K) f/κ with a = 1 − μκΔt. Each of 30 steps rounds numbers below 4 six times, and
/// contracts what came before.
#[test]
fn a_harmonic_unit_relaxes_to_the_force_over_its_stiffness() {
    let (kappa, mobility, time_step, steps) = (2.0, 1.25, 0.1, 30);
    let starts = [3.0, 0.0, -1.0, 0.5];
    let forces = [0.0, 2.0, 2.0, -3.0];
    let force = RampedForce { pattern: matrix(forces.to_vec(), [4, 1]), amplitude: |_| 1.0 };
    let run = simulation(0.0, mobility, time_step, steps);
    let start = matrix(starts.to_vec(), [4, 1]);
    let states = run.record(&harmonic(kappa, 4), start, &NoNoise, &force, 1).unwrap().states;
    let expected: Vec<f64> = (0..=steps)
        .flat_map(|k| {
            let a = (1.0 - mobility * kappa * time_step).powi(k as i32);
            starts.iter().zip(forces).map(move |(x0, f)| a * x0 + (1.0 - a) * f / kappa)
        })
        .collect();
    assert_each("position", &values(states), &expected, |_| (steps * 6) as f64 * 4.0 * ROUNDOFF);
}

/// The discretised Ornstein–Uhlenbeck process through noise of one's own: its mean a^K x0 and its variance.
#[test]
fn noise_of_ones_own_gives_the_discretised_mean_and_variance() {
    let (kt, kappa, mobility, time_step, batch, seed) = (0.6, 2.0, 1.25, 0.2, 40_000, 21);
    for steps in [1, 3, 40] {
        let run = simulation(kt, mobility, time_step, steps);
        let noise = OwnNoise(CounterNoise::new(seed, 0..batch as u64));
        let end = run.run(&harmonic(kappa, batch), matrix(vec![1.5; batch], [batch, 1]), &noise).unwrap();
        let mean = (1.0 - mobility * kappa * time_step).powi(steps as i32) * 1.5;
        let state = values(end.state);
        assert_mean(&format!("mean after {steps} steps"), &state, mean, seed);
        let deviations: Vec<f64> = state.iter().map(|x| x - mean).collect();
        let variance = harmonic_variance_after(kt, kappa, mobility, time_step, steps as i32);
        assert_variance(&format!("variance after {steps} steps"), &deviations, variance, seed);
    }
}

/// Δx + μ ∂V Δt, over √(2 μ kT Δt), is the ξ that the noise gives for that step, on both paths. A term of the step is below 4 and
/// goes through no more roundings than there are units and ten; two such sums meet in a residual. (The fused kernels' own noise
/// differs by 40 roundings of it.)
#[test]
fn the_residual_of_a_step_is_the_noise_of_that_step() {
    let steps = 12;
    let run = simulation(0.5, 1.3, 0.01, steps);
    let amplitude = run.dynamics.noise_amplitude();
    let tolerance = (2 * (UNITS + 10)) as f64 * 4.0 * ROUNDOFF / amplitude + 40.0 * ROUNDOFF;
    let noise = CounterNoise::new(23, 0..BATCH as u64);
    let xi: Vec<f64> = (0..steps)
        .flat_map(|step| values(Noise::<B>::normals(&noise, step, [BATCH, UNITS], &device()).unwrap()))
        .collect();
    for case in cases() {
        let landscape = case.landscape();
        let kernel = run.record(&landscape, start_states(), &noise, &NoForce, 1).unwrap();
        let generic = run.record(&landscape, start_states(), &OwnNoise(noise.clone()), &NoForce, 1).unwrap();
        for (path, states) in [("kernel", kernel.states), ("generic", generic.states)] {
            let from = states.clone().narrow(0, 0, steps);
            let transitions = Transitions { from, to: states.narrow(0, 1, steps) };
            let found: Vec<f64> =
                values(run.dynamics.residual(&landscape, &transitions)).iter().map(|r| r / amplitude).collect();
            assert_each(&format!("{}, {path}", case.name), &found, &xi, |_| tolerance);
        }
    }
}

/// φ(u) against both paths under the drive −u, where a step rounds numbers below 4 eight times and contracts; φ′ against central
/// differences of φ, whose truncation h² φ‴/6 is below 1e-8 and whose rounding, in `f64`, is 1e-11.
#[test]
fn the_finite_time_response_of_a_unit_is_its_state_under_that_drive() {
    let (well, mobility, time_step, steps) = (Well::new(0.8, 0.6), 1.1, 0.02, 40);
    let drives = [-3.0, -0.5, 0.25, 2.0];
    let landscape = Landscape::uncoupled(matrix(drives.map(|u| -u).to_vec(), [4, 1]), well);
    let run = simulation(0.0, mobility, time_step, steps);
    let response = |u: f64| finite_time_response(u, well, &run);
    let start = || Tensor::zeros([4, 1], &device());
    let expected = drives.map(|u| response(u).0);
    let tolerance = |_| (steps * 8) as f64 * 4.0 * ROUNDOFF;
    assert_each("kernel", &values(run.end(&landscape, start(), &NoNoise).unwrap()), &expected, tolerance);
    let generic = run.run_forced(&landscape, start(), &NoNoise, &NoForce).unwrap();
    assert_each("generic", &values(generic.state), &expected, tolerance);
    let h = 1e-4;
    let slopes = drives.map(|u| (response(u + h).0 - response(u - h).0) / (2.0 * h));
    assert_each("slope", &drives.map(|u| response(u).1), &slopes, |_| 2e-8);
}

/// The bound is the |x| whose mirror image is the next state: |x| shrinks a little inside it and grows a little beyond. By hand,
/// with μ Δt = ⅛, x² = (16 − 2 J2) / (4 J4) = 4 for the first two wells.
#[test]
fn beyond_the_divergence_bound_a_step_throws_a_unit_further_out() {
    let run = simulation(0.0, 1.25, 0.1, 1);
    for ([j2, j4], by_hand) in [([2.0, 0.75], Some(2.0)), ([-2.0, 1.25], Some(2.0)), ([0.3, 0.7], None)] {
        let well = Well::new(j2, j4);
        let bound = well.divergence_bound(run.dynamics.rate());
        if let Some(expected) = by_hand {
            assert_each("bound", &[bound], &[expected], |_| 8.0 * ROUNDOFF);
        }
        let landscape = Landscape::uncoupled(Tensor::zeros([2, 1], &device()), well);
        assert_each("bound of a landscape", &landscape.bounds(run.dynamics.rate()), &[bound], |_| 0.0);
        let start = [0.99 * bound, 1.01 * bound];
        let next = values(run.dynamics.step(&landscape, matrix(start.to_vec(), [2, 1]), None, None));
        assert!(next[0].abs() < start[0] && next[1].abs() > start[1], "J2 {j2}, J4 {j4}: {start:?} to {next:?}");
    }
}
