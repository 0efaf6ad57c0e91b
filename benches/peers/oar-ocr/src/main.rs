//! The arm of oar-ocr: `peer-oar-ocr MODELS`. The environment variable `ORT_DYLIB_PATH` names
//! ONNX Runtime's library.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use oar_ocr::oarocr::{OAROCR, OAROCRBuilder, OAROCRResult, PpOcrV6Size};
use oar_ocr::utils::{load_image, load_images};
use peers_arm::{Line, Reading, Ready, Weights};

fn main() -> io::Result<()> {
    let begun = Instant::now();
    let Some(models) = std::env::args().nth(1).map(PathBuf::from) else {
        return peers_arm::unavailable("called without MODELS");
    };
    let library = PathBuf::from(std::env::var_os("ORT_DYLIB_PATH").unwrap_or_default());
    // The preset names its files relative to the working folder.
    std::env::set_current_dir(&models)?;
    let ocr = match OAROCRBuilder::pp_ocrv6(PpOcrV6Size::Small).build() {
        Ok(ocr) => ocr,
        Err(error) => return peers_arm::unavailable(&error.to_string()),
    };
    let load_ms = begun.elapsed().as_secs_f64() * 1e3;
    let name = library.file_name().unwrap_or_default().to_string_lossy();
    let ready = Ready {
        version: "0.10.2".to_owned(),
        runtime: format!(
            "onnxruntime {}",
            name.strip_prefix("libonnxruntime.so.").unwrap_or(&name)
        ),
        threads: "ONNX Runtime's default: all cores".to_owned(),
        settings: "preset pp_ocrv6(Small); a chunk is one call of load_images and one of predict"
            .to_owned(),
        weights: vec![
            Weights::of("detection", Path::new("pp-ocrv6_small_det.onnx"))?,
            Weights::of("recognition", Path::new("pp-ocrv6_small_rec.onnx"))?,
        ],
        load_ms,
    };
    peers_arm::serve(&ready, |paths| read(&ocr, paths))
}

/// All images in one call. Where that fails, each by itself, so that one bad image costs
/// only itself.
fn read(ocr: &OAROCR, paths: &[String]) -> Vec<Reading> {
    let together = load_images(paths).and_then(|images| ocr.predict(images));
    match together {
        Ok(results) if results.len() == paths.len() => results
            .into_iter()
            .map(|result| Ok(lines(result)))
            .collect(),
        _ => paths.iter().map(|path| read_one(ocr, path)).collect(),
    }
}

fn read_one(ocr: &OAROCR, path: &str) -> Reading {
    let result = load_image(path).and_then(|image| ocr.predict(vec![image]));
    let result = result.map_err(|error| error.to_string())?.pop();
    result.map(lines).ok_or_else(|| "no result".to_owned())
}

fn lines(result: OAROCRResult) -> Vec<Line> {
    let regions = result.text_regions.into_iter();
    regions
        .filter_map(|region| {
            let text = region.text.filter(|text| !text.trim().is_empty())?;
            let points = region.bounding_box.points.iter();
            Some(Line {
                polygon: points.map(|point| [point.x, point.y]).collect(),
                text: text.to_string(),
                confidence: region.confidence,
            })
        })
        .collect()
}
