//! Training by mutation and selection on the hardware itself.

use crate::hardware::normals;
use crate::{LearningError, Random};
use serde::{Deserialize, Serialize};

/// A genetic algorithm without crossover: mutation and elitism, as one would run it on hardware that gives no
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
    /// Whatever `loss` reports; [`LearningError::Setting`] for an elite that is none or as large as the population.
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
mod tests {
    use super::*;

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
