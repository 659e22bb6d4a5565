mod common;
use common::*;
use report::*;
use runs::*;
use std::path::Path;
fn rnd(s: &mut u64) -> f64 {
    *s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*s >> 11) as f64 / (1u64 << 53) as f64
}
#[test]
fn pages() {
    let out = Path::new("/tmp/pages");
    std::fs::create_dir_all(out).unwrap();
    let mut s = 5u64;
    let side = 8usize;
    for (tag, names) in [
        ("digits", (0..10).map(|d| d.to_string()).collect::<Vec<_>>()),
        (
            "fashion",
            [
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ]
            .map(String::from)
            .to_vec(),
        ),
        (
            "long20",
            (0..20).map(|i| format!("a class with quite a long name of sixty letters, number {i:03}.")).collect(),
        ),
        (
            "long5",
            (0..5).map(|i| format!("{i} class with quite a long name of sixty letters, number {i:02}.")).collect(),
        ),
        ("two", vec!["zero".into(), "one".into()]),
    ] {
        let n = names.len();
        let mut c = classified();
        c.test.images = 10000;
        let mut f = classified_figures();
        f.image_shape = [side, side];
        f.classes = names;
        let image = |s: &mut u64| (0..side * side).map(|_| rnd(s) as f32).collect::<Vec<_>>();
        f.trajectories = (0..8)
            .map(|k| OutputTrajectory {
                image: image(&mut s),
                label: k % n,
                predicted: if k < 4 {
                    Some(k % n)
                } else if k == 5 {
                    None
                } else {
                    Some((k + 1) % n)
                },
                times: (0..=100).map(|t| t as f64 * 0.002).collect(),
                outputs: (0..n)
                    .map(|i| {
                        let a = rnd(&mut s) * 4.0 - 2.0;
                        (0..=100)
                            .map(|t| {
                                ((t as f64 / 100.0).sqrt() * a
                                    + 0.2 * rnd(&mut s)
                                    + if i == k % n { 0.02 * t as f64 } else { 0.0 })
                                    as f32
                            })
                            .collect()
                    })
                    .collect(),
            })
            .collect();
        f.confusion = (0..n)
            .map(|r| {
                (0..n)
                    .map(|q| {
                        if r == q {
                            9300 / n
                        } else if (r + q) % 3 == 0 {
                            (rnd(&mut s) * 40.0) as usize
                        } else {
                            0
                        }
                    })
                    .collect()
            })
            .collect();
        let heats: Vec<f64> =
            (0..20000).map(|_| 16974.0 + 3100.0 * (0..12).map(|_| rnd(&mut s) - 0.5).sum::<f64>()).collect();
        f.heat_histogram = Histogram::of(&heats, 60);
        f.coupling_tiles = Tiles {
            shape: [side, side],
            tiles: (0..32).map(|_| (0..side * side).map(|_| (rnd(&mut s) - 0.5) as f32).collect()).collect(),
        };
        f.accuracy_against_images =
            (1..=100).map(|i| (100 * i, 0.93 + 0.03 * (rnd(&mut s) - 0.5) / (i as f64).sqrt())).collect();
        let mut m = Vec::new();
        for e in 1..=60 {
            m.push(Metric {
                phase: "teacher".into(),
                step: 235 * e,
                epoch: Some(e),
                loss: Some(0.3 / (e as f64)),
                validation_top1: Some(0.966 - 0.1 / (e as f64)),
                ..Metric::default()
            });
        }
        for e in 1..=60 {
            m.push(Metric {
                phase: "computer".into(),
                step: 100 * e,
                action: Some(1e6 / (e as f64).powi(2)),
                validation_top1: (e % 10 == 0).then_some(0.9331 - 0.1 / (e as f64)),
                ..Metric::default()
            });
        }
        let mut su = summary(Outcome::Classified(Box::new(c)));
        if tag == "digits" {
            su.dataset = "digits".into();
            su.dataset_origin = "built-in UCI optical digits".into();
        }
        if tag.starts_with("long") {
            su.dataset = "my-own-data".into();
        }
        if tag == "fashion" {
            su.dataset = "fashion-mnist".into();
        }
        let d = folder("run", &su, Some(&Figures::Classified(f)), &m);
        std::fs::write(out.join(format!("{tag}.html")), page(&d.path().join("run"))).unwrap();
    }
    let imported = summary(Outcome::Imported);
    let d = folder("run", &imported, None, &[]);
    std::fs::write(out.join("imported.html"), page(&d.path().join("run"))).unwrap();
    // generator
    let mut g = generated_figures();
    let img = |s: &mut u64| (0..28 * 28).map(|_| rnd(s) as f32).collect::<Vec<_>>();
    g.image_shape = [28, 28];
    g.noising = (0..3).map(|_| (0..10).map(|_| img(&mut s)).collect()).collect();
    g.denoising = (0..3).map(|_| (0..10).map(|_| img(&mut s)).collect()).collect();
    g.ends = (0..25).map(|_| img(&mut s)).collect();
    g.receptive_fields = (0..16).map(|_| img(&mut s).into_iter().map(|x| x - 0.5).collect()).collect();
    g.times = (0..50).map(|t| t as f64 * 0.1).collect();
    g.energy_kt = (0..50).map(|t| (0..10).map(|_| -58.0 * t as f64 + 100.0 * rnd(&mut s)).collect()).collect();
    let heats: Vec<f64> =
        (0..1000).map(|_| 2900.0 + 52.0 * (0..12).map(|_| rnd(&mut s) - 0.5).sum::<f64>()).collect();
    g.heat_histogram = Histogram::of(&heats, 40);
    let mut m = Vec::new();
    for e in 1..=100 {
        m.push(Metric {
            phase: "stage 0: reversed-action".into(),
            step: 10 * e,
            action: Some(1_234_567.0 + 50.0 / (e as f64)),
            ..Metric::default()
        });
    }
    for e in 1..=100 {
        m.push(Metric {
            phase: "stage 1: contrastive".into(),
            step: 10 * e,
            loss: Some(3.2e-5 + 1e-6 / (e as f64)),
            ..Metric::default()
        });
    }
    for e in 1..=100 {
        m.push(Metric {
            phase: "stage 2: pathwise".into(),
            step: 1000 * e,
            loss: Some(1e-2 + 1e5 / (e as f64).powi(4)),
            ..Metric::default()
        });
    }
    let mut gen_ = generated();
    for tag in ["generator", "images"] {
        if tag == "images" {
            let nets = |cnn: f64| PerNet { cnn: Some(cnn), mlp: Some(cnn * 1.5) };
            gen_.samples = SampleQuality::Images(Box::new(ImageQuality {
                count: 10000,
                class_accuracy: None,
                class_counts: (0..20).map(|i| 400 + i).collect(),
                class_entropy: 0.12,
                classifier_accuracy: nets(0.99),
                frechet: nets(12.34),
                frechet_floor: nets(1.5),
                floor_images: 5000,
                frechet_bernoulli: nets(40.0),
                frechet_bernoulli_pooled: nets(90.0),
                nearest_train: 5.0,
                nearest_real: 6.0,
                diversity: 0.4,
                diversity_real: 0.5,
            }));
            g.noising.clear();
        }
        let mut su = summary(Outcome::Generated(Box::new(gen_.clone())));
        su.task = "generate".into();
        su.computer.visible = Some(784);
        let d = folder("run", &su, Some(&Figures::Generated(g.clone())), &m);
        std::fs::write(out.join(format!("{tag}.html")), page(&d.path().join("run"))).unwrap();
    }
    // experiments
    let row = |labels: &[&str], x: f64, t: &[f64], failed| ExperimentRow {
        labels: labels.iter().map(|l| l.to_string()).collect(),
        x,
        top1: Spread::of(t),
        top1_mean: Spread::of(t),
        heat: Spread::of(&[x, x * 1.01]),
        seconds: Spread::of(&[12.3, 12.6]),
        action: Spread::of(&[1234.0, 1240.0]),
        rate: Spread::of(&[2.5e4, 2.6e4]),
        failed,
    };
    let base = Experiment { title: "How the teacher's trajectories are made".into(), note: "Exact minimum of the action. Rounds: how often the computer's own trajectories became the states, and the action was solved again.".into(), data: "digits: built-in UCI optical digits".into(), built_in: true, command: "trainer experiment guides --seeds 3".into(), columns: vec!["objective".into()], series: None, x_label: "mean heat in kT".into(), reference: Some(("paper A".into(), 1e4, 0.917)), rows: vec![row(&["action"], 8e3, &[0.5,0.9,0.99], 0), row(&["exact"], 2e4, &[0.9,0.91], 1), row(&["pathwise"], 1.2e4, &[], 3)], failures: vec!["pathwise, seed 1: the dynamics diverged at step 312; use a smaller dynamics.time_step".into(), "exact, seed 3: /very/long/path/without/any/break/that/goes/on/and/on/and/on/until/it/is/wider/than/a/phone/points/exact-seed-3.log: killed".into()] };
    std::fs::write(out.join("exp1.html"), base.render()).unwrap();
    let two = Experiment {
        series: Some(1),
        columns: vec!["mismatch".into(), "method".into()],
        reference: None,
        x_label: "relative error of each parameter".into(),
        built_in: false,
        data: "mnist: /data/mnist".into(),
        failures: vec![],
        rows: [31.0, 32.0, 33.0]
            .iter()
            .flat_map(|&x| {
                [
                    row(&[&x.to_string(), "as trained"], x, &[0.93, 0.932, 0.9325], 0),
                    row(&[&x.to_string(), "noise-aware"], x, &[0.9324, 0.9329, 0.934], 0),
                    row(&[&x.to_string(), "genetic"], x, &[0.931, 0.935, 0.9331], 0),
                ]
            })
            .collect(),
        ..base
    };
    std::fs::write(out.join("exp2.html"), two.render()).unwrap();
    println!("{}", two.text());
}
