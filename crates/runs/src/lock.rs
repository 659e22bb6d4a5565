//! One process at a time works in a folder.

use crate::{RunError, file};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A lock on a folder that dies with its process. Where the file system has no locks, the file itself is one: whoever finds it
/// is refused.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    // Held open: closing it gives the lock back.
    _file: File,
}

impl FolderLock {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`RunError::InWork`] with host, process and time of whoever has it.
    pub fn take(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join(file::LOCK);
        let failed = |source| RunError::file("lock", &path, source);
        let in_work = |by: String| RunError::InWork { path: folder.to_owned(), by };
        let fresh = OpenOptions::new().write(true).create_new(true).open(&path);
        let (mut file, was_there) = match fresh {
            Ok(file) => (file, false),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                (OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?, true)
            }
            Err(e) => return Err(failed(e)),
        };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(in_work(holder(&path))),
            Err(TryLockError::Error(_)) if was_there => {
                return Err(in_work(format!(
                    "{} (this file system has no locks: if that process is gone, delete {})",
                    holder(&path),
                    path.display()
                )));
            }
            // Locked now; or no locks here, and a file that was not there before.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let who = format!(
            "process {} on {}{} since {}\n",
            std::process::id(),
            gethostname::gethostname().to_string_lossy(),
            scheduled().map_or_else(String::new, |job| format!(", job {job}")),
            humantime::format_rfc3339_seconds(SystemTime::now())
        );
        file.set_len(0).and_then(|()| file.write_all(who.as_bytes())).map_err(failed)?;
        Ok(Self { path, _file: file })
    }

    /// Who works in a folder, if anybody does.
    pub fn holder(folder: &Path) -> Option<String> {
        let path = folder.join(file::LOCK);
        let file = OpenOptions::new().read(true).write(true).open(&path).ok()?;
        match file.try_lock() {
            Ok(()) => None,
            Err(_) => Some(holder(&path)),
        }
    }
}

/// The number that a scheduler has given to the job of this process: Slurm, PBS, LSF, Grid Engine, HyperQueue.
fn scheduled() -> Option<String> {
    let given = ["SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID", "HQ_JOB_ID"];
    let id = given.iter().filter_map(|name| std::env::var(name).ok()).find(|id| !id.is_empty())?;
    Some(id.chars().filter(|c| !c.is_control()).take(60).collect())
}

fn holder(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    match text.lines().next() {
        Some(line) if !line.is_empty() => line.chars().take(200).collect(),
        _ => "another process".to_owned(),
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // By then the folder may have another name, or be gone.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(folder.path()).unwrap();
        let error = FolderLock::take(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("process {}", std::process::id())) && error.contains("since 20"),
            "{error}"
        );
        assert!(FolderLock::holder(folder.path()).is_some());
        drop(lock);
        assert!(FolderLock::holder(folder.path()).is_none());
        // What a killed process leaves is no lock.
        fs::write(folder.path().join(file::LOCK), "process 1 on nowhere").unwrap();
        FolderLock::take(folder.path()).unwrap();
    }
}
