//! The exact minimum of the Onsager–Machlup action: it is quadratic in the program θ.

mod program;
mod solve;

pub use program::ProgramMoments;

use crate::{LearningError, Team};
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor};
use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};
use langevin::{Computer, EulerMaruyama, ParameterValues, Transitions, Well};
use solve::{condition_number, conjugate_gradients};

/// The moments of transitions that their action depends on, means over states:
///
/// ```text
/// G = ⟨z zᵀ⟩,  h = ⟨z cᵀ⟩,  s_i = ⟨c_i²⟩,   z = (1, I, x),  c = Δx / (μ Δt) + 2 J2 x + 4 J4 x³
/// ```
///
/// I the frozen inputs, x the state of the moving units that a transition starts from. The residual of unit i is
/// μ Δt (c_i + θ_i·z) with θ_i = (b_i, J_{I i}, J_{x i}), so the mean action of a trajectory of K steps is
///
/// ```text
/// S̄(θ) = K μ Δt / (4 kT) Σ_i (s_i + 2 θ_i·h_i + θ_iᵀ G θ_i)
/// ```
///
/// The program that a computer's trajectories were made with is where their action is smallest:
///
/// ```
/// use burn::tensor::Tensor;
/// use burn_ndarray::{NdArray, NdArrayDevice};
/// use langevin::{Bath, ComputerConfig, CounterNoise, EulerMaruyama, NoForce, Simulation};
/// use thermograd_learning::Moments;
///
/// let device = NdArrayDevice::Cpu;
/// let config = ComputerConfig::classifier(1, 1, 1);
/// let blank = config.init::<NdArray>(&device);
/// // J_(input, hidden), J_(input, output), J_(hidden, output), then the biases, of which that of the frozen input does nothing.
/// let program = [0.3, 0.6, 0.9, 0.0, 1.5, 1.8];
/// let made = blank.clone().with_parameters(&program)?;
///
/// let simulation = Simulation::new(EulerMaruyama::new(Bath::new(0.01, 1.0)?, 1e-2)?, 1.0)?;
/// let inputs = Tensor::<NdArray, 2>::from_data([[0.0f32], [1.0], [-1.0], [2.0]], &device).repeat_dim(0, 100);
/// let landscape = made.landscape(inputs.clone())?;
/// let start = Tensor::zeros([400, 2], &device);
/// let trajectory = simulation.record(&landscape, start, &CounterNoise::new(1, 0..400), &NoForce, 1)?;
///
/// let mut moments = Moments::new(1, 2, config.well(), &simulation.dynamics);
/// moments.add(Some(inputs), &trajectory.transitions()?)?;
/// let found = moments.minimise(&blank, 0.0)?;
/// // 40,000 transitions of little noise say it to a few hundredths.
/// assert!(found.values.values.iter().zip(&program).all(|(found, made)| (found - made).abs() < 0.1), "{:?}", found.values.values);
/// # Ok::<(), thermograd_learning::LearningError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Moments {
    inputs: usize,
    units: usize,
    well: Well,
    rate: f64,
    /// Sum of z zᵀ; the lower left block is left out (the upper right one is its transpose).
    gram: Mat<f64>,
    /// Sum of z cᵀ.
    cross: Mat<f64>,
    squares: Vec<f64>,
    states: f64,
}

impl Moments {
    /// No transitions yet, of a computer with `inputs` frozen and `units` moving units.
    pub fn new(inputs: usize, units: usize, well: Well, dynamics: &EulerMaruyama) -> Self {
        let size = 1 + inputs + units;
        Self {
            inputs,
            units,
            well,
            rate: dynamics.rate(),
            gram: Mat::zeros(size, size),
            cross: Mat::zeros(size, units),
            squares: vec![0.0; units],
            states: 0.0,
        }
    }

