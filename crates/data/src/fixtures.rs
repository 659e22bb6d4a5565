//! Small IDX files for the tests.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::Path;

/// The bytes of an IDX file.
pub(super) fn idx(magic: u32, sizes: &[u32], body: &[u8]) -> Vec<u8> {
    let header = [magic].into_iter().chain(sizes.iter().copied());
    header.flat_map(u32::to_be_bytes).chain(body.iter().copied()).collect()
}

/// An IDX file of `labels.len()` images of 2×3 pixels, each pixel the index of its image.
pub(super) fn images(count: u32) -> Vec<u8> {
    let body: Vec<u8> = (0..count).flat_map(|i| [i as u8; 6]).collect();
    idx(0x803, &[count, 2, 3], &body)
}

/// An IDX file of labels.
pub(super) fn labels(labels: &[u8]) -> Vec<u8> {
    idx(0x801, &[labels.len() as u32], labels)
}

/// Compressed.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// Writes a file, and its folder first.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::create_dir_all(folder).expect("a temporary folder is writable");
    std::fs::write(folder.join(name), bytes).expect("a temporary folder is writable");
}

/// Writes three training and two test images, uncompressed, under their usual names.
pub(super) fn small_set(folder: &Path) {
    write(folder, "train-images-idx3-ubyte", &images(3));
    write(folder, "train-labels-idx1-ubyte", &labels(&[4, 0, 9]));
    write(folder, "t10k-images-idx3-ubyte", &images(2));
    write(folder, "t10k-labels-idx1-ubyte", &labels(&[1, 2]));
}
