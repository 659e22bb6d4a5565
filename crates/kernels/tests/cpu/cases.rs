//! Fused kernels of the processor against the reference made of tensor operations, at awkward sizes.

use super::B;
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use burn_autodiff::Autodiff;
use thermograd_kernels::noise::fill_standard_normal;
use thermograd_kernels::{ActionTerms, LangevinBackend, TrajectorySpec, Well, Wells, reference};

/// Units, rows and steps of each case.
/// (units, rows, steps); the states of the long run are too many to keep.
const SIZES: [(usize, usize, usize); 7] =
    [(1, 70, 30), (74, 4, 500), (73, 33, 30), (74, 64, 50), (75, 1, 30), (600, 5, 8), (1296, 3, 5)];

/// States of order 1, sums of a thousand terms at most: a few hundred roundings of f32 (6e-8).
const ROUNDING: f32 = 3e-5;

fn normals(seed: u64, rows: usize, columns: usize, scale: f32) -> Vec<f32> {
    let mut values = vec![0f32; rows * columns];
    fill_standard_normal(seed, 0, &(0..rows as u64).collect::<Vec<_>>(), columns, &mut values);
    values.iter().map(|v| v * scale).collect()
}

fn symmetric(units: usize) -> Vec<f32> {
    let raw = normals(1, units, units, 1.0 / (units as f32).sqrt());
    (0..units * units)
        .map(|k| match (k / units).cmp(&(k % units)) {
            std::cmp::Ordering::Equal => 0.0,
            std::cmp::Ordering::Greater => raw[k],
            std::cmp::Ordering::Less => raw[(k % units) * units + k / units],
        })
        .collect()
}

fn tensor<T: Backend, const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<T, D> {
    Tensor::from_data(TensorData::new(values, shape), &T::Device::default())
}

fn raw<T: Backend, const D: usize>(tensor: Tensor<T, D>) -> FloatTensor<T> {
    tensor.into_primitive().tensor()
}

fn values<T: Backend>(primitive: FloatTensor<T>) -> Vec<f32> {
    let data = burn::tensor::read_sync(T::float_into_data(primitive)).unwrap();
    data.into_vec().unwrap()
}

struct Case {
    couplings: Option<Tensor<B, 2>>,
    drive: Tensor<B, 2>,
    start: Tensor<B, 2>,
    run: TrajectorySpec,
    /// Couplings and drive of each segment, where there are several.
    segments: Option<(Option<Tensor<B, 3>>, Tensor<B, 3>)>,
}

impl Case {
    fn new(units: usize, rows: usize, steps: usize, coupled: bool, amplitude: f64) -> Self {
        Self {
            couplings: coupled.then(|| tensor(symmetric(units), [units, units])),
            drive: tensor(normals(2, rows, units, 3.0), [rows, units]),
            start: tensor(normals(3, rows, units, 0.5), [rows, units]),
            run: TrajectorySpec {
                steps,
                wells: Well::new(1.0, 0.7).into(),
                rate: 5e-3,
                amplitude,
                seed: 0xfeed_0000_0001,
                replicas: (0..rows as u64).map(|r| r * 5 + (r << 32)).collect(),
                record: vec![1, steps / 2, steps],
                switches: vec![],
            },
            segments: None,
        }
    }

    /// Under a program of several segments, each with couplings and a drive of its own.
    fn switching(mut self, switches: &[usize]) -> Self {
        let segments = switches.len() + 1;
        let scaled = |t: &Tensor<B, 2>, s: usize| t.clone() * (1.0 - 0.7 * s as f32);
        let stacked = |t: &Tensor<B, 2>| Tensor::stack::<3>((0..segments).map(|s| scaled(t, s)).collect(), 0);
        self.segments = Some((self.couplings.as_ref().map(stacked), stacked(&self.drive)));
        self.run.switches = switches.to_vec();
        self
    }

    fn couplings(&self) -> Option<FloatTensor<B>> {
        self.couplings.clone().map(raw)
    }
}

fn assert_close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1f32, |m, v| m.max(v.abs()));
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f - e).abs() <= ROUNDING * scale, "{what}, element {i}: {f} against {e}");
    }
}

#[test]
fn trajectories_agree_with_the_reference() {
    for (units, rows, steps) in SIZES {
        for (coupled, amplitude) in [(true, 0.1), (true, 0.0), (false, 0.1)] {
            let case = Case::new(units, rows, steps, coupled, amplitude);
            let arguments = || (case.couplings(), raw(case.drive.clone()), raw(case.start.clone()));
            let (c, d, s) = arguments();
            let expected = values::<B>(reference::trajectories::<B>(c, d, s, &case.run));
            let (c, d, s) = arguments();
            let found = values::<B>(B::trajectories(c, d, s, &case.run));
            assert_close(&format!("{units} units, coupled {coupled}, noise {amplitude}"), &found, &expected);
        }
    }
}

