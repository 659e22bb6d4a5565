//! `trainer tasks`

use crate::output::line;
use anyhow::Result;

/// Lists the registry.
pub(crate) fn run() -> Result<()> {
    for task in tasks::registry() {
        line(format!("{:<18} {}", task.name, task.summary));
    }
    Ok(())
}
