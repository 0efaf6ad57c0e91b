//! One ONNX network in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use overnight_record::result::ModelFile;
use overnight_record::store::sha256_hex;
use rten::{Model, RunOptions, ThreadPool, Value};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use crate::models::{KnownFile, KnownModel, ModelRole, ModelStore};
use crate::{BackendError, StageError};

/// What executes the networks; a test compares the version with the lock file.
pub(super) const RUNTIME: &str = "rten 0.27.0";

/// Where a network's file comes from.
#[derive(Debug)]
pub(super) enum Source<'a> {
    /// A known model's file in the store, whose hash must be right.
    Known(&'a ModelStore, &'a KnownModel, &'a KnownFile),
    /// A user's own file.
    Own(&'a Path),
}

/// A network with one image input and one output.
#[derive(Debug)]
pub(super) struct Network {
    model: Model,
    role: ModelRole,
    path: PathBuf,
    sha256: String,
}

impl Network {
    /// Reads, checks and parses a network.
    pub(super) fn load(role: ModelRole, source: &Source<'_>) -> Result<Self, BackendError> {
        let path = match source {
            Source::Known(store, model, file) => store.path(model, file),
            Source::Own(path) => path.to_path_buf(),
        };
        let bytes = std::fs::read(&path).map_err(|error| match source {
            Source::Known(store, model, _) if error.kind() == std::io::ErrorKind::NotFound => {
                BackendError::WeightsMissing {
                    model: model.name.to_owned(),
                    folder: store.root().to_owned(),
                }
            }
            _ => BackendError::ReadModel {
                role: role.name(),
                path: path.clone(),
                source: error,
            },
        })?;
        let sha256 = sha256_hex(&bytes);
        if let Source::Known(_, model, file) = source
            && sha256 != file.sha256
        {
            return Err(BackendError::WeightsDamaged {
                model: model.name.to_owned(),
                path,
                expected: file.sha256.to_owned(),
                actual: sha256,
            });
        }
        match Model::load(bytes) {
            Ok(model) => Ok(Self {
                model,
                role,
                path,
                sha256,
            }),
            Err(error) => Err(BackendError::NotAModel {
                role: role.name(),
                path,
                reason: error.to_string(),
            }),
        }
    }

    /// Runs the network on `[batch, 3, height, width]` and returns its first output.
    ///
    /// # Errors
    /// [`StageError`] with the runtime's words.
    pub(super) fn run(
        &self,
        input: NdTensor<f32, 4>,
        threads: &Arc<ThreadPool>,
    ) -> Result<Tensor<f32>, StageError> {
        let failed = |reason: String| StageError {
            stage: self.role.name(),
            reason,
        };
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(threads));
        let output: Value = self
            .model
            .run_one(input.into(), Some(options))
            .map_err(|error| failed(error.to_string()))?;
        output
            .try_into()
            .map_err(|_| failed("its output holds no floating-point numbers".to_owned()))
    }

    /// Runs a blank image through, to learn the shape of the output.
    ///
    /// # Errors
    /// [`BackendError::NotAModel`] when the network does not take such an image.
    pub(super) fn probe(
        &self,
        height: usize,
        width: usize,
        threads: &Arc<ThreadPool>,
    ) -> Result<Vec<usize>, BackendError> {
        let blank = NdTensor::zeros([1, 3, height, width]);
        self.run(blank, threads)
            .map(|output| output.shape().to_vec())
            .map_err(|error| self.unusable(error.reason))
    }

    /// An error that says why this file cannot be used.
    pub(super) fn unusable(&self, reason: String) -> BackendError {
        BackendError::NotAModel {
            role: self.role.name(),
            path: self.path.clone(),
            reason,
        }
    }

    /// A value of the network's metadata.
    pub(super) fn metadata(&self, key: &str) -> Option<&str> {
        self.model.metadata().get(key)
    }

    /// Its SHA-256 in hex.
    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The file, for the record.
    pub(super) fn file(&self) -> ModelFile {
        ModelFile {
            role: self.role.name().to_owned(),
            name: self
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            sha256: self.sha256.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_is_the_one_in_the_lock_file() {
        let lock = include_str!("../../../../Cargo.lock");
        let version = RUNTIME.strip_prefix("rten ").unwrap();
        assert!(lock.contains(&format!("name = \"rten\"\nversion = \"{version}\"")));
    }

    #[test]
    fn what_is_no_onnx_file_is_refused_with_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model.onnx");
        for bytes in [&b""[..], b"<html>not found</html>", &[8; 400]] {
            std::fs::write(&path, bytes).unwrap();
            let error = Network::load(ModelRole::Detection, &Source::Own(&path)).unwrap_err();
            assert!(error.to_string().contains("model.onnx"), "{error}");
            assert!(matches!(error, BackendError::NotAModel { .. }), "{error}");
        }
        let absent = dir.path().join("absent.onnx");
        let error = Network::load(ModelRole::Detection, &Source::Own(&absent)).unwrap_err();
        assert!(matches!(error, BackendError::ReadModel { .. }), "{error}");
    }
}
