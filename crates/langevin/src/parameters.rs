//! The parameters as a flat list, block by block, in the order of the paper author's parameter file.
//!
//! ```text
//! input–input nearest neighbours │ input–hidden │ hidden–hidden │ hidden–output │ output–output │ input–output │
//! (visible blocks, if any)       │ biases: inputs, visible, hidden, outputs
//! ```
//!
//! A program in segments is that list once a segment. Blocks between two kinds have the first kind's unit slowest; blocks within a
//! kind run (1,0), (2,0), (2,1), (3,0) …

use crate::{Block, Computer, LangevinError, UnitKind};
use burn::module::Param;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use serde::Serialize;
use std::ops::Range;

use UnitKind::{Hidden, Input, Output, Visible};

/// Order of the coupling blocks in the file.
const COUPLING_ORDER: [(UnitKind, UnitKind); 9] = [
    (Input, Hidden),
    (Hidden, Hidden),
    (Hidden, Output),
    (Output, Output),
    (Input, Output),
    (Input, Visible),
    (Visible, Visible),
    (Visible, Hidden),
    (Visible, Output),
];

/// A named run of parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParameterBlock {
    /// `input-hidden couplings`, `hidden biases`, …
    pub name: String,
    /// Number of parameters; an unordered pair of units counts once.
    pub count: usize,
    /// Whether they enter the forces on the moving units.
    pub acting: bool,
}

/// All parameters of a computer in file order.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterValues {
    /// The blocks, in order.
    pub blocks: Vec<ParameterBlock>,
    /// The values, block after block.
    pub values: Vec<f64>,
}

impl ParameterValues {
    /// Number of parameters.
    pub fn total(&self) -> usize {
        self.values.len()
    }

    /// Number of parameters that enter the forces on the moving units.
    pub fn acting(&self) -> usize {
        self.blocks.iter().filter(|block| block.acting).map(|block| block.count).sum()
    }

    /// Couplings that act and are not zero in all of the program's `segments`, the couplers that hardware for this program needs: those of
    /// frozen inputs, and those among moving units.
    pub fn couplers(&self, segments: usize) -> [usize; 2] {
        let per_segment = self.values.len() / segments.max(1);
        let mut needed = [vec![false; per_segment], vec![false; per_segment]];
        let mut start = 0;
        for block in &self.blocks {
            let name = block.name.rsplit(": ").next().unwrap_or_default();
            if block.acting && name.ends_with("couplings") {
                let among = &mut needed[usize::from(!name.starts_with(Input.name()))];
                let values = self.values[start..start + block.count].iter().enumerate();
                values.filter(|(_, v)| v.abs() > 0.0).for_each(|(i, _)| among[(start + i) % per_segment] = true);
            }
            start += block.count;
        }
        needed.map(|needed| needed.iter().filter(|needed| **needed).count())
    }

    /// The range of a block within the values.
    pub fn range(&self, name: &str) -> Option<Range<usize>> {
        let mut start = 0;
        for block in &self.blocks {
            if block.name == name {
                return Some(start..start + block.count);
            }
            start += block.count;
        }
        None
    }
}

/// Where a parameter lives in the module.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Input–input coupling.
    InputInput(usize),
    /// Row-major index into the input couplings.
    InputCoupling(usize),
    /// Row-major index, below the diagonal, into the couplings.
    Coupling(usize),
    /// Bias of an input.
    InputBias(usize),
    /// Bias of a moving unit.
    Bias(usize),
}

/// The module's tensors on the host.
struct Host {
    input_input: Vec<f64>,
    input_couplings: Vec<f64>,
    couplings: Vec<f64>,
    input_biases: Vec<f64>,
    biases: Vec<f64>,
}

impl Host {
    fn at(&mut self, place: Place) -> &mut f64 {
        match place {
            Place::InputInput(i) => &mut self.input_input[i],
            Place::InputCoupling(i) => &mut self.input_couplings[i],
            Place::Coupling(i) => &mut self.couplings[i],
            Place::InputBias(i) => &mut self.input_biases[i],
            Place::Bias(i) => &mut self.biases[i],
        }
    }
}

impl<B: Backend> Computer<B> {
    /// The parameters in file order, with their blocks; those of a program in segments one segment after the other.
    pub fn parameters(&self) -> ParameterValues {
        let (blocks, places) = self.places();
        let programs = self.programs();
        let named = |segment: usize, block: &ParameterBlock| ParameterBlock {
            name: if programs.len() > 1 {
                format!("segment {}: {}", segment + 1, block.name)
            } else {
                block.name.clone()
            },
            ..block.clone()
        };
        let (mut all, mut values) = (Vec::new(), Vec::with_capacity(programs.len() * places.len()));
        for (segment, program) in programs.iter().enumerate() {
            let mut host = program.host();
            all.extend(blocks.iter().map(|block| named(segment, block)));
            values.extend(places.iter().map(|place| *host.at(*place)));
        }
        ParameterValues { blocks: all, values }
    }

