//! A team of MPI processes.

use super::{MPIRUN, on_this_host};
use crate::output::one_line;
use anyhow::{Context, Result, bail};
use ferrompi::{Communicator, Mpi, ThreadLevel};
use learning::{LearningError, Team};
use std::fmt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use tasks::TaskError;

/// All ranks that `mpirun` has started; without it, one.
///
/// Whatever they tell each other begins with its length, so that a rank that ends can say so instead, wherever the others wait.
pub(crate) struct World {
    all: Communicator,
    /// Whether some rank has ended, and all know it.
    ended: AtomicBool,
}

/// Instead of a length: this rank has ended with an error, which follows.
const FAILED: u64 = u64::MAX;
/// Instead of a length: this rank has done its work.
const DONE: u64 = u64::MAX - 1;
/// Processes that the starter of this one has started, by its environment.
fn started() -> Option<usize> {
    let mut names = MPIRUN.into_iter().chain(["SLURM_STEP_NUM_TASKS"]);
    names.find_map(|name| std::env::var(name).ok()?.parse().ok())
}

impl World {
    /// Starts MPI, which ends when the handle is dropped.
    pub(crate) fn open() -> Result<(Mpi, Self)> {
        let mpi = Mpi::init_thread(ThreadLevel::Funneled)
            .context("--mpi: MPI does not start; `mpirun -n 2 hostname` says whether it works at all")?;
        let world = Self { all: mpi.world(), ended: AtomicBool::new(false) };
        if let (1, Some(started @ 2..)) = (world.ranks(), started()) {
            bail!(
                "--mpi: {started} processes were started, but not by the MPI that this program is built with; use its own mpirun, \
                 or build again with the mpicc that belongs to this one (MPICC=…/mpicc cargo build …)"
            );
        }
        Ok((mpi, world))
    }

    /// Waits for the others.
    pub(super) fn wait(&self) {
        // Who cannot is about to be ended.
        let _ = self.all.barrier();
    }

    /// Tells the other ranks how this one has ended, and learns how they have.
    pub(super) fn left(&self, done: Result<()>) -> Result<()> {
        if self.ended.load(Ordering::Relaxed) {
            // They know.
            return done;
        }
        match &done {
            Ok(()) => self.lengths(DONE, "", false).map(|_| ())?,
            Err(error) => {
                let of_the_job = error.downcast_ref::<TaskError>().is_some_and(TaskError::is_of_the_job);
                // What the others have to say is that they were told.
                let _ = self.lengths(FAILED, &one_line(error), of_the_job);
            }
        }
        done
    }

    /// The lengths of what all ranks are about to tell; an error once one of them has ended with one.
    fn lengths(&self, own: u64, message: &str, of_the_job: bool) -> Result<Vec<u64>, LearningError> {
        let mut lengths = vec![0; self.ranks()];
        self.all.allgather(&[own], &mut lengths).map_err(failed)?;
        let ends = |length: &u64| *length == FAILED || (*length == DONE) != (own == DONE);
        let Some(first) = lengths.iter().position(|l| *l == FAILED).or_else(|| lengths.iter().position(ends))
        else {
            return Ok(lengths);
        };
        self.ended.store(true, Ordering::Relaxed);
        let mut said = message.as_bytes().to_vec();
        said.push(u8::from(of_the_job));
        let mut said = self.each(&said)?.swap_remove(first);
        let of_the_job = said.pop() == Some(1);
        let message = match String::from_utf8_lossy(&said).into_owned() {
            nothing if nothing.is_empty() => {
                "has done other work; start all ranks with the same command".to_owned()
            }
            message => message,
        };
        Err(LearningError::RankEnded { rank: first, message, of_the_job })
    }

    /// What each rank gives.
    fn each(&self, own: &[u8]) -> Result<Vec<Vec<u8>>, LearningError> {
        let mut lengths = vec![0u64; self.ranks()];
        self.all.allgather(&[own.len() as u64], &mut lengths).map_err(failed)?;
        self.parts(own, &lengths)
    }