#[test]
fn sparse_and_block_structured_couplings_agree_with_the_reference() {
    let (units, rows) = (130, 40);
    let mut case = Case::new(units, rows, 20, true, 0.1);
    let dense = symmetric(units);
    let ring: Vec<f32> = (0..units * units)
        .map(|k| if (k / units).abs_diff(k % units) % (units - 2) == 1 { 4.0 * dense[k] } else { 0.0 })
        .collect();
    let blocks: Vec<f32> =
        (0..units * units).map(|k| if k / units < 64 && k % units < 64 { 0.0 } else { dense[k] }).collect();
    for couplings in [ring, blocks] {
        assert!(couplings.iter().any(|v| *v != 0.0));
        case.couplings = Some(tensor(couplings, [units, units]));
        let expected = reference::trajectories::<B>(
            case.couplings(),
            raw(case.drive.clone()),
            raw(case.start.clone()),
            &case.run,
        );
        let found = B::trajectories(case.couplings(), raw(case.drive.clone()), raw(case.start.clone()), &case.run);
        assert_close("sparse", &values::<B>(found), &values::<B>(expected));
    }
}

/// The reference is itself compared with uniform wells through its tensors.
#[test]
fn units_in_wells_of_their_own_agree_with_the_reference() {
    let (units, rows, steps) = (75, 40, 20);
    let uniform = Case::new(units, rows, steps, true, 0.1);
    let mut case = Case::new(units, rows, steps, true, 0.1);
    let run = |case: &Case, fused: bool| {
        let operation = if fused { B::trajectories } else { reference::trajectories::<B> };
        values::<B>(operation(case.couplings(), raw(case.drive.clone()), raw(case.start.clone()), &case.run))
    };
    let adjoint = |case: &Case, fused: bool| {
        let gradient = raw(tensor::<B, 3>(normals(9, 3 * rows, units, 1.0), [3, rows, units]));
        let (c, d, s) = (case.couplings(), raw(case.drive.clone()), raw(case.start.clone()));
        let found = if fused {
            B::trajectories_backward(c, d, s, gradient, &case.run, None)
        } else {
            reference::trajectories_backward::<B>(c, d, s, gradient, &case.run)
        };
        values::<B>(found.start)
    };
    case.run.wells = vec![Well::new(1.0, 0.7); units].into();
    assert_close("equal wells", &run(&case, false), &run(&uniform, false));
    let wells = (0..units).map(|i| Well::new(0.5 + 0.03 * i as f64, 2.0 - 0.02 * i as f64));
    case.run.wells = Wells::Each(wells.collect());
    let own = run(&case, true);
    assert_close("own wells", &own, &run(&case, false));
    assert_close("own wells, adjoint", &adjoint(&case, true), &adjoint(&case, false));
    let furthest = own.iter().zip(run(&uniform, true)).fold(0f32, |m, (a, b)| m.max((a - b).abs()));
    assert!(furthest > 1e-2, "the wells made no difference: {furthest}");
}

#[test]
fn a_trajectory_depends_neither_on_its_batch_nor_on_the_threads() {
    let case = Case::new(74, 100, 25, true, 0.1);
    let run = |range: std::ops::Range<usize>, threads: usize| {
        let mut run = case.run.clone();
        run.replicas = case.run.replicas[range.clone()].into();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let part = |t: &Tensor<B, 2>| raw(t.clone().slice([range.clone()]));
        let (couplings, drive, start) = (case.couplings(), part(&case.drive), part(&case.start));
        let states = pool.install(|| B::trajectories(couplings, drive, start, &run));
        let states: Tensor<B, 3> = Tensor::from_primitive(TensorPrimitive::Float(states));
        states.into_data().into_vec::<f32>().unwrap()
    };
    let all = run(0..100, 2);
    for threads in [1, 3, 8] {
        assert_eq!(run(0..100, threads), all, "{threads} threads");
    }
    for range in [0..1, 31..33, 7..90] {
        let part = run(range.clone(), 2);
        for record in 0..3 {
            let rows = range.len() * 74;
            let expected = &all[(record * 100 + range.start) * 74..(record * 100 + range.end) * 74];
            assert_eq!(&part[record * rows..(record + 1) * rows], expected, "rows {range:?}");
        }
    }
}

