//! Quality of samples where few images were learnt: each sample against its nearest prototype.

use super::{Samples, Shown};
use crate::mean_and_std;
use runs::PrototypeQuality;

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let (mut dot, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (f64::from(*x), f64::from(*y));
        dot += x * y;
        aa += x * x;
        bb += y * y;
    }
    dot / (aa * bb).sqrt().max(f64::MIN_POSITIVE)
}

/// Measures samples against the images that were learnt.
pub fn prototype_quality(samples: &Samples, shown: &Shown) -> PrototypeQuality {
    let n = samples.len();
    let rows: Vec<&[f32]> = samples.visible.chunks_exact(shown.pixels).collect();
    let mut nearest = Vec::with_capacity(n);
    let (mut cosines, mut absolute, mut inverted) = (Vec::with_capacity(n), 0.0, 0);
    for (i, row) in rows.iter().enumerate() {
        let all: Vec<f64> = (0..shown.len()).map(|k| cosine(row, shown.pattern(k))).collect();
        let best = (0..all.len()).max_by(|a, b| all[*a].abs().total_cmp(&all[*b].abs())).unwrap_or(0);
        nearest.push(best);
        absolute += all[best].abs();
        inverted += usize::from(all[best] < 0.0);
        cosines.push(samples.requested.as_ref().map_or(all[best].abs(), |asked| all[asked[i]]));
    }
    let count = n.max(1) as f64;
    let (mean_cosine, spread) = mean_and_std(&cosines);
    let mut class_counts = vec![0; shown.len()];
    nearest.iter().for_each(|k| class_counts[*k] += 1);
    PrototypeQuality {
        count: n,
        mean_cosine,
        mean_cosine_stderr: spread / count.sqrt(),
        mean_abs_cosine: absolute / count,
        inverted: inverted as f64 / count,
        class_counts,
        class_accuracy: samples
            .requested
            .as_ref()
            .map(|asked| asked.iter().zip(&nearest).filter(|(a, b)| a == b).count() as f64 / count),
        diversity: diversity(&rows, &nearest, shown.len()),
    }
}

/// Spread of rows within their classes, relative to the norm of the class mean.
pub(crate) fn diversity(rows: &[&[f32]], class: &[usize], classes: usize) -> f64 {
    let (mut sum, mut counted) = (0.0, 0);
    for wanted in 0..classes {
        let members: Vec<&[f32]> =
            rows.iter().zip(class).filter(|(_, c)| **c == wanted).map(|(row, _)| *row).collect();
        if members.len() < 2 {
            continue;
        }
        let n = members.len() as f64;
        let mut mean = vec![0.0; members[0].len()];
        members.iter().for_each(|row| mean.iter_mut().zip(*row).for_each(|(m, x)| *m += f64::from(*x) / n));
        let square: f64 = members
            .iter()
            .map(|row| row.iter().zip(&mean).map(|(x, m)| (f64::from(*x) - m).powi(2)).sum::<f64>())
            .sum::<f64>()
            / (n - 1.0);
        let norm = mean.iter().map(|m| m * m).sum::<f64>();
        sum += (square / norm.max(f64::MIN_POSITIVE)).sqrt();
        counted += 1;
    }
    sum / f64::from(counted.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_told_by_their_nearest_prototype_in_either_sign() {
        let shown = Shown { patterns: vec![1.0, 0.0, 0.0, 1.0], labels: vec![0, 1], pixels: 2, classes: 2 };
        let samples = Samples {
            visible: vec![3.0, 0.0, -2.0, 0.0, 0.6, 0.8],
            requested: Some(vec![0, 0, 0]),
            heat_kt: vec![1.0; 3],
            work_kt: Vec::new(),
        };
        let found = prototype_quality(&samples, &shown);
        assert_eq!(found.class_counts, [2, 1]);
        assert!((found.inverted - 1.0 / 3.0).abs() < 1e-12);
        assert!((found.mean_abs_cosine - 2.8 / 3.0).abs() < 1e-6);
        assert!((found.mean_cosine - 0.2).abs() < 1e-6);
        assert!((found.class_accuracy.unwrap_or(0.0) - 2.0 / 3.0).abs() < 1e-12);
    }
}
