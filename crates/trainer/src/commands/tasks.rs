//! `trainer tasks`

use crate::output::print;
use anyhow::Result;
use std::fmt::Write as _;

/// Lists the presets.
pub(crate) fn run() -> Result<()> {
    let mut text = String::new();
    for preset in tasks::PRESETS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<22} {}", preset.name, preset.summary);
    }
    print(&text)
}
