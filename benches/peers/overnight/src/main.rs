//! Our own arm: `peer-overnight RUNTIME MODELS VERSION`, with RUNTIME `rten` or `onnxruntime`.
//! For `onnxruntime` the environment variable `ORT_DYLIB_PATH` names the library.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{fs, io};

use overnight_ocr::{
    Backend, BackendSpec, ImageInput, ImageSource, LoadOptions, PpocrSpec, RecogniserSpec,
    RuntimeChoice, RuntimeSpec,
};
use overnight_record::PredictionStatus;
use peers_arm::{Line, Reading, Ready, Weights};

const DETECTION: &str = "pp-ocrv6_small_det.onnx";
const RECOGNITION: &str = "pp-ocrv6_small_rec.onnx";

fn main() -> io::Result<()> {
    let begun = Instant::now();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runtime, models, version] = arguments.as_slice() else {
        return peers_arm::unavailable("called without RUNTIME, MODELS and VERSION");
    };
    let models = PathBuf::from(models);
    let loaded = spec(runtime, &models).and_then(|spec| load(&spec, &models));
    let backend = match loaded {
        Ok(backend) => backend,
        Err(reason) => return peers_arm::unavailable(&reason),
    };
    let load_ms = begun.elapsed().as_secs_f64() * 1e3;
    let info = backend.info();
    let ready = Ready {
        version: version.clone(),
        runtime: info.runtime.clone(),
        threads: format!("{}, its default", info.threads),
        settings: "defaults; a chunk is one call".to_owned(),
        weights: vec![
            Weights::of("detection", &models.join(DETECTION))?,
            Weights::of("recognition", &models.join(RECOGNITION))?,
        ],
        load_ms,
    };
    peers_arm::serve(&ready, |paths| read(backend.as_ref(), paths))
}

/// What to load for a runtime. Only the files and the engine are named: everything else is
/// what a user gets.
fn spec(runtime: &str, models: &Path) -> Result<PpocrSpec, String> {
    let choice = runtime.parse::<RuntimeChoice>();
    Ok(PpocrSpec {
        recogniser: RecogniserSpec {
            recognition: Some(models.join(RECOGNITION)),
            ..RecogniserSpec::default()
        },
        detection: Some(models.join(DETECTION)),
        runtime: RuntimeSpec {
            choice: choice.map_err(|error| error.to_string())?,
            library: std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from),
            ..RuntimeSpec::default()
        },
        ..PpocrSpec::default()
    })
}

fn load(spec: &PpocrSpec, models: &Path) -> Result<Box<dyn Backend>, String> {
    let options = LoadOptions {
        models_dir: models.to_owned(),
        threads: None,
    };
    overnight_ocr::load("peers", &BackendSpec::Ppocr(spec.clone()), &options)
        .map_err(|error| error.to_string())
}

/// Reads the files and hands them over in one call. A file that cannot be read is handed
/// over empty: the backend says what became of it.
fn read(backend: &dyn Backend, paths: &[String]) -> Vec<Reading> {
    let batch: Vec<ImageInput> = paths
        .iter()
        .map(|path| ImageInput {
            id: path.clone(),
            image: path.clone(),
            sha256: String::new(),
            source: ImageSource::Encoded(Arc::from(fs::read(path).unwrap_or_default())),
        })
        .collect();
    let predictions = backend.recognize(&batch).into_iter();
    predictions
        .map(|prediction| match prediction.status {
            PredictionStatus::Ok | PredictionStatus::Empty => Ok(prediction
                .lines
                .into_iter()
                .map(|line| Line {
                    polygon: line.polygon,
                    text: line.text,
                    confidence: line.confidence,
                })
                .collect()),
            status => Err(prediction.error.unwrap_or_else(|| status.name().to_owned())),
        })
        .collect()
}
