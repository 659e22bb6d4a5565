//! Where a data set comes from: a folder that the user names, a download, or the program itself.

use crate::{DataError, DataSet, digits, download, idx};
use std::path::PathBuf;

/// Names of the data sets.
pub const SETS: [&str; 3] = ["mnist", "fashion-mnist", "digits"];

/// The data set that is compiled in.
pub const BUILT_IN: &str = "digits";

/// Where to look for a data set.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// A folder of IDX files that the user named; nothing else is tried then.
    pub folder: Option<PathBuf>,
    /// Whether a download may be tried.
    pub download: bool,
}

impl Source {
    /// The folder that the environment variable `THERMO_DATA` names, if it does; no download.
    pub fn from_environment() -> Self {
        let folder = std::env::var_os("THERMO_DATA").filter(|value| !value.is_empty()).map(PathBuf::from);
        Self { folder, download: false }
    }
}

/// Rows and columns of a data set's images, as published.
///
/// # Errors
/// [`DataError::UnknownSet`] lists the names.
pub fn image_shape(set: &str) -> Result<[usize; 2], DataError> {
    match set {
        "mnist" | "fashion-mnist" => Ok([28, 28]),
        BUILT_IN => Ok([8, 8]),
        _ => Err(DataError::UnknownSet { name: set.to_owned(), known: SETS.join(", ") }),
    }
}

/// Loads a data set: from the folder named, else by download, else what is built in.
///
/// # Errors
/// [`DataError`] names the file and the cure; [`DataError::NotFound`] when there are no data.
pub fn load(set: &str, source: &Source) -> Result<DataSet, DataError> {
    let shape = image_shape(set)?;
    if set == BUILT_IN {
        return Ok(digits::built_in());
    }
    if let Some(folder) = &source.folder {
        let found = idx::load_folder(set, folder)?;
        let [rows, columns] = shape;
        return match published(&found.train.labels) {
            Some(name) if name != set => {
                Err(DataError::WrongSet { folder: folder.clone(), expected: set.to_owned(), found: name })
            }
            _ if [found.train.rows, found.train.columns] != shape => Err(DataError::Shape {
                folder: folder.clone(),
                set: set.to_owned(),
                found: (found.train.rows, found.train.columns),
                expected: (rows, columns),
            }),
            Some(_) => Ok(found),
            // Somebody's own images in the form of that set are called by their folder.
            None => {
                let own = folder.file_name().map(|name| name.to_string_lossy().into_owned());
                Ok(DataSet { name: own.unwrap_or_else(|| format!("not {set}")), ..found })
            }
        };
    }
    let missing = |reason: String| DataError::NotFound { set: set.to_owned(), reason };
    if set != "mnist" {
        return Err(missing("give a folder of its IDX files with --data-dir or THERMO_DATA".to_owned()));
    }
    if !source.download {
        return Err(missing("no --data-dir or THERMO_DATA is given, and --offline forbids a download".to_owned()));
    }
    download::download_mnist()
        .map_err(|e| missing(format!("no --data-dir or THERMO_DATA is given, and the download failed: {e}")))
}

/// The published data set that begins with these training labels, if it is one: MNIST and Fashion-MNIST come under the
/// same file names.
fn published(train_labels: &[u8]) -> Option<&'static str> {
    match train_labels.get(..10) {
        Some([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]) => Some("mnist"),
        Some([9, 0, 0, 3, 0, 2, 7, 2, 5, 5]) => Some("fashion-mnist"),
        _ => None,
    }
}
