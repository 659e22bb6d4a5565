//! Random numbers for choices on the host.

use langevin::stream;

/// A small counter-started random sequence for host-side choices (permutations, shifts, time steps): SplitMix64.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence of (seed, purpose, index).
    pub fn new(seed: u64, purpose: &str, index: u64) -> Self {
        Self(stream(stream(seed, purpose).wrapping_add(index), "index"))
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Passes over the next `count` random numbers.
    pub fn skip(&mut self, count: u64) {
        self.0 = self.0.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }

    /// A uniform integer below `bound` (by Lemire's multiplication; the bias is below 2⁻³² for the bounds used here).
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A uniform number in 0..1.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * 2f64.powi(-53)
    }

    /// A uniform permutation of 0..n (Fisher and Yates).
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }

    /// `count` distinct steps of 0..`total`, one from each of `count` equal strata, so that every step is equally
    /// likely when `count` divides `total`.
    pub fn stratified_steps(&mut self, count: usize, total: usize) -> Vec<usize> {
        let count = count.min(total);
        (0..count)
            .map(|i| {
                let (start, end) = (i * total / count, (i + 1) * total / count);
                start + self.below(end - start)
            })
            .collect()
    }
}