    /// Adds transitions, in `f64` whatever the backend.
    ///
    /// # Shapes
    /// `inputs`: `[batch, inputs]`, none for a computer without; transitions `[times, batch, units]`
    ///
    /// # Errors
    /// [`LearningError::Setting`] when the shapes disagree.
    pub fn add<B: Backend>(
        &mut self,
        inputs: Option<Tensor<B, 2>>,
        transitions: &Transitions<B>,
    ) -> Result<(), LearningError> {
        let [times, batch, units] = transitions.from.dims();
        let found = inputs.as_ref().map_or(0, |i| i.dims()[1]);
        if units != self.units || found != self.inputs || inputs.as_ref().is_some_and(|i| i.dims()[0] != batch) {
            return Err(LearningError::Setting {
                name: "transitions",
                value: format!("[{times}, {batch}, {units}] with {found} inputs"),
                requirement: "of the computer's own units and inputs",
            });
        }
        let frozen = 1 + self.inputs;
        let mut u = vec![1.0; batch * frozen];
        if let Some(inputs) = inputs {
            let values = host(inputs);
            for (row, values) in u.chunks_mut(frozen).zip(values.chunks(found)) {
                row[1..].copy_from_slice(values);
            }
        }
        let x = host(transitions.from.clone());
        let mut c = host(transitions.to.clone());
        let (mut x_sum, mut c_sum) = (vec![0.0; batch * units], vec![0.0; batch * units]);
        for (x, c) in x.chunks(batch * units).zip(c.chunks_mut(batch * units)) {
            for k in 0..batch * units {
                c[k] = (c[k] - x[k]) / self.rate + self.well.gradient(x[k]);
                x_sum[k] += x[k];
                c_sum[k] += c[k];
                self.squares[k % units] += c[k] * c[k];
            }
        }
        self.states += (times * batch) as f64;
        let rows = |values: &[f64], rows: usize, columns: usize| -> Mat<f64> {
            MatRef::from_row_major_slice(values, rows, columns).to_owned()
        };
        let (u, x, c) = (rows(&u, batch, frozen), rows(&x, times * batch, units), rows(&c, times * batch, units));
        let (x_sum, c_sum) = (rows(&x_sum, batch, units), rows(&c_sum, batch, units));
        let par = Par::rayon(0);
        let (n, m) = (frozen, units);
        let gram = self.gram.as_mut();
        let (uu, ux, _, xx) = gram.split_at_mut(n, n);
        matmul(uu, Accum::Add, u.transpose(), &u, times as f64, par);
        matmul(ux, Accum::Add, u.transpose(), &x_sum, 1.0, par);
        matmul(xx, Accum::Add, x.transpose(), &x, 1.0, par);
        let cross = self.cross.as_mut();
        let (uc, xc) = cross.split_at_row_mut(n);
        matmul(uc, Accum::Add, u.transpose(), &c_sum, 1.0, par);
        matmul(xc, Accum::Add, x.transpose(), &c, 1.0, par);
        debug_assert_eq!(self.cross.ncols(), m);
        Ok(())
    }

    /// The moments of the transitions that all ranks have added.
    ///
    /// # Errors
    /// [`LearningError::Team`] when a rank cannot be reached.
    pub fn of_all(mut self, team: &dyn Team) -> Result<Self, LearningError> {
        if team.ranks() == 1 {
            return Ok(self);
        }
        let (size, units) = (self.gram.nrows(), self.units);
        let elements =
            |rows: usize, columns: usize| (0..columns).flat_map(move |j| (0..rows).map(move |i| (i, j)));
        let mut own: Vec<f64> = elements(size, size).map(|at| self.gram[at]).collect();
        own.extend(elements(size, units).map(|at| self.cross[at]));
        own.extend(&self.squares);
        own.push(self.states);
        let sum = team.sum(&own)?;
        let mut next = sum.into_iter();
        // As many come back as were given.
        let mut next = || next.next().unwrap_or_default();
        elements(size, size).for_each(|at| self.gram[at] = next());
        elements(size, units).for_each(|at| self.cross[at] = next());
        self.squares.iter_mut().for_each(|square| *square = next());
        self.states = next();
        Ok(self)
    }

    /// Transitions added so far.
    pub fn states(&self) -> usize {
        self.states as usize
    }

