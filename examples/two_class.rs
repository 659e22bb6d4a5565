//! The papers' minimal experiment: tell 0 from 1 with 8 hidden units, on the built-in digits.
//!
//! `cargo run -p thermo-examples --example two_class`
#![allow(clippy::print_stdout)]

use burn::module::AutodiffModule;
use burn_autodiff::Autodiff;
use burn_ndarray::{NdArray, NdArrayDevice};
use learning::train;
use tasks::{
    Classification, Classifier, EvaluationOptions, JobConfig, PixelScaling, computer_objective, data, evaluate,
    task_named, teacher_objective,
};

type B = NdArray<f32>;
type AB = Autodiff<B>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = NdArrayDevice::default();
    let entry = task_named("two-class-digits")?;
    let config = JobConfig::parse(entry.config, "two-class-digits", &[])?;
    let digits = data::digits::built_in();
    let (train_images, test_images) =
        (digits.train.only_classes(&config.classes), digits.test.only_classes(&config.classes));
    let job = Classification { config: &config, train: &train_images, classes: config.classes.len() };
    let scaling = PixelScaling::of(&train_images, &train_images, config.input_norm);
    let classifier = job.classifier::<AB>(scaling, &device);

    let shape = config.teacher(train_images.pixel_count(), job.classes);
    let teacher = shape.init::<AB>(config.j2, config.j4, &config.langevin()?, &device)?;
    let objective = teacher_objective::<AB, _, _>(&job, classifier.valid(), &device);
    let settings = config.teacher_training(train_images.len());
    let teacher = train(teacher, &objective, &settings, None, &mut ())?.valid();

    let objective = computer_objective::<AB, _, Classifier<AB>, _>(&job, classifier.valid(), teacher, &device)?;
    let classifier = train(classifier, &objective, &config.computer_training(), None, &mut ())?.valid();

    let options = EvaluationOptions { replicas: 10, batch: 500, seed: config.seed, zero_temperature: true };
    let seen = evaluate(&classifier, &test_images, &config.langevin()?, options, &device, |_, _| ())?;
    println!(
        "{} hidden units, {} test digits: {:.1} ± {:.1} % right on one trajectory, {:.0} kT of heat",
        config.hidden,
        seen.images,
        100.0 * seen.top1,
        100.0 * seen.top1_stderr,
        seen.heat_mean_kt
    );
    Ok(())
}
