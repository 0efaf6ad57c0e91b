//! One enhancement study from specification to result.

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use overnight_image::{Filter, Limits, RgbImage, decode};
use overnight_metrics::{Bootstrap, Profile, score_sample};
use overnight_ocr::{ImageInput, ImageSource};
use overnight_record::result::{ArmScore, EnhanceResult, SampleFailure};
use overnight_record::{Prediction, PredictionStatus, Progress, StopFlag, store};

use super::arms::{Row, figures};
use super::spec::{ArmPredictions, EnhanceError, EnhanceOutcome, EnhanceSpec};
use super::verdict::verdict;
use crate::dataset::Sample;
use crate::infer::without_text;
use crate::reached::reached;
use crate::reason::reason;
use crate::stopwatch::milliseconds_since;

/// Runs an enhancement study. A sample that fails is a row with a status; a stop request
/// ends the study after the image it is on, all its arms included.
///
/// # Errors
/// [`EnhanceError`].
pub fn run(
    spec: &EnhanceSpec<'_>,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Result<EnhanceOutcome, EnhanceError> {
    let mut arms = vec![Filter::None];
    arms.extend(spec.arms.iter().filter(|arm| **arm != Filter::None));
    if arms.len() == 1 {
        return Err(EnhanceError::NoArm);
    }
    let samples = spec.dataset.samples();
    if samples.iter().all(|sample| sample.reference.is_none()) {
        return Err(EnhanceError::NoReference {
            dataset: spec.dataset.name().to_owned(),
        });
    }
    let mut study = Study {
        spec,
        rows: vec![Vec::new(); arms.len()],
        arms,
        sha256: Vec::new(),
        is_warm: false,
    };
    progress.begin("trying enhancements", samples.len() as u64);
    for (turn, sample) in samples.iter().enumerate() {
        if stop.is_requested() {
            break;
        }
        study.add(sample, turn);
        progress.advance(1);
    }
    progress.end();
    Ok(study.conclude(stop.is_requested()))
}

struct Study<'a> {
    spec: &'a EnhanceSpec<'a>,
    arms: Vec<Filter>,
    /// One list an arm, each in dataset order.
    rows: Vec<Vec<Row>>,
    sha256: Vec<String>,
    is_warm: bool,
}

/// A sample's image, ready for the arms.
struct Opened {
    sha256: String,
    pixels: Arc<RgbImage>,
}

impl Study<'_> {
    /// Reads one image in every arm, in an order that rotates with `turn`, so that no arm
    /// always runs first.
    fn add(&mut self, sample: &Sample, turn: usize) {
        match open(sample) {
            Ok(image) => {
                self.warm_up(sample, &image);
                for place in 0..self.arms.len() {
                    let index = (place + turn) % self.arms.len();
                    let row = self.measure(self.arms[index], sample, &image);
                    self.rows[index].push(row);
                }
                self.sha256.push(image.sha256);
            }
            Err((sha256, reason)) => {
                for (arm, rows) in self.arms.iter().zip(&mut self.rows) {
                    rows.push(undecodable(self.spec, *arm, sample, &sha256, &reason));
                }
                self.sha256.push(sha256);
            }
        }
    }

    /// The first image is read once without being timed, so that no arm pays for what a
    /// backend does only once.
    fn warm_up(&mut self, sample: &Sample, image: &Opened) {
        if !self.is_warm {
            self.spec
                .backend
                .recognize(&[input(sample, image, image.pixels.clone())]);
            self.is_warm = true;
        }
    }

    fn measure(&self, arm: Filter, sample: &Sample, image: &Opened) -> Row {
        let started = Instant::now();
        let filtered = match arm {
            // Copying the pixels is no part of doing nothing.
            Filter::None => image.pixels.clone(),
            filter => Arc::new(filter.apply(&image.pixels)),
        };
        let filter_ms = milliseconds_since(started);
        let input = input(sample, image, filtered);
        let predictions = self.spec.backend.recognize(&[input]);
        let total_ms = milliseconds_since(started);
        let prediction = predictions.into_iter().next().unwrap_or_else(|| {
            let reason = "the backend returned no prediction";
            failed(
                self.spec,
                sample,
                &image.sha256,
                PredictionStatus::Crashed,
                reason,
            )
        });
        let megapixels = f64::from(image.pixels.width()) * f64::from(image.pixels.height()) / 1e6;
        let total_ms = prediction.status.is_scored().then_some(total_ms);
        row(
            &self.spec.profile,
            arm,
            sample,
            prediction,
            (filter_ms, total_ms, Some(megapixels)),
        )
    }

    fn conclude(self, is_partial: bool) -> EnhanceOutcome {
        let bootstrap = Bootstrap::new(self.spec.seed);
        let none = self.rows.first().cloned().unwrap_or_default();
        let arms: Vec<_> = self
            .arms
            .iter()
            .zip(&self.rows)
            .map(|(arm, rows)| figures(*arm, rows, &none, self.spec.profile.rule, &bootstrap))
            .collect();
        for arm in &arms {
            assert_eq!(
                arm.statuses.values().sum::<usize>(),
                self.sha256.len(),
                "invariant: every sample has one status in arm {}",
                arm.name
            );
        }
        let (samples, failures) = rows_and_failures(&self.rows, self.sha256.len());
        let predictions = self
            .arms
            .iter()
            .zip(self.rows)
            .map(|(arm, rows)| ArmPredictions {
                arm: *arm,
                predictions: rows.into_iter().map(|row| row.prediction).collect(),
            })
            .collect();
        EnhanceOutcome {
            result: EnhanceResult {
                dataset: reached(self.spec.dataset, &self.sha256),
                backend: self.spec.backend.info().clone(),
                profile: self.spec.profile.name.clone(),
                definition: self.spec.profile.definition(),
                unit: self.spec.profile.unit.name().to_owned(),
                seed: self.spec.seed,
                verdict: verdict(&arms),
                arms,
                samples,
            },
            predictions,
            failures,
            is_partial,
        }
    }
}

