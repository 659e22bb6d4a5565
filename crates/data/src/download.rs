//! MNIST by Burn's own downloader, made safe to call: it never panics, prints nothing when it fails, and an offline
//! machine is told so within five seconds.

mod probe;
mod quiet;

use super::idx::{self, Pair};
use super::{DataError, DataSet};
use burn_dataset::network::downloader::download_file_as_bytes;
use flate2::read::GzDecoder;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

/// Where `burn_dataset::vision::MnistDataset` downloads from.
const URL: &str = "https://storage.googleapis.com/cvdf-datasets/mnist/";
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
    let failed = |reason| DataError::Download { folder: folder.clone(), reason };
    let target = folder.clone();
    // Burn's downloader panics where the network fails.
    quiet::run(DOWNLOAD_LIMIT, move || fetch(&target, download_file_as_bytes))
        .and_then(|done| done.map_err(|error| error.to_string()))
        .map_err(failed)?;
    let data = cached(&folder)?.ok_or_else(|| failed("a file is gone again".to_owned()))?;
    Ok(DataSet { origin: origin("downloaded", &folder), ..data })
}

/// Downloads the files that are not there; each appears whole or not at all.
fn fetch(folder: &Path, download: impl Fn(&str, &str) -> Vec<u8>) -> io::Result<()> {
    for (part, files) in [("train", &idx::TRAIN), ("test", &idx::TEST)] {
        let part = folder.join(part);
        fs::create_dir_all(&part)?;
        for name in [files.images, files.labels] {
            let path = part.join(name);
            if path.exists() {
                continue;
            }
            let packed = download(&format!("{URL}{name}.gz"), name);
            let mut bytes = Vec::new();
            GzDecoder::new(packed.as_slice())
                .read_to_end(&mut bytes)
                .map_err(|error| io::Error::other(format!("what {HOST} sent as {name}.gz: {error}")))?;
            let mut file = tempfile::NamedTempFile::new_in(&part)?;
            file.write_all(&bytes)?;
            file.persist(&path)?;
        }
    }
    Ok(())
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
    fn a_download_fills_the_cache_and_asks_for_nothing_that_is_there() {
        let source = full_cache();
        let sent = |url: &str, name: &str| {
            assert_eq!(url, format!("https://{HOST}/cvdf-datasets/mnist/{name}.gz"));
            let part = if name.starts_with("train") { "train" } else { "test" };
            fixtures::gzip(&std::fs::read(source.path().join(part).join(name)).expect("just written"))
        };
        let folder = TempDir::new().expect("a temporary folder");
        fetch(folder.path(), sent).expect("everything is sent");
        let images = |folder: &Path| {
            let data = cached(folder).expect("it is sound").expect("it is whole");
            (data.train, data.test)
        };
        assert_eq!(images(folder.path()), images(source.path()));
        fetch(folder.path(), |_, _| panic!("it is all there")).expect("nothing is asked for");
    }

    #[test]
    fn what_is_no_archive_leaves_no_file() {
        let folder = TempDir::new().expect("a temporary folder");
        let told = fetch(folder.path(), |_, _| b"<html>please log in</html>".to_vec()).expect_err("it is a page");
        assert!(told.to_string().contains("train-images-idx3-ubyte.gz"), "{told}");
        assert_eq!(std::fs::read_dir(folder.path().join("train")).expect("it is made").count(), 0);
    }

    #[test]
    fn the_cache_folder_is_burns() {
        let folder = cache_folder().expect("this user has a cache folder");
        assert!(folder.ends_with(Path::new("burn-dataset").join("mnist")), "{}", folder.display());
    }
}
