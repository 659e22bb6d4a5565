//! One IDX file: a big-endian magic number, one size for each dimension, then one byte for each element.

use crate::DataError;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Magic number of unsigned bytes in three dimensions.
const IMAGES: u32 = 0x803;
/// Magic number of unsigned bytes in one dimension.
const LABELS: u32 = 0x801;
/// First bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Bytes reserved on the word of a header; beyond that, memory grows with what is really read.
const RESERVE: u64 = 64 << 20;

/// What a file of images holds.
#[derive(Debug)]
pub(crate) struct ImageBlock {
    /// Number of images.
    pub(crate) count: usize,
    /// Pixel rows of an image.
    pub(crate) rows: usize,
    /// Pixel columns of an image.
    pub(crate) columns: usize,
    /// `[count, rows * columns]`.
    pub(crate) pixels: Vec<u8>,
}

/// Reads a file of images.
pub(super) fn images(path: &Path) -> Result<ImageBlock, DataError> {
    images_from(path, open(path)?)
}

/// Reads a file of labels.
pub(super) fn labels(path: &Path) -> Result<Vec<u8>, DataError> {
    labels_from(path, open(path)?)
}

/// Reads images from the contents of a file; `path` is for messages.
pub(crate) fn images_from(path: &Path, contents: impl BufRead) -> Result<ImageBlock, DataError> {
    let ([count, rows, columns], pixels) = read(path, contents, IMAGES)?;
    // The body has their product in bytes, so each fits.
    Ok(ImageBlock { count: count as usize, rows: rows as usize, columns: columns as usize, pixels })
}

/// Reads labels from the contents of a file; `path` is for messages.
pub(crate) fn labels_from(path: &Path, contents: impl BufRead) -> Result<Vec<u8>, DataError> {
    read::<1>(path, contents, LABELS).map(|(_, labels)| labels)
}

