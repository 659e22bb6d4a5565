//! An electronic circuit of the computer: how many transconductors it has.

use runs::Parameters;
use serde::Serialize;

/// The transconductors of an electronic circuit: each turns the voltage of one unit into a current of another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Transconductors {
    /// Number of them.
    pub couplers: f64,
    /// Current that each draws all the time, in amperes.
    pub bias_amperes: f64,
    /// Voltage of the supply.
    pub supply_volts: f64,
}

impl Transconductors {
    /// How many a computer needs: one for each coupling of a frozen input, which nothing acts on, and two, one each way, for each coupling
    /// of two moving units. Those that are zero in all segments need none, nor do blocks that do not act; the segments of a program share
    /// them. Of runs of earlier versions, which do not say what is zero, all couplings count.
    pub fn needed(parameters: &Parameters, segments: usize) -> usize {
        if let Some(couplers) = parameters.couplers {
            return couplers.with_inputs + 2 * couplers.among_units;
        }
        let of_block = |block: &runs::Block| {
            let name = block.name.rsplit(": ").next().unwrap_or_default();
            match (block.acting && name.ends_with("couplings"), name.starts_with("input-")) {
                (false, _) => 0,
                (true, true) => block.count,
                (true, false) => 2 * block.count,
            }
        };
        parameters.blocks.iter().map(of_block).sum::<usize>() / segments.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runs::Block;

    /// Paper A's computer: 50,176 + 7,840 couplings of inputs, and 2,016 + 640 + 45 of moving units, each way.
    #[test]
    fn paper_as_computer_needs_63_418() {
        let block = |segment: usize, name: &str, count, acting| Block {
            name: if segment == 0 { name.to_owned() } else { format!("segment {segment}: {name}") },
            count,
            acting,
        };
        let blocks = |segment: usize| {
            vec![
                block(segment, "input-input couplings", 1_568, false),
                block(segment, "input-hidden couplings", 50_176, true),
                block(segment, "hidden-hidden couplings", 2_016, true),
                block(segment, "hidden-output couplings", 640, true),
                block(segment, "output-output couplings", 45, true),
                block(segment, "input-output couplings", 7_840, true),
                block(segment, "hidden biases", 64, true),
            ]
        };
        let of = |blocks: Vec<Block>| Parameters { total: 0, acting: 0, couplers: None, blocks };
        assert_eq!(Transconductors::needed(&of(blocks(0)), 1), 63_418);
        let four = (1..=4).flat_map(blocks).collect();
        assert_eq!(Transconductors::needed(&of(four), 4), 63_418);
        let pruned = Some(runs::Couplers { with_inputs: 5_000, among_units: 700 });
        assert_eq!(Transconductors::needed(&Parameters { couplers: pruned, ..of(blocks(0)) }, 1), 6_400);
    }
}
