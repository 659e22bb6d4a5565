//! Laws of programs in time.

use super::{B, ENOUGH, device, matrix, simulation, uniform, values};
use burn::tensor::Tensor;
use langevin::exact::harmonic_variance;
use langevin::{
    Clock, Computer, ComputerConfig, CounterNoise, Dynamics, Landscape, NoForce, Potential, Protocol, Simulation,
    Transitions, Well,
};
use learning::{ActionObjective, TransitionBatch};
use testkit::{Z, assert_chi_squared, assert_mean, effective_sample_size, extrapolated, mean_and_stderr};

/// Standard normals, one a replica and unit.
fn normals(batch: usize, units: usize, seed: u64) -> Vec<f64> {
    let mut values = vec![0f32; batch * units];
    let replicas: Vec<u64> = (0..batch as u64).collect();
    kernels::noise::fill_standard_normal(seed, 0, &replicas, units, &mut values);
    values.into_iter().map(f64::from).collect()
}

/// ⟨e^{−(W − ΔF)/kT}⟩ = 1, judged by enough effective samples.
fn assert_jarzynski(name: &str, works: &[f64], delta_f: f64, kt: f64, seed: u64) {
    let ratio: Vec<f64> = works.iter().map(|w| (-(w - delta_f) / kt).exp()).collect();
    let enough = effective_sample_size(&ratio);
    eprintln!("{name}: n = {}, of which effective {enough:.0}, seed {seed}", works.len());
    assert!(enough >= ENOUGH, "{name}: of {} effective {enough:.1}: too few to judge, seed {seed}", works.len());
    assert_mean(name, &ratio, 1.0, seed);
}

/// Jarzynski's equality over switches of the biases of harmonic units of one κ. A step in any of the segments leaves the Boltzmann
/// distribution of kT′ = kT/(1 − μκΔt/2) in its potential unchanged, so that the equality is exact at any Δt from there.
#[test]
fn jarzynskis_equality_holds_over_switches_of_the_biases_at_any_time_step() {
    let (kt, kappa, mobility, time_step, batch, seed) = (1.0, 1.5, 1.0, 0.1, 200_000, 61);
    let drives = [0.3, -0.5, -1.1, 0.2];
    let clock = Clock::new(&[1.0, 2.0, 2.0, 1.0]).unwrap();
    let run = simulation(kt, mobility, time_step, 18);
    let well = Well::new(kappa / 2.0, 0.0);
    let landscape = |d: f64| Landscape::uncoupled(Tensor::<B, 2>::ones([batch, 1], &device()) * d, well);
    let protocol = Protocol::new(drives.map(landscape).to_vec(), clock).unwrap();
    let variance = harmonic_variance(kt, kappa, mobility, time_step);
    let effective = kappa * variance;
    let start = normals(batch, 1, seed + 1).iter().map(|x| x * variance.sqrt() - drives[0] / kappa).collect();
    let noise = CounterNoise::new(seed, 0..batch as u64);
    let end = run.run_protocol(&protocol, matrix(start, [batch, 1]), &noise).unwrap();
    let work = values(end.work);
    let free = |d: f64| -d * d / (2.0 * kappa);
    let delta_f = free(drives[3]) - free(drives[0]);
    assert_jarzynski("biases", &work, delta_f, effective, seed);
    // Out of equilibrium: ⟨W⟩, the work on the mean of the unit, is far above ΔF.
    let (mut mean, mut expected) = (-drives[0] / kappa, 0.0);
    for step in 0..18 {
        let segment = [3, 9, 15].iter().filter(|switch| **switch <= step).count();
        if [3, 9, 15].contains(&step) {
            expected += (drives[segment] - drives[segment - 1]) * mean;
        }
        mean -= mobility * time_step * (kappa * mean + drives[segment]);
    }
    assert_mean("⟨W⟩", &work, expected, seed);
    let (_, stderr) = mean_and_stderr(&work);
    assert!((expected - delta_f) / stderr > 50.0, "⟨W⟩ = {expected} ± {stderr}, ΔF = {delta_f}, seed {seed}");
    // What is not work was in the units before, or is heat.
    let heat = values(end.heat);
    let energy = |d: f64, x: f64| kappa / 2.0 * x * x + d * x;
    let before = normals(batch, 1, seed + 1);
    for (i, x) in values(end.state).into_iter().enumerate().step_by(1000) {
        let x0 = before[i] * variance.sqrt() - drives[0] / kappa;
        let left = work[i] + energy(drives[0], x0) - energy(drives[3], x);
        assert!((heat[i] - left).abs() < 1e-12, "replica {i}: {} against {left}", heat[i]);
    }
}

