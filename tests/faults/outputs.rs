//! Where a command writes, and what it says.

use super::{error_of, fails, refuses, strs, t};
use crate::support::{succeeds, text, trainer};
use serde_json::Value;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn paths_are_paths() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    succeeds(folder.path(), &strs(&t(&["--out", "run/"])));
    assert!(at("run/summary.json").exists() && !at("run.partial").exists());
    fs::rename(at("run"), at("r.partial")).unwrap();
    // The name that a user sees is a name that a command takes.
    succeeds(folder.path(), &["--resume", "r.partial"]);
    assert!(at("r/summary.json").exists());
    // Such names are those of trainings in the making: another command would take a finished run for one.
    refuses(folder.path(), &strs(&t(&["--out", "e.partial"])), &["e.partial", ".partial"]);
    fs::create_dir(at("stray.partial")).unwrap();
    refuses(folder.path(), &strs(&t(&["--out", "stray"])), &["stray.partial", "remove it"]);
    refuses(folder.path(), &["--resume", "stray.partial"], &["no interrupted training"]);
    refuses(folder.path(), &["experiment", "two-class", "--offline", "--out", "r"], &["--out r", "run folder"]);
    refuses(folder.path(), &["experiment", "two-class", "--offline", "--out", ".."], &["--out .."]);
    for name in [".", "..", "/"] {
        refuses(folder.path(), &strs(&t(&["--out", name])), &["--out"]);
    }
    // What cannot be written is found before the work.
    let started = Instant::now();
    let error = fails(folder.path(), &["evaluate", "r", "--predictions", "no/where.csv", "--replicas", "100000"]);
    assert!(error.contains("no/where.csv") && started.elapsed() < Duration::from_secs(20), "{error}");
    refuses(folder.path(), &["export", "r", "--to", "no/where.txt"], &["no/where.txt"]);
    refuses(folder.path(), &["export", "r", "--to", "r"], &["folder"]);
    // Folders above that were made for a training go with it.
    fs::write(at("file"), "").unwrap();
    refuses(
        folder.path(),
        &strs(&t(&[
            "--set",
            "training.optimizer=gradient-descent",
            "--set",
            "training.learning_rate=1e6",
            "--set",
            "training.steps=100",
            "--out",
            "x/y/z",
        ])),
        &["training.learning_rate"],
    );
    refuses(folder.path(), &strs(&t(&["--out", "file/x"])), &["file/x"]);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_said_costs_no_work_and_an_answer_that_cannot_be_given_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = trainer(folder.path()).args(t(&["--out", "r"])).stderr(full()).output().unwrap();
    assert!(output.status.success() && folder.path().join("r/summary.json").exists());
    for command in [&["export", "r"][..], &["evaluate", "r", "--json"], &["tasks"], &["config"], &["energy", "r"]]
    {
        let output = trainer(folder.path()).args(command).stdout(full()).output().unwrap();
        assert!(error_of(&output).contains("standard output"), "{command:?}");
    }
    // A training whose table nobody can read has still been done.
    let output = trainer(folder.path()).args(t(&["--out", "s"])).stdout(full()).output().unwrap();
    assert!(error_of(&output).contains("standard output") && folder.path().join("s/report.html").exists());
    // A closed pipe ends a printing command quietly, and a training not at all.
    for command in [vec!["export".to_owned(), "r".to_owned()], t(&["--out", "p"])] {
        let mut child =
            trainer(folder.path()).args(&command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert!(folder.path().join("p/summary.json").exists());
    // Colours are for terminals.
    let output = succeeds(folder.path(), &["evaluate", "r"]);
    assert!(!output.stderr.contains(&0x1b) && !output.stdout.contains(&0x1b));
}

#[cfg(unix)]
#[test]
fn a_file_is_written_where_its_name_points() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    succeeds(folder.path(), &strs(&t(&["--out", "r"])));
    fs::write(at("real.csv"), "old").unwrap();
    fs::set_permissions(at("real.csv"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.csv", at("p.csv")).unwrap();
    succeeds(folder.path(), &["evaluate", "r", "--predictions", "p.csv"]);
    assert!(fs::symlink_metadata(at("p.csv")).unwrap().is_symlink());
    assert!(fs::read_to_string(at("real.csv")).unwrap().starts_with("index,label,prediction\n0,"));
    assert_eq!(fs::metadata(at("real.csv")).unwrap().permissions().mode() & 0o777, 0o640);
    // Other names of a file stay its names.
    fs::hard_link(at("real.csv"), at("second.csv")).unwrap();
    fs::write(at("real.csv"), "old, and longer than what comes now\n".repeat(1000)).unwrap();
    succeeds(folder.path(), &["evaluate", "r", "--predictions", "second.csv"]);
    let [first, second] = ["real.csv", "second.csv"].map(|name| fs::read_to_string(at(name)).unwrap());
    assert!(first == second && first.starts_with("index,label,prediction\n0,") && !first.contains("old"));
    succeeds(folder.path(), &["evaluate", "r", "--predictions", "/dev/null"]);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_random_start_that_diverges_is_blamed_on_its_scale() {
    let folder = tempfile::tempdir().unwrap();
    let random = "objective.start={kind=\"random\", scale=100}";
    let pathwise = ["--task", "digits", "--set", "objective.kind=pathwise", "--set", random];
    let error = fails(folder.path(), &[&pathwise[..], &["--set", "teacher.epochs=1", "--out", "a"]].concat());
    let wanted = "a smaller objective.start.scale or objective.time_step (try ";
    assert!(error.contains(wanted) && !error.contains("learning_rate"), "{error}");
}

#[test]
fn messages_are_one_line_and_their_cures_work() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    succeeds(folder.path(), &strs(&t(&["--out", "r"])));
    for (more, says, never) in [
        (
            &["--set", "teacher.learning_rate=1e10", "--set", "teacher.optimizer=gradient-descent"][..],
            "teacher.learning_rate",
            "training.",
        ),
        (&["--set", "teacher.learning_rate=1e10"], "teacher.learning_rate", "training."),
        (&["--set", "training.learning_rate=1e9"], "training.learning_rate", "teacher."),
    ] {
        let arguments = t(&[more, &["--set", "training.steps=300", "--out", "a"]].concat());
        let error = fails(folder.path(), &strs(&arguments));
        assert!(error.contains(says) && !error.contains(never), "{error}");
    }
    // A time step that no unit bears is found before anything is trained, and the one that is proposed will do.
    for (setting, cure) in [
        ("computer.j2=1e6", "computer.j2"),
        ("computer.j4=1e6", "computer.j4"),
        ("dynamics.mobility=1e4", "dynamics.mobility"),
        ("dynamics.kt=1e7", "dynamics.kt"),
        ("objective.k=1e6", "objective.k"),
        ("dynamics.time_step=0.1", "dynamics.time_step"),
    ] {
        let error = fails(folder.path(), &["config", "--task", "digits", "--set", setting]);
        assert!(error.contains("diverges") && error.contains(cure), "{setting}: {error}");
        let tried = error.split("dynamics.time_step (try ").nth(1).and_then(|rest| rest.split(')').next());
        let again = format!("dynamics.time_step={}", tried.unwrap());
        succeeds(folder.path(), &["config", "--task", "digits", "--set", setting, "--set", &again]);
    }
    let error = fails(folder.path(), &["config", "--task", "digits", "--set", "dynamics.time_step=1e-10"]);
    assert!(error.contains("time_step") && error.contains("ten-millionth"), "{error}");
    let error = fails(folder.path(), &["evaluate", "r", "--time-step", "0.03"]);
    assert!(error.contains("--time-step") && error.contains("whole number"), "{error}");
    let error = fails(folder.path(), &["bench", "pathwise", "--steps", "1", "--repeats", "1"]);
    assert!(error.contains("--steps 1") && error.contains("try 40"), "{error}");
    let cold = text(&succeeds(folder.path(), &["evaluate", "r", "--kt", "0"]).stdout);
    assert!(cold.contains("units of V"), "{cold}");
    let price = [
        "--task",
        "digits",
        "--set",
        "objective.kind=pathwise",
        "--set",
        "objective.heat_price=1e300",
        "--out",
        "a",
    ];
    refuses(folder.path(), &price, &["objective.heat_price"]);
    for bad in ["nan", "inf"] {
        refuses(folder.path(), &["check-gradients", &format!("--inject-error={bad}")], &["--inject-error"]);
    }
    let output = trainer(folder.path()).args(["check-gradients", "--inject-error=-0.5"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));

    // A file of another module, and one that is none.
    let computer = fs::read(at("r/computer.safetensors")).unwrap();
    fs::copy(at("r/teacher.safetensors"), at("r/computer.safetensors")).unwrap();
    for command in
        [&["evaluate", "r"][..], &["export", "r"], &["export", "r", "--format", "safetensors", "--to", "x"]]
    {
        let error = fails(folder.path(), command);
        assert!(error.contains("computer.safetensors") && error.len() < 250, "{error}");
    }
    fs::write(at("r/computer.safetensors"), &computer[..100]).unwrap();
    assert!(fails(folder.path(), &["evaluate", "r"]).contains("safetensors"));
    fs::write(at("r/computer.safetensors"), &computer).unwrap();
    // A number where this computer has no coupling: the last of them, above the diagonal, is not its own.
    let header = 8 + u64::from_le_bytes(*computer.first_chunk::<8>().unwrap()) as usize;
    let described: Value = serde_json::from_slice(&computer[8..header]).unwrap();
    let start = header + described["couplings"]["data_offsets"][0].as_u64().unwrap() as usize;
    let mut unused = computer.clone();
    unused[start..start + 4].copy_from_slice(&900f32.to_le_bytes());
    fs::write(at("unused.st"), &unused).unwrap();
    refuses(
        folder.path(),
        &["import", "unused.st", "--task", "digits", "--out", "a"],
        &["unused.st", "above the diagonal"],
    );
    let exported = text(&succeeds(folder.path(), &["export", "r", "--format", "json"]).stdout);
    fs::write(
        at("b.json"),
        exported.replacen("\"blocks\":[", "\"blocks\":[{\"name\":\"x\",\"count\":1,\"acting\":true},", 1),
    )
    .unwrap();
    refuses(folder.path(), &["import", "b.json", "--task", "digits", "--out", "a"], &["b.json", "blocks"]);
    fs::copy(at("r/summary.json"), at("summary.json")).unwrap();
    let other = fs::read_to_string(at("r/summary.json")).unwrap().replace("\"seed\": 1", "\"seed\": 2");
    fs::write(at("r/summary.json"), other).unwrap();
    assert!(fails(folder.path(), &["report", "r"]).contains("another run"));
    fs::write(at("r/summary.json"), "{}").unwrap();
    for command in [&["report", "r"][..], &["energy", "r"]] {
        let error = fails(folder.path(), command);
        assert!(error.contains("summary.json") && !error.contains("evaluate the run"), "{error}");
    }
    fs::write(at("r/config.toml"), "task = \"digits\"\nseed = 1\n[provenance]\ncommit = \"c2c274d59044\"\n")
        .unwrap();
    for command in
        [&["evaluate", "r"][..], &["export", "r"], &["generate", "r"], &["report", "r"], &["energy", "r"]]
    {
        let error = fails(folder.path(), command);
        assert!(error.contains("format 1") && error.contains("c2c274d59044"), "{error}");
    }
}
