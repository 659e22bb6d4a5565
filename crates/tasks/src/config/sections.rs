//! The sections that every job has, each read and checked once.

use super::ranges::require;
use crate::TaskError;
use langevin::{Bath, Clock, Connectivity, EulerMaruyama, LangevinError, Simulation, Well, runs_of_segments};
use learning::{MOST_BITS, ProgramLimits};
use serde::{Deserialize, Serialize};

/// `[dynamics]`: the bath, the time step and the observation time, as the simulation that they make.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "DynamicsText", into = "DynamicsText")]
pub struct Dynamics {
    simulation: Simulation,
    observation_time: f64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct DynamicsText {
    kt: f64,
    mobility: f64,
    time_step: f64,
    observation_time: f64,
}

impl TryFrom<DynamicsText> for Dynamics {
    type Error = LangevinError;

    fn try_from(text: DynamicsText) -> Result<Self, LangevinError> {
        let bath = Bath::new(text.kt, text.mobility)?;
        // Beyond these, energies in kT leave the numbers that the computer has.
        if text.kt > 0.0 && !(1e-30..=1e30).contains(&text.kt) {
            let requirement = "0, or from 1e-30 to 1e30";
            return Err(LangevinError::OutOfRange { name: "kt", value: text.kt, requirement });
        }
        // Short of what no computer here ends in a day.
        if text.observation_time / text.time_step > MOST_STEPS {
            let requirement = "at least a ten-millionth of observation_time";
            return Err(LangevinError::OutOfRange { name: "time_step", value: text.time_step, requirement });
        }
        let simulation = Simulation::new(EulerMaruyama::new(bath, text.time_step)?, text.observation_time)?;
        Ok(Self { simulation, observation_time: text.observation_time })
    }
}

impl From<Dynamics> for DynamicsText {
    fn from(dynamics: Dynamics) -> Self {
        let EulerMaruyama { bath, time_step } = dynamics.simulation.dynamics;
        let Dynamics { observation_time, .. } = dynamics;
        Self { kt: bath.kt, mobility: bath.mobility, time_step, observation_time }
    }
}

impl Dynamics {
    /// Dynamics of thermal energy kT, mobility μ and time step Δt that are looked at after the observation time.
    ///
    /// # Errors
    /// [`LangevinError::OutOfRange`] names the constant.
    pub fn new(kt: f64, mobility: f64, time_step: f64, observation_time: f64) -> Result<Self, LangevinError> {
        DynamicsText { kt, mobility, time_step, observation_time }.try_into()
    }

    /// The simulation: dynamics and number of steps.
    pub fn simulation(&self) -> Simulation {
        self.simulation
    }

    /// Thermal energy kT.
    pub fn kt(&self) -> f64 {
        self.simulation.dynamics.bath.kt
    }

    /// Mobility μ.
    pub fn mobility(&self) -> f64 {
        self.simulation.dynamics.bath.mobility
    }

    /// Time step Δt.
    pub fn time_step(&self) -> f64 {
        self.simulation.dynamics.time_step
    }

    /// Observation time t_f.
    pub fn observation_time(&self) -> f64 {
        self.observation_time
    }

    /// The same bath and observation time at another time step.
    ///
    /// # Errors
    /// [`LangevinError::OutOfRange`] when the observation time is no whole number of steps.
    pub fn at_time_step(&self, time_step: f64) -> Result<Self, LangevinError> {
        Self::new(self.kt(), self.mobility(), time_step, self.observation_time)
    }
}

/// `[computer]`: what makes a computer but its inputs, outputs and parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComputerSettings {
    /// Hidden units.
    pub hidden: usize,
    /// Coupled blocks.
    pub connectivity: Connectivity,
    /// Quadratic self-interaction J2.
    pub j2: f64,
    /// Quartic self-interaction J4.
    pub j4: f64,
}

impl ComputerSettings {
    /// The well of every unit.
    pub fn well(&self) -> Well {
        Well::new(self.j2, self.j4)
    }
}

impl ComputerSettings {
    pub(crate) fn check(&self) -> Result<(), TaskError> {
        require((1..=MOST_UNITS).contains(&self.hidden), "computer.hidden", self.hidden, "from 1 to 100,000")?;
        require(self.j2.is_finite(), "computer.j2", self.j2, "finite")?;
        require(self.j4.is_finite() && self.j4 >= 0.0, "computer.j4", self.j4, "finite and at least 0")
    }
}

/// `[program]`: whether couplings and biases change while the computer runs, and what chip they are to fit. Absent for a program that
/// stands still and is free.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ProgramText", into = "ProgramText")]
pub struct ProgramSettings {
    given: ProgramText,
    clock: Clock,
    limits: ProgramLimits,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename = "[program]", expecting = "a section such as program = { segments = 4 }")]
struct ProgramText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    segments: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lengths: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bits: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    density: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    neighbours: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    one_shot: Option<bool>,
}

impl ProgramText {
    fn limits(&self) -> Result<ProgramLimits, String> {
        // Out of range where it is no such number at all: what checks limits then says what they must be.
        let bits = self.bits.map(|bits| u32::try_from(bits).unwrap_or(0));
        if let Some(neighbours) = self.neighbours.filter(|count| !(1..=MOST_UNITS as i64 * 10).contains(count)) {
            return Err(format!("neighbours is {neighbours}, but must be from 1 to {}", MOST_UNITS * 10));
        }
        let neighbours = self.neighbours.and_then(|count| usize::try_from(count).ok());
        let limits = ProgramLimits { bits, density: self.density, neighbours };
        if let (Some(bits), Err(_)) = (self.bits, ProgramLimits { bits, ..ProgramLimits::default() }.check()) {
            return Err(format!("bits is {bits}, but must be from 2 to {MOST_BITS}"));
        }
        limits.check().map_err(|e| e.to_string())?;
        if self.one_shot.is_some() && limits.is_none() {
            return Err("one_shot is of no use without bits, density or neighbours; leave it out".to_owned());
        }
        Ok(limits)
    }
}

