//! Experiments whose points are jobs: a shell script each, on the standard input of a command.
#![cfg(unix)]

use super::{fails, tempdir};
use crate::support::{succeeds, text, trainer, until};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// An experiment of seconds: a teacher a seed, three points a seed.
fn arguments<'a>(out: &'a str, seeds: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let short = ["teacher.epochs=1", "training.steps=10", "training.batch=20", "evaluation.replicas=1"];
    let mut all = vec!["experiment", "two-class", "--offline", "--seeds", seeds, "--out", out];
    all.extend(short.iter().flat_map(|setting| ["--set", setting]));
    all.extend(more);
    all
}

/// The lines of a table but for what a clock measures.
fn figures(grid: &Path) -> Vec<String> {
    let csv = fs::read_to_string(grid.join("experiment.csv")).unwrap();
    let names: Vec<String> = csv.lines().next().unwrap().split(',').map(str::to_owned).collect();
    let timed = |column: usize| names[column].ends_with("seconds") || names[column].ends_with("per_second");
    let line = |line: &str| {
        let cells = line.split(',').enumerate().filter(|(column, _)| !timed(*column));
        cells.map(|(_, cell)| cell).collect::<Vec<_>>().join(",")
    };
    csv.lines().map(line).collect()
}

/// What a folder holds.
fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

fn count(file: &Path) -> usize {
    fs::read_to_string(file).map_or(0, |text| text.lines().count())
}

/// Names that a shell would take apart, or obey.
#[test]
fn jobs_give_the_table_that_processes_give_whatever_things_are_called() {
    let folder = tempdir();
    succeeds(folder.path(), &arguments("plain", "1", &[]));
    let odd = "-it's \"$(touch obeyed)\" `touch obeyed`;\ntouch obeyed";
    let submit = "env 'NOTE=two words $(touch obeyed)' \"sh\" -e";
    // (A name with a dash at its beginning has to be given with `=`.)
    let out = format!("--out={odd}");
    let mut odd_arguments = arguments("plain", "1", &["--submit", submit, "--jobs", "2"]);
    let at = odd_arguments.iter().position(|a| *a == "--out").unwrap();
    odd_arguments.splice(at..at + 2, [out.as_str()]);
    succeeds(folder.path(), &odd_arguments);
    let grid = folder.path().join(odd);
    assert_eq!(figures(&grid), figures(&folder.path().join("plain")));
    assert!(figures(&grid).iter().skip(1).all(|line| line.ends_with(",ok")));
    let made = names(folder.path());
    assert!(!made.iter().any(|name| name == "obeyed"), "{made:?}");
    // Nothing is left of the jobs, and nothing is submitted again.
    let points: Vec<String> = names(&grid.join("points"))
        .into_iter()
        .filter(|name| [".job", ".turn", ".log", ".partial"].iter().any(|ending| name.ends_with(ending)))
        .collect();
    assert!(points.is_empty(), "{points:?}");
    let again = odd_arguments.iter().map(|a| if *a == submit { "false" } else { a }).collect::<Vec<_>>();
    succeeds(folder.path(), &again);
}

