//! `trainer train`: checks every input, then trains, evaluates and reports inside a partial run folder.

use super::{start, teacher};
use crate::backend::{BackendJob, OpenBackend};
use crate::cli::TrainArgs;
use crate::figures::table;
use crate::job::{data_of_run, of_run, provenance, with_data};
use crate::output::{line, percent, print};
use crate::progress::Onlooker;
use crate::ranks::{self, Ranks};
use anyhow::Result;
use data::Divided;
use langevin::LangevinBackend;
use learning::Team;
use runs::{Outcome, PartialRun, Provenance, RunError, RunFolder, Summary, file, write_config};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tasks::{Finished, Job, Need, Place, TaskError, Watch, accuracy_stderr};

/// A training that can begin or go on.
struct Begun {
    job: Job,
    data: Divided,
    folder: PartialRun,
    provenance: Provenance,
}

/// Trains, alone or as one rank of several.
pub(crate) fn run(arguments: &TrainArgs) -> Result<()> {
    if let Some(parent) = arguments.end_with {
        ends_with(parent);
    }
    let ranks = Ranks::open(arguments.mpi)?;
    let team = ranks.team();
    let done = if team.rank() == 0 { first(arguments, team) } else { other(arguments, team) };
    ranks.ended(done)
}

/// A rank that helps rank 0, which alone reads files, writes and prints.
fn other(arguments: &TrainArgs, team: &dyn Team) -> Result<()> {
    let backend = arguments.backend.backend.open()?;
    let Some((job, data)) = ranks::told(team, None)? else { return Ok(()) };
    let training = Training { job: &job, data: &data, place: Place::of_team(None, team), watch: &mut () };
    backend.run(training).map(|_| ())
}

/// The only rank, or the first.
fn first(arguments: &TrainArgs, team: &dyn Team) -> Result<()> {
    let backend = arguments.backend.backend.open()?;
    let begun = match &arguments.resume {
        Some(out) => resumed(out, arguments, team)?,
        None => fresh(arguments, &backend, team)?,
    };
    let Begun { job, data, folder, provenance } = begun;
    let ranks = Some(earlier_ranks(&folder, &provenance)).filter(|ranks| ranks.iter().any(|ranks| *ranks > 1));
    if team.ranks() > 1 {
        ranks::told(team, Some((&job, &data)))?;
    }
    let set = &data.data;
    tracing::info!(
        "data set: {} ({}), {} training and {} test images",
        set.name,
        set.origin,
        set.train.len(),
        set.test.len()
    );
    tracing::info!("backend: {} on {}, seed {}", backend.kind(), backend.device(), job.seed());
    if team.ranks() > 1 {
        tracing::info!("{} ranks, each on its share of every batch", team.ranks());
    }
    let mut onlooker = Onlooker::with_metrics(&folder.path(file::METRICS))?;
    let place = Place::of_team(Some(folder.folder()), team);
    let training = Training { job: &job, data: &data, place, watch: &mut onlooker };
    let finished = match backend.run(training) {
        Ok(finished) => finished,
        Err(error) => return Err(kept(&folder, &job, provenance.teacher_digest.is_some(), error)),
    };
    // From here on there are results.
    folder.keep();
    let out = folder.out().to_owned();
    let told = described(&data, &finished);
    conclude(folder, &job, &data, &backend, finished, ranks).map_err(|error| match error.downcast_ref() {
        // That says it itself.
        Some(RunError::Unfinished { .. }) => error,
        _ => error.context(format!(
            "the finished training is kept; once this is mended, `trainer --resume {}` ends it",
            out.display()
        )),
    })?;
    print(&told)?;
    line(format!("run folder {}, report {}", out.display(), out.join(file::REPORT).display()))
}

/// From now on this process ends soon after its parent has ended: an experiment that is killed leaves no trainings behind.
/// What they have done is in their folders, as after any kill.
fn ends_with(parent: u32) {
    #[cfg(unix)]
    std::thread::spawn(move || {
        while std::os::unix::process::parent_id() == parent {
            std::thread::sleep(Duration::from_millis(200));
        }
        std::process::exit(2);
    });
    #[cfg(not(unix))]
    let _ = parent;
}

/// What an error leaves behind: nothing, unless something is worth going on with.
fn kept(folder: &PartialRun, job: &Job, teacher_given: bool, error: anyhow::Error) -> anyhow::Error {
    let there = |name: &str| folder.path(name).exists();
    if there(file::COMPUTER) && !folder.is_kept() {
        folder.keep();
        return error.context(format!("the trained computer is kept in {}", folder.folder().display()));
    }
    let hopeless = error.downcast_ref::<TaskError>().is_some_and(TaskError::is_of_the_job);
    let done = [file::TEACHER_CHECKPOINT, file::COMPUTER_CHECKPOINT].iter().any(|name| there(name))
        || (there(file::TEACHER) && !teacher_given)
        || job.leftovers().iter().any(|name| name != file::START && there(name));
    if folder.is_kept() || hopeless || !done {
        return error;
    }
    folder.keep();
    error.context(format!("what is done is kept; go on with --resume {}", folder.out().display()))
}

