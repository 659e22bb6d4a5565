//! What can go wrong between a run folder and its report.

use std::path::PathBuf;

/// Why a report was not written; each message names the file and the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The folder holds no `summary.json`, so nothing was trained or evaluated there.
    #[error("{path} does not exist: give the folder of a finished run, or train or evaluate one into it first")]
    NoSummary {
        /// The file looked for.
        path: PathBuf,
    },
    /// A file exists and could not be read.
    #[error("{path} cannot be read ({source}): check its permissions")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file was read and does not hold what it should.
    #[error("{path}{place} is malformed ({source}): {cure}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// `, line 3` in a file of lines, otherwise empty.
        place: String,
        /// What the parser found.
        source: serde_json::Error,
        /// What the reader can do about it.
        cure: &'static str,
    },
    /// Two parts of `figures.json` contradict each other.
    #[error(
        "{path} is inconsistent ({problem}): evaluate the run again to write it anew, or delete it for a report without figures"
    )]
    Inconsistent {
        /// The file.
        path: PathBuf,
        /// Which lengths disagree.
        problem: String,
    },
    /// The report could not be written.
    #[error("{path} cannot be written ({source}): check the folder's permissions and the free space")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}
