//! Closed forms to test the dynamics against, and the finite-time response of a single unit.

use crate::{Simulation, Well};

/// Stationary variance of a harmonic unit V = ½ κ x² under Euler–Maruyama with time step Δt:
///
/// ```text
/// ⟨x²⟩ = (kT/κ) / (1 − μ κ Δt / 2)
/// ```
///
/// The continuum's kT/κ is its limit Δt → 0.
pub fn harmonic_variance(kt: f64, kappa: f64, mobility: f64, time_step: f64) -> f64 {
    kt / kappa / (1.0 - mobility * kappa * time_step / 2.0)
}

/// Variance of a harmonic unit V = ½ κ x² after `steps` steps of Euler–Maruyama from x = 0.
pub fn harmonic_variance_after(kt: f64, kappa: f64, mobility: f64, time_step: f64, steps: i32) -> f64 {
    let decay = (1.0 - mobility * kappa * time_step).powi(2 * steps);
    harmonic_variance(kt, kappa, mobility, time_step) * (1.0 - decay)
}

/// One Euler step of a single unit at zero temperature under the drive u, with `rate` = μ Δt:
///
/// ```text
/// x ← x + μ Δt (u − 2 J2 x − 4 J4 x³)
/// ```
pub fn relax_step(x: f64, u: f64, well: Well, rate: f64) -> f64 {
    x + rate * (u - 2.0 * well.j2 * x - 4.0 * well.j4 * x * x * x)
}

/// The state at the observation time of a single unit at zero temperature that starts at 0 under the constant drive u:
///
/// ```text
/// φ(u) = x(t_f; u),   dx/dt = −μ (2 J2 x + 4 J4 x³ − u),   x(0) = 0
/// ```
///
/// by Euler's method with the computer's own time step, together with its derivative φ′(u) by the tangent equation.
pub fn finite_time_response(u: f64, well: Well, simulation: &Simulation) -> (f64, f64) {
    let rate = simulation.dynamics.rate();
    let (mut x, mut slope) = (0.0, 0.0);
    for _ in 0..simulation.steps {
        slope += rate * (1.0 - well.curvature(x) * slope);
        x = relax_step(x, u, well, rate);
    }
    (x, slope)
}

/// Boltzmann averages ∫ f(x) e^{−V(x)/kT} dx / ∫ e^{−V(x)/kT} dx of one unit, by the trapezoid rule on [−`bound`,
/// `bound`], which converges geometrically for a potential that confines well inside.
pub fn boltzmann_average(
    potential: impl Fn(f64) -> f64,
    observable: impl Fn(f64) -> f64,
    kt: f64,
    bound: f64,
) -> f64 {
    let n = 4000;
    let (mut total, mut weight) = (0.0, 0.0);
    for i in 0..=n {
        let x = bound * (2.0 * f64::from(i) / f64::from(n) - 1.0);
        let w = (-potential(x) / kt).exp();
        total += w * observable(x);
        weight += w;
    }
    total / weight
}

/// Boltzmann average of a pair of units under V(x, y), by the trapezoid rule on a square.
pub fn boltzmann_average_of_pair(
    potential: impl Fn(f64, f64) -> f64,
    observable: impl Fn(f64, f64) -> f64,
    kt: f64,
    bound: f64,
) -> f64 {
    let n = 800;
    let at = |i: i32| bound * (2.0 * f64::from(i) / f64::from(n) - 1.0);
    let (mut total, mut weight) = (0.0, 0.0);
    for i in 0..=n {
        for j in 0..=n {
            let w = (-potential(at(i), at(j)) / kt).exp();
            total += w * observable(at(i), at(j));
            weight += w;
        }
    }
    total / weight
}