/// A new training: everything is looked at before the folder is made.
fn fresh(arguments: &TrainArgs, backend: &OpenBackend, team: &dyn Team) -> Result<Begun> {
    let (job, data) = with_data(&arguments.config, &arguments.data, arguments.seed)?;
    let own = job.shared_by(team.ranks())?;
    Need::check(&[own.training_needs(&data)?, job.evaluation_needs(data.data.test.len())?].concat())?;
    let out = arguments.out.clone().unwrap_or_else(|| next_free(job.task()));
    let out = PartialRun::check(&out)?;
    let given = arguments.teacher.as_deref().map(|run| teacher::of(run, &job, &data)).transpose()?;
    let start = arguments.start.as_deref().map(|run| start::of(run, &job, &arguments.config)).transpose()?;
    let mut from = provenance(backend, &data);
    from.ranks = (team.ranks() > 1).then_some(team.ranks());
    from.teacher_digest = given.as_ref().map(|given| given.digest.clone());
    from.start_digest = start.as_ref().map(|start| start.digest.clone());
    let folder = PartialRun::create(&out)?;
    for (name, bytes) in given.iter().flat_map(|given| &given.files) {
        runs::write_whole(&folder.path(name), bytes)?;
    }
    if let Some(start) = &start {
        runs::write_whole(&folder.path(file::START), &start.bytes)?;
        let run = arguments.start.as_deref().unwrap_or(Path::new("")).display();
        tracing::info!("start: the program of {run} (SHA-256 {}…)", &start.digest[..12]);
    }
    if let Some(digest) = &from.teacher_digest {
        tracing::info!(
            "teacher: that of {} (SHA-256 {}…)",
            arguments.teacher.as_deref().unwrap_or(Path::new("")).display(),
            &digest[..12]
        );
    }
    let path = folder.path(file::CONFIG);
    folder.write(file::CONFIG, &write_config(&path, &job.table(), &from)?)?;
    Ok(Begun { job, data, folder, provenance: from })
}

/// An interrupted training: with its own configuration, on its own data.
fn resumed(out: &Path, arguments: &TrainArgs, team: &dyn Team) -> Result<Begun> {
    let folder = PartialRun::resume(out)?;
    let run = RunFolder::in_the_making(folder.folder())?;
    let job = of_run(&run)?;
    let from = run.provenance().clone();
    let now = arguments.backend.backend.to_string();
    if from.backend != now {
        tracing::warn!("this training began on {}; it goes on on {now}", from.backend);
    }
    let ranks = team.ranks();
    let mut before = earlier_ranks(&folder, &from);
    let last = before.last().copied().unwrap_or(1);
    if last != ranks {
        before.push(ranks);
        let lines: Vec<String> = before.iter().map(usize::to_string).collect();
        folder.write(file::RANKS, &(lines.join("\n") + "\n"))?;
        tracing::warn!(
            "this training was on {last} rank{}; it goes on on {ranks}, to the same figures but for rounding",
            if last == 1 { "" } else { "s" }
        );
    }
    let data = data_of_run(&job, &from, &arguments.data)?;
    teacher::unchanged(&job, folder.folder(), from.teacher_digest.as_deref())?;
    start::unchanged(folder.folder(), from.start_digest.as_deref())?;
    let own = job.shared_by(ranks)?;
    Need::check(&[own.training_needs(&data)?, job.evaluation_needs(data.data.test.len())?].concat())?;
    Ok(Begun { job, data, folder, provenance: from })
}

/// Numbers of ranks that have worked on a training, first to last.
fn earlier_ranks(folder: &PartialRun, from: &Provenance) -> Vec<usize> {
    let text = std::fs::read_to_string(folder.path(file::RANKS)).unwrap_or_default();
    let found: Vec<usize> = text.lines().filter_map(|line| line.parse().ok()).collect();
    if found.is_empty() { vec![from.ranks.unwrap_or(1)] } else { found }
}

struct Training<'a> {
    job: &'a Job,
    data: &'a Divided,
    place: Place<'a>,
    watch: &'a mut dyn Watch,
}

impl BackendJob for Training<'_> {
    type Output = Finished;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Finished> {
        Ok(self.job.carry_out::<B>(self.data, self.place, self.watch, device)?)
    }
}

/// Writes summary, figures and report, and gives the folder its name.
fn conclude(
    folder: PartialRun,
    job: &Job,
    data: &Divided,
    backend: &OpenBackend,
    finished: Finished,
    ranks: Option<Vec<usize>>,
) -> Result<PathBuf> {
    let summary = Summary {
        format: runs::FORMAT,
        task: job.task().to_owned(),
        dataset: data.data.name.clone(),
        dataset_origin: data.data.origin.clone(),
        backend: Some(backend.kind().to_string()),
        device: Some(backend.device().to_owned()),
        seed: job.seed(),
        commit: Some(env!("THERMO_COMMIT").to_owned()),
        ranks,
        training_images: Some(job.learnt_images(data)),
        objective: job.objective(),
        computer: finished.computer,
        parameters: finished.parameters,
        outcome: finished.outcome,
    };
    folder.write(file::SUMMARY, &(serde_json::to_string_pretty(&summary)? + "\n"))?;
    folder.write(file::FIGURES, &serde_json::to_string(&finished.figures)?)?;
    report::write(folder.folder())?;
    let leftovers = [job.leftovers(), vec![file::RANKS.to_owned()]].concat();
    Ok(folder.finish(&leftovers)?)
}

/// The figures for a reader.
fn described(data: &Divided, finished: &Finished) -> String {
    let mut text = String::new();
    if let Outcome::Classified(c) = &finished.outcome {
        let top1 = c.teacher.test_top1;
        let teacher = percent(top1, Some(accuracy_stderr(top1, data.data.test.len())));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} test set: teacher {teacher}", data.data.name);
    }
    let kt = finished.computer.kt;
    text + &finished.outcome.evaluated().map(|figures| table(&figures, kt)).unwrap_or_default()
}

/// The first free `runs/TASK-NUMBER`.
fn next_free(task: &str) -> PathBuf {
    let named = |number: usize| Path::new("runs").join(format!("{task}-{number}"));
    (1..1_000_000).map(named).find(|out| PartialRun::check(out).is_ok()).unwrap_or_else(|| named(0))
}
