//! Disturbed devices against closed forms: each axis does what it says, with the right sign and size.
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use burn_ndarray::{NdArray, NdArrayDevice};
use langevin::exact::harmonic_variance_after;
use langevin::{
    Bath, Block, Clock, Computer, ComputerConfig, Connectivity, CounterNoise, EulerMaruyama, Layout, Outcome,
    Simulation, UnitKind, fill_standard_normal,
};
use runs::Axis;
use tasks::robustness::Device;
use testkit::{assert_mean, assert_variance};

type B = NdArray<f32>;

const CPU: NdArrayDevice = NdArrayDevice::Cpu;
/// κ = 2 J2 of the harmonic units, and the dynamics of all tests.
const KAPPA: f64 = 3.0;
const RATE: f64 = 1e-2;
const STEPS: usize = 50;

fn simulation(kt: f64) -> Simulation {
    let dynamics = EulerMaruyama::new(Bath::new(kt, 1.0).unwrap(), RATE).unwrap();
    Simulation::new(dynamics, STEPS as f64 * RATE).unwrap()
}

fn values<const D: usize>(tensor: Tensor<B, D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

fn normals(count: usize, seed: u64) -> Vec<f32> {
    let mut normals = vec![0f32; count];
    fill_standard_normal(seed, 0, &[0], count, &mut normals);
    normals
}

fn matrix(values: Vec<f32>, shape: [usize; 2]) -> Tensor<B, 2> {
    Tensor::from_data(TensorData::new(values, shape), &CPU)
}

/// One visible unit in a harmonic well.
fn lone(biased: bool) -> Computer<B> {
    ComputerConfig::generator(1, 0).with_j2(KAPPA / 2.0).with_j4(0.0).with_visible_biases(biased).init(&CPU)
}

fn with_bias(computer: Computer<B>, bias: f64) -> Computer<B> {
    let mut computer = computer;
    computer.biases = computer.biases.map(|biases| biases.zeros_like() + bias);
    computer
}

/// From rest, under noise of one seed.
fn run(device: &Device<B>, replicas: usize) -> Outcome<B> {
    let protocol = device.computer().protocol(None, replicas).unwrap();
    let rest = Tensor::zeros(protocol.dims(), &CPU);
    device.run(protocol, rest, &CounterNoise::new(5, 0..replicas as u64)).unwrap()
}

/// x and the heat −V of a harmonic unit under the bias b after K steps of `rate` from rest, without noise.
fn relaxed(b: f64, rate: f64, steps: usize) -> [f64; 2] {
    let x = -b / KAPPA * (1.0 - (1.0 - KAPPA * rate).powi(steps as i32));
    [x, -(KAPPA / 2.0 * x * x + b * x)]
}

/// Within what f32 makes of a few dozen steps.
fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-5 * expected.abs().max(1.0)
}

/// x = −(o/κ)(1 − (1 − κμΔt)^K): of a unit that has no bias in its program, too; in every segment alike.
#[test]
fn an_offset_pulls_a_harmonic_unit_to_its_closed_form_and_enters_its_heat() {
    for computer in [lone(false), lone(true), lone(false).repeated(Clock::equal(2).unwrap()).unwrap()] {
        let whole = Device::undisturbed(computer, simulation(0.0));
        let [x] = values(run(&whole, 1).state)[..] else { panic!("one unit") };
        assert!(x.abs() < 1e-12, "{x}");
        let offset = |level: f64, number| {
            let device = whole.disturbed(Axis::Offset, level, number, 0.0).unwrap();
            let [offset] = values(device.offset().unwrap())[..] else { panic!("one unit") };
            let outcome = run(&device, 1);
            let expected = relaxed(offset, RATE, STEPS);
            let found = [values(outcome.state)[0], values(outcome.heat)[0]];
            assert!(
                near(found[0], expected[0]) && near(found[1], expected[1]),
                "{found:?}, expected {expected:?}"
            );
            offset
        };
        // The same device at another level has the same error, larger.
        assert!(near(offset(6.0, 1), 3.0 * offset(2.0, 1)));
        assert!((offset(2.0, 1) - offset(2.0, 2)).abs() > 1e-3);
    }
}

