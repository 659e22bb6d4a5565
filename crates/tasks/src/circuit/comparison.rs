//! Circuits beside the simulation of the same trajectories.

use super::cases::CircuitCases;
use super::network;
use super::running::{KEPT, Shown, run_all, shown};
use crate::{Dynamics, TaskError, Watch};
use burn::tensor::Tensor;
use circuit::{Form, Inputs, Netlist, Ngspice, NoiseSource, Scales};
use langevin::{
    CounterNoise, LangevinBackend, NoForce, NoNoise, Trajectory, UnitKind, fill_standard_normal, replica_id,
    stream,
};
use runs::{CircuitComparison, Courses, FormComparison, NoisyComparison};
use std::time::Instant;

/// How circuits are run.
#[derive(Debug, Clone)]
pub struct CircuitOptions {
    /// Forms that are run without noise.
    pub forms: Vec<Form>,
    /// Units of the circuit.
    pub scales: Scales,
    /// Whether the inputs are folded into the biases.
    pub fold_inputs: bool,
    /// Whether circuits with thermal noise are run too, in transconductors.
    pub noise: bool,
    /// Seed of that noise.
    pub seed: u64,
    /// Circuits run at a time.
    pub jobs: usize,
}

impl CircuitOptions {
    /// Frozen inputs of these values, as the circuit has them.
    fn inputs<'a>(&self, values: &'a [f64]) -> Inputs<'a> {
        if self.fold_inputs { Inputs::Folded(values) } else { Inputs::Sources(values) }
    }
}

/// Time steps of the trajectories that noiseless circuits are compared with, at least.
const FINE_STEPS: usize = 20_000;
/// Of those with noise.
const NOISY_STEPS: usize = 2_000;
/// Simulated trajectories of a digit with noise.
const REPLICAS: usize = 10;
/// Noise of the circuits: intervals of a trajectory, at least.
const NOISE_INTERVALS: usize = 400;
/// Units whose courses are kept.
const COURSES: usize = 10;

