//! Grids of trainings.

use super::{fails, tempdir};
use crate::support::{succeeds, text};
use std::fs;
use std::path::{Path, PathBuf};

/// The full MNIST, where the user has named a folder of it.
pub(crate) fn mnist() -> Option<PathBuf> {
    let folder = std::env::var_os("THERMO_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("THERMO_DATA is not set: the MNIST half of this test was not run");
    }
    folder
}

#[test]
fn an_experiment_fills_its_grid_goes_on_and_survives_a_failed_point() {
    let folder = tempdir();
    let arguments = [
        "experiment",
        "two-class",
        "--offline",
        "--seeds",
        "2",
        "--out",
        "grid",
        "--set",
        "teacher.epochs=2",
        "--set",
        "training.steps=20",
        "--set",
        "training.batch=20",
        "--set",
        "evaluation.replicas=2",
    ];
    let table = text(&succeeds(folder.path(), &arguments).stdout);
    assert!(["| action |", "| exact |", "| pathwise |"].iter().all(|row| table.contains(row)), "{table}");
    let csv = fs::read_to_string(folder.path().join("grid/experiment.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 3 * 2);
    assert!(csv.lines().skip(1).all(|line| line.ends_with(",ok")), "{csv}");
    let report = fs::read_to_string(folder.path().join("grid/report.html")).unwrap();
    assert!(report.contains("<svg") && report.contains("--seeds 2 --set teacher.epochs=2"));
    // Which data they were: a fallback must not look like MNIST.
    assert!(report.contains("built-in UCI optical digits") && table.contains("built-in"), "{table}");
    // What is there is not trained again; what is missing is.
    let made =
        |name: &str| fs::metadata(folder.path().join("grid/points").join(name).join("summary.json")).unwrap();
    let before = made("exact-seed-1").modified().unwrap();
    fs::remove_dir_all(folder.path().join("grid/points/action-seed-2")).unwrap();
    succeeds(folder.path(), &arguments);
    assert_eq!(made("exact-seed-1").modified().unwrap(), before);
    assert!(made("action-seed-2").is_file());
    // Nor do points trained otherwise get into its table.
    let error = fails(folder.path(), &[&arguments[..], &["--set", "dynamics.kt=2"]].concat());
    assert!(error.contains("--out grid") && error.contains("--set teacher.epochs=2"), "{error}");
    // What no point can be trained with is said at once, and nothing is written.
    for mistake in [&["--set", "training.step=1"][..], &["--data-dir", "absent"], &["--backend", "absent"]] {
        let wrong = [&["experiment", "two-class", "--out", "wrong"][..], mistake].concat();
        let error = fails(folder.path(), &wrong);
        assert!(error.contains(mistake[1].split('=').next().unwrap()), "{error}");
        assert!(!folder.path().join("wrong").exists());
    }
    // A point that fails is a row of the table, not the end.
    let diverging = ["--set", "training.optimizer=gradient-descent", "--set", "training.weight_decay=1e9"];
    let failing = [&arguments[..], &["--out", "other"], &diverging].concat();
    let failing: Vec<&str> =
        failing.iter().enumerate().filter(|(i, _)| *i != 5 && *i != 6).map(|(_, a)| *a).collect();
    succeeds(folder.path(), &failing);
    let csv = fs::read_to_string(folder.path().join("other/experiment.csv")).unwrap();
    let ends = |objective: &str, end: &str| {
        let mut rows = csv.lines().filter(|line| line.starts_with(objective));
        rows.next().is_some_and(|row| row.contains(end)) && rows.all(|row| row.contains(end))
    };
    // The exact minimum has no weight decay.
    assert!(ends("action", "error: ") && ends("exact", ",ok"), "{csv}");
}

/// A device with errors: what no retraining, the genetic algorithm and noise-aware training make of it. On a schedule this
/// short nothing is won back; without errors all three are one program, and with large ones accuracy is lost.
#[test]
fn a_mismatched_device_is_retrained_and_its_cost_told() {
    let Some(data) = mnist() else { return };
    let folder = tempdir();
    let arguments = [
        "experiment",
        "mismatch",
        "--data-dir",
        data.to_str().unwrap(),
        "--seeds",
        "1",
        "--out",
        "grid",
        "--set",
        "teacher.epochs=1",
        "--set",
        "training.steps=150",
        "--set",
        "training.batch=50",
        "--set",
        "evaluation.replicas=1",
        "--set",
        "validation.images=200",
        "--set",
        "genetic.generations=6",
        "--set",
        "genetic.images=200",
    ];
    let table = text(&succeeds(folder.path(), &arguments).stdout);
    assert!(table.contains("genetic algorithm on the device"), "{table}");
    let csv = fs::read_to_string(folder.path().join("grid/experiment.csv")).unwrap();
    let top1 = |level: &str, method: &str| -> f64 {
        let row = csv.lines().find(|l| l.starts_with(&format!("{level},{method}"))).unwrap();
        row.split(',').nth(3).unwrap().parse().unwrap()
    };
    for method in ["genetic", "noise-aware"] {
        assert_eq!(top1("0", method), top1("0", "no retraining"), "{csv}");
    }
    // 10,000 test images: the standard error of a difference at 87 % is 0.5 % at most.
    assert!(top1("0", "no retraining") > top1("0.8", "no retraining") + 0.015, "{csv}");
    assert_ne!(top1("0.8", "genetic"), top1("0.8", "no retraining"), "{csv}");
    // What is there is not measured again.
    let device = folder.path().join("grid/devices/0.8-no-retraining-seed-1.json");
    let before = fs::metadata(&device).unwrap().modified().unwrap();
    succeeds(folder.path(), &arguments);
    assert_eq!(fs::metadata(&device).unwrap().modified().unwrap(), before);
}

/// A grid of one's own: a product of two values, in a file.
#[test]
fn a_grid_of_ones_own_is_a_file() {
    let folder = tempdir();
    let grid = "title = 'Mine'\ntask = 'digits'\naxis = { column = 'hidden' }\nseries = 'kT'\n\
                settings.objective = { kind = 'exact', rounds = 0 }\nsettings.teacher = { epochs = 1, hidden = [1, 1] }\n\
                [[vary]]\ncolumn = 'hidden'\nkey = 'computer.hidden'\nvalues = [2, 4]\n\
                [[vary]]\ncolumn = 'kT'\nkey = 'dynamics.kt'\nvalues = [0.5, 2.0]\n";
    fs::write(folder.path().join("mine.toml"), grid).unwrap();
    let table = text(&succeeds(folder.path(), &["experiment", "mine.toml", "--seeds", "1"]).stdout);
    assert!(["| 2 | 0.5 |", "| 4 | 2 |"].iter().all(|row| table.contains(row)), "{table}");
    let made = folder.path().join("runs/experiment-mine");
    // The teacher hears nothing of hidden units of the computer, nor of kT.
    assert_eq!(fs::read_dir(made.join("teachers")).unwrap().count(), 1);
    let page = fs::read_to_string(made.join("table.md")).unwrap();
    assert!(page.starts_with("# Mine") && page.contains("`trainer experiment mine.toml --seeds 1`"), "{page}");
    for (name, contents, says) in [
        ("absent.toml", None, "cannot read it"),
        (
            "wrong.toml",
            Some("title = 'x'\ntask = 'digits'\n[[vary]]\nkey = 'computer.hiden'\nvalues = [1]\n"),
            "hiden",
        ),
        ("wrong.toml", Some("title = 'x'\ncolour = 3\n"), "line 2"),
        (
            "wrong.toml",
            Some(
                "title = 'x'\ncolumns = ['x']\n[[points]]\nlabels = ['a']\ntask = 'digits'\n[[points]]\nlabels = ['b']\ntask = 'mnist'\n",
            ),
            "two data sets, digits and mnist",
        ),
        (
            "wrong.toml",
            Some(
                "title = 'x'\ntask = 'digits'\nsettings.dynamics.kt = 2.0\n[[vary]]\nkey = 'dynamics.kt'\nvalues = [1.0]\n",
            ),
            "dynamics.kt: given twice",
        ),
        (
            "wrong.toml",
            Some("title = 'x'\ntask = 'digits'\n[[vary]]\ncolumn = 'n'\nkey = 'seed'\nvalues = [1]\n"),
            "--seeds N",
        ),
    ] {
        if let Some(contents) = contents {
            fs::write(folder.path().join(name), contents).unwrap();
        }
        let error = fails(folder.path(), &["experiment", name, "--out", "x"]);
        assert!(error.contains(says), "{error}");
        assert!(!folder.path().join("x").exists());
    }
}

/// The grids that the book shows, as they stand there.
#[test]
fn the_books_grids_run() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/how-to/experiments.md");
    let page = fs::read_to_string(page).unwrap();
    let grids: Vec<&str> = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(grids.len(), 2);
    for (number, grid) in grids.iter().enumerate() {
        let folder = tempdir();
        fs::write(folder.path().join("book.toml"), grid).unwrap();
        let quick = ["--seeds", "1", "--set", "teacher.epochs=1", "--set", "evaluation.replicas=1"];
        let table = text(&succeeds(folder.path(), &[&["experiment", "book.toml"][..], &quick].concat()).stdout);
        assert!(!table.contains("failed:"), "{number}: {table}");
        let csv = fs::read_to_string(folder.path().join("runs/experiment-book/experiment.csv")).unwrap();
        assert!(csv.lines().skip(1).all(|line| line.ends_with(",ok")), "{number}: {csv}");
    }
}
