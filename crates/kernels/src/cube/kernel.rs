//! The kernel: a whole trajectory.

use cubecl::prelude::*;

/// Trajectories of a tile of `groups` × `rows` replicas. U is the four units of a block, R the width of the vectors that
/// the states of `rows` replicas are packed in. `couplings` and `drive` hold those of all segments of the program, one after the
/// other; the first step lies in segment `first_segment`, and `switches` are the steps at which the next ones begin.
#[cube(launch)]
pub(super) fn trajectory<U: Size, R: Size>(
    couplings: &Tensor<Vector<f32, U>>,
    drive: &Array<f32>,
    start: &Array<f32>,
    replicas: &Array<u32>,
    record: &Array<u32>,
    switches: &Array<u32>,
    output: &mut Array<f32>,
    from: u32,
    to: u32,
    batch: u32,
    first_segment: u32,
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
    #[comptime] segmented: bool,
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
    let mut segment = first_segment as usize;
    let mut couplings_of_segment = segment * comptime!(units * blocks);
    if resident {
        for i in range_stepped(thread, comptime!(units * blocks), comptime!(groups * blocks)) {
            shared[i] = couplings[couplings_of_segment + i];
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
                d[k] = drive[segment * batch * units + element];
            }
        }
    }
    if coupled {
        publish::<R>(&x, &mut states, group_states + first_unit * vectors, rows);
        sync_cube();
    }

    let mut next = 0usize;
    let mut next_switch = 0usize;
    for step in from..to {
        if coupled {
            #[unroll]
            for k in 0..comptime!(4 * rows) {
                force[k] = 0.0f32;
            }
            for j in 0..units {
                let c = j * blocks + block;
                let weights = if resident { shared[c] } else { couplings[couplings_of_segment + c] };
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
        if segmented {
            // Between two barriers: nobody reads the old couplings any more, nor the new ones yet.
            if switches[next_switch] == step + 1 {
                next_switch += 1;
                segment += 1;
                couplings_of_segment += comptime!(units * blocks);
                if resident {
                    for i in range_stepped(thread, comptime!(units * blocks), comptime!(groups * blocks)) {
                        shared[i] = couplings[couplings_of_segment + i];
                    }
                }
                #[unroll]
                for r in 0..rows {
                    let row = clamp_max(first_row + r, batch - 1);
                    #[unroll]
                    for u in 0..4usize {
                        if first_unit + u < units {
                            d[comptime!(u * rows + r)] = drive[(segment * batch + row) * units + first_unit + u];
                        }
                    }
                }
            }
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
