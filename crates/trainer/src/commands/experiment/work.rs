//! Training what is not there yet: several at a time, each a process of its own, so that one that fails ends nothing but itself.

use super::submit::{JOBS_GO_ON, forget};
use super::training::Training;
use crate::cli::ExperimentArgs;
use crate::progress;
use anyhow::{Context, Result, bail, ensure};
use runs::{FolderLock, RunFolder, file, write_whole};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Jobs that are out at the same time, unless `--jobs` says how many.
const JOBS_OUT: usize = 64;

/// Whether a signal has asked the experiment to end.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on SIGINT and SIGTERM end the trainings before the experiment.
pub(super) fn heed_signals() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst)).context("cannot watch for signals")
}

/// Whether a signal has asked the experiment to end.
pub(super) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Ends the experiment where a signal has asked it to.
pub(super) fn not_interrupted() -> Result<()> {
    ensure!(
        !interrupted(),
        "interrupted; its trainings are ended, and what is finished is kept: the same command goes on"
    );
    Ok(())
}

/// Runs what is not there yet.
pub(super) fn work(arguments: &ExperimentArgs, what: &str, trainings: &[Training]) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let most = if arguments.submit.is_some() { JOBS_OUT } else { cores };
    let jobs = arguments.jobs.unwrap_or(most).min(trainings.len().max(1));
    let threads = (cores / jobs).max(1).to_string();
    let queue: Mutex<VecDeque<&Training>> =
        Mutex::new(trainings.iter().filter(|t| !t.folder.join(file::SUMMARY).exists()).collect());
    let left = queue.lock().map_or(0, |q| q.len());
    let bar = progress::bar(what, trainings.len());
    bar.set_position((trainings.len() - left) as u64);
    let program = std::env::current_exe().context("cannot find this program to start it again")?;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    loop {
                        match &arguments.submit {
                            Some(_) => ensure!(!interrupted(), JOBS_GO_ON),
                            None => not_interrupted()?,
                        }
                        let Some(training) = queue.lock().ok().and_then(|mut q| q.pop_front()) else {
                            return Ok(());
                        };
                        train_point(arguments, &program, &threads, training)?;
                        bar.inc(1);
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow::anyhow!("a worker of the experiment panicked"))??;
        }
        anyhow::Ok(())
    })?;
    bar.finish_and_clear();
    // Also where jobs of an earlier experiment have finished a point.
    for training in trainings.iter().filter(|t| t.folder.join(file::SUMMARY).exists()) {
        forget(&training.folder);
        let _ = std::fs::remove_file(log_of(&training.folder));
    }
    Ok(())
}

fn train_point(arguments: &ExperimentArgs, program: &Path, threads: &str, training: &Training) -> Result<()> {
    let folder = &training.folder;
    let parent = folder.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let failed = match &arguments.submit {
        Some(submit) => submit.train(arguments, program, training)?,
        None => train_here(arguments, program, threads, training)?,
    };
    let Some(error) = failed else { return Ok(()) };
    tracing::warn!("{}: {error}", folder.display());
    Ok(write_whole(&log_of(folder), (error + "\n").as_bytes())?)
}

/// Trains in a process of this machine, and returns what went wrong with it, if anything did.
fn train_here(
    arguments: &ExperimentArgs,
    program: &Path,
    threads: &str,
    training: &Training,
) -> Result<Option<String>> {
    let mut errors = tempfile::tempfile().context("cannot make a temporary file")?;
    let going_on = resumable(training)?;
    // A job that is still queued does nothing when its turn comes.
    forget(&training.folder);
    let mut command = Command::new(program);
    command
        .args(order(arguments, training, going_on))
        .args(["--end-with", &std::process::id().to_string()])
        .env("RAYON_NUM_THREADS", threads)
        .env("MATMUL_NUM_THREADS", threads)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors.try_clone().context("cannot make a temporary file")?);
    let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
    let status = watched(child)?;
    if status.success() {
        return Ok(None);
    }
    let mut text = String::new();
    let read = errors.rewind().and_then(|()| errors.read_to_string(&mut text));
    let told = text.lines().rev().find(|l| l.starts_with("error")).map(str::to_owned);
    Ok(Some(told.filter(|_| read.is_ok()).unwrap_or_else(|| format!("error: {}", ended(status)))))
}

/// What this program is told to do to train a point, or to go on with it.
pub(super) fn order(arguments: &ExperimentArgs, training: &Training, resume: bool) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["train".into()];
    if resume {
        words.extend(["--resume".into(), training.folder.clone().into()]);
    } else {
        words.extend(["--task", training.task, "--seed", &training.seed.to_string()].map(Into::into));
        words.extend(["--out".into(), training.folder.clone().into()]);
        if let Some(teacher) = training.teacher.as_ref().filter(|t| t.join(file::TEACHER).exists()) {
            words.extend(["--teacher".into(), teacher.clone().into()]);
        }
        words.extend(training.settings().iter().map(|setting| format!("--set={setting}").into()));
    }
    words.extend(["--backend".into(), arguments.backend.backend.to_string().into()]);
    if let Some(data) = &arguments.data.data_dir {
        words.extend(["--data-dir".into(), data.into()]);
    }
    if arguments.data.offline {
        words.push("--offline".into());
    }
    words
}

/// What an earlier, interrupted experiment left of this point: something to go on with, or nothing.
pub(super) fn resumable(training: &Training) -> Result<bool> {
    let partial = with_ending(&training.folder, ".partial");
    if !partial.exists() {
        return Ok(false);
    }
    if let Some(by) = FolderLock::holder(&partial) {
        bail!("{}: in work by {by}; wait for it to end, or end it", partial.display());
    }
    let mine = training.job().ok().map(|job| job.table());
    let kept = RunFolder::in_the_making(&partial).is_ok_and(|run| Some(run.job()) == mine.as_ref());
    if !kept {
        std::fs::remove_dir_all(&partial).with_context(|| format!("cannot remove {}", partial.display()))?;
    }
    Ok(kept)
}

/// Waits for a process, and ends it if a signal asks for that.
fn watched(mut child: Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().context("cannot wait for a training")? {
            return Ok(status);
        }
        if interrupted() {
            let _ = child.kill();
            let _ = child.wait();
            not_interrupted()?;
        }
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// How a process ended that said nothing.
pub(super) fn ended(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            return format!("killed by signal {signal}");
        }
    }
    format!("ended without a word ({status})")
}

/// The path with an ending put after its name. Labels have dots in them, so that the part behind a dot is no extension to replace.
pub(super) fn with_ending(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Where the error of a training that failed is kept.
pub(super) fn log_of(folder: &Path) -> PathBuf {
    with_ending(folder, ".log")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_whose_labels_have_dots_have_logs_of_their_own() {
        assert_eq!(log_of(Path::new("points/0.3-seed-1")), Path::new("points/0.3-seed-1.log"));
        assert_eq!(
            with_ending(Path::new("points/0.3-seed-2"), ".partial"),
            Path::new("points/0.3-seed-2.partial")
        );
    }
}
