//! The configuration the run resolved to.

use maud::{Markup, html};

use super::{absent, section};

const TITLE: &str = "Configuration";

/// The text of `config.toml`, folded away.
pub(crate) fn draw(config: Option<&str>) -> Markup {
    let Some(config) = config else {
        return absent("config", TITLE, "The run folder has no config.toml, so the configuration is not shown.");
    };
    section(
        "config",
        TITLE,
        html! {
            details {
                summary { "config.toml, as the run resolved it" }
                pre { code { (config) } }
            }
        },
    )
}
