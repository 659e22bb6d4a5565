//! Whether data can be trained on.

use crate::{DataError, DataSet, Images};
use sha2::{Digest, Sha256};

/// A data set divided for a training: what it trains on, what hyper-parameters are chosen by, and what the final figure is of.
#[derive(Debug, Clone)]
pub struct Divided {
    /// The whole data set, restricted to the classes of the job.
    pub data: DataSet,
    /// [`DataSet::digest`] of the data set as it was loaded.
    pub digest: String,
    /// Images to train with.
    pub train: Images,
    /// Images to choose hyper-parameters by.
    pub validation: Images,
}

/// What a class without images means.
#[derive(PartialEq)]
enum Missing {
    /// The classes can be named, and are these.
    Named(Vec<u8>),
    /// Any class may be asked for.
    Asked,
    /// Nothing.
    Borne,
}

impl DataSet {
    /// SHA-256 of shapes, images and labels, in hexadecimal: what decides whether two runs saw the same data.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for part in [&self.train, &self.test] {
            for size in [part.len(), part.rows, part.columns] {
                digest.update((size as u64).to_le_bytes());
            }
            digest.update(&part.pixels);
            digest.update(&part.labels);
        }
        format!("{:x}", digest.finalize())
    }

    /// The data set with these classes alone, relabelled by their position in the list; all of it for an empty list.
    ///
    /// # Errors
    /// [`DataError::Classes`] for a class that the set has not.
    pub fn restricted(mut self, classes: &[u8]) -> Result<Self, DataError> {
        if classes.is_empty() {
            return Ok(self);
        }
        if let Some(class) = classes.iter().find(|class| usize::from(**class) >= self.classes) {
            return Err(DataError::Classes { class: *class, count: self.classes, set: self.name });
        }
        self.train = self.train.only_classes(classes);
        self.test = self.test.only_classes(classes);
        self.classes = classes.len();
        Ok(self)
    }

    /// Restricts the data set to classes (all of them for an empty list), divides the training images into those to train with
    /// and those to choose settings by, and looks whether a classifier can be trained and tested on the parts.
    ///
    /// ```
    /// let digits = thermograd_data::digits::built_in();
    /// let divided = digits.divided(&[0, 1], 0.25, 7)?;
    /// assert_eq!(divided.data.classes, 2);
    /// assert_eq!(divided.train.len() + divided.validation.len(), divided.data.train.len());
    /// # Ok::<(), thermograd_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Lacking`] says what is missing: an empty part, a class without images, images without contrast.
    pub fn divided(self, classes: &[u8], validation_fraction: f64, seed: u64) -> Result<Divided, DataError> {
        let digest = self.digest();
        let names = if classes.is_empty() { (0..self.classes as u8).collect() } else { classes.to_vec() };
        self.restricted(classes)?.parted(digest, &Missing::Named(names), validation_fraction, seed)
    }

    /// As [`DataSet::divided`] with all classes, some of which may have no images: for what is not told their names.
    ///
    /// # Errors
    /// [`DataError::Lacking`] as there.
    pub fn divided_as_it_is(self, validation_fraction: f64, seed: u64) -> Result<Divided, DataError> {
        let digest = self.digest();
        self.parted(digest, &Missing::Borne, validation_fraction, seed)
    }

    /// As [`DataSet::divided`] with all classes, each of which must have images: for what may be asked for any.
    ///
    /// # Errors
    /// [`DataError::Lacking`] as there.
    pub fn divided_in_full(self, validation_fraction: f64, seed: u64) -> Result<Divided, DataError> {
        let digest = self.digest();
        self.parted(digest, &Missing::Asked, validation_fraction, seed)
    }

    fn parted(
        self,
        digest: String,
        missing: &Missing,
        validation_fraction: f64,
        seed: u64,
    ) -> Result<Divided, DataError> {
        let (train, validation) = self.split_validation(validation_fraction, seed);
        let lacking =
            |what: String| DataError::Lacking { set: self.name.clone(), origin: self.origin.clone(), what };
        let counts = || format!("data.validation_fraction = {validation_fraction} of {} images", self.train.len());
        let has = |part: &Images, class: usize| part.labels.iter().any(|label| usize::from(*label) == class);
        let absent = (0..self.classes).find(|class| !has(&self.train, *class));
        if let Some(class) = absent.filter(|_| *missing != Missing::Borne) {
            let (name, cure) = match missing {
                Missing::Named(names) => {
                    let there: Vec<u8> =
                        names.iter().enumerate().filter(|(i, _)| has(&self.train, *i)).map(|(_, n)| *n).collect();
                    let cure = if there.len() > 1 {
                        format!("name the classes that there are, --set data.classes={there:?}")
                    } else {
                        "give data with two of the job's classes at least, or name others with data.classes"
                            .to_owned()
                    };
                    (usize::from(names[class]), cure)
                }
                _ => (class, "train a generator without class units, or give images of every class".to_owned()),
            };
            return Err(lacking(format!("there are no training images of class {name}; {cure}")));
        }
        if train.is_empty() {
            return Err(lacking(format!("no training images are left by {}; use a smaller fraction", counts())));
        }
        if validation.is_empty() {
            return Err(lacking(format!("no validation images come of {}; use a larger fraction", counts())));
        }
        if self.test.is_empty() {
            return Err(lacking("there are no test images; use a data set that has some".to_owned()));
        }
        for class in 0..self.classes {
            if has(&self.train, class) && !has(&train, class) {
                return Err(lacking(format!(
                    "class {class} has no training images after {} for validation; use a smaller fraction, or other classes",
                    counts()
                )));
            }
        }
        for (name, part) in [("training", &self.train), ("test", &self.test)] {
            let first = part.pixels.first().copied().unwrap_or(0);
            if part.pixels.iter().all(|pixel| *pixel == first) {
                return Err(lacking(format!(
                    "the {name} images have no contrast: every pixel is {first}; look at the files"
                )));
            }
        }
        Ok(Divided { train, validation, digest, data: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::built_in;

    fn told(data: DataSet, fraction: f64) -> String {
        data.divided(&[], fraction, 1).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_trained_on_is_said_in_one_line() {
        let parts = built_in().divided(&[], 0.15, 1).unwrap();
        assert_eq!(parts.train.len() + parts.validation.len(), parts.data.train.len());
        assert!(told(built_in(), 0.9999).contains("no training images"));
        assert!(told(built_in(), 1e-6).contains("no validation images"));
        let mut data = built_in();
        data.train = data.train.only_classes(&[0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert!(told(data, 0.15).contains("no training images of class 9"));
        let mut data = built_in();
        data.train.pixels.fill(0);
        let message = told(data, 0.15);
        assert!(
            message.contains("no contrast") && message.contains("built-in") && !message.contains('\n'),
            "{message}"
        );
        let mut data = built_in();
        data.test = data.test.subset(&[]);
        assert!(told(data, 0.15).contains("no test images"));
    }

    #[test]
    fn a_class_without_images_is_named_and_borne_where_nobody_asks_for_it() {
        let mut data = built_in();
        data.train = data.train.only_classes(&[0, 1]);
        let told = data.clone().divided(&[], 0.2, 1).expect_err("2 to 9 are missing").to_string();
        assert!(told.contains("no training images of class 2") && told.contains("data.classes=[0, 1]"), "{told}");
        // A class is called by its name, and not by its place.
        let told = data.clone().divided(&[1, 7, 0], 0.2, 1).expect_err("7 is missing").to_string();
        assert!(told.contains("of class 7") && told.contains("data.classes=[1, 0]"), "{told}");
        let told = data.clone().divided(&[0, 3], 0.2, 1).expect_err("3 is missing").to_string();
        assert!(told.contains("of class 3") && !told.contains("data.classes=["), "{told}");
        assert!(data.clone().divided_as_it_is(0.2, 1).is_ok());
        assert!(data.divided_in_full(0.2, 1).expect_err("nor here").to_string().contains("without class units"));
    }

    #[test]
    fn one_pixel_or_label_makes_another_digest() {
        let data = built_in();
        let digest = data.digest();
        assert_eq!((digest.len(), data.digest()), (64, digest.clone()));
        let mut other = built_in();
        other.test.labels[3] ^= 1;
        assert_ne!(other.digest(), digest);
        let mut other = built_in();
        other.train.pixels[77] ^= 1;
        assert_ne!(other.digest(), digest);
        assert!(built_in().restricted(&[0, 12]).unwrap_err().to_string().contains("12"));
    }
}
