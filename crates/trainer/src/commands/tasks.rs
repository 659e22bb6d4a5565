//! `trainer tasks`

use crate::output::line;

/// Lists the registry.
pub(crate) fn run() {
    for task in tasks::registry() {
        line(format!("{:<22} {}", task.name, task.summary));
    }
}
