//! Words to normals: Box and Muller with polynomials, the same operations in every lane.

use super::Generator;

/// The noise of units 4 `block` .. 4 `block` + 3 at `step`, a row of lanes a unit; lane l is the replica
/// `low[l] + 2³² high[l]`.
#[inline(always)]
pub(crate) fn lane_normals<G: Generator, const L: usize>(
    key: [u32; 2],
    block: u32,
    step: u32,
    low: &[u32; L],
    high: &[u32; L],
) -> [[f32; L]; 4] {
    normals_of::<G, L>(&G::words([block, step], low, high, key))
}

/// Box and Muller on the four words of each lane.
#[inline(always)]
pub(crate) fn normals_of<G: Generator, const L: usize>(words: &[[u32; L]; 4]) -> [[f32; L]; 4] {
    let mut normals = [[0f32; L]; 4];
    for pair in 0..2 {
        let (mut even, mut odd) = ([0f32; L], [0f32; L]);
        for l in 0..L {
            let radius = (-2.0 * ln_uniform::<G>(words[2 * pair][l] >> 8)).max(0.0).sqrt();
            let (sin, cos) = sin_cos_turn::<G>(words[2 * pair + 1][l] >> 8);
            even[l] = radius * cos;
            odd[l] = radius * sin;
        }
        normals[2 * pair] = even;
        normals[2 * pair + 1] = odd;
    }
    normals
}

/// ln((n + 1) / 2²⁴) for n < 2²⁴, by the `f32` polynomial of the Cephes library (relative error below 2⁻²³).
#[inline(always)]
fn ln_uniform<G: Generator>(n: u32) -> f32 {
    // n + 1 ≤ 2²⁴ is exact in f32; its exponent and mantissa are read from the bits.
    let u = (n + 1) as i32 as f32;
    let bits = u.to_bits();
    // Mantissa in [√½, √2): the offset moves the split of the binades to √½.
    let shifted = bits.wrapping_sub(0x3f35_04f3);
    let exponent = ((shifted as i32) >> 23) as f32;
    let m = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
    let z = m * m;
    let p = polynomial::<G, 9>(
        m,
        [
            7.037_683_6e-2,
            -1.151_461e-1,
            1.167_699_9e-1,
            -1.242_014_1e-1,
            1.424_932_3e-1,
            -1.666_805_8e-1,
            2.000_071_5e-1,
            -2.499_999_4e-1,
            3.333_333e-1,
        ],
    );
    let series = multiply_add::<G>(m * z, p, multiply_add::<G>(z, -0.5, m));
    multiply_add::<G>(exponent - 24.0, std::f32::consts::LN_2, series)
}

/// a b + c, rounded once where the processor can.
#[inline(always)]
pub(crate) fn multiply_add<G: Generator>(a: f32, b: f32, c: f32) -> f32 {
    if G::FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Horner's scheme, the highest power first.
#[inline(always)]
fn polynomial<G: Generator, const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut p = coefficients[0];
    for c in &coefficients[1..] {
        p = multiply_add::<G>(p, x, *c);
    }
    p
}

/// (sin, cos) of 2π n / 2²⁴ for n < 2²⁴: exact reduction to an eighth of a turn, then Cephes' `f32` polynomials.
#[inline(always)]
fn sin_cos_turn<G: Generator>(n: u32) -> (f32, f32) {
    const QUARTER: u32 = 1 << 22;
    let shifted = n + QUARTER / 2;
    let quadrant = shifted >> 22;
    let offset = (shifted & (QUARTER - 1)) as i32 - (QUARTER / 2) as i32;
    // |a| ≤ π/4
    let a = offset as f32 * (std::f32::consts::FRAC_PI_2 / QUARTER as f32);
    let z = a * a;
    let p = polynomial::<G, 3>(z, [-1.951_529_6e-4, 8.332_161e-3, -1.666_665_5e-1]);
    let sin = multiply_add::<G>(p * z, a, a);
    let p = polynomial::<G, 3>(z, [2.443_315_7e-5, -1.388_731_6e-3, 4.166_664_6e-2]);
    let cos = multiply_add::<G>(p * z, z, multiply_add::<G>(z, -0.5, 1.0));
    let swap = quadrant & 1 == 1;
    let (s, c) = if swap { (cos, sin) } else { (sin, cos) };
    // Signs by quadrant: sin + + − −, cos + − − +.
    let sin_sign = (quadrant & 2) << 30;
    let cos_sign = ((quadrant + 1) & 2) << 30;
    (f32::from_bits(s.to_bits() ^ sin_sign), f32::from_bits(c.to_bits() ^ cos_sign))
}
