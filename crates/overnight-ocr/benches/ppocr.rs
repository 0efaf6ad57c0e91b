//! Speed of `ppocr` by stage: `cargo bench -p overnight-ocr`.
//!
//! Works on the first rendered receipt of the example, or on the image named by
//! `OVERNIGHT_BENCH_IMAGE`. The weights must have been pulled.

use std::path::{Path, PathBuf};

use divan::Bencher;
use image::RgbImage;
use overnight_image::{Limits, decode};
use overnight_ocr::{Backend, BackendSpec, ImageInput, ImageSource, LoadOptions, PpocrSpec, load};

fn main() {
    divan::main();
}

fn image_bytes() -> Vec<u8> {
    let example = "../../examples/receipts/data/receipts/img/en-12.jpg";
    let path = std::env::var_os("OVERNIGHT_BENCH_IMAGE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join(example),
        PathBuf::from,
    );
    std::fs::read(path).expect("the image to bench on")
}

fn image() -> RgbImage {
    decode(&image_bytes(), &Limits::default())
        .expect("a decodable image")
        .image
}

fn backend() -> Box<dyn Backend> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let models_dir = std::env::var_os("OVERNIGHT_MODELS")
        .map_or_else(|| home.join(".cache/overnight/models"), PathBuf::from);
    let options = LoadOptions {
        models_dir,
        threads: None,
    };
    load("ppocr", &BackendSpec::Ppocr(PpocrSpec::default()), &options)
        .expect("run `overnight models pull` first")
}

#[divan::bench(sample_count = 10)]
fn decoding(bencher: Bencher<'_, '_>) {
    let bytes = image_bytes();
    bencher.bench(|| decode(&bytes, &Limits::default()).expect("a decodable image"));
}

#[divan::bench(sample_count = 10)]
fn detection(bencher: Bencher<'_, '_>) {
    let (backend, images) = (backend(), [image()]);
    let stages = backend.stages().expect("ppocr has stages");
    bencher.bench(|| stages.detect(&images).expect("quads"));
}

#[divan::bench(sample_count = 10)]
fn recognition(bencher: Bencher<'_, '_>) {
    let (backend, image) = (backend(), image());
    let stages = backend.stages().expect("ppocr has stages");
    let quads = stages.detect(std::slice::from_ref(&image)).expect("quads");
    let crops = stages.crop(&image, &quads[0]);
    bencher.bench(|| stages.read(&crops).expect("lines"));
}

#[divan::bench(sample_count = 10)]
fn pipeline(bencher: Bencher<'_, '_>) {
    let backend = backend();
    let input = ImageInput {
        id: "bench".to_owned(),
        image: "bench".to_owned(),
        sha256: String::new(),
        source: ImageSource::Encoded(image_bytes().into()),
    };
    bencher.bench(|| backend.recognize(std::slice::from_ref(&input)));
}
