//! The arrays behind a generative report's pictures.

use super::{GenerativeJob, Generator, Measured, Shown};
use crate::{Generate, TaskError};
use data::Divided;
use langevin::{Computer, LangevinBackend, Potential, UnitKind};
use runs::{GeneratedFigures, Histogram};

/// Frames of a filmstrip.
const FRAMES: usize = 11;
/// Noising and denoising trajectories shown.
const STRIPS: usize = 3;
/// End states shown where few images were learnt.
const FEW_ENDS: usize = 25;
/// End states shown where many images were learnt.
const MANY_ENDS: usize = 100;
/// Receptive fields shown.
const FIELDS: usize = 16;
/// Generations whose energy is followed.
const FOLLOWED: usize = 50;
/// Bars of the heat histogram.
const BARS: usize = 40;

/// Filmstrips, end states, receptive fields, energy against time, heat. The generations are run once more, with the same noise, and
/// recorded.
pub(super) fn figures<B: LangevinBackend>(
    job: &Generate,
    generator: &Generator<B>,
    data: &Divided,
    measured: &Measured,
    device: &B::Device,
) -> Result<GeneratedFigures, TaskError> {
    let shown = Shown::of(job, data);
    let simulation = job.dynamics.simulation();
    let pixels = shown.pixels;
    let every = (simulation.steps / (FRAMES - 1)).max(1);
    let mut noising = Vec::new();
    if job.few() {
        let images: Vec<usize> = (0..STRIPS).map(|i| i % shown.len()).collect();
        let states = GenerativeJob { job, shown: &shown }.noising::<B>(device).noised(&images, 0, every)?;
        let [frames, batch, units] = states.dims();
        let values: Vec<f32> = states.into_data().iter::<f32>().collect();
        noising.extend((0..batch).map(|row| strip(generator, &values, [frames, batch, units], row, pixels)));
    }
    let how = job.generation::<B>(&shown, job.seed, device);
    let ids: Vec<usize> = (0..FOLLOWED.min(measured.samples.len())).collect();
    let (protocol, trajectory) = generator.record(&how, &ids, every)?;
    let [frames, batch, units] = trajectory.states.dims();
    let unit = simulation.dynamics.bath.heat_unit();
    let mut energy_kt: Vec<Vec<f64>> = Vec::new();
    for (t, step) in trajectory.steps.iter().enumerate() {
        let landscape = protocol.at(*step, simulation.steps)?;
        let state = trajectory.states.clone().narrow(0, t, 1).squeeze_dim::<2>(0);
        energy_kt.push(landscape.energy(state).into_data().iter::<f64>().map(|v| v / unit).collect());
    }
    let values: Vec<f32> = trajectory.states.into_data().iter::<f32>().collect();
    let denoising =
        (0..STRIPS.min(batch)).map(|row| strip(generator, &values, [frames, batch, units], row, pixels)).collect();
    let computer = &generator.computer;
    let fields = |program: &Computer<B>| -> Vec<Vec<f32>> {
        let couplings: Vec<f32> = program.symmetric_couplings().into_data().iter::<f32>().collect();
        let hidden = computer.layout().range(UnitKind::Hidden).take(FIELDS);
        hidden.map(|j| couplings[j * units..j * units + pixels].to_vec()).collect()
    };
    let time = |step: &usize| *step as f64 * simulation.dynamics.time_step;
    let ends = if job.few() { FEW_ENDS } else { MANY_ENDS };
    Ok(GeneratedFigures {
        image_shape: [data.train.rows, data.train.columns],
        noising,
        denoising,
        ends: measured.pixels.chunks_exact(pixels).take(ends).map(<[f32]>::to_vec).collect(),
        receptive_fields: fields(computer),
        later_receptive_fields: computer.programs()[1..].iter().map(fields).collect(),
        switch_times: computer.clock().switches(simulation.steps)?.iter().map(time).collect(),
        times: trajectory.steps.iter().map(time).collect(),
        energy_kt,
        heat_histogram: Histogram::of(&measured.samples.heat_kt, BARS),
    })
}

/// One trajectory as images.
fn strip<B: LangevinBackend>(
    generator: &Generator<B>,
    values: &[f32],
    [frames, batch, units]: [usize; 3],
    row: usize,
    pixels: usize,
) -> Vec<Vec<f32>> {
    (0..frames).map(|t| generator.read_pixels(&values[(t * batch + row) * units..][..pixels])).collect()
}
