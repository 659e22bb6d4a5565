//! A team of processes that train one model: each does its share of every batch.

use crate::LearningError;
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};
use std::fmt::Debug;
use std::ops::Range;

/// The ranks that do one piece of work together, as one of them sees it. Each runs the same program on the same settings, and makes
/// its [`Share`] of every batch.
///
/// The parts of all ranks are gathered in the order of ranks and summed by each in `f64`, so that a sum is the same on every rank, and
/// does not depend on where the ranks run.
pub trait Team: Sync + Debug {
    /// This rank, counted from 0.
    fn rank(&self) -> usize;

    /// Ranks there are.
    fn ranks(&self) -> usize;

    /// What each rank gives, in the order of ranks. Every rank must call it, in the same order of calls.
    ///
    /// # Errors
    /// [`LearningError::Team`] when a rank cannot be reached.
    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>, LearningError>;

    /// What rank 0 gives; what the others give is not looked at.
    ///
    /// # Errors
    /// As [`Team::gather`].
    fn broadcast(&self, own: Vec<u8>) -> Result<Vec<u8>, LearningError> {
        if self.ranks() == 1 {
            return Ok(own);
        }
        let of_first = if self.rank() == 0 { own } else { Vec::new() };
        Ok(self.gather(&of_first)?.swap_remove(0))
    }
}

/// A team of one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Team for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn ranks(&self) -> usize {
        1
    }

    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>, LearningError> {
        Ok(vec![own.to_vec()])
    }
}

/// Which part of a batch a rank makes: rows ⌊r B/n⌋ to ⌊(r + 1) B/n⌋ of B, as rank r of n.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    rank: usize,
    ranks: usize,
}

impl Share {
    /// All of a batch.
    pub const WHOLE: Self = Self { rank: 0, ranks: 1 };

    /// The rows of a batch of so many.
    ///
    /// ```
    /// use thermograd_learning::{Alone, Share, Team};
    ///
    /// let share = (&Alone as &dyn Team).share();
    /// assert_eq!((share, share.rows(250)), (Share::WHOLE, 0..250));
    /// ```
    pub fn rows(self, batch: usize) -> Range<usize> {
        self.rank * batch / self.ranks..(self.rank + 1) * batch / self.ranks
    }
}

/// Where a rank's rows lie in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// The first.
    pub first: usize,
    /// How many.
    pub count: usize,
    /// Rows of the whole batch.
    pub total: usize,
}

impl Rows {
    /// All rows of a batch.
    pub fn all(count: usize) -> Self {
        Self { first: 0, count, total: count }
    }

    /// The rank's part of the whole.
    pub fn fraction(self) -> f64 {
        self.count as f64 / self.total.max(1) as f64
    }

    /// Numbers of the replicas of training step `step`, a fresh one a row and step: those that the rows have in the whole batch.
    pub fn replicas(self, step: usize) -> Range<u64> {
        let first = (step * self.total + self.first) as u64;
        first..first + self.count as u64
    }
}

