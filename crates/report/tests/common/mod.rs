//! Synthetic run folders, made of the types of `runs`.

use runs::{
    Block, Classified, ClassifiedFigures, Computer, Energy, Figures, Generated, GeneratedFigures, Heat, Histogram,
    Metric, Outcome, OutputTrajectory, Parameters, PrototypeQuality, Provenance, SampleQuality, Seconds, Speed,
    StageFigures, Summary, Teacher, Test, Tiles, Validation, file,
};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

pub(crate) fn summary(outcome: Outcome) -> Summary {
    let block = |name: &str, count, acting| Block { name: name.to_owned(), count, acting };
    Summary {
        format: runs::FORMAT,
        task: "classify".to_owned(),
        dataset: "mnist".to_owned(),
        dataset_origin: "/data/mnist".to_owned(),
        backend: Some("ndarray".to_owned()),
        device: Some("cpu".to_owned()),
        seed: 7,
        commit: Some("abc123".to_owned()),
        ranks: None,
        training_images: Some(55_000),
        objective: "action".to_owned(),
        computer: Computer {
            inputs: 4,
            visible: None,
            hidden: 2,
            outputs: 2,
            j2: 1.0,
            j4: 1.0,
            kt: 1.0,
            mobility: 1.0,
            time_step: 1e-3,
            observation_time: 0.2,
            segments: None,
        },
        parameters: Parameters {
            total: 20,
            acting: 14,
            couplers: None,
            blocks: vec![block("input–input", 6, false), block("input–hidden", 8, true), block("biases", 6, true)],
        },
        outcome,
    }
}

const ENERGY: Energy = Energy {
    macs: 26_432,
    joules_per_mac: 1e-12,
    temperature: 300.0,
    digital_kt: 6.38e12,
    thermodynamic_kt: 16_974.0,
};

pub(crate) fn classified() -> Classified {
    Classified {
        teacher: Teacher { activation: "matched".to_owned(), validation_top1: 0.966, test_top1: 0.9652 },
        minimiser: None,
        validation: Validation { images: 5000, top1: 0.9348 },
        test: Test {
            images: 100,
            replicas: 10,
            top1: 0.9331,
            top1_stderr: 0.0025,
            top1_noise_std: Some(0.0011),
            top2: 0.9756,
            top1_mean10: Some(0.9362),
            top1_mean10_stderr: Some(0.0024),
            top1_mean_replicas: 0.9362,
            top1_mean_replicas_stderr: 0.0024,
            top1_zero_temperature: Some(0.9371),
        },
        heat: Heat { mean_kt: 16_974.0, std_kt: 3100.0, stderr_kt: 31.0, work_mean_kt: None },
        speed: Speed { trajectories_per_second: 2.5e4 },
        advantage: Some(3.7e8),
        energy: ENERGY,
        seconds: Seconds { teacher: Some(33.2), training: 412.7, evaluation: 5.5 },
    }
}

pub(crate) fn classified_figures() -> ClassifiedFigures {
    let trajectory = |predicted, outputs: [[f32; 3]; 2]| OutputTrajectory {
        image: vec![0.0, 0.5, 1.0, 0.0],
        label: 0,
        predicted,
        times: vec![0.0, 0.1, 0.2],
        outputs: outputs.map(|output| output.to_vec()).to_vec(),
    };
    ClassifiedFigures {
        image_shape: [2, 2],
        classes: vec!["zero".to_owned(), "one".to_owned()],
        trajectories: vec![
            trajectory(Some(0), [[0.0, 1.0, 2.0], [0.0, -1.0, -2.0]]),
            trajectory(Some(1), [[0.0, -1.0, -3.0], [0.0, 1.0, 2.0]]),
        ],
        confusion: vec![vec![41, 2], vec![3, 54]],
        heat_histogram: Histogram { edges: vec![10e3, 15e3, 20e3], counts: vec![400, 600] },
        coupling_tiles: Tiles { shape: [2, 2], tiles: vec![vec![1.0, -1.0, 0.0, 0.5], vec![0.1, 0.2, -0.3, 0.0]] },
        later_coupling_tiles: Vec::new(),
        switch_times: Vec::new(),
        accuracy_against_images: vec![(10, 0.9), (100, 0.95)],
    }
}