fn open(path: &Path) -> Result<BufReader<File>, DataError> {
    let file = File::open(path).map_err(|error| DataError::Read { path: path.to_owned(), error })?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

/// Sizes and elements, decompressed when the contents (whatever the name says) are gzip.
fn read<const D: usize>(
    path: &Path,
    mut contents: impl BufRead,
    magic: u32,
) -> Result<([u32; D], Vec<u8>), DataError> {
    let unreadable = |error| DataError::Read { path: path.to_owned(), error };
    let start = contents.fill_buf().map_err(unreadable)?;
    let named_gzip = path.extension().is_some_and(|extension| extension == "gz");
    // A `.gz` that some browser has decompressed on the way begins as IDX does, with two zeros.
    if start.starts_with(&GZIP) || (named_gzip && !start.starts_with(&[0, 0])) {
        let corrupt = |error| DataError::Gzip { path: path.to_owned(), error };
        read_plain(path, MultiGzDecoder::new(contents), magic, corrupt)
    } else {
        read_plain(path, contents, magic, unreadable)
    }
}

fn read_plain<const D: usize>(
    path: &Path,
    mut contents: impl Read,
    magic: u32,
    failed: impl Fn(io::Error) -> DataError,
) -> Result<([u32; D], Vec<u8>), DataError> {
    let header_length = 4 * (D as u64 + 1);
    let size_error = |expected, found| DataError::Size { path: path.to_owned(), expected, found };

    let mut header = Vec::new();
    (&mut contents).take(header_length).read_to_end(&mut header).map_err(&failed)?;
    let words = header.as_chunks::<4>().0;
    if let Some(found) = words.first().map(|word| u32::from_be_bytes(*word)).filter(|found| *found != magic) {
        return Err(DataError::MagicNumber {
            path: path.to_owned(),
            expected: magic,
            found,
            hint: hint(magic, found),
        });
    }
    if (header.len() as u64) < header_length {
        return Err(size_error(u128::from(header_length), header.len() as u64));
    }
    let sizes: [u32; D] = std::array::from_fn(|i| u32::from_be_bytes(words[i + 1]));
    if sizes.contains(&0) {
        return Err(DataError::Empty { path: path.to_owned(), sizes: sizes.to_vec() });
    }

    // At most three factors below 2³²: the product fits 128 bits.
    let wanted: u128 = sizes.iter().map(|size| u128::from(*size)).product();
    let wanted_here = u64::try_from(wanted).unwrap_or(u64::MAX);
    let mut body = Vec::with_capacity(wanted_here.min(RESERVE) as usize);
    (&mut contents).take(wanted_here).read_to_end(&mut body).map_err(&failed)?;
    // To the end in any case: only there does gzip compare its checksum.
    let extra = io::copy(&mut contents, &mut io::sink()).map_err(&failed)?;
    let found = body.len() as u64 + extra;
    if u128::from(found) != wanted {
        return Err(size_error(u128::from(header_length) + wanted, header_length + found));
    }
    Ok((sizes, body))
}

fn hint(expected: u32, found: u32) -> &'static str {
    match (expected, found) {
        (IMAGES, LABELS) => "this is a file of labels: give each file its own name",
        (LABELS, IMAGES) => "this is a file of images: give each file its own name",
        _ => "this is no IDX file of bytes: download it again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn image_error(name: &str, contents: &[u8]) -> DataError {
        images_from(Path::new(name), contents).expect_err("it is faulty")
    }

    #[test]
    fn the_name_does_not_matter_where_the_contents_are_clear() {
        let plain = fixtures::images(4);
        for (name, contents) in [("i", fixtures::gzip(&plain)), ("i.gz", plain)] {
            let found = images_from(Path::new(name), &contents[..]).expect("it is sound");
            assert_eq!((found.count, found.rows, found.columns), (4, 2, 3));
        }
    }

    #[test]
    fn another_magic_number_is_explained() {
        let error = image_error("i", &fixtures::labels(&[1; 20]));
        assert!(matches!(error, DataError::MagicNumber { expected: 0x803, found: 0x801, .. }));
        assert_eq!(
            error.to_string(),
            "i: magic number 0x00000801 where 0x00000803 is expected; \
             this is a file of labels: give each file its own name"
        );
        let error = labels_from(Path::new("l"), &fixtures::images(2)[..]).expect_err("images");
        assert!(error.to_string().contains("this is a file of images"), "{error}");
        let error = image_error("i", b"<html><body>404</body></html>");
        assert!(error.to_string().contains("no IDX file"), "{error}");
    }

    #[test]
    fn bytes_missing_or_left_over_are_counted() {
        let whole = fixtures::images(3);
        for (contents, found) in [
            (whole[..whole.len() - 1].to_vec(), 33),
            ([&whole[..], &[0; 5]].concat(), 39),
            (whole[..16].to_vec(), 16),
        ] {
            for contents in [fixtures::gzip(&contents), contents] {
                let error = image_error("i", &contents);
                let DataError::Size { expected: 34, found: size, .. } = error else {
                    panic!("{error}");
                };
                assert_eq!(size, found);
            }
        }
    }

    #[test]
    fn a_part_of_a_header_is_cut_short() {
        for length in [0, 3, 4, 15] {
            let error = image_error("i", &fixtures::images(3)[..length]);
            assert!(matches!(error, DataError::Size { expected: 16, .. }), "{length}: {error}");
        }
    }

    #[test]
    fn a_damaged_gzip_file_is_found() {
        let sound = fixtures::gzip(&fixtures::images(3));
        let mut checksum = sound.clone();
        let last = checksum.len() - 6;
        checksum[last] ^= 0xff;
        for contents in [&sound[..sound.len() / 2], &checksum, b"not gzip at all"] {
            let error = image_error("i.gz", contents);
            assert!(matches!(error, DataError::Gzip { .. }), "{error}");
        }
    }

    #[test]
    fn no_data_is_an_error() {
        for sizes in [[0, 2, 3], [3, 0, 3]] {
            let error = image_error("i", &fixtures::idx(IMAGES, &sizes, &[]));
            assert!(matches!(error, DataError::Empty { .. }), "{error}");
        }
    }

    #[test]
    fn absurd_sizes_take_no_memory() {
        let error = image_error("i", &fixtures::idx(IMAGES, &[u32::MAX; 3], &[0; 100]));
        let DataError::Size { expected, found: 116, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(expected, u128::from(u32::MAX).pow(3) + 16);
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let error = images(Path::new("absent-images")).expect_err("it is absent");
        assert!(error.to_string().starts_with("absent-images: cannot be read"), "{error}");
    }
}