#[test]
fn offsets_are_normal_with_the_standard_deviation_asked_for() {
    let computer = ComputerConfig::generator(5000, 1).init::<B>(&CPU);
    let device = Device::undisturbed(computer, simulation(1.0)).disturbed(Axis::Offset, 0.7, 3, 0.0).unwrap();
    let offsets = values(device.offset().unwrap());
    assert_mean("offset", &offsets, 0.0, 3);
    assert_variance("offset", &offsets, 0.49, 3);
}

#[test]
fn a_hotter_bath_has_the_variance_of_a_hotter_bath() {
    let whole = Device::undisturbed(lone(true), simulation(0.8));
    for level in [0.5, 1.0, 4.0] {
        let device = whole.disturbed(Axis::Kt, level, 0, 0.0).unwrap();
        let expected = harmonic_variance_after(0.8 * level, KAPPA, 1.0, RATE, STEPS as i32);
        assert_variance("x", &values(run(&device, 20_000).state), expected, 5);
    }
    let cold = whole.disturbed(Axis::Kt, 0.0, 0, 0.0).unwrap();
    assert!(values(run(&cold, 3).state).iter().all(|x| x.abs() < 1e-12));
}

/// The bias changes half-way: each segment is stretched, and the switch is where it was in units of t_f.
#[test]
fn a_clock_error_stretches_every_segment_alike() {
    let still = with_bias(lone(true), 2.0);
    let clocked =
        Computer::in_segments(vec![still.clone(), with_bias(lone(true), -5.0)], Clock::equal(2).unwrap()).unwrap();
    for error in [-0.2, -0.01, 0.1] {
        let rate = RATE * (1.0 + error);
        let of = |computer: &Computer<B>| {
            let whole = Device::undisturbed(computer.clone(), simulation(0.0));
            let device = whole.disturbed(Axis::Clock, error, 0, 0.0).unwrap();
            let time = device.simulation().observation_time();
            assert!((time - STEPS as f64 * RATE * (1.0 + error)).abs() < 1e-12, "{time}");
            assert_eq!(device.simulation().steps, STEPS);
            values(run(&device, 1).state)[0]
        };
        assert!(near(of(&still), relaxed(2.0, rate, STEPS)[0]));
        let half = STEPS / 2;
        let (from, towards) = (relaxed(2.0, rate, half)[0], 5.0 / KAPPA);
        let expected = towards + (from - towards) * (1.0 - KAPPA * rate).powi(half as i32);
        assert!(near(of(&clocked), expected), "{error}: {} expected {expected}", of(&clocked));
    }
}

/// A generator whose visible and hidden units are coupled and biased, in two segments.
fn coupled(
    hidden: usize,
    couplings: &dyn Fn(usize, usize, usize) -> f32,
    biases: &dyn Fn(usize, usize) -> f32,
) -> Computer<B> {
    let units = 2 + hidden;
    let connectivity = Connectivity::of([
        Block::between(UnitKind::Visible, UnitKind::Hidden),
        Block::between(UnitKind::Hidden, UnitKind::Hidden),
    ]);
    let config = ComputerConfig::new(Layout::generator(2, hidden), connectivity);
    let program = |segment: usize| {
        let mut computer: Computer<B> = config.init(&CPU);
        let all = (0..units * units).map(|i| couplings(segment, i / units, i % units)).collect();
        computer.couplings = computer.couplings.map(|_| matrix(all, [units, units]));
        let all: Vec<f32> = (0..units).map(|unit| biases(segment, unit)).collect();
        computer.biases = computer.biases.map(|_| Tensor::from_data(TensorData::from(all.as_slice()), &CPU));
        computer
    };
    Computer::in_segments(vec![program(0), program(1)], Clock::equal(2).unwrap()).unwrap()
}

