//! The folder the weights lie in.

use std::path::{Path, PathBuf};

use super::{FileState, KnownFile, KnownModel, ModelRole};

/// A folder of model files, `<root>/<model>/<file>`, and of runtimes,
/// `<root>/runtimes/<runtime>-<version>/<file>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStore {
    root: PathBuf,
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

    /// Whether a model can read: every file it needs exists with its known size. Bytes are
    /// not read, and the optional classifier is not asked for.
    pub fn is_present(&self, model: &KnownModel) -> bool {
        let mut needed = model.files.iter().filter(|file| !file.is_optional());
        needed.all(|file| file.pinned().is_at(&self.path(model, file)))
    }

    /// The path of a model's file with a role, when it exists with its known size.
    pub fn present_file(&self, model: &KnownModel, role: ModelRole) -> Option<PathBuf> {
        let file = model.file(role)?;
        let path = self.path(model, file);
        file.pinned().is_at(&path).then_some(path)
    }

    /// Reads and hashes one file.
    pub fn verify(&self, model: &KnownModel, file: &KnownFile) -> FileState {
        file.pinned().verify(&self.path(model, file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::known_model;

    #[test]
    fn a_model_without_its_classifier_is_present() {
        let dir = tempfile::tempdir().unwrap();
        let store = ModelStore::new(dir.path());
        let model = known_model("ppocrv6-tiny").unwrap();
        std::fs::create_dir_all(dir.path().join(model.name)).unwrap();
        for file in model.files.iter().filter(|file| !file.is_optional()) {
            assert!(!store.is_present(model), "before {}", file.name);
            let sparse = std::fs::File::create(store.path(model, file)).unwrap();
            sparse.set_len(file.bytes).unwrap();
        }
        assert!(store.is_present(model));
        assert_eq!(store.present_file(model, ModelRole::Classification), None);
        let dictionary = store.present_file(model, ModelRole::Dictionary);
        assert!(dictionary.is_some_and(|path| path.ends_with("ppocrv6_tiny_dict.txt")));
    }
}
