//! The grids, one arm of a match each.

use super::grid::{Axis, Grid, Point};
use crate::cli::ExperimentName;

fn over(values: &[f64], make: impl Fn(f64) -> Vec<Point>) -> Vec<Point> {
    values.iter().flat_map(|v| make(*v)).collect()
}

/// The grid of an experiment that trains its points; none for one with its own course.
// A table, long because there are many.
#[allow(clippy::too_many_lines)]
pub(super) fn grid(name: ExperimentName) -> Option<Grid> {
    let paper_heat = Some(("paper A", 1e5, 0.917));
    Some(match name {
        ExperimentName::TwoClass => Grid {
            title: "0 against 1 with 8 hidden units",
            note: "The papers' minimal experiment, by three objectives.",
            columns: vec!["objective"],
            series: None,
            axis: Axis::Heat,
            points: [("action", ""), ("exact", ""), ("pathwise", "training.learning_rate=3e-3")]
                .iter()
                .map(|(objective, more)| {
                    let mut settings = vec![format!("objective.kind={objective}")];
                    settings.extend((!more.is_empty()).then(|| (*more).to_owned()));
                    Point::new("two-class", &[objective], &settings)
                })
                .collect(),
            reference: None,
        },
        ExperimentName::ObservationTime => Grid {
            title: "Accuracy against the observation time",
            note: "Exact minimum of the action, one round on the computer's own trajectories; the teacher's activation is the \
                   unit's response at that time.",
            columns: vec!["t_f"],
            series: None,
            axis: Axis::FirstLabel("observation time in 1/μ"),
            points: over(&[0.05, 0.1, 0.2, 0.4, 0.7, 1.0], |t| {
                vec![Point::new("mnist-exact", &[&t.to_string()], &[format!("dynamics.observation_time={t:?}")])]
            }),
            reference: None,
        },
        ExperimentName::Connectivity => {
            let blocks = ["input-hidden", "input-output", "hidden-hidden", "hidden-output", "output-output"];
            let mut points = vec![Point::new("mnist-exact", &["none"], &[])];
            for left_out in blocks {
                let kept: Vec<String> =
                    blocks.iter().filter(|b| **b != left_out).map(|b| format!("{b:?}")).collect();
                points.push(Point::new(
                    "mnist-exact",
                    &[left_out],
                    &[format!("computer.connectivity=[{}]", kept.join(", "))],
                ));
            }
            Grid {
                title: "Without one block of couplings",
                note: "Exact minimum of the action, one round on the computer's own trajectories.",
                columns: vec!["left out"],
                series: None,
                axis: Axis::Heat,
                points,
                reference: paper_heat,
            }
        }
        ExperimentName::Guides => Grid {
            title: "How the teacher's trajectories are made",
            note: "Exact minimum of the action. `response`: the teacher's activation is the unit's own finite-time response. \
                   Rounds: how often the computer's own trajectories became the states, and the action was solved again.",
            columns: vec!["activation", "guide", "k", "first states", "rounds"],
            series: None,
            axis: Axis::Heat,
            points: guides(),
            reference: paper_heat,
        },
        ExperimentName::Optimisers => {
            let gradient = |name: &str, optimizer: &str, rate: f64, decay: f64| {
                Point::new(
                    "mnist",
                    &[name],
                    &[
                        format!("training.optimizer={optimizer}"),
                        format!("training.learning_rate={rate:?}"),
                        format!("training.weight_decay={decay:?}"),
                        "training.steps=1000".to_owned(),
                        "objective.k=100.0".to_owned(),
                    ],
                )
            };
            Grid {
                title: "Optimisers on the action",
                note: "1,000 steps of 1,000 trajectories at 10 random times, cosine schedule, k = 100; beside the exact minimum.",
                columns: vec!["optimiser"],
                series: None,
                axis: Axis::Heat,
                points: vec![
                    gradient("gradient descent", "gradient-descent", 1e-2, 0.0),
                    gradient("momentum", "momentum", 3e-3, 0.0),
                    gradient("RMSprop", "rms-prop", 1e-2, 0.0),
                    gradient("Adam", "adam", 3e-2, 0.0),
                    gradient("AdamW, decay 1e-3", "adam-w", 3e-2, 1e-3),
                    Point::new(
                        "mnist-exact",
                        &["exact minimum"],
                        &["objective.rounds=0".to_owned(), "objective.k=100.0".to_owned()],
                    ),
                    Point::new("mnist-exact", &["exact minimum, 1 round"], &["objective.k=100.0".to_owned()]),
                ],
                reference: paper_heat,
            }
        }
        ExperimentName::LearningRate => Grid {
            title: "The learning rate of gradient descent on the action",
            note: "500 steps of plain gradient descent, k = 100; a rate that diverges is reported as failed.",
            columns: vec!["learning rate"],
            series: None,
            axis: Axis::FirstLabel("learning rate"),
            points: over(&[1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0], |rate| {
                vec![Point::new(
                    "mnist",
                    &[&rate.to_string()],
                    &[
                        "training.optimizer=gradient-descent".to_owned(),
                        "training.schedule=constant".to_owned(),
                        format!("training.learning_rate={rate:?}"),
                        "training.steps=500".to_owned(),
                        "objective.k=100.0".to_owned(),
                    ],
                )]
            }),
            reference: None,
        },
        ExperimentName::Temperature => Grid {
            title: "Thermal energy of the device",
            note: "Exact minimum of the action, trained and evaluated at this kT; heat in units of that kT.",
            columns: vec!["kT"],
            series: None,
            axis: Axis::FirstLabel("kT"),
            points: over(&[0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0], |kt| {
                vec![Point::new("mnist-exact", &[&kt.to_string()], &[format!("dynamics.kt={kt:?}")])]
            }),
            reference: None,
        },
        ExperimentName::TimeStep => Grid {
            title: "Time step",
            note: "Exact minimum of the action at this time step, t_f = 0.2; one that diverges is reported as failed.",
            columns: vec!["time step"],
            series: None,
            axis: Axis::FirstLabel("time step in 1/μ"),
            points: over(&[5e-4, 1e-3, 2e-3, 4e-3, 5e-3, 1e-2, 2e-2], |dt| {
                vec![Point::new("mnist-exact", &[&dt.to_string()], &[format!("dynamics.time_step={dt:?}")])]
            }),
            reference: None,
        },
        ExperimentName::Throughput => Grid {
            title: "Accuracy against answers a second",
            note: "Pathwise training (3,000 steps of 500 images) at each observation time, evaluated at each time step. A device \
                   answers once every t_f; the simulation's rate is that of the evaluation on one job's share of the cores.",
            columns: vec!["t_f", "time step"],
            series: Some(1),
            axis: Axis::Rate,
            points: over(&[0.02, 0.05, 0.1, 0.2], |t| {
                let one = |dt: f64| {
                    Point::new(
                        "mnist-pathwise",
                        &[&t.to_string(), &dt.to_string()],
                        &[
                            format!("dynamics.observation_time={t:?}"),
                            format!("dynamics.time_step={dt:?}"),
                            format!("objective.time_step={:?}", if t < 0.1 { 1e-3 } else { 5e-3 }),
                            "training.steps=3000".to_owned(),
                        ],
                    )
                };
                vec![one(1e-3), one(5e-3)]
            }),
            reference: None,
        },
        ExperimentName::TrainingSteps => Grid {
            title: "Accuracy against training time",
            note: "Pathwise training for more and more steps of 500 images.",
            columns: vec!["steps"],
            series: None,
            axis: Axis::Seconds,
            points: over(&[100.0, 300.0, 1000.0, 3000.0, 10_000.0], |steps| {
                vec![Point::new("mnist-pathwise", &[&steps.to_string()], &[format!("training.steps={steps}")])]
            }),
            reference: None,
        },
        ExperimentName::Front => Grid {
            title: "Accuracy against heat",
            note: "Pathwise training with a budget of heat, from random couplings (3,000 steps of 500 images) or from the action's \
                   exact minimum at a strong drive (600 steps, at the fine time step), and that minimum itself (one round on \
                   the computer's own trajectories).",
            columns: vec!["training", "k", "heat budget (kT)"],
            series: Some(0),
            axis: Axis::Heat,
            points: front(),
            reference: paper_heat,
        },
        ExperimentName::SymmetricTeacher => Grid {
            title: "A teacher with symmetric weights",
            note: "Each hidden layer of the teacher hears the layer above through the transposed weights, as in the computer, a few \
                   times over. Exact minimum of the action; rounds on the computer's own trajectories.",
            columns: vec!["sweeps of feedback", "rounds"],
            series: Some(1),
            axis: Axis::Heat,
            points: over(&[0.0, 1.0, 3.0], |sweeps| {
                let one = |rounds: usize| {
                    Point::new(
                        "mnist-exact",
                        &[&sweeps.to_string(), &rounds.to_string()],
                        &[format!("teacher.feedback={sweeps}"), format!("objective.rounds={rounds}")],
                    )
                };
                vec![one(0), one(1)]
            }),
            reference: paper_heat,
        },
        ExperimentName::Mismatch => return None,
    })
}

