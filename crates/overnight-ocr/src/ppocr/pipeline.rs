//! Detection, crops, recognition and reading order as one backend.

use std::ops::ControlFlow;
use std::time::Instant;

use image::RgbImage;
use overnight_image::Enough;
use overnight_record::result::BackendInfo;
use overnight_record::{Line, Prediction, PredictionStatus, TimingsMs};

use super::batch::{Failure, Finished, Opened, Steps, work_off};
use super::crop::{as_cut, cut_line};
use super::detector::Detector;
use super::reader::{Reader, Reading};
use crate::assemble::prediction_of;
use crate::intake::{Upright, ms_since, upright, without_text};
use crate::runtime::Lane;
use crate::side_by_side::side_by_side;
use crate::{Backend, ImageInput, Quad, ReadLine, StageError, Stages};

/// Lines read with less mean confidence are dropped.
pub(super) const DROP_SCORE: f32 = 0.5;

/// A JPEG image may be decoded at a reduced scale as long as this remains: a page of A4 at
/// 250 dots an inch, at which the lines of a letter are as tall as the recogniser wants them.
pub(super) const ENOUGH: Enough = Enough {
    pixels: 6_000_000,
    shorter_side: 1_600,
};

/// PP-OCR, loaded.
#[derive(Debug)]
pub struct Ppocr {
    pub(super) info: BackendInfo,
    pub(super) detector: Detector,
    pub(super) reader: Reader,
    pub(super) lanes: usize,
}

impl Ppocr {
    fn prediction(&self, inputs: &[ImageInput], finished: Finished) -> Prediction {
        let input = &inputs[finished.index];
        let mut timings = finished.timings;
        let started = Instant::now();
        let mut prediction = match finished.outcome {
            Ok(lines) => prediction_of(&self.info, input, kept_lines(lines), timings),
            Err((status, error)) => without_text(&self.info, input, status, timings, Some(error)),
        };
        if !prediction.status.is_scored() && prediction.status != PredictionStatus::Empty {
            timings.recognise = None;
        } else {
            timings.post = Some(ms_since(started));
        }
        timings.total += ms_since(started);
        prediction.timings_ms = timings;
        prediction.notes = finished.notes;
        prediction
    }
}

impl Steps for Ppocr {
    fn open(
        &self,
        input: &ImageInput,
        lane: Lane,
        timings: &mut TimingsMs,
    ) -> Result<Opened, Failure> {
        let Upright {
            image,
            reduction,
            decode_ms,
            notes,
        } = upright(input, ENOUGH).map_err(|reason| (PredictionStatus::Undecodable, reason))?;
        timings.decode = decode_ms;
        let start = Instant::now();
        let crashed = |error: StageError| (PredictionStatus::Crashed, error.to_string());
        let mut quads = self.detector.detect(&image, lane).map_err(crashed)?;
        timings.detect = Some(ms_since(start));
        let start = Instant::now();
        let crops = Stages::crop(self, &image, &quads);
        timings.crop = Some(ms_since(start));
        for quad in &mut quads {
            *quad = as_cut(&image, quad);
        }
        if reduction.factor > 1 {
            for corner in quads.iter_mut().flatten() {
                (corner[0], corner[1]) = reduction.to_original((corner[0], corner[1]));
            }
        }
        Ok(Opened {
            quads,
            crops,
            notes,
        })
    }

    fn cost(&self, crop: &RgbImage) -> u32 {
        self.reader.cost(crop)
    }

    fn read(
        &self,
        crop: &RgbImage,
        lane: Lane,
        buffer: &mut Vec<f32>,
    ) -> Result<Reading, StageError> {
        self.reader.read(crop, lane, buffer)
    }
}

/// Lines that hold text and are read with enough confidence, with their places from the
/// corner where the text starts.
fn kept_lines(lines: Vec<(Quad, Reading)>) -> Vec<Line> {
    lines
        .into_iter()
        .filter(|(_, Reading { line, .. })| {
            line.confidence >= DROP_SCORE && !line.text.trim().is_empty()
        })
        .map(|(mut quad, reading)| {
            if reading.was_upside_down {
                quad.rotate_left(2);
            }
            Line {
                polygon: quad.to_vec(),
                text: reading.line.text,
                confidence: Some(reading.line.confidence),
            }
        })
        .collect()
}

impl Backend for Ppocr {
    fn info(&self) -> &BackendInfo {
        &self.info
    }

    fn recognize(&self, batch: &[ImageInput]) -> Vec<Prediction> {
        let mut done = Vec::with_capacity(batch.len());
        self.recognize_each(batch, &mut |index, prediction| {
            done.push((index, prediction));
            ControlFlow::Continue(())
        });
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, prediction)| prediction).collect()
    }

    fn recognize_each(
        &self,
        batch: &[ImageInput],
        hand_over: &mut (dyn FnMut(usize, Prediction) -> ControlFlow<()> + Send),
    ) {
        work_off(self, batch, self.lanes, &mut |finished| {
            hand_over(finished.index, self.prediction(batch, finished))
        });
    }

    fn stages(&self) -> Option<&dyn Stages> {
        Some(self)
    }
}

impl Stages for Ppocr {
    fn detect(&self, batch: &[RgbImage]) -> Result<Vec<Vec<Quad>>, StageError> {
        let lines = side_by_side(self.lanes, batch.len(), |index, thread| {
            self.detector
                .detect(&batch[index], Lane::of(thread, batch.len()))
        });
        lines.into_iter().collect()
    }

    fn crop(&self, image: &RgbImage, quads: &[Quad]) -> Vec<RgbImage> {
        quads.iter().map(|quad| cut_line(image, quad)).collect()
    }

    fn read(&self, crops: &[RgbImage]) -> Result<Vec<ReadLine>, StageError> {
        let lines = side_by_side(self.lanes, crops.len(), |index, thread| {
            let lane = Lane::of(thread, crops.len());
            let reading = self.reader.read(&crops[index], lane, &mut Vec::new())?;
            Ok(reading.line)
        });
        lines.into_iter().collect()
    }
}
