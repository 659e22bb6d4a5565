//! Circuits of many cases, several at a time.

use crate::TaskError;
use circuit::{CircuitError, Form, Netlist, Ngspice, Waveforms};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Instant;

/// What a circuit showed.
pub(super) struct Shown {
    /// x of each unit at t_f.
    pub(super) end: Vec<f64>,
    /// V(x) given up to the bath and the switches, in the model's units, from the states at the ends of the segments.
    pub(super) heat: f64,
    /// What the resistors dissipated, in the model's units; in charges alone.
    pub(super) dissipated: Option<f64>,
    /// x of some units at evenly spaced times.
    pub(super) courses: Vec<Vec<f64>>,
    /// Elements of the circuit.
    pub(super) elements: usize,
    /// Seconds that ngspice took.
    pub(super) seconds: f64,
}

/// Times at which courses are kept.
pub(super) const KEPT: usize = 101;

/// What the circuits of some cases showed, in the order of the cases; none for one that failed.
pub(super) type AllShown = Vec<Option<Shown>>;

/// Runs `one` for `count` cases, `jobs` at a time. A case that fails costs no other; `failures` gets a line of it, under `name`.
///
/// # Errors
/// The first failure, where all have failed, and at once where no circuit can be made.
pub(super) fn run_all(
    name: &str,
    count: usize,
    jobs: usize,
    one: impl Fn(usize) -> Result<Shown, CircuitError> + Sync,
    failures: &mut Vec<String>,
    mut progress: impl FnMut(usize),
) -> Result<AllShown, TaskError> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = channel();
    let mut found: AllShown = (0..count).map(|_| None).collect();
    let mut first = None;
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, count.max(1)) {
            let (sender, next, one) = (sender.clone(), &next, &one);
            scope.spawn(move || {
                loop {
                    let case = next.fetch_add(1, Ordering::Relaxed);
                    if case >= count {
                        return;
                    }
                    let shown = one(case);
                    if matches!(
                        shown,
                        Err(CircuitError::TooNoisy { .. } | CircuitError::Scale { .. } | CircuitError::NoNgspice)
                    ) {
                        // It will be no better for another case.
                        next.store(count, Ordering::Relaxed);
                    }
                    if sender.send((case, shown)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (done, (case, shown)) in receiver.into_iter().enumerate() {
            match shown {
                Ok(shown) => found[case] = Some(shown),
                Err(error) => {
                    failures.push(format!("digit {case}, {name}: {error}"));
                    first.get_or_insert(error);
                }
            }
            progress(done + 1);
        }
    });
    match first {
        Some(error) if found.iter().all(Option::is_none) => Err(error.into()),
        _ => Ok(found),
    }
}

/// Runs a netlist and reads what the comparison needs.
pub(super) fn shown(ngspice: &Ngspice, netlist: &Netlist<'_>, kept: &[usize]) -> Result<Shown, CircuitError> {
    let text = netlist.text()?;
    let elements = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase())).count();
    let started = Instant::now();
    let seen = ngspice.run(&text)?;
    let seconds = started.elapsed().as_secs_f64();
    let network = netlist.network;
    let columns: Vec<Vec<f64>> = network
        .units
        .iter()
        .enumerate()
        .map(|(i, unit)| {
            let scale = netlist.state_per_volt(i);
            Ok(seen.column(&format!("v({unit})"))?.into_iter().map(|v| v * scale).collect())
        })
        .collect::<Result<_, CircuitError>>()?;
    let time = |t: f64| netlist.scales.time(network, t);
    let end = network.observation_time;
    check_whole(&seen, time(end))?;
    let at = |t: f64| -> Vec<f64> { columns.iter().map(|column| seen.at(column, time(t))).collect() };
    let mut heat = 0.0;
    let ends: Vec<f64> = network.switches().into_iter().chain([end]).collect();
    let mut before = netlist.start.to_vec();
    for (segment, until) in network.segments.iter().zip(&ends) {
        let drive = network.drive(segment, netlist.inputs.values());
        let after = at(*until);
        heat += network.energy(segment, &drive, &before) - network.energy(segment, &drive, &after);
        before = after;
    }
    let course = |unit: &usize| {
        (0..KEPT).map(|k| seen.at(&columns[*unit], time(end * k as f64 / (KEPT - 1) as f64))).collect()
    };
    let dissipated = match netlist.form {
        Form::Transconductors => None,
        Form::Charges => seen.column("v(heat)")?.last().copied(),
    };
    Ok(Shown { end: before, heat, dissipated, courses: kept.iter().map(course).collect(), elements, seconds })
}

/// Refuses waveforms that end before the read-out.
fn check_whole(seen: &Waveforms, end: f64) -> Result<(), CircuitError> {
    let last = if seen.is_empty() { 0.0 } else { seen.time(seen.len() - 1) };
    if last < end * (1.0 - 1e-6) {
        return Err(CircuitError::Raw(format!("it ends at {last:e} s, before the read-out at {end:e} s")));
    }
    Ok(())
}
