//! Fused CubeCL trajectories (wgpu) against the reference made of tensor operations, on the same device and on the CPU.
#![cfg(all(feature = "cube", feature = "ndarray"))]
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests: what cannot go on fails, and what was measured is shown"
)]

use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use burn_ndarray::{NdArray, NdArrayDevice};
use burn_wgpu::{Wgpu, WgpuDevice};
use cubecl::config::autotune::AutotuneLevel;
use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};
use std::time::{Duration, Instant};
use thermograd_kernels::{LangevinBackend, TrajectorySpec, Well, philox, reference};

type B = Wgpu<f32>;
/// Where large references are computed: a software adapter takes half a minute for them.
type Cpu = NdArray<f32>;

/// States of order 1: rounding errors of f32 (6e-8) over at most 50 steps add up to less than this.
const ROUNDING: f32 = 1e-5;

/// Whether there is a GPU or a software adapter; the test says so where there is none.
fn gpu() -> bool {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // Trying every kernel variant takes minutes on a software adapter.
    let mut config = CubeClRuntimeConfig::default();
    config.autotune.level = AutotuneLevel::Minimal;
    ONCE.call_once(|| CubeClRuntimeConfig::set(config));
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let Ok(adapter) = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())) else {
        eprintln!("no wgpu adapter: this test was not run");
        return false;
    };
    if adapter.get_info().name.contains("llvmpipe") {
        thermograd_kernels::device_is_llvmpipe();
    }
    true
}

/// Uniform in [−scale, scale].
fn uniform(shape: [usize; 2], scale: f32, seed: u32) -> Tensor<B, 2> {
    let values: Vec<f32> = (0..shape[0] * shape[1])
        .map(|i| {
            (philox::philox4x32([i as u32, 0, 0, 0], [seed, 1])[0] as f32 / (1u64 << 31) as f32 - 1.0) * scale
        })
        .collect();
    Tensor::from_data(TensorData::new(values, shape), &WgpuDevice::default())
}

struct Case {
    couplings: Option<Tensor<B, 2>>,
    drive: Tensor<B, 2>,
    start: Tensor<B, 2>,
    run: TrajectorySpec,
    /// Couplings and drive of each segment of the program are these times its factor.
    segments: Vec<f32>,
}

impl Case {
    fn new(batch: usize, units: usize, steps: usize) -> Self {
        let rate = 1e-3;
        Self {
            couplings: Some(uniform([units, units], (units as f32).powf(-0.5), 1)),
            drive: uniform([batch, units], 2.0, 2),
            start: uniform([batch, units], 1.0, 3),
            run: TrajectorySpec {
                steps,
                wells: Well::new(1.0, 0.5).into(),
                rate,
                amplitude: (2.0 * rate).sqrt(),
                seed: 0x1234_5678_9abc_def0,
                replicas: (0..batch as u64).map(|r| 7 * r + (r << 33)).collect(),
                record: vec![steps],
                switches: vec![],
            },
            segments: vec![1.0],
        }
    }

    fn recording(mut self, record: &[usize]) -> Self {
        self.run.record = record.to_vec();
        self
    }

    fn switching(mut self, switches: &[usize]) -> Self {
        self.run.switches = switches.to_vec();
        self.segments = (0..=switches.len()).map(|s| 1.0 - 0.7 * s as f32).collect();
        self
    }

    /// What the segments of the program have of a tensor, one upon the other where there are several.
    fn in_segments<T: Backend>(&self, tensor: Tensor<T, 2>) -> FloatTensor<T> {
        if let [_] = self.segments.as_slice() {
            return tensor.into_primitive().tensor();
        }
        let parts = self.segments.iter().map(|factor| tensor.clone() * *factor);
        Tensor::stack::<3>(parts.collect(), 0).into_primitive().tensor()
    }

    fn run(&self, fused: bool) -> Tensor<B, 3> {
        let couplings = self.couplings.clone().map(|c| self.in_segments(c));
        let drive = self.in_segments(self.drive.clone());
        let start = self.start.clone().into_primitive().tensor();
        let states = if fused {
            B::trajectories(couplings, drive, start, &self.run)
        } else {
            reference::trajectories::<B>(couplings, drive, start, &self.run)
        };
        Tensor::from_primitive(TensorPrimitive::Float(states))
    }

    /// The reference on the CPU.
    fn expected(&self) -> Tensor<Cpu, 3> {
        let moved = |t: &Tensor<B, 2>| Tensor::<Cpu, 2>::from_data(t.to_data(), &NdArrayDevice::default());
        let couplings = self.couplings.as_ref().map(|c| self.in_segments(moved(c)));
        let (drive, start) = (self.in_segments(moved(&self.drive)), moved(&self.start).into_primitive().tensor());
        let states = reference::trajectories::<Cpu>(couplings, drive, start, &self.run);
        Tensor::from_primitive(TensorPrimitive::Float(states))
    }

