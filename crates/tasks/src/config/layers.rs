//! Layers of a configuration, laid over one another as tables.

use super::moved::{moved, moved_in};
use super::reading::read_checked;
use crate::{Job, TaskError, preset};
use toml::{Table, Value};

/// The table of a configuration's text under its base, with `key=value` settings on top.
///
/// # Errors
/// [`TaskError::Config`] names the file and line, or the setting, and what is wrong with it.
pub(crate) fn layered(text: &str, origin: &str, settings: &[String]) -> Result<Job, TaskError> {
    let mut table = based(text, origin, 0)?;
    let mut job = read_checked(&table, origin).map_err(|e| at_line(e, text, origin))?;
    // What the objective is decides which other keys there are.
    let mut sorted: Vec<&String> = settings.iter().collect();
    let order = |setting: &str| {
        let key = setting.split('=').next().unwrap_or_default().trim();
        // The kind of the objective first, then that of its start: the one decides whether there is the other.
        if key.rsplit('.').next() == Some("kind") { key.matches('.').count() } else { usize::MAX }
    };
    sorted.sort_by_key(|setting| order(setting));
    // The first setting that nothing after it has put right, such as another observation time for another time step.
    let mut wrong = None;
    for setting in sorted {
        let flag = format!("--set {}", setting.replace(['\n', '\r'], " "));
        let (key, value) = setting
            .split_once('=')
            .ok_or_else(|| TaskError::config(&flag, "expected key=value, such as --set training.steps=100"))?;
        let (key, value) = (key.trim(), value.trim());
        if let (false, Some(now)) = (value.starts_with('{'), moved(key)) {
            return Err(TaskError::config(flag, format!("{key} is now {now}")));
        }
        set(&mut table, key, value).map_err(|reason| TaskError::config(&flag, reason))?;
        match read_checked(&table, &flag) {
            Ok(found) => (job, wrong) = (found, None),
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    if let Some(error) = wrong {
        return Err(error);
    }
    job.check()?;
    Ok(job)
}

/// The table of a text laid over that of the preset that it names as its base.
fn based(text: &str, origin: &str, depth: usize) -> Result<Table, TaskError> {
    let mut own: Table = toml::from_str(text).map_err(|e: toml::de::Error| {
        let line = e.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        TaskError::config(format!("{origin}, line {line}"), e.message().replace('\n', " "))
    })?;
    if let Some((key, now)) = moved_in(&own) {
        return Err(at_line(TaskError::config(origin, format!("{key} is now {now}")), text, origin));
    }
    let Some(base) = own.remove("base") else { return Ok(own) };
    let Some(name) = base.as_str() else {
        return Err(TaskError::config(origin, format!("base is {base}, but must be the name of a preset")));
    };
    if depth > 8 {
        return Err(TaskError::config(origin, "bases go round in a circle"));
    }
    let preset = preset::named(name).map_err(|e| TaskError::config(origin, format!("base: {e}")))?;
    let mut table = based(preset.text, &format!("configs/{name}.toml"), depth + 1)?;
    if let (Some(job), Some(theirs)) = (own.get("job"), table.get("job"))
        && job != theirs
    {
        return Err(TaskError::config(origin, format!("job is {job}, but that of base = {name:?} is {theirs}")));
    }
    lay_over(&mut table, own);
    Ok(table)
}

/// Keys that only some objectives have and that mean the same in each.
const KEPT: [&str; 2] = ["guide", "k"];

/// Sections that an exact minimum has no use for, and where they lie in case that another layer descends after all. The
/// name is none that a file can have.
const DESCENT: [&str; 2] = ["training", "validation"];
pub(super) const ASIDE: &str = "\0aside";

/// Lays one table over another, key by key. Another kind of objective replaces the objective below it.
fn lay_over(below: &mut Table, above: Table) {
    let mut above = above;
    // First, since it decides about its neighbours.
    let objective = above.remove("objective");
    for (key, value) in objective.map(|o| ("objective".to_owned(), o)).into_iter().chain(above) {
        if let Some(kind) = value.get("kind").and_then(Value::as_str) {
            change_kind(below, &key, kind);
        }
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

/// Makes `parent.name` of another kind: what the new kind may not know goes, and so does the training of an exact minimum.
fn change_kind(parent: &mut Table, name: &str, kind: &str) {
    let Some(Value::Table(old)) = parent.get(name) else { return };
    let was = old.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    if was == kind {
        return;
    }
    let guided = |kind: &str| ["action", "exact"].contains(&kind);
    let mut new = Table::new();
    new.insert("kind".to_owned(), Value::String(kind.to_owned()));
    if guided(&was) && guided(kind) {
        new.extend(KEPT.iter().filter_map(|key| Some(((*key).to_owned(), old.get(*key)?.clone()))));
    }
    parent.insert(name.to_owned(), Value::Table(new));
    if name == "objective" && kind == "exact" {
        let laid = DESCENT.iter().filter_map(|section| Some(((*section).to_owned(), parent.remove(*section)?)));
        let laid: Table = laid.collect();
        parent.insert(ASIDE.to_owned(), Value::Table(laid));
    } else if name == "objective"
        && let Some(Value::Table(laid)) = parent.remove(ASIDE)
    {
        for (section, value) in laid {
            parent.entry(section).or_insert(value);
        }
    }
}

/// Sets a dotted key of a table to a value in TOML syntax, or to the text itself.
fn set(table: &mut Table, key: &str, value: &str) -> Result<(), String> {
    let plain =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !key.split('.').all(plain) {
        return Err("a key is made of names with dots between them, such as training.steps".to_owned());
    }
    if value.contains(['\n', '\r']) {
        return Err("a setting is one line; use --set once for each".to_owned());
    }
    let value = match toml::from_str::<Table>(&format!("v = {value}")) {
        Ok(mut holder) if holder.len() == 1 => holder.remove("v").ok_or("expected one value")?,
        Ok(_) => return Err("expected one value".to_owned()),
        Err(_) => Value::String(value.to_owned()),
    };
    let parts: Vec<&str> = key.split('.').collect();
    let mut at = table;
    let mut index = 0;
    while index + 1 < parts.len() {
        let part = parts[index];
        if index + 2 == parts.len()
            && parts[index + 1] == "kind"
            && let Some(kind) = value.as_str()
        {
            change_kind(at, part, kind);
        }
        at = match at.entry(part).or_insert_with(|| Value::Table(Table::new())) {
            Value::Table(table) => table,
            Value::Array(items) => {
                let count = items.len();
                index += 1;
                parts[index]
                    .parse::<usize>()
                    .ok()
                    .filter(|_| index + 1 < parts.len())
                    .and_then(|n| items.get_mut(n))
                    .and_then(Value::as_table_mut)
                    .ok_or_else(|| format!("{part} is a list of {count}: name one by its number, {part}.0"))?
            }
            other => return Err(format!("{part} is {other} and no section")),
        };
        index += 1;
    }
    let last = parts[parts.len() - 1];
    if let (Some(Value::Table(_)), false) = (at.get(last), value.is_table()) {
        let hint = if last == "objective" { ", such as objective.kind" } else { "" };
        return Err(format!("{key} is a section; set one of its keys{hint}"));
    }
    if let Some(kind) = value.get("kind").and_then(Value::as_str) {
        change_kind(at, last, kind);
    }
    at.insert(last.to_owned(), value);
    Ok(())
}

/// An error of a file with the line of the key that it names, if there is one.
fn at_line(error: TaskError, text: &str, origin: &str) -> TaskError {
    let line = |reason: &str| {
        let words = reason.split([':', ' ', '(', ')']).filter(|w| !w.is_empty());
        words.filter_map(|word| word.rsplit('.').next()).find_map(|key| {
            text.lines().position(|line| {
                line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
            })
        })
    };
    let placed = |reason: &str| match line(reason) {
        Some(line) => format!("{origin}, line {}", line + 1),
        None => origin.to_owned(),
    };
    match error {
        TaskError::Config { origin: from, reason } if from == origin => {
            TaskError::Config { origin: placed(&reason), reason }
        }
        TaskError::Unused { origin: from, reason } if from == origin => {
            TaskError::Unused { origin: placed(&reason), reason }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClassifyObjective;

    fn told(text: &str, settings: &[&str]) -> String {
        let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
        layered(text, "my.toml", &settings).unwrap_err().to_string()
    }

    fn job(text: &str, settings: &[&str]) -> Job {
        let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
        layered(text, "my.toml", &settings).unwrap()
    }

    const MINE: &str = "base = \"digits\"\ntask = \"mine\"\n[training]\nsteps = 7\n";

    #[test]
    fn a_file_says_only_what_differs_from_its_base() {
        let (Job::Classify(mine), Job::Classify(base)) = (job(MINE, &[]), Job::preset("digits", &[]).unwrap())
        else {
            panic!("digits are classified");
        };
        assert_eq!((mine.task.as_str(), mine.training.unwrap().steps), ("mine", 7));
        assert_eq!((&mine.teacher, &mine.computer), (&base.teacher, &base.computer));
        assert_eq!(mine.training.unwrap().batch, base.training.unwrap().batch);
    }

    #[test]
    fn what_a_resolved_configuration_says_reads_as_itself() {
        for preset in preset::PRESETS {
            let job = Job::preset(preset.name, &[]).unwrap();
            assert_eq!(job.task(), preset.name);
            let text = toml::to_string(&job.table()).unwrap();
            assert_eq!(layered(&text, "again", &[]).unwrap(), job, "{}", preset.name);
        }
    }

    #[test]
    fn another_objective_brings_its_own_settings_and_drops_the_others() {
        let exact = job(MINE, &["objective.rounds=0", "objective.kind=exact"]);
        let Job::Classify(exact) = exact else { panic!("digits are classified") };
        let ClassifyObjective::Exact(settings) = exact.objective else { panic!("{:?}", exact.objective) };
        assert_eq!((settings.rounds, settings.k), (0, 100.0));
        assert!(exact.training.is_none() && exact.validation.is_none());
        // Whoever descends after all has the training of the base again.
        let base = "base = \"mnist-exact\"\n";
        let (Job::Classify(again), Job::Classify(mnist)) =
            (job(base, &["objective.kind=action"]), Job::preset("mnist", &[]).unwrap())
        else {
            panic!("images are classified");
        };
        assert_eq!((again.training, again.validation), (mnist.training, mnist.validation));
        // A start's own settings are enough to say that there is one, and where it stands does not matter.
        for settings in [
            &["objective.kind=pathwise", "objective.start.k=50.0"][..],
            &["objective.start.k=50.0", "objective.start.kind=exact", "objective.kind=pathwise"],
        ] {
            let Job::Classify(pathwise) = job(MINE, settings) else { panic!("digits are classified") };
            assert_eq!(pathwise.objective.exact().map(|start| start.k), Some(50.0), "{settings:?}");
        }
        let whole = job(MINE, &["objective={kind=\"exact\", k=100}"]);
        assert!(matches!(whole, Job::Classify(ref whole) if whole.training.is_none()), "{whole:?}");
        let stage = "stage.0.objective={kind=\"exact\", trajectories=3}".to_owned();
        assert!(Job::preset("generate-digits", &[stage]).is_ok());
        assert!(told(MINE, &["objective.kind=exact", "training.steps=3"]).contains("not used"));
        assert!(told(MINE, &["objective.rounds=3"]).contains("objective.rounds: no such key"));
    }

    #[test]
    fn a_mistake_is_blamed_on_its_layer_in_one_line() {
        for (text, settings, says) in [
            (MINE, &["training.stepz=3"][..], &["--set training.stepz=3", "no such key", "steps"][..]),
            (MINE, &["hidden=3"], &["hidden is now computer.hidden"]),
            (MINE, &["training.times=3"], &["objective.times"]),
            (MINE, &["pathwise.time_step=3"], &["objective.time_step"]),
            (MINE, &["objective=exact"], &["objective.kind"]),
            (MINE, &["dynamics.kt=1\nseed=77"], &["one line"]),
            (MINE, &["dynamics.kt=nan"], &["kt"]),
            (MINE, &["seed=-1"], &["--set seed=-1"]),
            (MINE, &["dynamics.kt=1e-300"], &["1e-30"]),
            (MINE, &["energy.joules_per_mac=1e308"], &["energy.joules_per_mac"]),
            (MINE, &["stage.training.steps=3"], &["stage"]),
            (MINE, &["data.classes=[0,0]"], &["different classes"]),
            (MINE, &["computer.connectivity=[\"hidden-output\"]"], &["computer.connectivity"]),
            (MINE, &["computer.hidden=9999999999"], &["computer.hidden"]),
            (MINE, &["task=../x"], &["task"]),
            ("base = \"digits\"\nkt = 2.0\n", &[], &["my.toml, line 2", "dynamics.kt"]),
            ("base = \"digits\"\n\n[teacher]\nepoch = 2\n", &[], &["my.toml, line 4", "teacher.epoch"]),
            ("base = \"digit\"\n", &[], &["unknown preset"]),
            ("base = \"digits\"\njob = \"generate\"\n", &[], &["job"]),
            ("seed = 3\n", &[], &["needs job"]),
            ("seed = = 3\n", &[], &["my.toml, line 1"]),
            ("base = \"digits\"\n[objective]\nkind = \"exact\"\n[training]\nsteps = 3\n", &[], &["not used"]),
            ("base = \"generate-digits\"\n[[stage]]\nobjective = \"exact\"\n", &[], &["stage.0.objective.kind"]),
        ] {
            let message = told(text, settings);
            assert!(says.iter().all(|part| message.contains(part)), "{settings:?}: {message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }
}
