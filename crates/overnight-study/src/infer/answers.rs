//! What is known of every sample, without holding it in memory.

use overnight_record::{Prediction, PredictionStatus};

use crate::cache::{CacheError, PredictionCache};
use crate::dataset::{Dataset, Sample};

/// Where the prediction for a sample is.
#[derive(Debug, Clone)]
enum Answer {
    /// In the cache, under the image's hash.
    Cached { sha256: String },
    /// Here, because the cache does not keep it; as a rule a failure, and so without text.
    Held(Box<Prediction>),
}

/// The predictions of a dataset as far as they are known. Those the cache keeps are read from
/// there when they are asked for, so what is held does not grow with what was read.
#[derive(Debug)]
pub(super) struct Answers {
    cache: PredictionCache,
    backend: String,
    by_sample: Vec<Option<Answer>>,
}

impl Answers {
    /// Nothing is known of `n` samples yet.
    pub(super) fn new(cache: PredictionCache, backend: &str, n: usize) -> Self {
        Self {
            cache,
            backend: backend.to_owned(),
            by_sample: vec![None; n],
        }
    }

    /// Takes the cache's prediction for a sample with this image, if there is one, and says
    /// how it ended.
    pub(super) fn recall(&mut self, index: usize, sha256: &str) -> Option<PredictionStatus> {
        let status = self.cache.get(sha256)?.status;
        self.by_sample[index] = Some(Answer::Cached {
            sha256: sha256.to_owned(),
        });
        Some(status)
    }

    /// Takes a new prediction for a sample, in the cache if it is worth keeping.
    pub(super) fn take(&mut self, index: usize, prediction: Prediction) -> Result<(), CacheError> {
        let answer = if self.cache.put(&prediction)? {
            Answer::Cached {
                sha256: prediction.image_sha256,
            }
        } else {
            Answer::Held(Box::new(prediction))
        };
        self.by_sample[index] = Some(answer);
        Ok(())
    }

    /// Makes what was taken survive the end of the machine.
    pub(super) fn sync(&self) -> Result<(), CacheError> {
        self.cache.sync()
    }

    /// The predictions of the samples that were reached, in dataset order.
    pub(super) fn of<'a>(
        &'a self,
        dataset: &'a Dataset,
    ) -> impl Iterator<Item = Result<Prediction, CacheError>> + 'a {
        let samples = dataset.samples().iter().zip(&self.by_sample);
        samples.filter_map(|(sample, answer)| Some(self.prediction(sample, answer.as_ref()?)))
    }

    fn prediction(&self, sample: &Sample, answer: &Answer) -> Result<Prediction, CacheError> {
        match answer {
            Answer::Held(prediction) => Ok(prediction.as_ref().clone()),
            Answer::Cached { sha256 } => Ok(Prediction {
                id: sample.id.clone(),
                image: sample.image.clone(),
                backend: self.backend.clone(),
                ..self.cache.get_again(sha256)?
            }),
        }
    }
}
