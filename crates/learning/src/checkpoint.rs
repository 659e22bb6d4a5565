//! Checkpoints and module files, each written whole or not at all.

use crate::{LearningError, Team};
use burn::module::Module;
use burn::record::{DoublePrecisionSettings, NamedMpkBytesRecorder, Record, Recorder};
use burn::tensor::backend::Backend;
use burn_store::{ModuleSnapshot, SafetensorsStore};
use safetensors::{Dtype, SafeTensors};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Double precision, so that an `f64` training resumes exactly too; it holds every `f32`.
type Bytes = NamedMpkBytesRecorder<DoublePrecisionSettings>;

/// When and where a training saves its state.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// The file.
    pub path: PathBuf,
    /// Training steps between two writes.
    pub every: usize,
    /// Which training it is of, such as a digest of everything that decides it: a checkpoint of another is refused.
    pub of: String,
}

impl Checkpoint {
    /// Writes model, optimiser and the number of steps taken, in one file.
    pub(crate) fn write<B: Backend, M: Record<B>, O: Record<B>>(
        &self,
        model: M,
        optimizer: O,
        steps: usize,
    ) -> Result<(), LearningError> {
        let record = (self.of.clone(), model, optimizer, steps);
        let bytes = Recorder::<B>::record(&Bytes::default(), record, ()).map_err(|e| LearningError::Format {
            path: self.path.clone(),
            reason: format!("cannot encode the checkpoint: {e}"),
        })?;
        write_whole(&self.path, &bytes)
    }

    /// The bytes that [`Checkpoint::write`] wrote, looked at; no byte if there is no file.
    fn bytes<B: Backend, M: Record<B>, O: Record<B>>(&self, device: &B::Device) -> Result<Vec<u8>, LearningError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => {
                return Err(LearningError::File { action: "read", path: self.path.clone(), source });
            }
        };
        let refused = |what: &str| LearningError::Format {
            path: self.path.clone(),
            reason: format!("{what}; delete it to start this phase again"),
        };
        // Burn's own words are many lines of types.
        let Some((of, _)) = decoded::<B, M, O>(&bytes, device) else {
            return Err(refused("damaged, or not a checkpoint of this training"));
        };
        if of != self.of {
            return Err(refused("a checkpoint of another training"));
        }
        Ok(bytes)
    }
}

/// Where a training stands.
pub(crate) struct State<M, O> {
    pub(crate) model: M,
    pub(crate) optimizer: O,
    /// Steps taken.
    pub(crate) steps: usize,
}

fn decoded<B: Backend, M: Record<B>, O: Record<B>>(
    bytes: &[u8],
    device: &B::Device,
) -> Option<(String, State<M, O>)> {
    let record: (String, M, O, usize) = Recorder::<B>::load(&Bytes::default(), bytes.to_vec(), device).ok()?;
    let (of, model, optimizer, steps) = record;
    Some((of, State { model, optimizer, steps }))
}

/// The state that a checkpoint holds: rank 0 reads it, and all have it. None if there is none.
pub(crate) fn read_checkpoint<B: Backend, M: Record<B>, O: Record<B>>(
    team: &dyn Team,
    checkpoint: Option<&Checkpoint>,
    device: &B::Device,
) -> Result<Option<State<M, O>>, LearningError> {
    let bytes =
        team.by_first(|| checkpoint.map_or(Ok(Vec::new()), |checkpoint| checkpoint.bytes::<B, M, O>(device)))?;
    if bytes.is_empty() {
        return Ok(None);
    }
    match decoded::<B, M, O>(&bytes, device) {
        Some((_, state)) => Ok(Some(state)),
        None => Err(LearningError::Team(
            "the checkpoint of rank 0 is not of the training that this rank does; start all ranks with the same command".to_owned(),
        )),
    }
}

