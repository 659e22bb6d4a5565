//! A crate of one's own, outside this workspace: README's program as it stands there, and a potential, a noise, a dynamics,
//! an objective and a task, one file each, with nothing in Cargo.toml but what README names.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The first block of a language in a Markdown text, after some words.
fn block<'a>(text: &'a str, language: &str, after: &str) -> &'a str {
    let start = text.find(after).unwrap();
    let opened = text[start..].split_once(&format!("```{language}\n")).unwrap().1;
    opened.split_once("```").unwrap().0
}

/// The workspace's `[profile…]` sections: with them, what the tests have built serves here too.
fn profiles(manifest: &str) -> String {
    let mut inside = false;
    manifest.lines().fold(String::new(), |mut all, line| {
        if line.starts_with('[') {
            inside = line.starts_with("[profile.");
        }
        if inside && !line.starts_with("thermograd") {
            writeln!(all, "{line}").unwrap();
        }
        all
    })
}

#[test]
fn readmes_program_and_each_seam_build_in_a_crate_of_ones_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let library = "As a library";
    let facade = root.join("crates/thermograd");
    let dependencies =
        block(&readme, "toml", library).replace("thermograd/crates/thermograd", facade.to_str().unwrap());
    assert!(dependencies.contains(facade.to_str().unwrap()), "{dependencies}");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let package = "[package]\nname = \"scratch\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::create_dir_all(at("src")).unwrap();
    fs::create_dir_all(at("examples")).unwrap();
    fs::write(at("Cargo.toml"), format!("{package}\n{dependencies}\n{}", profiles(&manifest))).unwrap();
    fs::copy(root.join("Cargo.lock"), at("Cargo.lock")).unwrap();
    fs::write(at("src/main.rs"), block(&readme, "rust", library)).unwrap();
    for seam in ["potential", "noise", "dynamics", "objective", "task"] {
        let name = format!("custom_{seam}.rs");
        fs::copy(root.join("examples").join(&name), at("examples").join(&name)).unwrap();
    }
    // The configuration of the task, which its file includes.
    fs::copy(root.join("examples/custom_task.toml"), at("examples/custom_task.toml")).unwrap();

    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo tells a test about its package would look to build scripts like another environment, and have them run again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().into_owned();
        if text.starts_with("CARGO") && text != "CARGO_HOME" {
            cargo.env_remove(&name);
        }
    }
    let output = cargo
        // A check: with other features than the workspace's, Burn would be built once more. README's program is run as a
        // documentation test of this workspace.
        .args(["check", "--offline", "--bins", "--examples"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