    /// The minimum of the action over the program of `computer`, under its masks and the symmetry of J:
    ///
    /// ```text
    /// min_θ  Σ_i [θ_iᵀ (G + λ) θ_i + 2 θ_i·h_i]        λ the ridge, not on the biases
    /// ```
    ///
    /// (with J_ij in θ_i and in θ_j). Biases and input couplings of a unit are eliminated by a Cholesky factorisation;
    /// what remains, A_i = G_xx − G_xu G_uu⁻¹ G_ux, gives linear equations for the symmetric J, solved by conjugate
    /// gradients.
    ///
    /// # Errors
    /// [`LearningError::Setting`] for an unfit ridge, for moments that do not determine θ (raise the ridge), or when there
    /// are no transitions.
    pub fn minimise<B: Backend>(&self, computer: &Computer<B>, ridge: f64) -> Result<Minimum, LearningError> {
        let unfit = |requirement| LearningError::Setting { name: "ridge", value: ridge.to_string(), requirement };
        if !(ridge.is_finite() && ridge >= 0.0) {
            return Err(unfit("finite and at least 0"));
        }
        if self.states == 0.0 {
            return Err(LearningError::Setting {
                name: "transitions",
                value: "0".to_owned(),
                requirement: "at least one",
            });
        }
        let (n, m) = (1 + self.inputs, self.units);
        let gram = Mat::from_fn(n + m, n + m, |i, j| {
            let (i, j) = if i >= n && j < n { (j, i) } else { (i, j) };
            self.gram[(i, j)] / self.states + if i == j && i > 0 { ridge } else { 0.0 }
        });
        let cross = Mat::from_fn(n + m, m, |i, j| self.cross[(i, j)] / self.states);
        let input_mask = mask(computer.input_coupling_mask(), self.inputs * m);
        let moving_mask = mask(computer.coupling_mask(), m * m);
        let coupled = |i: usize, j: usize| moving_mask[i * m + j] || moving_mask[j * m + i];

        let bias_mask: Vec<bool> = host(computer.bias_mask()).into_iter().map(|v| v != 0.0).collect();
        // Units with the same inputs (a bias counts as one) share a factorisation.
        let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        for unit in 0..m {
            let present: Vec<usize> = (0..n)
                .filter(|i| if *i == 0 { bias_mask[unit] } else { input_mask[(i - 1) * m + unit] })
                .collect();
            match groups.iter_mut().find(|(inputs, _)| *inputs == present) {
                Some((_, units)) => units.push(unit),
                None => groups.push((present, vec![unit])),
            }
        }
        let (mut reduced, mut right) = (vec![Mat::<f64>::zeros(0, 0); groups.len()], Mat::<f64>::zeros(m, m));
        let mut eliminated = Vec::new();
        let mut group_of = vec![0; m];
        let mut condition: f64 = 1.0;
        for (g, (inputs, units)) in groups.iter().enumerate() {
            let uu = Mat::from_fn(inputs.len(), inputs.len(), |a, b| gram[(inputs[a], inputs[b])]);
            let ux = Mat::from_fn(inputs.len(), m, |a, j| gram[(inputs[a], n + j)]);
            let uc = Mat::from_fn(inputs.len(), units.len(), |a, k| cross[(inputs[a], units[k])]);
            let xx = Mat::from_fn(m, m, |i, j| gram[(n + i, n + j)]);
            let (solved_x, solved_c) = if inputs.is_empty() {
                (ux.clone(), uc)
            } else {
                let factor = uu.llt(Side::Lower).map_err(|_| unfit("larger: some inputs are not independent"))?;
                condition = condition.max(condition_number(&uu)?);
                (factor.solve(&ux), factor.solve(&uc))
            };
            let schur = &xx - ux.transpose() * &solved_x;
            condition = condition.max(condition_number(&schur)?);
            let correction = ux.transpose() * &solved_c;
            for (k, unit) in units.iter().enumerate() {
                group_of[*unit] = g;
                for j in 0..m {
                    right[(j, *unit)] = cross[(n + j, *unit)] - correction[(j, k)];
                }
            }
            reduced[g] = schur;
            eliminated.push((solved_x, solved_c));
        }

        // Gradient over J, column i by A of unit i, then onto the pairs that couple.
        let project = |full: &Mat<f64>| {
            Mat::from_fn(m, m, |i, j| if coupled(i, j) { full[(i, j)] + full[(j, i)] } else { 0.0 })
        };
        let apply = |j: &Mat<f64>| {
            let mut out = Mat::<f64>::zeros(m, m);
            for (g, (_, units)) in groups.iter().enumerate() {
                let product = &reduced[g] * j;
                for unit in units {
                    for i in 0..m {
                        out[(i, *unit)] = product[(i, *unit)];
                    }
                }
            }
            project(&out)
        };
        let target = project(&(-1.0 * &right));
        let (couplings, iterations) = conjugate_gradients(apply, &target, 20 * m + 100);

        let mut theta = Mat::<f64>::zeros(n + m, m);
        for (g, (inputs, units)) in groups.iter().enumerate() {
            let (solved_x, solved_c) = &eliminated[g];
            for (k, unit) in units.iter().enumerate() {
                for (a, input) in inputs.iter().enumerate() {
                    let from_states: f64 = (0..m).map(|j| solved_x[(a, j)] * couplings[(j, *unit)]).sum();
                    theta[(*input, *unit)] = -solved_c[(a, k)] - from_states;
                }
                for j in 0..m {
                    theta[(n + j, *unit)] = couplings[(j, *unit)];
                }
            }
        }
        let values = computer.flatten(
            (1..n).flat_map(|i| (0..m).map(move |j| (i, j))).map(|(i, j)| theta[(i, j)]).collect(),
            (0..m).flat_map(|i| (0..m).map(move |j| (i, j))).map(|(i, j)| couplings[(i, j)]).collect(),
            (0..m).map(|j| theta[(0, j)]).collect(),
        )?;
        Ok(Minimum { values, residuals: self.residuals(&theta), condition, iterations })
    }

