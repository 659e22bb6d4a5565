//! Trainings on several ranks (feature `mpi`), where there is an `mpirun`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests: what cannot go on fails, and what was measured is shown"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{error_of, succeeds, text, trainer, until};

/// A training of seconds through the dynamics, with a budget of heat, four segments, averaged weights: all that ranks tell each other.
const SHORT: [&str; 20] = [
    "--task",
    "digits",
    "--set",
    "teacher.epochs=2",
    "--set",
    "objective.kind=pathwise",
    "--set",
    "objective.heat_budget=300",
    "--set",
    "training.steps=50",
    "--set",
    "training.batch=50",
    "--set",
    "training.average=0.9",
    "--set",
    "evaluation.replicas=2",
    "--set",
    "program.segments=4",
    "--set",
    "validation.every=10",
];

/// Whether there is an `mpirun`; says so loudly where there is none.
fn there_is() -> bool {
    let there = Command::new("mpirun").arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success());
    if !there {
        eprintln!("SKIPPED: no mpirun here (apt-get install -y openmpi-bin libopenmpi-dev)");
    }
    there
}

/// So many ranks of the program in a folder, on however many cores there are.
fn ranks(folder: &Path, count: usize, arguments: &[&str]) -> Command {
    started(folder, count, Path::new(env!("CARGO_BIN_EXE_trainer")), arguments)
}

fn started(folder: &Path, count: usize, program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("mpirun");
    command.current_dir(folder).env_remove("THERMO_DATA").env_remove("RUST_LOG");
    for name in ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe"] {
        command.env(name, "1");
    }
    command.env("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe");
    // Ranks that wait for each other without end fail.
    command.args(["--timeout", "300", "-n", &count.to_string()]).arg(program).arg("--mpi").args(arguments);
    command
}

fn trained(folder: &Path, count: usize, arguments: &[&str]) -> Output {
    let output = ranks(folder, count, arguments).output().unwrap();
    assert!(output.status.success(), "{count} ranks, {arguments:?}: {}", text(&output.stderr));
    output
}

fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [arguments, more].concat()
}

/// The program of a run.
fn program(folder: &Path, run: &str) -> Vec<f64> {
    let output = succeeds(folder, &["export", run]);
    text(&output.stdout).split_whitespace().map(|number| number.parse().unwrap()).collect()
}

fn bytes(folder: &Path, run: &str) -> Vec<u8> {
    fs::read(folder.join(run).join("computer.safetensors")).unwrap()
}

#[test]
fn several_ranks_come_to_what_one_does() {
    if !there_is() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    succeeds(folder, &with(&SHORT, &["--out", "alone"]));
    // Without mpirun there is one rank, and it is the program as it always is.
    succeeds(folder, &with(&SHORT, &["--mpi", "--out", "one"]));
    assert_eq!(bytes(folder, "one"), bytes(folder, "alone"));
    let theta = program(folder, "alone");
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    for count in [2, 4] {
        let (first, second) = (format!("{count}"), format!("{count}-again"));
        for out in [&first, &second] {
            let output = trained(folder, count, &with(&SHORT, &["--out", out]));
            // Rank 0 alone prints.
            assert_eq!(text(&output.stdout).matches("run folder").count(), 1);
            assert_eq!(text(&output.stderr).matches("data set:").count(), 1, "{}", text(&output.stderr));
        }
        assert_eq!(bytes(folder, &first), bytes(folder, &second), "{count} ranks twice");
        let found = program(folder, &first);
        let off = norm(&mut found.iter().zip(&theta).map(|(a, b)| a - b)) / norm(&mut theta.iter().copied());
        assert!(off <= 1e-5, "{count} ranks: ‖Δθ‖/‖θ‖ = {off:e}");
        let config = fs::read_to_string(folder.join(&first).join("config.toml")).unwrap();
        assert!(config.contains(&format!("ranks = {count}")), "{config}");
    }
}

/// Processes that a process has started.
fn children(parent: u32) -> Vec<u32> {
    let parent_of = |pid: u32| -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
    };
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// The process of a rank.
fn rank(mpirun: &Child, number: usize) -> Option<u32> {
    let says = format!("OMPI_COMM_WORLD_RANK={number}");
    let is = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|setting| setting == says.as_bytes())
    };
    children(mpirun.id()).into_iter().find(is)
}

