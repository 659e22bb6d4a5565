//! Learning against statistics and known answers, in `f64` (this process uses no other float type).
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

use burn::module::{AutodiffModule, Module, ModuleMapper, Param};
use burn::tensor::{Int, Tensor, TensorData};
use burn_autodiff::Autodiff;
use burn_ndarray::{NdArray, NdArrayDevice};
use langevin::exact::finite_time_response;
use langevin::{
    Bath, Computer, ComputerConfig, CounterNoise, EulerMaruyama, Landscape, Layout, NoForce, NoNoise, Simulation,
    Transitions, Well,
};
use learning::gradient_check::{CheckOptions, check};
use learning::{
    ActionObjective, Activation, BUDGET_STIFFNESS, Checkpoint, Guide, GuideKind, IdealisedTrajectories,
    LabelledBatch, LabelledSource, LearningError, Moments, Objective, Observer, OptimizerKind, PathwiseObjective,
    Progress, Random, Response, Schedule, Teacher, TeacherConfig, TrainingConfig, TrajectorySource,
    TransitionBatch, load_module, save_module, train,
};
use testkit::{Z, mean_and_stderr};

type B = NdArray<f64>;
type AB = Autodiff<B>;

fn device() -> NdArrayDevice {
    NdArrayDevice::default()
}

fn uniform(n: usize, scale: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, "learning", 0);
    (0..n).map(|_| (random.below(2_000_001) as f64 / 1e6 - 1.0) * scale).collect()
}

fn run() -> Simulation {
    let dynamics = EulerMaruyama::new(Bath::new(0.8, 1.2).unwrap(), 1e-2).unwrap();
    Simulation { dynamics, steps: 20 }
}

/// A computer of 4 inputs, 3 hidden units and 2 outputs with known parameters, and its own trajectories.
struct Known {
    computer: Computer<B>,
    inputs: Tensor<B, 2>,
    transitions: Transitions<B>,
    batch: usize,
}

fn known(batch: usize, seed: u64) -> Known {
    let config = ComputerConfig::classifier(4, 3, 2);
    let computer = config.init::<B>(&device());
    let theta = uniform(computer.parameters().total(), 1.5, 2);
    let computer = computer.with_parameters(&theta).unwrap();
    let inputs = Tensor::from_data(TensorData::new(uniform(batch * 4, 1.0, 3), [batch, 4]), &device());
    let landscape = computer.landscape(inputs.clone()).unwrap();
    let noise = CounterNoise::new(seed, 0..batch as u64);
    let start = Tensor::zeros([batch, 5], &device());
    let states = run().record(&landscape, start, &noise, &NoForce, 1).unwrap().states;
    let transitions = Transitions { from: states.clone().narrow(0, 0, 20), to: states.narrow(0, 1, 20) };
    Known { computer, inputs, transitions, batch }
}

impl TrajectorySource<B> for &Known {
    fn batch(&self, _: usize) -> Result<TransitionBatch<B>, LearningError> {
        Ok(TransitionBatch { inputs: Some(self.inputs.clone()), transitions: self.transitions.clone(), steps: 20 })
    }
}

fn objective(known: &Known) -> ActionObjective<&Known> {
    ActionObjective { source: known, dynamics: run().dynamics }
}

fn training(optimizer: OptimizerKind, learning_rate: f64, schedule: Schedule, steps: usize) -> TrainingConfig {
    TrainingConfig { optimizer, learning_rate, schedule, weight_decay: 0.0, steps, look_every: 10 }
}

#[test]
fn autodiff_analytic_and_central_difference_gradients_agree() {
    let options = CheckOptions {
        backend: "ndarray",
        float: "f64",
        bound: 1e-9,
        central_differences: true,
        inject_error: 0.0,
    };
    let rows = check::<AB>(options, &device()).unwrap();
    // Classifier: five coupling blocks and two biases; generator: two and two; three comparisons each.
    assert_eq!(rows.len(), (7 + 4) * 3);
    for row in &rows {
        assert!(row.passes(), "{row:?}");
    }
    let rows = check::<AB>(CheckOptions { inject_error: 1e-3, ..options }, &device()).unwrap();
    assert!(rows.iter().filter(|r| r.comparison.starts_with("autodiff")).all(|r| !r.passes()));
}

