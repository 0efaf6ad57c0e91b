//! What was measured: the dataset and the backend.

use serde::{Deserialize, Serialize};

/// A dataset as used by one study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetInfo {
    /// Its name in the configuration.
    pub name: String,
    /// Its folder or file, as configured.
    pub path: String,
    /// Its format, such as `sroie`.
    pub format: String,
    /// Samples in the whole dataset.
    pub n_total: usize,
    /// Samples this study used.
    pub n: usize,
    /// SHA-256 over the sorted ids and image hashes of the samples used, in hex.
    pub content_sha256: String,
}

/// A file that decides a backend's answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFile {
    /// What it does: `detection`, `recognition`, `classification`, `language`.
    pub role: String,
    /// Its name, without folders.
    pub name: String,
    /// SHA-256 of its bytes in hex.
    pub sha256: String,
}

/// A backend as it was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendInfo {
    /// Its name in the configuration.
    pub name: String,
    /// Its kind: `ppocr`, `tesseract`.
    pub kind: String,
    /// Hash of everything that decides its answers.
    pub fingerprint: String,
    /// What executes it, with version, such as `rten 0.27.0` or `tesseract 5.3.0`.
    pub runtime: String,
    /// The device it runs on, such as `cpu`.
    pub device: String,
    /// Threads it may use.
    pub threads: usize,
    /// Its model files.
    pub models: Vec<ModelFile>,
}
