//! The thermodynamic computer as a Burn module.

mod potentials;
mod program;
mod values;

use crate::{Clock, Connectivity, LangevinError, Layout, UnitKind, Well, Wells};
use burn::config::Config;
use burn::module::{Module, Param, ParamId};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use program::Segment;

pub use values::ProgramValues;

/// Everything about a computer but its parameters.
///
/// ```
/// use burn::tensor::Tensor;
/// use burn_ndarray::{NdArray, NdArrayDevice};
/// use thermograd_langevin::ComputerConfig;
///
/// let device = NdArrayDevice::Cpu;
/// // Two inputs, two hidden units, one output: 4 + 2 couplings with the inputs, 1 + 2 among the others, 3 biases.
/// let computer = ComputerConfig::classifier(2, 2, 1).init::<NdArray>(&device);
/// let total = computer.parameters().total();
/// let program: Vec<f64> = (0..total).map(|i| i as f64).collect();
/// let computer = computer.with_parameters(&program)?;
/// assert_eq!(computer.parameters().values, program);
/// // A potential for each row of inputs.
/// assert_eq!(computer.landscape(Tensor::ones([5, 2], &device))?.dims(), [5, 3]);
/// # Ok::<(), thermograd_langevin::LangevinError>(())
/// ```
#[derive(Config, Debug)]
pub struct ComputerConfig {
    /// Units of each kind.
    pub layout: Layout,
    /// Coupled pairs.
    pub connectivity: Connectivity,
    /// Quadratic self-interaction J2.
    #[config(default = 1.0)]
    pub j2: f64,
    /// Quartic self-interaction J4.
    #[config(default = 1.0)]
    pub j4: f64,
    /// Whether visible units have biases; without, theirs are zero and never act (paper B).
    #[config(default = true)]
    pub visible_biases: bool,
    /// When the program changes while the computer runs; by default never.
    #[config(default = "Clock::constant()")]
    pub clock: Clock,
}

impl ComputerConfig {
    /// Paper A's computer: frozen inputs, hidden and output units, J2 = J4 = 1.
    pub fn classifier(inputs: usize, hidden: usize, outputs: usize) -> Self {
        Self::new(Layout::classifier(inputs, hidden, outputs), Connectivity::classifier())
    }

    /// Paper B's computer: visible and hidden units, J2 = J4 = 1, no biases of the visible units.
    pub fn generator(visible: usize, hidden: usize) -> Self {
        Self::new(Layout::generator(visible, hidden), Connectivity::generator()).with_visible_biases(false)
    }

    /// A computer of this kind whose parameters are all zero, as both papers start.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Computer<B> {
        let layout = self.layout;
        let (n, m) = (layout.inputs, layout.moving());
        let zeros = |rows, columns| Param::from_tensor(Tensor::zeros([rows, columns], device));
        let mask =
            |values: Vec<f32>, rows, columns| Tensor::from_data(TensorData::new(values, [rows, columns]), device);
        // Burn has no empty tensors on every backend: a computer without inputs keeps one masked row.
        let rows = n.max(1);
        let mut input_mask = self.connectivity.input_mask(&layout);
        input_mask.resize(rows * m, 0.0);
        let mut bias_mask = vec![1.0f32; m];
        if !self.visible_biases {
            bias_mask[layout.range(UnitKind::Visible)].fill(0.0);
        }
        let inert = |length: usize| {
            Param::initialized(ParamId::new(), Tensor::zeros([length.max(1)], device).set_require_grad(false))
        };
        let segment = || Segment {
            input_couplings: zeros(rows, m),
            couplings: zeros(m, m),
            biases: Param::from_tensor(Tensor::zeros([m], device)),
            input_input_couplings: inert(layout.input_input_couplings()),
            input_biases: inert(n),
        };
        let first = segment();
        Computer {
            input_couplings: first.input_couplings,
            couplings: first.couplings,
            biases: first.biases,
            input_input_couplings: first.input_input_couplings,
            input_biases: first.input_biases,
            input_mask: mask(input_mask, rows, m),
            moving_mask: mask(self.connectivity.moving_mask(&layout), m, m),
            bias_mask: Tensor::from_data(TensorData::new(bias_mask, [m]), device),
            inputs: n,
            input_grid: layout.input_grid.unwrap_or([0, 0]),
            visible: layout.visible,
            hidden: layout.hidden,
            outputs: layout.outputs,
            later: (1..self.clock.segments()).map(|_| segment()).collect(),
            wells: self.well().into(),
            clock: self.clock.clone(),
        }
    }

    /// The well of every unit.
    pub fn well(&self) -> Well {
        Well::new(self.j2, self.j4)
    }
}