/// On a computer's own trajectories the score has mean zero: ⟨∂S/∂θ⟩ = 0 for every parameter.
#[test]
fn the_mean_gradient_on_its_own_trajectories_vanishes() {
    let seed = 5;
    let blocks = 200;
    let mut gradients: Vec<Vec<f64>> = Vec::new();
    for block in 0..blocks {
        let known = known(20, seed + block);
        let computer = ComputerConfig::classifier(4, 3, 2)
            .init::<AB>(&device())
            .with_parameters(&known.computer.parameters().values)
            .unwrap();
        let loss = Objective::<AB, Computer<AB>>::loss(&objective(&known), &computer, 0).unwrap();
        let grads = loss.backward();
        let host = |data: TensorData| data.iter::<f64>().collect::<Vec<_>>();
        let flat = computer
            .flatten(
                host(computer.input_couplings.grad(&grads).unwrap().to_data()),
                host(computer.couplings.grad(&grads).unwrap().to_data()),
                host(computer.biases.grad(&grads).unwrap().to_data()),
            )
            .unwrap();
        gradients.push(flat.values);
    }
    let inert = 4; // biases of the inputs
    let mut moving = 0;
    for parameter in 0..gradients[0].len() {
        let samples: Vec<f64> = gradients.iter().map(|g| g[parameter]).collect();
        if samples.iter().all(|g| *g == 0.0) {
            continue;
        }
        moving += 1;
        let (mean, stderr) = mean_and_stderr(&samples);
        let z = mean / stderr;
        assert!(z.abs() <= Z, "parameter {parameter}: {mean} ± {stderr}, z = {z:.2}, n = {blocks}, seed {seed}");
    }
    assert_eq!(moving, gradients[0].len() - inert);
}

/// Maximum likelihood recovers a known computer: 2(S(θ) − S(θ̂)), summed over trajectories, is χ² with as many degrees
/// of freedom as parameters, for the action is quadratic in them.
#[test]
fn minimising_the_action_recovers_a_known_computer() {
    let known = known(2000, 11);
    let objective = objective(&known);
    let start = ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let parameters = start.parameters().acting() as f64;
    let trained =
        train(start, &objective, &training(OptimizerKind::Adam, 0.1, Schedule::Cosine, 600), None, &mut ())
            .unwrap();
    let action = |computer: &Computer<B>| -> f64 {
        objective.action(computer, (&known).batch(0).unwrap()).unwrap().into_scalar() * known.batch as f64
    };
    let (at_truth, at_minimum) = (action(&known.computer), action(&trained.valid()));
    let excess = 2.0 * (at_truth - at_minimum);
    let z = (excess - parameters) / (2.0 * parameters).sqrt();
    assert!(
        z.abs() <= Z,
        "2ΔS = {excess:.2} for {parameters} parameters, z = {z:.2}, n = {} trajectories, seed 11",
        known.batch
    );
}

/// Every optimiser makes the action smaller.
#[test]
fn every_optimiser_descends() {
    let known = known(50, 3);
    let objective = objective(&known);
    let fresh = || ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let action = |computer: Computer<B>| -> f64 {
        objective.action(&computer, (&known).batch(0).unwrap()).unwrap().into_scalar()
    };
    let before = action(fresh().valid());
    for (optimizer, rate) in [
        (OptimizerKind::GradientDescent, 3.0),
        (OptimizerKind::Momentum, 0.3),
        (OptimizerKind::Adam, 0.05),
        (OptimizerKind::AdamW, 0.05),
        (OptimizerKind::RmsProp, 0.02),
    ] {
        let config = training(optimizer, rate, Schedule::Linear, 60);
        let after = action(train(fresh(), &objective, &config, None, &mut ()).unwrap().valid());
        assert!(after < before - 0.5, "{optimizer:?}: {before} to {after}");
    }
}

/// Stops a training after some steps, as a kill would.
struct Kill(usize);

impl Observer<Computer<AB>> for Kill {
    fn after_step(&mut self, progress: Progress, _: &Computer<AB>) -> Result<(), LearningError> {
        if progress.step == self.0 { Err(LearningError::Stopped("killed".to_owned())) } else { Ok(()) }
    }
}

