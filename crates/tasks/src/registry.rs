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

/// All tasks. The first is what `trainer` runs without a word.
pub fn registry() -> &'static [TaskEntry] {
    const TASKS: &[TaskEntry] = &[
        TaskEntry {
            name: "mnist",
            summary: "classify MNIST with 64 hidden units by imitating a teacher whose activation the units can follow",
            config: include_str!("../../../configs/mnist.toml"),
            kind: TaskKind::Classify,
            dataset: "mnist",
            fallback: Some("digits"),
        },
        TaskEntry {
            name: "mnist-paper",
            summary: "paper A as it stands: tanh teacher, plain gradient descent",
            config: include_str!("../../../configs/mnist-paper.toml"),
            kind: TaskKind::Classify,
            dataset: "mnist",
            fallback: None,
        },
        TaskEntry {
            name: "mnist-exact",
            summary: "the exact minimum of the action, solved again on the computer's own trajectories",
            config: include_str!("../../../configs/mnist-exact.toml"),
            kind: TaskKind::Classify,
            dataset: "mnist",
            fallback: None,
        },
        TaskEntry {
            name: "mnist-pathwise",
            summary: "train the same computer through its own noisy dynamics",
            config: include_str!("../../../configs/mnist-pathwise.toml"),
            kind: TaskKind::Classify,
            dataset: "mnist",
            fallback: None,
        },
        TaskEntry {
            name: "mnist-low-heat",
            summary: "the same with a price on heat",
            config: include_str!("../../../configs/mnist-low-heat.toml"),
            kind: TaskKind::Classify,
            dataset: "mnist",
            fallback: None,
        },
        TaskEntry {
            name: "fashion-mnist-pathwise",
            summary: "classify Fashion-MNIST, trained through the dynamics",
            config: include_str!("../../../configs/fashion-mnist-pathwise.toml"),
            kind: TaskKind::Classify,
            dataset: "fashion-mnist",
            fallback: None,
        },
        TaskEntry {
            name: "fashion-mnist",
            summary: "classify Fashion-MNIST",
            config: include_str!("../../../configs/fashion-mnist.toml"),
            kind: TaskKind::Classify,
            dataset: "fashion-mnist",
            fallback: None,
        },
        TaskEntry {
            name: "digits",
            summary: "classify the built-in UCI digits, 8×8 pixels",
            config: include_str!("../../../configs/digits.toml"),
            kind: TaskKind::Classify,
            dataset: "digits",
            fallback: None,
        },
        TaskEntry {
            name: "two-class",
            summary: "tell 0 from 1 with 8 hidden units: the minimal experiment",
            config: include_str!("../../../configs/two-class.toml"),
            kind: TaskKind::Classify,
            dataset: "mnist",
            fallback: Some("two-class-digits"),
        },
        TaskEntry {
            name: "two-class-digits",
            summary: "tell 0 from 1 with 8 hidden units, on the built-in digits",
            config: include_str!("../../../configs/two-class-digits.toml"),
            kind: TaskKind::Classify,
            dataset: "digits",
            fallback: None,
        },
        TaskEntry {
            name: "generate",
            summary: "generate three digits from noise: paper B as it stands",
            config: include_str!("../../../configs/generate.toml"),
            kind: TaskKind::Generate,
            dataset: "mnist",
            fallback: Some("generate-digits"),
        },
        TaskEntry {
            name: "generate-unconditional",
            summary: "the same three digits, better: visible biases, contrastive divergence on the device's own runs",
            config: include_str!("../../../configs/generate-unconditional.toml"),
            kind: TaskKind::Generate,
            dataset: "mnist",
            fallback: None,
        },
        TaskEntry {
            name: "generate-conditional",
            summary: "the digit asked for, by frozen class units",
            config: include_str!("../../../configs/generate-conditional.toml"),
            kind: TaskKind::Generate,
            dataset: "mnist",
            fallback: None,
        },
        TaskEntry {
            name: "generate-mnist",
            summary: "all ten digits, 512 hidden units",
            config: include_str!("../../../configs/generate-mnist.toml"),
            kind: TaskKind::Generate,
            dataset: "mnist",
            fallback: None,
        },
        TaskEntry {
            name: "generate-digits",
            summary: "generate three of the built-in digits, 8×8 pixels",
            config: include_str!("../../../configs/generate-digits.toml"),
            kind: TaskKind::Generate,
            dataset: "digits",
            fallback: None,
        },
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
