//! What a `ppocr` backend is made of.

use std::path::PathBuf;

use crate::BackendError;
use crate::models::{KnownModel, known_model, known_models};

/// The model a configuration without one means.
pub(super) const DEFAULT_MODEL: &str = "ppocrv6-small";

/// The networks of a `ppocr` backend: a known model, parts of which may be replaced by
/// files of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PpocrSpec {
    /// Name of a known model.
    pub model: String,
    /// An own detection network (ONNX).
    pub detection: Option<PathBuf>,
    /// An own recognition network (ONNX).
    pub recognition: Option<PathBuf>,
    /// The characters of the recognition network, one a line; from its metadata when `None`.
    pub dictionary: Option<PathBuf>,
}

impl Default for PpocrSpec {
    fn default() -> Self {
        Self {
            model: DEFAULT_MODEL.to_owned(),
            detection: None,
            recognition: None,
            dictionary: None,
        }
    }
}

impl PpocrSpec {
    /// The known model whose weights are needed; `None` when both networks are own files.
    ///
    /// # Errors
    /// [`BackendError::UnknownModel`].
    pub fn known_model(&self) -> Result<Option<&'static KnownModel>, BackendError> {
        if self.detection.is_some() && self.recognition.is_some() {
            return Ok(None);
        }
        known_model(&self.model)
            .map(Some)
            .ok_or_else(|| BackendError::UnknownModel {
                name: self.model.clone(),
                known: known_models().iter().map(|model| model.name).collect(),
            })
    }
}
