//! A device that is not quite what it was told to be.

use crate::{LearningError, Random};
use langevin::stream;
use serde::{Deserialize, Serialize};

/// Errors of a device's couplings, biases and self-interactions, each drawn once for a device:
///
/// ```text
/// θ_i → q(θ_i) (1 + m ε_i) + a ε′_i,      ε, ε′ ~ N(0, 1),   q rounds to `bits` bits over ± the largest |θ|
/// J2 → J2 e^(w ε),  J4 → J4 e^(w ε),      of every unit: never of another sign, for the units would have no state
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DeviceModel {
    /// m: relative error of each parameter.
    pub multiplicative: f64,
    /// a: absolute error of each parameter.
    pub additive: f64,
    /// Bits of each parameter; 0 for as many as there are.
    pub bits: u32,
    /// w: relative spread of J2 and of J4 over the units.
    pub wells: f64,
    /// Relative error of the device's kT.
    pub kt: f64,
}

impl DeviceModel {
    /// A device with relative errors alone, of the couplings and biases and of the self-interactions.
    pub fn relative(m: f64) -> Self {
        Self { multiplicative: m, additive: 0.0, bits: 0, wells: m, kt: 0.0 }
    }

    /// What device number `device` makes of a program; the same every time.
    pub fn realise(&self, program: &[f64], device: u64) -> Vec<f64> {
        let mut random = Random::new(stream(device, "device"), "parameters", 0);
        let largest = program.iter().fold(0f64, |a, b| a.max(b.abs()));
        // One level less on the positive side, as two's complement has it, would not be symmetric: leave it out.
        let levels = if self.bits > 0 { f64::from((1u32 << (self.bits.min(31) - 1)) - 1).max(1.0) } else { 0.0 };
        program
            .iter()
            .map(|value| {
                let [relative, absolute] = normals(&mut random);
                let kept = if levels > 0.0 && largest > 0.0 {
                    (value / largest * levels).round() / levels * largest
                } else {
                    *value
                };
                kept * (1.0 + self.multiplicative * relative) + self.additive * absolute
            })
            .collect()
    }

    /// The self-interactions [J2, J4] of the `units` moving units of device number `device`, meant to be `well` each.
    pub fn wells(&self, well: [f64; 2], units: usize, device: u64) -> Vec<[f64; 2]> {
        let mut random = Random::new(stream(device, "device"), "wells", 0);
        (0..units).map(|_| self.well(well, &mut random)).collect()
    }

    fn well(&self, [j2, j4]: [f64; 2], random: &mut Random) -> [f64; 2] {
        let [quadratic, quartic] = normals(random);
        [j2 * (self.wells * quadratic).exp(), j4 * (self.wells * quartic).exp()]
    }

    /// The kT of device number `device` that was meant to have `kt`.
    pub fn temperature(&self, kt: f64, device: u64) -> f64 {
        let mut random = Random::new(stream(device, "device"), "temperature", 0);
        kt * (1.0 + self.kt * normals(&mut random)[0]).max(0.0)
    }
}

/// Two standard normals (Box and Muller).
pub(crate) fn normals(random: &mut Random) -> [f64; 2] {
    let unit = |random: &mut Random| ((random.next_u64() >> 11) as f64 + 1.0) / (1u64 << 53) as f64;
    let radius = (-2.0 * unit(random).ln()).sqrt();
    let (sin, cos) = (std::f64::consts::TAU * unit(random)).sin_cos();
    [radius * cos, radius * sin]
}

/// A genetic algorithm without crossover: mutation and elitism, as one would run it on a device that gives no
/// gradients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GeneticAlgorithm {
    /// Programs in a generation.
    pub population: usize,
    /// The best of them that live on and have the children.
    pub elite: usize,
    /// Generations.
    pub generations: usize,
    /// Standard deviation of a mutation, in units of each parameter's `scale`.
    pub mutation: f64,
}

