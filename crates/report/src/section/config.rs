//! The configuration the run resolved to.

use super::section;
use maud::{Markup, html};

/// The text of `config.toml`, folded away.
pub(crate) fn draw(config: &str) -> Markup {
    section(
        "config",
        "Configuration",
        html! {
            details {
                summary { "config.toml, as the run resolved it" }
                pre { code { (config) } }
            }
        },
    )
}
