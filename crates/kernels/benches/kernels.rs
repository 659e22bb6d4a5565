//! The CPU kernels by themselves: trajectories, their adjoint, the action.
//!
//! ```text
//! cargo bench -p thermograd-kernels --features ndarray --bench kernels
//! ```

#[cfg(feature = "ndarray")]
mod cpu {
    use burn::tensor::ops::{FloatTensor, FloatTensorOps};
    use burn::tensor::{Shape, TensorData};
    use burn_ndarray::{NdArray, NdArrayDevice};
    use thermograd_kernels::noise::fill_standard_normal;
    use thermograd_kernels::{ActionTerms, LangevinBackend, TrajectorySpec, Well, reference};

    type B = NdArray<f32>;

    fn normals(seed: u64, shape: [usize; 2], scale: f32) -> FloatTensor<B> {
        let mut values = vec![0f32; shape[0] * shape[1]];
        fill_standard_normal(seed, 0, &(0..shape[0] as u64).collect::<Vec<_>>(), shape[1], &mut values);
        values.iter_mut().for_each(|v| *v *= scale);
        B::float_from_data(TensorData::new(values, shape), &NdArrayDevice::default())
    }

    fn problem(batch: usize, units: usize, steps: usize) -> ([FloatTensor<B>; 3], TrajectorySpec) {
        let scale = 0.3 / (units as f32).sqrt();
        let tensors =
            [normals(1, [units, units], scale), normals(2, [batch, units], 1.0), normals(3, [batch, units], 0.3)];
        let run = TrajectorySpec {
            steps,
            wells: Well::new(1.0, 1.0).into(),
            rate: 1e-3,
            amplitude: 2e-3f64.sqrt(),
            seed: 1,
            replicas: (0..batch as u64).collect(),
            record: vec![steps],
            switches: vec![],
        };
        (tensors, run)
    }

    #[divan::bench(args = [(100, 74, 200), (1_000, 74, 200), (10_000, 74, 200), (100, 1296, 100)])]
    fn trajectories(bencher: divan::Bencher<'_, '_>, (batch, units, steps): (usize, usize, usize)) {
        let ([j, d, x], run) = problem(batch, units, steps);
        bencher.bench_local(|| B::trajectories(Some(j.clone()), d.clone(), x.clone(), &run));
    }

    /// Without interaction: noise and self-force alone.
    #[divan::bench(args = [(10_000, 74, 200)])]
    fn uncoupled(bencher: divan::Bencher<'_, '_>, (batch, units, steps): (usize, usize, usize)) {
        let ([_, d, x], run) = problem(batch, units, steps);
        bencher.bench_local(|| B::trajectories(None, d.clone(), x.clone(), &run));
    }

    /// At zero temperature: products and self-force alone.
    #[divan::bench(args = [(10_000, 74, 200)])]
    fn noiseless(bencher: divan::Bencher<'_, '_>, (batch, units, steps): (usize, usize, usize)) {
        let ([j, d, x], mut run) = problem(batch, units, steps);
        run.amplitude = 0.0;
        bencher.bench_local(|| B::trajectories(Some(j.clone()), d.clone(), x.clone(), &run));
    }

    /// The reference: tensor operations of the backend.
    #[divan::bench(args = [(1_000, 74, 200)])]
    fn tensor_operations(bencher: divan::Bencher<'_, '_>, (batch, units, steps): (usize, usize, usize)) {
        let ([j, d, x], run) = problem(batch, units, steps);
        bencher.bench_local(|| reference::trajectories::<B>(Some(j.clone()), d.clone(), x.clone(), &run));
    }

    #[divan::bench(args = [(500, 74, 40), (500, 74, 200), (100, 600, 40)])]
    fn adjoint(bencher: divan::Bencher<'_, '_>, (batch, units, steps): (usize, usize, usize)) {
        let ([j, d, x], run) = problem(batch, units, steps);
        let gradient =
            B::float_ones(Shape::new([1, batch, units]), &NdArrayDevice::default(), burn::tensor::FloatDType::F32);
        bencher.bench_local(|| {
            B::trajectories_backward(Some(j.clone()), d.clone(), x.clone(), gradient.clone(), &run, None)
        });
    }

    #[divan::bench(args = [(1_000, 74, 10), (1_000, 74, 200)])]
    fn action_and_gradients(bencher: divan::Bencher<'_, '_>, (batch, units, times): (usize, usize, usize)) {
        let ([j, d, _], _) = problem(batch, units, times);
        let states = |seed| {
            let flat = normals(seed, [times * batch, units], 0.3);
            B::float_reshape(flat, Shape::new([times, batch, units]))
        };
        let (from, to) = (states(4), states(5));
        let terms = ActionTerms { well: Well::new(1.0, 1.0), rate: 1e-3, weight: 250.0 };
        bencher.bench_local(|| {
            B::mean_action_gradients(Some(j.clone()), d.clone(), from.clone(), to.clone(), &terms)
        });
    }
}

fn main() {
    divan::main();
}
