//! A divided data set as bytes: what one process tells another.

use crate::{DataSet, Divided, Images};

impl Divided {
    /// All of it as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { data, digest, train, validation } = self;
        let mut to = Vec::new();
        for text in [&data.name, &data.origin, digest] {
            put(&mut to, text.as_bytes());
        }
        put_number(&mut to, data.classes);
        for images in [&data.train, &data.test, train, validation] {
            put_number(&mut to, images.rows);
            put_number(&mut to, images.columns);
            put(&mut to, &images.pixels);
            put(&mut to, &images.labels);
        }
        to
    }

    /// What [`Divided::to_bytes`] wrote; none for anything else.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = bytes;
        let name = String::from_utf8(take(&mut from)?).ok()?;
        let origin = String::from_utf8(take(&mut from)?).ok()?;
        let digest = String::from_utf8(take(&mut from)?).ok()?;
        let classes = take_number(&mut from)?;
        let mut images = || {
            let (rows, columns) = (take_number(&mut from)?, take_number(&mut from)?);
            let (pixels, labels) = (take(&mut from)?, take(&mut from)?);
            let whole = rows.checked_mul(columns)?.checked_mul(labels.len())? == pixels.len();
            whole.then_some(Images { rows, columns, pixels, labels })
        };
        let (all, test, train, validation) = (images()?, images()?, images()?, images()?);
        let data = DataSet { name, origin, classes, train: all, test };
        from.is_empty().then_some(Self { data, digest, train, validation })
    }
}

fn put_number(to: &mut Vec<u8>, number: usize) {
    to.extend((number as u64).to_le_bytes());
}

fn put(to: &mut Vec<u8>, bytes: &[u8]) {
    put_number(to, bytes.len());
    to.extend(bytes);
}

fn take_number(from: &mut &[u8]) -> Option<usize> {
    let (number, rest) = from.split_first_chunk::<8>()?;
    *from = rest;
    usize::try_from(u64::from_le_bytes(*number)).ok()
}

fn take(from: &mut &[u8]) -> Option<Vec<u8>> {
    let length = take_number(from)?;
    let (bytes, rest) = from.split_at_checked(length)?;
    *from = rest;
    Some(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_is_understood_and_nothing_else_is() {
        let divided = crate::digits::built_in().divided(&[3, 7], 0.2, 1).unwrap();
        let bytes = divided.to_bytes();
        let again = Divided::of_bytes(&bytes).unwrap();
        assert_eq!((again.data, &again.digest), (divided.data.clone(), &divided.digest));
        assert_eq!((again.train, again.validation), (divided.train, divided.validation));
        for broken in [&bytes[1..], &bytes[..bytes.len() - 1], &[bytes.as_slice(), &[0]].concat(), &[]] {
            assert!(Divided::of_bytes(broken).is_none());
        }
    }
}
