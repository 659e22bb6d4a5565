//! The teacher, its response and its trajectories.

use super::{AB, B, device, uniform};
use burn::module::Module;
use burn::module::{ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use langevin::exact::finite_time_response;
use langevin::{Bath, EulerMaruyama, Landscape, Layout, NoForce, NoNoise, Simulation, Well};
use learning::{Activation, Guide, GuideKind, IdealisedTrajectories, Response, Teacher, TeacherConfig};

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
