//! Detection, crops, recognition and reading order as one backend.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use image::RgbImage;
use overnight_record::result::BackendInfo;
use overnight_record::store::sha256_hex;
use overnight_record::{Line, Prediction, PredictionStatus, TimingsMs};
use rten::ThreadPool;

use super::crop::{TURN_RATIO, cut_line};
use super::detector::{Detector, DetectorSettings};
use super::network::{Network, RUNTIME, Source};
use super::recogniser::{HEIGHT, Recogniser, RecogniserSettings};
use super::spec::PpocrSpec;
use crate::assemble::prediction_of;
use crate::fingerprint::Fingerprint;
use crate::intake::{ms_since, pixels_of, without_text};
use crate::models::{ModelRole, ModelStore};
use crate::{Backend, BackendError, ImageInput, LoadOptions, Quad, ReadLine, StageError, Stages};

/// Lines read with less mean confidence are dropped.
const DROP_SCORE: f32 = 0.5;

/// Version of everything between the networks that no setting names: raised when code
/// changes what is read.
const POST_PROCESSOR: u32 = 1;

/// PP-OCR, loaded.
#[derive(Debug)]
pub struct Ppocr {
    info: BackendInfo,
    detector: Detector,
    recogniser: Recogniser,
}

impl Ppocr {
    /// Loads the networks and checks that they are what they should be.
    ///
    /// # Errors
    /// [`BackendError`] naming the file.
    pub fn load(name: &str, spec: &PpocrSpec, options: &LoadOptions) -> Result<Self, BackendError> {
        let store = ModelStore::new(&options.models_dir);
        let known = spec.known_model()?;
        let network = |role, own: Option<&std::path::PathBuf>| {
            let source = match (
                own,
                known.and_then(|model| Some((model, model.file(role)?))),
            ) {
                (Some(path), _) => Source::Own(path),
                (None, Some((model, file))) => Source::Known(&store, model, file),
                (None, None) => {
                    return Err(BackendError::UnknownModel {
                        name: spec.model.clone(),
                        known: Vec::new(),
                    });
                }
            };
            Network::load(role, &source)
        };
        let threads = options.thread_count();
        let pool = Arc::new(ThreadPool::with_num_threads(threads));
        let detector = Detector::new(
            network(ModelRole::Detection, spec.detection.as_ref())?,
            DetectorSettings::default(),
            pool,
        )?;
        let recogniser = Recogniser::new(
            network(ModelRole::Recognition, spec.recognition.as_ref())?,
            spec.dictionary.as_deref(),
            RecogniserSettings::default(),
            threads,
        )?;
        Ok(Self {
            info: BackendInfo {
                name: name.to_owned(),
                kind: "ppocr".to_owned(),
                fingerprint: fingerprint(&detector, &recogniser),
                runtime: RUNTIME.to_owned(),
                device: "cpu".to_owned(),
                threads,
                models: vec![detector.network().file(), recogniser.network().file()],
            },
            detector,
            recogniser,
        })
    }

    fn recognize_one(&self, input: &ImageInput) -> Prediction {
        let start = Instant::now();
        let mut timings = TimingsMs::default();
        // The networks' runtime and the geometry work on whatever users bring. A panic is
        // the outcome of one sample, not the end of the loop.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.read(input, &mut timings)));
        timings.total = ms_since(start);
        match outcome {
            Ok(Ok(lines)) => prediction_of(&self.info, input, lines, timings),
            Ok(Err((status, error))) => {
                without_text(&self.info, input, status, timings, Some(error))
            }
            Err(_) => without_text(
                &self.info,
                input,
                PredictionStatus::Crashed,
                timings,
                Some("the recogniser panicked; its message is on stderr".to_owned()),
            ),
        }
    }

    fn read(
        &self,
        input: &ImageInput,
        timings: &mut TimingsMs,
    ) -> Result<Vec<Line>, (PredictionStatus, String)> {
        let crashed = |error: StageError| (PredictionStatus::Crashed, error.to_string());
        let (image, decode_ms) =
            pixels_of(input).map_err(|reason| (PredictionStatus::Undecodable, reason))?;
        timings.decode = decode_ms;
        let start = Instant::now();
        let quads = self.detector.detect(&image).map_err(crashed)?;
        timings.detect = Some(ms_since(start));
        let start = Instant::now();
        let crops = Stages::crop(self, &image, &quads);
        timings.crop = Some(ms_since(start));
        let start = Instant::now();
        let lines = self.recogniser.read(&crops).map_err(crashed)?;
        timings.recognise = Some(ms_since(start));
        let start = Instant::now();
        let lines = kept_lines(&quads, lines);
        timings.post = Some(ms_since(start));
        Ok(lines)
    }
}

/// Lines that hold text and are read with enough confidence, with their places.
fn kept_lines(quads: &[Quad], lines: Vec<ReadLine>) -> Vec<Line> {
    quads
        .iter()
        .zip(lines)
        .filter(|(_, line)| line.confidence >= DROP_SCORE && !line.text.trim().is_empty())
        .map(|(quad, line)| Line {
            polygon: quad.to_vec(),
            text: line.text,
            confidence: Some(line.confidence),
        })
        .collect()
}

impl Backend for Ppocr {
    fn info(&self) -> &BackendInfo {
        &self.info
    }

    fn recognize(&self, batch: &[ImageInput]) -> Vec<Prediction> {
        batch
            .iter()
            .map(|input| self.recognize_one(input))
            .collect()
    }

    fn stages(&self) -> Option<&dyn Stages> {
        Some(self)
    }
}

impl Stages for Ppocr {
    fn detect(&self, batch: &[RgbImage]) -> Result<Vec<Vec<Quad>>, StageError> {
        batch
            .iter()
            .map(|image| self.detector.detect(image))
            .collect()
    }

    fn crop(&self, image: &RgbImage, quads: &[Quad]) -> Vec<RgbImage> {
        quads.iter().map(|quad| cut_line(image, quad)).collect()
    }

    fn read(&self, crops: &[RgbImage]) -> Result<Vec<ReadLine>, StageError> {
        self.recogniser.read(crops)
    }
}

fn fingerprint(detector: &Detector, recogniser: &Recogniser) -> String {
    let DetectorSettings {
        max_pixels,
        max_side,
        min_side,
        max_enlargement,
        db,
    } = *detector.settings();
    let RecogniserSettings {
        width_multiple,
        min_width,
        max_width,
    } = *recogniser.settings();
    Fingerprint::default()
        .with("kind", "ppocr")
        .with("runtime", RUNTIME)
        .with("detection", detector.network().sha256())
        .with("recognition", recogniser.network().sha256())
        .with(
            "dictionary",
            sha256_hex(recogniser.dictionary().joined().as_bytes()),
        )
        .with("detection.max_pixels", max_pixels)
        .with("detection.max_side", max_side)
        .with("detection.min_side", min_side)
        .with("detection.max_enlargement", max_enlargement)
        .with("db.pixel_threshold", db.pixel_threshold)
        .with("db.box_threshold", db.box_threshold)
        .with("db.unclip_ratio", db.unclip_ratio)
        .with("db.max_candidates", db.max_candidates)
        .with("db.min_side", db.min_side)
        .with("crop.turn_ratio", TURN_RATIO)
        .with("recognition.height", HEIGHT)
        .with("recognition.width_multiple", width_multiple)
        .with("recognition.min_width", min_width)
        .with("recognition.max_width", max_width)
        .with("drop_score", DROP_SCORE)
        .with("post_processor", POST_PROCESSOR)
        .finish()
}
