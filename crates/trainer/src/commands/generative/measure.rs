//! What a generator makes, measured.

use super::Prepared;
use crate::output::{line, percent};
use crate::progress;
use anyhow::Result;
use burn::tensor::backend::AutodiffBackend;
use burn_autodiff::Autodiff;
use langevin::{LangevinBackend, stream};
use learning::{load_module, save_module};
use serde_json::{Value, json};
use std::path::Path;
use tasks::generative::{
    Generation, Generator, Judge, JudgeKind, PrototypeQuality, Quality, Reference, Samples, prototype_quality,
    quality, train_judge,
};
use tasks::{EnergyAccount, mean_and_std};

/// Passes over the training images of a judge's training.
const JUDGE_EPOCHS: usize = 4;
/// The paper's digital comparison: a denoiser 784-128-128-784 of ten steps.
const DENOISER_STEPS: usize = 10;
const DENOISER_HIDDEN: usize = 128;

/// How samples are made for a job.
pub(super) fn generation<B: LangevinBackend>(
    prepared: &Prepared,
    seed: u64,
    device: &B::Device,
) -> Result<Generation<B>> {
    Ok(Generation {
        langevin: prepared.config.langevin()?,
        rest: prepared.shown.rest(&prepared.config, device),
        seed: stream(seed, "samples"),
        batch: prepared.config.evaluation.batch,
    })
}

/// Name of a judge's file.
pub(super) fn judge_file(kind: JudgeKind) -> String {
    format!("judge-{}.safetensors", kind.name())
}

/// A judge of the run folder, trained and saved there if it is not.
pub(super) fn judge_of<B: AutodiffBackend>(
    kind: JudgeKind,
    prepared: &Prepared,
    folder: &Path,
    device: &B::Device,
) -> Result<Judge<B::InnerBackend>> {
    let data = &prepared.data;
    let path = folder.join(judge_file(kind));
    if path.exists() {
        let shape = [data.train.rows, data.train.columns];
        return Ok(load_module(Judge::new(kind, shape, data.classes, device), &path)?);
    }
    let bar = progress::bar(kind.name(), 1);
    let seed = stream(prepared.config.seed, "judges");
    let judge =
        train_judge::<B>(kind, &prepared.train, data.classes, JUDGE_EPOCHS, seed, device, |done, steps| {
            bar.set_length(steps as u64);
            bar.set_position(done as u64);
        })?;
    bar.finish_and_clear();
    save_module(&judge, &path)?;
    Ok(judge)
}

/// Samples and what was measured of them.
pub(super) struct Measured {
    pub(super) samples: Samples,
    pub(super) pixels: Vec<f32>,
    few: Option<PrototypeQuality>,
    many: Option<Quality>,
    energy: EnergyAccount,
    heat: [f64; 3],
}

impl Measured {
    /// Generates and measures.
    pub(super) fn of<B: LangevinBackend>(
        generator: &Generator<B>,
        prepared: &Prepared,
        folder: &Path,
        device: &B::Device,
    ) -> Result<Self> {
        let config = &prepared.config;
        let count = config.evaluation.samples;
        let bar = progress::bar("generate", count);
        let how = generation::<B>(prepared, config.seed, device)?;
        let samples = generator.generate(&how, count, |done| bar.set_position(done as u64))?;
        bar.finish_and_clear();
        let pixels = generator.read_pixels(&samples.visible);
        let (few, many) = if prepared.few() {
            (Some(prototype_quality(&samples, &prepared.shown)), None)
        } else {
            let cnn = judge_of::<Autodiff<B>>(JudgeKind::Cnn, prepared, folder, device)?;
            let mlp = judge_of::<Autodiff<B>>(JudgeKind::Mlp, prepared, folder, device)?;
            let reference = Reference {
                train: &prepared.train,
                held_out: &prepared.held_out,
                test: &prepared.data.test,
                classes: prepared.data.classes,
            };
            (None, Some(quality(&samples, &pixels, &reference, [&cnn, &mlp], config.seed, device)))
        };
        let n = samples.heat_kt.len().max(1) as f64;
        let (mean, std) = mean_and_std(&samples.heat_kt);
        let pixel_count = prepared.shown.pixels;
        let macs = DENOISER_STEPS * (2 * pixel_count * DENOISER_HIDDEN + DENOISER_HIDDEN * DENOISER_HIDDEN);
        let energy = EnergyAccount::new(macs, config.energy, mean);
        Ok(Self { samples, pixels, few, many, energy, heat: [mean, std, std / n.sqrt()] })
    }

    /// Their part of `summary.json`.
    pub(super) fn summary(&self) -> Value {
        let [mean, std, stderr] = self.heat;
        let samples = match (&self.few, &self.many) {
            (Some(few), _) => json!(few),
            (_, many) => json!(many),
        };
        json!({
            "samples": samples,
            "heat": {"mean_kt": mean, "std_kt": std, "stderr_kt": stderr},
            "energy": self.energy,
            "advantage": self.energy.advantage(),
        })
    }

    /// For a reader.
    pub(super) fn print(&self) {
        let row = |name: &str, value: String| line(format!("  {name:<40} {value}"));
        let [mean, std, stderr] = self.heat;
        if let Some(q) = &self.few {
            row("samples", q.count.to_string());
            let cosine = if q.class_accuracy.is_some() {
                "mean cosine to the prototype asked for"
            } else {
                "mean |cosine| to the nearest prototype"
            };
            row(cosine, format!("{:.4} ± {:.4}", q.mean_cosine, q.mean_cosine_stderr));
            row("inverted", percent(q.inverted, None));
            row("samples of each prototype", format!("{:?}", q.class_counts));
            if let Some(accuracy) = q.class_accuracy {
                row("nearest to the prototype asked for", percent(accuracy, None));
            }
            row("spread within a class, over its mean", format!("{:.3}", q.diversity));
        }
        if let Some(q) = &self.many {
            row("samples", q.count.to_string());
            if let Some(accuracy) = q.class_accuracy {
                let own = percent(q.classifier_accuracy.cnn, None);
                row("of the class asked for", format!("{} (by a CNN right on {own})", percent(accuracy, None)));
            }
            row("samples of each class", format!("{:?}", q.class_counts));
            row("entropy of the class probabilities", format!("{:.3} nats", q.class_entropy));
            let two = |d: tasks::generative::PerNet| format!("{:.1} (CNN)  {:.1} (MLP)", d.cnn, d.mlp);
            row("Fréchet distance", two(q.frechet));
            row(&format!("  floor, {} held-out images", q.floor_images), two(q.frechet_floor));
            row("  class-conditional Bernoulli", two(q.frechet_bernoulli));
            row("  pooled Bernoulli", two(q.frechet_bernoulli_pooled));
            row("distance to the nearest training image", format!("{:.3}", q.nearest_train));
            row("  of held-out images", format!("{:.3}", q.nearest_real));
            row("spread within a class, over its mean", format!("{:.3}", q.diversity));
            row("  of test images", format!("{:.3}", q.diversity_real));
        }
        row("heat of a generation", format!("{mean:.0} ± {stderr:.0} kT (spread {std:.0})"));
        row("advantage over a digital denoiser", format!("{:.2e} (heat alone)", self.energy.advantage()));
    }
}
