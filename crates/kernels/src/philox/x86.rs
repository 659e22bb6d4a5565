//! The lanes of Philox with explicit vectors; a tenth faster on AVX-512 than what the compiler makes of them.

#![expect(clippy::needless_range_loop, reason = "an index over N registers is what the formulas have")]

use super::{Keys, MULTIPLIERS, ROUNDS, WEYL};
use std::arch::x86_64::{
    __m256i, __m512i, _mm256_blend_epi32, _mm256_loadu_si256, _mm256_mul_epu32, _mm256_set1_epi32,
    _mm256_shuffle_epi32, _mm256_storeu_si256, _mm256_xor_si256, _mm512_loadu_si512, _mm512_mask_shuffle_epi32,
    _mm512_mul_epu32, _mm512_set1_epi32, _mm512_shuffle_epi32, _mm512_srli_epi64, _mm512_storeu_si512,
    _mm512_ternarylogic_epi32, _mm512_xor_si512,
};

/// Exclusive or of three words.
const XOR3: i32 = 0x96;

/// High and low words of the products of 16 words.
#[inline]
#[target_feature(enable = "avx512f")]
fn product_avx512(a: __m512i, multiplier: __m512i) -> (__m512i, __m512i) {
    let even = _mm512_mul_epu32(a, multiplier);
    let odd = _mm512_mul_epu32(_mm512_shuffle_epi32(a, 0b11_11_01_01), multiplier);
    (
        _mm512_mask_shuffle_epi32(odd, 0x5555, even, 0b11_11_01_01),
        _mm512_mask_shuffle_epi32(even, 0xAAAA, odd, 0b10_10_00_00),
    )
}

/// Rounds 1 to 9 of N vectors side by side: with two, the products of one hide the latency of the other.
#[inline]
#[target_feature(enable = "avx512f")]
fn rounds_avx512<const N: usize>(mut c: [[__m512i; N]; 4], mut key: [u32; 2]) -> [[__m512i; N]; 4] {
    let multipliers = MULTIPLIERS.map(|m| _mm512_set1_epi32(m as i32));
    for _ in 1..ROUNDS {
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        let keys = key.map(|k| _mm512_set1_epi32(k as i32));
        for v in 0..N {
            let (high0, low0) = product_avx512(c[0][v], multipliers[0]);
            let (high1, low1) = product_avx512(c[2][v], multipliers[1]);
            c[0][v] = _mm512_ternarylogic_epi32(high1, c[1][v], keys[0], XOR3);
            c[2][v] = _mm512_ternarylogic_epi32(high0, c[3][v], keys[1], XOR3);
            c[1][v] = low1;
            c[3][v] = low0;
        }
    }
    c
}

/// N vectors from lane `first` on. The first two words are the same in all lanes: half of round 0 is one product.
#[inline]
#[target_feature(enable = "avx512f")]
fn vectors_avx512<const N: usize, const L: usize>(
    uniform: [u32; 2],
    low: &[u32; L],
    high: &[u32; L],
    key: [u32; 2],
    first: usize,
    out: &mut [[u32; L]; 4],
) {
    assert!(first + 16 * N <= L);
    let load = |word: &[u32; L], v: usize| {
        // SAFETY: first + 16 v + 16 ≤ L.
        unsafe { _mm512_loadu_si512(word.as_ptr().add(first + 16 * v).cast()) }
    };
    let product0 = u64::from(MULTIPLIERS[0]) * u64::from(uniform[0]);
    let multiplier1 = _mm512_set1_epi32(MULTIPLIERS[1] as i32);
    let second = _mm512_set1_epi32((uniform[1] ^ key[0]) as i32);
    let third = _mm512_set1_epi32(((product0 >> 32) as u32 ^ key[1]) as i32);
    let mut c = [[_mm512_set1_epi32(product0 as u32 as i32); N]; 4];
    for v in 0..N {
        let (high1, low1) = product_avx512(load(low, v), multiplier1);
        c[0][v] = _mm512_xor_si512(high1, second);
        c[1][v] = low1;
        c[2][v] = _mm512_xor_si512(load(high, v), third);
    }
    let c = rounds_avx512(c, key);
    for (c, word) in c.iter().zip(out) {
        for (v, c) in c.iter().enumerate() {
            // SAFETY: as the loads.
            unsafe {
                _mm512_storeu_si512(word.as_mut_ptr().add(first + 16 * v).cast(), *c);
            }
        }
    }
}

/// L must be a multiple of 16.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn lanes_avx512<const L: usize>(
    uniform: [u32; 2],
    low: &[u32; L],
    high: &[u32; L],
    key: [u32; 2],
) -> [[u32; L]; 4] {
    const { assert!(L.is_multiple_of(16)) };
    let mut out = [[0u32; L]; 4];
    for first in (0..L / 32 * 32).step_by(32) {
        vectors_avx512::<2, L>(uniform, low, high, key, first, &mut out);
    }
    if !L.is_multiple_of(32) {
        vectors_avx512::<1, L>(uniform, low, high, key, L - 16, &mut out);
    }
    out
}