#[test]
fn adjoints_agree_with_plain_autodiff() {
    type A = Autodiff<B>;
    let device = <B as burn::tensor::backend::BackendTypes>::Device::default();
    for (units, rows, steps) in SIZES {
        for coupled in [true, false] {
            let case = Case::new(units, rows, steps, coupled, 0.1);
            let weights: Tensor<B, 3> = tensor(normals(9, 3 * rows, units, 1.0), [3, rows, units]);
            let gradients = |fused: bool| {
                let leaf = |t: &Tensor<B, 2>| Tensor::<A, 2>::from_inner(t.clone()).require_grad();
                let (couplings, drive, start) =
                    (case.couplings.as_ref().map(leaf), leaf(&case.drive), leaf(&case.start));
                let operation = if fused { A::trajectories } else { reference::trajectories::<A> };
                let states =
                    operation(couplings.clone().map(raw), raw(drive.clone()), raw(start.clone()), &case.run);
                let states: Tensor<A, 3> = Tensor::from_primitive(TensorPrimitive::Float(states));
                let g = (states * Tensor::from_inner(weights.clone())).sum().backward();
                [couplings.and_then(|c| c.grad(&g)), drive.grad(&g), start.grad(&g)]
                    .into_iter()
                    .flatten()
                    .map(|t| t.into_data().into_vec::<f32>().unwrap())
                    .collect::<Vec<_>>()
            };
            let (fused, plain) = (gradients(true), gradients(false));
            assert_eq!(fused.len(), if coupled { 3 } else { 2 });
            for (f, p) in fused.iter().zip(&plain) {
                assert_close(&format!("{units} units, coupled {coupled}"), f, p);
            }
            let arguments = || {
                let (drive, start) = (raw(case.drive.clone()), raw(case.start.clone()));
                (case.couplings(), drive, start, raw(weights.clone()))
            };
            let (c, d, s, g) = arguments();
            let default = reference::trajectories_backward::<B>(c, d, s, g, &case.run);
            let (c, d, s, g) = arguments();
            let without_tape = B::trajectories_backward(c, d, s, g, &case.run, None);
            for (what, found) in [("reference adjoint", default), ("states computed again", without_tape)] {
                assert_close(what, &values::<B>(found.start), &plain[plain.len() - 1]);
                if let Some(couplings) = found.couplings {
                    assert_close(what, &values::<B>(couplings), &plain[0]);
                }
            }
        }
    }
    let _ = device;
}

/// Switches at the first step, between two records, at one, and before the last step; the long run computes its states again.
#[test]
fn programs_in_segments_agree_with_the_reference_forward_and_backward() {
    type A = Autodiff<B>;
    for (units, rows, steps) in SIZES {
        for coupled in [true, false] {
            let middle = [1, steps / 2, steps - 1];
            let case = Case::new(units, rows, steps, coupled, 0.1).switching(&middle);
            let (couplings, drive) = case.segments.clone().unwrap();
            let weights: Tensor<B, 3> = tensor(normals(9, 3 * rows, units, 1.0), [3, rows, units]);
            let what = format!("{units} units, {steps} steps, coupled {coupled}");
            let gradients = |fused: bool| {
                let leaf = |t: &Tensor<B, 3>| Tensor::<A, 3>::from_inner(t.clone()).require_grad();
                let (couplings, drive) = (couplings.as_ref().map(leaf), leaf(&drive));
                let start = Tensor::<A, 2>::from_inner(case.start.clone()).require_grad();
                let operation = if fused { A::trajectories } else { reference::trajectories::<A> };
                let states =
                    operation(couplings.clone().map(raw), raw(drive.clone()), raw(start.clone()), &case.run);
                let states: Tensor<A, 3> = Tensor::from_primitive(TensorPrimitive::Float(states));
                let ends = states.clone().inner().into_data().into_vec::<f32>().unwrap();
                let g = (states * Tensor::from_inner(weights.clone())).sum().backward();
                let host = |t: Tensor<B, 3>| t.into_data().into_vec::<f32>().unwrap();
                let start = start.grad(&g).unwrap().into_data().into_vec::<f32>().unwrap();
                let shared = [couplings.and_then(|c| c.grad(&g)), drive.grad(&g)].into_iter().flatten().map(host);
                [ends, start].into_iter().chain(shared).collect::<Vec<_>>()
            };
            let (fused, plain) = (gradients(true), gradients(false));
            assert_eq!(fused.len(), if coupled { 4 } else { 3 });
            for (f, p) in fused.iter().zip(&plain) {
                assert_close(&what, f, p);
            }
            let arguments = || {
                let (drive, start) = (raw(drive.clone()), raw(case.start.clone()));
                (couplings.clone().map(raw), drive, start, raw(weights.clone()))
            };
            let (c, d, s, g) = arguments();
            let default = reference::trajectories_backward::<B>(c, d, s, g, &case.run);
            let (c, d, s, g) = arguments();
            let without_tape = B::trajectories_backward(c, d, s, g, &case.run, None);
            for (name, found) in [("reference adjoint", default), ("states computed again", without_tape)] {
                assert_close(&format!("{what}, {name}"), &values::<B>(found.start), &plain[1]);
                let gradients = [found.couplings, Some(found.drive)].into_iter().flatten();
                for (found, expected) in gradients.zip(&plain[2..]) {
                    assert_close(&format!("{what}, {name}"), &values::<B>(found), expected);
                }
            }
        }
    }
}

