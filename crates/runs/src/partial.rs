//! A run folder in the making: `NAME.partial`, renamed to `NAME` at the end.

use crate::{FolderLock, RunError, file, write_whole};
use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

const ENDING: &str = ".partial";

/// A run folder in the making, locked by this process. Dropped before [`PartialRun::finish`], it is removed, with the folders
/// above it that it made: only a kill, or [`PartialRun::keep`], leaves it behind.
#[derive(Debug)]
pub struct PartialRun {
    out: PathBuf,
    partial: PathBuf,
    made: Vec<PathBuf>,
    lock: Option<FolderLock>,
    kept: Cell<bool>,
}

/// The path without a trailing slash or dots in between; none if it does not end in a name.
fn named(path: &Path) -> Option<PathBuf> {
    let clean: PathBuf = path.components().filter(|c| *c != Component::CurDir).collect();
    clean.file_name()?;
    Some(clean)
}

fn partial_of(out: &Path) -> PathBuf {
    let mut name: OsString = out.file_name().map(ToOwned::to_owned).unwrap_or_default();
    name.push(ENDING);
    out.with_file_name(name)
}

/// Whether there is something of that name, a dangling link included.
fn taken(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

impl PartialRun {
    /// Looks whether `out` is free, without writing; returns its name as it will be.
    ///
    /// # Errors
    /// [`RunError`] says what is there instead.
    pub fn check(out: &Path) -> Result<PathBuf, RunError> {
        let clean = named(out).ok_or_else(|| RunError::Name { flag: "--out", path: out.to_owned() })?;
        if clean.to_string_lossy().ends_with(ENDING) {
            return Err(RunError::PartialName { flag: "--out", path: clean });
        }
        if taken(&clean) {
            return Err(RunError::Exists { path: clean });
        }
        let partial = partial_of(&clean);
        if taken(&partial) {
            return Err(match FolderLock::holder(&partial) {
                Some(by) => RunError::InWork { path: partial, by },
                None if is_blank(&partial) => return Ok(clean),
                None if partial.join(file::CONFIG).is_file() => RunError::Interrupted { partial, out: clean },
                None => RunError::Stray { partial },
            });
        }
        Ok(clean)
    }

    /// Makes the folder and locks it.
    ///
    /// # Errors
    /// What [`PartialRun::check`] refuses; [`RunError::File`] where the folder cannot be made.
    pub fn create(out: &Path) -> Result<Self, RunError> {
        let out = Self::check(out)?;
        let partial = partial_of(&out);
        let above = partial.ancestors().skip(1);
        let made = above.take_while(|a| !a.as_os_str().is_empty() && !a.exists()).map(Path::to_owned).collect();
        let mut run = Self { out, partial, made, lock: None, kept: Cell::new(false) };
        let failed = |source: io::Error| RunError::File {
            action: "make output folder",
            path: run.out.clone(),
            source,
            cure: "; name a writable place with --out",
        };
        if let Some(parent) = run.partial.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        if let Err(source) = fs::create_dir(&run.partial) {
            // Somebody else's, made in this moment: not ours to remove. What a kill left before there was anything to lose is taken over.
            run.kept.set(source.kind() == io::ErrorKind::AlreadyExists);
            if !is_blank(&run.partial) {
                return Err(failed(source));
            }
        }
        run.lock = Some(FolderLock::take(&run.partial)?);
        run.kept.set(false);
        Ok(run)
    }

    /// Goes on with the interrupted training of `out`, which may be named by its `.partial` folder. An error keeps the folder.
    ///
    /// # Errors
    /// [`RunError::Resume`] where there is nothing to go on with; [`RunError::InWork`] where somebody else does.
    pub fn resume(out: &Path) -> Result<Self, RunError> {
        let clean = named(out).ok_or_else(|| RunError::Name { flag: "--resume", path: out.to_owned() })?;
        let clean = match clean.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(ENDING)) {
            Some(name) if !name.is_empty() => clean.with_file_name(name),
            _ => clean,
        };
        let partial = partial_of(&clean);
        let refused = |reason: String| Err(RunError::Resume { out: clean.clone(), reason });
        if taken(&clean) {
            return refused(if taken(&partial) {
                format!("{} is there, too; move it away to go on with {}", clean.display(), partial.display())
            } else if clean.join(file::CONFIG).is_file() {
                "this run is finished; there is nothing to go on with".to_owned()
            } else {
                "that is no run folder; name the one whose training was interrupted".to_owned()
            });
        }
        if !partial.join(file::CONFIG).is_file() {
            return refused(format!(
                "no interrupted training found ({} does not exist); start one with --out {}",
                partial.join(file::CONFIG).display(),
                clean.display()
            ));
        }
        let lock = FolderLock::take(&partial)?;
        remove_temporary(&partial);
        Ok(Self { out: clean, partial, made: Vec::new(), lock: Some(lock), kept: Cell::new(true) })
    }

    /// A file of the folder in the making.
    pub fn path(&self, name: &str) -> PathBuf {
        self.partial.join(name)
    }

    /// The folder in the making.
    pub fn folder(&self) -> &Path {
        &self.partial
    }

    /// The run it is to become.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    /// [`RunError::File`].
    pub fn write(&self, name: &str, contents: &str) -> Result<(), RunError> {
        write_whole(&self.path(name), contents.as_bytes())
    }

    /// Leaves the folder behind whatever comes: what is in it is worth something.
    pub fn keep(&self) {
        self.kept.set(true);
    }

    /// Whether the folder stays when this is dropped.
    pub fn is_kept(&self) -> bool {
        self.kept.get()
    }

    /// Removes what only a resumed training needs, and gives the folder its name, which is returned.
    ///
    /// # Errors
    /// [`RunError::Unfinished`]; the folder and all results are kept then.
    pub fn finish(mut self, leftovers: &[String]) -> Result<PathBuf, RunError> {
        self.keep();
        let unfinished =
            |reason: String| RunError::Unfinished { partial: self.partial.clone(), out: self.out.clone(), reason };
        if taken(&self.out) {
            return Err(unfinished("that has appeared meanwhile; move it away".to_owned()));
        }
        // A process that resumes after this moment finds the folder whole: checkpoints go last.
        fs::rename(&self.partial, &self.out).map_err(|e| unfinished(e.to_string()))?;
        let checkpoints = [file::TEACHER_CHECKPOINT, file::COMPUTER_CHECKPOINT, file::LOCK];
        for name in leftovers.iter().map(String::as_str).chain(checkpoints) {
            let _ = fs::remove_file(self.out.join(name));
        }
        self.lock = None;
        Ok(self.out.clone())
    }
}

