//! Pictures of what was read: for each sample a reduced image and its prediction, handed to
//! whoever draws, and a file from what comes back.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use overnight_image::{Enough, Limits, decode_enough, thumbnail_jpeg};
use overnight_record::store::{self, StoreError};
use overnight_record::{
    Diagnose, DrawnSample, ExitCode, Prediction, PredictionStatus, Progress, StopFlag,
};
use rayon::prelude::*;

use crate::cache::CacheError;
use crate::dataset::{Dataset, natural_order};
use crate::sample_file::sample_file;

/// Longer side of the reduced image, in pixels.
const LONGEST_SIDE: u32 = 1600;
/// A large JPEG file need not be decoded whole for that: so many pixels are a longer side of
/// [`LONGEST_SIDE`] in any shape, so that a picture is never less sharp for it.
const ENOUGH: Enough = Enough {
    pixels: LONGEST_SIDE as u64 * LONGEST_SIDE as u64,
    shorter_side: 1,
};
/// JPEG quality of the reduced image.
const QUALITY: u8 = 70;
/// Images decoded at once, at most: each may have hundreds of megapixels.
const MOST_WORKERS: usize = 4;
/// Characters of a text that an entry begins with.
const MOST_TEXT: usize = 300;

/// A reduced copy of a sample's image.
#[derive(Debug, Clone)]
pub struct Reduced {
    /// A JPEG file, upright, its longer side 1600 pixels at most.
    pub jpeg: Vec<u8>,
    /// Width in pixels of the upright original.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

/// Turns a prediction and its image into the text of an SVG file.
pub type Draw<'a> = dyn Fn(&Prediction, Option<&Reduced>) -> String + Sync + 'a;

/// What to draw, and where.
pub struct OverlaySpec<'a> {
    /// The samples.
    pub dataset: &'a Dataset,
    /// Folder of the files.
    pub folder: &'a Path,
    /// Who draws.
    pub draw: &'a Draw<'a>,
}

/// An overlay that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// A file could not be written.
    #[error("failed to draw the overlay")]
    Write(#[from] StoreError),
    /// A prediction cannot be read any more.
    #[error("failed to draw the overlay")]
    Prediction(#[from] CacheError),
    /// No thread could be started.
    #[error("failed to draw the overlay")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl Diagnose for OverlayError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Write(source) => source.exit_code(),
            Self::Prediction(source) => source.exit_code(),
            Self::Threads(_) => ExitCode::Temporary,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Write(source) => source.hint(),
            Self::Prediction(source) => source.hint(),
            Self::Threads(_) => None,
        }
    }
}

/// Draws every prediction, until the end or until somebody wants to stop. What was drawn comes
/// back in the order a person wants to look at it: samples without text first, then those read
/// with the least confidence.
///
/// # Errors
/// [`OverlayError`]; never because of a sample.
pub fn draw(
    spec: &OverlaySpec<'_>,
    predictions: impl Iterator<Item = Result<Prediction, CacheError>> + Send,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Result<Vec<DrawnSample>, OverlayError> {
    let paths: HashMap<&str, &PathBuf> = spec
        .dataset
        .samples()
        .iter()
        .map(|sample| (sample.id.as_str(), &sample.path))
        .collect();
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads.min(MOST_WORKERS))
        .build()?;
    progress.begin(
        &format!("drawing {}", spec.dataset.name()),
        spec.dataset.len() as u64,
    );
    let drawn: Result<Vec<DrawnSample>, OverlayError> = pool.install(|| {
        predictions
            .take_while(|_| !stop.is_requested())
            .par_bridge()
            .map(|prediction| {
                let prediction = prediction?;
                let path = paths.get(prediction.id.as_str()).copied();
                let drawn = draw_one(spec, path, prediction)?;
                progress.advance(1);
                Ok(drawn)
            })
            .collect()
    });
    progress.end();
    let mut drawn = drawn?;
    drawn.sort_by(by_need_to_look);
    Ok(drawn)
}

fn draw_one(
    spec: &OverlaySpec<'_>,
    image: Option<&PathBuf>,
    prediction: Prediction,
) -> Result<DrawnSample, StoreError> {
    let reduced = image.and_then(|path| reduce(path));
    let has_something = reduced.is_some() || !prediction.lines.is_empty();
    let file = has_something.then(|| sample_file(&prediction.id, "svg"));
    if let Some(name) = &file {
        let svg = (spec.draw)(&prediction, reduced.as_ref());
        store::write_atomically(&spec.folder.join(name), svg.as_bytes())?;
    }
    let confidences = || prediction.lines.iter().filter_map(|line| line.confidence);
    let n_confident = confidences().count();
    let weakest = prediction
        .lines
        .iter()
        .filter_map(|line| Some((line.confidence?, line.text.clone())))
        .min_by(|(a, _), (b, _)| a.total_cmp(b));
    let says = match &prediction.error {
        Some(error) if !prediction.status.is_scored() => error,
        None if prediction.status == PredictionStatus::Empty => "no text found",
        _ => &prediction.text,
    };
    Ok(DrawnSample {
        file,
        status: prediction.status,
        n_lines: prediction.lines.len(),
        confidence: (n_confident > 0).then(|| confidences().sum::<f32>() / n_confident as f32),
        weakest,
        ms: prediction.timings_ms.total,
        says: says.chars().take(MOST_TEXT).collect(),
        id: prediction.id,
    })
}

