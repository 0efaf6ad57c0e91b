//! Which engine on which device.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use overnight_record::{Diagnose, ExitCode};

use super::Runtime;
use super::onnxruntime::OnnxRuntime;
use super::rten::Rten;

/// The engine a configuration asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RuntimeChoice {
    /// ONNX Runtime where its library is, rten elsewhere.
    #[default]
    Auto,
    /// Pure Rust.
    Rten,
    /// ONNX Runtime, or an error.
    OnnxRuntime,
}

impl RuntimeChoice {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Rten, Self::OnnxRuntime];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Rten => "rten",
            Self::OnnxRuntime => "onnxruntime",
        }
    }
}

/// What a network computes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU through CUDA.
    Cuda,
    /// An NVIDIA GPU through TensorRT, CUDA for what it cannot do.
    TensorRt,
}

impl Device {
    /// Every device.
    pub const ALL: [Self; 3] = [Self::Cpu, Self::Cuda, Self::TensorRt];

    /// Its name in configuration and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::TensorRt => "tensorrt",
        }
    }
}

/// A name that no engine or device has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not one of {}", known.join(", "))]
pub struct ParseRuntimeError {
    /// The name.
    pub name: String,
    /// The names there are.
    pub known: Vec<&'static str>,
}

impl FromStr for RuntimeChoice {
    type Err = ParseRuntimeError;

    fn from_str(name: &str) -> Result<Self, ParseRuntimeError> {
        let found = Self::ALL.into_iter().find(|choice| choice.name() == name);
        found.ok_or_else(|| ParseRuntimeError {
            name: name.to_owned(),
            known: Self::ALL.map(Self::name).to_vec(),
        })
    }
}

impl FromStr for Device {
    type Err = ParseRuntimeError;

    fn from_str(name: &str) -> Result<Self, ParseRuntimeError> {
        let found = Self::ALL.into_iter().find(|device| device.name() == name);
        found.ok_or_else(|| ParseRuntimeError {
            name: name.to_owned(),
            known: Self::ALL.map(Self::name).to_vec(),
        })
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The engine of a backend, as configured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuntimeSpec {
    /// Which engine.
    pub choice: RuntimeChoice,
    /// ONNX Runtime's shared library; the fetched one when `None`.
    pub library: Option<PathBuf>,
    /// The device. Another than the processor means ONNX Runtime.
    pub device: Device,
}

/// An engine that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// ONNX Runtime was asked for and is not here.
    #[error("ONNX Runtime is not on this machine")]
    NoLibrary {
        /// What it was wanted for.
        device: Device,
    },
    /// The library cannot be used.
    #[error("failed to load ONNX Runtime from {path}: {reason}")]
    Library {
        /// The library.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A process can hold only one.
    #[error("failed to load ONNX Runtime from {wanted}: this process already uses {loaded}")]
    OtherLibrary {
        /// The library asked for.
        wanted: PathBuf,
        /// The one in use.
        loaded: PathBuf,
    },
    /// The library cannot compute on the device.
    #[error("failed to compute on `{device}`: {reason}")]
    NoDevice {
        /// The device.
        device: Device,
        /// What the library said.
        reason: String,
    },
    /// Engine and device do not go together.
    #[error("the runtime rten cannot compute on `{device}`")]
    Device {
        /// The device.
        device: Device,
    },
}

impl Diagnose for RuntimeError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoLibrary { .. } | Self::Library { .. } | Self::NoDevice { .. } => {
                ExitCode::Precondition
            }
            Self::OtherLibrary { .. } | Self::Device { .. } => ExitCode::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoLibrary {
                device: Device::Cpu,
            } => "run `overnight models pull --runtime onnxruntime`, or name the library with \
                 `library`"
                .to_owned(),
            Self::NoLibrary { .. } => {
                "run `overnight models pull --runtime onnxruntime-gpu`, or name the library with \
                 `library`"
                    .to_owned()
            }
            Self::Library { .. } => {
                "libraries from version 1.24 on fit; `runtime = \"rten\"` needs \
                                     none"
                    .to_owned()
            }
            Self::NoDevice { .. } => "a GPU needs the library of `overnight models pull --runtime \
                                      onnxruntime-gpu` and NVIDIA's driver, CUDA and cuDNN; \
                                      `device = \"cpu\"` needs neither"
                .to_owned(),
            Self::OtherLibrary { .. } => {
                "give both backends the same library, or run them apart".to_owned()
            }
            Self::Device { .. } => "use `runtime = \"onnxruntime\"` for a GPU".to_owned(),
        })
    }
}

/// Opens the engine a configuration asks for, `fetched` being the library in the model store.
/// With [`RuntimeChoice::Auto`] a library that does not load is passed over, with a warning.
///
/// # Errors
/// [`RuntimeError`].
pub(crate) fn open(
    spec: &RuntimeSpec,
    fetched: Option<PathBuf>,
    threads: usize,
) -> Result<Arc<dyn Runtime>, RuntimeError> {
    let is_gpu = spec.device != Device::Cpu;
    if spec.choice == RuntimeChoice::Rten && is_gpu {
        return Err(RuntimeError::Device {
            device: spec.device,
        });
    }
    let may_be_rten = spec.choice == RuntimeChoice::Auto && spec.library.is_none() && !is_gpu;
    let library = spec.library.clone().or(fetched);
    match (spec.choice, library) {
        (RuntimeChoice::Rten, _) => Ok(Arc::new(Rten::new(threads))),
        (_, None) if may_be_rten => Ok(Arc::new(Rten::new(threads))),
        (_, None) => Err(RuntimeError::NoLibrary {
            device: spec.device,
        }),
        (_, Some(path)) => match OnnxRuntime::open(&path, spec.device, threads) {
            Ok(runtime) => Ok(Arc::new(runtime)),
            Err(error) if may_be_rten => {
                tracing::warn!("{error}; rten is used");
                Ok(Arc::new(Rten::new(threads)))
            }
            Err(error) => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for choice in RuntimeChoice::ALL {
            assert_eq!(choice.name().parse(), Ok(choice));
        }
        for device in Device::ALL {
            assert_eq!(device.name().parse(), Ok(device));
        }
        let error = "tpu".parse::<Device>().unwrap_err();
        assert_eq!(error.to_string(), "`tpu` is not one of cpu, cuda, tensorrt");
    }

    #[test]
    fn without_a_library_rten_is_used_unless_more_is_asked_for() {
        let open = |choice, device| {
            let spec = RuntimeSpec {
                choice,
                device,
                library: None,
            };
            open(&spec, None, 1).map(|runtime| runtime.label().to_owned())
        };
        assert!(
            open(RuntimeChoice::Auto, Device::Cpu)
                .unwrap()
                .starts_with("rten ")
        );
        for (choice, device) in [
            (RuntimeChoice::OnnxRuntime, Device::Cpu),
            (RuntimeChoice::Auto, Device::Cuda),
        ] {
            let error = open(choice, device).unwrap_err();
            assert!(matches!(error, RuntimeError::NoLibrary { .. }), "{error}");
            assert_eq!(error.exit_code(), ExitCode::Precondition);
        }
        let error = open(RuntimeChoice::Rten, Device::Cuda).unwrap_err();
        assert_eq!(error.exit_code(), ExitCode::Usage);
    }

    #[test]
    fn what_is_no_library_is_named_with_its_path() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "no library").unwrap();
        let spec = RuntimeSpec {
            choice: RuntimeChoice::OnnxRuntime,
            library: Some(file.path().to_owned()),
            device: Device::Cpu,
        };
        let error = open(&spec, None, 1).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&file.path().display().to_string()),
            "{error}"
        );
    }
}
