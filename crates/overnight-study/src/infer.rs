//! Inference over a dataset: every sample gets a prediction, and none is paid for twice.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use overnight_ocr::{Backend, ImageInput, ImageSource};
use overnight_record::result::{BackendInfo, InferResult, SampleFailure};
use overnight_record::store::{self, StoreError, sha256_hex};
use overnight_record::{
    Diagnose, ExitCode, Prediction, PredictionStatus, Progress, StopFlag, TimingsMs,
};

use crate::cache::{CacheError, PredictionCache};
use crate::dataset::{Dataset, Sample};

/// What to infer.
pub struct InferSpec<'a> {
    /// The samples, already chosen.
    pub dataset: &'a Dataset,
    /// What reads them.
    pub backend: &'a dyn Backend,
    /// Seconds it took to load, for the result.
    pub load_s: f64,
    /// Folder of the prediction caches.
    pub cache_dir: &'a Path,
    /// Where the predictions go, one JSON line a sample.
    pub predictions: PathBuf,
}

/// What was inferred.
#[derive(Debug, Clone)]
pub struct Inferred {
    /// The typed result.
    pub result: InferResult,
    /// One prediction for each sample that was reached, in dataset order.
    pub predictions: Vec<Prediction>,
}

/// An inference that could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// The cache cannot be used.
    #[error("failed to keep predictions")]
    Cache(#[from] CacheError),
    /// The predictions cannot be written.
    #[error("failed to save the predictions; those that were made stay in the cache")]
    Save(#[source] StoreError),
}

impl Diagnose for InferError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Cache(source) => source.exit_code(),
            Self::Save(source) => source.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Cache(source) => source.hint(),
            Self::Save(source) => source.hint(),
        }
    }
}

/// Reads every sample whose prediction is not in the cache, and writes all predictions in
/// dataset order. When a stop is asked for, the batch in hand is finished and what there is
/// is written; `n_left` then says how many samples remain.
///
/// # Errors
/// [`InferError`]; never because of a sample.
pub fn infer(
    spec: &InferSpec<'_>,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Result<Inferred, InferError> {
    let info = spec.backend.info();
    let cache = PredictionCache::open(spec.cache_dir, &info.fingerprint)?;
    let mut work = Work {
        backend: spec.backend,
        cache,
        pending: Vec::new(),
        answers: HashMap::new(),
        n_cached: 0,
        n_asked: 0,
        wall_s: 0.0,
        progress,
    };
    progress.begin(
        &format!("reading {} with {}", spec.dataset.name(), info.name),
        spec.dataset.len() as u64,
    );
    let outcome = work.read_all(spec.dataset, stop);
    progress.end();
    outcome?;
    conclude(spec, work)
}

/// Writes the predictions and adds everything up.
fn conclude(spec: &InferSpec<'_>, mut work: Work<'_>) -> Result<Inferred, InferError> {
    let samples = spec.dataset.samples();
    let predictions: Vec<Prediction> = samples
        .iter()
        .filter_map(|sample| work.answers.remove(&sample.id))
        .collect();
    store::write_json_lines(&spec.predictions, &predictions).map_err(InferError::Save)?;
    let mut hashes: HashMap<&str, &str> = HashMap::new();
    let mut statuses: BTreeMap<PredictionStatus, usize> = BTreeMap::new();
    for prediction in &predictions {
        hashes.insert(&prediction.id, &prediction.image_sha256);
        *statuses.entry(prediction.status).or_default() += 1;
    }
    // Images that were left unread stay unread: somebody wants to stop.
    let image_hashes: Vec<String> = samples
        .iter()
        .map(|sample| {
            hashes
                .get(sample.id.as_str())
                .copied()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    let n_inferred = predictions.len() - work.n_cached;
    let result = InferResult {
        dataset: spec.dataset.info(&image_hashes),
        backend: spec.backend.info().clone(),
        n: samples.len(),
        n_inferred,
        n_cached: work.n_cached,
        n_left: samples.len() - predictions.len(),
        wall_s: work.wall_s,
        load_s: spec.load_s,
        images_per_s: (work.n_asked > 0 && work.wall_s > 0.0)
            .then(|| work.n_asked as f64 / work.wall_s),
        predictions: spec.predictions.to_string_lossy().into_owned(),
        failures: predictions.iter().filter_map(failure).collect(),
        statuses,
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
        predictions,
    })
}

/// A prediction without text, as the result lists it.
fn failure(prediction: &Prediction) -> Option<SampleFailure> {
    (!prediction.status.is_scored()).then(|| SampleFailure {
        id: prediction.id.clone(),
        status: prediction.status,
        error: prediction.error.clone(),
    })
}

/// The state of the loop over samples.
struct Work<'a> {
    backend: &'a dyn Backend,
    cache: PredictionCache,
    pending: Vec<ImageInput>,
    /// Predictions by sample id.
    answers: HashMap<String, Prediction>,
    n_cached: usize,
    /// Samples the backend was handed.
    n_asked: usize,
    /// Seconds the backend worked.
    wall_s: f64,
    progress: &'a dyn Progress,
}

