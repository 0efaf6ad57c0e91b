//! One ONNX network in memory.

use std::path::{Path, PathBuf};

use overnight_record::result::ModelFile;
use overnight_record::store::sha256_hex;

use crate::models::{KnownFile, KnownModel, ModelRole, ModelStore};
use crate::runtime::{Input, Lane, LoadFailure, Read, Runtime, RuntimeError, Session};
use crate::{BackendError, StageError};

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
    session: Box<dyn Session>,
    role: ModelRole,
    path: PathBuf,
    sha256: String,
}

impl Network {
    /// Reads, checks and parses a network.
    pub(super) fn load(
        role: ModelRole,
        source: &Source<'_>,
        runtime: &dyn Runtime,
    ) -> Result<Self, BackendError> {
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
        match runtime.load(bytes) {
            Ok(session) => Ok(Self {
                session,
                role,
                path,
                sha256,
            }),
            Err(LoadFailure::Network(reason)) => Err(BackendError::NotAModel {
                role: role.name(),
                path,
                reason,
            }),
            Err(LoadFailure::Device(reason)) => Err(RuntimeError::NoDevice {
                device: runtime.device(),
                reason,
            }
            .into()),
        }
    }

    /// Runs the network and hands its first output to `read`.
    ///
    /// # Errors
    /// [`StageError`] with the runtime's words.
    pub(super) fn run(
        &self,
        input: Input<'_>,
        lane: Lane,
        read: &mut Read<'_>,
    ) -> Result<(), StageError> {
        let ran = self.session.run(input, lane, read);
        ran.map_err(|reason| self.failed(reason))
    }

    /// An error that says how a run of this network ended.
    pub(super) fn failed(&self, reason: impl Into<String>) -> StageError {
        StageError {
            stage: self.role.name(),
            reason: reason.into(),
        }
    }

    /// Runs a blank image through, to learn the shape of the output.
    ///
    /// # Errors
    /// [`BackendError::NotAModel`] when the network does not take such an image.
    pub(super) fn probe(&self, height: usize, width: usize) -> Result<Vec<usize>, BackendError> {
        let blank = vec![0.0; 3 * height * width];
        let input = Input {
            shape: [1, 3, height, width],
            data: &blank,
        };
        let mut found = Vec::new();
        self.run(input, Lane::One(0), &mut |shape, _| found = shape.to_vec())
            .map_err(|error| self.unusable(error.reason))?;
        Ok(found)
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
    pub(super) fn metadata(&self, key: &str) -> Option<String> {
        self.session.metadata(key)
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
    use crate::runtime::{RuntimeSpec, open};

    #[test]
    fn what_is_no_onnx_file_is_refused_with_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model.onnx");
        let runtime = open(&RuntimeSpec::default(), None, 1).unwrap();
        let load = |path: &Path| {
            Network::load(ModelRole::Detection, &Source::Own(path), runtime.as_ref()).unwrap_err()
        };
        for bytes in [&b""[..], b"<html>not found</html>", &[8; 400]] {
            std::fs::write(&path, bytes).unwrap();
            let error = load(&path);
            assert!(error.to_string().contains("model.onnx"), "{error}");
            assert!(matches!(error, BackendError::NotAModel { .. }), "{error}");
        }
        let absent = dir.path().join("absent.onnx");
        let error = load(&absent);
        assert!(matches!(error, BackendError::ReadModel { .. }), "{error}");
    }
}