impl dyn Team + '_ {
    /// This rank's share of every batch.
    pub fn share(&self) -> Share {
        Share { rank: self.rank(), ranks: self.ranks() }
    }

    /// Where `count` rows of this rank lie among those of all.
    ///
    /// # Errors
    /// As [`Team::gather`].
    pub fn rows(&self, count: usize) -> Result<Rows, LearningError> {
        if self.ranks() == 1 {
            return Ok(Rows::all(count));
        }
        let parts = self.gather(&(count as u64).to_le_bytes())?;
        let count_of = |(rank, part): (usize, &Vec<u8>)| {
            let bytes = part.as_slice().try_into().map_err(|_| other_work(rank, part.len(), 8))?;
            Ok(u64::from_le_bytes(bytes) as usize)
        };
        let counts = parts.iter().enumerate().map(count_of).collect::<Result<Vec<usize>, LearningError>>()?;
        Ok(Rows { first: counts[..self.rank()].iter().sum(), count, total: counts.iter().sum() })
    }

    /// The sum over ranks of each number, in the order of ranks.
    ///
    /// # Errors
    /// As [`Team::gather`]; [`LearningError::Team`] when ranks give numbers of different kinds.
    pub fn sum(&self, own: &[f64]) -> Result<Vec<f64>, LearningError> {
        if self.ranks() == 1 {
            return Ok(own.to_vec());
        }
        self.summed(own)
    }

    /// The sum of numbers that each rank sends as they are: a million at a time, so that what is held of the others is little.
    fn summed<T: Number + Copy + Into<f64>>(&self, own: &[T]) -> Result<Vec<f64>, LearningError> {
        let mut sum = Vec::with_capacity(own.len());
        for own in own.chunks(1 << 20) {
            let mut bytes = Vec::with_capacity(size_of_val(own));
            own.iter().for_each(|number| number.write(&mut bytes));
            let mut slice = vec![0.0; own.len()];
            for (rank, part) in self.gather(&bytes)?.iter().enumerate() {
                if part.len() != bytes.len() {
                    return Err(other_work(rank, part.len(), bytes.len()));
                }
                slice.iter_mut().zip(T::read(part)).for_each(|(total, value)| *total += value.into());
            }
            sum.extend(slice);
        }
        Ok(sum)
    }

    /// The sum over ranks of each element, in `f64` and the order of ranks, whatever the float type that they are sent in.
    ///
    /// # Errors
    /// As [`Team::gather`].
    pub(crate) fn sum_tensors(&self, own: Vec<TensorData>) -> Result<Vec<TensorData>, LearningError> {
        let sum = if own.iter().all(|data| data.dtype == DType::F32) {
            let all: Vec<f32> = own.iter().flat_map(|data| data.to_vec().unwrap_or_default()).collect();
            self.summed(&all)?
        } else {
            let all: Vec<f64> = own.iter().flat_map(TensorData::iter::<f64>).collect();
            self.sum(&all)?
        };
        let mut rest = sum.into_iter();
        Ok(own
            .into_iter()
            .map(|data| {
                let values: Vec<f64> = rest.by_ref().take(data.shape.num_elements()).collect();
                TensorData::new(values, data.shape).convert_dtype(data.dtype)
            })
            .collect())
    }

    /// The rows of all ranks, one rank's after the other's. `own` stays on the graph, so that its gradient is that of the whole.
    ///
    /// # Shapes
    /// `[rows of this rank, n]` → `[rows of all ranks, n]`
    ///
    /// # Errors
    /// As [`Team::gather`].
    pub(crate) fn stacked<B: Backend>(&self, own: Tensor<B, 2>) -> Result<Tensor<B, 2>, LearningError> {
        if self.ranks() == 1 {
            return Ok(own);
        }
        let [_, width] = own.dims();
        let (device, data) = (own.device(), own.to_data());
        let dtype = data.dtype;
        let bytes: Vec<u8> = data.iter::<f64>().flat_map(f64::to_le_bytes).collect();
        let parts = self.gather(&bytes)?;
        let mut blocks = Vec::with_capacity(parts.len());
        for (rank, part) in parts.iter().enumerate() {
            if rank == self.rank() {
                blocks.push(own.clone());
            } else {
                let values: Vec<f64> = numbers(part).map(f64::from_le_bytes).collect();
                let rows = values.len() / width.max(1);
                let data = TensorData::new(values, [rows, width]).convert_dtype(dtype);
                blocks.push(Tensor::from_data(data, &device));
            }
        }
        Ok(Tensor::cat(blocks, 0))
    }

    /// The numbers of all ranks, one rank's after the other's.
    ///
    /// # Errors
    /// As [`Team::gather`].
    pub fn joined<T: Number>(&self, own: Vec<T>) -> Result<Vec<T>, LearningError> {
        if self.ranks() == 1 {
            return Ok(own);
        }
        let mut bytes = Vec::new();
        own.into_iter().for_each(|number| number.write(&mut bytes));
        Ok(self.gather(&bytes)?.iter().flat_map(|part| T::read(part)).collect())
    }

    /// What rank 0 makes, as bytes; the others wait for it.
    ///
    /// # Errors
    /// Whatever keeps rank 0 from making it (the others are then told by the team that it ended); as [`Team::gather`].
    pub fn by_first<E: From<LearningError>>(
        &self,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let own = if self.rank() == 0 { make()? } else { Vec::new() };
        Ok(self.broadcast(own)?)
    }

    /// Refuses to go on where ranks differ in what they should have in common; `differs` goes on after `rank 3 and rank 0`.
    ///
    /// # Errors
    /// [`LearningError::Team`] names the first rank that differs from rank 0.
    pub fn agree(&self, own: &[u8], differs: &str) -> Result<(), LearningError> {
        if self.ranks() == 1 {
            return Ok(());
        }
        let parts = self.gather(&fingerprint(own).to_le_bytes())?;
        let other = parts.iter().position(|part| part != &parts[0]);
        other.map_or(Ok(()), |rank| Err(LearningError::Team(format!("rank {rank} and rank 0 {differs}"))))
    }
}

