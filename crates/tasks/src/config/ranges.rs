//! Ranges of values.

use crate::TaskError;

/// More steps, epochs, images and so on than this are a slip of the finger.
const MOST: usize = 1_000_000_000;

/// An error that names the key, its value and what it must be, unless `ok`.
pub(crate) fn require(ok: bool, key: &str, value: impl std::fmt::Display, wanted: &str) -> Result<(), TaskError> {
    if ok { Ok(()) } else { Err(TaskError::config(key, format!("is {value}, but must be {wanted}"))) }
}

pub(crate) fn positive(key: &str, value: f64) -> Result<(), TaskError> {
    require(value.is_finite() && value > 0.0, key, value, "finite and above 0")
}

pub(crate) fn not_negative(key: &str, value: f64) -> Result<(), TaskError> {
    require(value.is_finite() && value >= 0.0, key, value, "finite and at least 0")
}

/// Mean heat in kT that a training keeps to.
pub(crate) fn heat_budget(key: &str, value: Option<f64>) -> Result<(), TaskError> {
    let wanted = "at least 0.001 (kT), or inf for no budget";
    value.map_or(Ok(()), |budget| require(budget >= 1e-3, key, format!("{budget:e}"), wanted))
}

pub(crate) fn counted(key: &str, value: usize) -> Result<(), TaskError> {
    require((1..=MOST).contains(&value), key, value, "from 1 to 1,000,000,000")
}

pub(crate) fn fraction(key: &str, value: f64) -> Result<(), TaskError> {
    require(value > 0.0 && value < 1.0, key, value, "between 0 and 1")
}

/// Seeds are whole numbers that TOML holds: 0 to 2⁶³ − 1.
pub(crate) fn seed(value: u64) -> Result<(), TaskError> {
    require(i64::try_from(value).is_ok(), "seed", value, "from 0 to 9223372036854775807")
}

/// A name that can be part of a folder's.
pub(crate) fn label(value: &str) -> Result<(), TaskError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let ok = (1..=60).contains(&value.len()) && value.chars().all(plain) && !value.starts_with('-');
    require(
        ok,
        "task",
        format!("{value:?}"),
        "a name of lower-case letters, digits, hyphens and underscores, such as my-task",
    )
}

#[cfg(test)]
mod tests {
    use crate::Job;

    #[test]
    fn a_budget_of_heat_is_taken_back_by_inf() {
        let job = |task: &str, setting: &str| Job::preset(task, &[setting.to_owned()]);
        for (task, key) in
            [("mnist-pathwise", "objective.heat_budget"), ("generate-mnist", "stage.1.objective.heat_budget")]
        {
            for value in ["900.0", "inf"] {
                let told = job(task, &format!("{key}={value}")).unwrap().table().to_string();
                assert!(told.contains(&format!("heat_budget = {value}")), "{task}: {told}");
            }
            for value in ["0", "-inf", "nan", "-1"] {
                let error = job(task, &format!("{key}={value}")).unwrap_err().to_string();
                assert!(error.contains("or inf for no budget"), "{task}, {value}: {error}");
            }
        }
    }
}
