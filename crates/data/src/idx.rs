//! A folder of the four IDX files in which MNIST and its successors are published, plain or gzip-compressed.

mod parse;

use super::{DataError, DataSet, Images};
use std::path::{Path, PathBuf};

pub(super) use parse::{ImageBlock, images_from, labels_from};

/// Classes of every data set published in this form that the tasks know.
pub(super) const CLASSES: usize = 10;

/// Usual file names of the training part.
pub(super) const TRAIN: Pair<&str> = Pair { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" };
/// Usual file names of the test part.
pub(super) const TEST: Pair<&str> = Pair { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte" };

/// The two files that make one part of a data set.
pub(super) struct Pair<T> {
    /// The images.
    pub(super) images: T,
    /// Their labels.
    pub(super) labels: T,
}

/// Reads a data set of ten classes from a folder.
///
/// Each file may be named as published (`train-images-idx3-ubyte`) or as some unpackers name it
/// (`train-images.idx3-ubyte`), with or without `.gz`.
///
/// # Errors
/// [`DataError`] names the file that is absent, damaged, or does not belong with the others.
pub fn load_folder(name: &str, folder: &Path) -> Result<DataSet, DataError> {
    if !folder.is_dir() {
        return Err(DataError::NoFolder { folder: folder.to_owned() });
    }
    // All names first: a missing file shows before the seconds that the large ones take.
    let train = locate(folder, &TRAIN)?;
    let test = locate(folder, &TEST)?;
    let origin = format!("IDX files in {}", folder.display());
    data_set(name, origin, folder, load_pair(&train)?, load_pair(&test)?)
}

/// Puts two parts together.
pub(super) fn data_set(
    name: &str,
    origin: String,
    folder: &Path,
    train: Images,
    test: Images,
) -> Result<DataSet, DataError> {
    let shapes = [&train, &test].map(|part| (part.rows, part.columns));
    if shapes[0] != shapes[1] {
        return Err(DataError::Shapes { folder: folder.to_owned(), train: shapes[0], test: shapes[1] });
    }
    Ok(DataSet { name: name.to_owned(), origin, classes: CLASSES, train, test })
}

fn load_pair(paths: &Pair<PathBuf>) -> Result<Images, DataError> {
    join(paths, parse::images(&paths.images)?, parse::labels(&paths.labels)?)
}

/// Puts images and labels together.
pub(super) fn join(paths: &Pair<PathBuf>, images: ImageBlock, labels: Vec<u8>) -> Result<Images, DataError> {
    if images.count != labels.len() {
        return Err(DataError::Counts {
            images: paths.images.clone(),
            image_count: images.count,
            labels: paths.labels.clone(),
            label_count: labels.len(),
        });
    }
    check_labels(&paths.labels, &labels)?;
    Ok(Images { rows: images.rows, columns: images.columns, pixels: images.pixels, labels })
}

/// Checks that each label names a class; `path` is where they were read.
pub(super) fn check_labels(path: &Path, labels: &[u8]) -> Result<(), DataError> {
    match labels.iter().position(|label| usize::from(*label) >= CLASSES) {
        None => Ok(()),
        Some(index) => {
            Err(DataError::Label { path: path.to_owned(), index, label: labels[index], classes: CLASSES })
        }
    }
}

/// Reads those of a pair of files that exist, under exactly these names: both, or an error if one is damaged.
pub(super) fn load_present(paths: &Pair<PathBuf>) -> Result<Option<Images>, DataError> {
    let images = paths.images.exists().then(|| parse::images(&paths.images)).transpose()?;
    let labels = paths.labels.exists().then(|| parse::labels(&paths.labels)).transpose()?;
    images.zip(labels).map(|(images, labels)| join(paths, images, labels)).transpose()
}

fn locate(folder: &Path, names: &Pair<&str>) -> Result<Pair<PathBuf>, DataError> {
    Ok(Pair { images: locate_file(folder, names.images)?, labels: locate_file(folder, names.labels)? })
}

fn locate_file(folder: &Path, name: &str) -> Result<PathBuf, DataError> {
    let dotted = name.replace("-idx", ".idx");
    let accepted = [name.to_owned(), format!("{name}.gz"), dotted.clone(), format!("{dotted}.gz")];
    accepted
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| DataError::MissingFile { folder: folder.to_owned(), accepted: accepted.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{gzip, idx, images, labels, small_set, write};
    use tempfile::TempDir;

    fn message(folder: &TempDir) -> String {
        load_folder("mnist", folder.path()).expect_err("it is faulty").to_string()
    }

    /// A small set with one file replaced.
    fn faulty(name: &str, bytes: &[u8]) -> TempDir {
        let folder = TempDir::new().expect("a temporary folder");
        small_set(folder.path());
        write(folder.path(), name, bytes);
        folder
    }

    fn assert_contains(message: &str, parts: &[&str]) {
        for part in parts {
            assert!(message.contains(part), "no {part:?} in {message:?}");
        }
        assert!(!message.contains('\n'), "one line: {message:?}");
    }

    #[test]
    fn every_accepted_name_is_read_plain_and_compressed() {
        let plain = TempDir::new().expect("a temporary folder");
        small_set(plain.path());
        let expected = load_folder("mnist", plain.path()).expect("it is sound");
        assert_eq!(expected.train.labels, [4, 0, 9]);
        assert_eq!(expected.test.labels, [1, 2]);
        assert_eq!((expected.train.rows, expected.train.columns), (2, 3));
        assert_eq!(expected.train.image(2), [2; 6]);
        assert_eq!((expected.name.as_str(), expected.classes), ("mnist", 10));
        assert_eq!(expected.origin, format!("IDX files in {}", plain.path().display()));

        for (mark, suffix) in [("-", ".gz"), (".", ""), (".", ".gz")] {
            let folder = TempDir::new().expect("a temporary folder");
            for name in [TRAIN.images, TRAIN.labels, TEST.images, TEST.labels] {
                let bytes = std::fs::read(plain.path().join(name)).expect("just written");
                let bytes = if suffix.is_empty() { bytes } else { gzip(&bytes) };
                let name = format!("{}{suffix}", name.replace("-idx", &format!("{mark}idx")));
                write(folder.path(), &name, &bytes);
            }
            let found = load_folder("mnist", folder.path()).expect("it is sound");
            assert_eq!((found.train, found.test), (expected.train.clone(), expected.test.clone()));
        }
    }

    #[test]
    fn an_absent_folder_is_named() {
        let folder = TempDir::new().expect("a temporary folder");
        let absent = folder.path().join("absent");
        let message = load_folder("mnist", &absent).expect_err("absent").to_string();
        assert_contains(&message, &["absent: no such folder"]);
    }

    #[test]
    fn an_absent_file_is_named_with_all_its_names() {
        let folder = TempDir::new().expect("a temporary folder");
        small_set(folder.path());
        std::fs::remove_file(folder.path().join(TEST.labels)).expect("just written");
        assert_contains(
            &message(&folder),
            &["t10k-labels-idx1-ubyte, ", "t10k-labels-idx1-ubyte.gz, ", "t10k-labels.idx1-ubyte, "],
        );
    }

    #[test]
    fn swapped_labels_are_suspected() {
        let folder = faulty("train-labels-idx1-ubyte", &labels(&[1, 2]));
        assert_contains(&message(&folder), &["3 images, but 2 labels", "swapped?"]);
    }

    #[test]
    fn a_label_without_a_class_is_found() {
        let folder = faulty("train-labels-idx1-ubyte", &labels(&[1, 2, 10]));
        assert_contains(&message(&folder), &["train-labels", "label 10 of image 2 is not below 10"]);
    }

    #[test]
    fn shapes_must_agree() {
        let folder = faulty("t10k-images-idx3-ubyte", &idx(0x803, &[2, 3, 3], &[0; 18]));
        assert_contains(&message(&folder), &["2×3", "3×3", "one data set"]);
    }

    #[test]
    fn faults_of_one_file_carry_its_name() {
        let folder = faulty("t10k-images-idx3-ubyte", &images(2)[..20]);
        assert_contains(&message(&folder), &["t10k-images-idx3-ubyte: cut short"]);
    }
}
