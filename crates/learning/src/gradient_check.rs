//! Autodiff against the papers' analytic gradients and against central differences.
//!
//! The reference is computed here on the host in `f64`, from the equations alone: it shares no code with the module.

use crate::{ActionObjective, LearningError, Random, TransitionBatch};
use burn::tensor::backend::Backend;
use burn::tensor::{ElementConversion, Tensor, TensorData};
use langevin::{
    Bath, Clock, Computer, ComputerConfig, EulerMaruyama, LangevinAutodiffBackend, ParameterValues, Transitions,
};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// One comparison of one block of parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientRow {
    /// Backend.
    pub backend: String,
    /// `f64` or `f32`.
    pub float: String,
    /// Which action: `forward` (paper A) or `reversed` (paper B), `in segments` of a program that changes.
    pub action: String,
    /// Block of parameters.
    pub block: String,
    /// What is compared with what.
    pub comparison: String,
    /// max|a − b| / max|b| over the block; none if skipped.
    pub error: Option<f64>,
    /// Largest error allowed.
    pub bound: f64,
    /// Why the row was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

impl GradientRow {
    /// Whether the error is within its bound. A skipped row passes; a row whose error is not a number does not.
    pub fn passes(&self) -> bool {
        self.skipped.is_some() || self.error.is_some_and(|error| error <= self.bound)
    }
}

/// What to check.
#[derive(Debug, Clone, Copy)]
pub struct CheckOptions<'a> {
    /// Name of the backend, for the rows.
    pub backend: &'a str,
    /// `f64` or `f32`.
    pub float: &'a str,
    /// Largest error allowed.
    pub bound: f64,
    /// Whether to compare with central differences too (meant for `f64`).
    pub central_differences: bool,
    /// Relative error put into the first autodiff gradient of each block, to see the check fail.
    pub inject_error: f64,
}

const KT: f64 = 0.7;
const MOBILITY: f64 = 1.3;
const TIME_STEP: f64 = 1e-2;
const J2: f64 = 0.9;
const J4: f64 = 1.1;
const TIMES: usize = 7;
const BATCH: usize = 5;
/// Steps of the segments of a program that changes.
const LENGTHS: [f64; 3] = [2.0, 1.0, 4.0];
/// The action is quadratic in the parameters: central differences are exact for any step.
const DIFFERENCE: f64 = 0.5;

/// Compares gradients of the action for a classifier (frozen inputs, hidden and output units; forward action) and a
/// generator (visible and hidden units; reversed action), block by block, with every constant away from 1; and for both under a
/// program of three segments.
///
/// # Errors
/// Whatever keeps the action from being computed.
pub fn check<B: LangevinAutodiffBackend>(
    options: CheckOptions<'_>,
    device: &B::Device,
) -> Result<Vec<GradientRow>, LearningError> {
    let classifier = ComputerConfig::classifier(12, 6, 4).with_j2(J2).with_j4(J4);
    let generator = ComputerConfig::generator(9, 5).with_visible_biases(true).with_j2(J2).with_j4(J4);
    let clock = Clock::new(&LENGTHS)?;
    let mut rows = Vec::new();
    for (config, reversed) in [(classifier, false), (generator, true)] {
        rows.extend(check_one::<B>(&config, reversed, options, device)?);
        rows.extend(check_one::<B>(&config.with_clock(clock.clone()), reversed, options, device)?);
    }
    Ok(rows)
}

