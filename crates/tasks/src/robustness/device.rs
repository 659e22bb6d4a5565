//! A computer as a device realises it, which is not quite as it was told.

use crate::TaskError;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use langevin::{
    Bath, Computer, CounterNoise, EulerMaruyama, Landscape, LangevinBackend, LangevinError, Outcome, Protocol,
    Simulation, UnitKind, fill_standard_normal, replica_id, stream,
};
use learning::{HardwareModel, ProgramLimits, Random};
use runs::Axis;

/// A device: its program, its dynamics, and what acts on its units beside them.
#[derive(Debug, Clone)]
pub struct Device<B: Backend> {
    computer: Computer<B>,
    simulation: Simulation,
    /// What is added to the bias of every moving unit in every segment, `[moving]`.
    offset: Option<Tensor<B, 1>>,
    stuck: Stuck,
    /// Standard deviation of the noise on the inputs, in units of their root mean square.
    input_noise: f64,
}

/// Moving units that are held at a constant.
#[derive(Debug, Clone, Default)]
struct Stuck {
    units: Vec<usize>,
    at: f64,
}

impl<B: LangevinBackend> Device<B> {
    /// A device that is as it was told.
    pub fn undisturbed(computer: Computer<B>, simulation: Simulation) -> Self {
        Self { computer, simulation, offset: None, stuck: Stuck::default(), input_noise: 0.0 }
    }

    /// Device number `number` of an undisturbed one, disturbed to `level` along `axis`:
    ///
    /// ```text
    /// bits, density   the program rounded, or without its smallest couplings (ProgramLimits), in every segment
    /// mismatch        θ → θ (1 + m ε), J2 → J2 e^(m ε), J4 → J4 e^(m ε)       (HardwareModel::relative; wells are errors of the units)
    /// offset          b_i → b_i + a ε_i of every moving unit, in every segment; couplers have none
    /// kt              kT → level · kT
    /// clock           Δt → (1 + x) Δt, the number of steps as it was: every segment is stretched alike, t_f → (1 + x) t_f exactly
    /// stuck           x_i = at, for so many hidden units: without couplings, its neighbours' biases b_j → b_j + J_ij at
    /// input noise     of the frozen inputs, as they are read in: Device::inputs
    /// ```
    ///
    /// ε ~ N(0, 1) of the device: the same at all levels, so that levels differ by the level alone. Of stuck units, those of a level are
    /// among those of a higher one. A stretched time step has the integration error of a step of that length.
    ///
    /// # Errors
    /// [`TaskError::Langevin`] for a level out of range.
    pub fn disturbed(&self, axis: Axis, level: f64, number: u64, stuck_at: f64) -> Result<Self, TaskError> {
        let mut device = self.clone();
        let EulerMaruyama { bath, time_step } = self.simulation.dynamics;
        match axis {
            Axis::Bits => {
                let limits = ProgramLimits { bits: Some(level as u32), density: None, neighbours: None };
                device.computer = limits.fit(&self.computer)?;
            }
            Axis::Density => {
                let limits = ProgramLimits { bits: None, density: Some(level), neighbours: None };
                device.computer = limits.fit(&self.computer)?;
            }
            Axis::Mismatch => device.computer = mismatched(&self.computer, level, number)?,
            Axis::Offset => {
                let mut normals = vec![0f32; self.computer.layout().moving()];
                fill_standard_normal(stream(number, "offsets"), 0, &[0], normals.len(), &mut normals);
                let normals = Tensor::from_data(TensorData::from(normals.as_slice()), &self.computer.device());
                device.offset = Some(normals * level);
            }
            Axis::Kt => {
                let bath = Bath::new(bath.kt * level, bath.mobility)?;
                device.simulation.dynamics = EulerMaruyama::new(bath, time_step)?;
            }
            Axis::Clock => {
                device.simulation.dynamics = EulerMaruyama::new(bath, time_step * (1.0 + level))?;
            }
            Axis::Stuck => {
                let hidden = self.computer.layout().range(UnitKind::Hidden);
                let order = Random::new(number, "stuck", 0).permutation(hidden.len());
                let units: Vec<usize> = order.iter().take(level as usize).map(|i| hidden.start + i).collect();
                device.computer = decoupled(&self.computer, &units, stuck_at)?;
                device.stuck = Stuck { units, at: stuck_at };
            }
            Axis::InputNoise => device.input_noise = level,
        }
        Ok(device)
    }

    /// Its program and its wells.
    pub fn computer(&self) -> &Computer<B> {
        &self.computer
    }

    /// Its dynamics.
    pub fn simulation(&self) -> Simulation {
        self.simulation
    }

    /// What is added to the bias of every moving unit, `[moving]`, if anything is.
    pub fn offset(&self) -> Option<Tensor<B, 1>> {
        self.offset.clone()
    }

    /// Moving units that are held at a constant.
    pub fn stuck_units(&self) -> &[usize] {
        &self.stuck.units
    }