/// The same over switches of a coupling, V = κ/2 (x² + y²) + J x y, where F = kT/2 ln(κ² − J²) + …: a step at another J has another
/// stationary distribution, and the equality holds for Δt → 0.
#[test]
fn jarzynskis_equality_holds_over_switches_of_a_coupling() {
    let (kt, kappa, batch, seed) = (0.8f64, 3.0f64, 60_000, 62);
    // So weak that e^{−4W} has a mean, and the standard error one.
    let couplings = [0.0f64, 0.3, 0.6, 0.7];
    let delta_f = kt / 2.0 * ((kappa * kappa - couplings[3].powi(2)) / (kappa * kappa)).ln();
    let works = |time_step: f64| {
        let run = simulation(kt, 1.0, time_step, (0.8 / time_step).round() as usize);
        let landscape = |j: f64| {
            let drive = Tensor::zeros([batch, 2], &device());
            Landscape::new(matrix(vec![0.0, j, j, 0.0], [2, 2]), drive, Well::new(kappa / 2.0, 0.0))
        };
        let clock = Clock::equal(4).unwrap();
        let protocol = Protocol::new(couplings.map(landscape).to_vec(), clock).unwrap();
        let start = normals(batch, 2, seed + 1).iter().map(|x| x * (kt / kappa).sqrt()).collect();
        let noise = CounterNoise::new(seed, 0..batch as u64);
        values(run.run_protocol(&protocol, matrix(start, [batch, 2]), &noise).unwrap().work)
    };
    let ratio = |time_step: f64| works(time_step).iter().map(|w| (-(w - delta_f) / kt).exp()).collect::<Vec<_>>();
    let enough = effective_sample_size(&ratio(0.02));
    assert!(enough >= ENOUGH, "of {batch} effective {enough:.1}: too few to judge, seed {seed}");
    let (found, error) = extrapolated(ratio, 0.02);
    let z = (found - 1.0) / error;
    assert!(z.abs() <= Z, "{found} ± {error}, z = {z:.2}, n = {batch}, effective {enough:.0}, seed {seed}");
    // And ⟨W⟩ is the work on the units' correlation, which the steps carry on exactly: C ← M C Mᵀ + 2 kT Δt with M = 1 − Δt (κ + J).
    let (time_step, mut same, mut cross, mut expected) = (0.02f64, kt / kappa, 0.0f64, 0.0f64);
    for step in 0..40 {
        let j = couplings[step / 10];
        if step > 0 && step % 10 == 0 {
            expected += (j - couplings[step / 10 - 1]) * cross;
        }
        let (m, n) = (1.0 - time_step * kappa, -time_step * j);
        (same, cross) = (
            (m * m + n * n) * same + 2.0 * m * n * cross + 2.0 * kt * time_step,
            (m * m + n * n) * cross + 2.0 * m * n * same,
        );
    }
    assert!(expected > delta_f && expected < 0.0, "⟨W⟩ = {expected}, ΔF = {delta_f}");
    assert_mean("⟨W⟩ over switches of a coupling", &works(time_step), expected, seed);
}

/// A computer of three segments with random programs, and its trajectories.
fn recorded(
    config: &ComputerConfig,
    run: &Simulation,
    batch: usize,
) -> (Computer<B>, Protocol<Landscape<B>>, Tensor<B, 3>) {
    let config = config.clone().with_clock(Clock::new(&[2.0, 1.0, 3.0]).unwrap());
    let computer = config.init::<B>(&device());
    let theta = uniform(computer.parameters().total(), 1.2, 3);
    let computer = computer.with_parameters(&theta).unwrap();
    let (inputs, units) = (config.layout.inputs, config.layout.moving());
    let inputs = (inputs > 0).then(|| matrix(uniform(batch * inputs, 1.0, 5), [batch, inputs]));
    let protocol = computer.protocol(inputs, batch).unwrap();
    let start = matrix(uniform(batch * units, 0.5, 4), [batch, units]);
    let noise = CounterNoise::new(9, 0..batch as u64);
    let states = run.record_protocol(&protocol, start, &noise, &NoForce, 1).unwrap().states;
    (computer, protocol, states)
}

/// Of 30 steps in lengths 2 : 1 : 3.
const SPANS: [std::ops::Range<usize>; 3] = [0..10, 10..15, 15..30];

/// S[reversed] − S[forward] = βQ′ − (μβΔt/4)(|∇V_s(first)|² − |∇V_s(last)|²) with Q′ = −Σ ½(∇V_s(x) + ∇V_s(x′))·Δx, exactly, in the
/// potential of each segment.
#[test]
fn the_forward_reverse_identity_holds_segment_by_segment() {
    let batch = 4;
    for config in [ComputerConfig::classifier(7, 5, 3).with_j2(0.8).with_j4(1.2), ComputerConfig::generator(6, 4)]
    {
        for (kt, mobility, time_step) in [(1.0, 1.0, 1e-3), (0.3, 1.7, 2e-2)] {
            let run = simulation(kt, mobility, time_step, 30);
            let (_, protocol, states) = recorded(&config, &run, batch);
            for (landscape, span) in protocol.potentials().iter().zip(SPANS) {
                let states = states.clone().narrow(0, span.start, span.len() + 1);
                let n = span.len();
                let part = |from: usize, count: usize| states.clone().narrow(0, from, count);
                let forward = Transitions { from: part(0, n), to: part(1, n) };
                let gradients = landscape.gradient_at_times(states.clone());
                let midpoint = (gradients.clone().narrow(0, 0, n) + gradients.clone().narrow(0, 1, n)) * 0.5;
                let per_replica = |t: Tensor<B, 3>| -> Vec<f64> {
                    let t: Tensor<B, 2> = t.sum_dim(0).squeeze_dim(0);
                    values(t.sum_dim(1))
                };
                let heat = per_replica(midpoint * (part(1, n) - part(0, n)));
                let square = gradients.clone() * gradients;
                let ends = [0, n].map(|t| per_replica(square.clone().narrow(0, t, 1)));
                let s_forward = values(run.dynamics.action(landscape, &forward));
                let s_reversed = values(run.dynamics.action(landscape, &forward.reversed()));
                for i in 0..batch {
                    let left = s_reversed[i] - s_forward[i];
                    let right = -heat[i] / kt - mobility * time_step / (4.0 * kt) * (ends[0][i] - ends[1][i]);
                    let scale = s_reversed[i].abs() + s_forward[i].abs();
                    assert!((left - right).abs() < 1e-12 * scale, "{span:?}, replica {i}: {left} against {right}");
                }
            }
        }
    }
}