/// A computer with a stuck unit is, in states, heat and work, the computer without it whose neighbours have other biases.
#[test]
fn a_stuck_unit_is_exactly_where_it_is_held_and_the_others_see_a_constant() {
    let (j, b) = (normals(2 * 25, 11), normals(2 * 5, 12));
    let coupling = |segment: usize, row: usize, column: usize| 3.0 * j[segment * 25 + row * 5 + column];
    let bias = |segment: usize, unit: usize| 2.0 * b[segment * 5 + unit];
    let whole = Device::undisturbed(coupled(3, &coupling, &bias), simulation(1.0));
    for at in [0.0f32, -0.75] {
        // The last unit: those before it then have the same noise without it.
        let device = (0..100)
            .map(|number| whole.disturbed(Axis::Stuck, 1.0, number, f64::from(at)).unwrap())
            .find(|device| device.stuck_units() == [4])
            .unwrap();
        let shifted = |segment: usize, unit: usize| bias(segment, unit) + coupling(segment, 4, unit) * at;
        let reduced = Device::undisturbed(coupled(2, &coupling, &shifted), simulation(1.0));
        let (found, expected) = (run(&device, 40), run(&reduced, 40));
        let (states, others) = (values(found.state), values(expected.state));
        for (own, other) in states.chunks_exact(5).zip(others.chunks_exact(4)) {
            assert!((own[4] - f64::from(at)).abs() == 0.0, "{own:?}");
            assert!(own.iter().zip(other).all(|(a, b)| near(*a, *b)), "{own:?}, expected {other:?}");
        }
        for (own, other) in
            [(values(found.heat), values(expected.heat)), (values(found.work), values(expected.work))]
        {
            assert!(own.iter().zip(&other).all(|(a, b)| near(*a, *b)), "{own:?}, expected {other:?}");
        }
        // Free, it would be somewhere else, and so would the others.
        let free = values(run(&whole, 40).state);
        assert!(!free.iter().zip(&states).any(|(a, b)| near(*a, *b)));
    }
    // More stuck units are these and others.
    let stuck = |k: f64| whole.disturbed(Axis::Stuck, k, 9, 0.0).unwrap().stuck_units().to_vec();
    let all = stuck(3.0);
    assert_eq!((stuck(1.0), stuck(2.0), stuck(0.0)), (all[..1].to_vec(), all[..2].to_vec(), Vec::new()));
    assert!(all.iter().all(|unit| (2..5).contains(unit)));
}

#[test]
fn a_mismatched_device_errs_in_couplings_biases_and_wells_in_proportion_to_the_level() {
    let computer: Computer<B> = ComputerConfig::classifier(50, 40, 10).init(&CPU);
    let program: Vec<f64> = (0..computer.parameters().total()).map(|i| 1.0 + (i % 7) as f64).collect();
    let computer = computer.with_parameters(&program).unwrap();
    let whole = Device::undisturbed(computer, simulation(1.0));
    let errors = |level: f64, number| -> [Vec<f64>; 2] {
        let device = whole.disturbed(Axis::Mismatch, level, number, 0.0).unwrap();
        let found = device.computer().parameters().values;
        let wells = device.computer().wells().as_slice().iter().flat_map(|well| [well.j2.ln(), well.j4.ln()]);
        [found.iter().zip(&program).map(|(a, b)| a / b - 1.0).collect(), wells.collect()]
    };
    let ([small, wells], [large, steeper]) = (errors(0.05, 1), errors(0.2, 1));
    // The same errors, four times as large; f32 keeps 1e-7 of a parameter.
    assert!(small.iter().zip(&large).all(|(a, b)| (4.0 * a - b).abs() < 2e-6));
    assert!(wells.len() == 100 && wells.iter().zip(&steeper).all(|(a, b)| (4.0 * a - b).abs() < 1e-9));
    assert_mean("relative error", &large, 0.0, 1);
    assert_variance("relative error", &large, 0.04, 1);
    assert!(errors(0.2, 2)[0].iter().zip(&large).filter(|(a, b)| (*a - *b).abs() < 1e-6).count() < 5);
}

