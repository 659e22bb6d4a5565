//! `--mpi`: the ranks of a job that `mpirun` has started.

#[cfg(feature = "mpi")]
mod mpi;

use anyhow::{Result, bail};
use data::Divided;
use learning::{Alone, LearningError, Team};
use std::process::ExitCode;
use tasks::Job;

/// Where Open MPI, and MPICH and Intel MPI, say how many processes they have started.
const MPIRUN: [&str; 2] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];

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
            if MPIRUN.iter().any(|name| std::env::var(name).is_ok_and(|ranks| ranks != "1")) {
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

/// What Open MPI, MPICH and Intel MPI, or Slurm say in the environment of what they start.
#[cfg(any(feature = "mpi", feature = "cuda"))]
pub(crate) fn on_this_host() -> OnThisHost {
    // Slurm writes "2(x3)" for two tasks on each of three hosts.
    let number = |text: String| text.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok());
    let first = |names: [&str; 3]| names.iter().find_map(|name| std::env::var(name).ok().and_then(number));
    OnThisHost {
        rank: first(["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"]).unwrap_or(0),
        ranks: first(["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_STEP_TASKS_PER_NODE"]).unwrap_or(1),
    }
}
