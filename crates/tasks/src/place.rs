//! Where a job is done: what is kept, and by whom it is done.

use crate::TaskError;
use burn::module::Module;
use burn::tensor::backend::Backend;
use learning::{Alone, LearningError, Team, load_module, module_bytes, module_of_bytes, save_module};
use runs::{RunError, write_whole};
use std::path::{Path, PathBuf};

/// The folder that a job keeps what is finished in, if there is one, and the [`Team`] that does the job. By default no folder, alone.
///
/// Of a team, rank 0 alone reads and writes files. What it finds, and what it makes by itself (the teacher, networks that measure), all
/// ranks are told.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    folder: Option<&'a Path>,
    team: &'a dyn Team,
}

impl Default for Place<'_> {
    fn default() -> Self {
        Self { folder: None, team: &Alone }
    }
}

impl<'a> Place<'a> {
    /// A folder, alone.
    pub fn folder(folder: &'a Path) -> Self {
        Self { folder: Some(folder), team: &Alone }
    }

    /// A rank of a team; the folder is rank 0's.
    pub fn of_team(folder: Option<&'a Path>, team: &'a dyn Team) -> Self {
        Self { folder: folder.filter(|_| team.rank() == 0), team }
    }

    /// The team.
    pub fn team(&self) -> &'a dyn Team {
        self.team
    }

    /// The folder, on rank 0.
    pub(crate) fn kept_in(&self) -> Option<&'a Path> {
        self.folder
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.folder.map(|folder| folder.join(name)).filter(|path| path.exists())
    }

    /// Whether a file is kept.
    pub(crate) fn keeps(&self, name: &str) -> Result<bool, TaskError> {
        let found = self.team.by_first(|| Ok::<_, LearningError>(vec![u8::from(self.path(name).is_some())]))?;
        Ok(found == [1])
    }

    /// The text that is kept under a name; none where it is not, or cannot be read.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, TaskError> {
        let read = || self.path(name).and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
        let bytes = self.team.by_first(|| Ok::<_, LearningError>(read()))?;
        Ok(String::from_utf8(bytes).ok().filter(|text| !text.is_empty()))
    }

    /// Keeps a text.
    pub(crate) fn keep_text(&self, name: &str, text: &str) -> Result<(), RunError> {
        self.folder.map_or(Ok(()), |folder| write_whole(&folder.join(name), text.as_bytes()))
    }

    /// The module that is kept under a name.
    pub(crate) fn module<B: Backend, M: Module<B>>(&self, name: &str, like: M) -> Result<Option<M>, TaskError> {
        if !self.keeps(name)? {
            return Ok(None);
        }
        self.by_first(like.clone(), || match self.path(name) {
            Some(path) => Ok(load_module(like, &path)?),
            None => Err(LearningError::Team(format!("{name} was taken away meanwhile; start again")).into()),
        })
        .map(Some)
    }

    /// Keeps a module.
    pub(crate) fn keep_module<B: Backend, M: Module<B>>(&self, name: &str, module: &M) -> Result<(), TaskError> {
        Ok(self.folder.map_or(Ok(()), |folder| save_module(module, &folder.join(name)))?)
    }

    /// A module of this kind that rank 0 makes while the others wait.
    pub(crate) fn by_first<B: Backend, M: Module<B>>(
        &self,
        like: M,
        make: impl FnOnce() -> Result<M, TaskError>,
    ) -> Result<M, TaskError> {
        if self.team.ranks() == 1 {
            return make();
        }
        let refused = |reason: String| TaskError::from(LearningError::Team(reason));
        let mut made = None;
        let bytes = self.team.by_first(|| -> Result<_, TaskError> {
            let module = make()?;
            let bytes = module_bytes(&module).map_err(refused)?;
            made = Some(module);
            Ok(bytes)
        })?;
        match made {
            Some(module) => Ok(module),
            None => module_of_bytes(like, bytes).map_err(refused),
        }
    }
}