/// Runs the circuits of some cases and compares their end states, answers and energies with the simulation's.
///
/// # Errors
/// [`TaskError::Circuit`] when ngspice fails; [`TaskError::Langevin`] when the simulation diverges.
pub fn compare<B: LangevinBackend>(
    cases: &CircuitCases<B>,
    dynamics: &Dynamics,
    ngspice: &Ngspice,
    options: &CircuitOptions,
    watch: &mut dyn Watch,
) -> Result<CircuitComparison, TaskError> {
    let started = Instant::now();
    let (count, net) = (cases.len(), network(&cases.computer, dynamics));
    let inputs = cases.inputs.as_ref().map_or_else(|| vec![Vec::new(); count], |inputs| rows(inputs.clone()));
    let starts = rows(cases.start.clone());
    let layout = cases.computer.layout();
    let read = if layout.outputs > 0 { UnitKind::Output } else { UnitKind::Visible };
    let kept: Vec<usize> = layout.range(read).take(COURSES).collect();
    // The simulation without noise.
    let fine = at_steps(dynamics, 0.0, FINE_STEPS)?;
    let (states, heats, courses) = simulated(cases, &fine, &kept)?;
    let answers: Vec<Option<usize>> = states.iter().map(|state| cases.answer(state)).collect();

    let title = "thermograd: a trained thermodynamic computer";
    let mut forms = Vec::new();
    let mut agree = vec![true; count];
    let mut failures = Vec::new();
    let mut course = Vec::new();
    for form in &options.forms {
        let name = form.name();
        watch.begin(&format!("circuits ({name})"), count, 0)?;
        let of = |case: usize| {
            let netlist = Netlist {
                network: &net,
                form: *form,
                scales: options.scales,
                inputs: options.inputs(&inputs[case]),
                start: &starts[case],
                noise: None,
                title,
            };
            shown(ngspice, &netlist, &kept)
        };
        let found = run_all(name, count, options.jobs, of, &mut failures, |done| watch.step(done))?;
        watch.end();
        let agrees = |(shown, answer): (&Option<Shown>, &Option<usize>)| {
            shown.as_ref().is_some_and(|shown| cases.answer(&shown.end) == *answer)
        };
        let own: Vec<bool> = found.iter().zip(&answers).map(agrees).collect();
        agree.iter_mut().zip(&own).for_each(|(all, own)| *all &= own);
        let shown = || found.iter().enumerate().filter_map(|(case, shown)| Some((case, shown.as_ref()?)));
        let apart = shown().flat_map(|(case, s)| s.end.iter().zip(&states[case]).map(|(a, b)| (a - b).abs()));
        let energies = shown().filter_map(|(case, s)| Some(((s.dissipated? - heats[case]) / heats[case]).abs()));
        let seconds: Vec<f64> = shown().map(|(_, s)| s.seconds).collect();
        forms.push(FormComparison {
            form: name.to_owned(),
            elements: shown().next().map_or(0, |(_, s)| s.elements),
            max_state_difference: apart.fold(0.0, f64::max),
            answers_agree: own.iter().filter(|own| **own).count(),
            heat_relative_difference: energies.reduce(f64::max),
            seconds_per_digit: mean(seconds.into_iter()),
        });
        if course.is_empty() {
            course = found.into_iter().next().flatten().map_or_else(Vec::new, |s| s.courses);
        }
    }
    let mut noisy_course = Vec::new();
    let noise = if options.noise && dynamics.kt() > 0.0 {
        let (comparison, courses) =
            noisy(cases, dynamics, (ngspice, options), [&inputs, &starts], &kept, &mut failures, watch)?;
        noisy_course = courses;
        Some(comparison)
    } else {
        None
    };
    let largest = |of: fn(&FormComparison) -> Option<f64>| forms.iter().filter_map(of).reduce(f64::max);
    Ok(CircuitComparison {
        ngspice: ngspice.version.clone(),
        digits: count,
        folded_inputs: options.fold_inputs,
        fine_time_step: fine.time_step(),
        max_state_difference: largest(|f| Some(f.max_state_difference)).unwrap_or(0.0),
        answers_agree: agree.iter().filter(|agree| **agree).count(),
        heat_relative_difference: largest(|f| f.heat_relative_difference),
        failures,
        forms,
        noise,
        courses: Courses {
            units: kept.iter().map(|unit| net.units[*unit].clone()).collect(),
            observation_time: dynamics.observation_time(),
            simulated: courses,
            circuit: course,
            noisy: noisy_course,
        },
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// Circuits with noise, against several simulated trajectories of each digit.
fn noisy<B: LangevinBackend>(
    cases: &CircuitCases<B>,
    dynamics: &Dynamics,
    (ngspice, options): (&Ngspice, &CircuitOptions),
    [inputs, starts]: [&[Vec<f64>]; 2],
    kept: &[usize],
    failures: &mut Vec<String>,
    watch: &mut dyn Watch,
) -> Result<(NoisyComparison, Vec<Vec<f64>>), TaskError> {
    let (count, net) = (cases.len(), network(&cases.computer, dynamics));
    let units = net.units.len();
    let fine = at_steps(dynamics, dynamics.kt(), NOISY_STEPS)?;
    // Each digit's trajectories, one after the other.
    let places: Vec<usize> = (0..count).flat_map(|case| [case; REPLICAS]).collect();
    let ids = (0..count).flat_map(|case| (0..REPLICAS).map(move |r| replica_id(case, r)));
    let index =
        Tensor::from_data(places.iter().map(|i| *i as i64).collect::<Vec<_>>().as_slice(), &cases.start.device());
    let protocol =
        cases.computer.protocol(cases.inputs.clone().map(|i| i.select(0, index.clone())), places.len())?;
    let start = cases.start.clone().select(0, index);
    let noise = CounterNoise::new(stream(options.seed, "circuit: simulated"), ids);
    let outcome = fine.simulation().run_protocol(&protocol, start, &noise)?;
    let unit = dynamics.kt();
    let simulated_heats: Vec<f64> = outcome.heat.into_data().iter::<f64>().map(|q| q / unit).collect();
    let simulated_states = rows(outcome.state);

    let intervals = dynamics.simulation().steps * NOISE_INTERVALS.div_ceil(dynamics.simulation().steps);
    let spacing = dynamics.observation_time() / intervals as f64;
    let seed = stream(options.seed, "circuit");
    watch.begin("circuits with noise", count, 0)?;
    let of = |case: usize| {
        let mut values = vec![Vec::with_capacity(intervals + 1); units];
        let mut xi = vec![0f32; units];
        for step in 0..=intervals {
            fill_standard_normal(seed, step as u32, &[replica_id(case, 0)], units, &mut xi);
            values.iter_mut().zip(&xi).for_each(|(list, xi)| list.push(f64::from(*xi)));
        }
        let netlist = Netlist {
            network: &net,
            form: Form::Transconductors,
            scales: options.scales,
            inputs: options.inputs(&inputs[case]),
            start: &starts[case],
            noise: Some(NoiseSource::Samples { spacing, values: &values }),
            title: "thermograd: a trained thermodynamic computer in a heat bath",
        };
        shown(ngspice, &netlist, kept)
    };
    let found = run_all("with noise", count, options.jobs, of, failures, |done| watch.step(done))?;
    watch.end();
    // Digits whose circuit has failed are left out on both sides.
    let (ran, found): (Vec<usize>, Vec<Shown>) =
        found.into_iter().enumerate().filter_map(|(case, shown)| Some((case, shown?))).unzip();
    let heat = differences(&ran, |place| found[place].heat / unit, |row| simulated_heats[row]);
    let right = cases.labels.as_ref().map(|labels| {
        let right = |state: &[f64], case: usize| f64::from(u8::from(cases.answer(state) == Some(labels[case])));
        let own = |place: usize| right(&found[place].end, ran[place]);
        differences(&ran, own, |row| right(&simulated_states[row], row / REPLICAS))
    });
    let comparison = NoisyComparison {
        seed: options.seed,
        spacing,
        replicas: REPLICAS,
        time_step: fine.time_step(),
        accuracy: right.map(|[own, ..]| own),
        simulated_accuracy: right.map(|[_, simulated, _]| simulated),
        accuracy_difference_stderr: right.map(|[.., stderr]| stderr),
        heat_kt: heat[0],
        simulated_heat_kt: heat[1],
        heat_difference_stderr_kt: heat[2],
        seconds_per_digit: mean(found.iter().map(|s| s.seconds)),
    };
    Ok((comparison, found.into_iter().next().map_or_else(Vec::new, |s: Shown| s.courses)))
}

/// Means of a quantity of the circuits and of the simulation's trajectories over the digits that `ran`, and the standard error of the difference
/// of the two, from its spread over those digits.
fn differences(ran: &[usize], own: impl Fn(usize) -> f64, simulated: impl Fn(usize) -> f64) -> [f64; 3] {
    let of =
        |(place, case): (usize, &usize)| [own(place), mean((0..REPLICAS).map(|r| simulated(case * REPLICAS + r)))];
    let pairs: Vec<[f64; 2]> = ran.iter().enumerate().map(of).collect();
    let apart: Vec<f64> = pairs.iter().map(|[a, b]| a - b).collect();
    let (_, spread) = crate::mean_and_std(&apart);
    let stderr = spread / (ran.len() as f64).sqrt();
    [mean(pairs.iter().map(|p| p[0])), mean(pairs.iter().map(|p| p[1])), stderr]
}

/// The same bath at another kT and at least so many steps, a whole multiple of its own.
fn at_steps(dynamics: &Dynamics, kt: f64, least: usize) -> Result<Dynamics, TaskError> {
    let own = dynamics.simulation().steps;
    let steps = own * least.div_ceil(own);
    let time = dynamics.observation_time();
    Ok(Dynamics::new(kt, dynamics.mobility(), time / steps as f64, time)?)
}

/// End states, heats in the model's units, and courses of the first case, without noise.
type Simulated = (Vec<Vec<f64>>, Vec<f64>, Vec<Vec<f64>>);

fn simulated<B: LangevinBackend>(
    cases: &CircuitCases<B>,
    fine: &Dynamics,
    kept: &[usize],
) -> Result<Simulated, TaskError> {
    let count = cases.len();
    let simulation = fine.simulation();
    let protocol = cases.computer.protocol(cases.inputs.clone(), count)?;
    let outcome = simulation.run_protocol(&protocol, cases.start.clone(), &NoNoise)?;
    let first = cases.computer.protocol(cases.inputs.clone().map(|inputs| inputs.narrow(0, 0, 1)), 1)?;
    let every = (simulation.steps / (KEPT - 1)).max(1);
    let trajectory: Trajectory<B> =
        simulation.record_protocol(&first, cases.start.clone().narrow(0, 0, 1), &NoNoise, &NoForce, every)?;
    let recorded: Vec<f64> = trajectory.states.into_data().iter::<f64>().collect();
    let units = cases.computer.layout().moving();
    let course = |unit: &usize| recorded.chunks_exact(units).map(|state| state[*unit]).collect();
    let heats = outcome.heat.into_data().iter::<f64>().collect();
    Ok((rows(outcome.state), heats, kept.iter().map(course).collect()))
}

fn rows<B: LangevinBackend>(tensor: Tensor<B, 2>) -> Vec<Vec<f64>> {
    let [_, width] = tensor.dims();
    let values: Vec<f64> = tensor.into_data().iter::<f64>().collect();
    values.chunks_exact(width.max(1)).map(<[f64]>::to_vec).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}
