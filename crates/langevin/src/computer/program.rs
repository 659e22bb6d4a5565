//! Programs in segments: couplings and biases that change while the computer runs.

use super::Computer;
use crate::{Clock, LangevinError};
use burn::module::{Module, Param, ParamId};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// Couplings and biases of a segment after the first, in the shapes of the computer's own.
#[derive(Module, Debug)]
pub(super) struct Segment<B: Backend> {
    pub(super) input_couplings: Param<Tensor<B, 2>>,
    pub(super) couplings: Param<Tensor<B, 2>>,
    pub(super) biases: Param<Tensor<B, 1>>,
    pub(super) input_input_couplings: Param<Tensor<B, 1>>,
    pub(super) input_biases: Param<Tensor<B, 1>>,
}

impl<B: Backend> Computer<B> {
    /// A computer whose program is that of each of these in turn: the units of the first, whose wells and connectivity they share.
    ///
    /// ```
    /// use burn_ndarray::{NdArray, NdArrayDevice};
    /// use thermograd_langevin::{Clock, Computer, ComputerConfig};
    ///
    /// let still = ComputerConfig::classifier(2, 2, 1).init::<NdArray>(&NdArrayDevice::Cpu);
    /// let total = still.parameters().total();
    /// let other = still.clone().with_parameters(&vec![0.5; total])?;
    /// let computer = Computer::in_segments(vec![still, other], Clock::equal(2)?)?;
    /// assert_eq!(computer.segments(), 2);
    /// assert_eq!(computer.parameters().total(), 2 * total);
    /// assert_eq!(computer.segment(1)?.parameters().values, vec![0.5; total]);
    /// # Ok::<(), thermograd_langevin::LangevinError>(())
    /// ```
    ///
    /// # Errors
    /// [`LangevinError::Clock`] when the clock has another number of segments; [`LangevinError::Segments`] when one of the programs
    /// has segments itself; [`LangevinError::Shape`] when their units are not the same.
    pub fn in_segments(programs: Vec<Self>, clock: Clock) -> Result<Self, LangevinError> {
        if programs.len() != clock.segments() {
            return Err(LangevinError::Clock(format!(
                "{} programs for {} segments; give one for each",
                programs.len(),
                clock.segments()
            )));
        }
        let (mut first, mut later): (Option<Self>, Vec<Segment<B>>) = (None, Vec::new());
        for program in programs {
            program.check_constant()?;
            let Some(first) = &first else {
                first = Some(program);
                continue;
            };
            if first.layout() != program.layout() {
                let shape = |computer: &Self| vec![computer.inputs, computer.layout().moving()];
                return Err(LangevinError::Shape {
                    what: "units of a program",
                    expected: shape(first),
                    found: shape(&program),
                });
            }
            // Tensors of their own: a program that stands in two segments is trained in each for itself.
            later.push(Segment {
                input_couplings: own(&program.input_couplings),
                couplings: own(&program.couplings),
                biases: own(&program.biases),
                input_input_couplings: own(&program.input_input_couplings),
                input_biases: own(&program.input_biases),
            });
        }
        match first {
            Some(first) => Ok(Self { later, clock, ..first }),
            None => Err(LangevinError::Clock("no program; give one for each segment".to_owned())),
        }
    }

    /// The same program in every segment of the clock: where a program in time starts from.
    ///
    /// # Errors
    /// [`LangevinError::Segments`] when it has several already.
    pub fn repeated(self, clock: Clock) -> Result<Self, LangevinError> {
        let programs = vec![self; clock.segments()];
        Self::in_segments(programs, clock)
    }

    /// Segments of the program: 1 for one that does not change.
    pub fn segments(&self) -> usize {
        self.clock.segments()
    }

    /// When the program changes.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The computer with the program of segment `segment` alone, counted from 0. It shares the parameters: gradients of what is made
    /// of it are gradients of this one's.
    ///
    /// # Errors
    /// [`LangevinError::Clock`] when there is none of this number.
    pub fn segment(&self, segment: usize) -> Result<Self, LangevinError> {
        if segment >= self.segments() {
            return Err(LangevinError::Clock(format!(
                "segment number {segment} of a program of {}, which are counted from 0",
                self.segments()
            )));
        }
        let mut computer = self.clone();
        let mut later = std::mem::take(&mut computer.later);
        computer.clock = Clock::constant();
        if let Some(index) = segment.checked_sub(1) {
            let found = later.swap_remove(index);
            computer.input_couplings = found.input_couplings;
            computer.couplings = found.couplings;
            computer.biases = found.biases;
            computer.input_input_couplings = found.input_input_couplings;
            computer.input_biases = found.input_biases;
        }
        Ok(computer)
    }

    /// The program of each segment, as [`Computer::segment`] gives it.
    pub fn programs(&self) -> Vec<Self> {
        (0..self.segments()).filter_map(|segment| self.segment(segment).ok()).collect()
    }

    /// Refuses a program of several segments where one potential is asked for.
    pub(super) fn check_constant(&self) -> Result<(), LangevinError> {
        match self.segments() {
            1 => Ok(()),
            segments => Err(LangevinError::Segments { segments }),
        }
    }
}

/// The same values as a parameter of its own.
fn own<B: Backend, const D: usize>(param: &Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
    let mut own = param.clone().map(|value| {
        let trained = value.is_require_grad();
        value.detach().set_require_grad(trained)
    });
    own.id = ParamId::new();
    own
}
