//! A table read into a job, and what is wrong with its keys.

use super::keys;
use super::layers::ASIDE;
use crate::{Job, TaskError};
use toml::{Table, Value};

/// Reads a table into a job. Keys that the job does not use are errors.
///
/// # Errors
/// [`TaskError::Config`] of the given origin.
pub(crate) fn read_checked(table: &Table, origin: &str) -> Result<Job, TaskError> {
    let mut table = table.clone();
    table.remove(ASIDE);
    for stage in table.get_mut("stage").and_then(Value::as_array_mut).into_iter().flatten() {
        stage.as_table_mut().and_then(|stage| stage.remove(ASIDE));
    }
    // A start whose settings are given without its kind is the default one.
    if let Some(Value::Table(start)) =
        table.get_mut("objective").and_then(Value::as_table_mut).and_then(|objective| objective.get_mut("start"))
    {
        start.entry("kind").or_insert_with(|| Value::String("exact".to_owned()));
    }
    let Some(job) = typed(&table) else {
        let reason = "needs job = \"classify\" or \"generate\", or base = the name of a preset (trainer tasks)";
        return Err(TaskError::config(origin, reason));
    };
    let job = job.map_err(|e| {
        let text = e.to_string();
        let (what, place) = text.trim().rsplit_once("\nin `").unwrap_or((text.trim(), ""));
        let key = place.trim_end_matches('`');
        let what = what.replace('`', "").replace('\n', " ");
        TaskError::config(origin, if key.is_empty() { what } else { format!("{key}: {what}") })
    })?;
    if let Some((section, key, mut known)) = unknown(&table, &job.table(), &[]) {
        known.extend(optional(&table, &section, &known));
        let (key, known) = (section.iter().chain([&key]).cloned().collect::<Vec<_>>().join("."), known.join(", "));
        let reason = format!("{key}: no such key here; known: {known}");
        return Err(TaskError::Unused { origin: origin.to_owned(), reason });
    }
    job.completed().map_err(|e| match e {
        TaskError::Unused { origin: key, reason } => {
            TaskError::Unused { origin: origin.to_owned(), reason: format!("{key}: {reason}") }
        }
        other => other,
    })
}

/// A table as a job of its kind; keys that it does not have are passed over. None where the table does not say its kind.
fn typed(table: &Table) -> Option<Result<Job, toml::de::Error>> {
    let mut body = table.clone();
    match body.remove("job").as_ref().and_then(Value::as_str) {
        Some("classify") => Some(body.try_into().map(|job| Job::Classify(Box::new(job)))),
        Some("generate") => Some(body.try_into().map(|job| Job::Generate(Box::new(job)))),
        _ => None,
    }
}

/// The first key that reading and writing again has lost, the section that it is in, and the keys written there.
fn unknown(given: &Table, known: &Table, section: &[String]) -> Option<(Vec<String>, String, Vec<String>)> {
    let within = |parts: &[&str]| [section, &parts.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()].concat();
    for (key, value) in given {
        match (value, known.get(key)) {
            (_, None) => return Some((section.to_vec(), key.clone(), known.keys().cloned().collect())),
            (Value::Table(given), Some(Value::Table(known))) => {
                if let Some(found) = unknown(given, known, &within(&[key])) {
                    return Some(found);
                }
            }
            (Value::Array(given), Some(Value::Array(known))) => {
                for (index, (given, known)) in given.iter().zip(known).enumerate() {
                    if let (Value::Table(given), Value::Table(known)) = (given, known)
                        && let Some(found) = unknown(given, known, &within(&[key, &index.to_string()]))
                    {
                        return Some(found);
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// Keys of a section that a job may have and this one has not: those that reading does not pass over when they are given.
fn optional(table: &Table, section: &[String], written: &[String]) -> Vec<String> {
    let general: Vec<&str> =
        section.iter().map(|part| if part.parse::<usize>().is_ok() { "*" } else { part }).collect();
    let fits = |key: &&str| {
        let mut tried = table.clone();
        let Some(at) = section_of(&mut tried, section) else { return false };
        at.insert((*key).to_owned(), Value::Table(Table::new()));
        // What cannot be read there is known there.
        match typed(&tried) {
            Some(Ok(job)) => section_of(&mut job.table(), section).is_some_and(|at| at.contains_key(*key)),
            Some(Err(_)) => true,
            None => false,
        }
    };
    keys::within(&general.join("."))
        .filter(|key| !written.iter().any(|known| known == key))
        .filter(fits)
        .map(str::to_owned)
        .collect()
}

/// The table of a section, items of a list by their numbers.
fn section_of<'a>(table: &'a mut Table, section: &[String]) -> Option<&'a mut Table> {
    match section {
        [] => Some(table),
        [part, rest @ ..] => match (table.get_mut(part)?, rest) {
            (Value::Table(inner), rest) => section_of(inner, rest),
            (Value::Array(items), [index, rest @ ..]) => {
                section_of(items.get_mut(index.parse::<usize>().ok()?)?.as_table_mut()?, rest)
            }
            _ => None,
        },
    }
}
