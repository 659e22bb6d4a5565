//! `circuit.json`: a trained computer as a circuit by ngspice, beside the simulation.

use serde::{Deserialize, Serialize};

/// What `trainer circuit` found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CircuitComparison {
    /// Version of ngspice.
    pub ngspice: String,
    /// Images, or samples of a generator.
    pub digits: usize,
    /// Whether the inputs are folded into the biases.
    pub folded_inputs: bool,
    /// Time step of the simulation that the noiseless circuits are compared with.
    pub fine_time_step: f64,
    /// Largest |x_circuit − x_simulated| at t_f over units, digits and forms, without noise.
    pub max_state_difference: f64,
    /// Digits to which all circuits without noise give the simulation's answer.
    pub answers_agree: usize,
    /// Largest relative difference, over digits, of what the resistors dissipate in charges and the simulation's heat; none where that form was
    /// not run.
    pub heat_relative_difference: Option<f64>,
    /// Circuits that ngspice did not run to their end, a line each; they count as no agreement, and are in no other figure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
    /// The forms.
    pub forms: Vec<FormComparison>,
    /// With thermal noise, if asked for.
    pub noise: Option<NoisyComparison>,
    /// Courses of the first digit.
    pub courses: Courses,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// A form of circuit without noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormComparison {
    /// `transconductors` or `charges`.
    pub form: String,
    /// Elements of the first digit's circuit.
    pub elements: usize,
    /// Largest |x_circuit − x_simulated| at t_f.
    pub max_state_difference: f64,
    /// Digits with the simulation's answer.
    pub answers_agree: usize,
    /// Largest relative difference of the resistors' energy and the heat; in charges alone.
    pub heat_relative_difference: Option<f64>,
    /// Mean seconds of a digit on one core.
    pub seconds_per_digit: f64,
}

/// Circuits with thermal noise (transconductors), against several simulated trajectories of the same digits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoisyComparison {
    /// Seed of the noise of both.
    pub seed: u64,
    /// Spacing of the circuit's noise, in the time of the model.
    pub spacing: f64,
    /// Simulated trajectories of a digit.
    pub replicas: usize,
    /// Their time step.
    pub time_step: f64,
    /// Fraction of right answers, where there are right ones: the circuits'.
    pub accuracy: Option<f64>,
    /// The simulation's.
    pub simulated_accuracy: Option<f64>,
    /// Standard error of their difference, from its spread over the digits.
    pub accuracy_difference_stderr: Option<f64>,
    /// Mean heat in kT, from V at the ends: the circuits'.
    pub heat_kt: f64,
    /// The simulation's.
    pub simulated_heat_kt: f64,
    /// Standard error of their difference, from its spread over the digits.
    pub heat_difference_stderr_kt: f64,
    /// Mean seconds of a digit on one core.
    pub seconds_per_digit: f64,
}

/// States of the units that are read, of the first digit, at evenly spaced times from 0 to t_f.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Courses {
    /// Names of the units.
    pub units: Vec<String>,
    /// t_f.
    pub observation_time: f64,
    /// The simulation's, without noise.
    pub simulated: Vec<Vec<f64>>,
    /// The circuit's, without noise.
    pub circuit: Vec<Vec<f64>>,
    /// The circuit's with noise; empty where that was not run.
    pub noisy: Vec<Vec<f64>>,
}
