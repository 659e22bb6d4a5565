//! Which units a computer has.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The role of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    /// Frozen: held at the value of the data, it enters the forces on the others.
    Input,
    /// Moving, and shown to the world: the pixels of a generated image.
    Visible,
    /// Moving, internal.
    Hidden,
    /// Moving, read at the observation time.
    Output,
}

impl UnitKind {
    /// All kinds, in the order of the unit index.
    pub const ALL: [Self; 4] = [Self::Input, Self::Visible, Self::Hidden, Self::Output];

    /// The name used in configurations: `input`, `visible`, `hidden`, `output`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Visible => "visible",
            Self::Hidden => "hidden",
            Self::Output => "output",
        }
    }
}

/// Number of units of each kind.
///
/// Moving units are indexed visible first, then hidden, then outputs; frozen inputs have an index of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Frozen inputs.
    pub inputs: usize,
    /// Moving visible units.
    pub visible: usize,
    /// Moving hidden units.
    pub hidden: usize,
    /// Moving output units.
    pub outputs: usize,
    /// Rows and columns when the inputs form a periodic grid. Their nearest-neighbour couplings, two a unit, are then
    /// counted and kept although they never act (paper A counts them).
    pub input_grid: Option<[usize; 2]>,
}

impl Layout {
    /// A classifier: `inputs` frozen, `hidden` and `outputs` moving (paper A: 784, 64, 10).
    pub fn classifier(inputs: usize, hidden: usize, outputs: usize) -> Self {
        Self { inputs, visible: 0, hidden, outputs, input_grid: None }
    }

    /// A generator: `visible` and `hidden` moving, nothing frozen (paper B: 784, 512).
    pub fn generator(visible: usize, hidden: usize) -> Self {
        Self { inputs: 0, visible, hidden, outputs: 0, input_grid: None }
    }

    /// The same layout whose inputs form a periodic grid of `rows` × `columns`.
    #[must_use]
    pub fn with_input_grid(self, rows: usize, columns: usize) -> Self {
        Self { input_grid: Some([rows, columns]), ..self }
    }

    /// Number of moving units.
    pub fn moving(&self) -> usize {
        self.visible + self.hidden + self.outputs
    }

    /// Number of units of a kind.
    pub fn count(&self, kind: UnitKind) -> usize {
        match kind {
            UnitKind::Input => self.inputs,
            UnitKind::Visible => self.visible,
            UnitKind::Hidden => self.hidden,
            UnitKind::Output => self.outputs,
        }
    }

    /// Indices of a kind: among the inputs for [`UnitKind::Input`], among the moving units otherwise.
    pub fn range(&self, kind: UnitKind) -> Range<usize> {
        let start = match kind {
            UnitKind::Input | UnitKind::Visible => 0,
            UnitKind::Hidden => self.visible,
            UnitKind::Output => self.visible + self.hidden,
        };
        start..start + self.count(kind)
    }

    /// Couplings between neighbouring inputs: two a unit of the periodic grid, none without a grid.
    pub fn input_input_couplings(&self) -> usize {
        self.input_grid.map_or(0, |[rows, columns]| 2 * rows * columns)
    }
}