fn check_one<B: LangevinAutodiffBackend>(
    config: &ComputerConfig,
    reversed: bool,
    options: CheckOptions<'_>,
    device: &B::Device,
) -> Result<Vec<GradientRow>, LearningError> {
    let mut random = Random::new(20_250_915, "gradient check", u64::from(reversed));
    let layout = config.layout;
    let units = layout.moving();
    let mut draw = |n: usize, scale: f64| -> Vec<f64> {
        // Multiples of 2⁻¹⁰: the same numbers in f32 and f64.
        (0..n).map(|_| (random.below(2049) as f64 - 1024.0) / 1024.0 * scale).collect()
    };
    let computer = config.init::<B>(device);
    let count = computer.parameters().total();
    let theta = draw(count, 2.0);
    let inputs = draw(BATCH * layout.inputs, 2.0);
    let from = draw(TIMES * BATCH * units, 2.0);
    let to = draw(TIMES * BATCH * units, 2.0);
    let computer = computer.with_parameters(&theta)?;

    let dynamics = EulerMaruyama::new(Bath::new(KT, MOBILITY)?, TIME_STEP)?;
    let objective = ActionObjective { source: (), dynamics };
    let autodiff = {
        let batch = batch_of::<B>(&inputs, &from, &to, [layout.inputs, units], reversed, device);
        let grads = objective.action(&computer, batch)?.backward();
        let host = |data: Option<TensorData>| data.map(|d| d.iter::<f64>().collect()).unwrap_or_default();
        in_segments(&computer, |program, _| {
            let input = if layout.inputs == 0 {
                Vec::new()
            } else {
                host(program.input_couplings.grad(&grads).map(|g| g.to_data()))
            };
            let couplings = host(program.couplings.grad(&grads).map(|g| g.to_data()));
            let biases = host(program.biases.grad(&grads).map(|g| g.to_data()));
            Ok(program.flatten(input, couplings, biases)?)
        })?
    };
    let problem = Problem { layout: [layout.inputs, units], inputs: &inputs, from: &from, to: &to, reversed };
    let switches = config.clock.switches(TIMES)?;
    let analytic = in_segments(&computer, |program, segment| {
        let first = segment.checked_sub(1).map_or(0, |before| switches[before]);
        problem.analytic(program, first..switches.get(segment).copied().unwrap_or(TIMES))
    })?;
    let action = match (reversed, config.clock.is_constant()) {
        (false, true) => "forward",
        (true, true) => "reversed",
        (false, false) => "forward, in segments",
        (true, false) => "reversed, in segments",
    };

    let mut rows = compare(&autodiff, &analytic, "autodiff against analytic", action, options);
    if options.central_differences {
        let action_at = |theta: &[f64]| -> Result<f64, LearningError> {
            let computer = config.init::<B::InnerBackend>(device).with_parameters(theta)?;
            let batch = batch_of::<B::InnerBackend>(&inputs, &from, &to, [layout.inputs, units], reversed, device);
            Ok(objective.action(&computer, batch)?.into_scalar().elem())
        };
        let mut central = analytic.clone();
        for i in 0..count {
            let mut shifted = theta.clone();
            shifted[i] = theta[i] + DIFFERENCE;
            let above = action_at(&shifted)?;
            shifted[i] = theta[i] - DIFFERENCE;
            central.values[i] = (above - action_at(&shifted)?) / (2.0 * DIFFERENCE);
        }
        rows.extend(compare(&autodiff, &central, "autodiff against central differences", action, options));
        rows.extend(compare(&central, &analytic, "central differences against analytic", action, options));
    }
    Ok(rows)
}

/// A list of values of each segment's program, one after the other.
fn in_segments<B: Backend>(
    computer: &Computer<B>,
    of: impl Fn(&Computer<B>, usize) -> Result<ParameterValues, LearningError>,
) -> Result<ParameterValues, LearningError> {
    let mut values = Vec::new();
    for (segment, program) in computer.programs().iter().enumerate() {
        values.extend(of(program, segment)?.values);
    }
    Ok(ParameterValues { blocks: computer.parameters().blocks, values })
}

fn compare(
    a: &ParameterValues,
    b: &ParameterValues,
    comparison: &str,
    action: &str,
    options: CheckOptions<'_>,
) -> Vec<GradientRow> {
    let mut rows = Vec::new();
    for block in b.blocks.iter().filter(|block| block.acting) {
        let Some(range) = b.range(&block.name) else { continue };
        let mut found = a.values[range.clone()].to_vec();
        if comparison.starts_with("autodiff")
            && let Some(largest) = found.iter_mut().max_by(|x, y| x.abs().total_cmp(&y.abs()))
        {
            *largest *= 1.0 + options.inject_error;
        }
        let expected = &b.values[range];
        // `max` would lose a NaN.
        let worst = |values: &mut dyn Iterator<Item = f64>| {
            values.fold(0.0f64, |worst, v| if v.is_nan() || v > worst { v } else { worst })
        };
        let scale = worst(&mut expected.iter().map(|v| v.abs()));
        let error = worst(&mut found.iter().zip(expected).map(|(x, y)| (x - y).abs())) / scale;
        rows.push(GradientRow {
            backend: options.backend.to_owned(),
            float: options.float.to_owned(),
            action: action.to_owned(),
            block: block.name.clone(),
            comparison: comparison.to_owned(),
            error: Some(error),
            bound: options.bound,
            skipped: None,
        });
    }
    rows
}

