//! Files written whole or not at all.

use crate::{RunError, file};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file that the user named, found to be writable before the work whose result it will hold.
///
/// It is written where the name points (through symbolic links; into a pipe or a device as such), keeps the mode it has, and is
/// replaced in one step, so that no reader meets half of it.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    target: Target,
}

/// Names of temporary files begin with this.
pub(crate) const PREFIX: &str = ".thermograd-";
/// Names of temporary files end with this.
pub(crate) const SUFFIX: &str = ".tmp";

#[derive(Debug)]
enum Target {
    /// Written beside it under another name, with these permissions if any, then renamed.
    Whole { to: PathBuf, permissions: Option<fs::Permissions> },
    /// No regular file, or one with other names (hard links) that shall stay names of it.
    Direct(File),
}

impl NewFile {
    /// Looks whether `path` can be written, and leaves what is there as it is.
    ///
    /// # Errors
    /// [`RunError::File`] with the reason.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let failed = |source: io::Error| RunError::file("write", path, source);
        let to = pointed_to(path).map_err(failed)?;
        let channel = ["/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/"];
        if channel.iter().any(|name| path.to_string_lossy().starts_with(name)) && to.is_file() {
            // Replacing the file behind an open channel would lose what else is said there.
            let why = "that is a channel of this program that goes into a file; name the file itself, or another";
            return Err(failed(io::Error::other(why)));
        }
        let target = match fs::metadata(&to) {
            Ok(found) if found.is_dir() => {
                return Err(failed(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; name a file")));
            }
            Ok(found) if !found.is_file() || has_other_names(&found) => {
                Target::Direct(OpenOptions::new().write(true).open(&to).map_err(failed)?)
            }
            Ok(found) => {
                // Who may not write the file shall not replace it.
                OpenOptions::new().write(true).open(&to).map_err(failed)?;
                beside(&to).map_err(failed)?;
                Target::Whole { to, permissions: Some(found.permissions()) }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                beside(&to).map_err(failed)?;
                Target::Whole { to, permissions: None }
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(Self { path: path.to_owned(), target })
    }

    /// As [`NewFile::open`], for a result that the user wants there: a file that a run folder is made of is refused.
    ///
    /// # Errors
    /// [`RunError::File`] with the reason.
    pub fn asked_for(path: &Path) -> Result<Self, RunError> {
        let to = pointed_to(path).map_err(|source| RunError::file("write", path, source))?;
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        let folder = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if file::is_of_a_run(&name) && folder.join(file::CONFIG).exists() {
            let why = "that file is part of a run folder; name another";
            return Err(RunError::file("write", path, io::Error::other(why)));
        }
        Self::open(path)
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`RunError::File`]; what was there before is still there then.
    pub fn write(self, bytes: &[u8]) -> Result<(), RunError> {
        write_together(vec![(self, bytes)])
    }
}

/// Writes several files, all of them or none (a name that cannot be taken at the very end excepted).
///
/// # Errors
/// [`RunError::File`] of the first that fails.
pub fn write_together(files: Vec<(NewFile, &[u8])>) -> Result<(), RunError> {
    let mut ready = Vec::new();
    for (NewFile { path, target }, bytes) in files {
        let failed = |source| RunError::file("write", &path, source);
        match target {
            Target::Direct(mut file) => direct(&mut file, bytes).map_err(failed)?,
            Target::Whole { to, permissions } => {
                let temporary = filled(&to, permissions, bytes).map_err(failed)?;
                ready.push((path, temporary, to));
            }
        }
    }
    for (path, temporary, to) in ready {
        temporary.persist(&to).map_err(|e| RunError::file("write", path, e.error))?;
    }
    Ok(())
}

/// A temporary file beside `to` with these contents. It is there for no longer than its writing takes: a work that is killed
/// before leaves nothing behind.
fn filled(to: &Path, permissions: Option<fs::Permissions>, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut temporary = beside(to)?;
    if let Some(permissions) = permissions {
        fs::set_permissions(temporary.path(), permissions)?;
    }
    temporary.write_all(bytes)?;
    temporary.flush()?;
    Ok(temporary)
}

fn direct(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    file.write_all(bytes)?;
    file.flush()
}

/// Whether a file has more names than one.
fn has_other_names(found: &fs::Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::nlink(found) > 1;
    #[cfg(not(unix))]
    {
        let _ = found;
        false
    }
}

/// Follows symbolic links, a dangling last one included.
fn pointed_to(path: &Path) -> io::Result<PathBuf> {
    let mut at = path.to_owned();
    for _ in 0..40 {
        match fs::read_link(&at) {
            Ok(next) => at = at.parent().map_or_else(|| next.clone(), |parent| parent.join(&next)),
            Err(_) => return Ok(at),
        }
        // The kernel's own links (/proc/self/fd/1) point to no path.
        if !at.exists() && path.exists() {
            return Ok(path.to_owned());
        }
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

/// A temporary file in the folder of `path`, with a name of its own.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Less the user's mask, as for any new file.
        options.mode(0o666);
    }
    // Opened by hand: tempfile's own error would name the temporary file beside the system's reason.
    let open = |name: &Path| options.open(name);
    tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).make_in(folder, open)
}

/// Writes a file in one step: under a temporary name, then renamed.
///
/// # Errors
/// [`RunError::File`]; what was there before is still there then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    NewFile::open(path)?.write(bytes)
}

/// Looks whether files can be made in a folder.
///
/// # Errors
/// [`RunError::File`] with the reason.
pub fn writable_folder(folder: &Path) -> Result<(), RunError> {
    if !folder.is_dir() {
        return Err(RunError::file(
            "write into",
            folder,
            io::Error::new(io::ErrorKind::NotFound, "no such folder"),
        ));
    }
    beside(&folder.join("x")).map(drop).map_err(|source| RunError::file("write into", folder, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_file_is_written_whole_and_an_abandoned_one_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        drop(NewFile::open(&path).unwrap());
        assert_eq!(names(folder.path()), 0);
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"two".to_vec(), 1));
        let error = NewFile::open(&folder.path().join("no/b.txt")).unwrap_err().to_string();
        assert!(error.contains("no/b.txt") && error.matches("os error").count() == 1, "{error}");
        assert!(NewFile::open(folder.path()).unwrap_err().to_string().contains("it is a folder"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_mode_stays_a_mode() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("real"), "old").unwrap();
        fs::set_permissions(at("real"), fs::Permissions::from_mode(0o604)).unwrap();
        symlink("real", at("link")).unwrap();
        write_whole(&at("link"), b"new").unwrap();
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        assert_eq!(fs::read(at("real")).unwrap(), b"new");
        assert_eq!(fs::metadata(at("real")).unwrap().permissions().mode() & 0o777, 0o604);
        symlink("later", at("dangling")).unwrap();
        write_whole(&at("dangling"), b"there").unwrap();
        assert_eq!(fs::read(at("later")).unwrap(), b"there");
        write_whole(Path::new("/dev/null"), b"gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        if Path::new("/dev/full").exists() {
            let error = write_whole(Path::new("/dev/full"), b"gone").unwrap_err().to_string();
            assert!(error.contains("/dev/full"), "{error}");
        }
    }
}
