//! The report of small synthetic run folders.

mod common;

use common::{
    classified, classified_figures, classified_page, folder, generated, generated_figures, metrics, page,
    stage_metrics, summary,
};
use runs::{Figures, ImageQuality, Outcome, PerNet, RunError, SampleQuality};
use std::fs;
use tempfile::TempDir;

fn full(name: &str) -> TempDir {
    let summary = summary(Outcome::Classified(Box::new(classified())));
    folder(name, &summary, Some(&Figures::Classified(classified_figures())), &metrics())
}

#[test]
fn a_full_run_shows_every_value_and_section() {
    let html = page(&full("run").path().join("run"));
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
}

#[test]
fn the_page_loads_nothing_and_leaves_nothing_behind() {
    let parent = full("run");
    let run = parent.path().join("run");
    let html = page(&run);
    for scheme in ["http://", "https://", "src=\"//", "href=", "@import", "url(", "<script", "<link"] {
        assert!(!html.contains(scheme), "the page contains {scheme}");
    }
    assert!(html.match_indices("src=\"").all(|(at, _)| html[at + 5..].starts_with("data:image/png;base64,")));
    let files = fs::read_dir(run).expect("the run folder").count();
    assert_eq!(files, 5, "four inputs and the report");
}

#[test]
fn text_of_the_run_is_escaped() {
    let html = page(&full("run").path().join("run"));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"));
}

#[test]
fn a_run_in_the_making_can_be_reported_on() {
    assert!(page(&full("run.partial").path().join("run.partial")).contains("93.31 ± 0.25 %"));
}

#[test]
fn an_imported_run_gets_a_shorter_report_that_says_why() {
    let mut summary = summary(Outcome::Imported);
    summary.dataset = "fashion-mnist".to_owned();
    summary.commit = None;
    let html = page(&folder("run", &summary, None, &[]).path().join("run"));
    assert_eq!(html.matches("This run was imported").count(), 4, "results, curves, figures and energy are absent");
    assert_eq!(html.matches("not measured in this run").count(), 3);
    assert!(html.contains("<section id=\"computer\"") && html.contains("<section id=\"config\""));
    assert!(!html.contains("91.7 %"), "the paper's numbers belong beside MNIST alone");
}

#[test]
fn what_is_not_in_the_folder_is_said_in_its_place() {
    let classified = summary(Outcome::Classified(Box::new(classified())));
    let html = page(&folder("run", &classified, None, &[]).path().join("run"));
    assert!(html.contains("no metrics.jsonl") && html.contains("no figures.json"));
    // Figures of another kind of run are not drawn.
    let other = Figures::Generated(generated_figures());
    let html = page(&folder("run", &classified, Some(&other), &[]).path().join("run"));
    assert!(html.contains("belongs to another kind of run"));
    // Empty parts of the figures are left out one by one.
    let mut figures = classified_figures();
    figures.trajectories.clear();
    figures.coupling_tiles.tiles.clear();
    let html = page(&folder("run", &classified, Some(&Figures::Classified(figures)), &[]).path().join("run"));
    assert!(html.contains("confusion matrix"));
    assert!(
        html.contains("figures.json has no trajectories") && html.contains("figures.json has no coupling tiles")
    );
}

#[test]
fn no_cure_is_one_that_cannot_work() {
    let classified = summary(Outcome::Classified(Box::new(classified())));
    let generated = summary(Outcome::Generated(Box::new(generated())));
    for summary in [classified, generated, summary(Outcome::Imported)] {
        let html = page(&folder("run", &summary, None, &[]).path().join("run"));
        // An evaluation prints, and writes nothing.
        for cure in ["evaluate the run again", "an evaluation writes", "evaluate one into"] {
            assert!(!html.contains(cure), "{cure}");
        }
    }
}

#[test]
fn built_in_data_raise_a_banner() {
    let mut summary = summary(Outcome::Imported);
    summary.dataset_origin = "built-in UCI optical digits".to_owned();
    assert!(page(&folder("run", &summary, None, &[]).path().join("run")).contains("role=\"alert\""));
}