/// What a killed process was just writing.
fn remove_temporary(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        if is_temporary(&entry.file_name()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_temporary(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(crate::writing::PREFIX) && name.ends_with(crate::writing::SUFFIX)
}

/// Whether a folder holds a lock, and beside it unfinished files at most: a training was killed before it wrote anything.
fn is_blank(folder: &Path) -> bool {
    let plain = fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir());
    plain
        && folder.join(file::LOCK).is_file()
        && fs::read_dir(folder).is_ok_and(|entries| {
            entries
                .into_iter()
                .all(|entry| entry.is_ok_and(|e| e.file_name() == file::LOCK || is_temporary(&e.file_name())))
        })
}

/// A folder's name without a trailing slash or dots in between.
///
/// # Errors
/// [`RunError::Name`] for what does not end in a name.
pub fn folder_name(flag: &'static str, path: &Path) -> Result<PathBuf, RunError> {
    named(path).ok_or_else(|| RunError::Name { flag, path: path.to_owned() })
}

impl Drop for PartialRun {
    fn drop(&mut self) {
        if !self.kept.get() {
            let _ = fs::remove_dir_all(&self.partial);
            for folder in &self.made {
                // Only what is empty goes.
                let _ = fs::remove_dir(folder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_failed_run_leaves_nothing_not_even_the_folders_above() {
        let folder = tempfile::tempdir().unwrap();
        let run = PartialRun::create(&folder.path().join("x/y/z")).unwrap();
        run.write(file::CONFIG, "a = 1").unwrap();
        assert!(folder.path().join("x/y/z.partial/config.toml").exists());
        drop(run);
        assert_eq!(count(folder.path()), 0);
    }

    #[test]
    fn a_trailing_slash_is_no_part_of_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let out = format!("{}/run/", folder.path().display());
        let run = PartialRun::create(Path::new(&out)).unwrap();
        assert!(folder.path().join("run.partial").is_dir());
        run.write(file::TEACHER_CHECKPOINT, "x").unwrap();
        run.write("stage-0.safetensors", "x").unwrap();
        let out = run.finish(&["stage-0.safetensors".to_owned()]).unwrap();
        assert_eq!(out, folder.path().join("run"));
        assert_eq!(count(&out), 0);
        for name in [".", "..", "/", "a/.."] {
            assert!(PartialRun::create(Path::new(name)).unwrap_err().to_string().contains("--out"), "{name}");
        }
    }

    #[test]
    fn one_process_works_in_a_folder_and_a_name_with_its_ending_will_do() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let run = PartialRun::create(&out).unwrap();
        run.write(file::CONFIG, "").unwrap();
        let told = |e: RunError| e.to_string();
        assert!(told(PartialRun::create(&out).unwrap_err()).contains("in work by process"));
        assert!(told(PartialRun::resume(&out).unwrap_err()).contains("in work by process"));
        run.keep();
        drop(run);
        assert!(told(PartialRun::create(&out).unwrap_err()).contains("--resume"));
        let again = PartialRun::resume(&folder.path().join("run.partial")).unwrap();
        assert_eq!(again.out(), out);
        drop(again);
        assert!(out.with_file_name("run.partial").exists(), "a resumed run was removed");
    }

    /// A kill in the first milliseconds leaves a folder with a lock alone.
    #[test]
    fn a_folder_in_which_nothing_was_done_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let (out, partial) = (folder.path().join("run"), folder.path().join("run.partial"));
        fs::create_dir(&partial).unwrap();
        fs::write(partial.join(file::LOCK), "process 1 on nowhere since never\n").unwrap();
        let run = PartialRun::create(&out).unwrap();
        let told = PartialRun::create(&out).unwrap_err().to_string();
        assert!(told.contains("in work by process"), "{told}");
        drop(run);
        assert!(!partial.exists());
        fs::create_dir(&partial).unwrap();
        fs::write(partial.join("mine"), "").unwrap();
        assert!(PartialRun::create(&out).is_err() && partial.join("mine").exists());
    }

    #[test]
    fn results_outlive_a_target_that_appears_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let run = PartialRun::create(&out).unwrap();
        run.write(file::CONFIG, "").unwrap();
        fs::create_dir(&out).unwrap();
        let error = run.finish(&[]).unwrap_err().to_string();
        assert!(error.contains("--resume") && folder.path().join("run.partial/config.toml").exists(), "{error}");
        let error = PartialRun::resume(&out).unwrap_err().to_string();
        assert!(error.contains("move it away"), "{error}");
        fs::remove_dir(&out).unwrap();
        PartialRun::resume(&out).unwrap().finish(&[]).unwrap();
        assert!(out.join(file::CONFIG).exists());
    }
}
