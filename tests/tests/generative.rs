//! Generators against the paper's equations, statistics and closed forms, in `f64` (this process uses no other float type).
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

use burn::module::AutodiffModule;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use burn_autodiff::Autodiff;
use burn_ndarray::{NdArray, NdArrayDevice};
use langevin::{
    Bath, Block, Clock, Computer, ComputerConfig, Connectivity, CounterNoise, EulerMaruyama, Layout, Protocol,
    Simulation, UnitKind, Well, replica_id,
};
use learning::{
    ActionObjective, ContrastiveObjective, EnergyDistanceObjective, Moments, Noising, NoisingProtocol, Objective,
    OptimizerKind, Random, ReversedNoising, Rows, Schedule, ShortRun, ShownBatch, States, TrainingConfig,
    TrajectorySource, UnitEquilibrium, energy_distance, train,
};
use testkit::{Z, mean_and_stderr};

type B = NdArray<f64>;
type AB = Autodiff<B>;

const VISIBLE: usize = 6;
const HIDDEN: usize = 4;
const KT: f64 = 0.1;

fn device() -> NdArrayDevice {
    NdArrayDevice::default()
}

fn uniform(n: usize, scale: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, "generative", 0);
    (0..n).map(|_| (random.below(2_000_001) as f64 / 1e6 - 1.0) * scale).collect()
}

fn matrix<T: Backend>(values: Vec<f64>, shape: [usize; 2]) -> Tensor<T, 2> {
    Tensor::from_data(TensorData::new(values, shape), &T::Device::default())
}