/// The stored rows of samples with a reference, and the failures of all, sample by sample.
fn rows_and_failures(arms: &[Vec<Row>], n: usize) -> (Vec<ArmScore>, Vec<SampleFailure>) {
    let mut samples = Vec::new();
    let mut failures = Vec::new();
    for row in (0..n).flat_map(|place| arms.iter().map(move |rows| &rows[place])) {
        if row.has_reference {
            samples.push(row.score.clone());
        }
        if !row.prediction.status.is_scored() {
            let why = row.prediction.error.as_deref().unwrap_or("no text");
            failures.push(SampleFailure {
                id: row.prediction.id.clone(),
                status: row.prediction.status,
                error: Some(format!("{}: {why}", row.score.arm)),
            });
        }
    }
    (samples, failures)
}

fn open(sample: &Sample) -> Result<Opened, (String, String)> {
    let bytes = fs::read(&sample.path)
        .map_err(|error| (String::new(), format!("failed to read: {error}")))?;
    let sha256 = store::sha256_hex(&bytes);
    match decode(&bytes, &Limits::default()) {
        Ok(decoded) => Ok(Opened {
            sha256,
            pixels: Arc::new(decoded.image),
        }),
        Err(error) => Err((sha256, reason(&error))),
    }
}

fn input(sample: &Sample, image: &Opened, pixels: Arc<RgbImage>) -> ImageInput {
    ImageInput {
        id: sample.id.clone(),
        image: sample.image.clone(),
        sha256: image.sha256.clone(),
        source: ImageSource::Pixels(pixels),
    }
}

fn undecodable(
    spec: &EnhanceSpec<'_>,
    arm: Filter,
    sample: &Sample,
    sha256: &str,
    reason: &str,
) -> Row {
    let prediction = failed(spec, sample, sha256, PredictionStatus::Undecodable, reason);
    row(&spec.profile, arm, sample, prediction, (0.0, None, None))
}

fn failed(
    spec: &EnhanceSpec<'_>,
    sample: &Sample,
    sha256: &str,
    status: PredictionStatus,
    reason: &str,
) -> Prediction {
    let names = (sample.id.as_str(), sample.image.as_str(), sha256);
    without_text(names, spec.backend.info(), status, reason.to_owned())
}

fn row(
    profile: &Profile,
    arm: Filter,
    sample: &Sample,
    mut prediction: Prediction,
    (filter_ms, total_ms, megapixels): (f64, Option<f64>, Option<f64>),
) -> Row {
    if arm != Filter::None {
        prediction.fingerprint.push_str("+filter:");
        prediction.fingerprint.push_str(arm.name());
    }
    let reference = sample.reference.as_deref();
    Row {
        score: ArmScore {
            arm: arm.name().to_owned(),
            image: sample.image.clone(),
            score: score_sample(
                &sample.id,
                prediction.status,
                reference.unwrap_or_default(),
                &prediction.text,
                profile,
            ),
            filter_ms,
            total_ms,
        },
        has_reference: reference.is_some(),
        megapixels,
        prediction,
    }
}
