//! The potential energy landscape of the moving units.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use std::sync::Arc;

/// A potential energy of a batch of states.
pub trait Potential<B: Backend> {
    /// V(x), up to a constant. `[batch, units]` → `[batch]`
    fn energy(&self, x: Tensor<B, 2>) -> Tensor<B, 1>;

    /// ∂V/∂x_i. `[batch, units]` → `[batch, units]`
    fn gradient(&self, x: Tensor<B, 2>) -> Tensor<B, 2>;
}

/// The computer's potential under given frozen inputs:
///
/// ```text
/// V(x)   = Σ_i (J2 x_i² + J4 x_i⁴) + Σ_i d_i x_i + Σ_(ij) J_ij x_i x_j      d_i = b_i + Σ_f J_if x_f
/// ∂_i V  = 2 J2 x_i + 4 J4 x_i³ + d_i + Σ_j J_ij x_j
/// ```
#[derive(Debug, Clone)]
pub struct Landscape<B: Backend> {
    /// Symmetric couplings, zero diagonal, `[units, units]`; none for uncoupled units.
    couplings: Option<Tensor<B, 2>>,
    /// Drive d of every unit, `[batch, units]`.
    drive: Tensor<B, 2>,
    j2: f64,
    j4: f64,
    wells: Option<Arc<[[f64; 2]]>>,
}

impl<B: Backend> Landscape<B> {
    /// The landscape of coupled units.
    ///
    /// # Shapes
    /// `couplings`: `[units, units]`, symmetric with a zero diagonal; `drive`: `[batch, units]`
    pub fn new(couplings: Tensor<B, 2>, drive: Tensor<B, 2>, j2: f64, j4: f64) -> Self {
        Self { couplings: Some(couplings), drive, j2, j4, wells: None }
    }

    /// The landscape of units that do not interact: every unit sees its own well and drive.
    ///
    /// # Shapes
    /// `drive`: `[batch, units]`
    pub fn uncoupled(drive: Tensor<B, 2>, j2: f64, j4: f64) -> Self {
        Self { couplings: None, drive, j2, j4, wells: None }
    }

    /// The same landscape with the self-interactions [J2, J4] of each unit its own, as on a device that is not as it was meant.
    ///
    /// # Panics
    /// When there is not one for each unit.
    #[must_use]
    pub fn with_wells(self, wells: Arc<[[f64; 2]]>) -> Self {
        assert_eq!(wells.len(), self.dims()[1], "wells: one for each unit");
        Self { wells: Some(wells), ..self }
    }

    /// The self-interactions [J2, J4] of each unit, if they differ.
    pub fn wells(&self) -> Option<Arc<[[f64; 2]]>> {
        self.wells.clone()
    }

    /// Batch size and number of moving units.
    pub fn dims(&self) -> [usize; 2] {
        self.drive.dims()
    }

    /// The device it lives on.
    pub fn device(&self) -> B::Device {
        self.drive.device()
    }

    /// Quadratic self-interaction J2.
    pub fn j2(&self) -> f64 {
        self.j2
    }

    /// Quartic self-interaction J4.
    pub fn j4(&self) -> f64 {
        self.j4
    }

    /// Drive d of every unit, `[batch, units]`.
    pub fn drive(&self) -> Tensor<B, 2> {
        self.drive.clone()
    }

    /// Symmetric couplings, `[units, units]`, if the units interact.
    pub fn couplings(&self) -> Option<Tensor<B, 2>> {
        self.couplings.clone()
    }

    /// ∂V/∂x_i at several states of each replica at once.
    ///
    /// # Shapes
    /// `[times, batch, units]` → `[times, batch, units]`
    pub fn gradient_at_times(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let [times, batch, units] = x.dims();
        let mut gradient = self.self_force(x.clone()) + self.drive.clone().unsqueeze();
        if let Some(couplings) = &self.couplings {
            let interaction = x.reshape([times * batch, units]).matmul(couplings.clone());
            gradient = gradient + interaction.reshape([times, batch, units]);
        }
        gradient
    }

    /// 2 J2 x + 4 J4 x³
    fn self_force<const D: usize>(&self, x: Tensor<B, D>) -> Tensor<B, D> {
        let square = x.clone() * x.clone();
        match self.well_rows() {
            Some([j2, j4]) => x * (square * (j4.unsqueeze() * 4.0) + j2.unsqueeze() * 2.0),
            None => x * (square * (4.0 * self.j4) + 2.0 * self.j2),
        }
    }

    /// J2 and J4 of each unit, `[units]`, if they differ.
    fn well_rows(&self) -> Option<[Tensor<B, 1>; 2]> {
        let wells = self.wells.as_ref()?;
        Some([0, 1].map(|which| {
            let values: Vec<f64> = wells.iter().map(|well| well[which]).collect();
            Tensor::from_data(TensorData::new(values, [wells.len()]), &self.device())
        }))
    }

    /// V(x) by an operation of the backend that knows one J2 and J4 for all units.
    pub(crate) fn energy_by(
        &self,
        x: Tensor<B, 2>,
        uniform: impl FnOnce(Tensor<B, 2>, [f64; 2]) -> Tensor<B, 1>,
    ) -> Tensor<B, 1> {
        let Some([j2, j4]) = self.well_rows() else { return uniform(x, [self.j2, self.j4]) };
        let square = x.clone() * x.clone();
        let own = square.clone() * (square * j4.unsqueeze() + j2.unsqueeze());
        own.sum_dim(1).squeeze_dim::<1>(1) + uniform(x, [0.0, 0.0])
    }
}

impl<B: Backend> Potential<B> for Landscape<B> {
    fn energy(&self, x: Tensor<B, 2>) -> Tensor<B, 1> {
        let raw = |tensor: Tensor<B, 2>| tensor.into_primitive().tensor();
        let couplings = self.couplings.clone().map(raw);
        self.energy_by(x, |x, own| {
            let energies = kernels::reference::energies::<B>(couplings, raw(self.drive.clone()), raw(x), own);
            Tensor::from_primitive(TensorPrimitive::Float(energies))
        })
    }

    fn gradient(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let mut gradient = self.self_force(x.clone()) + self.drive.clone();
        if let Some(couplings) = &self.couplings {
            gradient = gradient + x.matmul(couplings.clone());
        }
        gradient
    }
}
