//! Facts about the full MNIST, where THERMO_DATA names a folder of it; and the counts that need no data.
#![expect(clippy::print_stderr, reason = "tests: what cannot go on fails, and what was measured is shown")]

use burn_ndarray::{NdArray, NdArrayDevice};
use langevin::{ComputerConfig, Connectivity, Layout};
use std::path::PathBuf;
use tasks::{InputNorm, Job, PRESETS, PixelScaling};

/// Paper A counts 63,143 parameters, of which 60,791 act.
#[test]
fn the_papers_parameter_count_block_by_block() {
    let layout = Layout::classifier(784, 64, 10).with_input_grid(28, 28);
    let config = ComputerConfig::new(layout, Connectivity::classifier());
    let parameters = config.init::<NdArray<f32>>(&NdArrayDevice::default()).parameters();
    assert_eq!((parameters.total(), parameters.acting()), (63_143, 60_791));
    let blocks: Vec<(&str, usize)> = parameters.blocks.iter().map(|b| (b.name.as_str(), b.count)).collect();
    assert_eq!(
        blocks,
        [
            ("input-input couplings", 1_568),
            ("input-hidden couplings", 50_176),
            ("hidden-hidden couplings", 2_016),
            ("hidden-output couplings", 640),
            ("output-output couplings", 45),
            ("input-output couplings", 7_840),
            ("input biases", 784),
            ("hidden biases", 64),
            ("output biases", 10),
        ]
    );
}

#[test]
fn every_compiled_in_configuration_is_valid_and_names_its_task() {
    for preset in PRESETS {
        assert_eq!(Job::preset(preset.name, &[]).unwrap().task(), preset.name);
        assert!(preset.fallback.is_none_or(|name| PRESETS.iter().any(|t| t.name == name)));
    }
}

/// The paper's input scaling: mean 0.13066, σ 0.3081; norms 48.905 (training set) and 44.485 (test set).
#[test]
fn the_papers_input_scaling_comes_out_of_mnist() {
    let Some(folder) = std::env::var_os("THERMO_DATA").map(PathBuf::from) else {
        eprintln!("THERMO_DATA is not set: this test of the full MNIST was not run");
        return;
    };
    let data = data::idx::load_folder("mnist", &folder).unwrap();
    let of = |norm| PixelScaling::of(&data.train, &data.test, norm);
    let scaling = of(InputNorm::TrainingSet);
    assert_eq!(format!("{:.5} {:.4}", scaling.mean, scaling.std), "0.13066 0.3081");
    // The norms are quoted to three decimals; ours agree to about one unit in the last of them, 2e-5 of
    // the norm.
    for (found, quoted) in [(scaling.norm, 48.905), (of(InputNorm::OwnSet).norm, 44.485)] {
        assert!((found - quoted).abs() < 1.1e-3, "{found} against {quoted}");
    }
}