fn front() -> Vec<Point> {
    // Turned and zoomed images cost more than they bring where heat, not the training set, is what accuracy lacks.
    let pathwise = |training: &str, k: &str, budget: &str, more: &[String]| {
        let free = [
            "objective.heat_price=0.0",
            "objective.max_rotation=0.0",
            "objective.max_zoom=0.0",
            "training.learning_rate=1e-2",
            "training.steps=3000",
        ]
        .map(str::to_owned);
        Point::new("mnist-pathwise", &[training, k, budget], &[&free[..], more].concat())
    };
    let mut points = over(&[30.0, 100.0, 200.0, 500.0, 1e3, 2e3, 4e3, 8e3], |budget| {
        vec![pathwise("pathwise", "–", &budget.to_string(), &[format!("objective.heat_budget={budget:?}")])]
    });
    points.push(pathwise("pathwise", "–", "none", &[]));
    points.extend(over(&[300.0, 600.0], |k| {
        vec![pathwise(
            "pathwise from the minimum",
            &k.to_string(),
            "none",
            // Such drives need the fine time step in training too.
            &[
                "objective.start.kind=exact",
                &format!("objective.start.k={k:?}"),
                "objective.time_step=1e-3",
                "training.learning_rate=1e-3",
                "training.steps=600",
            ]
            .map(str::to_owned),
        )]
    }));
    points.extend(over(&[10.0, 30.0, 100.0, 300.0, 600.0], |k| {
        vec![Point::new(
            "mnist-exact",
            &["minimum of the action", &k.to_string(), "–"],
            &[format!("objective.k={k:?}")],
        )]
    }));
    points
}

fn guides() -> Vec<Point> {
    let one = |activation: &str, guide: &str, k: f64, states: &str, rounds: usize| {
        Point::new(
            "mnist-exact",
            &[activation, guide, &k.to_string(), states, &rounds.to_string()],
            &[
                format!("teacher.activation={activation}"),
                format!("objective.guide={guide}"),
                format!("objective.k={k:?}"),
                format!("objective.states={states}"),
                format!("objective.rounds={rounds}"),
            ],
        )
    };
    vec![
        one("tanh", "proportional", 100.0, "idealised", 0),
        one("tanh", "proportional", 500.0, "idealised", 0),
        one("tanh", "proportional", 100.0, "idealised", 1),
        one("response", "proportional", 30.0, "idealised", 0),
        one("response", "proportional", 100.0, "idealised", 0),
        one("response", "proportional", 300.0, "idealised", 0),
        one("response", "proportional", 100.0, "thermal", 0),
        one("response", "exact-inverse", 100.0, "idealised", 0),
        one("response", "exact-inverse", 100.0, "idealised", 1),
        one("response", "proportional", 100.0, "idealised", 1),
        one("response", "proportional", 100.0, "idealised", 2),
        one("response", "proportional", 100.0, "idealised", 3),
    ]
}