#[test]
fn errors_name_the_file_and_the_cure() {
    let parent = full("run");
    let run = parent.path().join("run");
    let told = |name: &str, text: &str| {
        let before = fs::read(run.join(name)).expect("a file of the run");
        fs::write(run.join(name), text).expect("a file of the run");
        let told = thermograd_report::write(&run).expect_err("a file is wrong").to_string();
        fs::write(run.join(name), before).expect("a file of the run");
        assert!(told.contains(name) && !told.contains("evaluate"), "{told}");
        told
    };
    assert!(told("summary.json", "{\"dataset\": ").contains("train the run again"));
    let metrics = told("metrics.jsonl", "{\"phase\":\"later\",\"step\":1}\n{\"phase\":\n");
    assert!(metrics.contains("line 2") && metrics.contains("delete that line"), "{metrics}");
    assert!(told("figures.json", "[1").contains("without figures"));
    let mut figures = classified_figures();
    figures.heat_histogram.counts.push(1);
    let wrong = serde_json::to_string(&Figures::Classified(figures)).expect("figures are JSON");
    assert!(told("figures.json", &wrong).contains("3 edges for 3 counts"));

    fs::remove_file(run.join("summary.json")).expect("a file of the run");
    let missing = thermograd_report::write(&run).expect_err("there is no summary");
    assert!(matches!(missing, RunError::NotARun { missing: "summary.json", .. }), "{missing}");
    let absent = thermograd_report::write(&parent.path().join("nowhere")).expect_err("there is no folder");
    assert!(matches!(absent, RunError::Absent { .. }), "{absent}");
}

#[test]
fn writing_twice_gives_the_same_page() {
    let parent = full("run");
    let run = parent.path().join("run");
    assert_eq!(page(&run), page(&run));
}

#[test]
fn a_generator_shows_its_samples() {
    let mut summary = summary(Outcome::Generated(Box::new(generated())));
    summary.computer.visible = Some(4);
    let figures = Figures::Generated(generated_figures());
    let html = page(&folder("run", &summary, Some(&figures), &stage_metrics()).path().join("run"));
    for part in [
        "0.732",
        "50.00 %",
        "1 / 2",
        "fraction nearest to the negative of a prototype",
        "Receptive fields",
        "stage 0: reversed-action",
        "What reading costs",
        "data:image/png",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("Confusion"), "a generator has no confusion matrix");
    assert!(!html.contains("class_accuracy"), "what was not measured has no row");
}

#[test]
fn a_generator_of_many_images_shows_its_distances() {
    let nets = |cnn: f64| PerNet { cnn: Some(cnn), mlp: None };
    let mut generated = generated();
    generated.samples = SampleQuality::Images(Box::new(ImageQuality {
        count: 10_000,
        class_accuracy: Some(0.875),
        class_counts: vec![4000, 6000],
        class_entropy: 0.1234,
        classifier_accuracy: nets(0.991),
        frechet: nets(12.34),
        frechet_floor: nets(1.5),
        floor_images: 5000,
        frechet_bernoulli: nets(40.0),
        frechet_bernoulli_pooled: nets(90.0),
        nearest_train: 5.0,
        nearest_real: 6.0,
        diversity: 0.4,
        diversity_real: 0.5,
    }));
    let summary = summary(Outcome::Generated(Box::new(generated)));
    let html = page(&folder("run", &summary, None, &[]).path().join("run"));
    for part in
        ["Fréchet distance", "12.3", "cnn 12.34, mlp –", "87.50 %", "4000 / 6000", "floor: that of held-out"]
    {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn the_heat_histogram_counts_trajectories() {
    let html = classified_page(classified(), classified_figures());
    let from = html.find("<section id=\"heat\"").expect("a section on heat");
    let heat = &html[from..from + html[from..].find("</section>").expect("its end")];
    assert!(heat.contains("10\u{202f}000 to 15\u{202f}000 kT: 400 trajectories"), "{heat}");
    assert!(
        heat.contains(">trajectories</text>") && heat.contains("Number of trajectories (10 of each test image)")
    );
    assert!(!heat.contains("images"), "{heat}");
}