    /// The same computer with the given parameters, in file order.
    ///
    /// # Errors
    /// [`LangevinError::Parameters`] when their number is not this computer's or one is not finite; the message gives
    /// the position.
    pub fn with_parameters(self, values: &[f64]) -> Result<Self, LangevinError> {
        let (_, places) = self.places();
        let segments = self.segments();
        if values.len() != segments * places.len() {
            return Err(LangevinError::Parameters(format!(
                "{} numbers found, but this computer has {}{}; check the layout (inputs, hidden, outputs), the segments and the file",
                values.len(),
                segments * places.len(),
                if segments > 1 { format!(" in {segments} segments") } else { String::new() }
            )));
        }
        if let Some(position) = values.iter().position(|value| !value.is_finite()) {
            return Err(LangevinError::Parameters(format!(
                "number {} of {} is {}; every parameter must be finite",
                position + 1,
                values.len(),
                values[position]
            )));
        }
        let with = |program: Self, values: &[f64]| {
            let mut host = program.host();
            for (place, value) in places.iter().zip(values) {
                *host.at(*place) = *value;
            }
            program.with_host(host)
        };
        if segments == 1 {
            return Ok(with(self, values));
        }
        let programs = self.programs().into_iter().zip(values.chunks(places.len()));
        Self::in_segments(programs.map(|(program, values)| with(program, values)).collect(), self.clock().clone())
    }

    /// Values given in the shapes of the module's tensors (gradients, say), row-major, as a flat list in file order: of one segment.
    ///
    /// Parameters that never act have no place in those tensors and read zero.
    ///
    /// # Shapes
    /// `input_couplings`: `[inputs, moving]` (empty without inputs), `couplings`: `[moving, moving]` of which the part
    /// below the diagonal is read, `biases`: `[moving]`
    ///
    /// # Errors
    /// [`LangevinError::Shape`] when a length is not this computer's.
    pub fn flatten(
        &self,
        input_couplings: Vec<f64>,
        couplings: Vec<f64>,
        biases: Vec<f64>,
    ) -> Result<ParameterValues, LangevinError> {
        let layout = self.layout();
        let (inputs, moving) = (layout.inputs, layout.moving());
        for (what, found, expected) in [
            ("input couplings", input_couplings.len(), inputs * moving),
            ("couplings", couplings.len(), moving * moving),
            ("biases", biases.len(), moving),
        ] {
            if found != expected {
                return Err(LangevinError::Shape { what, expected: vec![expected], found: vec![found] });
            }
        }
        let mut host = Host {
            input_input: vec![0.0; layout.input_input_couplings()],
            input_couplings,
            couplings,
            input_biases: vec![0.0; inputs],
            biases,
        };
        let (blocks, places) = self.places();
        let values = places.into_iter().map(|place| *host.at(place)).collect();
        Ok(ParameterValues { blocks, values })
    }

    fn host(&self) -> Host {
        Host {
            input_input: to_vec(self.input_input_couplings.val()),
            input_couplings: to_vec(self.input_couplings.val()),
            couplings: to_vec(self.couplings.val()),
            input_biases: to_vec(self.input_biases.val()),
            biases: to_vec(self.biases.val()),
        }
    }

    fn with_host(mut self, host: Host) -> Self {
        self.input_input_couplings = replaced(self.input_input_couplings, host.input_input);
        self.input_couplings = replaced(self.input_couplings, host.input_couplings);
        self.couplings = replaced(self.couplings, host.couplings);
        self.input_biases = replaced(self.input_biases, host.input_biases);
        self.biases = replaced(self.biases, host.biases);
        self
    }

    fn places(&self) -> (Vec<ParameterBlock>, Vec<Place>) {
        let layout = self.layout();
        let moving = layout.moving();
        let input_mask = to_vec(self.input_coupling_mask());
        let moving_mask = to_vec(self.coupling_mask());
        let (mut blocks, mut places) = (Vec::new(), Vec::new());
        let mut push = |name: String, acting: bool, found: Vec<Place>| {
            if !found.is_empty() {
                blocks.push(ParameterBlock { name, count: found.len(), acting });
                places.extend(found);
            }
        };
        let grid = (0..layout.input_input_couplings()).map(Place::InputInput).collect();
        push("input-input couplings".to_owned(), false, grid);
        for (a, b) in COUPLING_ORDER {
            let mut found = Vec::new();
            if a == Input {
                for i in layout.range(a) {
                    let row = layout.range(b).map(|j| i * moving + j);
                    found.extend(row.filter(|k| input_mask[*k] != 0.0).map(Place::InputCoupling));
                }
            } else if a == b {
                for i in layout.range(a) {
                    let row = (layout.range(a).start..i).map(|j| i * moving + j);
                    found.extend(row.filter(|k| moving_mask[*k] != 0.0).map(Place::Coupling));
                }
            } else {
                // `b` comes after `a` in the unit index: the pair's place below the diagonal is (b, a).
                for i in layout.range(a) {
                    let row = layout.range(b).map(|j| j * moving + i);
                    found.extend(row.filter(|k| moving_mask[*k] != 0.0).map(Place::Coupling));
                }
            }
            push(format!("{} couplings", Block::between(a, b)), true, found);
        }
        push("input biases".to_owned(), false, (0..layout.inputs).map(Place::InputBias).collect());
        let bias_mask = to_vec(self.bias_mask());
        for kind in [Visible, Hidden, Output] {
            let found: Vec<Place> = layout.range(kind).map(Place::Bias).collect();
            let acting = layout.range(kind).any(|i| bias_mask[i] != 0.0);
            push(format!("{} biases", kind.name()), acting, found);
        }
        (blocks, places)
    }
}

fn to_vec<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

fn replaced<B: Backend, const D: usize>(param: Param<Tensor<B, D>>, values: Vec<f64>) -> Param<Tensor<B, D>> {
    param.map(|old| {
        let requires_grad = old.is_require_grad();
        Tensor::from_data(TensorData::new(values, old.shape()), &old.device()).set_require_grad(requires_grad)
    })
}
