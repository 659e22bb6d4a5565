//! Circuits by ngspice against the computer's own equations, where ngspice is installed.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use thermograd_circuit::{
    CircuitError, Form, Inputs, Netlist, Network, Ngspice, NoiseSource, Scales, Segment, Waveforms,
};

fn ngspice() -> Option<Ngspice> {
    match Ngspice::find(60) {
        Ok(found) => Some(found),
        Err(CircuitError::NoNgspice) => {
            eprintln!("SKIPPED: ngspice is not installed (apt-get install ngspice): no circuit is run");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Five units and three inputs, every constant another, in so many segments.
fn network(segments: usize) -> Network {
    let (units, inputs) = (5, 3);
    let wave = |k: usize, size: f64| size * (1.7 * k as f64 + 0.3).sin();
    let segment = |s: usize| {
        let mut couplings = vec![0.0; units * units];
        for i in 0..units {
            for j in 0..i {
                // One pair is not coupled.
                let value = if (i, j) == (3, 1) { 0.0 } else { wave(7 * i + j + 31 * s, 4.0) };
                couplings[i * units + j] = value;
                couplings[j * units + i] = value;
            }
        }
        Segment {
            fraction: if segments == 1 { 1.0 } else { [0.25, 0.75][s] },
            input_couplings: (0..inputs * units).map(|k| wave(k + 100 + s, 3.0)).collect(),
            couplings,
            biases: (0..units).map(|k| wave(k + 200 + s, 5.0)).collect(),
        }
    };
    Network {
        units: ["h0", "h1", "h2", "o0", "o1"].map(str::to_owned).to_vec(),
        inputs,
        // The second has a linear part that no passive conductor makes.
        wells: vec![[1.0, 1.0], [-0.5, 0.7], [0.8, 0.0], [2.0, 1.5], [1.0, 1.0]],
        segments: (0..segments).map(segment).collect(),
        mobility: 1.6,
        kt: 1.0,
        observation_time: 0.4,
    }
}

const INPUTS: [f64; 3] = [0.9, -1.4, 2.1];
const START: [f64; 5] = [0.3, -0.2, 0.0, 0.5, -0.6];

/// States at the end and heat by Runge and Kutta's method, which knows nothing of circuits.
fn integrated(network: &Network) -> (Vec<f64>, f64) {
    let units = network.units.len();
    let mut x = START.to_vec();
    let mut heat = 0.0;
    for segment in &network.segments {
        let drive = network.drive(segment, &INPUTS);
        let rate = |x: &[f64]| -> Vec<f64> {
            let force = |i: usize| {
                let [j2, j4] = network.wells[i];
                let coupled: f64 = (0..units).map(|j| segment.couplings[i * units + j] * x[j]).sum();
                2.0 * j2 * x[i] + 4.0 * j4 * x[i].powi(3) + drive[i] + coupled
            };
            (0..units).map(|i| -network.mobility * force(i)).collect()
        };
        let before = network.energy(segment, &drive, &x);
        let steps = 4000;
        let dt = segment.fraction * network.observation_time / f64::from(steps);
        for _ in 0..steps {
            let moved =
                |k: &[f64], part: f64| -> Vec<f64> { x.iter().zip(k).map(|(x, k)| x + part * dt * k).collect() };
            let a = rate(&x);
            let b = rate(&moved(&a, 0.5));
            let c = rate(&moved(&b, 0.5));
            let d = rate(&moved(&c, 1.0));
            x.iter_mut().enumerate().for_each(|(i, x)| *x += dt / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]));
        }
        heat += before - network.energy(segment, &drive, &x);
    }
    (x, heat)
}

fn ends(netlist: &Netlist<'_>, seen: &Waveforms) -> Vec<f64> {
    let last = |name: &str| *seen.column(name).unwrap().last().unwrap();
    let units = netlist.network.units.iter().enumerate();
    units.map(|(i, unit)| last(&format!("v({unit})")) * netlist.state_per_volt(i)).collect()
}

const MODEL: Scales = Scales { volts: 1.0, farads: 1.0, seconds: 1.0, kelvin: 300.0 };
/// Tenths of a volt, tens of femtofarads, microseconds: what a chip might have.
const CHIP: Scales = Scales { volts: 0.2, farads: 4e-14, seconds: 1e-6, kelvin: 300.0 };

#[test]
fn both_forms_move_as_the_computer_does_and_resistors_dissipate_the_heat() {
    let Some(ngspice) = ngspice() else { return };
    for segments in [1, 2] {
        let network = network(segments);
        let (expected, heat) = integrated(&network);
        assert!(heat > 1.0 && expected.iter().any(|x| x.abs() > 0.5), "{expected:?} {heat}");
        for form in [Form::Transconductors, Form::Charges] {
            for inputs in [Inputs::Sources(&INPUTS), Inputs::Folded(&INPUTS)] {
                for scales in [MODEL, CHIP] {
                    let netlist = Netlist {
                        network: &network,
                        form,
                        scales,
                        inputs,
                        start: &START,
                        noise: None,
                        title: "test",
                    };
                    let seen = ngspice.run(&netlist.text().unwrap()).unwrap();
                    for (found, expected) in ends(&netlist, &seen).iter().zip(&expected) {
                        // The solver is asked for 1e-6 a step.
                        assert!(
                            (found - expected).abs() < 2e-4,
                            "{form:?} {inputs:?} {scales:?}: {found} for {expected}"
                        );
                    }
                    if form == Form::Charges {
                        let found = *seen.column("v(heat)").unwrap().last().unwrap();
                        assert!(
                            (found / heat - 1.0).abs() < 1e-3,
                            "{inputs:?} {scales:?} {segments}: {found} for {heat}"
                        );
                    }
                }
            }
        }
    }
}

/// Many uncoupled harmonic units for several relaxation times: the variance is kT/κ less 7 a Δ/15 of itself, whatever the noise's source,
/// the form and the scales.
#[test]
fn noise_has_the_variance_of_its_bath() {
    let Some(ngspice) = ngspice() else { return };
    let units = 200;
    let (j2, kt, mobility, spacing) = (1.5, 0.8, 1.0, 0.01);
    let network = Network {
        units: (0..units).map(|i| format!("h{i}")).collect(),
        inputs: 0,
        wells: vec![[j2, 0.0]; units],
        segments: vec![Segment {
            fraction: 1.0,
            input_couplings: vec![],
            couplings: vec![0.0; units * units],
            biases: vec![0.0; units],
        }],
        mobility,
        kt,
        observation_time: 2.0,
    };
    let kappa = 2.0 * j2;
    let expected = kt / kappa * (1.0 - 7.0 / 15.0 * kappa * mobility * spacing);
    let start = vec![0.0; units];
    // Normals of a generator of the test's own.
    let mut state = 7u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    };
    let mut normal = || (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    let values: Vec<Vec<f64>> = (0..units).map(|_| (0..=200).map(|_| normal()).collect()).collect();
    for (form, scales) in [(Form::Transconductors, MODEL), (Form::Charges, MODEL), (Form::Transconductors, CHIP)] {
        for noise in [NoiseSource::Trnoise { spacing }, NoiseSource::Samples { spacing, values: &values }] {
            let netlist = Netlist {
                network: &network,
                form,
                scales,
                inputs: Inputs::Folded(&[]),
                start: &start,
                noise: Some(noise),
                title: "test",
            };
            let seen = ngspice.run(&netlist.text().unwrap()).unwrap();
            let states = ends(&netlist, &seen);
            let found = states.iter().map(|x| x * x).sum::<f64>() / units as f64;
            let z = (found - expected) / (expected * (2.0 / units as f64).sqrt());
            eprintln!(
                "{form:?} {}: variance {found:.4} for {expected:.4}, z {z:.2}, n {units}",
                if matches!(noise, NoiseSource::Trnoise { .. }) { "trnoise" } else { "samples, seed 7" }
            );
            assert!(z.abs() < 5.0);
        }
    }
}

#[test]
fn what_ngspice_cannot_run_is_an_error_with_its_last_lines() {
    let Some(ngspice) = ngspice() else { return };
    let error = ngspice.run("* nothing\nB1 a 0 I=V(\n.tran 1 2\n.end\n").unwrap_err();
    assert!(matches!(error, CircuitError::Failed { .. } | CircuitError::Raw(_)), "{error}");
    assert!(!error.to_string().contains('\n'));
    let slow = Ngspice::find(0).unwrap();
    let long = "* long\nC1 a 0 1 IC=1\nR1 a 0 1\n.tran 1e-6 100 0 1e-6 uic\n.save v(a)\n.end\n";
    assert!(matches!(slow.run(long), Err(CircuitError::TimedOut { seconds: 0 })));
}
