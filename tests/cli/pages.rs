//! README and the book: their commands are commands, and their links lead somewhere.

use super::tempdir;
use crate::support::{text, trainer};
use std::fs;
use std::path::{Path, PathBuf};

/// README and the pages of the book, with their folders.
fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = vec![root.join("README.md")];
    let mut folders = vec![root.join("docs/src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The words of a shell command up to a comment, a redirection or a pipe.
fn words(command: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match (quoted, c) {
            (None, '#' | '>' | '|' | ';') if word.is_none() => break,
            (None, ' ') => all.extend(word.take()),
            (None, '\'' | '"') => {
                quoted = Some(c);
                word.get_or_insert_default();
            }
            (Some(mark), c) if c == mark => quoted = None,
            _ => word.get_or_insert_default().push(c),
        }
    }
    all.extend(word);
    all
}

/// Every command that README and the book show is one that the program takes: up to a final `--help`, which ends it there.
#[test]
fn the_commands_of_readme_and_book_parse() {
    let folder = tempdir();
    let mut seen = 0;
    for (page, content) in pages() {
        for line in content.lines() {
            let shown = line.split_once("-p trainer -- ").map(|(_, arguments)| arguments);
            let Some(command) = shown.or_else(|| line.strip_prefix("trainer ")) else { continue };
            let arguments: Vec<String> = words(command).into_iter().filter(|word| word != "\\").collect();
            let output = trainer(folder.path()).args(&arguments).arg("--help").output().unwrap();
            assert!(output.status.success(), "{}: {line}: {}", page.display(), text(&output.stderr));
            seen += 1;
        }
    }
    assert!(seen >= 50, "only {seen} commands found");
}

#[test]
fn the_links_of_readme_and_book_lead_somewhere() {
    let mut seen = 0;
    for (page, content) in pages() {
        for rest in content.split("](").skip(1) {
            let target = rest.split(')').next().unwrap().split('#').next().unwrap();
            if target.is_empty() || target.starts_with("http") {
                continue;
            }
            assert!(page.parent().unwrap().join(target).exists(), "{}: {target}", page.display());
            seen += 1;
        }
    }
    assert!(seen >= 50, "only {seen} links found");
    let readme = &pages()[0].1;
    assert!(readme.lines().count() <= 130, "README has {} lines", readme.lines().count());
}

/// `configs` shows what is compiled in, file by file.
#[test]
fn configs_link_to_every_preset_and_experiment() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    for (shown, compiled) in
        [("configs", "crates/tasks/presets"), ("configs/experiments", "crates/trainer/experiments")]
    {
        let files = |folder: &str| -> Vec<(String, String)> {
            let mut all: Vec<_> = fs::read_dir(root.join(folder))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
                .map(|path| {
                    (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
                })
                .collect();
            all.sort();
            all
        };
        assert!(!files(compiled).is_empty() && files(shown) == files(compiled), "{shown}");
    }
}
