//! From a specification to a loaded backend.

use std::path::PathBuf;

use overnight_record::{Diagnose, ExitCode, StopFlag};

use crate::openai::{Openai, OpenaiError, OpenaiSpec};
use crate::ppocr::{Ppocr, PpocrSpec};
use crate::tesseract::{Tesseract, TesseractSpec};
use crate::worker::{Worker, WorkerError, WorkerSpec};
use crate::{Backend, RuntimeError};

/// What to load.
#[derive(Debug, Clone, PartialEq)]
pub enum BackendSpec {
    /// PP-OCR in this process.
    Ppocr(PpocrSpec),
    /// The `tesseract` program.
    Tesseract(TesseractSpec),
    /// Any program that speaks the protocol of workers.
    Worker(WorkerSpec),
    /// A served vision language model.
    Openai(Box<OpenaiSpec>),
}

/// Where and with what to load it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadOptions {
    /// Folder of the model store.
    pub models_dir: PathBuf,
    /// Threads the backend may use; all processors of this process when `None`.
    pub threads: Option<usize>,
}

impl LoadOptions {
    /// The number of threads to use, at least 1.
    pub(crate) fn thread_count(&self) -> usize {
        self.threads
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
            .max(1)
    }
}

/// A backend that could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// No model of this name is known.
    #[error("no model is named `{name}`")]
    UnknownModel {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// A known model lacks a network.
    #[error("the model {model} has no {role} network")]
    NoNetwork {
        /// The model.
        model: String,
        /// What it should do.
        role: &'static str,
    },
    /// The weights have not been fetched.
    #[error("the weights of {model} are not in {folder}")]
    WeightsMissing {
        /// The model.
        model: String,
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// The stored weights are damaged.
    #[error("{path} is damaged: its SHA-256 is {actual}, expected {expected}")]
    WeightsDamaged {
        /// The model.
        model: String,
        /// The file.
        path: PathBuf,
        /// The known hash.
        expected: String,
        /// The hash found.
        actual: String,
    },
    /// A configured file cannot be read.
    #[error("failed to read the {role} model {path}")]
    ReadModel {
        /// What it should do.
        role: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A configured file is not a network of the expected kind.
    #[error("{path} is not a usable {role} model: {reason}")]
    NotAModel {
        /// What it should do.
        role: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// What should execute the networks cannot.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A program is missing.
    #[error("the program `{program}` is not on this machine")]
    ProgramMissing {
        /// The program.
        program: String,
        /// How to get it.
        install: String,
    },
    /// A program is there but does not work.
    #[error("failed to ask `{program}` for its version and languages: {reason}")]
    ProgramBroken {
        /// The program.
        program: String,
        /// What it said.
        reason: String,
    },
    /// Tesseract lacks a language.
    #[error(
        "tesseract has no data for the language `{language}` (it has {})",
        known.join(", ")
    )]
    LanguageMissing {
        /// The language.
        language: String,
        /// The languages there are.
        known: Vec<String>,
    },
    /// A worker cannot be used.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// A served model cannot be used.
    #[error(transparent)]
    Openai(#[from] OpenaiError),
}

impl Diagnose for BackendError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::UnknownModel { .. }
            | Self::NoNetwork { .. }
            | Self::ReadModel { .. }
            | Self::NotAModel { .. } => ExitCode::Usage,
            Self::WeightsMissing { .. }
            | Self::WeightsDamaged { .. }
            | Self::ProgramMissing { .. }
            | Self::ProgramBroken { .. }
            | Self::LanguageMissing { .. } => ExitCode::Precondition,
            Self::Runtime(source) => source.exit_code(),
            Self::Worker(error) => error.exit_code(),
            Self::Openai(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Runtime(source) => return source.hint(),
            Self::NoNetwork { role, .. } => {
                format!("name another model, or a file of your own as `{role}`")
            }
            Self::UnknownModel { known, .. } => format!("known models: {}", known.join(", ")),
            Self::WeightsMissing { model, .. } | Self::WeightsDamaged { model, .. } => {
                format!("run `overnight models pull {model}`")
            }
            Self::ReadModel { .. } => {
                "correct the path under [backends] in overnight.toml".to_owned()
            }
            Self::NotAModel { role, .. } => format!(
                "name an ONNX file of a PP-OCR {role} network, or leave `detection` and `recognition` \
                 out to use a known model"
            ),
            Self::ProgramMissing { install, .. } => install.clone(),
            Self::ProgramBroken { program, .. } => format!("run `{program} --version` by hand"),
            Self::LanguageMissing { language, .. } => {
                let package = language.replace('_', "-");
                format!("apt-get install tesseract-ocr-{package}")
            }
            Self::Worker(error) => return error.hint(),
            Self::Openai(error) => return error.hint(),
        })
    }
}

/// Loads a backend under the name it has in the configuration. Nothing is fetched:
/// weights that are not in the store are an error ([`crate::models::ModelStore::pull`]
/// puts them there).
///
/// # Errors
/// [`BackendError`]: exit code 3 when something is missing, 2 when a configured path is
/// wrong.
pub fn load(
    name: &str,
    spec: &BackendSpec,
    options: &LoadOptions,
) -> Result<Box<dyn Backend>, BackendError> {
    Ok(match spec {
        BackendSpec::Ppocr(spec) => Box::new(Ppocr::load(name, spec, options)?),
        BackendSpec::Tesseract(spec) => Box::new(Tesseract::load(name, spec, options)?),
        BackendSpec::Worker(spec) => Box::new(Worker::load(name, spec, &StopFlag::default())?),
        BackendSpec::Openai(spec) => Box::new(Openai::load(name, spec, &StopFlag::default())?),
    })
}
