//! The operations of the hot path as plain tensor operations, on any backend: the reference that fused kernels are
//! tested against, and the default of [`crate::LangevinBackend`].

use crate::noise::fill_standard_normal;
use crate::{ActionGradients, ActionTerms, TrajectoryGradients, TrajectorySpec, Well, Wells};
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{ElementConversion, Tensor, TensorData, TensorPrimitive};

fn lift<B: Backend, const D: usize>(primitive: FloatTensor<B>) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}

fn lower<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> FloatTensor<B> {
    tensor.into_primitive().tensor()
}

/// ∂V/∂x = 2 J2 x + 4 J4 x³ + d + x J
fn potential_gradient<B: Backend>(
    couplings: Option<&Tensor<B, 2>>,
    drive: &Tensor<B, 2>,
    x: &Tensor<B, 2>,
    run: &TrajectorySpec,
) -> Tensor<B, 2> {
    let own = x.clone() * curvature_of(x, run, [2.0, 4.0]) + drive.clone();
    match couplings {
        Some(couplings) => own + x.clone().matmul(couplings.clone()),
        None => own,
    }
}

/// a J2 + b J4 x², with the J2 and J4 of each unit.
fn curvature_of<B: Backend>(x: &Tensor<B, 2>, run: &TrajectorySpec, [a, b]: [f64; 2]) -> Tensor<B, 2> {
    let square = x.clone() * x.clone();
    let wells = match &run.wells {
        Wells::All(well) => return square * (b * well.j4) + a * well.j2,
        Wells::Each(wells) => wells,
    };
    let row = |constant: fn(&Well) -> f64| {
        let values: Vec<f64> = wells.iter().map(constant).collect();
        Tensor::<B, 1>::from_data(TensorData::new(values, [wells.len()]), &x.device()).unsqueeze::<2>()
    };
    square * (row(|well| well.j4) * b) + row(|well| well.j2) * a
}

struct Dynamics<'a, B: Backend> {
    /// One for each segment.
    couplings: Option<Vec<Tensor<B, 2>>>,
    /// One for each segment.
    drive: Vec<Tensor<B, 2>>,
    run: &'a TrajectorySpec,
}

impl<'a, B: Backend> Dynamics<'a, B> {
    fn new(couplings: Option<FloatTensor<B>>, drive: FloatTensor<B>, run: &'a TrajectorySpec) -> Self {
        Self { couplings: couplings.map(|c| segments::<B>(c, run)), drive: segments::<B>(drive, run), run }
    }

    fn step(&self, x: Tensor<B, 2>, step: usize) -> Tensor<B, 2> {
        let run = self.run;
        let segment = run.segment_of(step);
        let couplings = self.couplings.as_ref().map(|c| &c[segment]);
        let gradient = potential_gradient(couplings, &self.drive[segment], &x, run);
        let drifted = x - gradient * run.rate;
        if run.amplitude == 0.0 {
            return drifted;
        }
        let [batch, units] = drifted.dims();
        let mut xi = vec![0f32; batch * units];
        fill_standard_normal(run.seed, step as u32, &run.replicas, units, &mut xi);
        let xi = Tensor::from_data(TensorData::new(xi, [batch, units]), &drifted.device());
        drifted + xi * run.amplitude
    }
}

/// The part of each segment, of a tensor that has one dimension more where there are several.
fn segments<B: Backend>(tensor: FloatTensor<B>, run: &TrajectorySpec) -> Vec<Tensor<B, 2>> {
    if run.switches.is_empty() {
        return vec![lift(tensor)];
    }
    let tensor: Tensor<B, 3> = lift(tensor);
    (0..run.segments()).map(|s| tensor.clone().narrow(0, s, 1).squeeze_dim(0)).collect()
}

/// The parts put together again.
fn joined<B: Backend>(parts: Vec<Tensor<B, 2>>) -> FloatTensor<B> {
    match <[Tensor<B, 2>; 1]>::try_from(parts) {
        Ok([part]) => lower(part),
        Err(parts) => lower(Tensor::stack::<3>(parts, 0)),
    }
}

/// See [`crate::LangevinBackend::trajectories`].
pub fn trajectories<B: Backend>(
    couplings: Option<FloatTensor<B>>,
    drive: FloatTensor<B>,
    start: FloatTensor<B>,
    run: &TrajectorySpec,
) -> FloatTensor<B> {
    let dynamics = Dynamics::<B>::new(couplings, drive, run);
    let mut x: Tensor<B, 2> = lift(start);
    let mut recorded = Vec::with_capacity(run.record.len());
    for step in 0..run.steps {
        x = dynamics.step(x, step);
        if run.record.contains(&(step + 1)) {
            recorded.push(x.clone());
        }
    }
    lower(Tensor::stack::<3>(recorded, 0))
}