/// A number that ranks can tell each other.
pub trait Number: Sized {
    /// Appends its bytes.
    fn write(self, bytes: &mut Vec<u8>);

    /// The numbers that were written.
    fn read(bytes: &[u8]) -> Vec<Self>;
}

impl Number for f32 {
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Vec<Self> {
        numbers(bytes).map(Self::from_le_bytes).collect()
    }
}

impl Number for f64 {
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Vec<Self> {
        numbers(bytes).map(Self::from_le_bytes).collect()
    }
}

/// FNV-1a, 64 bits.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn numbers<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks::<N>().0.iter().copied()
}

/// What is wrong with a rank that tells something else than was expected of it.
fn other_work(rank: usize, found: usize, expected: usize) -> LearningError {
    LearningError::Team(format!(
        "rank {rank} gave {found} bytes where {expected} were expected: it does other work; start all ranks with the same command"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_the_whole_in_order_and_differ_by_at_most_a_row() {
        for (batch, ranks) in [(250, 4), (7, 7), (1000, 3), (5, 1)] {
            let shares: Vec<_> = (0..ranks).map(|rank| Share { rank, ranks }.rows(batch)).collect();
            let all: Vec<usize> = shares.iter().cloned().flatten().collect();
            assert_eq!(all, (0..batch).collect::<Vec<_>>());
            let lengths = shares.iter().map(ExactSizeIterator::len);
            assert!(lengths.clone().max().unwrap_or(0) - lengths.min().unwrap_or(0) <= 1);
        }
    }

    /// A team whose second rank gives what it likes.
    #[derive(Debug)]
    struct Odd(Vec<u8>);

    impl Team for Odd {
        fn rank(&self) -> usize {
            0
        }

        fn ranks(&self) -> usize {
            2
        }

        fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>, LearningError> {
            Ok(vec![own.to_vec(), self.0.clone()])
        }
    }

    #[test]
    fn parts_of_another_length_are_an_error_that_names_the_rank() {
        for bytes in [0, 8, 15, 17, 24, 32] {
            let odd = Odd(vec![0; bytes]);
            let team: &dyn Team = &odd;
            let error = team.sum(&[1.0, 2.0]).unwrap_err().to_string();
            assert!(error.contains(&format!("rank 1 gave {bytes} bytes where 16")), "{error}");
            if bytes != 8 {
                assert!(team.rows(3).unwrap_err().to_string().contains("where 8"));
            }
        }
        let one = 1.5f64.to_le_bytes();
        assert_eq!((&Odd([one, one].concat()) as &dyn Team).sum(&[1.0, 2.0]).unwrap(), [2.5, 3.5]);
        let data = TensorData::new(vec![1f32, 2.0], [2]);
        let others = Odd([0.5f32.to_le_bytes(), 0.25f32.to_le_bytes()].concat());
        let sum = (&others as &dyn Team).sum_tensors(vec![data]).unwrap();
        assert_eq!(sum[0].to_vec::<f32>().unwrap(), [1.5, 2.25]);
    }
}
