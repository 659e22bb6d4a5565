//! The potential energy landscape of the moving units.

use crate::potential::{UNPHYSICAL, lift, raw};
use crate::{LangevinError, Potential, Well, Wells};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};

/// The computer's potential under given frozen inputs:
///
/// ```text
/// V(x)   = Σ_i (J2 x_i² + J4 x_i⁴) + Σ_i d_i x_i + Σ_(ij) J_ij x_i x_j      d_i = b_i + Σ_f J_if x_f
/// ∂_i V  = 2 J2 x_i + 4 J4 x_i³ + d_i + Σ_j J_ij x_j
/// ```
///
/// J2 and J4 are those of one [`Well`] for all units, or of one for each.
#[derive(Debug, Clone)]
pub struct Landscape<B: Backend> {
    /// Symmetric couplings, zero diagonal, `[units, units]`; none for uncoupled units.
    couplings: Option<Tensor<B, 2>>,
    /// Drive d of every unit, `[batch, units]`.
    drive: Tensor<B, 2>,
    wells: Wells,
}

impl<B: Backend> Landscape<B> {
    /// The landscape of coupled units that have one well.
    ///
    /// # Shapes
    /// `couplings`: `[units, units]`, symmetric with a zero diagonal; `drive`: `[batch, units]`
    pub fn new(couplings: Tensor<B, 2>, drive: Tensor<B, 2>, well: Well) -> Self {
        Self { couplings: Some(couplings), drive, wells: well.into() }
    }

    /// The landscape of units that do not interact: every unit sees the well and its own drive.
    ///
    /// # Shapes
    /// `drive`: `[batch, units]`
    pub fn uncoupled(drive: Tensor<B, 2>, well: Well) -> Self {
        Self { couplings: None, drive, wells: well.into() }
    }

    /// A landscape whose wells are known to be one for each unit.
    pub(crate) fn in_wells(couplings: Option<Tensor<B, 2>>, drive: Tensor<B, 2>, wells: Wells) -> Self {
        Self { couplings, drive, wells }
    }

    /// The same landscape with other wells, as on hardware that is not as it was meant.
    ///
    /// # Errors
    /// [`LangevinError::Shape`] when there is not one for each unit.
    pub fn with_wells(self, wells: impl Into<Wells>) -> Result<Self, LangevinError> {
        let (wells, units) = (wells.into(), self.dims()[1]);
        if wells.fit(units) {
            return Ok(Self { wells, ..self });
        }
        Err(LangevinError::Shape { what: "wells", expected: vec![units], found: vec![wells.as_slice().len()] })
    }

    /// The same couplings and wells under another drive, of as many replicas as it has rows.
    ///
    /// # Shapes
    /// `drive`: `[batch, units]`
    #[must_use]
    pub fn with_drive(self, drive: Tensor<B, 2>) -> Self {
        Self { drive, ..self }
    }

    /// Replicas and moving units, `[batch, units]`.
    pub fn dims(&self) -> [usize; 2] {
        self.drive.dims()
    }

    /// The backend device it lives on.
    pub fn device(&self) -> B::Device {
        self.drive.device()
    }

    /// The units' wells.
    pub fn wells(&self) -> &Wells {
        &self.wells
    }

    /// Drive d of every unit, `[batch, units]`.
    pub fn drive(&self) -> Tensor<B, 2> {
        self.drive.clone()
    }

    /// Symmetric couplings, `[units, units]`, if the units interact.
    pub fn couplings(&self) -> Option<Tensor<B, 2>> {
        self.couplings.clone()
    }

    /// 2 J2 x + 4 J4 x³
    fn self_force<const D: usize>(&self, x: Tensor<B, D>) -> Tensor<B, D> {
        let square = x.clone() * x.clone();
        match &self.wells {
            Wells::All(well) => x * (square * (4.0 * well.j4) + 2.0 * well.j2),
            Wells::Each(wells) => {
                let [j2, j4] = self.rows(wells);
                x * (square * (j4.unsqueeze() * 4.0) + j2.unsqueeze() * 2.0)
            }
        }
    }

    /// J2 and J4 of each unit, `[units]`.
    fn rows(&self, wells: &[Well]) -> [Tensor<B, 1>; 2] {
        [|well: &Well| well.j2, |well: &Well| well.j4].map(|constant| {
            let values: Vec<f64> = wells.iter().map(constant).collect();
            Tensor::from_data(TensorData::new(values, [wells.len()]), &self.device())
        })
    }

    /// V(x) by an operation of the backend that knows one well for all units.
    pub(crate) fn energy_by(
        &self,
        x: Tensor<B, 2>,
        shared: impl FnOnce(Tensor<B, 2>, Well) -> Tensor<B, 1>,
    ) -> Tensor<B, 1> {
        match &self.wells {
            Wells::All(well) => shared(x, *well),
            Wells::Each(wells) => {
                let [j2, j4] = self.rows(wells);
                let square = x.clone() * x.clone();
                let own = square.clone() * (square * j4.unsqueeze() + j2.unsqueeze());
                own.sum_dim(1).squeeze_dim::<1>(1) + shared(x, Well::new(0.0, 0.0))
            }
        }
    }
}

impl<B: AutodiffBackend> Landscape<B> {
    /// The same landscape off the graph of automatic differentiation.
    pub fn inner(self) -> Landscape<B::InnerBackend> {
        let Self { couplings, drive, wells } = self;
        Landscape { couplings: couplings.map(Tensor::inner), drive: drive.inner(), wells }
    }
}

impl<B: Backend> Potential<B> for Landscape<B> {
    fn dims(&self) -> [usize; 2] {
        self.drive.dims()
    }

    fn device(&self) -> B::Device {
        self.drive.device()
    }

    fn energy(&self, x: Tensor<B, 2>) -> Tensor<B, 1> {
        let couplings = self.couplings.clone().map(raw);
        self.energy_by(x, |x, well| {
            lift(kernels::reference::energies::<B>(couplings, raw(self.drive.clone()), raw(x), well))
        })
    }

    fn gradient(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let mut gradient = self.self_force(x.clone()) + self.drive.clone();
        if let Some(couplings) = &self.couplings {
            gradient = gradient + x.matmul(couplings.clone());
        }
        gradient
    }

    fn gradient_at_times(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let [times, batch, units] = x.dims();
        let mut gradient = self.self_force(x.clone()) + self.drive.clone().unsqueeze();
        if let Some(couplings) = &self.couplings {
            let interaction = x.reshape([times * batch, units]).matmul(couplings.clone());
            gradient = gradient + interaction.reshape([times, batch, units]);
        }
        gradient
    }

    /// Beyond it the self-force alone throws a unit further out at every step.
    fn bounds(&self, rate: f64) -> Vec<f64> {
        self.wells.as_slice().iter().map(|well| well.divergence_bound(rate).min(UNPHYSICAL)).collect()
    }

    fn kernel(&self) -> Option<&Landscape<B>> {
        Some(self)
    }
}
