//! Figures and the HTML report, from a run folder alone.
//!
//! [`write()`] reads what a run left behind (`summary.json`, `config.toml`, `metrics.jsonl`, `figures.json`)
//! and writes `report.html` beside it: one file that needs no network, no fonts and no script, and
//! follows the reader's light or dark scheme. A run without metrics or figures (an imported one) gets the
//! report without those sections, each with a sentence that says why.
//!
//! ```no_run
//! let page = report::write(std::path::Path::new("runs/mnist"))?;
//! # Ok::<(), report::ReportError>(())
//! ```
//!
//! Charts are inline SVG coloured by the page's CSS variables, so that one drawing serves both schemes;
//! pictures (digits, couplings) are PNG data URIs. A new section is one file in `section/` and one line in
//! [`render`].

mod error;
mod experiment;
mod figures;
mod metrics;
mod number;
mod page;
mod picture;
mod plot;
mod reading;
mod run;
mod scale;
mod section;
mod summary;

pub use error::ReportError;
pub use experiment::{Experiment, ExperimentRow, Spread};
pub use figures::{CouplingTiles, Figures, Generated, HeatHistogram, Trajectory};
pub use metrics::{ComputerPoint, Metrics, TeacherPoint};
pub use page::render;
pub use picture::image_grid;
pub use run::{Run, write};
pub use summary::{
    Acting, Block, Computer, Energy, Heat, Parameters, Seconds, Summary, Teacher, Test, Validation,
};