fn batch_of<B: Backend>(
    inputs: &[f64],
    from: &[f64],
    to: &[f64],
    [input_units, units]: [usize; 2],
    reversed: bool,
    device: &B::Device,
) -> TransitionBatch<B> {
    let states =
        |values: &[f64]| Tensor::from_data(TensorData::new(values.to_vec(), [TIMES, BATCH, units]), device);
    let transitions = Transitions { from: states(from), to: states(to) };
    TransitionBatch {
        inputs: (input_units > 0)
            .then(|| Tensor::from_data(TensorData::new(inputs.to_vec(), [BATCH, input_units]), device)),
        transitions: if reversed { transitions.reversed() } else { transitions },
        // A generation runs the noising backwards: its last step is made first.
        times: if reversed { (0..TIMES).rev().collect() } else { (0..TIMES).collect() },
        steps: TIMES,
    }
}

/// The problem on the host, for the analytic gradients.
struct Problem<'a> {
    layout: [usize; 2],
    inputs: &'a [f64],
    from: &'a [f64],
    to: &'a [f64],
    reversed: bool,
}

impl Problem<'_> {
    /// The papers' gradients, averaged over the batch:
    ///
    /// ```text
    /// forward (A):  r_i = Δx_i + μ ∂_iV(x) Δt          reversed (B):  r_i = −Δx_i + μ ∂_iV(x′) Δt
    /// ∂S/∂b_i = r_i / 2kT    ∂S/∂J_ij = (r_i x_j + r_j x_i) / 2kT    ∂S/∂J_fi = r_i x_f / 2kT  (f frozen)
    /// ```
    ///
    /// with x (A) or x′ (B), the state at which the drift is evaluated, in the couplings' gradient.
    ///
    /// Of the steps `steps` of the computer's time, which in reverse is that of the noising backwards.
    fn analytic<B: Backend>(
        &self,
        computer: &Computer<B>,
        steps: Range<usize>,
    ) -> Result<ParameterValues, LearningError> {
        let [inputs, units] = self.layout;
        let host = |data: TensorData| data.iter::<f64>().collect::<Vec<f64>>();
        let couplings = host(computer.symmetric_couplings().to_data());
        let input_couplings = host(computer.masked_input_couplings().to_data());
        let biases = host(computer.biases.val().to_data());
        let mut d_input = vec![0.0; inputs * units];
        let mut d_couplings = vec![0.0; units * units];
        let mut d_biases = vec![0.0; units];
        let weight = 1.0 / (2.0 * KT * BATCH as f64);
        for (index, (before, after)) in self.from.chunks_exact(units).zip(self.to.chunks_exact(units)).enumerate()
        {
            let (time, replica) = (index / BATCH, index % BATCH);
            if !steps.contains(&if self.reversed { TIMES - 1 - time } else { time }) {
                continue;
            }
            let frozen = &self.inputs[replica * inputs..(replica + 1) * inputs];
            let at = if self.reversed { after } else { before };
            let residual: Vec<f64> = (0..units)
                .map(|i| {
                    let coupled: f64 = (0..units).map(|j| couplings[i * units + j] * at[j]).sum();
                    let driven: f64 = (0..inputs).map(|f| input_couplings[f * units + i] * frozen[f]).sum();
                    let x = at[i];
                    let gradient = 2.0 * J2 * x + 4.0 * J4 * x.powi(3) + biases[i] + coupled + driven;
                    let displacement = if self.reversed { before[i] - after[i] } else { after[i] - before[i] };
                    displacement + MOBILITY * gradient * TIME_STEP
                })
                .collect();
            for i in 0..units {
                d_biases[i] += weight * residual[i];
                for j in 0..i {
                    d_couplings[i * units + j] += weight * (residual[i] * at[j] + residual[j] * at[i]);
                }
                for f in 0..inputs {
                    d_input[f * units + i] += weight * residual[i] * frozen[f];
                }
            }
        }
        Ok(computer.flatten(d_input, d_couplings, d_biases)?)
    }
}
