//! The report of small synthetic run folders.

use std::fs;
use std::path::Path;

use report::ReportError;
use tempfile::TempDir;

const SUMMARY: &str = r#"{
    "dataset": "mnist", "dataset_origin": "/data/mnist", "task": "classify", "backend": "ndarray", "device": "cpu",
    "seed": 7, "objective": "action", "commit": "abc123", "later": {"unknown": [1, 2]},
    "computer": {"inputs": 4, "hidden": 2, "outputs": 2, "j2": 1.0, "j4": 1.0, "kt": 1.0, "mobility": 1.0, "time_step": 0.001, "observation_time": 0.2},
    "parameters": {"total": 20, "acting": 14, "blocks": [
        {"name": "input–input", "count": 6, "acting": false}, {"name": "input–hidden", "count": 8, "acting": 8}, {"name": "biases", "count": 6}]},
    "teacher": {"activation": "matched", "test_top1": 0.9652, "validation_top1": 0.966},
    "validation": {"top1": 0.9348},
    "test": {"images": 10000, "top1": 0.9331, "top1_stderr": 0.0025, "top1_noise_std": 0.0011, "top2": 0.9756,
        "top1_mean10": 0.9362, "top1_mean10_stderr": 0.0024, "top1_zero_temperature": 0.9371, "replicas": 10},
    "heat": {"mean_kt": 16974.0, "std_kt": 3100.0, "stderr_kt": 31.0},
    "advantage": 3.7e8,
    "energy": {"macs": 26432, "joules_per_mac": 1e-12, "temperature": 300.0, "digital_kt": 6.38e12, "thermodynamic_kt": 16974.0},
    "seconds": {"teacher": 33.2, "training": 412.7, "evaluation": null}
}"#;

const METRICS: &str = r#"{"phase":"teacher","step":235,"epoch":1,"loss":0.31,"validation_top1":0.94,"learning_rate":0.2}
{"phase":"teacher","step":470,"epoch":2,"loss":0.21,"validation_top1":0.95,"learning_rate":0.1}
{"phase":"computer","step":100,"action":123450.6,"learning_rate":0.03,"seconds":1.3}
{"phase":"computer","step":200,"action":2345.6,"validation_top1":0.91,"learning_rate":0.03,"seconds":12.3}
"#;

const FIGURES: &str = r#"{
    "image_shape": [2, 2], "classes": ["zero", "one"],
    "trajectories": [
        {"image": [0, 0.5, 1, 0], "label": 0, "predicted": 0, "times": [0, 0.1, 0.2], "outputs": [[0, 1, 2], [0, -1, -2]]},
        {"image": [0, 0.5, 1, 0], "label": 0, "predicted": 1, "times": [0, 0.1, 0.2], "outputs": [[0, -1, null], [0, 1, 2]]}],
    "confusion": [[41, 2], [3, 54]],
    "heat_histogram": {"edges": [10000, 15000, 20000], "counts": [40, 60]},
    "coupling_tiles": {"shape": [2, 2], "tiles": [[1, -1, 0, 0.5], [0.1, 0.2, -0.3, 0]]},
    "accuracy_against_images": [[10, 0.9], [100, 0.95]]
}"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file in a temporary folder");
    }
    folder
}

fn full() -> TempDir {
    let config = "note = \"<script>alert(1)</script> & more\"";
    folder(&[
        ("summary.json", SUMMARY),
        ("config.toml", config),
        ("metrics.jsonl", METRICS),
        ("figures.json", FIGURES),
    ])
}

fn page(folder: &Path) -> String {
    let path = report::write(folder).expect("a report");
    assert_eq!(path, folder.join("report.html"));
    fs::read_to_string(path).expect("the report is UTF-8 text")
}

fn error(files: &[(&str, &str)]) -> (String, ReportError) {
    let error = report::write(folder(files).path()).expect_err("a file is wrong");
    (error.to_string(), error)
}

#[test]
fn a_full_run_shows_every_value_and_section() {
    let html = page(full().path());
    for id in [
        "results",
        "learning",
        "outputs",
        "confusion",
        "couplings",
        "heat",
        "accuracy",
        "energy",
        "computer",
        "config",
    ] {
        assert!(html.contains(&format!("<section id=\"{id}\"")), "section {id} is missing");
    }
    let numbers = [
        "93.31 ± 0.25 %",
        "93.62 ± 0.24 %",
        "97.56 %",
        "93.71 %",
        "93.48 %",
        "96.52 %",
        "96.60 %",
        "16\u{202f}974 ± 31 kT",
        "3100 kT",
        "3.7 × 10⁸",
        "6 min 52 s",
    ];
    let assumptions = ["26\u{202f}432", "10⁻¹² J", "300 K", "6.38 × 10¹² kT"];
    let paper = ["91.7 %", "92.0 %", "96.7 %", "97.3 %", "≈ 10⁵ kT", "&gt; 10⁷", "arXiv:2509.15324"];
    for text in numbers.iter().chain(&assumptions).chain(&paper) {
        assert!(html.contains(text), "{text} is missing");
    }
    assert!(!html.contains("class=\"absent\""), "nothing is missing, yet a section is left out");
    assert!(!html.contains("role=\"alert\""), "MNIST needs no banner");
    assert!(!html.contains("NaN"), "a number that is not finite reached the page");
}

#[test]
fn the_page_loads_nothing_and_leaves_nothing_behind() {
    let folder = full();
    let html = page(folder.path());
    for scheme in ["http://", "https://", "src=\"//", "href=", "@import", "url(", "<script", "<link"] {
        assert!(!html.contains(scheme), "the page contains {scheme}");
    }
    assert!(html.match_indices("src=\"").all(|(at, _)| html[at + 5..].starts_with("data:image/png;base64,")));
    let files = fs::read_dir(folder.path()).expect("the run folder").count();
    assert_eq!(files, 5, "four inputs and the report");
}

