//! Points as jobs of a scheduler: each a shell script on the standard input of a command that ends when its job does.

use super::training::Training;
use super::work::{ended, interrupted, log_of, order, resumable, with_ending};
use crate::cli::ExperimentArgs;
use anyhow::{Context, Result, ensure};
use data::Source;
use runs::{FolderLock, file, write_whole};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant, SystemTime};

/// What an experiment says that is told to end while jobs of it are out.
pub(super) const JOBS_GO_ON: &str =
    "interrupted; the jobs that were submitted go on, and the same command waits for them";

/// What the reason begins with where the command failed and not the training.
const BY_COMMAND: &str = "error: --submit:";

/// How long a file system of several machines may take to show what a job has written.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);

/// The command of `--submit`.
#[derive(Debug, Clone)]
pub(crate) struct Submit {
    words: Vec<String>,
}

impl Submit {
    /// Splits a command into words as a POSIX shell does; no shell ever sees it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let words = shlex::split(text).ok_or("a quote that is not closed, or a backslash at the end; close it")?;
        if words.first().is_none_or(String::is_empty) {
            return Err(
                "no command; name one that waits for its job, such as \"sbatch --wait --requeue\"".to_owned()
            );
        }
        Ok(Self { words })
    }

    /// Has a training done by a job, and returns what went wrong with it, if anything did. A job that an earlier experiment
    /// submitted is waited for.
    pub(super) fn train(
        &self,
        arguments: &ExperimentArgs,
        program: &Path,
        training: &Training,
    ) -> Result<Option<String>> {
        let folder = &training.folder;
        let mut waiting = false;
        loop {
            ensure!(!interrupted(), JOBS_GO_ON);
            let ticket = Ticket::take(folder)?;
            // Not before: as long as somebody has it, the point may still be finished.
            if folder.join(file::SUMMARY).exists() {
                return Ok(None);
            }
            let by = match ticket {
                Ok(ticket) => {
                    let failed = self.submit(arguments, program, training, ticket)?;
                    // What a scheduler runs again after its command has ended is still on its way.
                    if failed.is_none() || in_work(folder).is_none() {
                        return Ok(failed);
                    }
                    continue;
                }
                Err(by) => by,
            };
            if !waiting {
                tracing::info!("{}: {by}; waiting for it", folder.display());
                waiting = true;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn submit(
        &self,
        arguments: &ExperimentArgs,
        program: &Path,
        training: &Training,
        ticket: Ticket,
    ) -> Result<Option<String>> {
        let folder = &training.folder;
        resumable(training)?;
        let turn = ticket.turn(&self.words)?;
        write_whole(&with_ending(folder, ".turn"), turn.as_bytes())?;
        // What an earlier job had to say is not what this one has.
        let _ = std::fs::remove_file(log_of(folder));
        // In a file and not in a pipe: the command has all of it, whatever becomes of this process.
        let mut script_file = tempfile::tempfile().context("cannot make a temporary file")?;
        let written = script_file.write_all(&script(arguments, program, training, &turn)?);
        written.and_then(|()| script_file.rewind()).context("cannot write a temporary file")?;
        let mut errors = tempfile::tempfile().context("cannot make a temporary file")?;
        let mut command = Command::new(&self.words[0]);
        command
            .args(&self.words[1..])
            .stdin(script_file)
            // Whoever holds this file, holds its lock: the command does after this process is gone. It also keeps what the command
            // says, the number of the job for one.
            .stdout(ticket.file.try_clone().context("cannot hand on a file")?)
            .stderr(errors.try_clone().context("cannot make a temporary file")?);
        // A keystroke that interrupts this process is not meant for the jobs.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| {
            forget(folder);
            anyhow::Error::from(error).context(format!(
                "--submit {}: cannot start that program (a shell is `sh -c '...'`; ~, && and VAR=value are for shells)",
                self.words[0]
            ))
        })?;
        let status = awaited(&mut child)?;
        if appears(&folder.join(file::SUMMARY), status) {
            return Ok(None);
        }
        let mut said = String::new();
        let _ = errors.rewind().and_then(|()| errors.read_to_string(&mut said));
        Ok(Some(reason(&log_of(folder), &said, status)))
    }
}

/// Who trains the point, if anybody does.
fn in_work(folder: &Path) -> Option<String> {
    FolderLock::holder(&with_ending(folder, ".partial"))
}