/// The image in a size for the screen; `None` when it cannot be decoded.
fn reduce(path: &Path) -> Option<Reduced> {
    let bytes = std::fs::read(path).ok()?;
    let decoded = decode_enough(&bytes, &Limits::default(), ENOUGH).ok()?;
    drop(bytes);
    let jpeg = thumbnail_jpeg(&decoded.image, LONGEST_SIDE, QUALITY).ok()?;
    // The last row and column of a reduced image may stand for less than a whole pixel. Drawn
    // over the original's size they are off by less than a pixel of the picture.
    let (width, height) = decoded.reduction.original;
    Some(Reduced {
        jpeg,
        width,
        height,
    })
}

fn by_need_to_look(a: &DrawnSample, b: &DrawnSample) -> Ordering {
    let key = |drawn: &DrawnSample| {
        let is_read = drawn.status.is_scored();
        // Without any confidence nothing is known: behind those of which something is.
        (is_read, drawn.confidence.map_or(f32::INFINITY, |c| c))
    };
    let ((a_read, a_confidence), (b_read, b_confidence)) = (key(a), key(b));
    a_read
        .cmp(&b_read)
        .then(a_confidence.total_cmp(&b_confidence))
        .then_with(|| natural_order(&a.id, &b.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars at known places of a large image, stored upright and on its side, lie at the same
    /// places of the picture.
    #[test]
    fn a_large_image_is_decoded_reduced_and_its_places_stay() {
        use overnight_image::{Encoding, RgbImage, decode, encode};
        let (width, height) = (3001_u32, 4003_u32);
        let bars = [[300_u32, 200, 900, 260], [1800, 3700, 2900, 3790]];
        let image = RgbImage::from_fn(width, height, |x, y| {
            let is_dark = bars
                .iter()
                .any(|[l, t, r, b]| (*l..*r).contains(&x) && (*t..*b).contains(&y));
            image::Rgb([if is_dark { 0 } else { 255 }; 3])
        });
        let bytes = encode(&image, Encoding::Jpeg { quality: 90 }).unwrap();
        let sides = decode_enough(&bytes, &Limits::default(), ENOUGH).unwrap();
        assert_eq!(sides.image.dimensions(), (1501, 2002), "not reduced");
        let folder = tempfile::tempdir().unwrap();
        for (exif, turned) in [(1, false), (6, true)] {
            let path = folder.path().join(format!("{exif}.jpg"));
            std::fs::write(&path, with_orientation(&bytes, exif)).unwrap();
            let reduced = reduce(&path).unwrap();
            let original = if turned {
                (height, width)
            } else {
                (width, height)
            };
            assert_eq!((reduced.width, reduced.height), original);
            let picture = decode(&reduced.jpeg, &Limits::default()).unwrap().image;
            assert_eq!(picture.width().max(picture.height()), LONGEST_SIDE);
            let scale = [
                f64::from(picture.width()) / f64::from(original.0),
                f64::from(picture.height()) / f64::from(original.1),
            ];
            for [left, top, right, bottom] in bars {
                // A quarter turn clockwise brings (x, y) to (height - y, x).
                let [left, top, right, bottom] = match turned {
                    true => [height - bottom, left, height - top, right],
                    false => [left, top, right, bottom],
                };
                let [left, right] = [left, right].map(|x| f64::from(x) * scale[0]);
                let [top, bottom] = [top, bottom].map(|y| f64::from(y) * scale[1]);
                let dark = |x, y| 1.0 - f64::from(picture.get_pixel(x, y)[0]) / 255.0;
                let (row, column) = (f64::midpoint(top, bottom), f64::midpoint(left, right));
                let across = dark_extent(|x| dark(x, row as u32), left, right);
                let down = dark_extent(|y| dark(column as u32, y), top, bottom);
                let expected = [left, right, top, bottom];
                for (found, expected) in across.iter().chain(&down).zip(expected) {
                    assert!((found - expected).abs() < 0.75, "{found} for {expected}");
                }
            }
        }
    }

    /// A JPEG file with an orientation in its EXIF data.
    fn with_orientation(jpeg: &[u8], exif: u8) -> Vec<u8> {
        let mut segment = b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0".to_vec();
        segment.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, exif, 0, 0, 0, 0, 0, 0, 0]);
        [&jpeg[..2], &segment, &jpeg[2..]].concat()
    }

    /// Where darkness begins near `low` and ends near `high`, in parts of a pixel: the ten
    /// pixels on either side of an edge are dark as far as it reaches.
    fn dark_extent(darkness: impl Fn(u32) -> f64, low: f64, high: f64) -> [f64; 2] {
        let dark_from = |start: u32| (start..start + 20).map(&darkness).sum::<f64>();
        let [low, high] = [low, high].map(|edge| edge as u32 - 10);
        [
            f64::from(low + 20) - dark_from(low),
            f64::from(high) + dark_from(high),
        ]
    }

    #[test]
    fn what_needs_a_look_comes_first() {
        let drawn = |id: &str, status, confidence| DrawnSample {
            id: id.to_owned(),
            file: None,
            status,
            n_lines: 0,
            confidence,
            weakest: None,
            ms: 0.0,
            says: String::new(),
        };
        use PredictionStatus::{Empty, Ok};
        let mut all = [
            drawn("vlm", Ok, None),
            drawn("10", Ok, Some(0.9)),
            drawn("2", Ok, Some(0.9)),
            drawn("low", Ok, Some(0.6)),
            drawn("empty", Empty, None),
        ];
        all.sort_by(by_need_to_look);
        let ids: Vec<&str> = all.iter().map(|d| d.id.as_str()).collect();
        assert_eq!(ids, ["empty", "low", "2", "10", "vlm"]);
    }
}
