//! Data sets of labelled grey images: read from IDX files, downloaded, or built in.
//!
//! [`load`] finds a set by its name: [`idx::load_folder`] reads a folder that the user names, [`download::download_mnist`]
//! fetches MNIST through Burn, and [`digits::built_in`] is always there. All three give a [`DataSet`]: training and test
//! [`Images`] of bytes, which [`DataSet::divided`] divides and checks. Host arrays alone: nothing here knows of tensors.

mod bytes;
pub mod digits;
pub mod download;
mod error;
#[cfg(test)]
mod fixtures;
pub mod idx;
mod source;
mod split;
mod usable;

pub use error::DataError;
pub use source::{BUILT_IN, SETS, Source, image_shape, load};
pub use usable::Divided;

/// Labelled grey images of one shape.
///
/// # Shapes
/// - pixels: `[len, rows * columns]`, row-major, 0 (background) to 255 (ink)
/// - labels: `[len]`, each below the data set's number of classes
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    /// Pixel rows of an image.
    pub rows: usize,
    /// Pixel columns of an image.
    pub columns: usize,
    /// All pixels, one image after the other.
    pub pixels: Vec<u8>,
    /// The class of each image.
    pub labels: Vec<u8>,
}

/// A data set with the split into training and test images that its authors gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSet {
    /// `mnist`, `fashion-mnist` or `digits`.
    pub name: String,
    /// Where the images came from, in words for a person.
    pub origin: String,
    /// Number of classes.
    pub classes: usize,
    /// Images to train with; [`DataSet::split_validation`] divides them further.
    pub train: Images,
    /// Images for the final evaluation only.
    pub test: Images,
}

impl Images {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Pixels of one image.
    pub fn pixel_count(&self) -> usize {
        self.rows * self.columns
    }

    /// The pixels of image `i`.
    ///
    /// # Panics
    /// If `i` is not below [`Images::len`].
    pub fn image(&self, i: usize) -> &[u8] {
        let n = self.pixel_count();
        &self.pixels[i * n..(i + 1) * n]
    }

    /// The images of these indices, in the order given.
    ///
    /// # Panics
    /// If an index is not below [`Images::len`].
    #[must_use]
    pub fn subset(&self, indices: &[usize]) -> Self {
        let mut pixels = Vec::with_capacity(indices.len() * self.pixel_count());
        for index in indices {
            pixels.extend_from_slice(self.image(*index));
        }
        Self {
            rows: self.rows,
            columns: self.columns,
            pixels,
            labels: indices.iter().map(|index| self.labels[*index]).collect(),
        }
    }

    /// The images of these classes, in their old order; an image's new label is its class's position in the list.
    #[must_use]
    pub fn only_classes(&self, classes: &[u8]) -> Self {
        let position = |label: &u8| classes.iter().position(|class| class == label);
        let (indices, labels): (Vec<usize>, Vec<u8>) = self
            .labels
            .iter()
            .enumerate()
            .filter_map(|(index, label)| position(label).map(|new| (index, new as u8)))
            .unzip();
        Self { labels, ..self.subset(&indices) }
    }
}

impl DataSet {
    /// Splits the training images into those to train with and those to choose hyper-parameters by, so that no choice
    /// sees the test images.
    ///
    /// Of each class, `fraction` (0 to 1) of the images, rounded to the nearest whole number and chosen by `seed`, are
    /// for validation. The training images keep their order. The validation images come in random order, so that the
    /// first few of them are a fair sample.
    pub fn split_validation(&self, fraction: f64, seed: u64) -> (Images, Images) {
        let (train, validation) = split::stratified(&self.train.labels, fraction, seed);
        (self.train.subset(&train), self.train.subset(&validation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn five() -> Images {
        Images {
            rows: 1,
            columns: 2,
            pixels: vec![0, 1, 10, 11, 20, 21, 30, 31, 40, 41],
            labels: vec![0, 7, 3, 7, 0],
        }
    }

    #[test]
    fn images_are_addressed_by_index() {
        let images = five();
        assert_eq!((images.len(), images.pixel_count()), (5, 2));
        assert!(!images.is_empty());
        assert_eq!(images.image(3), [30, 31]);
    }

    #[test]
    fn a_subset_keeps_the_order_given() {
        let subset = five().subset(&[4, 1]);
        assert_eq!(subset.pixels, [40, 41, 10, 11]);
        assert_eq!(subset.labels, [0, 7]);
        assert!(five().subset(&[]).is_empty());
    }

    #[test]
    fn classes_are_relabelled_to_their_positions() {
        let two = five().only_classes(&[7, 3]);
        assert_eq!(two.labels, [0, 1, 0]);
        assert_eq!(two.pixels, [10, 11, 20, 21, 30, 31]);
        assert_eq!((two.rows, two.columns), (1, 2));
        assert!(five().only_classes(&[9]).is_empty());
    }

    #[test]
    fn validation_images_come_from_the_training_images_alone() {
        let data = digits::built_in();
        let (train, validation) = data.split_validation(0.1, 3);
        assert_eq!(train.len() + validation.len(), data.train.len());
        let mut expected: Vec<_> =
            (0..data.train.len()).map(|i| (data.train.labels[i], data.train.image(i))).collect();
        let mut found: Vec<_> = [&train, &validation]
            .into_iter()
            .flat_map(|part| (0..part.len()).map(|i| (part.labels[i], part.image(i))))
            .collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert!(expected == found, "the parts are not the whole");
    }
}
