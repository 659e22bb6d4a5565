//! Figures and the HTML report of a run or an experiment: drawing only.
//!
//! [`write()`] reads a run folder through [`runs`] and writes `report.html` into it: one file that needs no network, no
//! fonts and no script, and follows the reader's light or dark scheme. A run without figures or metrics (an imported
//! one) gets the report without those sections, each with a sentence that says why.
//!
//! ```no_run
//! let page = thermograd_report::write(std::path::Path::new("runs/mnist"))?;
//! # Ok::<(), runs::RunError>(())
//! ```
//!
//! Charts are inline SVG coloured by the page's CSS variables, so that one drawing serves both schemes;
//! pictures (digits, couplings) are PNG data URIs. A new section is one file in `section/` and one line in
//! `page.rs`.

mod circuit;
mod experiment;
mod histogram;
mod number;
mod page;
mod picture;
mod plot;
mod robustness;
mod scale;
mod section;
mod text;
mod ticks;
mod words;

pub use circuit::draw as circuit;
pub use experiment::{Experiment, ExperimentRow, Spread};
pub use page::{render, write};
pub use picture::image_grid;
pub use robustness::{render_robustness, robustness_text};