/// Eight counters, each in the low half of its lane of 64 bits (the high halves hold anything), to be taken through the
/// rounds one at a time: between other instructions, which hide them.
#[derive(Clone, Copy)]
pub(crate) struct Eight512([__m512i; 4]);

impl Eight512 {
    /// After round 0. `low` and `high` are the last two words of 16 counters, of which those with the given `parity` are
    /// taken; the first two, `uniform`, are the same for all.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(crate) fn start(uniform: [u32; 2], low: __m512i, high: __m512i, parity: usize, keys: &Keys) -> Self {
        let product0 = u64::from(MULTIPLIERS[0]) * u64::from(uniform[0]);
        let [low, high] = [low, high].map(|w| if parity == 0 { w } else { _mm512_srli_epi64(w, 32) });
        let product1 = _mm512_mul_epu32(low, _mm512_set1_epi32(MULTIPLIERS[1] as i32));
        let first = _mm512_set1_epi32((uniform[1] ^ keys[0][0]) as i32);
        let third = _mm512_set1_epi32(((product0 >> 32) as u32 ^ keys[1][0]) as i32);
        Self([
            _mm512_xor_si512(_mm512_srli_epi64(product1, 32), first),
            product1,
            _mm512_xor_si512(high, third),
            _mm512_set1_epi32(product0 as u32 as i32),
        ])
    }

    /// Round `round`, after those before it.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(crate) fn round(&mut self, round: usize, keys: &Keys) {
        let Self(c) = self;
        let product0 = _mm512_mul_epu32(c[0], _mm512_set1_epi32(MULTIPLIERS[0] as i32));
        let product1 = _mm512_mul_epu32(c[2], _mm512_set1_epi32(MULTIPLIERS[1] as i32));
        let [key0, key1] = [0, 1].map(|w| _mm512_set1_epi32(keys[w][round] as i32));
        *c = [
            _mm512_ternarylogic_epi32(_mm512_srli_epi64(product1, 32), c[1], key0, XOR3),
            product1,
            _mm512_ternarylogic_epi32(_mm512_srli_epi64(product0, 32), c[3], key1, XOR3),
            product0,
        ];
    }

    /// The words of 16 counters, those in `self` the even ones, those in `odd` the odd ones.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(crate) fn merge(&self, odd: &Self) -> [__m512i; 4] {
        std::array::from_fn(|w| _mm512_mask_shuffle_epi32(self.0[w], 0xAAAA, odd.0[w], 0b10_10_00_00))
    }
}

/// High and low words of the products of 8 words.
#[inline]
#[target_feature(enable = "avx2")]
fn product_avx2(a: __m256i, multiplier: __m256i) -> (__m256i, __m256i) {
    let even = _mm256_mul_epu32(a, multiplier);
    let odd = _mm256_mul_epu32(_mm256_shuffle_epi32(a, 0b11_11_01_01), multiplier);
    (
        _mm256_blend_epi32(_mm256_shuffle_epi32(even, 0b11_11_01_01), odd, 0b1010_1010),
        _mm256_blend_epi32(even, _mm256_shuffle_epi32(odd, 0b10_10_00_00), 0b1010_1010),
    )
}

/// L must be a multiple of 8.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn lanes_avx2<const L: usize>(
    uniform: [u32; 2],
    low: &[u32; L],
    high: &[u32; L],
    key: [u32; 2],
) -> [[u32; L]; 4] {
    const { assert!(L.is_multiple_of(8)) };
    let multipliers = MULTIPLIERS.map(|m| _mm256_set1_epi32(m as i32));
    let mut out = [[0u32; L]; 4];
    for first in (0..L).step_by(8) {
        let mut key = key;
        let load = |word: &[u32; L]| {
            // SAFETY: first + 8 ≤ L.
            unsafe { _mm256_loadu_si256(word.as_ptr().add(first).cast()) }
        };
        let [first_word, second_word] = uniform.map(|w| _mm256_set1_epi32(w as i32));
        let mut c = [first_word, second_word, load(low), load(high)];
        for round in 0..ROUNDS {
            if round > 0 {
                key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
            }
            let keys = key.map(|k| _mm256_set1_epi32(k as i32));
            let (high0, low0) = product_avx2(c[0], multipliers[0]);
            let (high1, low1) = product_avx2(c[2], multipliers[1]);
            c = [
                _mm256_xor_si256(_mm256_xor_si256(high1, c[1]), keys[0]),
                low1,
                _mm256_xor_si256(_mm256_xor_si256(high0, c[3]), keys[1]),
                low0,
            ];
        }
        for (c, word) in c.iter().zip(&mut out) {
            // SAFETY: as the loads.
            unsafe {
                _mm256_storeu_si256(word.as_mut_ptr().add(first).cast(), *c);
            }
        }
    }
    out
}