/// Jobs outlive the experiment that submitted them: the next one waits for them instead of submitting them again.
#[test]
fn a_killed_experiment_leaves_its_jobs_and_the_next_one_waits_for_them() {
    let folder = tempdir();
    let at = |name: &str| folder.path().join(name);
    // A queue: jobs begin when there is a file `go`.
    let queue = "echo x >> submitted; while [ ! -f go ]; do sleep 0.05; done; exec sh";
    fs::write(at("queue.sh"), queue).unwrap();
    let arguments = arguments("grid", "2", &["--submit", "sh queue.sh"]);
    let begin = || {
        let mut command: Command = trainer(folder.path());
        command.args(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut first = begin();
    until(5, || count(&at("submitted")) == 2);
    first.kill().unwrap();
    first.wait().unwrap();
    let second = begin();
    // It has found them: the teachers are in work, and no others were submitted.
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(count(&at("submitted")), 2);
    fs::write(at("go"), "").unwrap();
    let output = second.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert!(output.status.success() && said.contains("waiting for it"), "{said}");
    // Two teachers, and three points of each of two seeds: each submitted once.
    assert_eq!(count(&at("submitted")), 2 + 6);
    assert!(figures(&at("grid")).iter().skip(1).all(|line| line.ends_with(",ok")));
}

/// A job that is queued when its machine of origin is lost is replaced, and does nothing when its turn comes.
#[test]
fn a_job_that_was_replaced_does_nothing() {
    let folder = tempdir();
    let at = |name: &str| folder.path().join(name);
    // Keeps the script of each point for later, as a queue does, and fails; but teachers are trained.
    let keep = "cat > kept.$$; grep -q '^run=.*/teachers/' kept.$$ && exec sh kept.$$; exit 1";
    fs::write(at("keep.sh"), keep).unwrap();
    let all = arguments("grid", "1", &["--submit", "sh keep.sh"]);
    assert!(fails(folder.path(), &all).contains("every point"));
    let kept: Vec<String> = names(folder.path()).into_iter().filter(|name| name.starts_with("kept.")).collect();
    assert_eq!(kept.len(), 1 + 3);
    let mut all: Vec<&str> = all;
    let last = all.len() - 1;
    all[last] = "sh";
    succeeds(folder.path(), &all);
    let summary = |name: &str| fs::metadata(at("grid/points").join(name).join("summary.json")).unwrap();
    let before = summary("exact-seed-1").modified().unwrap();
    fs::remove_dir_all(at("grid/points/action-seed-1")).unwrap();
    for script in kept {
        let ended = Command::new("sh").arg(script).current_dir(folder.path()).status().unwrap();
        assert!(ended.success());
    }
    assert_eq!(summary("exact-seed-1").modified().unwrap(), before);
    assert!(!at("grid/points/action-seed-1").exists() && !at("grid/points/action-seed-1.log").exists());
}

#[test]
fn a_command_that_cannot_be_is_refused_and_one_that_fails_is_told() {
    let folder = tempdir();
    let with = |submit: &'static str| fails(folder.path(), &arguments("grid", "1", &["--submit", submit]));
    assert!(with("sbatch 'x").contains("a quote that is not closed"));
    assert!(with("").contains("no command"));
    let error = with("no-such-scheduler --wait");
    assert!(error.contains("--submit no-such-scheduler: cannot start that program"), "{error}");
    let error = with("sh -c 'echo the queue is closed >&2; exit 3'");
    assert!(error.contains("no teacher was trained: --submit: the queue is closed"), "{error}");
    assert!(!folder.path().join("grid/points").exists(), "points were submitted after that");
    // What the training said comes before what the command had to say.
    let half = r#"sed 's/^exec.*/echo half a word > "$run.log"; kill -9 $$/' | sh; echo gone >&2; exit 1"#;
    fs::write(folder.path().join("half.sh"), half).unwrap();
    let error = with("sh half.sh");
    assert!(
        error.contains("every point") && error.contains("(\"gone\"); the last that it said: half a word"),
        "{error}"
    );
    // The same command goes on when the queue is open again.
    succeeds(folder.path(), &arguments("grid", "1", &["--submit", "sh"]));
    // What a training has to say comes through.
    let wrong = ["--set", "training.optimizer=gradient-descent", "--set", "training.weight_decay=1e9"];
    let mut failing = arguments("failing", "1", &["--submit", "sh"]);
    failing.extend(wrong);
    succeeds(folder.path(), &failing);
    let csv = fs::read_to_string(folder.path().join("failing/experiment.csv")).unwrap();
    assert!(csv.contains("action,1,,,,,,,,,,\"error: computer: ") || csv.contains("diverged"), "{csv}");
}
