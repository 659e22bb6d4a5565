//! What can be wrong with a data set; each message is one line that names the file and the cure.

use std::io;
use std::path::PathBuf;

/// An error of a data set.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The folder is absent.
    #[error("{folder}: no such folder; name the folder that holds the four IDX files")]
    NoFolder {
        /// The folder named.
        folder: PathBuf,
    },
    /// One of the four files is absent.
    #[error("{folder}: a file is missing; put it there under one of these names: {accepted}")]
    MissingFile {
        /// Where it was looked for.
        folder: PathBuf,
        /// The names looked for.
        accepted: String,
    },
    /// The operating system does not give the file.
    #[error("{path}: cannot be read ({error}); check its permissions and the disk")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The compressed file is damaged.
    #[error("{path}: corrupt or incomplete gzip file ({error}); download it again")]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        error: io::Error,
    },
    /// The file is of another kind.
    #[error("{path}: magic number {found:#010x} where {expected:#010x} is expected; {hint}")]
    MagicNumber {
        /// The file.
        path: PathBuf,
        /// Magic number of the kind of file that belongs here.
        expected: u32,
        /// The file's first four bytes.
        found: u32,
        /// What it probably is, and the cure.
        hint: &'static str,
    },
    /// The file is longer or shorter than its header says.
    #[error(
        "{path}: {} (its header asks for {expected} bytes uncompressed, it has {found}); download it again",
        if u128::from(*found) < *expected { "cut short" } else { "bytes too many at the end" }
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// Bytes, with the header, that the header asks for.
        expected: u128,
        /// Bytes of the file, after decompression.
        found: u64,
    },
    /// The header announces nothing.
    #[error("{path}: its header announces sizes {sizes:?}, so no data; download it again")]
    Empty {
        /// The file.
        path: PathBuf,
        /// The header's sizes.
        sizes: Vec<u32>,
    },
    /// Images and labels do not belong together.
    #[error(
        "{images}: {image_count} images, but {label_count} labels in {labels}; \
         are the training and test labels swapped?"
    )]
    Counts {
        /// The file of images.
        images: PathBuf,
        /// Images in it.
        image_count: usize,
        /// The file of labels.
        labels: PathBuf,
        /// Labels in it.
        label_count: usize,
    },
    /// A label names no class.
    #[error(
        "{path}: label {label} of image {index} is not below {classes}; \
         use a data set of {classes} classes, or download the file again"
    )]
    Label {
        /// The file of labels.
        path: PathBuf,
        /// Which image, from 0.
        index: usize,
        /// Its label.
        label: u8,
        /// Number of classes.
        classes: usize,
    },
    /// Training and test images differ in shape.
    #[error(
        "{folder}: the training images have {}×{} pixels, the test images {}×{}; \
         take all four files from one data set",
        train.0, train.1, test.0, test.1
    )]
    Shapes {
        /// The folder of the files.
        folder: PathBuf,
        /// Rows and columns of the training images.
        train: (usize, usize),
        /// Rows and columns of the test images.
        test: (usize, usize),
    },
    /// No data set of this name.
    #[error("unknown data set {name:?}; known: {known}")]
    UnknownSet {
        /// Name given.
        name: String,
        /// Names that exist.
        known: String,
    },
    /// The folder holds another data set under the same file names.
    #[error(
        "{}: these are the files of {found}, not of {expected}; name the folder of {expected}, or use --set data.set={found}",
        folder.display()
    )]
    WrongSet {
        /// The folder.
        folder: PathBuf,
        /// The data set wanted.
        expected: String,
        /// The data set there.
        found: &'static str,
    },
    /// The images are not of the data set's shape.
    #[error(
        "{}: images of {}×{} pixels, but those of {set} have {}×{}; name the folder of {set}",
        folder.display(), found.0, found.1, expected.0, expected.1
    )]
    Shape {
        /// The folder.
        folder: PathBuf,
        /// The data set wanted.
        set: String,
        /// Rows and columns found.
        found: (usize, usize),
        /// Rows and columns of the data set.
        expected: (usize, usize),
    },
    /// The data set is not to be had.
    #[error("no data for data.set = {set:?}: {reason}")]
    NotFound {
        /// The data set.
        set: String,
        /// Where it was looked for, and the cure.
        reason: String,
    },
    /// A class that the data set has not.
    #[error("data.classes: {class} is not below the {count} classes of {set}")]
    Classes {
        /// The class.
        class: u8,
        /// Classes of the set.
        count: usize,
        /// The data set.
        set: String,
    },
    /// The data lack what a training needs.
    #[error("{set} ({origin}): {what}")]
    Lacking {
        /// The data set.
        set: String,
        /// Where it came from.
        origin: String,
        /// What is missing, and the cure.
        what: String,
    },
    /// There is nowhere to download to.
    #[error("no cache folder for a download: set {variable}, or give a folder of IDX files")]
    NoCache {
        /// The environment variable that the system's cache folder follows.
        variable: &'static str,
    },
    /// The files of an earlier download are damaged.
    #[error("damaged download: {reason}; delete {folder} to download afresh")]
    Cache {
        /// The cache folder.
        folder: PathBuf,
        /// What is wrong with which file.
        reason: String,
    },
    /// The machine that has the files does not answer.
    #[error("{host} cannot be reached ({reason}); connect to the network, or give a folder of IDX files")]
    Offline {
        /// Host that has the files.
        host: String,
        /// What failed.
        reason: String,
    },
    /// The download began and failed.
    #[error("download failed: {reason}; delete {folder} and try again, or give a folder of IDX files")]
    Download {
        /// Where a part of the download may be left.
        folder: PathBuf,
        /// What failed.
        reason: String,
    },
}
