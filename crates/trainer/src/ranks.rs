//! `--mpi`: the ranks of a job that `mpirun` has started.

use anyhow::{Result, bail};
use data::Divided;
use learning::{Alone, LearningError, Team};
use std::process::ExitCode;
use tasks::Job;

/// This process among those that do the job.
pub(crate) enum Ranks {
    /// The only one.
    Alone,
    /// One rank of several, or of one.
    #[cfg(feature = "mpi")]
    Mpi {
        /// The team.
        world: mpi::World,
        /// MPI ends when it is dropped.
        library: ferrompi::Mpi,
    },
}

impl Ranks {
    /// Joins the others, if the flag is given.
    pub(crate) fn open(asked: bool) -> Result<Self> {
        if !asked {
            if ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"]
                .iter()
                .any(|name| std::env::var(name).is_ok_and(|ranks| ranks != "1"))
            {
                tracing::warn!(
                    "mpirun without --mpi: every process trains for itself; give --mpi for one training on all of them"
                );
            }
            return Ok(Self::Alone);
        }
        #[cfg(feature = "mpi")]
        {
            mpi::share_cores();
            let (library, world) = mpi::World::open()?;
            let ranks = Self::Mpi { world, library };
            let program = concat!(env!("CARGO_PKG_VERSION"), " ", env!("THERMO_COMMIT"));
            let command: Vec<u8> =
                std::env::args_os().skip(1).flat_map(|word| [word.as_encoded_bytes(), b"\0"].concat()).collect();
            let same = ranks
                .team()
                .agree(program.as_bytes(), "run programs of different versions; start one binary on all hosts")
                .and_then(|()| {
                    ranks.team().agree(&command, "were started with different arguments; give all the same")
                });
            match same {
                Ok(()) => Ok(ranks),
                Err(error) => ranks.ended(Err(error.into())).map(|()| Self::Alone),
            }
        }
        #[cfg(not(feature = "mpi"))]
        bail!(
            "--mpi: this program was built without MPI; build it with `cargo build --release -p trainer --features mpi` (it needs an \
             MPI library and its C compiler: apt-get install -y openmpi-bin libopenmpi-dev), or leave the flag out"
        )
    }

    /// The team.
    pub(crate) fn team(&self) -> &dyn Team {
        match self {
            Self::Alone => &Alone,
            #[cfg(feature = "mpi")]
            Self::Mpi { world, .. } => world,
        }
    }

    /// What a rank's work ended with. An error of one rank is told to the others, which would wait for it; rank 0 says it, and all end
    /// with exit code 2.
    pub(crate) fn ended(self, done: Result<()>) -> Result<()> {
        match self {
            Self::Alone => done,
            #[cfg(feature = "mpi")]
            Self::Mpi { world, library } => {
                let Err(error) = world.left(done) else { return Ok(()) };
                if world.ranks() == 1 {
                    return Err(error);
                }
                if world.rank() == 0 {
                    let _ = crate::output::failure(&error);
                }
                // Whoever ends first has the others killed: not before it is said.
                world.wait();
                drop((world, library));
                std::process::exit(2)
            }
        }
    }
}

/// Whether this is another rank than the first, as far as its starter says.
pub(crate) fn is_another() -> bool {
    ["OMPI_COMM_WORLD_RANK", "PMI_RANK"].iter().any(|name| std::env::var(name).is_ok_and(|rank| rank != "0"))
}

/// The end of a rank whose error the first one says: later than that one, since the first that ends has the others killed.
pub(crate) fn quietly() -> ExitCode {
    std::thread::sleep(std::time::Duration::from_secs(1));
    ExitCode::from(2)
}

/// The job of rank 0 and its data, as all ranks have them; `own` is looked at on rank 0.
pub(crate) fn told(team: &dyn Team, own: Option<(&Job, &Divided)>) -> Result<Option<(Job, Divided)>> {
    let job = team.by_first(|| {
        let table = own.map(|(job, _)| toml::to_string(&job.table())).transpose();
        table.map(|text| text.unwrap_or_default().into_bytes()).map_err(|e| LearningError::Team(e.to_string()))
    })?;
    let data =
        team.by_first(|| Ok::<_, LearningError>(own.map(|(_, data)| data.to_bytes()).unwrap_or_default()))?;
    if team.rank() == 0 {
        return Ok(None);
    }
    let table = toml::from_str(std::str::from_utf8(&job)?)?;
    let Some(data) = Divided::of_bytes(&data) else {
        bail!("--mpi: the data that rank 0 has sent are not whole; start all ranks with the same program")
    };
    Ok(Some((Job::of_table(&table, "the job of rank 0")?, data)))
}

/// The processes of this host that one command has started.
#[cfg(any(feature = "mpi", feature = "cuda"))]
pub(crate) struct OnThisHost {
    /// This one, counted from 0.
    #[cfg_attr(not(feature = "cuda"), expect(dead_code, reason = "each rank takes a GPU of its own"))]
    pub(crate) rank: usize,
    /// How many there are.
    #[cfg_attr(not(feature = "mpi"), expect(dead_code, reason = "ranks share the cores of their host"))]
    pub(crate) ranks: usize,
}

#[cfg(any(feature = "mpi", feature = "cuda"))]
/// What Open MPI, MPICH and Intel MPI, or Slurm say in the environment of what they start.
pub(crate) fn on_this_host() -> OnThisHost {
    // Slurm writes "2(x3)" for two tasks on each of three hosts.
    let number = |text: String| text.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok());
    let first = |names: [&str; 3]| names.iter().find_map(|name| std::env::var(name).ok().and_then(number));
    OnThisHost {
        rank: first(["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"]).unwrap_or(0),
        ranks: first(["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_STEP_TASKS_PER_NODE"]).unwrap_or(1),
    }
}

#[cfg(feature = "mpi")]
mod mpi {
    use super::on_this_host;
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
    /// What starters of processes say how many there are: Open MPI, MPICH and Intel MPI, Slurm.
    const STARTED: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];

    fn started() -> Option<usize> {
        STARTED.iter().find_map(|name| std::env::var(name).ok()?.parse().ok())
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
}