#[test]
fn text_of_the_run_is_escaped() {
    let html = page(full().path());
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"));
}

#[test]
fn an_imported_run_gets_a_shorter_report() {
    let html = page(folder(&[("summary.json", r#"{"dataset": "fashion-mnist", "test": null}"#)]).path());
    for reason in ["no metrics.jsonl", "no figures.json", "no config.toml", "no energy figures"] {
        assert!(html.contains(reason), "no sentence says “{reason}”");
    }
    assert!(!html.contains("91.7 %"), "the paper's numbers belong beside MNIST alone");
}

#[test]
fn figures_may_be_partly_missing() {
    let html =
        page(folder(&[("summary.json", SUMMARY), ("figures.json", r#"{"confusion": [[4, 1], [0, 5]]}"#)]).path());
    assert!(html.contains("confusion matrix"));
    assert!(html.contains("figures.json has no trajectories"));
    assert!(html.contains("figures.json has no coupling tiles"));
}

#[test]
fn built_in_data_raise_a_banner() {
    let summary = r#"{"dataset": "digits", "dataset_origin": "built-in digits"}"#;
    assert!(page(folder(&[("summary.json", summary)]).path()).contains("role=\"alert\""));
}

#[test]
fn errors_name_the_file_and_the_cure() {
    let (text, kind) = error(&[]);
    assert!(
        matches!(kind, ReportError::NoSummary { .. })
            && text.contains("summary.json")
            && text.contains("finished run"),
        "{text}"
    );

    let (text, kind) = error(&[("summary.json", "{\"dataset\": ")]);
    assert!(
        matches!(kind, ReportError::Malformed { .. })
            && text.contains("summary.json")
            && text.contains("evaluate the run again"),
        "{text}"
    );

    let (text, _) = error(&[("summary.json", SUMMARY), ("metrics.jsonl", "{\"phase\":\"later\"}\n{\"phase\":\n")]);
    assert!(text.contains("metrics.jsonl, line 2") && text.contains("delete that line"), "{text}");

    let (text, _) = error(&[("summary.json", SUMMARY), ("figures.json", "[1")]);
    assert!(text.contains("figures.json") && text.contains("without figures"), "{text}");
}

#[test]
fn lengths_that_disagree_are_an_error() {
    let wrong = [
        r#"{"confusion": [[1, 2]]}"#,
        r#"{"heat_histogram": {"edges": [0, 1], "counts": [1, 2]}}"#,
        r#"{"coupling_tiles": {"shape": [2, 2], "tiles": [[1]]}}"#,
        r#"{"image_shape": [2, 2], "trajectories": [{"image": [1], "label": 0, "predicted": 0, "times": [0], "outputs": [[0]]}]}"#,
        r#"{"trajectories": [{"image": [1], "label": 5, "predicted": 0, "times": [0], "outputs": [[0]]}]}"#,
        r#"{"trajectories": [{"image": [1], "label": 0, "predicted": 0, "times": [0, 1], "outputs": [[0]]}]}"#,
    ];
    for figures in wrong {
        let (text, kind) = error(&[("summary.json", SUMMARY), ("figures.json", figures)]);
        assert!(matches!(kind, ReportError::Inconsistent { .. }) && text.contains("figures.json"), "{text}");
    }
}

#[test]
fn writing_twice_gives_the_same_page() {
    let folder = full();
    assert_eq!(page(folder.path()), page(folder.path()));
}

/// A generative run has a page of its own kind.
#[test]
fn a_generator_shows_its_samples() {
    let summary = r#"{"dataset": "mnist", "task": "generate", "seed": 1,
        "samples": {"count": 3, "mean_cosine": 0.7321, "inverted": 0.5, "class_counts": [1, 2], "class_accuracy": null},
        "computer": {"visible": 4, "hidden": 2}, "heat": {"mean_kt": 2900.0, "stderr_kt": 30.0},
        "energy": {"macs": 2170880, "joules_per_mac": 1e-12, "temperature": 300.0, "digital_kt": 5.2e14, "thermodynamic_kt": 2900.0},
        "advantage": 1.8e11}"#;
    let figures = r#"{"image_shape": [2, 2], "generated": {
        "noising": [[[0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]]], "denoising": [[[0, 1, 0, 1], [1, 0, 1, 0]]],
        "ends": [[0, 1, 0, 1], [0, 0, 1, 1], [1, 1, 0, 0]], "receptive_fields": [[0.1, -0.2, 0.3, 0]],
        "times": [0, 1], "energy_kt": [[0, 0], [-5, -7]], "heat_kt": [5, 7, 9]}}"#;
    let metrics = "{\"phase\":\"stage 0: reversed-action\",\"step\":10,\"action\":5.0}\n{\"phase\":\"stage 0: reversed-action\",\"step\":20,\"action\":4.0}\n";
    let run = folder(&[("summary.json", summary), ("figures.json", figures), ("metrics.jsonl", metrics)]);
    let html = page(run.path());
    for part in [
        "0.732",
        "50",
        "1 / 2",
        "Receptive fields",
        "stage 0: reversed-action",
        "What reading costs",
        "data:image/png",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("Confusion"), "a generator has no confusion matrix");
    // Images that are not of the shape said are an error.
    let wrong = figures.replace("[0, 0, 1, 1]", "[0, 0, 1]");
    fs::write(run.path().join("figures.json"), wrong).expect("a file in a temporary folder");
    let error = report::write(run.path()).expect_err("three pixels are not 2 × 2");
    assert!(error.to_string().contains("3 pixels for an image_shape of 2 × 2"), "{error}");
}