#[test]
fn a_resumed_training_ends_bit_identical() {
    let known = known(30, 7);
    let objective = objective(&known);
    let fresh = || ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    for optimizer in [OptimizerKind::GradientDescent, OptimizerKind::Momentum, OptimizerKind::Adam] {
        let config = training(optimizer, 0.01, Schedule::Cosine, 30);
        let whole = train(fresh(), &objective, &config, None, &mut ()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint { path: folder.path().join("checkpoint"), every: 7, of: "test".to_owned() };
        let stopped = train(fresh(), &objective, &config, Some(&checkpoint), &mut Kill(17));
        assert!(matches!(stopped, Err(LearningError::Stopped(_))));
        let resumed = train(fresh(), &objective, &config, Some(&checkpoint), &mut ()).unwrap();
        assert_eq!(whole.parameters(), resumed.parameters(), "{optimizer:?}");
        let other = Checkpoint { of: "another".to_owned(), ..checkpoint };
        let refused =
            train(fresh(), &objective, &config, Some(&other), &mut ()).map(drop).map_err(|e| e.to_string());
        assert!(refused.is_err_and(|e| e.contains("another training") && e.contains("delete it")));
    }
}

#[test]
fn a_learning_rate_too_high_is_reported() {
    let known = known(10, 1);
    let start = ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let config = training(OptimizerKind::GradientDescent, 1e6, Schedule::Constant, 200);
    let error = train(start, &objective(&known), &config, None, &mut ()).unwrap_err();
    assert!(matches!(error, LearningError::Diverged { quantity: "action", .. }), "{error}");
}

#[test]
fn a_module_file_round_trips_and_another_module_is_refused() {
    let known = known(1, 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("computer.safetensors");
    save_module(&known.computer, &path).unwrap();
    let empty = ComputerConfig::classifier(4, 3, 2).init::<B>(&device());
    let loaded = load_module(empty, &path).unwrap();
    assert_eq!(loaded.parameters(), known.computer.parameters());
    let other = ComputerConfig::classifier(4, 5, 2).init::<B>(&device());
    let error = load_module(other, &path).unwrap_err();
    assert!(matches!(error, LearningError::Format { .. }), "{error}");
}

#[test]
fn the_response_is_the_units_own_and_so_is_its_gradient() {
    let dynamics = EulerMaruyama::new(Bath::new(1.0, 1.0).unwrap(), 1e-3).unwrap();
    let simulation = Simulation { dynamics, steps: 200 };
    let response = Response::<AB>::new(Well::new(1.0, 1.0), &simulation, &device());
    let u = vec![-180.0, -31.0, -2.3, -0.01, 0.0, 0.7, 5.0, 99.0];
    let tensor = Tensor::<AB, 2>::from_data(TensorData::new(u.clone(), [1, u.len()]), &device()).require_grad();
    let out = response.forward(tensor.clone());
    let gradient: Vec<f64> = tensor.grad(&out.clone().sum().backward()).unwrap().to_data().iter::<f64>().collect();
    let out: Vec<f64> = out.to_data().iter::<f64>().collect();
    for ((u, found), slope) in u.iter().zip(out).zip(gradient) {
        let (value, derivative) = finite_time_response(*u, Well::new(1.0, 1.0), &simulation);
        // Linear interpolation on intervals h = 1/32: h²/8 · max|φ″| ≈ 2e-6, and h/2 · max|φ″| for the slope.
        assert!((found - value).abs() < 3e-6, "φ({u}) = {value}, table {found}");
        assert!((slope - derivative).abs() < 3e-4, "φ′({u}) = {derivative}, table {slope}");
    }
}

/// Parameters of a size at which feedback settles; Burn draws its own from a generator that all tests share.
struct Drawn;

impl ModuleMapper<B> for Drawn {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        param.map(|t| {
            let shape = t.shape();
            let values = uniform(shape.num_elements(), 0.4, shape.num_elements() as u64);
            Tensor::from_data(TensorData::new(values, shape), &device())
        })
    }
}

/// A teacher with feedback, run long enough, is at rest: each layer is what both its neighbours make of it, through one
/// matrix in both directions. Without feedback it is not.
#[test]
fn feedback_brings_a_teacher_to_rest_under_symmetric_weights() {
    let config = |feedback| TeacherConfig {
        inputs: 6,
        hidden: vec![5, 4],
        classes: 3,
        activation: Activation::Tanh,
        feedback,
    };
    let simulation =
        Simulation { dynamics: EulerMaruyama::new(Bath::new(1.0, 1.0).unwrap(), 1e-3).unwrap(), steps: 200 };
    let make = |feedback| config(feedback).init::<B>(Well::new(1.0, 1.0), &simulation, &device()).unwrap();
    let settled = make(60).map(&mut Drawn);
    let once = make(0).load_record(settled.clone().into_record());
    let inputs = Tensor::<B, 2>::from_data(TensorData::new(uniform(7 * 6, 1.0, 4), [7, 6]), &device());
    // How far the layers are from what their neighbours make of them.
    let unrest = |teacher: &Teacher<B>| -> f64 {
        let found = teacher.forward(inputs.clone());
        let (h1, h2) = (found.hidden.clone().narrow(1, 0, 5), found.hidden.clone().narrow(1, 5, 4));
        let outputs = found.probabilities() * 2.0 - 1.0;
        let [first, second, last] = teacher.layers() else { panic!("three layers") };
        let u1 = first.forward(inputs.clone()) + h2.clone().matmul(second.weight.val().transpose());
        let u2 = second.forward(h1.clone()) + outputs.matmul(last.weight.val().transpose());
        let away = Tensor::cat(vec![u1.tanh() - h1, u2.tanh() - h2], 1);
        away.abs().max().into_scalar()
    };
    assert!(unrest(&settled) < 1e-9, "{}", unrest(&settled));
    assert!(unrest(&once) > 1e-3, "{}", unrest(&once));
    assert_eq!(config(0).macs(), 6 * 5 + 5 * 4 + 4 * 3);
    assert_eq!(config(2).macs(), config(0).macs() + 4 * (5 * 4 + 4 * 3));
}

/// The table of idealised trajectories against the dynamics itself: uncoupled units at zero temperature, step by step.
#[test]
fn idealised_trajectories_are_those_of_a_non_interacting_computer_at_zero_temperature() {
    let dynamics = EulerMaruyama::new(Bath::new(1.0, 1.0).unwrap(), 1e-3).unwrap();
    let simulation = Simulation { dynamics, steps: 200 };
    let layout = Layout::classifier(6, 8, 3);
    let teacher =
        TeacherConfig { inputs: 6, hidden: vec![5, 3], classes: 3, activation: Activation::Response, feedback: 0 }
            .init::<B>(Well::new(1.0, 1.0), &simulation, &device())
            .unwrap();
    let guide = Guide { kind: GuideKind::Proportional, k: 150.0 };
    let inputs = Tensor::<B, 2>::from_data(TensorData::new(uniform(20 * 6, 9.0, 1), [20, 6]), &device());
    let drive = guide.drive(&teacher.forward(inputs.clone()), &layout).unwrap();
    let idealised = IdealisedTrajectories::new(teacher, guide, layout, Well::new(1.0, 1.0), &simulation);
    let times = [0, 1, 57, 199];
    let found = idealised.transitions(inputs, &times).unwrap();
    let landscape = Landscape::uncoupled(drive.neg(), Well::new(1.0, 1.0));
    let start = Tensor::zeros([20, 11], &device());
    let states = simulation.at_zero_temperature().record(&landscape, start, &NoNoise, &NoForce, 1).unwrap().states;
    // Linear interpolation errs by h²/8 · max|x″| at most, the curvature being largest at the last step; the table is
    // in f32, whose rounding is 1.2e-7 of a state below 4 in size.
    let slope = |u: f64| finite_time_response(u, Well::new(1.0, 1.0), &simulation).1;
    let curvature = (0..4000)
        .map(|i| 0.05 * f64::from(i))
        .fold(0.0f64, |c, u| c.max((slope(u + 0.05) - slope(u)).abs() / 0.05));
    let h = 2.0 * guide.largest_drive(finite_time_response(256.0, Well::new(1.0, 1.0), &simulation).0)
        / f64::from(1 << 15);
    let bound = h * h / 8.0 * curvature + 4.0 * 1.2e-7;
    let host = |t: Tensor<B, 3>| t.to_data().iter::<f64>().collect::<Vec<f64>>();
    let (from, to) = (host(found.from), host(found.to));
    for (i, t) in times.into_iter().enumerate() {
        let at = |t: usize| host(states.clone().narrow(0, t, 1));
        for (found, expected) in [(&from[i * 220..(i + 1) * 220], at(t)), (&to[i * 220..(i + 1) * 220], at(t + 1))]
        {
            for (x, y) in found.iter().zip(&expected) {
                assert!((x - y).abs() < bound, "step {t}: {x} against {y}, bound {bound:e}");
            }
        }
    }
    // A large spread of drives, so that the comparison means something.
    assert!(from[660..].iter().any(|x| x.abs() > 2.0));
}

/// Transitions that no program explains, of a computer with the given couplings.
fn moments_of(known: &Known) -> Moments {
    let mut moments = Moments::new(4, 5, Well::new(1.0, 1.0), &run().dynamics);
    moments.add(Some(known.inputs.clone()), &known.transitions).unwrap();
    moments
}

#[test]
fn the_exact_minimum_is_where_gradient_descent_ends() {
    use langevin::{Block, UnitKind};
    let known = known(40, 9);
    let moments = moments_of(&known);
    let all = ComputerConfig::classifier(4, 3, 2);
    let mut sparse = all.clone();
    sparse.connectivity = sparse
        .connectivity
        .without(Block::between(UnitKind::Input, UnitKind::Output))
        .without_pairs([((UnitKind::Input, 1), (UnitKind::Hidden, 2))])
        .without(Block::between(UnitKind::Hidden, UnitKind::Hidden));
    for config in [all, sparse] {
        let untrained = config.init::<AB>(&device());
        let minimum = moments.minimise(&untrained.valid(), 0.0).unwrap();
        let exact = untrained.valid().with_parameters(&minimum.values.values).unwrap();
        let objective = objective(&known);
        let action = |computer: &Computer<B>| {
            let batch = (&known).batch(0).unwrap();
            objective.action(computer, batch).unwrap().into_scalar()
        };
        // The moments give the same action as the loss does.
        assert!((moments.action(&exact, 20, 0.8) / action(&exact) - 1.0).abs() < 1e-10);
        assert!((moments.action_at(&minimum, 20, 0.8) / action(&exact) - 1.0).abs() < 1e-10);
        let config = training(OptimizerKind::Momentum, 1.0, Schedule::Constant, 3000);
        let trained = train(untrained, &objective, &config, None, &mut ()).unwrap().valid();
        let (a, b) = (action(&exact), action(&trained));
        assert!(a <= b * (1.0 + 1e-12) && b / a - 1.0 < 1e-6, "exact {a}, by gradient descent {b}");
        let trained = trained.parameters().values;
        for (e, t) in minimum.values.values.iter().zip(&trained) {
            assert!((e - t).abs() < 1e-4 * (1.0 + t.abs()), "exact {e}, by gradient descent {t}");
        }
        assert!(minimum.condition > 1.0 && minimum.condition < 1e6);
    }
}

#[test]
fn a_ridge_keeps_the_program_small_and_undetermined_moments_are_refused() {
    let known = known(2, 9);
    let moments = moments_of(&known);
    let computer = ComputerConfig::classifier(4, 3, 2).init::<B>(&device());
    // Two inputs do not determine four input couplings.
    let error = moments.minimise(&computer, 0.0).unwrap_err().to_string();
    assert!(error.contains("ridge"), "{error}");
    let norm = |ridge: f64| {
        let values = moments.minimise(&computer, ridge).unwrap().values.values;
        values.iter().map(|v| v * v).sum::<f64>()
    };
    assert!(norm(1.0) < norm(0.1) && norm(0.1) < norm(0.01));
}

/// Labelled random inputs.
struct Labelled(LabelledBatch<B>);

impl LabelledSource<B> for Labelled {
    fn batch(&self, _: usize) -> Result<LabelledBatch<B>, LearningError> {
        Ok(self.0.clone())
    }
}

#[test]
fn a_heat_budget_costs_what_its_equation_says() {
    let known = known(50, 8);
    let labels: Vec<i64> = (0..known.batch as i64).map(|i| i % 2).collect();
    let labels: Tensor<B, 1, Int> = Tensor::from_data(labels.as_slice(), &device());
    let computer = ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let model = computer.clone().with_parameters(&uniform(computer.parameters().total(), 3.0, 5)).unwrap();
    let loss = |heat_price: f64, heat_budget: Option<f64>| {
        let source = Labelled(LabelledBatch { inputs: known.inputs.clone(), labels: labels.clone() });
        let objective = PathwiseObjective {
            source,
            simulation: run(),
            gain: 2.0,
            heat_price,
            heat_budget,
            mismatch: 0.0,
            seed: 3,
        };
        let loss: Tensor<AB, 1> = Objective::loss(&objective, &model, 1).unwrap();
        loss.into_scalar()
    };
    let free = loss(0.0, None);
    let heat = loss(1.0, None) - free;
    assert!(heat > 0.1, "{heat}");
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{a} {b}");
    close(loss(0.0, Some(2.0 * heat)), free);
    close(loss(0.0, Some(heat / 3.0)) - free, BUDGET_STIFFNESS / 2.0 * 4.0);
    close(loss(0.5, Some(heat / 2.0)) - free, 0.5 * heat + BUDGET_STIFFNESS / 2.0);
}

#[test]
fn pathwise_gradients_are_those_of_the_expected_loss() {
    let known = known(200, 4);
    let labels: Vec<i64> = (0..known.batch as i64).map(|i| i % 2).collect();
    let labels = Tensor::from_data(labels.as_slice(), &device());
    let source = Labelled(LabelledBatch { inputs: known.inputs.clone(), labels });
    let objective = PathwiseObjective {
        source,
        simulation: run(),
        gain: 2.0,
        heat_price: 0.1,
        heat_budget: Some(0.01),
        mismatch: 0.2,
        seed: 3,
    };
    let computer = ComputerConfig::classifier(4, 3, 2).init::<AB>(&device());
    let theta = uniform(computer.parameters().total(), 1.0, 5);
    let direction = uniform(theta.len(), 1.0, 6);
    let at = |theta: &[f64]| computer.clone().with_parameters(theta).unwrap();
    // The gradient along a random direction, with fresh noise each time, against central differences under common random
    // numbers: the same function of the noise, so they agree to the curvature of the step.
    let h = 1e-4;
    let (mut gradients, mut differences) = (Vec::new(), Vec::new());
    for step in 0..20 {
        let model = at(&theta);
        let loss: Tensor<AB, 1> = Objective::loss(&objective, &model, step).unwrap();
        let grads = loss.backward();
        let values = model
            .flatten(
                model.input_couplings.grad(&grads).unwrap().to_data().iter::<f64>().collect(),
                model.couplings.grad(&grads).unwrap().to_data().iter::<f64>().collect(),
                model.biases.grad(&grads).unwrap().to_data().iter::<f64>().collect(),
            )
            .unwrap()
            .values;
        gradients.push(values.iter().zip(&direction).map(|(g, d)| g * d).sum::<f64>());
        let moved = |sign: f64| {
            let theta: Vec<f64> = theta.iter().zip(&direction).map(|(t, d)| t + sign * h * d).collect();
            let loss: Tensor<AB, 1> = Objective::loss(&objective, &at(&theta), step).unwrap();
            loss.into_scalar()
        };
        differences.push((moved(1.0) - moved(-1.0)) / (2.0 * h));
    }
    for (g, d) in gradients.iter().zip(&differences) {
        assert!((g - d).abs() < 1e-6 * (1.0 + d.abs()), "gradient {g}, central difference {d}");
    }
    // Independent noise: the means over fresh noise agree within their standard errors.
    let (early, late) = (mean_and_stderr(&gradients[..10]), mean_and_stderr(&differences[10..]));
    let z = (early.0 - late.0) / early.1.hypot(late.1);
    assert!(z.abs() < 5.0, "z = {z:.2}");
}