/// The thermodynamic computer: couplings J_ij, biases b_i and the layout of its units.
///
/// ```text
/// V(x) = Σ_i (J2 x_i² + J4 x_i⁴) + Σ_i b_i x_i + Σ_(ij) J_ij x_i x_j
/// ```
///
/// Couplings are symmetric and zero on the diagonal by construction: of the raw `[moving, moving]` matrix only the
/// part below the diagonal, inside the connectivity, acts, so that its gradient is ∂S/∂J_ij of the unordered pair.
///
/// The program may change while the computer runs: it then has [segments](Computer::in_segments), each with couplings and biases of
/// its own, and the fields below are those of the first segment.
#[derive(Module, Debug)]
pub struct Computer<B: Backend> {
    /// Raw couplings of frozen inputs to moving units, `[inputs, moving]`; those outside the connectivity never act.
    pub input_couplings: Param<Tensor<B, 2>>,
    /// Raw couplings among moving units, `[moving, moving]`; only the coupled pairs below the diagonal act.
    pub couplings: Param<Tensor<B, 2>>,
    /// Raw biases of the moving units, `[moving]`; those of visible units may be left out, and then never act.
    pub biases: Param<Tensor<B, 1>>,
    /// Couplings between neighbouring inputs; they never act, and are kept for export.
    pub input_input_couplings: Param<Tensor<B, 1>>,
    /// Biases of the inputs; they never act, and are kept for export.
    pub input_biases: Param<Tensor<B, 1>>,
    input_mask: Tensor<B, 2>,
    moving_mask: Tensor<B, 2>,
    bias_mask: Tensor<B, 1>,
    inputs: usize,
    input_grid: [usize; 2],
    visible: usize,
    hidden: usize,
    outputs: usize,
    later: Vec<Segment<B>>,
    #[module(skip)]
    wells: Wells,
    #[module(skip)]
    clock: Clock,
}

impl<B: Backend> Computer<B> {
    /// Units of each kind.
    pub fn layout(&self) -> Layout {
        Layout {
            inputs: self.inputs,
            visible: self.visible,
            hidden: self.hidden,
            outputs: self.outputs,
            input_grid: (self.input_grid != [0, 0]).then_some(self.input_grid),
        }
    }

    /// The device its parameters live on.
    pub fn device(&self) -> B::Device {
        self.biases.val().device()
    }

    /// 1 where an input and a moving unit are coupled, `[inputs, moving]`.
    pub fn input_coupling_mask(&self) -> Tensor<B, 2> {
        self.input_mask.clone()
    }

    /// 1 below the diagonal where two moving units are coupled, `[moving, moving]`.
    pub fn coupling_mask(&self) -> Tensor<B, 2> {
        self.moving_mask.clone()
    }

    /// 1 where a moving unit has a bias, `[moving]`.
    pub fn bias_mask(&self) -> Tensor<B, 1> {
        self.bias_mask.clone()
    }

    /// Biases of the moving units, zero where a unit has none, `[moving]`.
    pub fn masked_biases(&self) -> Tensor<B, 1> {
        self.biases.val() * self.bias_mask.clone()
    }

    /// Symmetric couplings J of the moving units, zero on the diagonal.
    ///
    /// # Shapes
    /// `[moving, moving]`
    pub fn symmetric_couplings(&self) -> Tensor<B, 2> {
        let lower = self.couplings.val() * self.moving_mask.clone();
        lower.clone() + lower.transpose()
    }

    /// Couplings of the frozen inputs to the moving units, zero outside the connectivity.
    ///
    /// # Shapes
    /// `[inputs, moving]` (one zero row when there are no inputs)
    pub fn masked_input_couplings(&self) -> Tensor<B, 2> {
        self.input_couplings.val() * self.input_mask.clone()
    }

    /// The same program on hardware whose moving units have these wells. They belong to the hardware and not to the program: no
    /// record of the module holds them.
    ///
    /// # Errors
    /// [`LangevinError::Shape`] when there is not one for each moving unit.
    pub fn with_wells(self, wells: impl Into<Wells>) -> Result<Self, LangevinError> {
        let (wells, units) = (wells.into(), self.layout().moving());
        if wells.fit(units) {
            return Ok(Self { wells, ..self });
        }
        Err(LangevinError::Shape { what: "wells", expected: vec![units], found: vec![wells.as_slice().len()] })
    }

    /// The wells of the moving units.
    pub fn wells(&self) -> &Wells {
        &self.wells
    }

    /// States of the visible units within a state of all moving units.
    ///
    /// # Shapes
    /// `[batch, moving]` → `[batch, visible]`
    pub fn visible_of(&self, state: Tensor<B, 2>) -> Tensor<B, 2> {
        state.narrow(1, 0, self.visible)
    }

    /// States of the output units within a state of all moving units.
    ///
    /// # Shapes
    /// `[batch, moving]` → `[batch, outputs]`
    pub fn outputs_of(&self, state: Tensor<B, 2>) -> Tensor<B, 2> {
        let start = self.visible + self.hidden;
        state.narrow(1, start, self.outputs)
    }
}
