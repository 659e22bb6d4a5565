//! The built-in data set: 1,797 handwritten digits of 8×8 pixels.
//!
//! E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
//! [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0. The pixel values are rescaled from 0..16 to 0..255;
//! `data/README.md` says how.

use super::idx::{self, Pair};
use super::{DataError, DataSet, Images};
use std::path::PathBuf;

const IMAGES: &[u8] = include_bytes!("../data/digits-images-idx3-ubyte.gz");
const LABELS: &[u8] = include_bytes!("../data/digits-labels-idx1-ubyte.gz");

/// One image in this many is for the test.
const TEST_EVERY: usize = 5;

/// The built-in digits: 1,437 training and 360 test images of ten classes.
///
/// The split is fixed and stratified: with the images ordered by class, and by their place in the file within a class,
/// the first and then every fifth is a test image. Both parts keep the order of the file.
///
/// # Panics
/// Never: the files are compiled in, and a test reads them.
pub fn built_in() -> DataSet {
    let all = original().expect("the files compiled in are sound");
    let (train, test) = fixed_split(&all.labels);
    DataSet {
        name: "digits".to_owned(),
        origin: "built-in UCI optical digits".to_owned(),
        classes: idx::CLASSES,
        train: all.subset(&train),
        test: all.subset(&test),
    }
}

/// All images in the order of the file.
fn original() -> Result<Images, DataError> {
    let names = Pair {
        images: PathBuf::from("digits-images-idx3-ubyte.gz"),
        labels: PathBuf::from("digits-labels-idx1-ubyte.gz"),
    };
    let images = idx::images_from(&names.images, IMAGES)?;
    let labels = idx::labels_from(&names.labels, LABELS)?;
    idx::join(&names, images, labels)
}

fn fixed_split(labels: &[u8]) -> (Vec<usize>, Vec<usize>) {
    let mut by_class: Vec<usize> = (0..labels.len()).collect();
    by_class.sort_by_key(|i| labels[*i]);
    let mut is_test = vec![false; labels.len()];
    for i in by_class.into_iter().step_by(TEST_EVERY) {
        is_test[i] = true;
    }
    (0..labels.len()).partition(|i| !is_test[*i])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class_counts(images: &Images) -> [usize; 10] {
        let mut counts = [0; 10];
        for label in &images.labels {
            counts[usize::from(*label)] += 1;
        }
        counts
    }

    #[test]
    fn the_counts_are_those_published() {
        let all = original().expect("it is sound");
        assert_eq!((all.len(), all.rows, all.columns), (1797, 8, 8));
        assert_eq!(class_counts(&all), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    }

    #[test]
    fn each_class_has_a_fifth_in_the_test() {
        let data = built_in();
        assert_eq!((data.name.as_str(), data.classes), ("digits", 10));
        assert_eq!((data.train.len(), data.test.len()), (1437, 360));
        let train = class_counts(&data.train);
        for (class, test) in class_counts(&data.test).into_iter().enumerate() {
            let fifth = (train[class] + test) as f64 / 5.0;
            assert!((test as f64 - fifth).abs() < 1.0, "class {class}: {test} of {fifth}");
        }
    }

    #[test]
    fn the_first_image_is_a_zero() {
        let all = original().expect("it is sound");
        let first = all.image(0);
        assert_eq!(all.labels[0], 0);
        // A ring of ink around an empty middle.
        assert!((2..=5).all(|row| first[row * 8 + 3] < 64 && first[row * 8 + 2] > 64 && first[row * 8 + 5] > 64));
    }

    #[test]
    fn the_pixels_are_seventeen_levels_from_0_to_255() {
        let all = original().expect("it is sound");
        let mut levels = all.pixels.clone();
        levels.sort_unstable();
        levels.dedup();
        let expected: Vec<u8> = (0..=16u8).map(|p| (f64::from(p) * 255.0 / 16.0).round() as u8).collect();
        assert_eq!(levels, expected);
        // The published mean is 4.884 of 16; rescaled, 77.8.
        let mean = all.pixels.iter().map(|p| f64::from(*p)).sum::<f64>() / all.pixels.len() as f64;
        assert!((77.0..79.0).contains(&mean), "{mean}");
    }
}
