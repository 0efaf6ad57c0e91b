//! Inference over a dataset: every sample gets a prediction, and none is paid for twice.
//!
//! A prediction is in the cache as soon as the backend hands it over, so a kill costs no more
//! than the images in work; [`infer`] called again goes on from there. What is held in memory
//! is one group of image files and, of each prediction, where it lies and how it ended.

mod answers;
mod ask;
mod group;
mod stages;
mod work;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use overnight_ocr::Backend;
use overnight_record::result::{BackendInfo, InferResult, SampleFailure};
use overnight_record::store::{Replacement, StoreError};
use overnight_record::{
    Diagnose, ExitCode, Prediction, PredictionStatus, Progress, StopFlag, TimingsMs, Usage,
};

use crate::cache::{CacheError, PredictionCache};
use crate::dataset::Dataset;
use crate::predictions::PredictionsWriter;
use answers::Answers;
use work::Work;

/// What to infer.
pub struct InferSpec<'d, 'a> {
    /// The samples, already chosen.
    pub dataset: &'d Dataset,
    /// What reads them.
    pub backend: &'a dyn Backend,
    /// Seconds it took to load, for the result.
    pub load_s: f64,
    /// Folder of the prediction caches.
    pub cache_dir: &'a Path,
    /// Where the predictions go, in the form each file's name says; at least one file.
    pub predictions: &'a [PathBuf],
}

/// What was inferred.
#[derive(Debug)]
pub struct Inferred<'d> {
    /// The typed result.
    pub result: InferResult,
    dataset: &'d Dataset,
    answers: Answers,
}

impl Inferred<'_> {
    /// One prediction for each sample that was reached, in dataset order, read from where it
    /// is kept.
    pub fn predictions(&self) -> impl Iterator<Item = Result<Prediction, CacheError>> {
        self.answers.of(self.dataset)
    }
}

/// An inference that could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// The cache cannot be used.
    #[error("failed to keep predictions")]
    Cache(#[from] CacheError),
    /// The predictions could not be written, so none were made.
    #[error("failed to begin: the predictions could not be saved")]
    Place(#[source] StoreError),
    /// The predictions cannot be written.
    #[error("failed to save the predictions; those that were made stay in the cache")]
    Save(#[source] StoreError),
}

impl Diagnose for InferError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Cache(source) => source.exit_code(),
            Self::Place(source) | Self::Save(source) => source.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Cache(source) => source.hint(),
            Self::Place(source) | Self::Save(source) => source.hint(),
        }
    }
}

/// Reads every sample whose prediction is not in the cache, and writes all predictions in
/// dataset order. When a stop is asked for, the images in hand are finished and what there is
/// is written; `n_left` then says how many samples remain.
///
/// # Errors
/// [`InferError`]; never because of a sample.
pub fn infer<'d>(
    spec: &InferSpec<'d, '_>,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Result<Inferred<'d>, InferError> {
    let info = spec.backend.info();
    // Asked now, and not after a night of reading.
    for path in spec.predictions {
        Replacement::begin(path).map_err(InferError::Place)?;
    }
    let cache = PredictionCache::open(spec.cache_dir, &info.fingerprint)?;
    let answers = Answers::new(cache, &info.name, spec.dataset.len());
    let mut work = Work::new(spec.dataset, spec.backend, answers, progress, stop);
    progress.begin(
        &format!("reading {} with {}", spec.dataset.name(), info.name),
        spec.dataset.len() as u64,
    );
    let outcome = work.read_all();
    progress.end();
    outcome?;
    conclude(spec, work)
}

/// What the predictions add up to, learnt while they pass by.
#[derive(Debug, Default)]
struct Totals {
    n: usize,
    statuses: BTreeMap<PredictionStatus, usize>,
    first_statuses: BTreeMap<PredictionStatus, usize>,
    usage: Option<Usage>,
    is_served: bool,
    failures: Vec<SampleFailure>,
    /// SHA-256 of the image of every sample, by sample id.
    hashes: BTreeMap<String, String>,
}

