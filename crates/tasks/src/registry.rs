//! The tasks that `trainer` knows by name.

use crate::TaskError;
use crate::data::{self, DataError, DataSet};
use std::path::PathBuf;

/// Where to look for a task's data.
#[derive(Debug, Clone, Default)]
pub struct DataRequest {
    /// A folder of IDX files that the user named; nothing else is tried then.
    pub folder: Option<PathBuf>,
    /// Whether a download may be tried.
    pub download: bool,
}

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// Classifies images (paper A); its configuration is a [`crate::JobConfig`].
    Classify,
    /// Generates images (paper B); its configuration is a [`crate::generative::GenerateConfig`].
    Generate,
}

/// A task by name.
pub struct TaskEntry {
    /// The name, as in a config's `task`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Its configuration, compiled in.
    pub config: &'static str,
    /// What it does.
    pub kind: TaskKind,
    /// Name of its data set.
    pub dataset: &'static str,
    /// What else, if the data are not to be had: the name of another task.
    pub fallback: Option<&'static str>,
}

/// Name, kind, data set, fallback, summary; the configuration is `configs/NAME.toml`.
macro_rules! task {
    ($name:literal, $kind:ident, $dataset:literal, $fallback:expr, $summary:literal) => {
        TaskEntry {
            name: $name,
            summary: $summary,
            config: include_str!(concat!("../../../configs/", $name, ".toml")),
            kind: TaskKind::$kind,
            dataset: $dataset,
            fallback: $fallback,
        }
    };
}

/// All tasks. The first is what `trainer` runs without a word.
pub fn registry() -> &'static [TaskEntry] {
    const TASKS: &[TaskEntry] = &[
        task!(
            "mnist",
            Classify,
            "mnist",
            Some("digits"),
            "classify MNIST with 64 hidden units by imitating a teacher whose activation the units can follow"
        ),
        task!(
            "mnist-paper",
            Classify,
            "mnist",
            None,
            "paper A as it stands: tanh teacher, plain gradient descent"
        ),
        task!(
            "mnist-exact",
            Classify,
            "mnist",
            None,
            "the exact minimum of the action, solved again on the computer's own trajectories"
        ),
        task!("mnist-pathwise", Classify, "mnist", None, "train the same computer through its own noisy dynamics"),
        task!("mnist-low-heat", Classify, "mnist", None, "the same within a budget of heat"),
        task!(
            "fashion-mnist-pathwise",
            Classify,
            "fashion-mnist",
            None,
            "classify Fashion-MNIST, trained through the dynamics"
        ),
        task!("fashion-mnist", Classify, "fashion-mnist", None, "classify Fashion-MNIST"),
        task!("digits", Classify, "digits", None, "classify the built-in UCI digits, 8×8 pixels"),
        task!(
            "two-class",
            Classify,
            "mnist",
            Some("two-class-digits"),
            "tell 0 from 1 with 8 hidden units: the minimal experiment"
        ),
        task!(
            "two-class-digits",
            Classify,
            "digits",
            None,
            "tell 0 from 1 with 8 hidden units, on the built-in digits"
        ),
        task!(
            "generate",
            Generate,
            "mnist",
            Some("generate-digits"),
            "generate three digits from noise: paper B as it stands"
        ),
        task!(
            "generate-unconditional",
            Generate,
            "mnist",
            None,
            "the same three digits, better: visible biases, contrastive divergence on the device's own runs"
        ),
        task!("generate-conditional", Generate, "mnist", None, "the digit asked for, by frozen class units"),
        task!("generate-mnist", Generate, "mnist", None, "all ten digits, 512 hidden units"),
        task!("generate-digits", Generate, "digits", None, "generate three of the built-in digits, 8×8 pixels"),
    ];
    TASKS
}

/// The task of a name.
///
/// # Errors
/// [`TaskError::UnknownTask`] lists the names.
pub fn task_named(name: &str) -> Result<&'static TaskEntry, TaskError> {
    registry().iter().find(|task| task.name == name).ok_or_else(|| TaskError::UnknownTask {
        name: name.to_owned(),
        known: registry().iter().map(|task| task.name).collect::<Vec<_>>().join(", "),
    })
}

/// The published data set that begins with these training labels, if it is one: MNIST and Fashion-MNIST come under the
/// same file names.
fn known_data_set(train_labels: &[u8]) -> Option<&'static str> {
    match train_labels.get(..10) {
        Some([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]) => Some("mnist"),
        Some([9, 0, 0, 3, 0, 2, 7, 2, 5, 5]) => Some("fashion-mnist"),
        _ => None,
    }
}

impl TaskEntry {
    /// Rows and columns of its images.
    pub fn image_shape(&self) -> [usize; 2] {
        if self.dataset == "digits" { [8, 8] } else { [28, 28] }
    }

    /// Loads the task's data: from the folder named, else by download, else what is built in.
    ///
    /// # Errors
    /// [`TaskError::Data`] when the folder named does not hold the data; [`TaskError::NoData`] when there are none.
    pub fn load(&self, request: &DataRequest) -> Result<DataSet, TaskError> {
        if self.dataset == "digits" {
            return Ok(data::digits::built_in());
        }
        if let Some(folder) = &request.folder {
            let found = data::idx::load_folder(self.dataset, folder)?;
            return match known_data_set(&found.train.labels) {
                Some(name) if name != self.dataset => Err(TaskError::WrongDataSet {
                    folder: folder.display().to_string(),
                    expected: self.dataset,
                    found: name,
                }),
                _ => Ok(found),
            };
        }
        let missing = |reason: String| TaskError::NoData { task: self.name.to_owned(), reason };
        if self.dataset != "mnist" {
            return Err(missing("give a folder of its IDX files with --data-dir or THERMO_DATA".to_owned()));
        }
        if !request.download {
            return Err(missing(
                "no --data-dir or THERMO_DATA is given, and --offline forbids a download".to_owned(),
            ));
        }
        data::download::download_mnist().map_err(|e: DataError| {
            missing(format!("no --data-dir or THERMO_DATA is given, and the download failed: {e}"))
        })
    }
}