impl Work<'_> {
    fn read_all(&mut self, dataset: &Dataset, stop: &StopFlag) -> Result<(), CacheError> {
        let batch_size = self.backend.images_at_once().max(1);
        for sample in dataset.samples() {
            if stop.is_requested() {
                return Ok(());
            }
            match image_bytes(sample) {
                Ok(bytes) => self.meet(sample, bytes)?,
                Err(error) => {
                    let prediction = unreadable(sample, self.backend.info(), &error);
                    self.answer(vec![prediction]);
                }
            }
            if self.pending.len() >= batch_size {
                self.flush()?;
            }
        }
        if stop.is_requested() {
            return Ok(());
        }
        self.flush()
    }

    /// Takes the known prediction of a sample, or puts the sample into the batch.
    fn meet(&mut self, sample: &Sample, bytes: Vec<u8>) -> Result<(), CacheError> {
        let sha256 = sha256_hex(&bytes);
        // The same image under two ids: the first must be known before the second is met.
        if self.pending.iter().any(|input| input.sha256 == sha256) {
            self.flush()?;
        }
        if let Some(known) = self.cache.get(&sha256) {
            let prediction = Prediction {
                id: sample.id.clone(),
                image: sample.image.clone(),
                backend: self.backend.info().name.clone(),
                ..known.clone()
            };
            self.n_cached += 1;
            self.answer(vec![prediction]);
            return Ok(());
        }
        self.pending.push(ImageInput {
            id: sample.id.clone(),
            image: sample.image.clone(),
            sha256,
            source: ImageSource::Encoded(Arc::from(bytes)),
        });
        Ok(())
    }

    /// Hands the batch to the backend and keeps what comes back.
    fn flush(&mut self) -> Result<(), CacheError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.pending);
        let begin = Instant::now();
        let predictions = recognize(self.backend, &batch);
        self.wall_s += begin.elapsed().as_secs_f64();
        self.n_asked += batch.len();
        self.cache.put(&predictions)?;
        self.answer(predictions);
        Ok(())
    }

    fn answer(&mut self, predictions: Vec<Prediction>) {
        self.progress.advance(predictions.len() as u64);
        for prediction in predictions {
            self.answers.insert(prediction.id.clone(), prediction);
        }
    }
}

fn image_bytes(sample: &Sample) -> std::io::Result<Vec<u8>> {
    std::fs::read(&sample.path)
}

/// One prediction for each image, whatever the backend does. A batch on which it panics, or
/// which it does not answer image by image, is tried once more one image at a time, so that
/// only the image at fault is lost.
fn recognize(backend: &dyn Backend, batch: &[ImageInput]) -> Vec<Prediction> {
    let info = backend.info();
    match attempt(backend, batch) {
        Ok(predictions) => predictions,
        Err(_) if batch.len() > 1 => batch
            .iter()
            .flat_map(|input| recognize(backend, std::slice::from_ref(input)))
            .collect(),
        Err(reason) => batch
            .iter()
            .map(|input| {
                let names = (&*input.id, &*input.image, &*input.sha256);
                without_text(names, info, PredictionStatus::Crashed, reason.clone())
            })
            .collect(),
    }
}

fn attempt(backend: &dyn Backend, batch: &[ImageInput]) -> Result<Vec<Prediction>, String> {
    let answer = catch_unwind(AssertUnwindSafe(|| backend.recognize(batch)));
    let predictions = answer.map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        format!("the backend panicked: {}", text.unwrap_or("no message"))
    })?;
    let asked: Vec<&str> = batch.iter().map(|input| input.id.as_str()).collect();
    let answered: HashSet<&str> = predictions.iter().map(|p| p.id.as_str()).collect();
    let is_complete =
        predictions.len() == batch.len() && asked.iter().all(|id| answered.contains(id));
    if is_complete {
        Ok(predictions)
    } else {
        Err(format!(
            "the backend answered {} of {} images",
            answered.len(),
            batch.len()
        ))
    }
}

/// The prediction for an image file that cannot be read at all.
fn unreadable(sample: &Sample, info: &BackendInfo, error: &std::io::Error) -> Prediction {
    without_text(
        (&sample.id, &sample.image, ""),
        info,
        PredictionStatus::Undecodable,
        format!("failed to read {}: {error}", sample.path.display()),
    )
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
    }
}

#[cfg(test)]
mod tests;
