//! Numbers as pixels: PNG data URIs of images and of couplings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Colours of the two signs, of the palette of Okabe and Ito that colour-blind readers can tell apart.
const POSITIVE: [u8; 3] = [0xd5, 0x5e, 0x00];
const NEGATIVE: [u8; 3] = [0x00, 0x72, 0xb2];
/// What lies between tiles: a grey that shows on a light and on a dark page.
const GAP: [u8; 4] = [0x80, 0x80, 0x80, 0x60];

/// An image of grey values 0 (black) to 1 (white), in row-major order.
pub(crate) fn grey(pixels: &[f32], width: usize) -> Option<String> {
    let bytes: Vec<u8> = pixels.iter().map(|value| level(*value)).collect();
    data_uri(&bytes, width, png::ColorType::Grayscale)
}

/// Tiles side by side in a sheet of `columns`, one grey pixel between them. A number's sign is its
/// colour, and its size against `scale` its opacity: zero lets the page through, whatever its scheme.
pub(crate) fn diverging_sheet(tiles: &[Vec<f32>], shape: [usize; 2], columns: usize, scale: f32) -> Option<Sheet> {
    let [height, width] = shape;
    let rows = tiles.len().div_ceil(columns.max(1));
    let sheet_width = columns * (width + 1) - 1;
    let sheet_height = (rows * (height + 1)).checked_sub(1)?;
    let mut bytes = GAP.repeat(sheet_width * sheet_height);
    for (index, tile) in tiles.iter().enumerate() {
        let (top, left) = ((index / columns) * (height + 1), (index % columns) * (width + 1));
        for (place, value) in tile.iter().enumerate() {
            let at = ((top + place / width) * sheet_width + left + place % width) * 4;
            bytes[at..at + 4].copy_from_slice(&diverging(value / scale));
        }
    }
    let uri = data_uri(&bytes, sheet_width, png::ColorType::Rgba)?;
    Some(Sheet { uri, width: sheet_width, height: sheet_height })
}

/// Grey images side by side in a sheet of `columns`, one pixel between them.
pub(crate) fn grey_sheet(images: &[Vec<f32>], shape: [usize; 2], columns: usize) -> Option<Sheet> {
    let [height, width] = shape;
    let rows = images.len().div_ceil(columns.max(1));
    let sheet_width = (columns * (width + 1)).checked_sub(1)?;
    let sheet_height = (rows * (height + 1)).checked_sub(1)?;
    let mut bytes = vec![GAP[0]; sheet_width * sheet_height];
    for (index, image) in images.iter().enumerate() {
        let (top, left) = ((index / columns) * (height + 1), (index % columns) * (width + 1));
        for (place, value) in image.iter().enumerate() {
            bytes[(top + place / width) * sheet_width + left + place % width] = level(*value);
        }
    }
    let uri = data_uri(&bytes, sheet_width, png::ColorType::Grayscale)?;
    Some(Sheet { uri, width: sheet_width, height: sheet_height })
}

/// A picture and its size in pixels.
pub(crate) struct Sheet {
    /// The data URI.
    pub(crate) uri: String,
    /// Pixels across.
    pub(crate) width: usize,
    /// Pixels down.
    pub(crate) height: usize,
}

fn diverging(value: f32) -> [u8; 4] {
    let [red, green, blue] = if value < 0.0 { NEGATIVE } else { POSITIVE };
    [red, green, blue, level(value.abs())]
}

/// 0 to 1 as a byte; what is not finite is 0.
fn level(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// Images of grey values 0 (black) to 1 (white) as one PNG file, about as many in a row as in a column; `None` if there are none.
///
/// # Shapes
/// each `[rows × columns]` of `shape`, row-major
pub fn image_grid(images: &[&[f32]], shape: [usize; 2]) -> Option<Vec<u8>> {
    let [height, width] = shape;
    let across = (images.len() as f64).sqrt().ceil() as usize;
    let down = images.len().div_ceil(across.max(1));
    let (sheet_width, sheet_height) = (across * (width + 1) + 1, down * (height + 1) + 1);
    let mut bytes = vec![GAP[0]; sheet_width * sheet_height];
    for (index, image) in images.iter().enumerate() {
        let (top, left) = ((index / across) * (height + 1) + 1, (index % across) * (width + 1) + 1);
        for (place, value) in image.iter().enumerate() {
            bytes[(top + place / width) * sheet_width + left + place % width] = level(*value);
        }
    }
    if images.is_empty() {
        return None;
    }
    encode(&bytes, sheet_width, png::ColorType::Grayscale)
}

/// `None` for a picture without pixels, which PNG does not know.
fn encode(bytes: &[u8], width: usize, colour: png::ColorType) -> Option<Vec<u8>> {
    let height = bytes.len().checked_div(width * colour.samples())?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(bytes).ok()?;
    writer.finish().ok()?;
    Some(file)
}

/// The picture as a data URI.
fn data_uri(bytes: &[u8], width: usize, colour: png::ColorType) -> Option<String> {
    let file = encode(bytes, width, colour)?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(&file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_is_colour_and_size_is_opacity() {
        assert_eq!(diverging(2.0), [0xd5, 0x5e, 0x00, 255]);
        assert_eq!(diverging(-1.0), [0x00, 0x72, 0xb2, 255]);
        assert_eq!(diverging(0.0)[3], 0);
        assert_eq!(diverging(f32::NAN)[3], 0);
    }

    #[test]
    fn a_sheet_has_room_for_every_tile() {
        let tiles = vec![vec![1.0; 6]; 5];
        let sheet = diverging_sheet(&tiles, [2, 3], 3, 1.0).expect("five tiles make a sheet");
        assert_eq!((sheet.width, sheet.height), (11, 5));
        assert!(sheet.uri.starts_with("data:image/png;base64,"));
        assert!(diverging_sheet(&[], [2, 3], 3, 1.0).is_none());
        assert!(grey(&[], 0).is_none());
    }
}
