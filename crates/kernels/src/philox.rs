//! Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw,
//! "Parallel random numbers: as easy as 1, 2, 3", SC'11.
//!
//! A counter-based generator has no state: the output is a keyed bijection of the counter, so any draw can be
//! computed anywhere, in any order, on any backend.

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
pub(crate) const ROUNDS: usize = 10;

/// Both words of the key of each round: apart, so that each is broadcast from memory.
pub(crate) type Keys = [[u32; ROUNDS]; 2];

/// The keys of each round under a key.
pub(crate) fn key_schedule(key: [u32; 2]) -> Keys {
    let word = |w: usize| std::array::from_fn(|round| key[w].wrapping_add(WEYL[w].wrapping_mul(round as u32)));
    [word(0), word(1)]
}

/// Philox4x32-10 of `L` counters under one key: word `w` of counter `l` is `counter[w][l]`.
///
/// The lanes are independent and the loops have fixed trip counts, so the compiler vectorises them.
#[inline(always)]
#[must_use]
pub fn philox4x32_lanes<const L: usize>(mut counter: [[u32; L]; 4], mut key: [u32; 2]) -> [[u32; L]; 4] {
    for round in 0..ROUNDS {
        if round > 0 {
            key[0] = key[0].wrapping_add(WEYL[0]);
            key[1] = key[1].wrapping_add(WEYL[1]);
        }
        let mut next = [[0u32; L]; 4];
        for l in 0..L {
            let p0 = u64::from(MULTIPLIERS[0]) * u64::from(counter[0][l]);
            let p1 = u64::from(MULTIPLIERS[1]) * u64::from(counter[2][l]);
            next[0][l] = (p1 >> 32) as u32 ^ counter[1][l] ^ key[0];
            next[1][l] = p1 as u32;
            next[2][l] = (p0 >> 32) as u32 ^ counter[3][l] ^ key[1];
            next[3][l] = p0 as u32;
        }
        counter = next;
    }
    counter
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

/// Philox4x32-10 of one counter.
#[must_use]
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    philox4x32_lanes(counter.map(|word| [word]), key).map(|lanes| lanes[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known-answer vectors of the authors' Random123 distribution (`kat_vectors`, philox4x32 10).
    #[test]
    fn known_answers() {
        assert_eq!(philox4x32([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox4x32([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn explicit_vectors_give_the_same_words() {
        let uniform = [0x9E37_79B9, 200];
        let low: [u32; 32] = std::array::from_fn(|l| (l as u32).wrapping_mul(0x85EB_CA6B));
        let high: [u32; 32] = std::array::from_fn(|l| (l as u32).wrapping_mul(0xC2B2_AE35));
        let key = [0x0123_4567, 0x89ab_cdef];
        let expected = philox4x32_lanes([[uniform[0]; 32], [uniform[1]; 32], low, high], key);
        if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the feature was detected.
            let found = unsafe { x86::lanes_avx512(uniform, &low, &high, key) };
            assert_eq!(found, expected);
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the feature was detected.
            let found = unsafe { x86::lanes_avx2(uniform, &low, &high, key) };
            assert_eq!(found, expected);
        }
    }
}
