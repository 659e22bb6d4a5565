//! The same computer on every backend, in `f32`: trajectories, gradients, heat.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests: what cannot go on fails, and what was measured is shown"
)]

use burn::tensor::{Tensor, TensorData};
use burn_autodiff::Autodiff;
use burn_ndarray::{NdArray, NdArrayDevice};
use burn_wgpu::{Wgpu, WgpuDevice};
use cubecl::config::autotune::AutotuneLevel;
use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};
use langevin::{
    Bath, ComputerConfig, CounterNoise, EulerMaruyama, LangevinBackend, NoForce, Simulation, replica_id,
};
use learning::Random;
use learning::gradient_check::{CheckOptions, check};

/// Whether there is a GPU or a software adapter; the test says so where there is none.
fn gpu() -> bool {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // Trying every kernel variant takes minutes on a software adapter.
    let mut config = CubeClRuntimeConfig::default();
    config.autotune.level = AutotuneLevel::Minimal;
    ONCE.call_once(|| CubeClRuntimeConfig::set(config));
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let found = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).is_ok();
    if !found {
        eprintln!("no wgpu adapter: the wgpu half of this test was not run");
    }
    found
}

fn uniform(n: usize, scale: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, "backends", 0);
    (0..n).map(|_| (random.below(20_001) as f64 / 1e4 - 1.0) * scale).collect()
}

/// Recorded states and heat of the given images, simulated `together` at a time.
fn simulate<B: LangevinBackend>(images: &[usize], hidden: usize, together: usize) -> (Vec<f32>, Vec<f32>) {
    let device = B::Device::default();
    let computer = ComputerConfig::classifier(6, hidden, 3).init::<B>(&device);
    let theta = uniform(computer.parameters().total(), 1.0, 1);
    let computer = computer.with_parameters(&theta).unwrap();
    let simulation =
        Simulation { dynamics: EulerMaruyama::new(Bath::new(1.0, 1.0).unwrap(), 1e-3).unwrap(), steps: 50 };
    let (mut ends, mut heats) = (Vec::new(), Vec::new());
    for chunk in images.chunks(together) {
        let inputs: Vec<f64> = chunk.iter().flat_map(|i| uniform(6, 2.0, 100 + *i as u64)).collect();
        let inputs = Tensor::<B, 2>::from_data(TensorData::new(inputs, [chunk.len(), 6]), &device);
        let landscape = computer.landscape(inputs).unwrap();
        let noise = CounterNoise::new(5, chunk.iter().map(|i| replica_id(*i, 0)));
        let start = Tensor::zeros(landscape.dims(), &device);
        let end = simulation.record(&landscape, start, &noise, &NoForce, 50).unwrap().outcome;
        ends.extend(end.state.to_data().iter::<f32>());
        heats.extend(end.heat.to_data().iter::<f32>());
    }
    (ends, heats)
}

fn assert_close(name: &str, a: &[f32], b: &[f32], scale: f32) {
    assert_eq!(a.len(), b.len());
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        assert!((x - y).abs() <= scale, "{name}, element {i}: {x} against {y}");
    }
}

/// States of order 1 after 50 contracting steps: rounding errors of f32 (6e-8) add up to less than 1e-5.
const ROUNDING: f32 = 1e-5;

#[test]
fn a_trajectory_does_not_depend_on_its_batch() {
    let images: Vec<usize> = (0..70).collect();
    let (together, heat) = simulate::<NdArray<f32>>(&images, 20, 70);
    for size in [1, 7, 64] {
        let (apart, heat_apart) = simulate::<NdArray<f32>>(&images, 20, size);
        assert_close(&format!("batch {size}"), &apart, &together, ROUNDING);
        assert_close(&format!("heat, batch {size}"), &heat_apart, &heat, 100.0 * ROUNDING);
    }
    // Different images and different noise really give different trajectories.
    assert!(together[..23].iter().zip(&together[23..46]).all(|(x, y)| (x - y).abs() > ROUNDING));
}

#[test]
fn wgpu_makes_the_same_trajectories_as_ndarray() {
    if !gpu() {
        return;
    }
    let images: Vec<usize> = (0..33).collect();
    for hidden in [1, 71, 72] {
        let (cpu, cpu_heat) = simulate::<NdArray<f32>>(&images, hidden, 33);
        let (gpu, gpu_heat) = simulate::<Wgpu<f32>>(&images, hidden, 33);
        assert_close(&format!("{hidden} hidden"), &gpu, &cpu, ROUNDING);
        assert_close(&format!("{hidden} hidden, heat"), &gpu_heat, &cpu_heat, 100.0 * ROUNDING);
    }
}

#[test]
fn f32_gradients_agree_with_the_analytic_ones_on_every_backend() {
    let options = |backend| CheckOptions {
        backend,
        float: "f32",
        bound: 1e-4,
        central_differences: false,
        inject_error: 0.0,
    };
    let mut rows = check::<Autodiff<NdArray<f32>>>(options("ndarray"), &NdArrayDevice::default()).unwrap();
    if gpu() {
        rows.extend(check::<Autodiff<Wgpu<f32>>>(options("wgpu"), &WgpuDevice::default()).unwrap());
    }
    for row in rows {
        assert!(row.passes(), "{row:?}");
    }
}
