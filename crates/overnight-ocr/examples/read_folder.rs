//! Reads every image of a folder with `ppocr` and prints one prediction a line as JSON.
//!
//! `cargo run --release -p overnight-ocr --example read_folder -- MODELS_DIR IMAGES_DIR`
//!
//! The first argument is the folder of the model store, filled by `overnight models pull`.

use std::io::Write as _;
use std::path::PathBuf;

use overnight_ocr::{BackendSpec, ImageInput, ImageSource, LoadOptions, PpocrSpec, load};
use overnight_record::store::sha256_hex;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(models_dir), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("two folders are needed: the model store's and the images'".into());
    };
    let options = LoadOptions {
        models_dir,
        threads: None,
    };
    let backend = load("ppocr", &BackendSpec::Ppocr(PpocrSpec::default()), &options)?;
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    let mut out = std::io::stdout().lock();
    for path in paths.into_iter().filter(|path| path.is_file()) {
        let bytes = std::fs::read(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let input = ImageInput {
            id: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into(),
            image: name.into_owned(),
            sha256: sha256_hex(&bytes),
            source: ImageSource::Encoded(bytes.into()),
        };
        for prediction in backend.recognize(&[input]) {
            writeln!(out, "{}", serde_json::to_string(&prediction)?)?;
        }
    }
    Ok(())
}
