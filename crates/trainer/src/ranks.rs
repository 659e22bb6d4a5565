//! `--mpi`: the ranks of a job that `mpirun` has started.

use anyhow::{Result, bail};
use data::Divided;
use learning::{Alone, LearningError, Team};
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
        _mpi: ferrompi::Mpi,
    },
}

impl Ranks {
    /// Joins the others, if the flag is given.
    pub(crate) fn open(asked: bool) -> Result<Self> {
        if !asked {
            return Ok(Self::Alone);
        }
        #[cfg(feature = "mpi")]
        {
            mpi::share_cores();
            let (mpi, world) = mpi::World::open()?;
            let ranks = Self::Mpi { world, _mpi: mpi };
            let program = concat!(env!("CARGO_PKG_VERSION"), " ", env!("THERMO_COMMIT"));
            let same = ranks
                .team()
                .agree(program.as_bytes(), "run programs of different versions; start one binary on all hosts");
            ranks.ended(same.map_err(Into::into))?;
            Ok(ranks)
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

    /// What a rank's work ended with. An error of one rank of several is said by it, and ends all: the others would wait for it.
    pub(crate) fn ended(&self, done: Result<()>) -> Result<()> {
        match self {
            Self::Alone => done,
            #[cfg(feature = "mpi")]
            Self::Mpi { world, .. } => {
                if let Err(error) = &done
                    && world.ranks() > 1
                {
                    let error = crate::output::one_line(error);
                    let _ = crate::output::failure(&anyhow::anyhow!("rank {}: {error}", world.rank()));
                    world.abort();
                }
                done
            }
        }
    }
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
    use anyhow::{Context, Result};
    use ferrompi::{Communicator, Mpi, ThreadLevel};
    use learning::{LearningError, Team};
    use std::fmt;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    /// All ranks that `mpirun` has started; without it, one.
    pub(crate) struct World(Communicator);

    impl World {
        /// Starts MPI, which ends when the handle is dropped.
        pub(crate) fn open() -> Result<(Mpi, Self)> {
            let mpi = Mpi::init_thread(ThreadLevel::Funneled).context("--mpi: MPI does not start")?;
            let world = Self(mpi.world());
            Ok((mpi, world))
        }

        /// Ends all ranks with exit code 2.
        pub(crate) fn abort(&self) -> ! {
            self.0.abort(2)
        }
    }

    impl fmt::Debug for World {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "rank {} of {}", self.0.rank(), self.0.size())
        }
    }

    fn failed(error: ferrompi::Error) -> LearningError {
        LearningError::Team(format!("the ranks do not reach each other: {error}"))
    }

    impl Team for World {
        fn rank(&self) -> usize {
            self.0.rank() as usize
        }

        fn ranks(&self) -> usize {
            self.0.size() as usize
        }

        fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>, LearningError> {
            let mut sizes = vec![0u64; self.ranks()];
            self.0.allgather(&[own.len() as u64], &mut sizes).map_err(failed)?;
            let total: u64 = sizes.iter().sum();
            if i32::try_from(total).is_err() {
                return Err(LearningError::Team(format!(
                    "{total} bytes are more than MPI gathers at once; take fewer ranks"
                )));
            }
            let counts: Vec<i32> = sizes.iter().map(|size| *size as i32).collect();
            let starts: Vec<i32> =
                counts.iter().scan(0, |at, count| Some(std::mem::replace(at, *at + count))).collect();
            let mut all = vec![0u8; total as usize];
            self.0.allgatherv(own, &mut all, &counts, &starts).map_err(failed)?;
            let mut rest = all.as_slice();
            Ok(sizes.iter().map(|size| rest.split_off(..*size as usize).unwrap_or_default().to_vec()).collect())
        }

        fn broadcast(&self, mut own: Vec<u8>) -> Result<Vec<u8>, LearningError> {
            let mut size = [own.len() as u64];
            self.0.broadcast(&mut size, 0).map_err(failed)?;
            own.resize(size[0] as usize, 0);
            // MPI counts in 32 bits.
            for part in own.chunks_mut(1 << 30) {
                self.0.broadcast(part, 0).map_err(failed)?;
            }
            Ok(own)
        }
    }

    /// Threads of the matrix products, and of all else.
    const THREADS: [&str; 2] = ["RAYON_NUM_THREADS", "MATMUL_NUM_THREADS"];

    /// Where ranks of one host are bound to no cores of their own, each takes its part of them: this program is started again with so
    /// many threads, in the same process. A number of threads that the user has set stays.
    pub(super) fn share_cores() {
        if THREADS.iter().any(|name| std::env::var_os(name).is_some()) {
            return;
        }
        let ranks = super::on_this_host().ranks;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let all = std::fs::read_to_string("/proc/cpuinfo")
            .map_or(cores, |text| text.lines().filter(|line| line.starts_with("processor")).count());
        let Ok(program) = std::env::current_exe() else { return };
        if ranks < 2 || cores < all {
            return;
        }
        let threads = (cores / ranks).max(1).to_string();
        // It returns only if it fails, and then all goes on with more threads than there are cores.
        let _ = Command::new(program)
            .args(std::env::args_os().skip(1))
            .envs(THREADS.map(|name| (name, &threads)))
            .exec();
    }
}