pub(crate) fn generated() -> Generated {
    Generated {
        stages: vec![StageFigures {
            objective: "reversed-action".to_owned(),
            steps: Some(20),
            last: Some(4.0),
            ridge: None,
            action: None,
            condition_number: None,
            iterations: None,
            seconds: 3.0,
        }],
        samples: SampleQuality::Prototypes(PrototypeQuality {
            count: 3,
            mean_cosine: 0.7321,
            mean_cosine_stderr: 0.01,
            mean_abs_cosine: 0.8,
            inverted: 0.5,
            class_counts: vec![1, 2],
            class_accuracy: None,
            diversity: 0.3,
        }),
        heat: Heat { mean_kt: 2900.0, std_kt: 52.0, stderr_kt: 30.0, work_mean_kt: None },
        advantage: Some(1.8e11),
        energy: Energy { macs: 2_170_880, digital_kt: 5.2e14, thermodynamic_kt: 2900.0, ..ENERGY },
        seconds: Seconds { teacher: None, training: 60.0, evaluation: 2.0 },
    }
}

pub(crate) fn generated_figures() -> GeneratedFigures {
    let image = |bits: [f32; 4]| bits.to_vec();
    GeneratedFigures {
        image_shape: [2, 2],
        noising: vec![vec![image([0.0, 1.0, 0.0, 1.0]), image([0.5; 4])]],
        denoising: vec![vec![image([0.0, 1.0, 0.0, 1.0]), image([1.0, 0.0, 1.0, 0.0])]],
        ends: vec![image([0.0, 1.0, 0.0, 1.0]), image([0.0, 0.0, 1.0, 1.0]), image([1.0, 1.0, 0.0, 0.0])],
        receptive_fields: vec![image([0.1, -0.2, 0.3, 0.0])],
        later_receptive_fields: Vec::new(),
        switch_times: Vec::new(),
        times: vec![0.0, 1.0],
        energy_kt: vec![vec![0.0, 0.0], vec![-5.0, -7.0]],
        heat_histogram: Histogram::of(&[2800.0, 2900.0, 3000.0], 40),
    }
}

pub(crate) fn metrics() -> Vec<Metric> {
    let teacher = |epoch, loss| Metric {
        phase: "teacher".to_owned(),
        step: 235 * epoch,
        epoch: Some(epoch),
        loss: Some(loss),
        validation_top1: Some(0.93 + 0.01 * epoch as f64),
        ..Metric::default()
    };
    let computer = |step, action, validation_top1| Metric {
        phase: "computer".to_owned(),
        step,
        action: Some(action),
        validation_top1,
        ..Metric::default()
    };
    vec![teacher(1, 0.31), teacher(2, 0.21), computer(100, 123_450.6, None), computer(200, 2345.6, Some(0.91))]
}

pub(crate) fn stage_metrics() -> Vec<Metric> {
    let stage = |step, action| Metric {
        phase: "stage 0: reversed-action".to_owned(),
        step,
        action: Some(action),
        ..Metric::default()
    };
    vec![stage(10, 1_234_567.0), stage(20, 1_234_599.0)]
}

/// A folder of that name with a configuration and what else is given.
pub(crate) fn folder(name: &str, summary: &Summary, figures: Option<&Figures>, metrics: &[Metric]) -> TempDir {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let run = parent.path().join(name);
    fs::create_dir(&run).expect("a folder in a temporary folder");
    let write = |name: &str, text: String| fs::write(run.join(name), text).expect("a file in a temporary folder");
    let (task, seed) = (&summary.task, summary.seed);
    let job = format!("task = {task:?}\nseed = {seed}\nnote = \"<script>alert(1)</script> & more\"");
    let job: toml::Table = toml::from_str(&job).expect("valid TOML");
    let config =
        runs::write_config(&run.join(file::CONFIG), &job, &Provenance::default()).expect("a configuration");
    write(file::CONFIG, config);
    write(file::SUMMARY, serde_json::to_string(summary).expect("a summary is JSON"));
    if let Some(figures) = figures {
        write(file::FIGURES, serde_json::to_string(figures).expect("figures are JSON"));
    }
    if !metrics.is_empty() {
        let lines: Vec<_> = metrics.iter().map(|m| serde_json::to_string(m).expect("a metric is JSON")).collect();
        write(file::METRICS, lines.join("\n"));
    }
    parent
}

/// The report of a run folder.
pub(crate) fn page(run: &Path) -> String {
    let path = thermograd_report::write(run).expect("a report");
    assert_eq!(path, run.join("report.html"));
    fs::read_to_string(path).expect("the report is UTF-8 text")
}

/// The report of a classifier with those figures.
pub(crate) fn classified_page(classified: Classified, figures: ClassifiedFigures) -> String {
    let summary = summary(Outcome::Classified(Box::new(classified)));
    let parent = folder("run", &summary, Some(&Figures::Classified(figures)), &metrics());
    page(&parent.path().join("run"))
}
