//! `trainer check-gradients`
//!
//! Burn fixes the float type of a device at its first use in a process, so each (backend, float) pair is checked in a
//! process of its own: this command starts itself once for each.

use crate::backend::{BackendJob, BackendKind};
use crate::cli::CheckArgs;
use crate::output::{failure, json, print};
use anyhow::{Context, Result, bail};
use burn_autodiff::Autodiff;
use clap::ValueEnum;
use langevin::LangevinBackend;
use learning::gradient_check::{CheckOptions, GradientRow, check};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::process::{Command, ExitCode};

/// Largest relative errors allowed.
const F64_BOUND: f64 = 1e-9;
const F32_BOUND: f64 = 1e-4;

/// What the check prints as JSON.
#[derive(Serialize, Deserialize)]
struct Answer {
    rows: Vec<GradientRow>,
}

/// Checks; exit code 1 when an error exceeds its bound.
pub(crate) fn run(arguments: &CheckArgs) -> ExitCode {
    if !arguments.inject_error.is_finite() {
        return failure(&anyhow::anyhow!("--inject-error is {}, but must be finite", arguments.inject_error));
    }
    let rows = match &arguments.only {
        Some(only) => check_here(only, arguments.inject_error),
        None => check_all(arguments),
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => return failure(&error),
    };
    let answer = Answer { rows };
    let printed =
        if arguments.json || arguments.only.is_some() { json(&answer) } else { print(&table(&answer.rows)) };
    if let Err(error) = printed {
        return failure(&error);
    }
    if answer.rows.iter().all(GradientRow::passes) { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// Every backend of this build, `f64` first where there is one.
fn check_all(arguments: &CheckArgs) -> Result<Vec<GradientRow>> {
    let mut checks = Vec::new();
    for backend in BackendKind::value_variants() {
        #[cfg(feature = "ndarray")]
        if *backend == BackendKind::Ndarray {
            checks.push(format!("{backend}:f64"));
        }
        checks.push(format!("{backend}:f32"));
    }
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut rows = Vec::new();
    for only in checks {
        let output = Command::new(&program)
            .args(["check-gradients", "--only", &only, &format!("--inject-error={}", arguments.inject_error)])
            .output()
            .context("cannot start the check")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let answer: Answer = serde_json::from_str(text.trim()).with_context(|| {
            format!("the check of {only} failed: {}", String::from_utf8_lossy(&output.stderr).trim())
        })?;
        rows.extend(answer.rows);
    }
    Ok(rows)
}

/// One backend and float type, in this process.
fn check_here(only: &str, inject_error: f64) -> Result<Vec<GradientRow>> {
    let (backend, float) = only.split_once(':').context("--only: expected BACKEND:FLOAT")?;
    let kind = BackendKind::from_str(backend, false).map_err(anyhow::Error::msg)?;
    match float {
        #[cfg(feature = "ndarray")]
        "f64" if kind == BackendKind::Ndarray => {
            let options =
                CheckOptions { backend, float, bound: F64_BOUND, central_differences: true, inject_error };
            let device = burn_ndarray::NdArrayDevice::default();
            Ok(check::<Autodiff<burn_ndarray::NdArray<f64>>>(options, &device)?)
        }
        "f32" => match kind.open() {
            Ok(open) => open.run(CheckJob { backend, inject_error }),
            Err(why) => Ok(vec![GradientRow {
                backend: backend.to_owned(),
                float: float.to_owned(),
                action: "all".to_owned(),
                block: "all".to_owned(),
                comparison: "autodiff against analytic".to_owned(),
                error: None,
                bound: F32_BOUND,
                skipped: Some(format!("{why:#}")),
            }]),
        },
        _ => bail!("--only {only}: no such check"),
    }
}

struct CheckJob<'a> {
    backend: &'a str,
    inject_error: f64,
}

impl BackendJob for CheckJob<'_> {
    type Output = Vec<GradientRow>;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<Vec<GradientRow>> {
        let options = CheckOptions {
            backend: self.backend,
            float: "f32",
            bound: F32_BOUND,
            central_differences: false,
            inject_error: self.inject_error,
        };
        Ok(check::<Autodiff<B>>(options, device)?)
    }
}

fn table(rows: &[GradientRow]) -> String {
    let mut text = format!(
        "{:<8} {:<5} {:<21} {:<35} {:<36} {:>9} {:>9}",
        "backend", "float", "action", "block", "comparison", "error", "bound"
    );
    text.push('\n');
    for row in rows {
        let error = match (&row.skipped, row.error) {
            (Some(_), _) => "skipped".to_owned(),
            (None, Some(error)) => format!("{error:.1e}"),
            (None, None) => "none".to_owned(),
        };
        let verdict = match &row.skipped {
            Some(why) => format!("  {why}"),
            None if row.passes() => String::new(),
            None => "  EXCEEDED".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:<8} {:<5} {:<21} {:<35} {:<36} {:>9} {:>9.0e}{verdict}",
            row.backend, row.float, row.action, row.block, row.comparison, error, row.bound
        );
    }
    text
}