/// Under its own program a trajectory's residuals are its noise: 2S, the sum over the segments, is χ² distributed; under the program
/// of another order of segments it is not.
#[test]
fn twice_the_action_of_its_own_trajectories_is_chi_squared() {
    let (batch, seed) = (2000, 9);
    let config = ComputerConfig::classifier(4, 5, 3);
    let run = simulation(0.7, 1.3, 5e-3, 30);
    let (_, protocol, states) = recorded(&config, &run, batch);
    let twice = |order: [usize; 3]| -> Vec<f64> {
        let mut total = vec![0.0; batch];
        for (s, span) in order.into_iter().zip(SPANS) {
            let part = |from: usize| states.clone().narrow(0, from, span.len());
            let transitions = Transitions { from: part(span.start), to: part(span.start + 1) };
            let action = values(run.dynamics.action(&protocol.potentials()[s], &transitions));
            total.iter_mut().zip(action).for_each(|(sum, part)| *sum += 2.0 * part);
        }
        total
    };
    assert_chi_squared("2S", &twice([0, 1, 2]), (30 * 8) as f64, seed);
    let (wrong, stderr) = mean_and_stderr(&twice([2, 0, 1]));
    assert!(wrong - 240.0 > 5.0 * stderr, "{wrong} ± {stderr}");
}

/// The objective of a batch with all steps, in any order of time, is the sum of the segments' actions; a transition at a time of
/// another segment is judged by another program.
#[test]
fn the_action_of_a_batch_is_the_sum_of_its_segments() {
    let batch = 6;
    let config = ComputerConfig::classifier(7, 5, 3);
    let run = simulation(0.7, 1.3, 1e-2, 30);
    let (computer, protocol, states) = recorded(&config, &run, batch);
    let mut expected = 0.0;
    for (landscape, span) in protocol.potentials().iter().zip(SPANS) {
        let part = |from: usize| states.clone().narrow(0, from, span.len());
        let transitions = Transitions { from: part(span.start), to: part(span.start + 1) };
        expected += values(run.dynamics.action(landscape, &transitions)).iter().sum::<f64>() / batch as f64;
    }
    let objective = ActionObjective { source: (), dynamics: run.dynamics };
    let inputs = || Some(matrix(uniform(batch * 7, 1.0, 5), [batch, 7]));
    let action = |from: Tensor<B, 3>, to: Tensor<B, 3>, times: Vec<usize>| {
        let batch = TransitionBatch { inputs: inputs(), transitions: Transitions { from, to }, times, steps: 30 };
        values(objective.action(&computer, batch).unwrap())[0]
    };
    let (from, to) = (states.clone().narrow(0, 0, 30), states.narrow(0, 1, 30));
    let found = action(from.clone(), to.clone(), (0..30).collect());
    assert!((found / expected - 1.0).abs() < 1e-12, "{found} against {expected}");
    let backwards = action(from.clone().flip([0]), to.clone().flip([0]), (0..30).rev().collect());
    assert!((backwards / expected - 1.0).abs() < 1e-12, "{backwards} against {expected}");
    let misplaced = action(from.clone(), to.clone(), (0..30).rev().collect());
    assert!((misplaced / expected - 1.0).abs() > 0.005, "{misplaced} against {expected}");
    // A part of the times stands for the whole.
    let some: Vec<usize> = (0..30).step_by(5).collect();
    let pick = |t: &Tensor<B, 3>| Tensor::cat(some.iter().map(|s| t.clone().narrow(0, *s, 1)).collect(), 0);
    let rest: Vec<usize> = (0..30).filter(|t| t % 5 != 0).collect();
    let pick_rest = |t: &Tensor<B, 3>| Tensor::cat(rest.iter().map(|s| t.clone().narrow(0, *s, 1)).collect(), 0);
    let parts = action(pick(&from), pick(&to), some.clone()) / 5.0
        + action(pick_rest(&from), pick_rest(&to), rest.clone()) * 0.8;
    assert!((parts / expected - 1.0).abs() < 1e-12, "{parts} against {expected}");
}
