//! Laws of a program that stands still.

use super::{B, ENOUGH, device, harmonic, matrix, random_computer, simulation, transitions, uniform, values};
use burn::tensor::Tensor;
use langevin::exact::{boltzmann_average, boltzmann_average_of_pair, harmonic_variance, harmonic_variance_after};
use langevin::{
    ComputerConfig, Connectivity, CounterNoise, Dynamics, Landscape, LangevinError, Layout, NoForce, NoNoise,
    Potential, RampedForce, Well,
};
use testkit::{
    Z, assert_chi_squared, assert_mean, assert_variance, effective_sample_size, extrapolated, kolmogorov_smirnov,
    mean_and_stderr,
};

/// S[reversed] − S[forward] = βQ′ − (μβΔt/4)(|∇V(x_0)|² − |∇V(x_K)|²), Q′ = −Σ ½(∇V_t + ∇V_{t+1})·Δx, exactly.
#[test]
fn the_forward_reverse_identity_holds_to_rounding_for_any_time_step() {
    let classifier = ComputerConfig::classifier(7, 5, 3).with_j2(0.8).with_j4(1.2);
    let generator = ComputerConfig::generator(6, 4);
    for (kt, mobility, time_step) in [(1.0, 1.0, 1e-3), (0.3, 1.7, 2e-2), (2.0, 0.5, 0.1)] {
        for config in [&classifier, &generator] {
            let computer = random_computer(config, 0.5, 3);
            let batch = 4;
            let landscape = if config.layout.inputs > 0 {
                computer.landscape(matrix(uniform(batch * 7, 1.0, 5), [batch, 7])).unwrap()
            } else {
                computer.free_landscape(batch).unwrap()
            };
            let run = simulation(kt, mobility, time_step, 30);
            let start = matrix(uniform(batch * config.layout.moving(), 0.5, 4), landscape.dims());
            let noise = CounterNoise::new(9, 0..batch as u64);
            let trajectory = run.record(&landscape, start, &noise, &NoForce, 1).unwrap();
            let forward = transitions(&trajectory.states);
            let gradients = landscape.gradient_at_times(trajectory.states.clone());
            let displacement = forward.to.clone() - forward.from.clone();
            let midpoint = (gradients.clone().narrow(0, 0, 30) + gradients.clone().narrow(0, 1, 30)) * 0.5;
            let per_replica = |t: Tensor<B, 3>| -> Vec<f64> {
                let t: Tensor<B, 2> = t.sum_dim(0).squeeze_dim(0);
                values(t.sum_dim(1))
            };
            let heat: Vec<f64> = per_replica(midpoint * displacement).iter().map(|q| -q).collect();
            let square = gradients.clone() * gradients;
            let (first, last) =
                (per_replica(square.clone().narrow(0, 0, 1)), per_replica(square.narrow(0, 30, 1)));
            let s_forward = values(run.dynamics.action(&landscape, &forward));
            let s_reversed = values(run.dynamics.action(&landscape, &forward.reversed()));
            for i in 0..batch {
                let left = s_reversed[i] - s_forward[i];
                let right = heat[i] / kt - mobility * time_step / (4.0 * kt) * (first[i] - last[i]);
                let scale = s_reversed[i].abs() + s_forward[i].abs();
                assert!(
                    (left - right).abs() < 1e-12 * scale,
                    "Δt {time_step}, replica {i}: {left} against {right}"
                );
            }
        }
    }
}

