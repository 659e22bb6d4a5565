//! Batches as a pure function of the training step, so that an interrupted training resumes exactly.

use crate::Random;
use std::sync::{Mutex, PoisonError};

/// Batches of example indices: every epoch a fresh permutation, every example once an epoch.
#[derive(Debug)]
pub struct Batches {
    examples: usize,
    size: usize,
    seed: u64,
    cached: Mutex<Option<(usize, Vec<usize>)>>,
}

impl Clone for Batches {
    fn clone(&self) -> Self {
        Self::new(self.examples, self.size, self.seed)
    }
}

impl Batches {
    /// Batches of `size` out of `examples` (all of them if there are fewer).
    pub fn new(examples: usize, size: usize, seed: u64) -> Self {
        Self { examples, size: size.clamp(1, examples.max(1)), seed, cached: Mutex::new(None) }
    }

    /// Batches in an epoch; the incomplete last one is left out.
    pub fn per_epoch(&self) -> usize {
        (self.examples / self.size).max(1)
    }

    /// Number of examples in a batch.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The examples of a training step.
    pub fn at(&self, step: usize) -> Vec<usize> {
        let (epoch, batch) = (step / self.per_epoch(), step % self.per_epoch());
        // What a panic has left behind is an order that can be made again.
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.as_ref().is_none_or(|(cached_epoch, _)| *cached_epoch != epoch) {
            let order = Random::new(self.seed, "batches", epoch as u64).permutation(self.examples);
            *cached = Some((epoch, order));
        }
        cached
            .as_ref()
            .map(|(_, order)| order[batch * self.size..(batch + 1) * self.size].to_vec())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_visits_every_example_once_and_steps_are_reproducible() {
        let batches = Batches::new(103, 10, 7);
        let mut seen: Vec<usize> = (0..batches.per_epoch()).flat_map(|step| batches.at(step)).collect();
        let first = batches.at(0);
        assert_eq!(first, Batches::new(103, 10, 7).at(0));
        assert_ne!(first, batches.at(batches.per_epoch()));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100);
    }

    #[test]
    fn strata_hold_one_step_each() {
        let mut random = Random::new(1, "test", 0);
        for _ in 0..100 {
            let steps = random.stratified_steps(10, 200);
            assert!(steps.iter().enumerate().all(|(i, s)| (i * 20..(i + 1) * 20).contains(s)));
        }
    }
}