impl GeneticAlgorithm {
    /// Evolves from `start` towards small `loss(program, generation)`; `scale` gives each parameter's size. Programs of
    /// one generation are compared under the same noise and examples, and the elite is measured anew in each.
    ///
    /// A loss measured on few examples lets lucky programs in, and a start that was good to begin with is lost to them.
    /// So the last elite and `start` are compared once more, as generation number `generations`, for which `loss` may
    /// afford more examples; the best of them is returned.
    ///
    /// # Errors
    /// Those of `loss`; [`LearningError::Setting`] for an elite that is none or as large as the population.
    pub fn minimise(
        &self,
        start: &[f64],
        scale: &[f64],
        seed: u64,
        mut loss: impl FnMut(&[f64], usize) -> Result<f64, LearningError>,
    ) -> Result<Vec<f64>, LearningError> {
        if self.elite == 0 || self.elite >= self.population {
            return Err(LearningError::Setting {
                name: "elite",
                value: self.elite.to_string(),
                requirement: "at least 1 and below the population",
            });
        }
        let mut elite = vec![start.to_vec()];
        for generation in 0..self.generations {
            let mut all: Vec<(f64, Vec<f64>)> = Vec::with_capacity(self.population);
            for individual in 0..self.population {
                let program = match elite.get(individual) {
                    Some(parent) => parent.clone(),
                    None => {
                        let mut random =
                            Random::new(seed, "mutation", (generation * self.population + individual) as u64);
                        let parent = &elite[random.below(elite.len())];
                        let mut child = parent.clone();
                        for (pair, scale) in child.chunks_mut(2).zip(scale.chunks(2)) {
                            let xi = normals(&mut random);
                            for ((value, scale), xi) in pair.iter_mut().zip(scale).zip(xi) {
                                *value += self.mutation * scale * xi;
                            }
                        }
                        child
                    }
                };
                all.push((loss(&program, generation)?, program));
            }
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            elite = all.into_iter().take(self.elite).map(|(_, program)| program).collect();
        }
        let mut best = (loss(start, self.generations)?, start.to_vec());
        for program in elite {
            let found = loss(&program, self.generations)?;
            if found < best.0 {
                best = (found, program);
            }
        }
        Ok(best.1)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_the_same_every_time_and_its_errors_are_of_the_size_asked_for() {
        let program = vec![2.0; 20_000];
        let model = DeviceModel { multiplicative: 0.1, additive: 0.3, bits: 0, wells: 0.2, kt: 0.05 };
        let found = model.realise(&program, 7);
        assert_eq!(found, model.realise(&program, 7));
        assert_ne!(found, model.realise(&program, 8));
        let n = found.len() as f64;
        let mean = found.iter().sum::<f64>() / n;
        let variance = found.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        let expected: f64 = 0.2 * 0.2 + 0.3 * 0.3;
        assert!((mean - 2.0).abs() < 5.0 * (expected / n).sqrt());
        assert!((variance / expected - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
        assert!((model.temperature(1.0, 3) - 1.0).abs() < 0.3);
        let logs: Vec<f64> =
            model.wells([1.0, 2.0], 5000, 7).iter().flat_map(|[j2, j4]| [j2.ln(), (j4 / 2.0).ln()]).collect();
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let variance = logs.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        assert!(mean.abs() < 5.0 * 0.2 / n.sqrt(), "{mean}");
        assert!((variance / 0.04 - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{variance}");
    }

    #[test]
    fn quantisation_keeps_levels() {
        let model = DeviceModel { multiplicative: 0.0, additive: 0.0, bits: 3, wells: 0.0, kt: 0.0 };
        // Three bits: −1, −2/3, −1/3, 0, 1/3, 2/3, 1 of the largest.
        let found = model.realise(&[3.0, 0.4, -0.6, 1.6], 1);
        for (value, expected) in found.iter().zip([3.0, 0.0, -1.0, 2.0]) {
            assert!((value - expected).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn the_genetic_algorithm_descends_a_bowl() {
        let algorithm = GeneticAlgorithm { population: 20, elite: 4, generations: 60, mutation: 0.1 };
        let bowl = |x: &[f64], _: usize| Ok(x.iter().map(|v| (v - 1.0) * (v - 1.0)).sum::<f64>());
        let end = algorithm.minimise(&[0.0; 5], &[1.0; 5], 3, bowl).unwrap();
        let loss = bowl(&end, 0).unwrap();
        assert!(loss < 0.5, "{loss}");
    }

    #[test]
    fn a_start_that_the_last_comparison_prefers_is_kept() {
        let algorithm = GeneticAlgorithm { population: 10, elite: 2, generations: 5, mutation: 0.1 };
        // The generations see a loss that leads away from the start; the last comparison sees the true one.
        let misled = |x: &[f64], generation: usize| Ok(if generation < 5 { -x[0] } else { x[0] * x[0] });
        assert_eq!(algorithm.minimise(&[0.0], &[1.0], 3, misled).unwrap(), vec![0.0]);
        // And where it prefers what has evolved, that is returned.
        let right = |x: &[f64], _: usize| Ok(-x[0]);
        assert!(algorithm.minimise(&[0.0], &[1.0], 3, right).unwrap()[0] > 0.0);
    }
}