impl TryFrom<ProgramText> for ProgramSettings {
    type Error = String;

    fn try_from(given: ProgramText) -> Result<Self, String> {
        let of_lengths = given.lengths.as_ref().map(|lengths| lengths.len() as i64);
        let asked = given.segments.or(of_lengths).unwrap_or(1);
        let fits = usize::try_from(asked).ok().filter(|count| (1..=MOST_SEGMENTS).contains(count));
        let Some(count) = fits else {
            let key = if given.segments.is_some() { "segments is" } else { "the number of lengths is" };
            return Err(format!("{key} {asked}, but must be from 1 to {MOST_SEGMENTS}"));
        };
        let clock = match &given.lengths {
            Some(lengths) if lengths.len() != count => {
                return Err(format!(
                    "segments is {count}, but lengths has {}; give as many as there are segments",
                    lengths.len()
                ));
            }
            Some(lengths) => Clock::new(lengths),
            None => Clock::equal(count),
        };
        let clock = clock.map_err(|e| format!("lengths: {e}"))?;
        let limits = given.limits()?;
        Ok(Self { given, clock, limits })
    }
}

impl From<ProgramSettings> for ProgramText {
    fn from(program: ProgramSettings) -> Self {
        program.given
    }
}

impl ProgramSettings {
    /// When the program changes.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What chip the program is to fit, of a section that may be absent.
    pub(crate) fn limits_of(program: Option<&Self>) -> ProgramLimits {
        program.map_or_else(ProgramLimits::default, |program| program.limits)
    }

    /// What the program keeps to while it is trained: nothing where it is made to fit at the end alone.
    pub(crate) fn trained_limits_of(program: Option<&Self>) -> ProgramLimits {
        Self::limits_of(program.filter(|program| program.given.one_shot != Some(true)))
    }

    /// Refuses limits that nothing is trained by steps to keep to.
    pub(crate) fn check_trained(program: Option<&Self>, by_steps: bool, reason: &str) -> Result<(), TaskError> {
        if by_steps || Self::trained_limits_of(program).is_none() {
            return Ok(());
        }
        Err(TaskError::config(
            "program",
            format!(
                "bits, density and neighbours are trained for by steps, but {reason}; make the program fit at the end with program.one_shot = true"
            ),
        ))
    }

    /// The same chip for a program that stands still.
    pub(crate) fn still(&self) -> Option<Self> {
        let given = ProgramText { segments: None, lengths: None, ..self.given.clone() };
        (!self.limits.is_none()).then(|| Self { given, clock: Clock::constant(), limits: self.limits })
    }

    /// The clock of a section that may be absent.
    pub(crate) fn clock_of(program: Option<&Self>) -> Clock {
        program.map_or_else(Clock::constant, |program| program.clock.clone())
    }

    /// Refuses evenly spaced time steps of which some segment has none: it would have no minimum.
    pub(crate) fn check_times(
        program: Option<&Self>,
        times: usize,
        steps: usize,
        key: &str,
    ) -> Result<(), TaskError> {
        let Some(program) = program else { return Ok(()) };
        let switches = program.clock.switches(steps)?;
        let empty = |count: usize| {
            let runs = runs_of_segments(&switches, &evenly_spaced(count.min(steps), steps));
            (0..=switches.len()).find(|segment| runs.iter().all(|(found, _)| found != segment))
        };
        let Some(segment) = empty(times) else { return Ok(()) };
        let cure = (1..=13).map(|doublings| times << doublings).find(|count| empty(*count).is_none());
        let wanted = format!(
            "more: segment {} of the program would have none of these time steps and no minimum (try {})",
            segment + 1,
            cure.unwrap_or(steps).min(steps)
        );
        require(false, key, times, &wanted)
    }

    /// Refuses segments that do not end at a time step of the given dynamics.
    pub(crate) fn check(program: Option<&Self>, dynamics: &Dynamics, time_step: &str) -> Result<(), TaskError> {
        let Some(program) = program else { return Ok(()) };
        program.clock.switches(dynamics.simulation().steps).map(drop).map_err(|e| {
            let key = if program.given.lengths.is_some() { "program.lengths" } else { "program.segments" };
            TaskError::config(
                key,
                format!("{e}; take others, or another {time_step} (now {})", dynamics.time_step()),
            )
        })
    }
}

/// So many time steps out of all, evenly spaced.
pub(crate) fn evenly_spaced(count: usize, steps: usize) -> Vec<usize> {
    (0..count).map(|i| (2 * i + 1) * steps / (2 * count)).collect()
}

/// Segments of a program, at most.
const MOST_SEGMENTS: usize = 1000;
/// Steps of a trajectory, at most.
const MOST_STEPS: f64 = 1e7;
/// More units than this have more couplings than any machine here has memory for.
const MOST_UNITS: usize = 100_000;

/// `[energy]`: what the digital comparison assumes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EnergySettings {
    /// Energy of a digital multiply–accumulate in joules (paper A: 1e-12).
    pub joules_per_mac: f64,
    /// Temperature in kelvin at which kT is counted (300 K: 1 pJ is 2.4e8 kT).
    pub temperature: f64,
}

impl EnergySettings {
    pub(crate) fn check(&self) -> Result<(), TaskError> {
        for (key, value) in
            [("energy.joules_per_mac", self.joules_per_mac), ("energy.temperature", self.temperature)]
        {
            require((1e-60..1e60).contains(&value), key, format!("{value:e}"), "above 0 (from 1e-60 to 1e60)")?;
        }
        Ok(())
    }
}
