//! What each hidden unit sees: its couplings to the inputs, laid out as an image.

use super::{absent, figure, section};
use crate::number::significant;
use crate::picture::diverging_sheet;
use maud::{Markup, html};
use runs::{ClassifiedFigures, Tiles};

const TITLE: &str = "Input-to-hidden couplings";

/// Colours saturate at this quantile of |J|, so that a few large couplings do not wash out the rest.
const SATURATION: f32 = 0.995;

/// The tiles, or why there are none.
pub(crate) fn draw(figures: &ClassifiedFigures) -> Markup {
    let couplings = &figures.coupling_tiles;
    if couplings.tiles.is_empty() {
        return absent("couplings", TITLE, "figures.json has no coupling tiles, so the couplings are not shown.");
    }
    let segments: Vec<&Tiles> = std::iter::once(couplings).chain(&figures.later_coupling_tiles).collect();
    let tiles = segments.iter().flat_map(|segment| &segment.tiles);
    let mut sizes: Vec<f32> = tiles.flatten().map(|value| value.abs()).filter(|size| size.is_finite()).collect();
    sizes.sort_by(f32::total_cmp);
    let largest = sizes.last().copied().unwrap_or(0.0);
    let quantile = sizes.get((SATURATION * sizes.len() as f32) as usize).copied().unwrap_or(largest);
    let scale = if quantile > 0.0 { quantile } else { largest.max(f32::MIN_POSITIVE) };

    let count = couplings.tiles.len();
    let (saturated, most) = (significant(f64::from(scale), 3), significant(f64::from(largest), 3));
    let sheet = |segment: &Tiles| diverging_sheet(&segment.tiles, segment.shape, columns(count), scale);
    let Some(sheets) = segments.iter().map(|segment| sheet(segment)).collect::<Option<Vec<_>>>() else {
        return absent(
            "couplings",
            TITLE,
            "The coupling tiles of figures.json have no pixels, so the couplings are not shown.",
        );
    };
    let [height, width] = couplings.shape;
    let drawing = html! {
        @for (segment, sheet) in sheets.iter().enumerate() {
            @if sheets.len() > 1 { h3 { "Segment " (segment + 1) } }
            img class="pixels sheet" src=(sheet.uri) alt={ (count) " tiles of couplings" } width=(sheet.width) height=(sheet.height)
                style={ "max-width:min(100%," (sheet.width * 6) "px)" };
        }
        div class="colour-bar" {
            span { "−" (saturated) }
            span class="ramp" {}
            span { "+" (saturated) }
        }
    };
    let caption = html! {
        "Couplings J from the " (height) " × " (width) " inputs to each of the " (count) " hidden units (no unit), one tile a unit, in reading order"
        @if sheets.len() > 1 { ", in each of the " (sheets.len()) " segments of the program" }
        ". "
        "All tiles share one symmetric scale, which saturates at |J| = " (saturated) " (the 99.5th percentile; the largest is " (most)
        "). Corresponds to the coupling tiles of Paper A (arXiv:2509.15324)."
    };
    section("couplings", TITLE, figure(drawing, caption))
}

/// A sheet about four times as wide as high, in a power of two of columns.
fn columns(tiles: usize) -> usize {
    [4, 8, 16].into_iter().find(|columns| columns * columns >= 4 * tiles).unwrap_or(32)
}
