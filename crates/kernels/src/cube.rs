//! Fused kernels for every CubeCL runtime (`f32`): a whole trajectory is one launch.
//!
//! A thread advances four units, one block of the noise, of a few replicas; their states and drives stay in registers.
//! The workgroup shares the states of its tile of replicas and, where they fit, the couplings; larger couplings are
//! streamed from global memory, each element used for all replicas of the thread.
#![expect(
    clippy::too_many_lines,
    clippy::fn_params_excessive_bools,
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_cast,
    reason = "a kernel is one function, and has its casts and references by CubeCL's conventions"
)]

mod kernel;

use crate::noise::UNITS_PER_BLOCK;
use crate::{LangevinBackend, TrajectorySpec, reference};
use burn::tensor::backend::{Backend, DeviceOps};
use burn::tensor::ops::{FloatTensor, FloatTensorOps};
use burn::tensor::{DType, FloatDType, Shape, TensorMetadata};
use burn_cubecl::element::BoolElement;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{CubeBackend, CubeRuntime, FloatElement, IntElement};
use cubecl::prelude::*;
use kernel::trajectory;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Thread count of a workgroup that tiles are packed up to.
const THREADS: usize = 256;

/// Widest vector of every runtime.
const WIDEST: usize = 4;

/// Threads that keep a device busy of which it is not known how many multiprocessors it has: with fewer, a thread takes fewer
/// replicas.
const BUSY: usize = 4096;

/// Threads of a multiprocessor that hide each other's waiting, of up to 2,048 (NVIDIA).
const BUSY_MULTIPROCESSOR: usize = 256;

impl<R, F, I, BT> LangevinBackend for CubeBackend<R, F, I, BT>
where
    R: CubeRuntime,
    R::Server: cubecl::server::ComputeServer,
    R::Device: DeviceOps,
    F: FloatElement,
    I: IntElement,
    BT: BoolElement,
{
    fn trajectories(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        start: FloatTensor<Self>,
        run: &TrajectorySpec,
    ) -> FloatTensor<Self> {
        let shape = start.shape();
        let (batch, units) = (shape[0], shape[1]);
        let single =
            [Some(&drive), Some(&start), couplings.as_ref()].into_iter().flatten().all(|t| t.dtype == DType::F32);
        let tiling = Tiling::new(&drive.client.properties().hardware, batch, units, couplings.is_some());
        match (tiling, run.wells.shared()) {
            (Some(tiling), Some(_)) if single => {
                let couplings =
                    couplings.map(|couplings| into_contiguous(padded::<Self>(couplings, units, run.segments())));
                let (drive, start) = (into_contiguous(drive), into_contiguous(start));
                let most = (MOST_ITERATIONS.load(Ordering::Relaxed) / units).max(1);
                if run.steps <= most {
                    return launch(couplings, drive, start, run, tiling, 0..run.steps);
                }
                let (mut x, mut recorded) = (start, Vec::new());
                for from in (0..run.steps).step_by(most) {
                    let to = (from + most).min(run.steps);
                    let states = launch(couplings.clone(), drive.clone(), x, run, tiling, from..to);
                    let count = states.shape()[0];
                    let part = |rows: std::ops::Range<usize>| {
                        Self::float_slice(states.clone(), &[rows.into(), (0..batch).into(), (0..units).into()])
                    };
                    x = into_contiguous(Self::float_reshape(part(count - 1..count), Shape::new([batch, units])));
                    // The end of a launch is not always one that is asked for.
                    let asked = count - usize::from(!run.record.contains(&to));
                    if asked > 0 {
                        recorded.push(part(0..asked));
                    }
                }
                Self::float_cat(recorded, 0)
            }
            _ => reference::trajectories::<Self>(couplings, drive, start, run),
        }
    }
}

/// Loop iterations that a device runs in one launch.
static MOST_ITERATIONS: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Tells that the device is Mesa's llvmpipe, which leaves every loop of a shader after 65,535 iterations in all, without an
/// error and with zeros for a result: longer trajectories (steps × units) then take several launches.
pub fn device_is_llvmpipe() {
    MOST_ITERATIONS.store(60_000, Ordering::Relaxed);
}

/// The couplings of all segments, one below the other, with zero columns up to a multiple of four units.
fn padded<B: Backend>(couplings: FloatTensor<B>, units: usize, segments: usize) -> FloatTensor<B> {
    let (rows, width) = (segments * units, units.next_multiple_of(UNITS_PER_BLOCK));
    let couplings = B::float_reshape(couplings, Shape::new([rows, units]));
    if width == units {
        return couplings;
    }
    let zeros = B::float_zeros(Shape::new([rows, width]), &B::float_device(&couplings), FloatDType::F32);
    B::float_slice_assign(zeros, &[(0..rows).into(), (0..units).into()], couplings)
}

/// How replicas are divided among threads and workgroups.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tiling {
    /// Replicas of a thread.
    rows: usize,
    /// Groups of `rows` replicas in a workgroup.
    groups: usize,
    /// Whether the couplings are in shared memory.
    resident: bool,
}

