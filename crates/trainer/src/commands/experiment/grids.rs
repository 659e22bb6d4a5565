//! The experiments that come with the program: `experiments/NAME.toml`, compiled in, and one with a course of its own.

use super::grid::summary;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command, Error, error::ErrorKind};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Which experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// One that comes with the program: its name and text.
    BuiltIn(&'static str, &'static str),
    /// A file of one's own.
    File(PathBuf),
    /// Hardware with errors, whose course is not a grid alone.
    Mismatch,
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../experiments/", $name, ".toml")))),*]
    };
}

/// Names and texts.
pub(super) const BUILT_IN: &[(&str, &str)] = built_in![
    "two-class",
    "observation-time",
    "connectivity",
    "guides",
    "optimisers",
    "learning-rate",
    "temperature",
    "time-step",
    "throughput",
    "training-steps",
    "front",
    "symmetric-teacher",
    "segments",
    "bits",
    "density",
];

const MISMATCH: &str = "mismatch";

impl Which {
    /// What its folder is called by: of a file, its name without the ending.
    pub(super) fn name(&self) -> String {
        match self {
            Self::BuiltIn(name, _) => (*name).to_owned(),
            Self::File(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Mismatch => MISMATCH.to_owned(),
        }
    }

    /// What the folder is marked with: of a file, its name without its folder.
    pub(super) fn mark(&self) -> String {
        match self {
            Self::File(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            _ => self.name(),
        }
    }

    /// As the command line names it.
    pub(super) fn argument(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            _ => self.name(),
        }
    }
}

/// Reads a name, or the path of a file that ends in `.toml`.
#[derive(Clone)]
pub(crate) struct WhichParser;

impl TypedValueParser for WhichParser {
    type Value = Which;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Which, Error> {
        let path = Path::new(value);
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")) {
            return Ok(Which::File(path.to_owned()));
        }
        let found = BUILT_IN.iter().find(|(name, _)| value == *name);
        match found {
            Some((name, text)) => Ok(Which::BuiltIn(name, text)),
            None if value == MISMATCH => Ok(Which::Mismatch),
            None => {
                let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).chain([MISMATCH]).collect();
                let told = format!(
                    "no experiment {:?}; there are {}, and files of your own, whose names end in .toml\n",
                    value.to_string_lossy(),
                    names.join(", ")
                );
                Err(Error::raw(ErrorKind::InvalidValue, told).with_cmd(command))
            }
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let grids =
            BUILT_IN.iter().map(|(name, text)| PossibleValue::new(*name).help(summary(text).unwrap_or_default()));
        let mismatch = PossibleValue::new(MISMATCH)
            .help("hardware with errors: no retraining, a genetic algorithm on it, noise-aware training");
        let file = PossibleValue::new("FILE.toml").help("a grid of your own");
        Some(Box::new(grids.chain([mismatch, file])))
    }
}