/// Writes a file under a temporary name and renames it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), LearningError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".thermograd-{}-{name}.tmp", std::process::id()));
    let write = || -> std::io::Result<()> {
        // A new file in any case: a link of that name, or what a killed process left, is not written through.
        let _ = std::fs::remove_file(&temporary);
        let mut file = std::fs::File::create_new(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().inspect_err(|_| drop(std::fs::remove_file(&temporary))).map_err(|source| LearningError::File {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

/// Saves a module as safetensors, whole or not at all.
///
/// # Errors
/// [`LearningError::File`] or [`LearningError::Format`], naming the file.
pub fn save_module<B: Backend, M: Module<B>>(module: &M, path: &Path) -> Result<(), LearningError> {
    let failed = |reason: String| LearningError::Format { path: path.to_owned(), reason };
    write_whole(path, &module_bytes(module).map_err(failed)?)
}

/// The bytes of a module's safetensors file; the same module makes the same bytes.
///
/// # Errors
/// What keeps it from being written, in one line.
pub fn module_bytes<B: Backend, M: Module<B>>(module: &M) -> Result<Vec<u8>, String> {
    // More than one entry of metadata would come in random order.
    let mut store = SafetensorsStore::from_bytes(None).clear_metadata().metadata("format", "safetensors");
    module.save_into(&mut store).map_err(|e| e.to_string())?;
    Ok(store.get_bytes().map_err(|e| e.to_string())?.clone())
}

/// Loads a module from safetensors. The file is looked at whole before anything is taken from it: it must hold the tensors of this
/// module and no others, of its shapes and float type, every number finite.
///
/// # Errors
/// [`LearningError::File`] when the file cannot be read; [`LearningError::Format`] says what in it is not this module's.
pub fn load_module<B: Backend, M: Module<B>>(module: M, path: &Path) -> Result<M, LearningError> {
    let bytes = std::fs::read(path).map_err(|source| LearningError::File {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    module_of_bytes(module, bytes).map_err(|reason| LearningError::Format {
        path: path.to_owned(),
        reason: format!("{reason}; take it from a copy, or train again"),
    })
}

/// Loads a module from the bytes of a safetensors file, as [`load_module`].
///
/// # Errors
/// What in them is not this module's, in one line.
pub fn module_of_bytes<B: Backend, M: Module<B>>(mut module: M, bytes: Vec<u8>) -> Result<M, String> {
    let line = |text: String| text.lines().next().unwrap_or_default().chars().take(200).collect::<String>();
    let mut own = SafetensorsStore::from_bytes(None);
    module.save_into(&mut own).map_err(|e| line(e.to_string()))?;
    let own = own.get_bytes().map_err(|e| line(e.to_string()))?;
    check(&own, &bytes)?;
    let mut store = SafetensorsStore::from_bytes(Some(bytes));
    module
        .load_from(&mut store)
        .map_err(|e| format!("not a safetensors file of this module: {}", line(e.to_string())))?;
    Ok(module)
}

/// Compares a safetensors file with that of the module it is meant for.
fn check(own: &[u8], found: &[u8]) -> Result<(), String> {
    let read = |bytes| SafeTensors::deserialize(bytes).map_err(|e| format!("not a safetensors file ({e})"));
    let (own, found) = (read(own)?, read(found)?);
    let segments = |name: &str| name.split('.').any(|part| part == "later");
    let mut tensors = own.tensors();
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, expected) in tensors {
        let tensor = found.tensor(&name).map_err(|_| {
            if segments(&name) {
                return "its program has fewer segments than this one (program.segments)".to_owned();
            }
            format!("no tensor {name:?}; it is of another module")
        })?;
        if tensor.shape() != expected.shape() {
            return Err(format!(
                "{name:?} has shape {:?}, but {:?} is expected; it is of another layout",
                tensor.shape(),
                expected.shape()
            ));
        }
        if tensor.dtype() != expected.dtype() {
            return Err(format!("{name:?} has type {:?}, but {:?} is expected", tensor.dtype(), expected.dtype()));
        }
        let infinite = match tensor.dtype() {
            Dtype::F32 => {
                tensor.data().as_chunks::<4>().0.iter().position(|b| !f32::from_le_bytes(*b).is_finite())
            }
            Dtype::F64 => {
                tensor.data().as_chunks::<8>().0.iter().position(|b| !f64::from_le_bytes(*b).is_finite())
            }
            _ => None,
        };
        if let Some(index) = infinite {
            return Err(format!("number {} of {name:?} is not finite", index + 1));
        }
    }
    match found.names().into_iter().filter(|name| own.tensor(name).is_err()).min() {
        Some(name) if segments(name) => {
            Err("its program has more segments than this one (program.segments)".to_owned())
        }
        Some(name) => {
            Err(format!("a tensor {:?} that this module has not", name.chars().take(60).collect::<String>()))
        }
        None => Ok(()),
    }
}
