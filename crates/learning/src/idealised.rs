//! Idealised trajectories by table: the state of a non-interacting unit under a constant drive depends on drive and time
//! alone.

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};
use langevin::exact::relax_step;
use langevin::{Landscape, Potential, Simulation, Transitions, Well};
use rayon::prelude::*;

/// Intervals of the table.
const INTERVALS: usize = 1 << 15;

/// x(t; u) of a single unit from x = 0 at zero temperature, for every time step of a run and drives in ±`bound`,
/// interpolated linearly (to 10⁻⁵ at the paper's constants and drives in ±800). Beyond the bound the last slope goes on.
#[derive(Debug, Clone)]
pub(crate) struct UnitTable {
    /// Row t holds x(t; u) at the nodes u.
    rows: Vec<Vec<f32>>,
    bound: f64,
    well: Well,
    simulation: Simulation,
}

impl UnitTable {
    /// Integrates every node by the computer's own Euler steps, in `f64`.
    pub(crate) fn new(well: Well, simulation: &Simulation, bound: f64) -> Self {
        let rate = simulation.dynamics.rate();
        let drives: Vec<f64> =
            (0..=INTERVALS).map(|i| bound * (2.0 * i as f64 / INTERVALS as f64 - 1.0)).collect();
        let mut states = vec![0.0f64; drives.len()];
        let mut rows = Vec::with_capacity(simulation.steps);
        for _ in 0..simulation.steps {
            rows.push(states.iter().map(|x| *x as f32).collect());
            for (x, u) in states.iter_mut().zip(&drives) {
                *x = relax_step(*x, *u, well, rate);
            }
        }
        Self { rows, bound, well, simulation: simulation.at_zero_temperature() }
    }

    /// Transitions of units under the given drives at the given time steps: the start from the table, the end by one
    /// step of the dynamics.
    ///
    /// # Shapes
    /// `drive`: `[batch, units]` → transitions `[times, batch, units]`
    pub(crate) fn transitions<B: Backend>(&self, drive: Tensor<B, 2>, times: &[usize]) -> Transitions<B> {
        let ([batch, units], device) = (drive.dims(), drive.device());
        let tensor = |states| Tensor::from_data(TensorData::new(states, [times.len(), batch, units]), &device);
        let single = drive.dtype() == DType::F32;
        let kept = (!single).then(|| drive.clone());
        // Taken and not read: values that nobody else has need no copy.
        let values = drive.into_data();
        let from = self.looked_up(&values, times);
        let drive = match (kept, values.as_slice::<f32>()) {
            (None, Ok(drive)) => drive,
            (kept, _) => {
                let drive = kept.unwrap_or_else(|| Tensor::from_data(values, &device));
                return self.guided(drive, tensor(from));
            }
        };
        // The step of `guided` with its roundings, without a tensor for each of its terms.
        let (rate, j2, j4) =
            (self.simulation.dynamics.rate() as f32, (2.0 * self.well.j2) as f32, (4.0 * self.well.j4) as f32);
        let mut to = vec![0f32; from.len()];
        let rows = drive.len().max(1);
        to.par_chunks_mut(rows).zip(from.par_chunks(rows)).for_each(|(to, from)| {
            for ((to, x), u) in to.iter_mut().zip(from).zip(drive) {
                *to = x - (x * (x * x * j4 + j2) - u) * rate;
            }
        });
        Transitions { from: tensor(from), to: tensor(to) }
    }

    /// Transitions from any states, of units that do not interact under the given drives.
    pub(crate) fn guided<B: Backend>(&self, drive: Tensor<B, 2>, from: Tensor<B, 3>) -> Transitions<B> {
        // The drive is a force: the bias is its negative. Every time has a copy of it: burn-ndarray takes ten times as long to
        // broadcast it over the times.
        let [times, batch, units] = from.dims();
        let landscape = Landscape::uncoupled(Tensor::cat(vec![drive.neg(); times], 0), self.well);
        let gradient = landscape.gradient(from.clone().reshape([times * batch, units]));
        let to = from.clone() - gradient.reshape([times, batch, units]) * self.simulation.dynamics.rate();
        Transitions { from, to }
    }

    /// The states at the given times, one time after the other.
    ///
    /// Looked up on the host: one read of the drives and one write of the states, where a gather on the device would cost
    /// an index for every element (and ten times the time on a CPU).
    fn looked_up(&self, drive: &TensorData, times: &[usize]) -> Vec<f32> {
        let scale = INTERVALS as f64 / (2.0 * self.bound);
        let place = |u: f64| {
            let position = u * scale + INTERVALS as f64 / 2.0;
            let index = position.clamp(0.0, (INTERVALS - 1) as f64) as usize;
            (index, (position - index as f64) as f32)
        };
        let places: Vec<(usize, f32)> = match drive.as_slice::<f32>() {
            Ok(drive) => drive.iter().map(|u| place(f64::from(*u))).collect(),
            Err(_) => drive.iter::<f64>().map(place).collect(),
        };
        let mut states = vec![0f32; times.len() * places.len()];
        states.par_chunks_mut(places.len().max(1)).zip(times).for_each(|(states, time)| {
            let row = &self.rows[*time];
            for (state, (i, fraction)) in states.iter_mut().zip(&places) {
                *state = row[*i] + (row[i + 1] - row[*i]) * fraction;
            }
        });
        states
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn_ndarray::{NdArray, NdArrayDevice};
    use langevin::{Bath, EulerMaruyama, fill_standard_normal};

    /// What `f32` takes a shorter way to is, bit for bit, the step of uncoupled units; in `f64` it is the same to rounding.
    #[test]
    fn the_short_way_of_single_precision_is_the_step_of_uncoupled_units() {
        let dynamics = EulerMaruyama::new(Bath::new(1.0, 1.3).unwrap(), 2e-3).unwrap();
        let table = UnitTable::new(Well::new(0.7, 1.1), &Simulation { dynamics, steps: 40 }, 300.0);
        let mut drives = vec![0f32; 33 * 7];
        fill_standard_normal(4, 0, &(0..33).collect::<Vec<_>>(), 7, &mut drives);
        drives.iter_mut().for_each(|u| *u *= 90.0);
        let (device, times) = (NdArrayDevice::default(), [0, 3, 39]);
        let drive = Tensor::<NdArray<f32>, 2>::from_data(TensorData::new(drives.clone(), [33, 7]), &device);
        let short = table.transitions(drive.clone(), &times);
        let long = table.guided(drive, short.from.clone());
        let bits = |states: Tensor<NdArray<f32>, 3>| -> Vec<u32> {
            states.to_data().iter::<f32>().map(f32::to_bits).collect()
        };
        assert_eq!(bits(short.to.clone()), bits(long.to));
        let drive = Tensor::<NdArray<f64>, 2>::from_data(TensorData::new(drives, [33, 7]), &device);
        let double = table.transitions(drive, &times);
        // States of order 4: a few roundings of f32.
        for (single, double) in [(short.from, double.from), (short.to, double.to)] {
            for (x, y) in single.to_data().iter::<f64>().zip(double.to_data().iter::<f64>()) {
                assert!((x - y).abs() < 4e-6, "{x} against {y}");
            }
        }
    }
}
