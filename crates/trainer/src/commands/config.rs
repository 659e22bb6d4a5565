//! `trainer config`: the configuration that a job resolves to.

use crate::cli::ShowConfigArgs;
use crate::job::asked_for;
use crate::output::print;
use anyhow::Result;
use tasks::annotated;

/// Prints it, a comment a key. What is printed is a configuration itself.
pub(crate) fn run(arguments: &ShowConfigArgs) -> Result<()> {
    print(&annotated(&asked_for(&arguments.config, arguments.seed)?.table()))
}