#[cfg(target_os = "linux")]
#[test]
fn a_rank_that_is_killed_ends_all_and_they_go_on_to_the_same_end() {
    if !there_is() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let long = with(&SHORT, &["--set", "training.steps=400", "--set", "training.checkpoint_every=20"]);
    trained(folder, 2, &with(&long, &["--out", "whole"]));
    let arguments = with(&long, &["--out", "killed"]);
    let mut mpirun = ranks(folder, 2, &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until(2, || folder.join("killed.partial/computer.checkpoint").exists());
    let Some(second) = rank(&mpirun, 1) else {
        mpirun.kill().unwrap();
        panic!("rank 1 cannot be found");
    };
    let killed = Command::new("kill").args(["-KILL", &second.to_string()]).status().unwrap();
    let started = Instant::now();
    assert!(killed.success() && !mpirun.wait().unwrap().success());
    assert!(started.elapsed() < Duration::from_secs(10), "it took {:?}", started.elapsed());
    assert!(!folder.join("killed").exists() && folder.join("killed.partial").exists());
    let output = trained(folder, 2, &["--resume", "killed"]);
    assert!(text(&output.stderr).contains("going on from step"), "{}", text(&output.stderr));
    assert_eq!(bytes(folder, "killed"), bytes(folder, "whole"));
}

#[test]
fn mistakes_are_one_line_of_error_and_leave_nothing() {
    if !there_is() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cases: [(&[&str], &[&str]); 4] = [
        (&["--task", "nothing"], &["nothing"]),
        (&["--task", "digits", "--set", "training.batch=1"], &["training.batch", "at least 2"]),
        (&["--task", "digits", "--data-dir", "d"], &["--data-dir d"]),
        (&["--resume", "none"], &["none"]),
    ];
    for (arguments, says) in cases {
        let output = ranks(folder, 2, &with(arguments, &["--offline"])).output().unwrap();
        let error = error_of(&output);
        assert!(says.iter().all(|word| error.contains(word)), "{error}");
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    }
    // Ranks that were started with different arguments.
    let mut command = ranks(folder, 1, &with(&SHORT, &["--out", "r"]));
    command
        .args([":", "-n", "1", env!("CARGO_BIN_EXE_trainer"), "--mpi"])
        .args(with(&SHORT, &["--seed", "2", "--out", "r"]));
    let error = error_of(&command.output().unwrap());
    assert!(error.contains("rank 1 and rank 0 were started with different arguments"), "{error}");
    // What the command line does not know, too, is said once.
    let error = error_of(&ranks(folder, 2, &["--nothing"]).output().unwrap());
    assert!(error.contains("--nothing"), "{error}");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    // A training that diverges is said once, by whichever rank saw it, and leaves nothing either.
    let diverges = with(&SHORT, &["--set", "training.learning_rate=50", "--out", "r"]);
    for count in [2, 4] {
        let error = error_of(&ranks(folder, count, &diverges).output().unwrap());
        assert!(error.contains("diverged") && error.contains("training.learning_rate"), "{error}");
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    }
}

/// What only one rank meets ends all, and is kept or not as if rank 0 had met it.
#[test]
fn an_error_of_another_rank_is_told() {
    if !there_is() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Rank 1 finds no graphics driver. (Where there is none, neither does rank 0.)
    let blind = folder.join("blind.sh");
    let script = format!(
        "#!/bin/sh\n[ \"$OMPI_COMM_WORLD_RANK\" = 0 ] || export VK_ICD_FILENAMES=/nowhere VK_DRIVER_FILES=/nowhere\nexec {} \"$@\"\n",
        env!("CARGO_BIN_EXE_trainer")
    );
    fs::write(&blind, script).unwrap();
    fs::set_permissions(&blind, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let command = with(&SHORT, &["--backend", "wgpu", "--out", "r"]);
    // (Mesa has an error of its own to say without it.)
    let output = started(folder, 2, &blind, &command).env("XDG_RUNTIME_DIR", folder).output().unwrap();
    let error = error_of(&output);
    assert!(error.contains("--backend wgpu: no"), "{error}");
    let driver = succeeds(folder, &["check-gradients"]);
    let there = !text(&driver.stdout).lines().any(|line| line.starts_with("wgpu") && line.contains("skipped"));
    assert_eq!(error.contains("rank 1: "), there, "{error}");
    assert!(!folder.join("r").exists() && !folder.join("r.partial").exists());
}

#[test]
fn a_training_of_one_rank_goes_on_on_two() {
    if !there_is() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let arguments = with(&SHORT, &["--set", "training.steps=100000", "--set", "training.checkpoint_every=5"]);
    let mut alone = trainer(folder)
        .args(with(&arguments, &["--out", "r"]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until(2, || folder.join("r.partial/computer.checkpoint").exists());
    alone.kill().unwrap();
    alone.wait().unwrap();
    let mut mpirun =
        ranks(folder, 2, &["--resume", "r"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let before = fs::metadata(folder.join("r.partial/computer.checkpoint")).unwrap().modified().unwrap();
    until(2, || fs::metadata(folder.join("r.partial/computer.checkpoint")).unwrap().modified().unwrap() > before);
    let _ = Command::new("kill").arg(mpirun.id().to_string()).status();
    let output = mpirun.wait().map(|_| mpirun.stderr.take()).unwrap();
    let mut stderr = String::new();
    std::io::Read::read_to_string(&mut output.unwrap(), &mut stderr).unwrap();
    assert!(stderr.contains("was on 1 rank; it goes on on 2"), "{stderr}");
    assert_eq!(fs::read_to_string(folder.join("r.partial/ranks")).unwrap(), "1\n2\n");
}

/// A generator of two stages: one program for all segments, then each by the distance of what networks see, told by rank 0.
#[test]
fn a_generator_goes_on_from_the_stage_and_the_networks_that_are_kept() {
    if !there_is() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = "base = \"generate-clocked\"\ntask = \"small\"\n\n[data]\nset = \"digits\"\n\n[computer]\nhidden = 16\n\n\
                  [dynamics]\nobservation_time = 0.5\n\n[evaluation]\nsamples = 60\n";
    fs::write(folder.join("small.toml"), config).unwrap();
    let steps = [
        "--config",
        "small.toml",
        "--offline",
        "--set",
        "stage.0.training.steps=10",
        "--set",
        "stage.1.training.steps=10",
    ];
    trained(folder, 2, &with(&steps, &["--set", "stage.1.objective.heat_budget=20", "--out", "first"]));
    // The networks of the first, and one rank.
    let again =
        with(&steps, &["--set", "stage.1.objective.heat_budget=20", "--teacher", "first", "--out", "second"]);
    succeeds(folder, &again);
    let third = with(&again[..again.len() - 1], &["third"]);
    trained(folder, 4, &third);
    let (one, four) = (program(folder, "second"), program(folder, "third"));
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    for other in [program(folder, "first"), four] {
        let off = norm(&mut other.iter().zip(&one).map(|(a, b)| a - b)) / norm(&mut one.iter().copied());
        assert!(off <= 1e-5, "‖Δθ‖/‖θ‖ = {off:e}");
    }
}
