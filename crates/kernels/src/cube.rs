//! Fused kernels for every CubeCL runtime (`f32`): a whole trajectory is one launch.
//!
//! A thread advances four units, one block of the noise, of a few replicas; their states and drives stay in registers.
//! The workgroup shares the states of its tile of replicas and, where they fit, the couplings; larger couplings are
//! streamed from global memory, each element used for all replicas of the thread.

#![expect(
    clippy::too_many_lines,
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_cast,
    reason = "a kernel is one function, and has its casts and references by CubeCL's conventions"
)]

use crate::noise::UNITS_PER_BLOCK;
use crate::{LangevinBackend, TrajectorySpec, reference};
use burn::tensor::backend::{Backend, DeviceOps};
use burn::tensor::ops::{FloatTensor, FloatTensorOps};
use burn::tensor::{DType, FloatDType, Shape, TensorMetadata};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{CubeBackend, CubeRuntime, FloatElement, IntElement, element::BoolElement};
use cubecl::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Thread count of a workgroup that tiles are packed up to.
const THREADS: usize = 256;

/// Widest vector of every runtime.
const WIDEST: usize = 4;

/// Threads that keep a device busy: with fewer, a thread takes fewer replicas.
const BUSY: usize = 4096;

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
        let shape = drive.shape();
        let (batch, units) = (shape[0], shape[1]);
        let single =
            [Some(&drive), Some(&start), couplings.as_ref()].into_iter().flatten().all(|t| t.dtype == DType::F32);
        let tiling = Tiling::new(&drive.client.properties().hardware, batch, units, couplings.is_some());
        match (tiling, run.wells.shared()) {
            (Some(tiling), Some(_)) if single => {
                let couplings = couplings.map(|couplings| into_contiguous(padded::<Self>(couplings, units)));
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

/// The couplings with zero columns up to a multiple of four units.
fn padded<B: Backend>(couplings: FloatTensor<B>, units: usize) -> FloatTensor<B> {
    let width = units.next_multiple_of(UNITS_PER_BLOCK);
    if width == units {
        return couplings;
    }
    let zeros = B::float_zeros(Shape::new([units, width]), &B::float_device(&couplings), FloatDType::F32);
    B::float_slice_assign(zeros, &[(0..units).into(), (0..units).into()], couplings)
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
        let rows = [8, 4, 2]
            .into_iter()
            .find(|rows| blocks * batch.div_ceil(*rows) >= BUSY && rows * row <= memory)
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
    let shape = drive.shape();
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
        output.clone().into_array_arg(),
        range.start as u32,
        range.end as u32,
        batch as u32,
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
    );
    output
}

/// Trajectories of a tile of `groups` × `rows` replicas. U is the four units of a block, R the width of the vectors that
/// the states of `rows` replicas are packed in.
#[cube(launch)]
fn trajectory<U: Size, R: Size>(
    couplings: &Tensor<Vector<f32, U>>,
    drive: &Array<f32>,
    start: &Array<f32>,
    replicas: &Array<u32>,
    record: &Array<u32>,
    output: &mut Array<f32>,
    from: u32,
    to: u32,
    batch: u32,
    two_j2: f32,
    four_j4: f32,
    rate: f32,
    amplitude: f32,
    key_low: u32,
    key_high: u32,
    #[comptime] units: usize,
    #[comptime] rows: usize,
    #[comptime] groups: usize,
    #[comptime] coupled: bool,
    #[comptime] resident: bool,
    #[comptime] noisy: bool,
) {
    let width = R::value().comptime();
    let vectors = comptime!(rows / width);
    let blocks = comptime!(units.div_ceil(4));
    let batch = batch as usize;
    let thread = UNIT_POS as usize;
    let block = thread % blocks;
    let group = thread / blocks;
    let first_unit = block * 4;
    let first_row = (CUBE_POS as usize * groups + group) * rows;

    // Couplings [units][blocks] and states [groups][4 blocks] of the workgroup.
    let mut shared = SharedMemory::<Vector<f32, U>>::new(comptime!(if resident { units * blocks } else { 1 }));
    let mut states =
        SharedMemory::<Vector<f32, R>>::new(comptime!(if coupled { groups * blocks * 4 * vectors } else { 1 }));
    let group_states = group * comptime!(blocks * 4 * vectors);
    if resident {
        for i in range_stepped(thread, comptime!(units * blocks), comptime!(groups * blocks)) {
            shared[i] = couplings[i];
        }
    }

    // Element [unit][row] of the thread is 4 units × R rows.
    let mut x = Array::<f32>::new(comptime!(4 * rows));
    let mut d = Array::<f32>::new(comptime!(4 * rows));
    let mut force = Array::<f32>::new(comptime!(4 * rows));
    let mut xi = Array::<f32>::new(comptime!(4 * rows));
    let mut low = Array::<u32>::new(rows);
    let mut high = Array::<u32>::new(rows);
    #[unroll]
    for r in 0..rows {
        // Rows past the end repeat the last one and are not written.
        let row = clamp_max(first_row + r, batch - 1);
        low[r] = replicas[row];
        high[r] = replicas[batch + row];
        #[unroll]
        for u in 0..4usize {
            let k = comptime!(u * rows + r);
            x[k] = 0.0f32;
            d[k] = 0.0f32;
            xi[k] = 0.0f32;
            if first_unit + u < units {
                let element = row * units + first_unit + u;
                x[k] = start[element];
                d[k] = drive[element];
            }
        }
    }
    if coupled {
        publish::<R>(&x, &mut states, group_states + first_unit * vectors, rows);
        sync_cube();
    }

    let mut next = 0usize;
    for step in from..to {
        if coupled {
            #[unroll]
            for k in 0..comptime!(4 * rows) {
                force[k] = 0.0f32;
            }
            for j in 0..units {
                let c = j * blocks + block;
                let weights = if resident { shared[c] } else { couplings[c] };
                #[unroll]
                for v in 0..vectors {
                    let state = states[group_states + j * vectors + v];
                    #[unroll]
                    for u in 0..4usize {
                        #[unroll]
                        for r in 0..width {
                            let k = comptime!(u * rows + v * width + r);
                            force[k] = force[k] + weights[u] * state[r];
                        }
                    }
                }
            }
            sync_cube();
        }
        if noisy {
            #[unroll]
            for r in 0..rows {
                normals(block as u32, step, low[r], high[r], key_low, key_high, &mut xi, r, rows);
            }
        }
        #[unroll]
        for k in 0..comptime!(4 * rows) {
            let own = x[k];
            let mut gradient = own * (own * own * four_j4 + two_j2) + d[k];
            if coupled {
                gradient += force[k];
            }
            let mut moved = own - gradient * rate;
            if noisy {
                moved += xi[k] * amplitude;
            }
            x[k] = moved;
        }
        if coupled {
            publish::<R>(&x, &mut states, group_states + first_unit * vectors, rows);
            sync_cube();
        }
        if record[next] == step + 1 {
            #[unroll]
            for r in 0..rows {
                if first_row + r < batch {
                    let first = (next * batch + first_row + r) * units + first_unit;
                    #[unroll]
                    for u in 0..4usize {
                        if first_unit + u < units {
                            output[first + u] = x[comptime!(u * rows + r)];
                        }
                    }
                }
            }
            next += 1;
        }
    }
}

#[cube]
fn clamp_max(value: usize, max: usize) -> usize {
    select(value < max, value, max)
}

/// Writes the four units of a thread, a vector of replicas each.
#[cube]
fn publish<R: Size>(
    x: &Array<f32>,
    states: &mut SharedMemory<Vector<f32, R>>,
    first: usize,
    #[comptime] rows: usize,
) {
    let width = R::value().comptime();
    #[unroll]
    for u in 0..4usize {
        #[unroll]
        for v in 0..comptime!(rows / width) {
            let mut state = Vector::<f32, R>::empty();
            #[unroll]
            for r in 0..width {
                state[r] = x[comptime!(u * rows + v * width + r)];
            }
            states[first + comptime!(u * (rows / width) + v)] = state;
        }
    }
}

/// The noise of block `block` of one replica, as [`crate::noise`] defines it, into elements `[unit][row]` of `xi`.
#[cube]
fn normals(
    block: u32,
    step: u32,
    low: u32,
    high: u32,
    key_low: u32,
    key_high: u32,
    xi: &mut Array<f32>,
    #[comptime] row: usize,
    #[comptime] rows: usize,
) {
    // Philox4x32-10, crate::philox.
    let mut c0 = block;
    let mut c1 = step;
    let mut c2 = low;
    let mut c3 = high;
    let mut k0 = key_low;
    let mut k1 = key_high;
    #[unroll]
    for _ in 0..10 {
        let high0 = c0.mul_hi(0xD251_1F53u32);
        let low0 = c0 * 0xD251_1F53u32;
        let high1 = c2.mul_hi(0xCD9E_8D57u32);
        let low1 = c2 * 0xCD9E_8D57u32;
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E37_79B9u32;
        k1 += 0xBB67_AE85u32;
    }
    pair(c0, c1, xi, row, rows);
    pair(c2, c3, xi, comptime!(2 * rows + row), rows);
}

/// Box and Muller, into elements `at` and `at + rows` of `xi`; the polynomials are those of [`crate::noise`], for
/// devices differ in the accuracy of their own functions.
#[cube]
fn pair(radius_word: u32, angle_word: u32, xi: &mut Array<f32>, #[comptime] at: usize, #[comptime] rows: usize) {
    // ln u
    let bits = f32::cast_from((radius_word >> 8) + 1).to_bits();
    let shifted = bits - 0x3f35_04f3u32;
    let exponent = f32::cast_from(shifted >> 23);
    let m = f32::from_bits((shifted & 0x007f_ffffu32) + 0x3f35_04f3u32) - 1.0;
    let z = m * m;
    let mut p = m * 7.037_683_6e-2f32 - 1.151_461e-1f32;
    p = p * m + 1.167_699_9e-1f32;
    p = p * m - 1.242_014_1e-1f32;
    p = p * m + 1.424_932_3e-1f32;
    p = p * m - 1.666_805_8e-1f32;
    p = p * m + 2.000_071_5e-1f32;
    p = p * m - 2.499_999_4e-1f32;
    p = p * m + 3.333_333e-1f32;
    let ln = (exponent - 24.0f32) * comptime!(std::f32::consts::LN_2) + (m * z * p - z * 0.5f32 + m);
    let radius = max(ln * -2.0f32, 0.0f32).sqrt();

    // Sine and cosine of v turns, reduced to an eighth of one.
    let turned = (angle_word >> 8) + comptime!(1u32 << 21);
    let quadrant = turned >> 22;
    let offset = i32::cast_from(turned & comptime!((1u32 << 22) - 1)) - comptime!(1i32 << 21);
    let a = f32::cast_from(offset) * comptime!(std::f32::consts::FRAC_PI_2 / (1u32 << 22) as f32);
    let z = a * a;
    let s = ((z * -1.951_529_6e-4f32 + 8.332_161e-3f32) * z - 1.666_665_5e-1f32) * z * a + a;
    let c = ((z * 2.443_315_7e-5f32 - 1.388_731_6e-3f32) * z + 4.166_664_6e-2f32) * z * z - z * 0.5f32 + 1.0f32;
    let swap = (quadrant & 1u32) == 1u32;
    let sin = select(swap, c, s);
    let cos = select(swap, s, c);
    let sin_sign = (quadrant & 2u32) << 30u32;
    let cos_sign = ((quadrant + 1u32) & 2u32) << 30u32;
    xi[at] = radius * f32::from_bits(cos.to_bits() ^ cos_sign);
    xi[comptime!(at + rows)] = radius * f32::from_bits(sin.to_bits() ^ sin_sign);
}
