//! The loop over samples: what is known is recalled, the rest is read in groups.

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use overnight_ocr::{Backend, ImageInput, ImageSource};
use overnight_record::store::sha256_hex;
use overnight_record::{PredictionStatus, Progress, StopFlag};

use super::answers::Answers;
use super::ask::ask;
use super::group::GroupSize;
use super::stages::StageTimes;
use super::without_text;
use crate::cache::CacheError;
use crate::dataset::{Dataset, Sample};

/// Bytes of an image file, at most; no image that may be decoded is larger.
const MOST_FILE_BYTES: u64 = 2 << 30;
/// How long a prediction may be safe from a kill alone, and not from the end of the machine.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// The state of the loop over samples.
pub(super) struct Work<'a> {
    dataset: &'a Dataset,
    backend: &'a dyn Backend,
    progress: &'a dyn Progress,
    stop: &'a StopFlag,
    /// The group to be handed over next: the place of each sample and its image.
    pending: Vec<(usize, ImageInput)>,
    pending_bytes: u64,
    /// Samples whose image is in that group under another id.
    twins: Vec<usize>,
    size: GroupSize,
    /// What is known.
    pub(super) answers: Answers,
    /// Time per stage of what was read now.
    pub(super) times: StageTimes,
    pub(super) n_cached: usize,
    pub(super) n_inferred: usize,
    /// Samples the backend answered.
    pub(super) n_read: usize,
    /// Seconds the backend worked.
    pub(super) wall_s: f64,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        dataset: &'a Dataset,
        backend: &'a dyn Backend,
        answers: Answers,
        progress: &'a dyn Progress,
        stop: &'a StopFlag,
    ) -> Self {
        Self {
            dataset,
            backend,
            progress,
            stop,
            pending: Vec::new(),
            pending_bytes: 0,
            twins: Vec::new(),
            size: GroupSize::new(backend.info().threads),
            answers,
            times: StageTimes::default(),
            n_cached: 0,
            n_inferred: 0,
            n_read: 0,
            wall_s: 0.0,
        }
    }

    /// Reads every sample, until the end or until somebody wants to stop.
    pub(super) fn read_all(&mut self) -> Result<(), CacheError> {
        for index in 0..self.dataset.len() {
            self.meet(index)?;
            let is_group = self.size.is_reached(self.pending.len(), self.pending_bytes);
            if is_group {
                self.read_group()?;
            }
            if self.stop.is_requested() {
                return Ok(());
            }
        }
        while !self.pending.is_empty() && !self.stop.is_requested() {
            self.read_group()?;
        }
        Ok(())
    }

    /// Recalls the prediction for a sample, or puts it into the group.
    fn meet(&mut self, index: usize) -> Result<(), CacheError> {
        let sample = &self.dataset.samples()[index];
        let bytes = match image_bytes(sample) {
            Ok(bytes) => bytes,
            Err(error) => {
                let error = format!("failed to read {}: {error}", sample.path.display());
                let names = (&*sample.id, &*sample.image, "");
                let status = PredictionStatus::Undecodable;
                let prediction = without_text(names, self.backend.info(), status, error);
                self.answers.take(index, prediction)?;
                self.n_inferred += 1;
                self.progress.advance(1);
                return Ok(());
            }
        };
        let sha256 = sha256_hex(&bytes);
        if self.pending.iter().any(|(_, input)| input.sha256 == sha256) {
            self.twins.push(index);
            return Ok(());
        }
        if self.answers.recall(index, &sha256).is_some() {
            self.n_cached += 1;
            self.progress.advance(1);
            return Ok(());
        }
        self.pending_bytes += bytes.len() as u64;
        let input = ImageInput {
            id: sample.id.clone(),
            image: sample.image.clone(),
            sha256,
            source: ImageSource::Encoded(Arc::from(bytes)),
        };
        self.pending.push((index, input));
        Ok(())
    }

    /// Hands the group to the backend and keeps each prediction as it comes back. The twins
    /// of its images are met again: their prediction is known now, or they are read, too.
    fn read_group(&mut self) -> Result<(), CacheError> {
        let (places, group): (Vec<usize>, Vec<ImageInput>) =
            std::mem::take(&mut self.pending).into_iter().unzip();
        self.pending_bytes = 0;
        let begin = Instant::now();
        let mut keeping = Keeping {
            answers: &mut self.answers,
            times: &mut self.times,
            n: 0,
            last: begin,
            gap: Duration::ZERO,
            synced: begin,
            failure: None,
        };
        let (progress, stop) = (self.progress, self.stop);
        ask(self.backend, &group, &mut |index, prediction| {
            let flow = keeping.keep(places[index], prediction);
            progress.advance(1);
            if stop.is_requested() {
                return ControlFlow::Break(());
            }
            flow
        });
        self.size.learn(keeping.gap.as_secs_f64());
        let n = keeping.n;
        let failure = keeping.failure;
        self.n_inferred += n;
        self.n_read += n;
        self.wall_s += begin.elapsed().as_secs_f64();
        if let Some(error) = failure {
            return Err(error);
        }
        self.answers.sync()?;
        for twin in std::mem::take(&mut self.twins) {
            self.meet(twin)?;
        }
        Ok(())
    }
}

/// Keeps the predictions of one group.
struct Keeping<'a> {
    answers: &'a mut Answers,
    times: &'a mut StageTimes,
    n: usize,
    /// When the last prediction came.
    last: Instant,
    /// The longest time without one.
    gap: Duration,
    /// When predictions were last made to survive the end of the machine.
    synced: Instant,
    failure: Option<CacheError>,
}

impl Keeping<'_> {
    fn keep(&mut self, index: usize, prediction: overnight_record::Prediction) -> ControlFlow<()> {
        self.n += 1;
        self.gap = self.gap.max(self.last.elapsed());
        self.times.add(&prediction.timings_ms);
        let kept = self.answers.take(index, prediction).and_then(|()| {
            if self.synced.elapsed() < SYNC_EVERY {
                return Ok(());
            }
            self.synced = Instant::now();
            self.answers.sync()
        });
        self.last = Instant::now();
        match kept {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failure.get_or_insert(error);
                ControlFlow::Break(())
            }
        }
    }
}

fn image_bytes(sample: &Sample) -> io::Result<Vec<u8>> {
    let mut file = File::open(&sample.path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if about.len() > MOST_FILE_BYTES {
        let reason = format!(
            "it has {} bytes; at most {MOST_FILE_BYTES} are read",
            about.len()
        );
        return Err(io::Error::other(reason));
    }
    let mut bytes = Vec::with_capacity(about.len() as usize);
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
