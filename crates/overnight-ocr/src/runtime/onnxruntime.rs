//! ONNX Runtime, loaded from its shared library.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::ep;
use ort::logging::LogLevel;
use ort::session::builder::{GraphOptimizationLevel, PrepackedWeights, SessionBuilder};
use ort::session::{RunOptions, Session as Network};
use ort::value::TensorRef;

use super::{Device, Input, Lane, LoadFailure, Read, Runtime, RuntimeError, Session};

/// Values of an input beyond which the memory of a run is given back afterwards: half a
/// megapixel in colour.
const LARGE_INPUT: usize = 1_500_000;

/// The one library a process can load, and what it said.
static LIBRARY: Mutex<Option<Library>> = Mutex::new(None);

#[derive(Debug, Clone)]
struct Library {
    path: PathBuf,
    environment: Environment,
    version: String,
}

/// ONNX Runtime on a device, with its threads.
#[derive(Debug, Clone)]
pub(super) struct OnnxRuntime {
    environment: Environment,
    label: String,
    device: Device,
    threads: usize,
}

impl OnnxRuntime {
    /// Loads the library, unless this process already has.
    pub(super) fn open(path: &Path, device: Device, threads: usize) -> Result<Self, RuntimeError> {
        let Library {
            environment,
            version,
            ..
        } = library(path)?;
        Ok(Self {
            environment,
            label: format!("onnxruntime {version}"),
            device,
            threads,
        })
    }

    /// Sessions that run side by side. A GPU is one device, however many threads feed it.
    fn n_sessions(&self) -> usize {
        match self.device {
            Device::Cpu => self.threads,
            Device::Cuda | Device::TensorRt => 1,
        }
    }
}

fn library(path: &Path) -> Result<Library, RuntimeError> {
    let mut library = LIBRARY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = &*library {
        if loaded.path == path {
            return Ok(loaded.clone());
        }
        return Err(RuntimeError::OtherLibrary {
            wanted: path.to_owned(),
            loaded: loaded.path.clone(),
        });
    }
    let unusable = |reason: String| RuntimeError::Library {
        path: path.to_owned(),
        reason,
    };
    let bytes = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let version = version_in(&bytes);
    drop(bytes);
    let builder = ort::init_from(path).map_err(|error| unusable(error.to_string()))?;
    let environment = builder
        .with_name("overnight")
        .with_telemetry(false)
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    let loaded = Library {
        path: path.to_owned(),
        environment,
        version,
    };
    *library = Some(loaded.clone());
    Ok(loaded)
}

/// The version of a library: its symbols carry it (`VERS_1.32.0`), while neither its name nor
/// its build information need to. `unknown` for one that was built otherwise.
fn version_in(library: &[u8]) -> String {
    const MARK: &[u8] = b"\0VERS_";
    let digits = |rest: &[u8]| {
        let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
        let version: Vec<u8> = rest.iter().copied().take_while(is_part).collect();
        String::from_utf8(version)
            .ok()
            .filter(|version| version.contains('.'))
    };
    memchr::memmem::find_iter(library, MARK)
        .find_map(|at| digits(&library[at + MARK.len()..]))
        .unwrap_or_else(|| "unknown".to_owned())
}

impl Runtime for OnnxRuntime {
    fn load(&self, bytes: Vec<u8>) -> Result<Box<dyn Session>, LoadFailure> {
        let lane = OnceLock::new;
        let loaded = Loaded {
            runtime: self.clone(),
            bytes: bytes.into(),
            packed: PrepackedWeights::new(),
            lanes: (0..self.n_sessions()).map(|_| lane()).collect(),
            all: lane(),
        };
        // The first session tells whether it is a network at all; the others come at first use.
        loaded.session(Lane::One(0))?;
        Ok(Box::new(loaded))
    }

    fn label(&self) -> &str {
        &self.label
    }

    fn device(&self) -> Device {
        self.device
    }

    fn lanes(&self) -> usize {
        self.threads
    }
}

/// A session is used by one thread at a time; an error in making it is kept.
type Slot = OnceLock<Result<Mutex<Network>, LoadFailure>>;

