//! The folder the weights lie in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use overnight_record::store::sha256_hex;

use super::{KnownFile, KnownModel};

/// A folder of model files: `<root>/<model>/<file>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStore {
    root: PathBuf,
}

/// How a file of a model is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// It is there and its bytes are the known ones.
    Ready,
    /// It is not there.
    Missing,
    /// Its bytes are others, or cannot be read.
    Corrupt {
        /// SHA-256 of what is there, in hex; `None` when it cannot be read.
        sha256: Option<String>,
    },
}

impl ModelStore {
    /// A store in `root`, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file of a model belongs.
    pub fn path(&self, model: &KnownModel, file: &KnownFile) -> PathBuf {
        self.root.join(model.name).join(file.name)
    }

    /// Whether every file of a model exists with its known size; its bytes are not read.
    pub fn is_present(&self, model: &KnownModel) -> bool {
        model.files.iter().all(|file| {
            fs::metadata(self.path(model, file))
                .is_ok_and(|meta| meta.is_file() && meta.len() == file.bytes)
        })
    }

    /// Reads and hashes one file.
    pub fn verify(&self, model: &KnownModel, file: &KnownFile) -> FileState {
        match fs::read(self.path(model, file)) {
            Ok(bytes) => {
                let actual = sha256_hex(&bytes);
                if actual == file.sha256 {
                    FileState::Ready
                } else {
                    FileState::Corrupt {
                        sha256: Some(actual),
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => FileState::Missing,
            Err(_) => FileState::Corrupt { sha256: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::known_model;

    #[test]
    fn a_changed_file_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let store = ModelStore::new(dir.path());
        let model = known_model("ppocrv6-small").unwrap();
        let file = &model.files[0];
        assert_eq!(store.verify(model, file), FileState::Missing);
        fs::create_dir_all(dir.path().join(model.name)).unwrap();
        fs::write(store.path(model, file), b"half a download").unwrap();
        assert!(matches!(
            store.verify(model, file),
            FileState::Corrupt { sha256: Some(_) }
        ));
        assert!(!store.is_present(model));
    }
}
