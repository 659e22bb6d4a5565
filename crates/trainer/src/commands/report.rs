//! `trainer report RUN`

use crate::cli::ReportArgs;
use crate::output::line;
use anyhow::Result;

/// Writes the report again.
pub(crate) fn run(arguments: &ReportArgs) -> Result<()> {
    line(report::write(&arguments.run)?.display())
}