/// Waits for the command, but no longer than this process is wanted.
fn awaited(child: &mut Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().context("cannot wait for the command of --submit")? {
            return Ok(status);
        }
        ensure!(!interrupted(), JOBS_GO_ON);
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Whether a file is there, or will be in a moment if the command says that all went well.
fn appears(path: &Path, status: ExitStatus) -> bool {
    let until = Instant::now() + if status.success() { SHOWN_WITHIN } else { Duration::ZERO };
    loop {
        if path.exists() {
            return true;
        }
        if Instant::now() >= until || interrupted() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Why a job left no result: what the training said, or else the command.
fn reason(log: &Path, said: &str, status: ExitStatus) -> String {
    let told = std::fs::read(log).unwrap_or_default();
    let told = String::from_utf8_lossy(&told);
    let last = |text: &str| text.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    let of_training = told.lines().rev().find(|line| line.starts_with("error"));
    let reason = match (of_training, last(&told), last(said)) {
        (Some(error), ..) => error.to_owned(),
        (None, None, _) if status.success() => {
            format!(
                "{BY_COMMAND} the command ended and its job left nothing; name one that waits for its job (sbatch --wait)"
            )
        }
        (None, None, Some(said)) => format!("{BY_COMMAND} {said}"),
        (None, None, None) => format!("{BY_COMMAND} {}", ended(status)),
        (None, Some(told), said) => {
            let said = said.map_or_else(|| ended(status), |said| format!("{said:?}"));
            format!("error: the job was ended ({said}); the last that it said: {told}")
        }
    };
    reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Whether a training has failed before it began.
pub(super) fn failed_by_command(training: &Training) -> Option<String> {
    std::fs::read_to_string(log_of(&training.folder)).ok().filter(|log| log.starts_with(BY_COMMAND))
}

/// Removes what only a job that is out needs.
pub(super) fn forget(folder: &Path) {
    for ending in [".job", ".turn"] {
        let _ = std::fs::remove_file(with_ending(folder, ending));
    }
}

/// The file of a job that is out, `NAME.job`: locked as long as its command runs, by whom ever.
struct Ticket {
    file: File,
    path: PathBuf,
}

impl Ticket {
    /// Takes it, or says who has it, or works in the run folder.
    fn take(folder: &Path) -> Result<Result<Self, String>> {
        let path = with_ending(folder, ".job");
        let failed = || format!("cannot open {}", path.display());
        let file = OpenOptions::new().read(true).append(true).create(true).open(&path).with_context(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                Ok(Err(text.lines().next().unwrap_or("submitted").to_owned()))
            }
            // Where the file system has no locks, the turn alone keeps two jobs apart.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(in_work(folder).map_or(Ok(Self { file, path }), Err)),
        }
    }

    /// Writes down who submits, and returns a mark that no other submission has.
    fn turn(&self, words: &[String]) -> Result<String> {
        let now = SystemTime::now();
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
        let who =
            format!("submitted by process {} with {}", std::process::id(), words.join(" ").replace('\n', " "));
        let mut file = &self.file;
        let written = file.set_len(0).and_then(|()| file.write_all(format!("{who}\n").as_bytes()));
        written.with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(format!("{}-{since}\n", std::process::id()))
    }
}

/// What a job runs. It can be started again at any time: what is finished is left alone, what was interrupted goes on.
fn script(arguments: &ExperimentArgs, program: &Path, training: &Training, turn: &str) -> Result<Vec<u8>> {
    let quoted = |word: &OsStr| -> Result<Vec<u8>> {
        let quoted = shlex::bytes::try_quote(word.as_encoded_bytes());
        Ok(quoted.with_context(|| format!("{}: no command can have that in it", word.display()))?.into_owned())
    };
    let command = |resume: bool| -> Result<Vec<u8>> {
        let mut line = quoted(program.as_os_str())?;
        for word in order(arguments, training, resume) {
            line.push(b' ');
            line.extend(quoted(&word)?);
        }
        Ok(line)
    };
    let mut script = b"#!/bin/sh\n# A point of an experiment of thermograd.\nrun=".to_vec();
    script.extend(quoted(training.folder.as_os_str())?);
    if let Some(data) = Source::from_environment().folder {
        script.extend(b"\nexport THERMO_DATA=");
        script.extend(quoted(absolute(&data)?.as_os_str())?);
    }
    // Where the job begins may be gone by then.
    script.extend(b"\ncd ");
    script.extend(quoted(training.folder.parent().unwrap_or(Path::new("/")).as_os_str())?);
    script.extend(b" || exit 1\n# A job that a later one has taken the place of does nothing.\n");
    script.extend(format!("[ \"$(cat \"$run.turn\")\" = {} ] || exit 0\n", turn.trim_end()).as_bytes());
    script.extend(format!("[ -f \"$run/{}\" ] && exit 0\n", file::SUMMARY).as_bytes());
    script.extend(format!("if [ -f \"$run.partial/{}\" ]; then\n    exec ", file::CONFIG).as_bytes());
    script.extend(command(true)?);
    script.extend(b" 2>\"$run.log\"\nfi\nexec ");
    script.extend(command(false)?);
    script.extend(b" 2>\"$run.log\"\n");
    Ok(script)
}

/// Where the jobs find a file: they may run in another folder.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{}: no folder to work in", path.display()))
}
