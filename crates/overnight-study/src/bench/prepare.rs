//! Everything a benchmark needs before the first case: which images can be used at all,
//! and real line crops for the recognition stage.

use std::fs;

use overnight_image::{Limits, RgbImage, decode};
use overnight_metrics::Random;
use overnight_ocr::Stages;
use overnight_record::result::SampleFailure;
use overnight_record::{PredictionStatus, Progress, StopFlag, store};

use super::workload::Usable;
use crate::dataset::{Dataset, Sample};
use crate::reason::reason;

/// Crops kept at most, drawn at random: they all stay in memory through the recognition cases.
pub(crate) const CROPS_MAX: usize = 512;

/// The items of all stages.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// Samples that can be decoded, in dataset order.
    pub(crate) usable: Vec<Usable>,
    /// The others.
    pub(crate) left_out: Vec<SampleFailure>,
    /// SHA-256 of each sample's file in dataset order; empty text for unreadable ones.
    pub(crate) sha256: Vec<String>,
    /// At most [`CROPS_MAX`] line crops, in reading order of the images.
    pub(crate) crops: Vec<RgbImage>,
    /// Lines found on all images.
    pub(crate) n_lines: usize,
    /// Why there are no crops, when detection failed.
    pub(crate) crops_error: Option<String>,
}

/// Reads and decodes every image once, and detects its lines when `detector` is given.
pub(crate) fn prepare(
    dataset: &Dataset,
    detector: Option<&dyn Stages>,
    seed: u64,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Prepared {
    let mut prepared = Prepared::default();
    let mut reservoir = Reservoir::new(CROPS_MAX, seed);
    progress.begin("preparing images", dataset.samples().len() as u64);
    for sample in dataset.samples() {
        if stop.is_requested() {
            break;
        }
        match open(sample) {
            Ok((usable, image)) => {
                prepared.sha256.push(usable.sha256.clone());
                prepared.usable.push(usable);
                if let Some(stages) = detector.filter(|_| prepared.crops_error.is_none()) {
                    match crops_of(stages, image) {
                        Ok(crops) => crops.into_iter().for_each(|crop| reservoir.offer(crop)),
                        Err(reason) => {
                            prepared.crops_error = Some(format!("{}: {reason}", sample.id));
                        }
                    }
                }
            }
            Err((sha256, failure)) => {
                prepared.sha256.push(sha256);
                prepared.left_out.push(failure);
            }
        }
        progress.advance(1);
    }
    progress.end();
    prepared.n_lines = reservoir.offered;
    prepared.crops = reservoir.into_items();
    prepared
}

fn open(sample: &Sample) -> Result<(Usable, RgbImage), (String, SampleFailure)> {
    let failed = |sha256, reason: String| {
        let failure = SampleFailure {
            id: sample.id.clone(),
            status: PredictionStatus::Undecodable,
            error: Some(reason),
        };
        (sha256, failure)
    };
    let bytes = fs::read(&sample.path)
        .map_err(|error| failed(String::new(), format!("failed to read: {error}")))?;
    let sha256 = store::sha256_hex(&bytes);
    let image = decode(&bytes, &Limits::default())
        .map_err(|error| failed(sha256.clone(), reason(&error)))?
        .image;
    let usable = Usable {
        id: sample.id.clone(),
        image: sample.image.clone(),
        path: sample.path.clone(),
        sha256,
        pixels: u64::from(image.width()) * u64::from(image.height()),
    };
    Ok((usable, image))
}

fn crops_of(stages: &dyn Stages, image: RgbImage) -> Result<Vec<RgbImage>, String> {
    let images = [image];
    let quads = stages.detect(&images).map_err(|error| error.to_string())?;
    let quads = quads.into_iter().next().unwrap_or_default();
    Ok(stages.crop(&images[0], &quads))
}

/// A uniform random sample of a stream of unknown length (Vitter 1985, algorithm R).
#[derive(Debug)]
struct Reservoir<T> {
    capacity: usize,
    offered: usize,
    kept: Vec<(usize, T)>,
    random: Random,
}

impl<T> Reservoir<T> {
    fn new(capacity: usize, seed: u64) -> Self {
        Self {
            capacity,
            offered: 0,
            kept: Vec::new(),
            random: Random::new(seed),
        }
    }

    fn offer(&mut self, item: T) {
        let position = self.offered;
        self.offered += 1;
        if self.kept.len() < self.capacity {
            self.kept.push((position, item));
            return;
        }
        let slot = self.random.below(self.offered);
        if slot < self.capacity {
            self.kept[slot] = (position, item);
        }
    }

    /// What was kept, in the order it was offered.
    fn into_items(mut self) -> Vec<T> {
        self.kept.sort_by_key(|(position, _)| *position);
        self.kept.into_iter().map(|(_, item)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reservoir_keeps_all_of_a_short_stream_and_a_fair_part_of_a_long_one() {
        let keep = |n: usize, seed| {
            let mut reservoir = Reservoir::new(10, seed);
            (0..n).for_each(|item| reservoir.offer(item));
            reservoir.into_items()
        };
        assert_eq!(keep(7, 1), (0..7).collect::<Vec<_>>());
        let kept = keep(1_000, 1);
        assert_eq!(kept.len(), 10);
        assert!(kept.is_sorted());
        assert_eq!(kept, keep(1_000, 1), "the seed decides");
        let mean: f64 = (0..200)
            .flat_map(|seed| keep(1_000, seed))
            .map(|item| item as f64)
            .sum::<f64>()
            / 2_000.0;
        assert!((mean - 499.5).abs() < 25.0, "{mean}");
    }
}
