//! A single unit in equilibrium: its thermal mean under a force, and draws from its own well.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use langevin::{Well, fill_standard_normal};
use rayon::prelude::*;

/// Intervals of each table.
const INTERVALS: usize = 1 << 13;
/// Normal quantiles that the table of draws covers, ±.
const REACH: f64 = 6.5;
/// States of the quadrature, and of the cumulative distribution.
const POINTS: usize = 20_001;

/// One unit of self-interactions J2, J4 in a bath of thermal energy kT, by quadrature:
///
/// ```text
/// p(x; u) ∝ exp(−(J2 x² + J4 x⁴ − u x) / kT)
/// φ(u) = ∫ x p(x; u) dx                        mean(), tabulated for |u| ≤ bound, straight on beyond it
/// x = F⁻¹(Φ(z)), z ~ N(0, 1)                   draw(), F the distribution function of p(x; 0)
/// ```
#[derive(Debug, Clone)]
pub struct UnitEquilibrium {
    mean: Vec<f32>,
    bound: f64,
    quantiles: Vec<f32>,
}

impl UnitEquilibrium {
    /// Tabulates the unit for forces within ±`bound`.
    pub fn new(well: Well, kt: f64, bound: f64) -> Self {
        let Well { j2, j4 } = well;
        let mean = (0..=INTERVALS)
            .into_par_iter()
            .map(|i| {
                let u = bound * (2.0 * i as f64 / INTERVALS as f64 - 1.0);
                // The minimum by Newton's method on the convex well, then a window of ten widths around it.
                let mut centre =
                    u.signum() * (u.abs() / (2.0 * j2 + 4.0 * j4)).min((u.abs() / 4.0).cbrt().max(0.1));
                for _ in 0..60 {
                    centre -= (well.gradient(centre) - u) / well.curvature(centre);
                }
                let width = 10.0 * (kt / well.curvature(centre)).sqrt();
                let lowest = well.energy(centre) - u * centre;
                let (mut z, mut m) = (0.0, 0.0);
                for k in 0..=400 {
                    let x = centre + width * (k as f64 / 200.0 - 1.0);
                    let weight = (-(well.energy(x) - u * x - lowest) / kt).exp();
                    z += weight;
                    m += weight * x;
                }
                (m / z) as f32
            })
            .collect();
        let reach = 12.0 * (kt / (2.0 * j2)).sqrt().min((kt / j4).powf(0.25));
        let xs: Vec<f64> = (0..POINTS).map(|i| reach * (2.0 * i as f64 / (POINTS - 1) as f64 - 1.0)).collect();
        let mut cumulative = Vec::with_capacity(POINTS);
        let mut total = 0.0;
        for x in &xs {
            let density = (-well.energy(*x) / kt).exp();
            // Trapezoids, each centred on its point.
            cumulative.push(total + 0.5 * density);
            total += density;
        }
        let mut at = 0;
        let quantiles = (0..=INTERVALS)
            .map(|i| {
                let wanted = total * normal_cumulative(REACH * (2.0 * i as f64 / INTERVALS as f64 - 1.0));
                while at + 2 < POINTS && cumulative[at + 1] < wanted {
                    at += 1;
                }
                let (a, b) = (cumulative[at], cumulative[at + 1]);
                let fraction = if b > a { ((wanted - a) / (b - a)).clamp(0.0, 1.0) } else { 0.0 };
                (xs[at] + (xs[at + 1] - xs[at]) * fraction) as f32
            })
            .collect();
        Self { mean, bound, quantiles }
    }

    /// φ(u) of every element, on the host: not differentiable.
    ///
    /// # Shapes
    /// `[batch, units]` → the same
    pub fn mean<B: Backend>(&self, force: Tensor<B, 2>) -> Tensor<B, 2> {
        let (shape, device) = (force.dims(), force.device());
        let mut values: Vec<f32> = force.into_data().iter::<f32>().collect();
        values.par_iter_mut().for_each(|v| *v = interpolated(&self.mean, self.bound, *v));
        Tensor::from_data(TensorData::new(values, shape), &device)
    }

    /// Draws from the unit's own well, by the counter-based noise of (`seed`, replica, 0, unit).
    ///
    /// # Shapes
    /// `[replicas.len(), units]`
    pub fn draw<B: Backend>(&self, seed: u64, replicas: &[u64], units: usize, device: &B::Device) -> Tensor<B, 2> {
        let mut values = vec![0f32; replicas.len() * units];
        fill_standard_normal(seed, 0, replicas, units, &mut values);
        values.par_iter_mut().for_each(|v| *v = interpolated(&self.quantiles, REACH, *v));
        Tensor::from_data(TensorData::new(values, [replicas.len(), units]), device)
    }
}

/// Linear between the nodes of a table over ±`bound`, its last slope beyond.
fn interpolated(table: &[f32], bound: f64, at: f32) -> f32 {
    let place = (f64::from(at) / bound + 1.0) * (INTERVALS / 2) as f64;
    let index = place.clamp(0.0, (INTERVALS - 1) as f64) as usize;
    let fraction = (place - index as f64) as f32;
    table[index] + (table[index + 1] - table[index]) * fraction
}

/// Φ(z) = erfc(−z/√2)/2, by the continued fraction in the tails and the series between (to 1e-12).
fn normal_cumulative(z: f64) -> f64 {
    let density = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    let tail = |z: f64| {
        let mut fraction = 0.0;
        for k in (1..=80).rev() {
            fraction = f64::from(k) / (z + fraction);
        }
        density / (z + fraction)
    };
    if z > 3.0 {
        1.0 - tail(z)
    } else if z < -3.0 {
        tail(-z)
    } else {
        let (mut term, mut sum) = (z, z);
        for k in 1..80 {
            term *= z * z / f64::from(2 * k + 1);
            sum += term;
        }
        0.5 + density * sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harmonic_unit_has_its_textbook_mean_and_spread() {
        // V = J2 x²: mean u / 2 J2, variance kT / 2 J2.
        let unit = UnitEquilibrium::new(Well::new(1.5, 1e-9), 0.3, 20.0);
        for u in [-17.3f32, -0.4, 0.0, 3.3, 19.0] {
            assert!((interpolated(&unit.mean, unit.bound, u) - u / 3.0).abs() < 1e-4);
        }
        for z in [-4.0f32, -1.0, 0.0, 0.5, 3.0] {
            let expected = z * (0.3f32 / 3.0).sqrt();
            assert!((interpolated(&unit.quantiles, REACH, z) - expected).abs() < 2e-4, "{z}");
        }
    }

    #[test]
    fn the_normal_distribution_function_has_published_values() {
        for (z, expected) in
            [(0.0, 0.5), (1.0, 0.841_344_746_068_543), (-2.0, 0.022_750_131_948_179), (4.0, 0.999_968_328_758_167)]
        {
            assert!((normal_cumulative(z) - expected).abs() < 1e-12, "{z}");
        }
    }
}