impl Totals {
    fn add(&mut self, prediction: Prediction) {
        self.n += 1;
        *self.statuses.entry(prediction.status).or_default() += 1;
        let first = prediction.first_status();
        *self.first_statuses.entry(first).or_default() += 1;
        self.is_served |= !prediction.attempt_log.is_empty();
        for usage in prediction.attempt_log.iter().filter_map(|a| a.usage) {
            let sum = self.usage.get_or_insert(Usage {
                prompt_tokens: 0,
                completion_tokens: 0,
            });
            sum.prompt_tokens += usage.prompt_tokens;
            sum.completion_tokens += usage.completion_tokens;
        }
        if !prediction.status.is_scored() {
            self.failures.push(SampleFailure {
                id: prediction.id.clone(),
                status: prediction.status,
                error: prediction.error,
            });
        }
        self.hashes.insert(prediction.id, prediction.image_sha256);
    }
}

/// Writes the predictions, one after the other, and adds everything up.
fn conclude<'d>(spec: &InferSpec<'d, '_>, work: Work<'_>) -> Result<Inferred<'d>, InferError> {
    let info = spec.backend.info();
    let mut writers = Vec::new();
    for path in spec.predictions {
        writers.push(PredictionsWriter::begin(path, info).map_err(InferError::Save)?);
    }
    let mut totals = Totals::default();
    for prediction in work.answers.of(spec.dataset) {
        let prediction = prediction?;
        for writer in &mut writers {
            writer.push(&prediction).map_err(InferError::Save)?;
        }
        totals.add(prediction);
    }
    for writer in writers {
        writer.finish().map_err(InferError::Save)?;
    }
    let samples = spec.dataset.samples();
    // Images that were left unread stay unread: somebody wants to stop.
    let image_hashes: Vec<String> = samples
        .iter()
        .map(|sample| totals.hashes.remove(&sample.id).unwrap_or_default())
        .collect();
    let mut paths = spec
        .predictions
        .iter()
        .map(|path| path.to_string_lossy().into_owned());
    let result = InferResult {
        dataset: spec.dataset.info(&image_hashes),
        backend: info.clone(),
        n: samples.len(),
        n_inferred: work.n_inferred,
        n_cached: work.n_cached,
        n_left: samples.len() - totals.n,
        wall_s: work.wall_s,
        load_s: spec.load_s,
        images_per_s: (work.n_read > 0 && work.wall_s > 0.0)
            .then(|| work.n_read as f64 / work.wall_s),
        predictions: paths.next().unwrap_or_default(),
        further_predictions: paths.collect(),
        overlay: None,
        stages: work.times.summaries(),
        failures: totals.failures,
        statuses: totals.statuses,
        first_statuses: match totals.is_served {
            true => totals.first_statuses,
            false => BTreeMap::new(),
        },
        usage: totals.usage,
    };
    assert_eq!(
        result.n,
        result.n_inferred + result.n_cached + result.n_left,
        "invariant: every sample was inferred, known or left"
    );
    assert_eq!(
        result.statuses.values().sum::<usize>(),
        result.n_inferred + result.n_cached,
        "invariant: every prediction has one status"
    );
    Ok(Inferred {
        result,
        dataset: spec.dataset,
        answers: work.answers,
    })
}

/// A prediction that carries nothing but why there is none.
pub(crate) fn without_text(
    (id, image, sha256): (&str, &str, &str),
    info: &BackendInfo,
    status: PredictionStatus,
    error: String,
) -> Prediction {
    Prediction {
        id: id.to_owned(),
        image: image.to_owned(),
        image_sha256: sha256.to_owned(),
        backend: info.name.clone(),
        fingerprint: info.fingerprint.clone(),
        status,
        text: String::new(),
        lines: Vec::new(),
        timings_ms: TimingsMs::default(),
        usage: None,
        attempts: 1,
        error: Some(error),
        notes: Vec::new(),
        finish_reason: None,
        raw: None,
        fields: Default::default(),
        attempt_log: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
