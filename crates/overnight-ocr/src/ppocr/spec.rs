//! What a `ppocr` backend is made of.

use std::path::PathBuf;

use crate::BackendError;
use crate::models::{KnownModel, known_model, known_models};
use crate::runtime::RuntimeSpec;

/// The model a configuration without one means.
const DEFAULT_MODEL: &str = "ppocrv6-small";

/// A recognition network with its characters: a known one, or own files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecogniserSpec {
    /// Name of a known model, for what no own file is.
    pub model: String,
    /// An own network (ONNX).
    pub recognition: Option<PathBuf>,
    /// Its characters, one a line; from its metadata when `None`.
    pub dictionary: Option<PathBuf>,
}

impl Default for RecogniserSpec {
    fn default() -> Self {
        Self {
            model: DEFAULT_MODEL.to_owned(),
            recognition: None,
            dictionary: None,
        }
    }
}

/// The networks of a `ppocr` backend and how they are used.
#[derive(Debug, Clone, PartialEq)]
pub struct PpocrSpec {
    /// What reads the lines. Its model also stands for the networks below that are not named.
    pub recogniser: RecogniserSpec,
    /// An own detection network (ONNX).
    pub detection: Option<PathBuf>,
    /// What also reads the lines that the first is not sure of.
    pub others: Vec<RecogniserSpec>,
    /// Confidence in [0, 1] from which the others are not asked.
    pub sure_from: f32,
    /// Whether lines that stand on their head are turned.
    pub turn_lines: bool,
    /// An own angle classifier (ONNX).
    pub classification: Option<PathBuf>,
    /// Most pixels handed to the detector in its closest look.
    pub max_pixels: f32,
    /// Probability in [0, 1] above which a pixel belongs to text; the model's when `None`.
    pub pixel_threshold: Option<f32>,
    /// Mean probability in [0, 1] of a box; the model's when `None`.
    pub box_threshold: Option<f32>,
    /// How far boxes are grown; the model's when `None`.
    pub unclip_ratio: Option<f32>,
    /// What executes the networks.
    pub runtime: RuntimeSpec,
}

impl Default for PpocrSpec {
    fn default() -> Self {
        Self {
            recogniser: RecogniserSpec::default(),
            detection: None,
            others: Vec::new(),
            sure_from: 0.9,
            turn_lines: false,
            classification: None,
            max_pixels: 1_600_000.0,
            pixel_threshold: None,
            box_threshold: None,
            unclip_ratio: None,
            runtime: RuntimeSpec::default(),
        }
    }
}

impl PpocrSpec {
    /// The files it names itself.
    pub fn own_files(&self) -> impl Iterator<Item = &PathBuf> {
        let recognisers = std::iter::once(&self.recogniser).chain(&self.others);
        let of_recognisers = recognisers.flat_map(|one| [&one.recognition, &one.dictionary]);
        [&self.detection, &self.classification, &self.runtime.library]
            .into_iter()
            .chain(of_recognisers)
            .flatten()
    }

    /// The known models whose weights are needed, each once.
    ///
    /// # Errors
    /// [`BackendError::UnknownModel`].
    pub fn known_models(&self) -> Result<Vec<&'static KnownModel>, BackendError> {
        let recognisers = std::iter::once(&self.recogniser).chain(&self.others);
        let mut names: Vec<&str> = recognisers
            .filter(|recogniser| recogniser.recognition.is_none())
            .map(|recogniser| recogniser.model.as_str())
            .collect();
        if self.detection.is_none() || self.turn_lines && self.classification.is_none() {
            names.push(&self.recogniser.model);
        }
        let mut models: Vec<&KnownModel> = Vec::new();
        for name in names {
            let model = known(name)?;
            if !models.contains(&model) {
                models.push(model);
            }
        }
        Ok(models)
    }
}

/// The known model of a name.
pub(super) fn known(name: &str) -> Result<&'static KnownModel, BackendError> {
    known_model(name).ok_or_else(|| BackendError::UnknownModel {
        name: name.to_owned(),
        known: known_models().iter().map(|model| model.name).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_needed_where_no_file_is_named() {
        let names = |spec: &PpocrSpec| -> Vec<&str> {
            let models = spec.known_models().unwrap();
            models.into_iter().map(|model| model.name).collect()
        };
        let mut spec = PpocrSpec::default();
        assert_eq!(names(&spec), ["ppocrv6-small"]);
        spec.recogniser.recognition = Some("r.onnx".into());
        assert_eq!(names(&spec), ["ppocrv6-small"], "for the detection");
        spec.detection = Some("d.onnx".into());
        assert!(names(&spec).is_empty());
        spec.others.push(RecogniserSpec::default());
        assert_eq!(names(&spec), ["ppocrv6-small"]);
        spec.others[0].model = "ppocrv9".to_owned();
        let error = spec.known_models().unwrap_err();
        assert!(error.to_string().contains("ppocrv9"), "{error}");
    }
}
