//! A program and the units that it runs on, as plain numbers.

use crate::CircuitError;

/// The program of a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Length of the segment as a fraction of the observation time.
    pub fraction: f64,
    /// J_if of frozen input f and unit i, `[inputs, units]`, row-major.
    pub input_couplings: Vec<f64>,
    /// J_ij, symmetric with a zero diagonal, `[units, units]`.
    pub couplings: Vec<f64>,
    /// b_i, `[units]`.
    pub biases: Vec<f64>,
}

/// A computer: what its units are and what they are told. Energies, states and times are those of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Names of the moving units: a letter for the kind and a number, such as `h0`.
    pub units: Vec<String>,
    /// Number of frozen inputs.
    pub inputs: usize,
    /// J2 and J4 of each unit.
    pub wells: Vec<[f64; 2]>,
    /// The program, segment after segment.
    pub segments: Vec<Segment>,
    /// Mobility μ.
    pub mobility: f64,
    /// Thermal energy kT.
    pub kt: f64,
    /// Observation time t_f.
    pub observation_time: f64,
}

impl Network {
    /// Checks that all lists have the lengths of the units and inputs.
    ///
    /// # Errors
    /// [`CircuitError::Count`] names the list.
    pub fn check(&self) -> Result<(), CircuitError> {
        let units = self.units.len();
        let count = |what, expected, found| {
            if expected == found { Ok(()) } else { Err(CircuitError::Count { what, expected, found }) }
        };
        count("wells", units, self.wells.len())?;
        for segment in &self.segments {
            count("couplings with inputs", self.inputs * units, segment.input_couplings.len())?;
            count("couplings", units * units, segment.couplings.len())?;
            count("biases", units, segment.biases.len())?;
        }
        Ok(())
    }

    /// Times at which one segment follows another, in the time of the model.
    pub fn switches(&self) -> Vec<f64> {
        let mut at = 0.0;
        let ends = self.segments.iter().map(|segment| {
            at += segment.fraction * self.observation_time;
            at
        });
        let ends: Vec<f64> = ends.collect();
        ends[..ends.len().saturating_sub(1)].to_vec()
    }

    /// d_i = b_i + Σ_f J_if x_f of a segment under these inputs.
    pub fn drive(&self, segment: &Segment, inputs: &[f64]) -> Vec<f64> {
        let units = self.units.len();
        let mut drive = segment.biases.clone();
        for (row, value) in segment.input_couplings.chunks_exact(units.max(1)).zip(inputs) {
            drive.iter_mut().zip(row).for_each(|(d, coupling)| *d += coupling * value);
        }
        drive
    }

    /// V(x) = Σ_i (J2 x_i² + J4 x_i⁴) + Σ_i d_i x_i + Σ_(ij) J_ij x_i x_j in a segment whose drive is d.
    pub fn energy(&self, segment: &Segment, drive: &[f64], x: &[f64]) -> f64 {
        let units = self.units.len();
        let own = self.wells.iter().zip(x).zip(drive);
        let own: f64 = own.map(|(([j2, j4], x), d)| x * (d + x * (j2 + j4 * x * x))).sum();
        let pairs = (0..units).flat_map(|i| (0..i).map(move |j| (i, j)));
        own + pairs.map(|(i, j)| segment.couplings[i * units + j] * x[i] * x[j]).sum::<f64>()
    }

    /// Couplers: pairs, with inputs or among units, that are coupled in some segment.
    pub fn couplers(&self) -> usize {
        let units = self.units.len();
        let some = |of: &dyn Fn(&Segment) -> f64| self.segments.iter().any(|s| of(s).abs() > 0.0);
        let with_inputs = (0..self.inputs * units).filter(|k| some(&|s| s.input_couplings[*k])).count();
        let pairs = (0..units).flat_map(|i| (0..i).map(move |j| i * units + j));
        with_inputs + pairs.filter(|k| some(&|s| s.couplings[*k])).count()
    }
}
