//! Computers as circuits, on the command line.

use super::{TINY, fails, tempdir};
use crate::support::{json, run, succeeds, text};
use serde_json::Value;
use std::process::Command;

fn ngspice_is_here() -> bool {
    let here = Command::new("ngspice").arg("--version").output().is_ok();
    if !here {
        eprintln!("SKIPPED: ngspice is not installed (apt-get install ngspice): no circuit is run");
    }
    here
}

/// A digits program through both forms, with and without noise, still and in segments.
#[test]
fn circuits_do_what_the_simulation_does() {
    if !ngspice_is_here() {
        return;
    }
    let folder = tempdir();
    let here = folder.path();
    succeeds(here, &[&TINY[..], &["--out", "still"]].concat());
    succeeds(here, &[&TINY[..], &["--set", "program.segments=2", "--out", "clocked"]].concat());
    for (name, extra) in [("still", &["--noise"][..]), ("clocked", &["--inputs", "sources"])] {
        let output = succeeds(here, &[&["circuit", name, "--digits", "4", "--json"][..], extra].concat());
        let found: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
        eprintln!("{name}: {found}");
        assert_eq!(found["digits"], 4);
        assert_eq!(found["answers_agree"], 4);
        let apart = found["max_state_difference"].as_f64().unwrap();
        assert!(apart > 0.0 && apart < 1e-3, "{apart}");
        let heat = found["heat_relative_difference"].as_f64().unwrap();
        assert!(heat > 0.0 && heat < 0.01, "{heat}");
        assert_eq!(found["forms"].as_array().unwrap().len(), 2);
        if name == "still" {
            let noise = &found["noise"];
            let of = |key: &str| noise[key].as_f64().unwrap();
            let z = (of("heat_kt") - of("simulated_heat_kt")) / of("heat_difference_stderr_kt");
            assert!(z.abs() < 5.0, "z {z}, n 4 digits, seed {}", noise["seed"]);
            // The noise is the same every time.
            let again = succeeds(here, &[&["circuit", name, "--digits", "4", "--json"][..], extra].concat());
            let again: Value = serde_json::from_str(&text(&again.stdout)).unwrap();
            assert_eq!(again["noise"]["heat_kt"], noise["heat_kt"]);
        }
        assert_eq!(json(&here.join(name).join("circuit.json"))["digits"], 4);
        let page = std::fs::read_to_string(here.join(name).join("circuit.html")).unwrap();
        assert!(page.contains("transconductors") && page.matches("<svg").count() == 3);
    }
}

#[test]
fn netlists_are_written_and_flags_of_other_formats_refused() {
    let folder = tempdir();
    let here = folder.path();
    succeeds(here, &[&TINY[..], &["--out", "run"]].concat());
    let spice = |extra: &[&str]| {
        text(&succeeds(here, &[&["export", "run", "--format", "spice"][..], extra].concat()).stdout)
    };
    let elements = |netlist: &str, start: char| netlist.lines().filter(|line| line.starts_with(start)).count();
    let whole = spice(&[]);
    // Every coupling with an input, and both ways of every pair; a source for each input.
    assert_eq!(elements(&whole, 'G'), 64 * 74 + 74 * 73);
    assert_eq!((elements(&whole, 'V'), elements(&whole, 'C'), elements(&whole, 'B')), (64, 74, 74));
    let folded = spice(&["--fold-inputs", "--noise", "--image", "3"]);
    assert_eq!((elements(&folded, 'G'), elements(&folded, 'V')), (74 * 73, 0));
    assert_eq!(folded.matches("trnoise(").count(), 74);
    assert_ne!(folded, spice(&["--fold-inputs", "--noise", "--image", "4"]));
    assert!(spice(&["--form", "charges"]).contains("Cheat heat"));
    let si = text(
        &succeeds(
            here,
            &["export", "run", "--format", "si", "--farads", "1e-14", "--volts", "0.1", "--seconds", "1e-7"],
        )
        .stdout,
    );
    let si: Value = serde_json::from_str(&si).unwrap();
    assert!((si["units"][0]["siemens"].as_f64().unwrap() / 2e-7 - 1.0).abs() < 1e-12, "2 J2 C/τ");
    assert_eq!(si["segments"][0]["couplings_siemens"].as_array().unwrap().len(), 74 * 73 / 2);
    for (arguments, says) in [
        (&["--format", "si", "--image", "2"][..], "--image"),
        (&["--image", "2"], "--format spice"),
        (&["--format", "json", "--volts", "2"], "--volts"),
        (&["--format", "spice", "--image", "360"], "--image"),
        (&["--format", "spice", "--volts", "0"], "--volts"),
        (&["--format", "spice", "--farads", "nan"], "--farads"),
        (&["--format", "spice", "--form", "both"], "--form"),
        (&["--format", "spice", "--noise", "--farads", "1e-21"], "own thermal noise"),
    ] {
        let error = fails(here, &[&["export", "run"], arguments].concat());
        assert!(error.contains(says), "{arguments:?}: {error}");
    }
}

#[test]
fn a_machine_without_ngspice_is_told_how_to_get_it() {
    let folder = tempdir();
    let here = folder.path();
    succeeds(here, &[&TINY[..], &["--out", "run"]].concat());
    let output = crate::support::trainer(here)
        .args(["circuit", "run", "--digits", "1"])
        .env("PATH", here)
        .output()
        .unwrap();
    let error = crate::support::error_of(&output);
    assert!(error.contains("apt-get install ngspice") && error.contains("export --format spice"), "{error}");
    assert!(!here.join("run/circuit.json").exists());
    assert_eq!(run(here, &["circuit", "run", "--digits", "0"]).status.code(), Some(2));
}
