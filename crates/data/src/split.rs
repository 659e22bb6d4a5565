//! The stratified split: each class is divided in the same proportion, by a seed and nothing else.

/// Indices of two parts of the labelled items: the rest, ascending, and `fraction` of each class, in random order.
pub(super) fn stratified(labels: &[u8], fraction: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut random = SplitMix64(seed);
    let (mut rest, mut taken) = (Vec::new(), Vec::new());
    for class in 0..=u8::MAX {
        let mut members: Vec<usize> = (0..labels.len()).filter(|i| labels[*i] == class).collect();
        random.shuffle(&mut members);
        let count = (members.len() as f64 * fraction).round() as usize;
        rest.extend(members.split_off(count.min(members.len())));
        taken.append(&mut members);
    }
    rest.sort_unstable();
    random.shuffle(&mut taken);
    (rest, taken)
}

/// `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014): its 64-bit state is the seed.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; the bias of the multiplication is below `bound` / 2⁶⁴.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Fisher–Yates.
    fn shuffle(&mut self, items: &mut [usize]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1,000 labels of unequal classes: 0 once, the others in a cycle of 7.
    fn labels() -> Vec<u8> {
        (0..1000u32).map(|i| if i == 0 { 0 } else { 1 + (i % 7) as u8 }).collect()
    }

    #[test]
    fn the_generator_gives_the_published_numbers() {
        let mut random = SplitMix64(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn the_parts_are_disjoint_and_complete() {
        let (rest, taken) = stratified(&labels(), 0.2, 5);
        let mut all = [rest, taken].concat();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn each_class_gives_its_share() {
        let labels = labels();
        let (rest, taken) = stratified(&labels, 0.2, 5);
        for class in 0..=7 {
            let [left, share] = [&rest, &taken].map(|part| part.iter().filter(|i| labels[**i] == class).count());
            let expected = ((left + share) as f64 * 0.2).round() as usize;
            assert_eq!(share, expected, "class {class}");
        }
    }

    #[test]
    fn the_seed_alone_decides() {
        let labels = labels();
        assert_eq!(stratified(&labels, 0.2, 5), stratified(&labels, 0.2, 5));
        let [mut five, mut six] = [5, 6].map(|seed| stratified(&labels, 0.2, seed).1);
        five.sort_unstable();
        six.sort_unstable();
        assert_ne!(five, six);
    }

    #[test]
    fn the_first_of_the_part_taken_are_a_mixture_of_classes() {
        let labels: Vec<u8> = (0..1000).map(|i| u8::from(i >= 500)).collect();
        let (rest, taken) = stratified(&labels, 0.2, 1);
        assert!(rest.is_sorted());
        // A fair shuffle puts all of the first 50 in one class once in 10¹⁸ seeds.
        let ones = taken[..50].iter().filter(|i| labels[**i] == 1).count();
        assert!((1..50).contains(&ones), "{ones} of 50");
    }

    #[test]
    fn nothing_or_everything_can_be_taken() {
        assert_eq!(stratified(&[1, 1, 2], 0.0, 1), (vec![0, 1, 2], vec![]));
        assert_eq!(stratified(&[1, 1, 2], 1.0, 1).1.len(), 3);
    }
}
