//! The examples, run as a reader would run them.
#![expect(clippy::unwrap_used, reason = "tests: what cannot go on fails, and what was measured is shown")]

use std::path::PathBuf;
use std::process::Command;

/// What an example prints. `cargo test` builds the examples beside the tests.
fn run(name: &str, arguments: &[&str]) -> String {
    let here = std::env::current_exe().unwrap();
    let folder: PathBuf = here.ancestors().nth(2).unwrap().join("examples");
    let output = Command::new(folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .args(arguments)
        .env_remove("THERMO_DATA")
        .output()
        .unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The number before a word.
fn number_before(text: &str, word: &str) -> f64 {
    let words: Vec<&str> = text.split_whitespace().collect();
    words[words.iter().position(|w| *w == word).unwrap() - 1].parse().unwrap()
}

#[test]
fn a_classifier_is_trained_through_its_dynamics_from_the_library_alone() {
    let settings = ["training.steps=150", "training.batch=100", "teacher.epochs=1", "evaluation.replicas=2"];
    let printed = run("train_mnist", &settings);
    // Chance is 10 %; 360 images have a standard error of 2.6 % at the worst.
    assert!(printed.starts_with("digits: ") && number_before(&printed, "±") > 50.0, "{printed}");
    assert!(printed.contains("kT"), "{printed}");
}

#[test]
fn a_generator_is_trained_and_drawn_from_the_library_alone() {
    let printed = run("generate_digits", &["stage.0.training.steps=20", "evaluation.samples=12"]);
    assert!((number_before(&printed, "samples,") - 12.0).abs() < 0.5, "{printed}");
    assert_eq!(printed.lines().count(), 3 * 8 + 1, "{printed}");
}

#[test]
fn a_task_of_ones_own_learns() {
    assert!(number_before(&run("custom_task", &[]), "±") > 80.0);
}

#[test]
fn the_minimal_experiment_and_the_double_well_run() {
    assert!(number_before(&run("two_class", &[]), "±") > 95.0);
    assert!(run("double_well", &[]).lines().count() == 5);
}

/// The values, standard errors and exact values of lines `name = value ± error, exact value`.
fn compared(text: &str) -> Vec<[f64; 3]> {
    let number =
        |text: &str| text.split_whitespace().next().and_then(|word| word.trim_end_matches(',').parse().ok());
    let line = |line: &str| -> Option<[f64; 3]> {
        let (found, rest) = line.split_once("= ")?.1.split_once(" ± ")?;
        Some([number(found)?, number(rest)?, number(rest.split_once("exact ")?.1)?])
    };
    text.lines().filter_map(line).collect()
}

/// Within five standard errors and the rounding of what is printed.
fn agree(text: &str, lines: usize) {
    let found = compared(text);
    assert_eq!(found.len(), lines, "{text}");
    for [value, stderr, exact] in found {
        assert!(stderr > 0.0 && (value - exact).abs() < 5.0 * stderr + 1e-4, "{text}");
    }
}

#[test]
fn a_potential_of_ones_own_has_its_equilibrium_and_is_trained() {
    let printed = run("custom_potential", &[]);
    agree(&printed, 1);
    assert!((number_before(&printed, "trained") - 1.5).abs() < 0.1, "{printed}");
}

#[test]
fn a_noise_of_ones_own_has_its_variance_and_a_coloured_one_no_action() {
    let printed = run("custom_noise", &[]);
    agree(&printed, 1);
    assert!(printed.contains("not white"), "{printed}");
}

#[test]
fn a_dynamics_of_ones_own_has_its_equilibrium_heat_and_action() {
    agree(&run("custom_dynamics", &[]), 4);
}

#[test]
fn an_objective_of_ones_own_trades_the_mean_for_heat() {
    let printed = run("custom_objective", &[]);
    let means: Vec<f64> = printed
        .lines()
        .map(|l| l.split("mean ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap())
        .collect();
    assert!((means[0] - 1.0).abs() < 0.05 && means[1] < means[0] - 0.05, "{printed}");
}