/// See [`crate::LangevinBackend::trajectories_backward`]. States are kept at every √K-th step and computed again
/// between: 2√K states at a time.
pub fn trajectories_backward<B: Backend>(
    couplings: Option<FloatTensor<B>>,
    drive: FloatTensor<B>,
    start: FloatTensor<B>,
    gradient: FloatTensor<B>,
    run: &TrajectorySpec,
) -> TrajectoryGradients<B> {
    let dynamics = Dynamics::<B>::new(couplings, drive, run);
    let gradient: Tensor<B, 3> = lift(gradient);
    let start: Tensor<B, 2> = lift(start);
    let stretch = (run.steps as f64).sqrt().ceil().max(1.0) as usize;
    let mut kept = Vec::new();
    let mut x = start.clone();
    for step in 0..run.steps {
        if step % stretch == 0 {
            kept.push(x.clone());
        }
        x = dynamics.step(x, step);
    }
    let mut adjoint = x.zeros_like();
    let mut drive_gradients = vec![adjoint.clone(); run.segments()];
    let mut coupling_gradients =
        dynamics.couplings.as_ref().map(|c| c.iter().map(Tensor::zeros_like).collect::<Vec<_>>());
    for (index, first) in (0..run.steps).step_by(stretch).enumerate().rev() {
        let last = (first + stretch).min(run.steps);
        let mut states = vec![kept[index].clone()];
        for step in first..last - 1 {
            states.push(dynamics.step(states[step - first].clone(), step));
        }
        for step in (first..last).rev() {
            if let Some(row) = run.record.iter().position(|r| *r == step + 1) {
                adjoint = adjoint + gradient.clone().narrow(0, row, 1).squeeze_dim(0);
            }
            let (x, segment) = (states[step - first].clone(), run.segment_of(step));
            let pull = adjoint.clone() * run.rate;
            drive_gradients[segment] = drive_gradients[segment].clone() - pull.clone();
            let curvature = curvature_of(&x, run, [2.0, 12.0]);
            adjoint = adjoint - pull.clone() * curvature;
            if let (Some(couplings), Some(totals)) = (&dynamics.couplings, &mut coupling_gradients) {
                adjoint = adjoint - pull.clone().matmul(couplings[segment].clone().transpose());
                totals[segment] = totals[segment].clone() - x.transpose().matmul(pull);
            }
        }
    }
    TrajectoryGradients {
        couplings: coupling_gradients.map(joined),
        drive: joined(drive_gradients),
        start: lower(adjoint),
    }
}

/// See [`crate::LangevinBackend::energies`].
pub fn energies<B: Backend>(
    couplings: Option<FloatTensor<B>>,
    drive: FloatTensor<B>,
    x: FloatTensor<B>,
    well: Well,
) -> FloatTensor<B> {
    let (drive, x): (Tensor<B, 2>, Tensor<B, 2>) = (lift(drive), lift(x));
    let square = x.clone() * x.clone();
    let mut density = square.clone() * (square * well.j4 + well.j2) + x.clone() * drive;
    if let Some(couplings) = couplings {
        // Each unordered pair once: half of xᵀJx.
        density = density + x.clone().matmul(lift::<B, 2>(couplings)) * x * 0.5;
    }
    lower::<B, 1>(density.sum_dim(1).squeeze_dim(1))
}

/// See [`crate::LangevinBackend::largest`]. The sum of squares is not finite if any state is not; a maximum alone may lose a NaN
/// on some backends.
pub fn largest<B: Backend>(x: FloatTensor<B>) -> f64 {
    let x: Tensor<B, 2> = lift(x);
    let square = x.clone() * x;
    let largest: f64 = square.clone().max().into_scalar().elem();
    let total: f64 = square.sum().into_scalar().elem();
    if total.is_finite() { largest.sqrt() } else { f64::INFINITY }
}

struct Residual<B: Backend> {
    /// `[times × batch, units]`
    from: Tensor<B, 2>,
    /// `[times, batch, units]`
    residual: Tensor<B, 3>,
}

fn residual<B: Backend>(
    couplings: Option<Tensor<B, 2>>,
    drive: Tensor<B, 2>,
    from: Tensor<B, 3>,
    to: Tensor<B, 3>,
    terms: &ActionTerms,
) -> Residual<B> {
    let [times, batch, units] = from.dims();
    let square = from.clone() * from.clone();
    let mut gradient =
        from.clone() * (square * (4.0 * terms.well.j4) + 2.0 * terms.well.j2) + drive.unsqueeze::<3>();
    let flat: Tensor<B, 2> = from.clone().reshape([times * batch, units]);
    if let Some(couplings) = couplings {
        gradient = gradient + flat.clone().matmul(couplings).reshape([times, batch, units]);
    }
    Residual { from: flat, residual: to - from + gradient * terms.rate }
}

/// See [`crate::LangevinBackend::mean_action`].
pub fn mean_action<B: Backend>(
    couplings: Option<FloatTensor<B>>,
    drive: FloatTensor<B>,
    from: FloatTensor<B>,
    to: FloatTensor<B>,
    terms: &ActionTerms,
) -> FloatTensor<B> {
    let drive: Tensor<B, 2> = lift(drive);
    let batch = drive.dims()[0];
    let residual = residual(couplings.map(lift::<B, 2>), drive, lift(from), lift(to), terms).residual;
    lower((residual.clone() * residual).sum() * (terms.weight / batch as f64))
}

/// See [`crate::LangevinBackend::mean_action_gradients`].
pub fn mean_action_gradients<B: Backend>(
    couplings: Option<FloatTensor<B>>,
    drive: FloatTensor<B>,
    from: FloatTensor<B>,
    to: FloatTensor<B>,
    terms: &ActionTerms,
) -> ActionGradients<B> {
    let drive: Tensor<B, 2> = lift(drive);
    let [batch, units] = drive.dims();
    let coupled = couplings.is_some();
    let Residual { from, residual } = residual(couplings.map(lift::<B, 2>), drive, lift(from), lift(to), terms);
    let times = residual.dims()[0];
    let weight = terms.weight / batch as f64;
    let action = (residual.clone() * residual.clone()).sum() * weight;
    let pull = residual * (2.0 * weight * terms.rate);
    let drive: Tensor<B, 2> = pull.clone().sum_dim(0).squeeze_dim(0);
    let couplings = coupled.then(|| lower(from.transpose().matmul(pull.reshape([times * batch, units]))));
    ActionGradients { action: lower(action), couplings, drive: lower(drive) }
}