impl Tiling {
    /// None when the states of one replica do not fit a workgroup, or when there is nothing to do.
    fn new(hardware: &cubecl::ir::HardwareProperties, batch: usize, units: usize, coupled: bool) -> Option<Self> {
        let (memory, threads) =
            (hardware.max_shared_memory_size, hardware.max_units_per_cube.min(hardware.max_cube_dim.0) as usize);
        let blocks = units.div_ceil(UNITS_PER_BLOCK);
        if batch == 0 || units == 0 || blocks > threads {
            return None;
        }
        let word = size_of::<f32>();
        let row = if coupled { blocks * UNITS_PER_BLOCK * word } else { 0 };
        let busy = hardware.num_streaming_multiprocessors.map_or(BUSY, |n| BUSY_MULTIPROCESSOR * n as usize);
        let rows = [8, 4, 2]
            .into_iter()
            .find(|rows| blocks * batch.div_ceil(*rows) >= busy && rows * row <= memory)
            .unwrap_or(1);
        let left = memory.checked_sub(rows * row)?;
        let couplings = if coupled { units * blocks * UNITS_PER_BLOCK * word } else { 0 };
        let resident = coupled && couplings <= left;
        let left = if resident { left - couplings } else { left };
        // A tile also packs replicas of couplings that are streamed: they share the caches.
        let groups = (THREADS.min(threads) / blocks).clamp(1, batch.div_ceil(rows));
        let groups = if coupled { groups.min(1 + left / (rows * row)) } else { groups };
        Some(Self { rows, groups, resident })
    }
}

/// The steps `range` of a run, from its state before them: the recorded states among them, and the last one in any case.
fn launch<R: CubeRuntime>(
    couplings: Option<CubeTensor<R>>,
    drive: CubeTensor<R>,
    start: CubeTensor<R>,
    run: &TrajectorySpec,
    tiling: Tiling,
    range: std::ops::Range<usize>,
) -> CubeTensor<R> {
    let shape = start.shape();
    let (batch, units) = (shape[0], shape[1]);
    // The kernel knows one well for all units: others go by the reference.
    let well = run.wells.of(0);
    let (client, device) = (drive.client.clone(), drive.device.clone());
    let words = |values: &[u32]| {
        let handle = client.create_from_slice(u32::as_bytes(values));
        CubeTensor::new_contiguous(client.clone(), device.clone(), Shape::new([values.len()]), handle, DType::U32)
    };
    let asked = |step: &usize| run.record.contains(step) || (*step == range.end && range.end < run.steps);
    let mut record: Vec<u32> = (range.start + 1..=range.end).filter(asked).map(|s| s as u32).collect();
    let output = empty_device_contiguous_dtype(
        client.clone(),
        device.clone(),
        Shape::new([record.len(), batch, units]),
        DType::F32,
    );
    // No step is number 0: nothing is recorded after the last.
    record.push(0);
    // Nor is there a switch after the last.
    let first_segment = run.segment_of(range.start);
    let switches: Vec<u32> = run.switches[first_segment..].iter().map(|s| *s as u32).chain([0]).collect();
    let replicas: Vec<u32> =
        run.replicas.iter().map(|r| *r as u32).chain(run.replicas.iter().map(|r| (*r >> 32) as u32)).collect();
    let coupled = couplings.is_some();
    let couplings = couplings.unwrap_or_else(|| {
        let handle = client.create_from_slice(f32::as_bytes(&[0.0; UNITS_PER_BLOCK]));
        let shape = Shape::new([1, UNITS_PER_BLOCK]);
        CubeTensor::new_contiguous(client.clone(), device.clone(), shape, handle, DType::F32)
    });

    let cubes = batch.div_ceil(tiling.rows * tiling.groups) as u32;
    let columns = cubes.div_ceil(client.properties().hardware.max_cube_count.0);
    trajectory::launch(
        &client,
        CubeCount::Static(cubes.div_ceil(columns), columns, 1),
        CubeDim::new_1d((tiling.groups * units.div_ceil(UNITS_PER_BLOCK)) as u32),
        UNITS_PER_BLOCK,
        tiling.rows.min(WIDEST),
        couplings.into_tensor_arg(),
        drive.into_array_arg(),
        start.into_array_arg(),
        words(&replicas).into_array_arg(),
        words(&record).into_array_arg(),
        words(&switches).into_array_arg(),
        output.clone().into_array_arg(),
        range.start as u32,
        range.end as u32,
        batch as u32,
        first_segment as u32,
        (2.0 * well.j2) as f32,
        (4.0 * well.j4) as f32,
        run.rate as f32,
        run.amplitude as f32,
        run.seed as u32,
        (run.seed >> 32) as u32,
        units,
        tiling.rows,
        tiling.groups,
        coupled,
        tiling.resident,
        run.amplitude != 0.0,
        run.segments() > 1,
    );
    output
}