fn host<T: Backend, const D: usize>(tensor: Tensor<T, D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

fn simulation(time_step: f64, steps: usize) -> Simulation {
    Simulation { dynamics: EulerMaruyama::new(Bath::new(KT, 1.0).unwrap(), time_step).unwrap(), steps }
}

fn noising(images: usize, steps: usize) -> Noising<B> {
    let patterns = matrix(uniform(images * (VISIBLE + HIDDEN), 1.5, 1), [images, VISIBLE + HIDDEN]);
    Noising::new(patterns, NoisingProtocol::default(), Well::new(1.0, 1.0), simulation(1e-2, steps), 3)
}

fn reversed(batch: usize, steps: usize) -> ActionObjective<ReversedNoising<B>> {
    let source = ReversedNoising { noising: noising(3, steps), inputs: None, batch, times: steps, seed: 5 };
    ActionObjective { source, dynamics: simulation(1e-2, steps).dynamics }
}

fn random_computer<T: Backend>(config: &ComputerConfig, seed: u64) -> Computer<T> {
    let computer = config.init::<T>(&T::Device::default());
    let count = computer.parameters().total();
    computer.with_parameters(&uniform(count, 0.4, seed)).unwrap()
}

/// Paper B's gradient of one noising trajectory, at the end-of-step state x′:
/// ∂/∂J_ij = Σ_t [(−Δx_i + ∂_iV(x′)Δt) x′_j + (i↔j)] / 2kT, ∂/∂b_i = Σ_t (−Δx_i + ∂_iV(x′)Δt) / 2kT.
#[test]
fn a_batch_of_one_makes_the_papers_update() {
    let (steps, rate) = (60, 4e-4);
    let config = ComputerConfig::generator(VISIBLE, HIDDEN);
    let computer = random_computer::<AB>(&config, 8);
    let objective = reversed(1, steps);
    let before = computer.parameters();
    let units = VISIBLE + HIDDEN;
    let couplings = host(computer.symmetric_couplings().inner());
    let biases = host(computer.masked_biases().inner());
    let transitions = objective.source.batch(0).unwrap().transitions;
    // Reversed: `from` is the end-of-step state x′, `to` the start.
    let (after, start) = (host(transitions.from), host(transitions.to));
    let (mut by_coupling, mut by_bias) = (vec![0.0; units * units], vec![0.0; units]);
    for (x, x0) in after.chunks(units).zip(start.chunks(units)) {
        let residual: Vec<f64> = (0..units)
            .map(|i| {
                let coupled: f64 = (0..units).map(|j| couplings[i * units + j] * x[j]).sum();
                let slope = 2.0 * x[i] + 4.0 * x[i].powi(3) + biases[i] + coupled;
                -(x[i] - x0[i]) + slope * 1e-2
            })
            .collect();
        for i in 0..units {
            // The visible biases are fixed.
            if i >= VISIBLE {
                by_bias[i] += residual[i] / (2.0 * KT);
            }
            for j in 0..i {
                by_coupling[i * units + j] += (residual[i] * x[j] + residual[j] * x[i]) / (2.0 * KT);
            }
        }
    }
    let analytic = computer.flatten(vec![], by_coupling, by_bias).unwrap();
    let training = TrainingConfig {
        optimizer: OptimizerKind::GradientDescent,
        learning_rate: rate,
        schedule: Schedule::Constant,
        weight_decay: 0.0,
        steps: 1,
        average: None,
        input_rate: None,
        look_every: 1,
    };
    let trained = train::<AB, _>(computer, &objective, &training, None, &mut ()).unwrap().valid().parameters();
    let scale = analytic.values.iter().fold(0f64, |a, g| a.max(g.abs()));
    for (k, gradient) in analytic.values.iter().enumerate() {
        let found = (before.values[k] - trained.values[k]) / rate;
        assert!((found - gradient).abs() <= 1e-9 * scale, "parameter {k}: {found} for {gradient}");
    }
}

/// Several trajectories a batch give the mean of what each gives by itself, whichever way the kernels take them.
#[test]
fn the_action_of_a_batch_is_the_mean_of_its_trajectories() {
    let config = ComputerConfig::generator(VISIBLE, HIDDEN).with_visible_biases(true);
    let computer = random_computer::<B>(&config, 9);
    let value = |objective: &ActionObjective<ReversedNoising<B>>, step| {
        let batch = objective.source.batch(step).unwrap();
        host(objective.action(&computer, batch).unwrap())[0]
    };
    for count in [3, 40] {
        let together = value(&reversed(count, 20), 0);
        let single = reversed(1, 20);
        let mean = (0..count).map(|k| value(&single, k)).sum::<f64>() / count as f64;
        assert!((together / mean - 1.0).abs() < 1e-12, "{count}: {together} for {mean}");
    }
}

/// The action's gradient vanishes at its exact minimum, for every parameter that acts; the visible biases stay 0.
#[test]
fn the_exact_minimum_of_the_reversed_action_is_one() {
    let steps = 30;
    let config = ComputerConfig::generator(VISIBLE, HIDDEN);
    let objective = reversed(12, steps);
    let batch = objective.source.batch(0).unwrap();
    let mut moments = Moments::new(0, VISIBLE + HIDDEN, Well::new(1.0, 1.0), &objective.dynamics);
    moments.add::<B>(None, &batch.transitions).unwrap();
    let minimum = moments.minimise(&config.init::<B>(&device()), 0.0).unwrap();
    let at_zero = config.init::<AB>(&device());
    let at_minimum = config.init::<AB>(&device()).with_parameters(&minimum.values.values).unwrap();
    assert!(host(at_minimum.biases.val().inner())[..VISIBLE].iter().all(|b| *b == 0.0));
    let size = |computer: &Computer<AB>| {
        let grads = Objective::<AB, Computer<AB>>::loss_at(&objective, computer, 0).unwrap().backward();
        let all = [host(computer.couplings.grad(&grads).unwrap()), host(computer.biases.grad(&grads).unwrap())];
        all.concat().iter().fold(0f64, |a, g| a.max(g.abs()))
    };
    let (zero, least) = (size(&at_zero), size(&at_minimum));
    assert!(least < 1e-8 * zero, "{least} at the minimum, {zero} at 0");
}

/// Images prepare their Boltzmann distribution: the mean of every unit is that of its well under the force 2 s.
#[test]
fn images_prepare_thermal_states() {
    let (count, steps) = (4000, 500);
    let noising = noising(1, steps);
    let states = host(noising.prepared(&vec![0; count], 0).unwrap());
    let patterns = uniform(VISIBLE + HIDDEN, 1.5, 1);
    let unit = UnitEquilibrium::new(Well::new(1.0, 1.0), KT, 10.0);
    let expected = host(unit.mean(matrix::<B>(patterns.iter().map(|s| 2.0 * s).collect(), [1, VISIBLE + HIDDEN])));
    for (i, expected) in expected.iter().enumerate() {
        let samples: Vec<f64> = states.chunks(VISIBLE + HIDDEN).map(|row| row[i]).collect();
        let (mean, stderr) = mean_and_stderr(&samples);
        // Euler steps of 1e-2 shift the mean of an anharmonic unit by O(Δt kT).
        let bound = Z * stderr + 1e-2 * KT;
        assert!((mean - expected).abs() <= bound, "unit {i}: {mean} for {expected} ± {stderr}, n = {count}");
    }
}

/// While the force falls the image is still there, with its sign; a quarter of t_f after it is gone, so is the image.
#[test]
fn noising_keeps_the_image_first_and_loses_it_at_last() {
    let (count, steps, units) = (2000, 500, VISIBLE + HIDDEN);
    let states = host(noising(1, steps).noised(&vec![0; count], 0, steps / 10).unwrap());
    let patterns = uniform(units, 1.5, 1);
    let at = |record: usize, unit: usize| {
        let rows = states[record * count * units..(record + 1) * count * units].chunks(units);
        mean_and_stderr(&rows.map(|row| row[unit]).collect::<Vec<_>>())
    };
    for (unit, s) in patterns.iter().enumerate().filter(|(_, s)| s.abs() > 0.3) {
        let ((first, _), (early, stderr), (last, _)) = (at(0, unit), at(2, unit), at(10, unit));
        assert!(
            early * s.signum() > Z * stderr,
            "unit {unit}: {early} ± {stderr} under a force of {s}, n = {count}"
        );
        assert!(last.abs() < 0.2 * first.abs(), "unit {unit}: {last} at the end, {first} at the start");
    }
}

/// Draws from a unit's own well have the spread of the device's own preparation.
#[test]
fn short_runs_start_as_the_device_does() {
    let (count, units) = (3000, 4);
    let unit = UnitEquilibrium::new(Well::new(1.0, 1.0), KT, 10.0);
    let replicas: Vec<u64> = (0..count as u64).collect();
    let drawn = host(unit.draw::<B>(7, &replicas, units, &device()));
    let computer = ComputerConfig::generator(units, 0).init::<B>(&device());
    let run = simulation(2e-3, 1250);
    let noise = CounterNoise::new(3, (0..count).map(|i| replica_id(i, 0)));
    let wells = computer.own_wells(count);
    let relaxed = host(run.end(&wells, Tensor::zeros([count, units], &device()), &noise).unwrap());
    for power in [1, 2, 4] {
        let moment = |values: &[f64]| {
            let samples: Vec<f64> = values.iter().map(|x| x.powi(power)).collect();
            mean_and_stderr(&samples)
        };
        let ((a, ea), (b, eb)) = (moment(&drawn), moment(&relaxed));
        // The discretised well is wider by μκΔt/2 of its variance, κ about 2.5.
        let bound = Z * ea.hypot(eb) + 2.5e-3 * f64::from(power) * a.abs();
        assert!((a - b).abs() <= bound, "⟨x^{power}⟩: {a} ± {ea} for {b} ± {eb}");
    }
}

fn generator() -> ComputerConfig {
    use UnitKind::{Hidden, Input, Visible};
    let mut layout = Layout::generator(VISIBLE, HIDDEN);
    layout.inputs = 2;
    let blocks = [(Input, Visible), (Input, Hidden), (Visible, Hidden)].map(|(a, b)| Block::between(a, b));
    ComputerConfig::new(layout, Connectivity::of(blocks))
}

fn shown(rows: usize) -> ShownBatch<B> {
    let classes: Vec<f64> = (0..rows).flat_map(|i| if i < rows / 2 { [1.0, 0.0] } else { [0.0, 1.0] }).collect();
    ShownBatch {
        inputs: Some(matrix(classes, [rows, 2])),
        visible: matrix(uniform(rows * VISIBLE, 1.0, 21), [rows, VISIBLE]),
        groups: 2,
    }
}

fn runs() -> ShortRun {
    let unit = UnitEquilibrium::new(Well::new(1.0, 1.0), KT, 30.0);
    ShortRun { simulation: simulation(1e-2, 30), unit, seed: 11 }
}

/// ∂L/∂J_ij = ⟨x_i x_j⟩_data − ⟨x_i x_j⟩_runs, hidden units of the data at their thermal mean.
#[test]
fn contrastive_divergence_is_the_difference_of_correlations() {
    let rows = 10;
    let computer = random_computer::<AB>(&generator(), 4);
    let objective = ContrastiveObjective { source: (), runs: runs() };
    let grads = objective.batch_loss::<AB>(&computer, shown(rows), 2).unwrap().backward();
    let found = host(computer.couplings.grad(&grads).unwrap());

    let plain = computer.valid();
    let batch = shown(rows);
    let landscape = plain.landscape(batch.inputs.clone().unwrap()).unwrap();
    let ends = runs().end(&Protocol::constant(landscape.clone()), 2, Rows::all(rows)).unwrap();
    let (ends, visible) = (host(ends), host(batch.visible));
    let (couplings, drive) = (host(plain.symmetric_couplings()), host(landscape.drive()));
    let units = VISIBLE + HIDDEN;
    let unit = UnitEquilibrium::new(Well::new(1.0, 1.0), KT, 30.0);
    for h in 0..HIDDEN {
        let hidden = VISIBLE + h;
        for v in 0..VISIBLE {
            let mut expected = 0.0;
            for row in 0..rows {
                let own = &visible[row * VISIBLE..(row + 1) * VISIBLE];
                let force: f64 = -drive[row * units + hidden]
                    - (0..VISIBLE).map(|k| couplings[k * units + hidden] * own[k]).sum::<f64>();
                let mean = host(unit.mean(matrix::<B>(vec![force], [1, 1])))[0];
                let end = &ends[row * units..(row + 1) * units];
                expected += (own[v] * mean - end[v] * end[hidden]) / rows as f64;
            }
            let found = found[hidden * units + v];
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
    }
}

/// A program in time has no such loss: its gradient would be that of the last segment alone.
#[test]
fn contrastive_divergence_refuses_a_program_in_time() {
    let objective = ContrastiveObjective { source: (), runs: runs() };
    let computer = random_computer::<AB>(&generator().with_clock(Clock::equal(2).unwrap()), 6);
    let error = objective.batch_loss(&computer, shown(4), 1).unwrap_err().to_string();
    assert!(error.contains("2 segments"), "{error}");
}

/// The energy distance is unbiased: 0 on average for samples of one distribution, and not for others.
#[test]
fn the_energy_distance_vanishes_for_one_distribution_alone() {
    let rows = 40;
    let draw = |seed: u64, shift: f64| {
        matrix::<B>(uniform(rows * 3, 1.0, seed).iter().map(|x| x + shift).collect(), [rows, 3])
    };
    let measured = |shift: f64| {
        let values: Vec<f64> =
            (0..200).map(|k| host(energy_distance(draw(2 * k, 0.0), draw(2 * k + 1, shift), 2))[0]).collect();
        mean_and_stderr(&values)
    };
    let (same, stderr) = measured(0.0);
    assert!(same.abs() <= Z * stderr, "{same} ± {stderr}");
    let (other, stderr) = measured(0.3);
    assert!(other > Z * stderr, "{other} ± {stderr}");
}

/// The pathwise gradient of the energy distance is that of central differences under the same noise.
#[test]
fn the_pathwise_gradient_is_that_of_central_differences() {
    pathwise_gradient_is_central_difference(&generator());
    pathwise_gradient_is_central_difference(&generator().with_clock(Clock::equal(2).unwrap()));
}

fn pathwise_gradient_is_central_difference(config: &ComputerConfig) {
    let rows = 12;
    let objective = EnergyDistanceObjective::<AB, ()> {
        source: (),
        runs: runs(),
        views: vec![Box::new(States(0.7))],
        heat_price: 1e-3,
        heat_budget: Some(0.5),
    };
    let computer = random_computer::<AB>(config, 6);
    let theta = computer.parameters().values;
    let grads = objective.batch_loss(&computer, shown(rows), 1).unwrap().backward();
    let of = |program: &Computer<AB>| {
        let input = host(program.input_couplings.grad(&grads).unwrap());
        let couplings = host(program.couplings.grad(&grads).unwrap());
        program.flatten(input, couplings, host(program.biases.grad(&grads).unwrap())).unwrap().values
    };
    let analytic: Vec<f64> = computer.programs().iter().flat_map(of).collect();
    let value = |theta: &[f64]| {
        let computer = config.init::<AB>(&device()).with_parameters(theta).unwrap();
        host(objective.batch_loss(&computer, shown(rows), 1).unwrap().inner())[0]
    };
    let inert = 2 * computer.segments(); // biases of the class units
    let scale = analytic.iter().fold(0f64, |a, g| a.max(g.abs()));
    let mut checked = 0;
    for k in (0..theta.len()).step_by(5) {
        let (step, mut shifted) = (1e-3, theta.clone());
        shifted[k] += step;
        let above = value(&shifted);
        shifted[k] -= 2.0 * step;
        let central = (above - value(&shifted)) / (2.0 * step);
        // The kernels' noise is single precision, the trajectories are not; what is left is the differences' own O(step²).
        assert!((central - analytic[k]).abs() < 1e-4 * scale, "{k}: {} for {central}", analytic[k]);
        checked += usize::from(central != 0.0);
    }
    assert!(checked + inert >= theta.len() / 5, "{checked} of {}", theta.len() / 5);
}
