//! Run folders: written under `<out>.partial`, renamed to `<out>` at the end.

use anyhow::{Context, Result, bail};
use std::cell::Cell;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Names of the files in a run folder.
pub(crate) mod file {
    pub(crate) const CONFIG: &str = "config.toml";
    pub(crate) const METRICS: &str = "metrics.jsonl";
    pub(crate) const TEACHER: &str = "teacher.safetensors";
    pub(crate) const COMPUTER: &str = "computer.safetensors";
    pub(crate) const TEACHER_CHECKPOINT: &str = "teacher.checkpoint";
    pub(crate) const COMPUTER_CHECKPOINT: &str = "computer.checkpoint";
    pub(crate) const SUMMARY: &str = "summary.json";
    pub(crate) const FIGURES: &str = "figures.json";
}

/// A run folder in the making. Dropped before [`PartialRun::finish`], it is removed: only a kill leaves it behind.
#[derive(Debug)]
pub(crate) struct PartialRun {
    out: PathBuf,
    partial: PathBuf,
    finished: Cell<bool>,
}

impl PartialRun {
    /// Looks whether `out` can be written, without writing.
    pub(crate) fn check(out: &Path) -> Result<()> {
        if out.exists() {
            bail!("output folder {} exists; name another with --out, or remove it", out.display());
        }
        let partial = partial_of(out);
        if partial.exists() {
            bail!(
                "{} exists: an interrupted training; go on with --resume {}, or remove it",
                partial.display(),
                out.display()
            );
        }
        Ok(())
    }

    /// Makes the folder.
    pub(crate) fn create(out: &Path) -> Result<Self> {
        Self::check(out)?;
        let partial = partial_of(out);
        if let Some(parent) = partial.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::create_dir_all(parent).with_context(|| unwritable(out))?;
        }
        fs::create_dir(&partial).with_context(|| unwritable(out))?;
        Ok(Self { out: out.to_owned(), partial, finished: Cell::new(false) })
    }

    /// Goes on with the interrupted training of `out`. An error keeps the folder: its checkpoints are worth something.
    pub(crate) fn resume(out: &Path) -> Result<Self> {
        if out.exists() {
            bail!("--resume {}: this run is finished; there is nothing to go on with", out.display());
        }
        let partial = partial_of(out);
        if !partial.join(file::CONFIG).is_file() {
            bail!(
                "--resume {}: no interrupted training found ({} does not exist); start one with --out {}",
                out.display(),
                partial.join(file::CONFIG).display(),
                out.display()
            );
        }
        Ok(Self { out: out.to_owned(), partial, finished: Cell::new(false) })
    }

    /// A file of the folder in the making.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.partial.join(name)
    }

    /// The folder in the making.
    pub(crate) fn folder(&self) -> &Path {
        &self.partial
    }

    /// Writes a file, whole or not at all.
    pub(crate) fn write(&self, name: &str, contents: &str) -> Result<()> {
        write_whole(&self.path(name), contents.as_bytes())
    }

    /// Leaves the folder behind whatever comes: an interrupted training whose checkpoints are worth something.
    pub(crate) fn keep(&self) {
        self.finished.set(true);
    }

    /// Removes the checkpoints and renames the folder.
    pub(crate) fn finish(self) -> Result<PathBuf> {
        for name in [file::TEACHER_CHECKPOINT, file::COMPUTER_CHECKPOINT] {
            let _ = fs::remove_file(self.path(name));
        }
        fs::rename(&self.partial, &self.out)
            .with_context(|| format!("cannot rename {} to {}", self.partial.display(), self.out.display()))?;
        self.finished.set(true);
        Ok(self.out.clone())
    }
}

impl Drop for PartialRun {
    fn drop(&mut self) {
        if !self.finished.get() {
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// Writes a file under a temporary name and renames it.
pub(crate) fn write_whole(path: &Path, contents: &[u8]) -> Result<()> {
    let mut temporary: OsString = path.as_os_str().to_owned();
    temporary.push(".tmp");
    fs::write(&temporary, contents)
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
        })
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Reads a file of a finished run, or says what is wrong with the folder.
pub(crate) fn read(run: &Path, name: &str) -> Result<String> {
    if !run.is_dir() {
        bail!("run folder {} does not exist", run.display());
    }
    let path = run.join(name);
    fs::read_to_string(&path)
        .with_context(|| format!("{} is not a run folder: cannot read {}", run.display(), path.display()))
}

/// The first free ``runs/<task>-<number>``.
pub(crate) fn next_free(task: &str) -> PathBuf {
    (1..10_000)
        .map(|number| Path::new("runs").join(format!("{task}-{number}")))
        .find(|out| !out.exists() && !partial_of(out).exists())
        .unwrap_or_else(|| Path::new("runs").join(task))
}

pub(crate) fn partial_of(out: &Path) -> PathBuf {
    let mut name: OsString = out.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

fn unwritable(out: &Path) -> String {
    format!("cannot make output folder {}; name a writable place with --out", out.display())
}
