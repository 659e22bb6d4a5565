//! Arguments of `trainer robustness`.

use super::{BackendArgs, DataArgs, positive, seed};
use clap::Args;
use runs::Axis;
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
pub(crate) struct RobustnessArgs {
    /// Run folder
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) backend: BackendArgs,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// Seed of the noise and of the devices [default: the run's]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(crate) seed: Option<u64>,
    /// Devices of each level (where the level alone says what a device is: seeds of the noise)
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = positive)]
    pub(crate) devices: usize,
    /// Test images, evenly spaced in the test set; of a generator, samples [default: 2000, or all there are; of a generator 1000]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) images: Option<usize>,
    /// Axes to measure, of bits, density, mismatch, offset, kt, clock, stuck, input-noise [default: all that the run has]
    #[arg(long, value_name = "AXIS,AXIS", value_delimiter = ',', value_parser = axis)]
    pub(crate) only: Vec<Axis>,
    /// Levels of an axis in place of its own, once an axis: --levels clock=-0.1,0.1 --levels stuck=1,32
    #[arg(long, value_name = "AXIS=LEVEL,LEVEL", value_parser = levels)]
    pub(crate) levels: Vec<(Axis, Vec<f64>)>,
    /// State that stuck units are held at
    #[arg(long, value_name = "X", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(crate) stuck_at: f64,
    /// Page to write; every number goes beside it, as .json [default: robustness.html in the run folder]
    #[arg(long, value_name = "FILE.html")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

fn axis(name: &str) -> Result<Axis, String> {
    name.trim().parse()
}

fn levels(text: &str) -> Result<(Axis, Vec<f64>), String> {
    let (name, list) = text.split_once('=').ok_or("give an axis and its levels, such as kt=0.5,2")?;
    let number = |level: &str| level.trim().parse::<f64>().map_err(|_| format!("{level:?} is not a number"));
    Ok((axis(name)?, list.split(',').map(number).collect::<Result<_, _>>()?))
}
