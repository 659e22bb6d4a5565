//! MNIST by Burn's own downloader, made safe to call: it never panics, prints nothing when it fails, and an offline
//! machine is told so within five seconds.

mod probe;
mod quiet;

use super::idx::{self, Pair};
use super::{DataError, DataSet, Images};
use burn_dataset::Dataset;
use burn_dataset::vision::{MnistDataset, MnistItem};
use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where Burn downloads from.
const HOST: &str = "storage.googleapis.com";
const PORT: u16 = 443;
/// For the whole probe of the network, name resolution included.
const PROBE_LIMIT: Duration = Duration::from_millis(4500);
/// For the 11 MB: a link of 300 kbit/s keeps to it.
const DOWNLOAD_LIMIT: Duration = Duration::from_mins(5);
/// The variable that the cache folder follows.
const CACHE_VARIABLE: &str = if cfg!(windows) { "LOCALAPPDATA" } else { "HOME" };

/// MNIST: from Burn's cache when it is there, else downloaded into it.
///
/// # Errors
/// [`DataError::Offline`] within five seconds on a machine without network, [`DataError::Cache`] for a damaged cache,
/// [`DataError::Download`] for a download that fails, [`DataError::NoCache`] where there is nowhere to put it.
pub fn download_mnist() -> Result<DataSet, DataError> {
    let folder = cache_folder().ok_or(DataError::NoCache { variable: CACHE_VARIABLE })?;
    if let Some(data) = cached(&folder)? {
        return Ok(data);
    }
    probe::reachable(HOST, PORT, PROBE_LIMIT)
        .map_err(|reason| DataError::Offline { host: HOST.to_owned(), reason })?;
    tracing::info!("downloading MNIST into {}", folder.display());
    let (train, test) =
        quiet::run(DOWNLOAD_LIMIT, || (images_of(&MnistDataset::train()), images_of(&MnistDataset::test())))
            .map_err(|reason| DataError::Download { folder: folder.clone(), reason })?;
    idx::check_labels(&folder, &train.labels)?;
    idx::check_labels(&folder, &test.labels)?;
    idx::data_set("mnist", origin("downloaded", &folder), &folder, train, test)
}

/// What an earlier download left in Burn's cache: everything, or nothing that can be used without the network.
///
/// Burn trusts each file that exists, so a damaged one is an error here.
fn cached(folder: &Path) -> Result<Option<DataSet>, DataError> {
    let damaged = |error: DataError| DataError::Cache { folder: folder.to_owned(), reason: error.to_string() };
    let part = |name: &str, files: &Pair<&str>| {
        let part = folder.join(name);
        idx::load_present(&Pair { images: part.join(files.images), labels: part.join(files.labels) })
    };
    let train = part("train", &idx::TRAIN).map_err(damaged)?;
    let test = part("test", &idx::TEST).map_err(damaged)?;
    train
        .zip(test)
        .map(|(train, test)| idx::data_set("mnist", origin("an earlier download", folder), folder, train, test))
        .transpose()
        .map_err(damaged)
}

fn origin(what: &str, folder: &Path) -> String {
    format!("{what}, cached in {}", folder.display())
}

/// Burn's items hold the bytes 0 to 255 as floats.
fn images_of(items: &impl Dataset<MnistItem>) -> Images {
    let mut images = Images { rows: 28, columns: 28, pixels: Vec::new(), labels: Vec::new() };
    images.pixels.reserve(items.len() * images.pixel_count());
    for item in items.iter() {
        images.pixels.extend(item.image.as_flattened().iter().map(|pixel| *pixel as u8));
        images.labels.push(item.label);
    }
    images
}

/// Burn's folder for MNIST, inside the user's cache folder as the `dirs` crate knows it.
fn cache_folder() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let user = if cfg!(windows) {
        variable("LOCALAPPDATA").or_else(|| Some(home()?.join("AppData").join("Local")))
    } else if cfg!(target_os = "macos") {
        Some(home()?.join("Library").join("Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| Some(home()?.join(".cache")))
    };
    Some(user?.join("burn-dataset").join("mnist"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use burn_dataset::InMemDataset;
    use tempfile::TempDir;

    fn full_cache() -> TempDir {
        let folder = TempDir::new().expect("a temporary folder");
        let (train, test) = (folder.path().join("train"), folder.path().join("test"));
        fixtures::write(&train, idx::TRAIN.images, &fixtures::images(3));
        fixtures::write(&train, idx::TRAIN.labels, &fixtures::labels(&[4, 0, 9]));
        fixtures::write(&test, idx::TEST.images, &fixtures::images(2));
        fixtures::write(&test, idx::TEST.labels, &fixtures::labels(&[1, 2]));
        folder
    }

    #[test]
    fn an_earlier_download_is_used() {
        let folder = full_cache();
        let data = cached(folder.path()).expect("it is sound").expect("it is whole");
        assert_eq!((data.train.len(), data.test.len()), (3, 2));
        assert!(data.origin.contains("cached in"), "{}", data.origin);
    }

    #[test]
    fn a_part_of_a_download_is_not_enough() {
        let folder = full_cache();
        std::fs::remove_file(folder.path().join("test").join(idx::TEST.labels)).expect("just written");
        assert_eq!(cached(folder.path()).expect("no file is damaged"), None);
        assert_eq!(cached(&folder.path().join("absent")).expect("no file is damaged"), None);
    }

    #[test]
    fn a_damaged_cache_is_to_be_deleted() {
        let folder = full_cache();
        std::fs::remove_file(folder.path().join("train").join(idx::TRAIN.labels)).expect("just written");
        for contents in [&[][..], &fixtures::images(3)[..20]] {
            fixtures::write(&folder.path().join("train"), idx::TRAIN.images, contents);
            let message = cached(folder.path()).expect_err("it is damaged").to_string();
            assert!(message.contains("train-images-idx3-ubyte: cut short"), "{message}");
            assert!(message.contains(&format!("delete {} ", folder.path().display())), "{message}");
        }
    }

    #[test]
    fn items_become_bytes() {
        let mut image = [[0.0; 28]; 28];
        image[0][1] = 255.0;
        image[27][27] = 7.0;
        let images = images_of(&InMemDataset::new(vec![MnistItem { image, label: 3 }]));
        assert_eq!((images.len(), images.labels[0]), (1, 3));
        assert_eq!((images.pixels[1], images.pixels[783], images.pixels.len()), (255, 7, 784));
    }

    #[test]
    fn the_cache_folder_is_burns() {
        let folder = cache_folder().expect("this user has a cache folder");
        assert!(folder.ends_with(Path::new("burn-dataset").join("mnist")), "{}", folder.display());
    }
}
