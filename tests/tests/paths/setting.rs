//! What the tests of paths share: landscapes of every kind, noise that no kernel knows, and a landscape's energy and gradient
//! summed term by term on the host in `f64`.

use crate::{B, ROUNDOFF};
use burn::tensor::{Tensor, TensorData};
use burn_ndarray::NdArrayDevice;
use langevin::{Bath, CounterNoise, EulerMaruyama, Landscape, Noise, Simulation, Well, Wells};
use learning::Random;

pub(crate) fn device() -> NdArrayDevice {
    NdArrayDevice::default()
}

pub(crate) fn matrix(values: Vec<f64>, shape: [usize; 2]) -> Tensor<B, 2> {
    Tensor::from_data(TensorData::new(values, shape), &device())
}

pub(crate) fn values<const D: usize>(tensor: Tensor<B, D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

pub(crate) fn simulation(kt: f64, mobility: f64, time_step: f64, steps: usize) -> Simulation {
    Simulation { dynamics: EulerMaruyama::new(Bath::new(kt, mobility).unwrap(), time_step).unwrap(), steps }
}

/// Evenly distributed on [−`scale`, `scale`].
pub(crate) fn uniform(n: usize, scale: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, "paths", 0);
    (0..n).map(|_| (random.below(2_000_001) as f64 / 1e6 - 1.0) * scale).collect()
}

/// Asserts that each value found is the one expected within the tolerance of its place.
pub(crate) fn assert_each(name: &str, found: &[f64], expected: &[f64], tolerance: impl Fn(usize) -> f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        let allowed = tolerance(i);
        assert!((f - e).abs() <= allowed, "{name}, element {i}: {f} against {e}, tolerance {allowed:e}");
    }
}

/// Counter-based noise that does not say so: the loop over steps has to ask for it, where a kernel would make it itself.
pub(crate) struct OwnNoise(pub(crate) CounterNoise);

impl Noise<B> for OwnNoise {
    fn normals(&self, step: usize, shape: [usize; 2], device: &NdArrayDevice) -> Option<Tensor<B, 2>> {
        self.0.normals(step, shape, device)
    }
}

/// Replicas of each case: more than a tile of the fused kernels holds.
pub(crate) const BATCH: usize = 37;
/// Units of each case: no multiple of a vector's length.
pub(crate) const UNITS: usize = 19;

/// A landscape, in parts that a test can put together under another drive.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) couplings: Option<Tensor<B, 2>>,
    pub(crate) drive: Tensor<B, 2>,
    wells: Wells,
}

/// The well where all units have the same.
const WELL: Well = Well::new(0.9, 0.7);

/// Units that interact or not, in wells that differ or not. The couplings are so weak, Σ_j |J_ij| < 2 J2, that every step
/// contracts, and rounding errors only add up.
pub(crate) fn cases() -> Vec<Case> {
    let raw = uniform(UNITS * UNITS, 0.06, 1);
    let symmetric = (0..UNITS * UNITS).map(|k| {
        let (i, j) = (k / UNITS, k % UNITS);
        if i == j { 0.0 } else { raw[i.max(j) * UNITS + i.min(j)] }
    });
    let couplings = matrix(symmetric.collect(), [UNITS, UNITS]);
    let wells: Vec<Well> = (0..UNITS).map(|i| Well::new(0.6 + 0.04 * i as f64, 1.4 - 0.06 * i as f64)).collect();
    let drive = || matrix(uniform(BATCH * UNITS, 1.5, 2), [BATCH, UNITS]);
    let case = |name, couplings, wells| Case { name, couplings, drive: drive(), wells };
    vec![
        case("coupled", Some(couplings.clone()), WELL.into()),
        case("uncoupled", None, WELL.into()),
        case("coupled, wells that differ", Some(couplings), wells.clone().into()),
        case("uncoupled, wells that differ", None, wells.into()),
    ]
}

/// Start states of a case, within [−1, 1].
pub(crate) fn start_states() -> Tensor<B, 2> {
    matrix(uniform(BATCH * UNITS, 1.0, 3), [BATCH, UNITS])
}

impl Case {
    pub(crate) fn landscape(&self) -> Landscape<B> {
        self.landscape_under(self.drive.clone())
    }

    pub(crate) fn landscape_under(&self, drive: Tensor<B, 2>) -> Landscape<B> {
        let landscape = match &self.couplings {
            Some(couplings) => Landscape::new(couplings.clone(), drive, WELL),
            None => Landscape::uncoupled(drive, WELL),
        };
        landscape.with_wells(self.wells.clone()).unwrap()
    }

    /// Energy of each replica and gradient of each unit at the given states.
    pub(crate) fn on_the_host(&self, x: &[f64]) -> OnTheHost {
        let couplings = self.couplings.clone().map(values);
        let drive = values(self.drive.clone());
        let mut found =
            OnTheHost { energy: vec![], energy_error: vec![], gradient: vec![], gradient_error: vec![] };
        for (x, drive) in x.chunks_exact(UNITS).zip(drive.chunks_exact(UNITS)) {
            let (mut energy, mut gradient) = (Terms::default(), vec![Terms::default(); UNITS]);
            for i in 0..UNITS {
                let Well { j2, j4 } = self.wells.of(i);
                energy.add(j2 * x[i].powi(2));
                energy.add(j4 * x[i].powi(4));
                energy.add(drive[i] * x[i]);
                gradient[i].add(2.0 * j2 * x[i]);
                gradient[i].add(4.0 * j4 * x[i].powi(3));
                gradient[i].add(drive[i]);
                if let Some(couplings) = &couplings {
                    for j in 0..i {
                        let coupling = couplings[i * UNITS + j];
                        energy.add(coupling * x[i] * x[j]);
                        gradient[i].add(coupling * x[j]);
                        gradient[j].add(coupling * x[i]);
                    }
                }
            }
            found.energy.push(energy.sum);
            found.energy_error.push(energy.error());
            found.gradient.extend(gradient.iter().map(|terms| terms.sum));
            found.gradient_error.extend(gradient.iter().map(Terms::error));
        }
        found
    }
}

/// What the host finds, and how far a sum in the backend's floats can be from it.
pub(crate) struct OnTheHost {
    pub(crate) energy: Vec<f64>,
    pub(crate) energy_error: Vec<f64>,
    pub(crate) gradient: Vec<f64>,
    pub(crate) gradient_error: Vec<f64>,
}

#[derive(Clone, Default)]
struct Terms {
    sum: f64,
    magnitude: f64,
}

impl Terms {
    fn add(&mut self, term: f64) {
        self.sum += term;
        self.magnitude += term.abs();
    }

    /// No term goes through more than ten roundings of its own (products, constants) and those of two sums over units.
    fn error(&self) -> f64 {
        (2 * UNITS + 10) as f64 * ROUNDOFF * self.magnitude
    }
}
