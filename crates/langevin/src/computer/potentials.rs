//! The potentials of a computer: what its program makes of its units, once the inputs are frozen.

use super::Computer;
use crate::{Landscape, LangevinBackend, LangevinError, Protocol, input_drive};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

impl<B: LangevinBackend> Computer<B> {
    /// The potential of the moving units once the inputs are frozen at `inputs`; their drive b_i + Σ_f J_if x_f is
    /// computed here, once.
    ///
    /// # Shapes
    /// `inputs`: `[batch, inputs]`
    ///
    /// # Errors
    /// [`LangevinError::Shape`] when the inputs are not those of the layout; [`LangevinError::Segments`] when the program has
    /// several.
    pub fn landscape(&self, inputs: Tensor<B, 2>) -> Result<Landscape<B>, LangevinError> {
        self.check_constant()?;
        self.check_inputs(&inputs)?;
        let drive = input_drive(inputs, self.masked_input_couplings()) + self.masked_biases().unsqueeze();
        Ok(self.coupled(drive))
    }

    /// [`Computer::landscape`] or, without inputs, [`Computer::free_landscape`].
    ///
    /// # Errors
    /// [`LangevinError::Shape`] when inputs are given that are not those of the layout, or none where it has some;
    /// [`LangevinError::Segments`] when the program has several.
    pub fn landscape_of(&self, inputs: Option<Tensor<B, 2>>, batch: usize) -> Result<Landscape<B>, LangevinError> {
        match inputs {
            Some(inputs) => self.landscape(inputs),
            None => self.free_landscape(batch),
        }
    }

    /// The potentials of all segments once the inputs are frozen, `[batch, inputs]`; without inputs, of `batch` copies.
    ///
    /// # Errors
    /// As [`Computer::landscape_of`] of one segment.
    pub fn protocol(
        &self,
        inputs: Option<Tensor<B, 2>>,
        batch: usize,
    ) -> Result<Protocol<Landscape<B>>, LangevinError> {
        let programs = self.programs();
        let landscapes = match inputs {
            Some(inputs) if programs.len() > 1 => {
                programs[0].check_inputs(&inputs)?;
                // The products of all segments at once: the inputs are read once.
                let couplings = programs.iter().map(Self::masked_input_couplings).collect();
                let drives = input_drive(inputs, Tensor::cat(couplings, 1));
                let units = self.layout().moving();
                let of = |(segment, program): (usize, &Self)| {
                    let drive = drives.clone().narrow(1, segment * units, units);
                    program.coupled(drive + program.masked_biases().unsqueeze())
                };
                programs.iter().enumerate().map(of).collect()
            }
            inputs => programs.iter().map(|p| p.landscape_of(inputs.clone(), batch)).collect::<Result<_, _>>()?,
        };
        Protocol::new(landscapes, self.clock.clone())
    }
}

impl<B: Backend> Computer<B> {
    /// The potential of `batch` copies of a computer without frozen inputs.
    ///
    /// # Errors
    /// [`LangevinError::Shape`] when the layout has inputs; [`LangevinError::Segments`] when the program has several.
    pub fn free_landscape(&self, batch: usize) -> Result<Landscape<B>, LangevinError> {
        self.check_constant()?;
        if self.inputs > 0 {
            return Err(LangevinError::Shape {
                what: "frozen inputs",
                expected: vec![batch, self.inputs],
                found: vec![batch, 0],
            });
        }
        let drive = self.masked_biases().unsqueeze().repeat_dim(0, batch);
        Ok(self.coupled(drive))
    }

    /// The potential of `batch` copies of the same units without couplings and biases: their own wells, in which a
    /// generation is prepared (paper B).
    pub fn own_wells(&self, batch: usize) -> Landscape<B> {
        let drive = Tensor::zeros([batch, self.layout().moving()], &self.device());
        Landscape::in_wells(None, drive, self.wells.clone())
    }

    fn coupled(&self, drive: Tensor<B, 2>) -> Landscape<B> {
        Landscape::in_wells(Some(self.symmetric_couplings()), drive, self.wells.clone())
    }

    fn check_inputs(&self, inputs: &Tensor<B, 2>) -> Result<(), LangevinError> {
        let [batch, found] = inputs.dims();
        if found == self.inputs && found > 0 {
            return Ok(());
        }
        Err(LangevinError::Shape {
            what: "frozen inputs",
            expected: vec![batch, self.inputs],
            found: vec![batch, found],
        })
    }
}