#[test]
fn input_noise_is_of_the_image_and_the_replica_and_of_the_size_asked_for() {
    let whole = Device::undisturbed(ComputerConfig::classifier(600, 2, 2).init::<B>(&CPU), simulation(1.0));
    let (images, rms) = ([3, 8, 21, 40], 1.7);
    let inputs = matrix(normals(4 * 600, 2), [4, 600]);
    let noise = |level: f64, replica| -> Vec<f64> {
        let device = whole.disturbed(Axis::InputNoise, level, 0, 0.0).unwrap();
        values(device.inputs(inputs.clone(), rms, &images, [7, replica]) - inputs.clone())
    };
    let found = noise(0.5, 0);
    assert_mean("noise", &found, 0.0, 7);
    assert_variance("noise", &found, (0.5 * rms).powi(2), 7);
    assert!(noise(1.0, 0).iter().zip(&found).all(|(a, b)| (a - 2.0 * b).abs() < 1e-5));
    assert!(noise(0.5, 1).iter().zip(&found).filter(|(a, b)| (*a - *b).abs() < 1e-3).count() < 40);
    assert!(
        values(whole.inputs(inputs.clone(), rms, &images, [7, 0]) - inputs.clone()).iter().all(|x| x.abs() == 0.0)
    );
    // The noise of an image is its own, whatever else is in the batch.
    let device = whole.disturbed(Axis::InputNoise, 0.5, 0, 0.0).unwrap();
    let alone = device.inputs(inputs.clone().narrow(0, 2, 1), rms, &images[2..3], [7, 0]);
    let among = device.inputs(inputs, rms, &images, [7, 0]).narrow(0, 2, 1);
    assert_eq!(values(alone), values(among));
}

#[test]
fn few_bits_leave_few_values_and_a_low_density_the_largest_couplings() {
    let computer: Computer<B> = ComputerConfig::classifier(20, 12, 4).init(&CPU);
    let program: Vec<f64> = normals(computer.parameters().total(), 4).into_iter().map(f64::from).collect();
    let computer = computer.with_parameters(&program).unwrap();
    let whole = Device::undisturbed(computer.clone(), simulation(1.0));
    let of = |axis, level| whole.disturbed(axis, level, 0, 0.0).unwrap().computer().parameters();
    for bits in [2, 3, 5] {
        let found = of(Axis::Bits, f64::from(bits));
        for block in found.blocks.iter().filter(|block| block.acting) {
            let mut values = found.values[found.range(&block.name).unwrap()].to_vec();
            values.sort_by(f64::total_cmp);
            values.dedup();
            assert!(values.len() < 1 << bits && values.len() > 1, "{} of {bits} bits: {values:?}", block.name);
        }
    }
    let couplings = |values: &[f64]| -> Vec<f64> {
        let parameters = computer.parameters();
        let acting = parameters.blocks.iter().filter(|block| block.acting && block.name.ends_with("couplings"));
        acting.flat_map(|block| values[parameters.range(&block.name).unwrap()].to_vec()).collect()
    };
    let (all, kept) = (couplings(&program), couplings(&of(Axis::Density, 0.25).values));
    let (left, gone): (Vec<_>, Vec<_>) = kept.iter().zip(&all).partition(|(kept, _)| kept.abs() > 0.0);
    assert_eq!(left.len(), (0.25 * all.len() as f64).round() as usize);
    assert!(left.iter().all(|(kept, whole)| (*kept - *whole).abs() < 1e-6));
    let least = left.iter().map(|(_, whole)| whole.abs()).fold(f64::MAX, f64::min);
    assert!(gone.iter().all(|(_, whole)| whole.abs() <= least + 1e-6));
}

/// The seed of a device says its errors, whatever backend device or order they are asked for in.
#[test]
fn a_device_is_the_same_every_time() {
    let computer: Computer<B> = ComputerConfig::classifier(6, 5, 2).init(&CPU);
    let program: Vec<f64> = normals(computer.parameters().total(), 4).into_iter().map(f64::from).collect();
    let whole = Device::undisturbed(computer.with_parameters(&program).unwrap(), simulation(1.0));
    <B as Backend>::seed(&CPU, 1);
    let of = |number| {
        let device = whole.disturbed(Axis::Mismatch, 0.1, number, 0.0).unwrap();
        (device.computer().parameters().values, device.computer().wells().clone())
    };
    let first = of(4);
    assert_ne!(of(5), first);
    assert_eq!(of(4), first);
}
