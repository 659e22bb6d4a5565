//! What can be wrong with a run folder or a file; each message is one line with a cure.

use std::io;
use std::path::PathBuf;

/// An error of a run folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The folder is not there.
    #[error("run folder {} does not exist, or is no folder; name the folder of a finished run", path.display())]
    Absent {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is not a finished run.
    #[error("{} is not a run folder: it has no {missing}; name the folder of a finished run", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// The file that it lacks.
        missing: &'static str,
    },
    /// A name that no folder can have.
    #[error("{flag} {}: not the name of a folder; give one such as runs/mine", path.display())]
    Name {
        /// The flag.
        flag: &'static str,
        /// What was given.
        path: PathBuf,
    },
    /// A name that is kept for folders in the making.
    #[error("{flag} {}: names that end in .partial are those of trainings in the making; give another", path.display())]
    PartialName {
        /// The flag.
        flag: &'static str,
        /// What was given.
        path: PathBuf,
    },
    /// Something that no training left lies where the folder in the making is to be.
    #[error("{} exists, and is no training to go on with; remove it, or name another folder with --out", partial.display())]
    Stray {
        /// Where the folder in the making is to be.
        partial: PathBuf,
    },
    /// There is something of that name.
    #[error("output folder {} exists; name another with --out, or remove it", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// An interrupted training lies there.
    #[error("{} exists: an interrupted training; go on with --resume {}, or remove it", partial.display(), out.display())]
    Interrupted {
        /// The folder of the interrupted training.
        partial: PathBuf,
        /// The run it was to become.
        out: PathBuf,
    },
    /// Nothing to go on with.
    #[error("--resume {}: {reason}", out.display())]
    Resume {
        /// The run.
        out: PathBuf,
        /// Why not, and the cure.
        reason: String,
    },
    /// Another process works in the folder.
    #[error("{}: in work by {by}; wait for it to end, or end it", path.display())]
    InWork {
        /// The folder.
        path: PathBuf,
        /// Host, process and time.
        by: String,
    },
    /// The folder is of another version.
    #[error(
        "{}: written in format {found}, this program reads format {}; train it again, or use the program of that time{commit}",
        path.display(), crate::FORMAT
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Format that the file names.
        found: u32,
        /// ` (commit …)`, if the file tells.
        commit: String,
    },
    /// A file does not hold what it should.
    #[error("{}{place}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// `, line 3`, if known.
        place: String,
        /// What is wrong, and the cure.
        reason: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}{cure}", path.display())]
    File {
        /// `read`, `write`, `make` …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
        /// `; …`, or nothing.
        cure: &'static str,
    },
    /// The training ended, and its folder could not be given its name.
    #[error("{} cannot become {} ({reason}); all results are kept there: once it can, `trainer --resume {}` finishes", partial.display(), out.display(), out.display())]
    Unfinished {
        /// Where the results are.
        partial: PathBuf,
        /// The name it was to have.
        out: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl RunError {
    /// A file or folder that could not be dealt with.
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File { action, path: path.into(), source, cure: "" }
    }
}
