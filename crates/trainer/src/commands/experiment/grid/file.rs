//! A grid as its file has it, and what is wrong with one.

use super::super::training::still_pinned;
use super::{Axis, Grid, Point, Reference};
use crate::job::key;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use tasks::preset_named;
use toml::{Table, Value};

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GridFile {
    title: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    note: String,
    /// Preset of the points that name none.
    task: Option<String>,
    columns: Option<Vec<String>>,
    series: Option<String>,
    axis: Option<Value>,
    reference: Option<Reference>,
    /// Settings of all points.
    #[serde(default)]
    settings: Table,
    /// Points as a product of values.
    #[serde(default)]
    vary: Vec<Vary>,
    /// Points one by one.
    #[serde(default)]
    points: Vec<PointFile>,
    /// What presets were when the grid was written, by their names.
    #[serde(default)]
    pinned: BTreeMap<String, Table>,
}

/// `axis = { column = NAME }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AxisColumn {
    column: String,
    label: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vary {
    column: Option<String>,
    key: String,
    values: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PointFile {
    labels: Vec<String>,
    task: Option<String>,
    #[serde(default)]
    settings: Table,
    #[serde(default)]
    pinned: Table,
}

/// A grid in one line, for a list of them.
pub(in super::super) fn summary(text: &str) -> Option<String> {
    toml::from_str::<GridFile>(text).ok().map(|file| file.summary)
}

impl GridFile {
    pub(super) fn grid(self) -> Result<Grid> {
        let several = !self.points.is_empty();
        ensure!(several == self.vary.is_empty(), "expected [[points]] or [[vary]], and not both");
        let named = self.vary.iter().map(|vary| vary.column.clone().unwrap_or_else(|| vary.key.clone()));
        let columns: Vec<String> = match &self.columns {
            Some(columns) if several => columns.clone(),
            None if several => bail!("columns: missing; name what each of a point's labels is"),
            Some(_) => bail!("columns: those of [[vary]] are named by its own column"),
            None => named.collect(),
        };
        for (index, column) in columns.iter().enumerate() {
            let own = !column.trim().is_empty() && column != "seed" && !columns[..index].contains(column);
            ensure!(own, "columns: {column:?}; each has a name of its own, which is not seed");
        }
        let plain = |text: &str| !text.chars().any(char::is_control);
        let texts = columns.iter().chain(self.points.iter().flat_map(|point| &point.labels)).chain([&self.title]);
        if let Some(text) = texts.into_iter().find(|text| !plain(text)) {
            bail!("{text:?}: titles, columns and labels are one line of plain text");
        }
        self.check_keys()?;
        let place = |key: &str, name: &str| {
            columns
                .iter()
                .position(|column| column == name)
                .with_context(|| format!("{key}: no column {name:?}; there are {}", columns.join(", ")))
        };
        let series = self.series.as_deref().map(|name| place("series", name)).transpose()?;
        let expected = "expected \"heat\", \"seconds\", \"rate\", or { column = NAME }";
        let axis = match self.axis.clone().unwrap_or_else(|| Value::String("heat".to_owned())) {
            Value::String(what) => match what.as_str() {
                "heat" => Axis::Heat,
                "seconds" => Axis::Seconds,
                "rate" => Axis::Rate,
                _ => bail!("axis = {what:?}: {expected}"),
            },
            Value::Table(table) => {
                let AxisColumn { column, label } = table
                    .try_into()
                    .map_err(|e| anyhow::anyhow!("axis: {}; {expected}", e.message().replace('\n', " ")))?;
                Axis::Column { index: place("axis", &column)?, label: label.unwrap_or(column) }
            }
            other => bail!("axis = {other}: {expected}"),
        };
        let points = if several { self.listed()? } else { self.varied()? };
        let mut seen = HashSet::new();
        for point in &points {
            let labels = point.labels.join(", ");
            ensure!(
                point.labels.len() == columns.len(),
                "labels of {labels}: {} of them, and {} columns ({})",
                point.labels.len(),
                columns.len(),
                columns.join(", ")
            );
            ensure!(!point.labels.iter().any(String::is_empty), "labels of {labels}: one is empty");
            ensure!(
                seen.insert(super::super::training::file_name(&point.labels)),
                "two points with the labels {labels} (but for signs that a file name does not hold)"
            );
            if let Axis::Column { index, .. } = axis {
                let number: Result<f64, _> = point.labels[index].parse();
                ensure!(
                    number.is_ok_and(|x| x.is_finite() && x > 0.0),
                    "axis: {} of the column {} is no number above 0; choose \"heat\", \"seconds\" or \"rate\"",
                    point.labels[index],
                    columns[index]
                );
            }
        }
        if let Some(task) = self.pinned.keys().find(|task| points.iter().all(|point| point.task != *task)) {
            bail!("pinned.{task}: no point is of that preset");
        }
        if let Some(Reference { x, top1, .. }) = self.reference {
            ensure!(
                x.is_finite() && x > 0.0 && (0.0..=1.0).contains(&top1),
                "reference: x must be above 0, and top1 a fraction from 0 to 1"
            );
        }
        let Self { title, note, reference, .. } = self;
        Ok(Grid { title, note: note.replace('\n', " "), columns, series, axis, points, reference })
    }

    /// Refuses keys that are none, that are the experiment's own, or that would hide one another.
    fn check_keys(&self) -> Result<()> {
        let mut shared: Vec<String> = flat(&self.settings).iter().map(|s| key(s).to_owned()).collect();
        shared.extend(self.vary.iter().map(|vary| vary.key.clone()));
        let own = self.points.iter().flat_map(|point| flat(&point.settings));
        for name in shared.iter().cloned().chain(own.map(|s| key(&s).to_owned())) {
            let letter = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            ensure!(name.chars().all(letter), "{name:?}: a key is made of names with dots between them");
            ensure!(
                !["seed", "task", "job", "base"].contains(&name.as_str()),
                "{name}: an experiment has its own; --seeds N says how many seeds, and a point may name its task"
            );
        }
        for (index, name) in shared.iter().enumerate() {
            ensure!(!shared[..index].contains(name), "{name}: given twice");
        }
        Ok(())
    }

    /// The points that stand one by one.
    fn listed(&self) -> Result<Vec<Point>> {
        let one = |point: &PointFile| {
            let task = point.task.as_ref().or(self.task.as_ref());
            let task = task.with_context(|| format!("task: missing for the point {}", point.labels.join(", ")))?;
            let own = flat(&point.settings);
            self.point(task, point.labels.clone(), flat(&point.pinned), own)
        };
        self.points.iter().map(one).collect()
    }

    /// All combinations of what varies, the last quickest.
    fn varied(&self) -> Result<Vec<Point>> {
        let task = self.task.as_deref().context("task: missing; name a preset (trainer tasks lists them)")?;
        let mut all = vec![(Vec::new(), Vec::new())];
        for Vary { key, values, .. } in &self.vary {
            ensure!(!values.is_empty(), "values of {key}: none");
            ensure!(all.len() * values.len() <= 10_000, "more than 10,000 points");
            let with = |(labels, own): &(Vec<String>, Vec<String>), value: &Value| {
                let setting = format!("{key}={value}");
                ([&labels[..], &[label(value)]].concat(), [&own[..], &[setting]].concat())
            };
            all = all.iter().flat_map(|one| values.iter().map(move |value| with(one, value))).collect();
        }
        all.into_iter().map(|(labels, own)| self.point(task, labels, Vec::new(), own)).collect()
    }

    fn point(&self, task: &str, labels: Vec<String>, pinned: Vec<String>, own: Vec<String>) -> Result<Point> {
        let preset = preset_named(task)?;
        let shared = self.pinned.get(preset.name).map(flat).unwrap_or_default();
        let settings = [flat(&self.settings), own].concat();
        let pinned = [shared, pinned].concat();
        // Pins of one kind are none of a point that is of another.
        let kinds: Vec<_> =
            settings.iter().filter(|s| pinned.iter().any(|pin| key(pin) == key(s))).cloned().collect();
        let pinned = still_pinned(&pinned, &kinds);
        Ok(Point { labels, task: preset.name, pinned, settings })
    }
}

/// A value as a table shows it: text without quotes, 1.0 as 1.
fn label(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(number) => number.to_string(),
        other => other.to_string(),
    }
}

/// The leaves of a table as settings, `key=value`.
fn flat(table: &Table) -> Vec<String> {
    fn into(all: &mut Vec<String>, at: &str, value: &Value) {
        match value {
            Value::Table(table) => table.iter().for_each(|(key, value)| {
                let key = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                into(all, &key, value);
            }),
            value => all.push(format!("{at}={value}")),
        }
    }
    let mut all = Vec::new();
    table.iter().for_each(|(key, value)| into(&mut all, key, value));
    all
}