/// Under its own dynamics a trajectory's residuals are its noise: 2S is χ² with steps × units degrees of freedom, and
/// the noise is normal.
#[test]
fn twice_the_action_of_its_own_trajectories_is_chi_squared() {
    let (batch, steps, seed) = (2000, 20, 17);
    let config = ComputerConfig::classifier(4, 5, 3);
    let computer = random_computer(&config, 1.0, 1);
    let landscape = computer.landscape(matrix(uniform(batch * 4, 1.0, 2), [batch, 4])).unwrap();
    let run = simulation(0.7, 1.3, 5e-3, steps);
    let noise = CounterNoise::new(seed, 0..batch as u64);
    let trajectory = run.record(&landscape, Tensor::zeros([batch, 8], &device()), &noise, &NoForce, 1).unwrap();
    let own = transitions(&trajectory.states);
    let twice: Vec<f64> = values(run.dynamics.action(&landscape, &own)).iter().map(|s| 2.0 * s).collect();
    assert_chi_squared("2S", &twice, (steps * 8) as f64, seed);
    let residuals: Vec<f64> = values(run.dynamics.residual(&landscape, &own))
        .iter()
        .map(|r| r / run.dynamics.noise_amplitude())
        .collect();
    // Φ by the Abramowitz–Stegun 7.1.26 error function, good to 1.5e-7.
    let normal = |x: f64| {
        let t = 1.0 / (1.0 + 0.327_591_1 * x.abs() / std::f64::consts::SQRT_2);
        let poly = t
            * (0.254_829_592
                + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
        let erf = 1.0 - poly * (-x * x / 2.0).exp();
        if x < 0.0 { 0.5 - 0.5 * erf } else { 0.5 + 0.5 * erf }
    };
    let statistic = kolmogorov_smirnov(&residuals, normal);
    assert!(statistic < 2.7, "KS statistic {statistic}, n = {}, seed {seed}", residuals.len());
}

/// A harmonic unit has the variance of the discretised Ornstein–Uhlenbeck process, which at this time step is 1.33 of
/// the continuum's.
#[test]
fn a_harmonic_unit_has_the_discretised_variance() {
    let (kt, kappa, mobility, time_step, batch, seed) = (0.6, 2.0, 1.25, 0.2, 40_000, 21);
    let landscape = harmonic(kappa, Tensor::zeros([batch, 1], &device()));
    for steps in [1, 3, 40] {
        let run = simulation(kt, mobility, time_step, steps);
        let noise = CounterNoise::new(seed, 0..batch as u64);
        let end = run.run(&landscape, Tensor::zeros([batch, 1], &device()), &noise).unwrap();
        let expected = harmonic_variance_after(kt, kappa, mobility, time_step, steps as i32);
        assert_variance(&format!("variance after {steps} steps"), &values(end.state), expected, seed);
    }
}

#[test]
fn a_quartic_unit_is_boltzmann_distributed() {
    let (kt, well, bias, batch, seed) = (0.8, Well::new(-0.5, 0.7), 0.3, 40_000, 33);
    let landscape = Landscape::uncoupled(Tensor::<B, 2>::ones([batch, 1], &device()) * bias, well);
    for (name, power) in [("⟨x⟩", 1), ("⟨x²⟩", 2), ("⟨x⁴⟩", 4)] {
        let (found, error) = extrapolated(
            |time_step| {
                let run = simulation(kt, 1.0, time_step, (4.0 / time_step) as usize);
                let noise = CounterNoise::new(seed, 0..batch as u64);
                let end = run.run(&landscape, Tensor::zeros([batch, 1], &device()), &noise).unwrap();
                values(end.state).iter().map(|x| x.powi(power)).collect()
            },
            0.02,
        );
        let exact = boltzmann_average(|x| well.energy(x) + bias * x, |x| x.powi(power), kt, 6.0);
        let z = (found - exact) / error;
        assert!(z.abs() <= Z, "{name}: {found} ± {error}, exact {exact}, z = {z:.2}, n = {batch}, seed {seed}");
    }
}

#[test]
fn a_coupled_pair_is_boltzmann_distributed() {
    let (kt, batch, seed) = (0.9, 40_000, 41);
    let (b0, b1, j) = (0.4, -0.2, 1.1);
    let config = ComputerConfig::new(Layout::generator(0, 2), Connectivity::generator()).with_j2(0.6).with_j4(0.4);
    let computer = config.init::<B>(&device());
    // File order: the coupling, then the biases.
    let computer = computer.with_parameters(&[j, b0, b1]).unwrap();
    let landscape = computer.free_landscape(batch).unwrap();
    let potential =
        |x: f64, y: f64| 0.6 * (x * x + y * y) + 0.4 * (x.powi(4) + y.powi(4)) + b0 * x + b1 * y + j * x * y;
    let observables: [(&str, fn(f64, f64) -> f64); 3] =
        [("⟨xy⟩", |x, y| x * y), ("⟨x²⟩", |x, _| x * x), ("⟨y⟩", |_, y| y)];
    for (name, observable) in observables {
        let (found, error) = extrapolated(
            |time_step| {
                let run = simulation(kt, 1.0, time_step, (4.0 / time_step) as usize);
                let noise = CounterNoise::new(seed, 0..batch as u64);
                let end = run.run(&landscape, Tensor::zeros([batch, 2], &device()), &noise).unwrap();
                values(end.state).chunks_exact(2).map(|s| observable(s[0], s[1])).collect()
            },
            0.02,
        );
        let exact = boltzmann_average_of_pair(potential, observable, kt, 4.0);
        let z = (found - exact) / error;
        assert!(z.abs() <= Z, "{name}: {found} ± {error}, exact {exact}, z = {z:.2}, n = {batch}, seed {seed}");
    }
}

/// Jarzynski's equality on a dragged harmonic trap, V − f x with f from 0 to 1.5: ⟨e^{−W/kT′}⟩ = e^{−ΔF/kT′}.
///
/// Each step at fixed force leaves the Boltzmann distribution of kT′ = kT/(1 − μκΔt/2) unchanged, so the equality is
/// exact at any Δt when it starts there. An average of e^{−W/kT′} is one over its few largest terms: where those are less than
/// [`ENOUGH`], its standard error covers any answer, and the test fails. Here W is normal, and theory gives n e^{−2(⟨W⟩−ΔF)/kT′}
/// = 0.59 n of them.
#[test]
fn jarzynskis_equality_holds_on_a_dragged_trap() {
    let (kt, kappa, mobility, time_step, steps, batch, seed) = (1.0, 1.5, 1.0, 0.1, 25, 200_000, 57);
    let landscape = harmonic(kappa, Tensor::zeros([batch, 1], &device()));
    let variance = harmonic_variance(kt, kappa, mobility, time_step);
    let effective = kappa * variance;
    let mut start = vec![0f32; batch];
    let replicas: Vec<u64> = (0..batch as u64).collect();
    kernels::noise::fill_standard_normal(seed + 1, 0, &replicas, 1, &mut start);
    let start = start.iter().map(|x| f64::from(*x) * variance.sqrt()).collect();
    let last = 1.5;
    let amplitude = |step: usize| last * step as f64 / (steps - 1) as f64;
    // The last force stays on; the work of switching it off at the end is taken back below.
    let force = RampedForce { pattern: Tensor::<B, 2>::ones([batch, 1], &device()), amplitude };
    let run = simulation(kt, mobility, time_step, steps);
    let noise = CounterNoise::new(seed, replicas);
    let end = run.run_forced(&landscape, matrix(start, [batch, 1]), &noise, &force).unwrap();
    let switch_off: Vec<f64> = values(end.state.clone()).iter().map(|x| last * x).collect();
    let work: Vec<f64> = values(end.work).iter().zip(switch_off).map(|(w, off)| w - off).collect();
    let delta_f = -last * last / (2.0 * kappa);
    let ratio: Vec<f64> = work.iter().map(|w| (-(w - delta_f) / effective).exp()).collect();
    let enough = effective_sample_size(&ratio);
    eprintln!("Jarzynski: n = {batch}, of which effective {enough:.0}, seed {seed}");
    assert!(enough >= ENOUGH, "n = {batch}, of which effective {enough:.1}: too few to judge, seed {seed}");
    assert_mean("⟨exp(−(W − ΔF)/kT)⟩", &ratio, 1.0, seed);
    // The process is driven out of equilibrium, so that the equality says something: ⟨W⟩, the work on the mean of the unit, is far
    // above ΔF.
    let (mut position, mut expected) = (0.0, 0.0);
    for step in 1..steps {
        position -= mobility * time_step * (kappa * position - amplitude(step - 1));
        expected -= (amplitude(step) - amplitude(step - 1)) * position;
    }
    assert_mean("⟨W⟩", &work, expected, seed);
    let (_, stderr) = mean_and_stderr(&work);
    assert!((expected - delta_f) / stderr > 50.0, "⟨W⟩ = {expected} ± {stderr}, ΔF = {delta_f}, seed {seed}");
}

/// The first law, Q = W − ΔV, against the heat that flows along the path: Q′ = −Σ ½(F_t + F_{t+1})·Δx with the force
/// of the step included, which differs from it by O(Δt²) a step on a quartic potential and not at all on a harmonic one.
#[test]
fn heat_is_work_less_the_change_of_energy() {
    let (kappa, batch, steps) = (1.7, 50, 40);
    let landscape = harmonic(kappa, matrix(uniform(batch, 1.0, 8), [batch, 1]));
    let force = RampedForce {
        pattern: Tensor::<B, 2>::ones([batch, 1], &device()),
        amplitude: |step: usize| if step < 25 { 3.0 - 0.1 * step as f64 } else { 0.0 },
    };
    let run = simulation(0.5, 1.1, 0.05, steps);
    let noise = CounterNoise::new(4, 0..batch as u64);
    let start = matrix(uniform(batch, 1.0, 9), [batch, 1]);
    let trajectory = run.record(&landscape, start.clone(), &noise, &force, 1).unwrap();
    let states: Vec<Vec<f64>> = (0..=steps).map(|t| values(trajectory.states.clone().narrow(0, t, 1))).collect();
    let drive = values(landscape.drive());
    let (heat, work) = (values(trajectory.outcome.heat), values(trajectory.outcome.work));
    let energy_change: Vec<f64> =
        values(landscape.energy(matrix(states[steps].clone(), [batch, 1])) - landscape.energy(start));
    for i in 0..batch {
        let mut flowed = 0.0;
        for t in 0..steps {
            let f = if t < 25 { 3.0 - 0.1 * t as f64 } else { 0.0 };
            let (x, next) = (states[t][i], states[t + 1][i]);
            flowed -= (kappa * 0.5 * (x + next) + drive[i] - f) * (next - x);
        }
        assert!((heat[i] - flowed).abs() < 1e-11, "replica {i}: heat {} against {flowed}", heat[i]);
        assert!((heat[i] - (work[i] - energy_change[i])).abs() < 1e-11);
    }
}

/// An explicit step beyond the stability limit diverges, and the error says where.
#[test]
fn a_diverging_dynamics_is_reported_with_unit_step_and_time_step() {
    let drive = matrix(vec![0.0, 0.0, 0.0, 500.0], [2, 2]);
    let landscape = Landscape::uncoupled(drive, Well::new(1.0, 1.0));
    let run = simulation(1e-6, 1.0, 0.2, 100);
    let error = run.run(&landscape, Tensor::zeros([2, 2], &device()), &CounterNoise::new(1, 0..2)).unwrap_err();
    let langevin::LangevinError::Diverged { unit, replica, step, time_step, .. } = error else {
        panic!("{error}");
    };
    assert_eq!((unit, replica), (1, 1));
    assert!((1..10).contains(&step), "step {step}");
    assert!((time_step - 0.2).abs() < 1e-15);
}

/// A soft unit far out, where a stiff one would be thrown out further at every step, has not diverged; the stiff one there has.
#[test]
fn each_units_own_well_decides_whether_it_diverged() {
    let run = simulation(0.0, 1.0, 5e-3, 200);
    let stiff = Well::new(1.0, 20.0);
    let wells = vec![Well::new(1.0, 0.05), stiff];
    let end = |drive: Vec<f64>| {
        let landscape = Landscape::uncoupled(matrix(drive, [1, 2]), stiff).with_wells(wells.clone()).unwrap();
        run.end(&landscape, Tensor::zeros([1, 2], &device()), &NoNoise)
    };
    let state = values(end(vec![-55.0, 0.0]).unwrap());
    // At rest the force of the well is the drive: 2 J2 x + 4 J4 x³ = 55.
    assert!((2.0 * state[0] + 0.2 * state[0].powi(3) - 55.0).abs() < 1e-6, "{state:?}");
    assert!(state[0] > stiff.divergence_bound(run.dynamics.rate()), "{state:?}");
    assert!(matches!(end(vec![0.0, -2000.0]), Err(LangevinError::Diverged { unit: 1, .. })));
}

/// Energy and gradient belong together: central differences of V.
#[test]
fn the_gradient_is_that_of_the_energy() {
    let config = ComputerConfig::classifier(5, 4, 3).with_j2(0.7).with_j4(1.4);
    let computer = random_computer(&config, 1.0, 12);
    let plain = computer.landscape(matrix(uniform(5, 1.0, 13), [1, 5])).unwrap();
    let wells: Vec<Well> = (0..7).map(|i| Well::new(0.3 + 0.2 * f64::from(i), 2.0 - 0.2 * f64::from(i))).collect();
    let x = uniform(7, 1.0, 14);
    let h = 1e-5;
    for landscape in [plain.clone(), plain.clone().with_wells(wells).unwrap()] {
        let gradient = values(landscape.gradient(matrix(x.clone(), [1, 7])));
        let energy = |x: &[f64]| values(landscape.energy(matrix(x.to_vec(), [1, 7])))[0];
        for i in 0..7 {
            let (mut above, mut below) = (x.clone(), x.clone());
            above[i] += h;
            below[i] -= h;
            let slope = (energy(&above) - energy(&below)) / (2.0 * h);
            // Truncation V‴h²/6 ≈ 1e-9, rounding 1e-16 V/h ≈ 1e-10.
            assert!((slope - gradient[i]).abs() < 1e-7, "unit {i}: {slope} against {}", gradient[i]);
        }
    }
    // Wells that do not differ are those of the plain landscape.
    let equal = plain.clone().with_wells(vec![Well::new(0.7, 1.4); 7]).unwrap();
    let of = |landscape: &Landscape<B>| values(landscape.energy(matrix(x.clone(), [1, 7])))[0];
    assert!((of(&equal) - of(&plain)).abs() < 1e-12);
    let states = matrix(uniform(14, 1.0, 15), [2, 7]).reshape([2, 1, 7]);
    let dynamics = simulation(1.0, 1.0, 1e-3, 1).dynamics;
    let action = |landscape: &Landscape<B>| values(dynamics.mean_action(landscape, &transitions(&states), 3.0))[0];
    assert!((action(&equal) / action(&plain) - 1.0).abs() < 1e-12);
}
