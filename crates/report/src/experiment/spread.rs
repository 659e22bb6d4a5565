//! A number measured over seeds.

/// Mean and standard error over seeds.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// Mean; not a number where nothing was measured.
    pub mean: f64,
    /// Standard error of the mean; not a number for fewer than two seeds.
    pub stderr: f64,
}

impl Spread {
    /// Of values, of which those that are not finite are left out.
    pub fn of(values: &[f64]) -> Self {
        let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
        Self { mean, stderr: if values.len() > 1 { (variance / n).sqrt() } else { f64::NAN } }
    }

    /// Both, times `scale`, with so many decimals.
    pub(super) fn show(self, scale: f64, digits: usize) -> String {
        let (mean, stderr) = (self.mean * scale, self.stderr * scale);
        match (mean.is_finite(), stderr.is_finite()) {
            (false, _) => "–".to_owned(),
            (true, false) => format!("{mean:.digits$}"),
            (true, true) => format!("{mean:.digits$} ± {stderr:.digits$}"),
        }
    }

    /// With three significant digits.
    pub(super) fn significant(self) -> String {
        if !self.mean.is_finite() {
            return "–".to_owned();
        }
        let digits = (2 - self.mean.abs().max(1e-9).log10().floor() as i64).clamp(0, 6) as usize;
        self.show(1.0, digits)
    }

    /// Where an error bar around the mean ends; both times the mean where there is none.
    pub(super) fn ends(self) -> [f64; 2] {
        let error = if self.stderr.is_finite() { self.stderr } else { 0.0 };
        [self.mean - error, self.mean + error]
    }
}
