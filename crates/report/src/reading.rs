//! How forgiving the reader of a run folder is: `null` stands for a missing part, and for a number that
//! was not finite (JSON has no NaN), so that the report of a run that diverged can still be read.

use serde::{Deserialize, Deserializer};

/// A part that may be absent or `null`.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Numbers, with NaN for `null`.
pub(crate) fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let values: Option<Vec<Option<f64>>> = Option::deserialize(deserializer)?;
    Ok(values.unwrap_or_default().into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// Rows of numbers, with NaN for `null`.
pub(crate) fn rows<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<f64>>, D::Error> {
    let rows: Option<Vec<Vec<Option<f64>>>> = Option::deserialize(deserializer)?;
    let finite = |row: Vec<Option<f64>>| row.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    Ok(rows.unwrap_or_default().into_iter().map(finite).collect())
}
