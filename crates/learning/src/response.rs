//! The finite-time response of a single unit, as an activation function.

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};
use langevin::exact::finite_time_response;
use langevin::{Simulation, Well};

/// Largest drive in the table of a [`Response`]; beyond it the response goes on with its last slope.
pub const RESPONSE_BOUND: f64 = 256.0;
/// Intervals of the table.
const INTERVALS: usize = 1 << 14;

/// φ(u) = x(t_f; u): where a single unit stands at the observation time when it starts at 0 at zero temperature under
/// the constant drive u ([`finite_time_response`]).
///
/// A teacher with this activation asks of each unit just what the unit can do. It is tabulated and interpolated
/// linearly (to 10⁻⁶ at the paper's constants); the gradient is that of the interpolation.
#[derive(Module, Debug)]
pub struct Response<B: Backend> {
    /// φ at the nodes, `[INTERVALS + 1]`.
    values: Tensor<B, 1>,
    /// Differences of successive nodes, `[INTERVALS]`.
    differences: Tensor<B, 1>,
    largest: f64,
}

impl<B: Backend> Response<B> {
    /// The response of units of the given well in a simulation.
    pub fn new(well: Well, simulation: &Simulation, device: &B::Device) -> Self {
        let nodes: Vec<f64> = (0..=INTERVALS)
            .map(|i| {
                let u = RESPONSE_BOUND * (2.0 * i as f64 / INTERVALS as f64 - 1.0);
                finite_time_response(u, well, simulation).0
            })
            .collect();
        let differences: Vec<f64> = nodes.windows(2).map(|w| w[1] - w[0]).collect();
        Self {
            largest: nodes[INTERVALS],
            values: Tensor::from_data(nodes.as_slice(), device),
            differences: Tensor::from_data(differences.as_slice(), device),
        }
    }

    /// φ at the end of the table.
    pub fn largest(&self) -> f64 {
        self.largest
    }

    /// φ(u), element by element, differentiable.
    ///
    /// # Shapes
    /// `[batch, units]` → `[batch, units]`
    pub fn forward(&self, u: Tensor<B, 2>) -> Tensor<B, 2> {
        let shape = u.shape();
        let scale = INTERVALS as f64 / (2.0 * RESPONSE_BOUND);
        let position = u * scale + INTERVALS as f64 / 2.0;
        let fixed = position.clone().detach();
        // What is no number has no interval: it takes the first, and is still no number in the end.
        let interval = fixed.floor().clamp(0.0, (INTERVALS - 1) as f64);
        let interval = interval.clone().mask_fill(interval.is_nan(), 0.0);
        let index: Tensor<B, 2, Int> = interval.int();
        let flat: Tensor<B, 1, Int> = index.clone().flatten(0, 1);
        // (Not `select`: on the CPU that of Burn 0.21 takes several times as long as all the rest.)
        let value = self.values.clone().gather(0, flat.clone()).reshape(shape.clone());
        let difference = self.differences.clone().gather(0, flat).reshape(shape);
        value + (position - index.float()) * difference
    }
}
