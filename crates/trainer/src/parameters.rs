//! Files of parameters: text, JSON and safetensors, each read whole and checked before anything is made of it.

use anyhow::{Context, Result, bail, ensure};
use langevin::{Clock, Connectivity, LangevinBackend, Layout, ParameterValues};
use runs::Block;
use serde::{Deserialize, Serialize};
use tasks::{Job, counted};

/// What `export --format json` writes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exported {
    layout: Layout,
    connectivity: Connectivity,
    /// Lengths of the segments of a program in time, as fractions of the observation time; one if it does not change.
    #[serde(default, skip_serializing_if = "Clock::is_constant")]
    clock: Clock,
    j2: f64,
    j4: f64,
    blocks: Vec<Block>,
    /// The couplers that hardware needs. A coupling that was pruned is a zero among the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    couplers: Option<runs::Couplers>,
    values: Vec<f64>,
}

impl Exported {
    /// Of the computer of a job.
    pub(crate) fn of(job: &Job, parameters: &ParameterValues) -> Result<Self> {
        let shape = job.computer()?;
        let counts = counted(parameters, shape.clock.segments());
        Ok(Self {
            layout: shape.layout,
            connectivity: shape.connectivity,
            clock: shape.clock,
            j2: shape.j2,
            j4: shape.j4,
            couplers: counts.couplers,
            blocks: counts.blocks,
            values: parameters.values.clone(),
        })
    }
}

/// Numbers as text, the shortest that reads back as the same f32.
pub(crate) fn text(parameters: &ParameterValues) -> String {
    parameters.values.iter().map(|v| (*v as f32).to_string()).collect::<Vec<_>>().join("\n") + "\n"
}

/// The computer of a job with the parameters of a file.
pub(crate) fn read<B: LangevinBackend>(
    job: &Job,
    bytes: Vec<u8>,
    device: &B::Device,
) -> Result<langevin::Computer<B>> {
    let empty = job.computer()?.init::<B>(device);
    if is_safetensors(&bytes) {
        let found = learning::module_of_bytes(empty.clone(), bytes).map_err(anyhow::Error::msg)?;
        let used = empty.with_parameters(&found.parameters().values)?;
        let whole =
            |computer: &langevin::Computer<B>| learning::module_bytes(computer).map_err(anyhow::Error::msg);
        ensure!(
            whole(&found)? == whole(&used)?,
            "it holds couplings that this computer has not (outside its connectivity, or above the diagonal); choose its own \
             with --task or --set computer.connectivity=[…]"
        );
        return Ok(found);
    }
    let text = String::from_utf8(bytes).ok().context(
        "neither text nor a safetensors file; import takes whitespace-separated numbers, or what export wrote",
    )?;
    let text = text.trim_start_matches('\u{feff}').to_owned();
    let values = if text.trim_start().starts_with('{') {
        of_json(job, &text, &empty.parameters())?
    } else {
        of_text(&text)?
    };
    Ok(empty.with_parameters(&values)?)
}

/// A safetensors file begins with the length of its header, and the header with a brace.
fn is_safetensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else { return false };
    rest.first() == Some(&b'{') && u64::from_le_bytes(*length) <= rest.len() as u64
}

fn of_json(job: &Job, text: &str, blocks: &ParameterValues) -> Result<Vec<f64>> {
    let found: Exported = serde_json::from_str(text).context("not what export --format json writes")?;
    let shape = job.computer()?;
    let own = |layout: &Layout| {
        format!(
            "{} inputs (grid {:?}), {} visible, {} hidden and {} output units",
            layout.inputs, layout.input_grid, layout.visible, layout.hidden, layout.outputs
        )
    };
    ensure!(
        found.layout == shape.layout,
        "it has {}, but {} has {}; choose another with --task or --set",
        own(&found.layout),
        job.task(),
        own(&shape.layout)
    );
    ensure!(
        found.connectivity == shape.connectivity,
        "its connectivity is another than that of {}; use --set computer.connectivity=[…]",
        job.task()
    );
    let lengths = format!("{:?}", found.clock.lengths()).replace(' ', "");
    let equal = found.clock.lengths().iter().all(|length| (length - found.clock.lengths()[0]).abs() < 1e-9);
    let segments = found.clock.segments();
    let cure = if equal { format!("program.segments={segments}") } else { format!("program.lengths={lengths}") };
    ensure!(
        segments == shape.clock.segments(),
        "its program has {segments} segments, but {} has {}; use --set {cure}",
        job.task(),
        shape.clock.segments()
    );
    let apart = found.clock.lengths().iter().zip(shape.clock.lengths()).any(|(a, b)| (a - b).abs() > 1e-9);
    ensure!(!apart, "its segments have other lengths; use --set program.lengths={lengths}");
    for (name, theirs, ours) in [("j2", found.j2, shape.j2), ("j4", found.j4, shape.j4)] {
        let same = (theirs - ours).abs() <= 0.0;
        ensure!(
            same,
            "its {name} is {theirs}, but computer.{name} is {ours}; use --set computer.{name}={theirs:?}"
        );
    }
    ensure!(
        found.blocks == counted(blocks, segments).blocks,
        "its blocks are not those of {}, in their order; take what export wrote as it is",
        job.task()
    );
    for (index, value) in found.values.iter().enumerate() {
        finite(*value, || format!("values[{index}]"))?;
    }
    Ok(found.values)
}

/// Whitespace-separated numbers; an error gives the position.
fn of_text(text: &str) -> Result<Vec<f64>> {
    let mut values = Vec::new();
    for (line_number, text) in text.lines().enumerate() {
        for word in text.split_whitespace() {
            let position = || format!("number {} (line {})", values.len() + 1, line_number + 1);
            let Ok(value) = word.parse::<f64>() else {
                let start: String = word.chars().take(20).collect();
                let dots = if start.len() < word.len() { "…" } else { "" };
                let hint =
                    if word.contains([',', ';']) { "; separate the numbers by spaces or lines" } else { "" };
                bail!("{} is {start:?}{dots}, not a number{hint}", position());
            };
            finite(value, position)?;
            values.push(value);
        }
    }
    Ok(values)
}

/// Parameters are f32: what is beyond them would be infinite.
fn finite(value: f64, position: impl Fn() -> String) -> Result<()> {
    ensure!(
        (value as f32).is_finite(),
        "{} is {value:e}; every parameter must be finite as an f32 (up to 3.4e38)",
        position()
    );
    Ok(())
}