#[test]
fn the_action_and_its_gradients_agree_with_plain_autodiff() {
    type A = Autodiff<B>;
    for (units, rows, times) in SIZES {
        for coupled in [true, false] {
            let case = Case::new(units, rows, times, coupled, 0.1);
            let terms = ActionTerms { well: Well::new(1.0, 0.7), rate: 1e-3, weight: 250.0 };
            let from: Tensor<B, 3> = tensor(normals(4, times * rows, units, 0.7), [times, rows, units]);
            let to = from.clone() + tensor::<B, 3>(normals(5, times * rows, units, 0.04), [times, rows, units]);
            let gradients = |fused: bool| {
                let leaf = |t: &Tensor<B, 2>| Tensor::<A, 2>::from_inner(t.clone()).require_grad();
                let (couplings, drive) = (case.couplings.as_ref().map(leaf), leaf(&case.drive));
                let operation = if fused { A::mean_action } else { reference::mean_action::<A> };
                let action = operation(
                    couplings.clone().map(raw),
                    raw(drive.clone()),
                    raw(Tensor::<A, 3>::from_inner(from.clone())),
                    raw(Tensor::<A, 3>::from_inner(to.clone())),
                    &terms,
                );
                let action: Tensor<A, 1> = Tensor::from_primitive(TensorPrimitive::Float(action));
                let value = action.clone().into_data().into_vec::<f32>().unwrap();
                // A factor behind the action: the gradient of the scalar must arrive.
                let g = (action * 3.0).backward();
                let gradients = [couplings.and_then(|c| c.grad(&g)), drive.grad(&g)];
                let gradients = gradients.into_iter().flatten().map(|t| t.into_data().into_vec::<f32>().unwrap());
                std::iter::once(value).chain(gradients).collect::<Vec<_>>()
            };
            let (fused, plain) = (gradients(true), gradients(false));
            assert_eq!(fused.len(), if coupled { 3 } else { 2 });
            for (f, p) in fused.iter().zip(&plain) {
                assert_close(&format!("action, {units} units, coupled {coupled}"), f, p);
            }
        }
    }
}

#[test]
fn the_largest_state_is_found_and_no_nan_is_lost() {
    for place in [0, 77, 40_000, 73_999] {
        for (value, expected) in [(-3.5, 3.5), (f32::NAN, f64::INFINITY), (f32::NEG_INFINITY, f64::INFINITY)] {
            let mut states = normals(6, 1000, 74, 0.1);
            states[place] = value;
            let x = tensor::<B, 2>(states, [1000, 74]);
            assert_eq!(B::largest(raw(x.clone())).to_bits(), f64::to_bits(expected), "{value} at {place}");
            let plain = reference::largest::<B>(raw(x));
            // Its square is rounded.
            assert!(plain.is_infinite() == expected.is_infinite(), "{plain}");
            assert!(plain.is_infinite() || (plain - expected).abs() < 1e-6, "{plain}");
        }
    }
}

#[test]
fn energies_agree_with_the_reference() {
    for (units, rows, steps) in SIZES {
        for coupled in [true, false] {
            let case = Case::new(units, rows, steps, coupled, 0.1);
            let energies = |fused: bool| {
                let operation = if fused { B::energies } else { reference::energies::<B> };
                let found = operation(
                    case.couplings(),
                    raw(case.drive.clone()),
                    raw(case.start.clone()),
                    Well::new(1.0, 0.7),
                );
                Tensor::<B, 1>::from_primitive(TensorPrimitive::Float(found))
                    .into_data()
                    .into_vec::<f32>()
                    .unwrap()
            };
            assert_close(
                &format!("energies, {units} units, coupled {coupled}"),
                &energies(true),
                &energies(false),
            );
        }
    }
}
