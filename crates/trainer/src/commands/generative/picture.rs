//! The data behind a generative report's pictures.

use super::Prepared;
use super::measure::{Measured, generation};
use anyhow::Result;
use langevin::{LangevinBackend, Potential, UnitKind};
use serde_json::{Value, json};
use tasks::generative::{GenerativeJob, Generator};

/// Frames of a filmstrip.
const FRAMES: usize = 11;
/// Noising and denoising trajectories shown.
const STRIPS: usize = 3;
/// End states shown.
const ENDS: usize = 25;
/// Receptive fields shown.
const FIELDS: usize = 16;
/// Generations whose energy is followed.
const FOLLOWED: usize = 50;

/// `figures.json` of a generative run: filmstrips, end states, receptive fields, energy against time, heat.
pub(super) fn figures<B: LangevinBackend>(
    generator: &Generator<B>,
    prepared: &Prepared,
    measured: &Measured,
    device: &B::Device,
) -> Result<Value> {
    let (config, pixels) = (&prepared.config, prepared.shown.pixels);
    let job = GenerativeJob { config, shown: &prepared.shown };
    let langevin = config.langevin()?;
    let every = (langevin.steps / (FRAMES - 1)).max(1);
    let mut noising = Vec::new();
    if prepared.few() {
        let images: Vec<usize> = (0..STRIPS).map(|i| i % prepared.shown.len()).collect();
        let states = job.noising::<B>(device)?.noised(&images, 0, every)?;
        let [frames, batch, units] = states.dims();
        let values: Vec<f32> = states.into_data().iter::<f32>().collect();
        for row in 0..batch {
            let frame = |t: usize| &values[(t * batch + row) * units..][..pixels];
            noising.push((0..frames).map(|t| generator.read_pixels(frame(t))).collect::<Vec<_>>());
        }
    }
    let how = generation::<B>(prepared, config.seed, device)?;
    let ids: Vec<usize> = (0..FOLLOWED.min(measured.samples.len())).collect();
    let (landscape, trajectory) = generator.record(&how, &ids, every)?;
    let [frames, batch, units] = trajectory.states.dims();
    let kt = config.kt;
    let mut energy: Vec<Vec<f64>> = Vec::new();
    for t in 0..frames {
        let state = trajectory.states.clone().narrow(0, t, 1).squeeze_dim::<2>(0);
        energy.push(landscape.energy(state).into_data().iter::<f64>().map(|v| v / kt).collect());
    }
    let values: Vec<f32> = trajectory.states.into_data().iter::<f32>().collect();
    let denoising: Vec<Vec<Vec<f32>>> = (0..STRIPS.min(batch))
        .map(|row| {
            (0..frames).map(|t| generator.read_pixels(&values[(t * batch + row) * units..][..pixels])).collect()
        })
        .collect();
    let couplings: Vec<f32> = generator.computer.symmetric_couplings().into_data().iter::<f32>().collect();
    let hidden = generator.computer.layout().range(UnitKind::Hidden);
    let fields: Vec<Vec<f32>> =
        hidden.take(FIELDS).map(|j| couplings[j * units..j * units + pixels].to_vec()).collect();
    let ends: Vec<Vec<f32>> = measured
        .pixels
        .chunks_exact(pixels)
        .take(if prepared.few() { ENDS } else { 100 })
        .map(<[f32]>::to_vec)
        .collect();
    let times: Vec<f64> = trajectory.steps.iter().map(|s| *s as f64 * langevin.dynamics.time_step).collect();
    Ok(json!({
        "image_shape": prepared.task.image_shape(),
        "generated": {
            "noising": noising,
            "denoising": denoising,
            "ends": ends,
            "receptive_fields": fields,
            "times": times,
            "energy_kt": energy,
            "heat_kt": measured.samples.heat_kt,
        },
    }))
}
