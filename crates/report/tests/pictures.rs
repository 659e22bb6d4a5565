//! Pictures of unusual figures: long names, many classes, ties, numbers that are none.

mod common;

use common::{
    classified, classified_figures, classified_page, generated, generated_figures, metrics, stage_metrics, summary,
};
use runs::{ClassifiedFigures, Figures, Outcome, Phases, SampleQuality};

fn with_classes(names: Vec<String>) -> ClassifiedFigures {
    let n = names.len();
    let mut figures = classified_figures();
    figures.confusion =
        (0..n).map(|row| (0..n).map(|column| if row == column { 40 } else { 2 }).collect()).collect();
    for trajectory in &mut figures.trajectories {
        trajectory.outputs = (0..n).map(|class| vec![class as f32 * 0.1; 3]).collect();
    }
    figures.classes = names;
    figures
}

fn matrix(html: &str) -> &str {
    let from = html.find("<svg class=\"plot matrix\"").expect("a confusion matrix");
    &html[from..from + html[from..].find("</svg>").expect("its end")]
}

/// Width of the drawing in its own units.
fn width(svg: &str) -> f64 {
    let view = svg.split("viewBox=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a view box");
    view.split(' ').nth(2).and_then(|width| width.parse().ok()).expect("its width")
}

#[test]
fn long_class_names_leave_the_confusion_matrix_its_shape() {
    for classes in 2..=20 {
        let name = |i: usize| format!("a class with quite a long name of sixty letters, number {i:03}.");
        let names: Vec<String> = (0..classes).map(name).collect();
        assert_eq!(names[0].chars().count(), 60);
        let html = classified_page(classified(), with_classes(names.clone()));
        let svg = matrix(&html);
        // 44 units a cell; names and shares take no more than the rest.
        let beside = width(svg) - 44.0 * classes as f64;
        assert!((100.0..220.0).contains(&beside), "{classes} classes: {beside} units beside the cells");
        for name in &names {
            assert_eq!(svg.matches(&format!("<title>{name}</title>")).count(), 2, "{name} has no tooltip");
            assert!(!svg.contains(&format!(">{name}</text>")), "{name} is drawn in full");
        }
        assert!(svg.contains("…</text>"));
    }
}

#[test]
fn short_class_names_are_drawn_in_full() {
    let html = classified_page(classified(), with_classes(vec!["Ankle boot".into(), "T-shirt/top".into()]));
    let svg = matrix(&html);
    assert!(svg.contains(">Ankle boot</text>") && svg.contains(">T-shirt/top</text>") && !svg.contains('…'));
}

#[test]
fn ties_are_wrong_and_in_no_cell() {
    let mut figures = classified_figures();
    let none = classified_page(classified(), figures.clone());
    assert!(!none.contains("tied, which counts") && none.contains("5 of 100 test digits (5.00 %)"));
    // Two of the hundred images go from cells into ties.
    figures.confusion = vec![vec![40, 2], vec![3, 53]];
    figures.trajectories[1].predicted = None;
    let html = classified_page(classified(), figures);
    assert!(html.contains("2 images are in no cell: their largest outputs tied, which counts as wrong"));
    assert!(html.contains("7 of 100 test digits (7.00 %) were classified wrongly, 2 of them by a tie"));
    assert!(html.contains("no answer: <strong>a tie</strong>"));
}

/// The numbers along the vertical axis of the chart that is read out as `title`: where they begin and end.
fn numbers(html: &str, title: &str) -> Vec<(String, f64)> {
    let svg = html.split(&format!("aria-label=\"{title}\"")).nth(1).and_then(|rest| rest.split("</svg>").next());
    let texts = svg.expect("a chart").split("<text class=\"tick\"").skip(1);
    let at = |text: &str| text.split("x=\"").nth(1)?.split('"').next()?.parse().ok();
    let label = |text: &str| text.split('>').nth(1)?.split('<').next().map(str::to_owned);
    texts.filter(|text| text.contains("text-anchor=\"end\"")).filter_map(|t| Some((label(t)?, at(t)?))).collect()
}

#[test]
fn long_numbers_of_a_generators_curve_keep_clear_of_the_axis_label() {
    let summary = summary(Outcome::Generated(Box::new(generated())));
    let phases: Phases = vec![("stage 0: reversed-action".to_owned(), stage_metrics())];
    let html = thermograd_report::render(&summary, None, Some(&phases), "");
    let found = numbers(&html, "stage 0: reversed-action");
    assert!(found.len() >= 2 && found.iter().any(|(label, _)| label.chars().count() >= 9), "{found:?}");
    // As wide as in DejaVu Sans of 14 units, a phone's size; the label of the axis ends at 16.
    assert!(found.iter().all(|(label, end)| end - 7.8 * label.chars().count() as f64 > 16.0), "{found:?}");
}

/// Words of the page that only a number that is none would be written as.
fn none(html: &str) -> Vec<&str> {
    let words = html.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| matches!(*word, "NaN" | "inf" | "Infinity")).collect()
}

#[test]
fn a_number_that_is_none_never_reaches_the_page() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut classified = classified();
        classified.test.top1 = bad;
        classified.test.top1_stderr = bad;
        classified.test.top1_noise_std = Some(bad);
        classified.teacher.validation_top1 = bad;
        classified.teacher.test_top1 = bad;
        classified.heat.mean_kt = bad;
        classified.heat.std_kt = bad;
        classified.heat.stderr_kt = bad;
        classified.advantage = Some(bad);
        classified.energy.thermodynamic_kt = bad;
        classified.seconds.training = bad;
        let mut figures = classified_figures();
        figures.trajectories[0].outputs[1] = vec![bad as f32; 3];
        figures.trajectories[1].image[0] = bad as f32;
        figures.heat_histogram.edges[2] = bad;
        figures.coupling_tiles.tiles[0][0] = bad as f32;
        figures.accuracy_against_images[0].1 = bad;
        let mut metrics = metrics();
        for metric in &mut metrics {
            metric.loss = metric.loss.map(|_| bad);
            metric.action = metric.action.map(|_| bad);
            metric.validation_top1 = metric.validation_top1.map(|_| bad);
        }
        let phases: Phases =
            vec![("teacher".into(), metrics[..2].to_vec()), ("computer".into(), metrics[2..].to_vec())];
        let summary = summary(Outcome::Classified(Box::new(classified)));
        let html = thermograd_report::render(&summary, Some(&Figures::Classified(figures)), Some(&phases), "");
        assert_eq!(none(&html), [""; 0]);
    }
}

#[test]
fn a_generators_number_that_is_none_never_reaches_the_page() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut generated = generated();
        generated.heat.mean_kt = bad;
        generated.heat.stderr_kt = bad;
        generated.energy.digital_kt = bad;
        generated.advantage = Some(bad);
        let SampleQuality::Prototypes(quality) = &mut generated.samples else {
            unreachable!("the fixture's samples")
        };
        quality.mean_cosine = bad;
        quality.inverted = bad;
        let mut figures = generated_figures();
        figures.ends[0][0] = bad as f32;
        figures.receptive_fields[0][0] = bad as f32;
        figures.energy_kt[1][0] = bad;
        let mut points = stage_metrics();
        points[0].action = Some(bad);
        let phases: Phases = vec![(points[0].phase.clone(), points)];
        let mut summary = summary(Outcome::Generated(Box::new(generated)));
        summary.computer.visible = Some(4);
        let html = thermograd_report::render(&summary, Some(&Figures::Generated(figures)), Some(&phases), "");
        assert_eq!(none(&html), [""; 0]);
    }
}