    fn check(&self) {
        self.compare(self.expected().into_data());
    }

    fn compare(&self, expected: TensorData) {
        let fused = self.run(true).into_data();
        assert_eq!(fused.shape, expected.shape);
        let (fused, expected) = (fused.to_vec::<f32>().unwrap(), expected.to_vec::<f32>().unwrap());
        let worst = fused
            .iter()
            .zip(&expected)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, |a: f32, b| if b.is_nan() { f32::INFINITY } else { a.max(b) });
        let [batch, units] = self.drive.dims();
        assert!(worst < ROUNDING, "{batch} rows, {units} units: off by {worst:e}");
        assert!(expected.iter().any(|x| x.abs() > 0.1));
    }
}

#[test]
fn fused_trajectories_agree_with_tensor_operations() {
    if !gpu() {
        return;
    }
    for units in [1, 73, 74, 75] {
        let case = Case::new(33, units, 50).recording(&[1, 20, 33, 50]);
        case.compare(case.run(false).into_data());
        case.check();
    }
}

/// Couplings that are in shared memory, that are streamed, that are not there; a launch that ends within a segment, and at a switch.
#[test]
fn programs_in_segments_are_one_launch_or_several() {
    if !gpu() {
        return;
    }
    for (batch, units, steps) in [(33, 74, 20), (501, 75, 6), (5, 600, 6)] {
        let mut case = Case::new(batch, units, steps).switching(&[1, steps / 2, steps - 1]);
        case.run.record = vec![1, 2, steps / 2, steps];
        case.check();
        case.couplings = None;
        case.check();
    }
    let most = 60_000 / 74;
    for switches in [[most / 2, most], [most - 1, most + 1]] {
        Case::new(3, 74, 1000).recording(&[7, most, most + 1, 1000]).switching(&switches).check();
    }
}

#[test]
fn large_computers_stream_their_couplings() {
    if !gpu() {
        return;
    }
    for units in [600, 1296] {
        Case::new(5, units, 5).recording(&[2, 5]).check();
    }
}

#[test]
fn large_batches_take_several_replicas_a_thread() {
    if !gpu() {
        return;
    }
    for (batch, units) in [(501, 74), (1001, 75), (29, 1296)] {
        Case::new(batch, units, 3).recording(&[2, 3]).check();
    }
}

#[test]
fn uncoupled_units_and_zero_temperature() {
    if !gpu() {
        return;
    }
    for batch in [33, 1001] {
        for units in [1, 74] {
            let mut case = Case::new(batch, units, 10).recording(&[4, 7]);
            case.run.amplitude = 0.0;
            case.check();
            case.couplings = None;
            case.check();
            case.run.amplitude = 0.04;
            case.check();
        }
    }
}

/// llvmpipe leaves loops after 65,535 iterations: 74,000 and 124,800 are more. Recorded are steps within a launch, at its end,
/// and beyond.
#[test]
fn long_trajectories_are_whole_on_a_software_adapter() {
    if !gpu() {
        return;
    }
    for (units, steps) in [(74, 1000), (1248, 100)] {
        let most = 60_000 / units;
        Case::new(3, units, steps).recording(&[7, most, most + 1, steps]).check();
        Case::new(3, units, steps).recording(&[steps]).check();
    }
}

#[test]
fn strided_tensors_are_read_as_they_are() {
    if !gpu() {
        return;
    }
    let mut case = Case::new(33, 74, 5);
    case.couplings = case.couplings.map(Tensor::transpose);
    case.drive = uniform([74, 33], 2.0, 4).transpose();
    case.start = uniform([74, 33], 1.0, 5).transpose();
    case.check();
}

#[test]
#[ignore = "a measurement"]
fn time_of_the_standard_batch() {
    if !gpu() {
        return;
    }
    let time = |case: &Case, fused: bool| {
        let _ = case.run(fused).into_data();
        let once = || {
            let start = Instant::now();
            let _ = case.run(fused).into_data();
            start.elapsed()
        };
        (0..3).map(|_| once()).min().unwrap_or(Duration::ZERO).as_secs_f64()
    };
    for (batch, units, steps) in [(2500, 74, 200), (256, 600, 20)] {
        let case = Case::new(batch, units, steps);
        let (fused, reference) = (time(&case, true), time(&case, false));
        let mut silent = Case::new(batch, units, steps);
        silent.run.amplitude = 0.0;
        let silent = time(&silent, true);
        let mut apart = Case::new(batch, units, steps);
        apart.couplings = None;
        let apart = time(&apart, true);
        eprintln!(
            "{batch} x {units} x {steps}: fused {fused:.3} s, tensor operations {reference:.3} s, {:.1} times; \
             fused without noise {silent:.3} s, without couplings {apart:.3} s",
            reference / fused
        );
        B::sync(&WgpuDevice::default()).unwrap();
    }
}
