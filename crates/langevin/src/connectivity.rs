//! Which pairs of units are coupled, as data.

use crate::{LangevinError, Layout, UnitKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A block of couplings: all pairs between two kinds of unit (or within one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block(UnitKind, UnitKind);

impl Block {
    /// The block between two kinds, in either order.
    pub fn between(a: UnitKind, b: UnitKind) -> Self {
        if a <= b { Self(a, b) } else { Self(b, a) }
    }

    /// The two kinds, in the order of the unit index.
    pub fn kinds(self) -> (UnitKind, UnitKind) {
        (self.0, self.1)
    }

    /// Every block with a moving unit, in the order of the unit index.
    pub fn all() -> impl Iterator<Item = Self> {
        UnitKind::ALL.into_iter().flat_map(|a| {
            UnitKind::ALL.into_iter().filter(move |b| a <= *b && *b != UnitKind::Input).map(move |b| Self(a, b))
        })
    }

    /// Number of unordered pairs in this block.
    pub fn pairs(self, layout: &Layout) -> usize {
        let (n, m) = (layout.count(self.0), layout.count(self.1));
        if self.0 == self.1 { n * n.saturating_sub(1) / 2 } else { n * m }
    }

    /// Parses `input-hidden` and the like.
    ///
    /// # Errors
    /// [`LangevinError::UnknownBlock`] lists the known names.
    pub fn parse(name: &str) -> Result<Self, LangevinError> {
        Self::all()
            .find(|block| block.to_string() == name)
            .ok_or_else(|| LangevinError::UnknownBlock(name.to_owned()))
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0.name(), self.1.name())
    }
}

/// The set of coupled pairs: whole blocks, less the pairs that an optional mask forbids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Connectivity {
    blocks: BTreeSet<Block>,
    forbidden: BTreeSet<(UnitIndex, UnitIndex)>,
}

/// A unit by its kind and its index within the kind.
type UnitIndex = (UnitKind, usize);

impl Connectivity {
    /// The given blocks and no others.
    pub fn of(blocks: impl IntoIterator<Item = Block>) -> Self {
        Self { blocks: blocks.into_iter().collect(), forbidden: BTreeSet::new() }
    }

    /// Paper A: all-to-all among hidden and output units, and from the inputs to both.
    pub fn classifier() -> Self {
        use UnitKind::{Hidden, Input, Output};
        Self::of([
            Block(Input, Hidden),
            Block(Hidden, Hidden),
            Block(Hidden, Output),
            Block(Output, Output),
            Block(Input, Output),
        ])
    }

    /// Paper B: visible–hidden and hidden–hidden couplings, none between visible units.
    pub fn generator() -> Self {
        use UnitKind::{Hidden, Visible};
        Self::of([Block(Visible, Hidden), Block(Hidden, Hidden)])
    }

    /// The same without one block.
    #[must_use]
    pub fn without(mut self, block: Block) -> Self {
        self.blocks.remove(&block);
        self
    }

    /// Forbids single pairs, each unit given by its kind and its index within the kind.
    #[must_use]
    pub fn without_pairs(mut self, pairs: impl IntoIterator<Item = (UnitIndex, UnitIndex)>) -> Self {
        for (a, b) in pairs {
            self.forbidden.insert(if a <= b { (a, b) } else { (b, a) });
        }
        self
    }

    /// Whether a block is coupled.
    pub fn contains(&self, block: Block) -> bool {
        self.blocks.contains(&block)
    }

    /// Coupled pairs of a block in this layout, after the mask.
    pub fn pairs(&self, block: Block, layout: &Layout) -> usize {
        if !self.contains(block) {
            return 0;
        }
        let forbidden = self
            .forbidden
            .iter()
            .filter(|((ka, a), (kb, b))| {
                Block(*ka, *kb) == block
                    && *a < layout.count(*ka)
                    && *b < layout.count(*kb)
                    && !(ka == kb && a == b)
            })
            .count();
        block.pairs(layout) - forbidden
    }

    /// 1 where an input and a moving unit are coupled, 0 elsewhere: `[inputs, moving]`, row-major.
    pub fn input_mask(&self, layout: &Layout) -> Vec<f32> {
        let n = layout.moving();
        let mut mask = vec![0.0; layout.inputs * n];
        self.for_each_pair(layout, |(a, i), (b, j)| {
            if a == UnitKind::Input {
                mask[i * n + layout.range(b).start + j] = 1.0;
            }
        });
        mask
    }

    /// 1 below the diagonal where two moving units are coupled, 0 elsewhere: `[moving, moving]`, row-major.
    pub fn moving_mask(&self, layout: &Layout) -> Vec<f32> {
        let n = layout.moving();
        let mut mask = vec![0.0; n * n];
        self.for_each_pair(layout, |(a, i), (b, j)| {
            if a != UnitKind::Input {
                let (i, j) = (layout.range(a).start + i, layout.range(b).start + j);
                mask[i.max(j) * n + i.min(j)] = 1.0;
            }
        });
        mask
    }

    fn for_each_pair(&self, layout: &Layout, mut visit: impl FnMut(UnitIndex, UnitIndex)) {
        for block in &self.blocks {
            let (a, b) = block.kinds();
            for i in 0..layout.count(a) {
                // Within a kind each unordered pair once, lower index first.
                let start = if a == b { i + 1 } else { 0 };
                for j in start..layout.count(b) {
                    if !self.forbidden.contains(&((a, i), (b, j))) {
                        visit((a, i), (b, j));
                    }
                }
            }
        }
    }
}

impl TryFrom<Vec<String>> for Connectivity {
    type Error = LangevinError;

    fn try_from(names: Vec<String>) -> Result<Self, LangevinError> {
        names.iter().map(|name| Block::parse(name)).collect::<Result<Vec<_>, _>>().map(Self::of)
    }
}

impl From<Connectivity> for Vec<String> {
    fn from(connectivity: Connectivity) -> Self {
        connectivity.blocks.iter().map(Block::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use UnitKind::{Hidden, Input, Output};

    #[test]
    fn masks_have_the_pairs_that_are_counted() {
        let layout = Layout::classifier(5, 4, 3);
        let connectivity = Connectivity::classifier().without(Block::between(Output, Output)).without_pairs([
            ((Hidden, 0), (Output, 2)),
            ((Hidden, 3), (Hidden, 1)),
            ((Input, 4), (Hidden, 0)),
        ]);
        let count = |mask: Vec<f32>| mask.iter().filter(|m| **m > 0.5).count();
        assert_eq!(count(connectivity.input_mask(&layout)), 5 * 7 - 1);
        assert_eq!(count(connectivity.moving_mask(&layout)), 6 + 12 - 2);
        let counted: usize = Block::all().map(|b| connectivity.pairs(b, &layout)).sum();
        assert_eq!(counted, 5 * 7 - 1 + 6 + 12 - 2);
    }

    #[test]
    fn names_round_trip_and_unknown_ones_are_refused() {
        let names: Vec<String> = Connectivity::classifier().into();
        assert_eq!(Connectivity::try_from(names).as_ref(), Ok(&Connectivity::classifier()));
        assert!(matches!(
            Connectivity::try_from(vec!["input-hiden".to_owned()]),
            Err(LangevinError::UnknownBlock(name)) if name == "input-hiden"
        ));
    }
}