    fn parts(&self, own: &[u8], lengths: &[u64]) -> Result<Vec<Vec<u8>>, LearningError> {
        let total: u64 = lengths.iter().sum();
        if i32::try_from(total).is_err() {
            return Err(LearningError::Team(format!(
                "{total} bytes are more than MPI gathers at once; take fewer ranks"
            )));
        }
        let counts: Vec<i32> = lengths.iter().map(|length| *length as i32).collect();
        let starts: Vec<i32> =
            counts.iter().scan(0, |at, count| Some(std::mem::replace(at, *at + count))).collect();
        let mut all = vec![0u8; total as usize];
        self.all.allgatherv(own, &mut all, &counts, &starts).map_err(failed)?;
        let mut rest = all.as_slice();
        let take = |length: &u64| rest.split_off(..*length as usize).unwrap_or_default().to_vec();
        Ok(lengths.iter().map(take).collect())
    }
}

/// A rank that panics cannot tell; the others would wait for it without end.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() && self.ranks() > 1 {
            self.all.abort(101)
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rank {} of {}", self.all.rank(), self.all.size())
    }
}

fn failed(error: ferrompi::Error) -> LearningError {
    LearningError::Team(format!("the ranks do not reach each other ({error}); start them again"))
}

impl Team for World {
    fn rank(&self) -> usize {
        self.all.rank() as usize
    }

    fn ranks(&self) -> usize {
        self.all.size() as usize
    }

    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>, LearningError> {
        let lengths = self.lengths(own.len() as u64, "", false)?;
        self.parts(own, &lengths)
    }

    fn broadcast(&self, mut own: Vec<u8>) -> Result<Vec<u8>, LearningError> {
        let lengths = self.lengths(own.len() as u64, "", false)?;
        own.resize(lengths[0] as usize, 0);
        // MPI counts in 32 bits.
        for part in own.chunks_mut(1 << 30) {
            self.all.broadcast(part, 0).map_err(failed)?;
        }
        Ok(own)
    }
}

/// Threads of all else, those of the matrix products, and whether Open MPI lets others run while it waits: the next batch is made
/// meanwhile.
const SET: [&str; 3] = ["RAYON_NUM_THREADS", "MATMUL_NUM_THREADS", "OMPI_MCA_mpi_yield_when_idle"];

/// Processors that a process may run on, by Linux.
fn allowed(process: &str) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed:"))?;
    Some(mask.chars().filter_map(|c| c.to_digit(16)).map(u32::count_ones).sum::<u32>() as usize)
}

/// Gives each rank of a host the processors that it is bound to, and where they are those of other ranks too, its part of them: this
/// program is started again with so many threads, in the same process. What the user has set stays.
pub(super) fn share_cores() {
    let given = SET.map(|name| std::env::var(name).ok());
    if started().is_none_or(|ranks| ranks < 2) || given.iter().all(Option::is_some) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let own = std::thread::available_parallelism().map_or(1, usize::from);
    // Whoever has started the ranks is bound to none of their processors.
    let of_all = allowed(&std::os::unix::process::parent_id().to_string()).unwrap_or(own);
    // A container may have less time than processors.
    let limited = allowed("self").is_some_and(|bound| own < bound);
    let of_all = if limited { own } else { of_all };
    let threads = own.min((of_all / on_this_host().ranks).max(1)).to_string();
    let [rayon, products, yields] = given;
    let rayon = rayon.unwrap_or(threads);
    let products = products.unwrap_or_else(|| rayon.clone());
    let yields = yields.unwrap_or_else(|| "1".to_owned());
    // It returns only if it fails, and then all goes on with more threads than there are processors.
    let _ = Command::new(program)
        .args(std::env::args_os().skip(1))
        .envs(SET.into_iter().zip([rayon, products, yields]))
        .exec();
}
