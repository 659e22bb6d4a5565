//! `config.toml` of a run folder: the job's configuration, and where the run comes from.

use crate::RunError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;
use toml::Table;

/// Number of the layout and content of run folders. It grows when a reader of the old ones could go wrong on the new.
pub const FORMAT: u32 = 2;

const KEY: &str = "provenance";

/// Where a run comes from: written before the first step, and compared by whoever goes on with the run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// [`FORMAT`] of the folder.
    pub format: u32,
    /// Commit of the program.
    pub commit: String,
    /// Version of the program.
    pub version: String,
    /// Backend.
    pub backend: String,
    /// Burn's device of that backend.
    pub device: String,
    /// Name of the data set.
    pub dataset: String,
    /// Where the data came from, in words.
    pub dataset_origin: String,
    /// SHA-256 of the data set's images and labels; empty for a run that has seen no data (an import).
    pub dataset_digest: String,
    /// SHA-256 of the configuration.
    pub config_digest: String,
    /// SHA-256 of the teacher, or of the judges, that another run gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher_digest: Option<String>,
    /// SHA-256 of the program that training started from, where another run gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_digest: Option<String>,
    /// Ranks that trained together, where they were several: figures agree with those of one to rounding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranks: Option<usize>,
}

/// SHA-256 of bytes, in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn digest_of(job: &Table) -> String {
    // A table that was read can be written.
    digest(toml::to_string(job).unwrap_or_default().as_bytes())
}

/// The text of `config.toml`: the job as a table, and its provenance with the table's digest.
///
/// # Errors
/// [`RunError::Malformed`] for a table that TOML cannot express.
pub fn write_config(path: &Path, job: &Table, provenance: &Provenance) -> Result<String, RunError> {
    let failed = |e: toml::ser::Error| RunError::Malformed {
        path: path.to_owned(),
        place: String::new(),
        reason: e.to_string().replace('\n', " "),
    };
    let provenance = Provenance { format: FORMAT, config_digest: digest_of(job), ..provenance.clone() };
    let mut table = job.clone();
    table.insert(KEY.to_owned(), toml::Value::try_from(&provenance).map_err(failed)?);
    toml::to_string(&table).map_err(failed)
}

/// Job and provenance of the text of a `config.toml`, `path` being its name.
///
/// # Errors
/// [`RunError::Format`] for a folder of another version; [`RunError::Malformed`] for what is not TOML, and for a
/// configuration that was edited since it was written.
pub fn read_config(path: &Path, text: &str) -> Result<(Table, Provenance), RunError> {
    let malformed = |place: String, reason: String| RunError::Malformed { path: path.to_owned(), place, reason };
    let mut table: Table = toml::from_str(text).map_err(|e: toml::de::Error| {
        let line = e.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        malformed(format!(", line {line}"), e.message().replace('\n', " "))
    })?;
    let found = table.remove(KEY);
    let told = |key: &str| found.as_ref().and_then(|p| p.get(key));
    let format = told("format").and_then(toml::Value::as_integer).unwrap_or(1);
    if table.is_empty() {
        return Err(malformed(String::new(), "empty or damaged; take it from a copy, or train again".to_owned()));
    }
    if format != i64::from(FORMAT) {
        let commit = told("commit").and_then(toml::Value::as_str).map(|c| format!(" (commit {c})"));
        return Err(RunError::Format {
            path: path.to_owned(),
            found: u32::try_from(format).unwrap_or(0),
            commit: commit.unwrap_or_default(),
        });
    }
    let provenance: Provenance = found
        .unwrap_or_else(|| toml::Value::Table(Table::new()))
        .try_into()
        .map_err(|e: toml::de::Error| malformed(String::new(), format!("[{KEY}]: {}", e.message())))?;
    if provenance.config_digest != digest_of(&table) {
        return Err(malformed(
            String::new(),
            "edited since the training began, so that it no longer tells how the run was made; undo the edit, or train \
             with these settings into another folder"
                .to_owned(),
        ));
    }
    Ok((table, provenance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(digest(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn what_was_written_is_read_and_an_edit_is_found() {
        let path = Path::new("r/config.toml");
        let job: Table = toml::from_str("seed = 3\n[computer]\nhidden = 8\n").unwrap_or_default();
        let from = Provenance { commit: "abc".to_owned(), dataset: "digits".to_owned(), ..Provenance::default() };
        let text = write_config(path, &job, &from).unwrap_or_default();
        let (table, provenance) = read_config(path, &text).unwrap_or_default();
        assert_eq!((&table, provenance.commit.as_str(), provenance.format), (&job, "abc", FORMAT));
        let told = |text: &str| read_config(path, text).map_or_else(|e| e.to_string(), |_| String::new());
        let edited = told(&text.replace("hidden = 8", "hidden = 9"));
        assert!(edited.contains("r/config.toml") && edited.contains("edited"), "{edited}");
        let old = told("seed = 3\n[provenance]\ncommit = \"c2c274d\"\n");
        assert!(old.contains("format 1") && old.contains("c2c274d") && !old.contains('\n'), "{old}");
        let broken = told("seed = 3\nkt = = 1\n");
        assert!(broken.contains("line 2") && !broken.contains('\n'), "{broken}");
    }
}