    /// The inputs of some examples as the device has them under noise seed number `replica`: with the noise frozen for the trajectory.
    ///
    /// # Shapes
    /// `inputs`: `[batch, inputs]`, of root mean square `rms`; `examples`: `[batch]`
    pub fn inputs(
        &self,
        inputs: Tensor<B, 2>,
        rms: f64,
        examples: &[usize],
        [seed, replica]: [u64; 2],
    ) -> Tensor<B, 2> {
        if self.input_noise == 0.0 {
            return inputs;
        }
        let ([batch, width], device) = (inputs.dims(), inputs.device());
        let rows: Vec<u64> = examples.iter().map(|example| replica_id(*example, replica as usize)).collect();
        let mut normals = vec![0f32; batch * width];
        fill_standard_normal(stream(seed, "input noise"), 0, &rows, width, &mut normals);
        inputs + Tensor::from_data(TensorData::new(normals, [batch, width]), &device) * (self.input_noise * rms)
    }

    /// Runs a batch. Heat and states are those of the device: with its offsets, and without the motion of stuck units, which have none.
    ///
    /// # Shapes
    /// `start`: `[batch, moving]`
    ///
    /// # Errors
    /// As [`Simulation::run_protocol`].
    pub fn run(
        &self,
        protocol: Protocol<Landscape<B>>,
        start: Tensor<B, 2>,
        noise: &CounterNoise,
    ) -> Result<Outcome<B>, LangevinError> {
        let protocol = match &self.offset {
            None => protocol,
            Some(offset) => {
                let shifted = |landscape: &Landscape<B>| {
                    let drive = landscape.drive() + offset.clone().unsqueeze();
                    landscape.clone().with_drive(drive)
                };
                let potentials = protocol.potentials().iter().map(shifted).collect();
                Protocol::new(potentials, protocol.clock().clone())?
            }
        };
        if self.stuck.units.is_empty() {
            return self.simulation.run_protocol(&protocol, start, noise);
        }
        // Without couplings they move for themselves, in their own wells from 0 on: what they gain there is what their heat lacks.
        let moving: Vec<f32> = self.mask(0.0, 1.0);
        let row = |values: Vec<f32>| {
            Tensor::<B, 1>::from_data(TensorData::from(values.as_slice()), &start.device()).unsqueeze::<2>()
        };
        let moving = row(moving);
        let outcome = self.simulation.run_protocol(&protocol, start.clone() * moving.clone(), noise)?;
        let mut heat = outcome.heat;
        for unit in &self.stuck.units {
            let well = self.computer.wells().of(*unit);
            let x = outcome.state.clone().narrow(1, *unit, 1);
            let square = x.clone() * x;
            let energy = square.clone() * (square * well.j4 + well.j2);
            heat = heat + energy.squeeze_dim::<1>(1);
        }
        let state = outcome.state * moving + row(self.mask(self.stuck.at as f32, 0.0));
        Ok(Outcome { state, heat, work: outcome.work })
    }

    /// One value for stuck units, another for the others, `[moving]`.
    fn mask(&self, stuck: f32, others: f32) -> Vec<f32> {
        mask(self.computer.layout().moving(), &self.stuck.units, stuck, others)
    }
}

fn mask(moving: usize, units: &[usize], stuck: f32, others: f32) -> Vec<f32> {
    let mut values = vec![others; moving];
    units.iter().for_each(|unit| values[*unit] = stuck);
    values
}

fn mismatched<B: Backend>(computer: &Computer<B>, m: f64, number: u64) -> Result<Computer<B>, LangevinError> {
    let (model, units) = (HardwareModel::relative(m), computer.layout().moving());
    let program = model.realise_segments(&computer.parameters().values, computer.segments(), number);
    let wells = model.wells(computer.wells(), units, number);
    computer.clone().with_parameters(&program)?.with_wells(wells)
}

/// The computer whose units `units` act on the others as constants x = `at`, and are acted on by none: their couplings and biases are 0, and
/// the biases of the units they were coupled to have J_ij `at` more.
fn decoupled<B: Backend>(computer: &Computer<B>, units: &[usize], at: f64) -> Result<Computer<B>, LangevinError> {
    let device = computer.device();
    let row = |stuck, others| -> Tensor<B, 1> {
        let values = mask(computer.layout().moving(), units, stuck, others);
        Tensor::from_data(TensorData::from(values.as_slice()), &device)
    };
    let (free, held) = (row(0.0, 1.0), row(at as f32, 0.0));
    let of = |mut program: Computer<B>| {
        let pull: Tensor<B, 1> =
            (program.symmetric_couplings() * held.clone().unsqueeze::<2>()).sum_dim(1).squeeze_dim(1);
        let columns = free.clone().unsqueeze::<2>();
        program.biases = program.biases.map(|biases| (biases + pull.clone()) * free.clone());
        program.input_couplings = program.input_couplings.map(|couplings| couplings * columns.clone());
        program.couplings =
            program.couplings.map(|couplings| couplings * columns.clone() * columns.clone().transpose());
        program
    };
    let programs = computer.programs().into_iter().map(of).collect();
    Computer::in_segments(programs, computer.clock().clone())
}