struct Loaded {
    runtime: OnnxRuntime,
    bytes: Arc<[u8]>,
    /// The weights in the layout the processor likes, shared by all sessions.
    packed: PrepackedWeights,
    lanes: Vec<Slot>,
    all: Slot,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded")
            .field("runtime", &self.runtime)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Loaded {
    fn session(&self, lane: Lane) -> Result<&Mutex<Network>, LoadFailure> {
        let (slot, threads) = match lane {
            // One lane is all threads, and a GPU knows no threads.
            Lane::All if self.lanes.len() > 1 => (&self.all, self.runtime.threads),
            Lane::All => (&self.lanes[0], 1),
            Lane::One(number) => (&self.lanes[number % self.lanes.len()], 1),
        };
        slot.get_or_init(|| self.build(threads).map(Mutex::new))
            .as_ref()
            .map_err(Clone::clone)
    }

    fn build(&self, threads: usize) -> Result<Network, LoadFailure> {
        let network = |error: ort::Error| LoadFailure::Network(error.to_string());
        self.builder(threads)
            .map_err(network)?
            .with_execution_providers(self.runtime.device.providers())
            .map_err(|error| LoadFailure::Device(error.to_string()))?
            .commit_from_memory(&self.bytes)
            .map_err(network)
    }

    fn builder(&self, threads: usize) -> ort::Result<SessionBuilder> {
        Ok(SessionBuilder::new(&self.runtime.environment)?
            .with_log_level(LogLevel::Error)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(threads)?
            .with_inter_threads(1)?
            // Every line has another width: a plan for one shape does not fit the next.
            .with_memory_pattern(false)?
            .with_intra_op_spinning(false)?
            .with_prepacked_weights(&self.packed)?)
    }
}

impl Loaded {
    /// A close look at a page takes hundreds of MiB while it is worked on. They are given back,
    /// or every lane would keep its own for the rest of the night. The memory of lines and of
    /// a first look is kept: fetching its pages anew costs some 70 ms an image on a virtual
    /// machine, half as much as the look itself.
    fn run_options(&self, input: Input<'_>) -> ort::Result<RunOptions> {
        let mut options = RunOptions::new()?;
        if self.runtime.device == Device::Cpu && input.data.len() > LARGE_INPUT {
            options.set("memory.enable_memory_arena_shrinkage", "cpu:0")?;
        }
        Ok(options)
    }
}

impl Session for Loaded {
    fn run(&self, input: Input<'_>, lane: Lane, read: &mut Read<'_>) -> Result<(), String> {
        let mut session = self
            .session(lane)
            .map_err(LoadFailure::into_reason)?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let tensor =
            TensorRef::from_array_view((input.shape, input.data)).map_err(|e| e.to_string())?;
        let options = self.run_options(input).map_err(|e| e.to_string())?;
        let outputs = session
            .run_with_options(ort::inputs![tensor], &options)
            .map_err(|error| error.to_string())?;
        let (shape, data) = outputs[0]
            .try_extract_tensor::<f32>()
            .map_err(|error| error.to_string())?;
        let shape: Vec<usize> = shape
            .iter()
            .map(|side| usize::try_from(*side).unwrap_or(0))
            .collect();
        read(&shape, data);
        Ok(())
    }

    fn metadata(&self, key: &str) -> Option<String> {
        let session = self.session(Lane::One(0)).ok()?;
        let session = session.lock().unwrap_or_else(PoisonError::into_inner);
        session.metadata().ok()?.custom(key)
    }
}

impl Device {
    /// What ONNX Runtime is told. A device that cannot be had is an error, not a slow night on
    /// the processor.
    fn providers(self) -> Vec<ep::ExecutionProviderDispatch> {
        match self {
            Self::Cpu => Vec::new(),
            Self::Cuda => vec![ep::CUDA::default().build().error_on_failure()],
            Self::TensorRt => vec![
                ep::TensorRT::default().build().error_on_failure(),
                ep::CUDA::default().build().error_on_failure(),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_symbols() {
        assert_eq!(
            version_in(b"\x7fELF..\0VERS_x\0VERS_1.32.0\0OrtGetApiBase"),
            "1.32.0"
        );
        assert_eq!(version_in(b"\x7fELF.."), "unknown");
    }
}