    /// ⟨r_i²⟩ / (μ Δt)² of each unit: s_i + 2 θ_i·h_i + θ_iᵀ G θ_i, `theta` a column a unit.
    fn residuals(&self, theta: &Mat<f64>) -> Vec<f64> {
        let n = 1 + self.inputs;
        let size = n + self.units;
        let at = |i: usize, j: usize| if i >= n && j < n { self.gram[(j, i)] } else { self.gram[(i, j)] };
        let gram = Mat::from_fn(size, size, |i, j| at(i, j) / self.states);
        let product = &gram * theta;
        (0..self.units)
            .map(|unit| {
                let mut value = self.squares[unit] / self.states;
                for i in 0..size {
                    value += theta[(i, unit)] * (2.0 * self.cross[(i, unit)] / self.states + product[(i, unit)]);
                }
                value
            })
            .collect()
    }

    /// The mean action of the transitions under the program of `computer`, of a trajectory of `steps` steps.
    pub fn action<B: Backend>(&self, computer: &Computer<B>, steps: usize, kt: f64) -> f64 {
        let (n, m) = (1 + self.inputs, self.units);
        let inputs = host(computer.masked_input_couplings());
        let couplings = host(computer.symmetric_couplings());
        let biases = host(computer.masked_biases());
        let theta = Mat::from_fn(n + m, m, |i, j| match i {
            0 => biases[j],
            i if i < n => inputs[(i - 1) * m + j],
            i => couplings[(i - n) * m + j],
        });
        action_of(&self.residuals(&theta), self.rate, steps, kt)
    }

    /// The mean action at a minimum, of a trajectory of `steps` steps.
    pub fn action_at(&self, minimum: &Minimum, steps: usize, kt: f64) -> f64 {
        action_of(&minimum.residuals, self.rate, steps, kt)
    }
}

fn action_of(residuals: &[f64], rate: f64, steps: usize, kt: f64) -> f64 {
    steps as f64 * rate / (4.0 * kt) * residuals.iter().sum::<f64>()
}

/// The program at the minimum of an action.
#[derive(Debug, Clone)]
pub struct Minimum {
    /// The program.
    pub values: ParameterValues,
    /// ⟨r_i²⟩ / (μ Δt)² of each moving unit: the mean square of the force that the program cannot give it.
    pub residuals: Vec<f64>,
    /// Condition number of the equations, the largest among the blocks, the ridge included.
    pub condition: f64,
    /// Iterations of conjugate gradients.
    pub iterations: usize,
}

/// Row-major values in `f64`.
fn host<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f64> {
    let data = tensor.into_data();
    match data.dtype {
        DType::F32 => {
            data.as_slice::<f32>().map_or_else(|_| Vec::new(), |v| v.iter().map(|x| f64::from(*x)).collect())
        }
        _ => data.iter::<f64>().collect(),
    }
}

fn mask<B: Backend>(tensor: Tensor<B, 2>, length: usize) -> Vec<bool> {
    host(tensor).into_iter().take(length).map(|v| v != 0.0).collect()
}
