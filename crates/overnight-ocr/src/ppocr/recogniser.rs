//! Reading line crops.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;
use overnight_image::resize;
use rten::ThreadPool;
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::ctc;
use super::dictionary::Dictionary;
use super::network::Network;
use crate::{BackendError, ReadLine, StageError};

/// Height the PP-OCR recognisers were trained at (v3 and later).
pub(super) const HEIGHT: u32 = 48;

/// How crops are brought to the network's size; all of it is in the fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecogniserSettings {
    /// Widths are padded to a multiple of this.
    pub(super) width_multiple: u32,
    /// Narrower crops are padded to this.
    pub(super) min_width: u32,
    /// Longer lines are squeezed into this.
    pub(super) max_width: u32,
}

impl Default for RecogniserSettings {
    fn default() -> Self {
        Self {
            width_multiple: 32,
            min_width: 64,
            max_width: 3200,
        }
    }
}

/// A recognition network with its characters.
#[derive(Debug)]
pub(super) struct Recogniser {
    network: Network,
    dictionary: Dictionary,
    settings: RecogniserSettings,
    /// One single-threaded pool a worker: lines are short, so running several of them side
    /// by side uses the processors better than sharing the work of one.
    workers: Vec<Arc<ThreadPool>>,
}

impl Recogniser {
    /// Checks that the network maps a line to a row of class probabilities, and finds its
    /// characters.
    pub(super) fn new(
        network: Network,
        dictionary: Option<&std::path::Path>,
        settings: RecogniserSettings,
        threads: usize,
    ) -> Result<Self, BackendError> {
        let workers: Vec<Arc<ThreadPool>> = (0..threads.max(1))
            .map(|_| Arc::new(ThreadPool::with_num_threads(1)))
            .collect();
        let shape = network.probe(HEIGHT as usize, 64, &workers[0])?;
        let &[1, _, n_classes] = shape.as_slice() else {
            return Err(network.unusable(format!(
                "it answers a 48x64 image with shape {shape:?}, a recogniser answers \
                 [1, steps, classes]"
            )));
        };
        let dictionary = Dictionary::load(&network, dictionary, n_classes)?;
        Ok(Self {
            network,
            dictionary,
            settings,
            workers,
        })
    }

    /// The network.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// The characters.
    pub(super) fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The settings.
    pub(super) fn settings(&self) -> &RecogniserSettings {
        &self.settings
    }

    /// Reads crops, longest first so that no worker is left with a long one at the end.
    ///
    /// # Errors
    /// The first [`StageError`] of any crop.
    pub(super) fn read(&self, crops: &[RgbImage]) -> Result<Vec<ReadLine>, StageError> {
        let mut order: Vec<usize> = (0..crops.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(self.settings.widths(&crops[i]).1));
        let next = AtomicUsize::new(0);
        let lines = Mutex::new(vec![None; crops.len()]);
        let failure = Mutex::new(None);
        let work = |pool: &Arc<ThreadPool>| {
            while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                match self.read_one(&crops[index], pool) {
                    Ok(line) => locked(&lines)[index] = Some(line),
                    Err(error) => {
                        locked(&failure).get_or_insert(error);
                        return;
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for pool in self.workers.iter().take(crops.len().max(1)).skip(1) {
                scope.spawn(|| work(pool));
            }
            work(&self.workers[0]);
        });
        if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let lines = lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(lines.into_iter().flatten().collect())
    }

    fn read_one(&self, crop: &RgbImage, pool: &Arc<ThreadPool>) -> Result<ReadLine, StageError> {
        let (width, padded) = self.settings.widths(crop);
        let input = to_tensor(&resize(crop, width, HEIGHT), padded);
        let output = self.network.run(input, pool)?;
        Ok(ctc::decode(&output.to_vec(), &self.dictionary))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RecogniserSettings {
    /// Width of the resized crop, and width of the input it is padded to.
    fn widths(&self, crop: &RgbImage) -> (u32, u32) {
        let ratio = crop.width() as f32 / crop.height().max(1) as f32;
        let width = ((HEIGHT as f32 * ratio).ceil() as u32).clamp(1, self.max_width);
        let padded = width
            .max(self.min_width)
            .next_multiple_of(self.width_multiple);
        (width, padded)
    }
}

/// Pixels to `[1, 3, height, padded]` in [-1, 1], channels in the order B, G, R; the
/// padding on the right is 0, as in training.
fn to_tensor(image: &RgbImage, padded: u32) -> NdTensor<f32, 4> {
    let (width, height, padded) = (
        image.width() as usize,
        image.height() as usize,
        padded as usize,
    );
    let mut data = vec![0.0; 3 * height * padded];
    for channel in 0..3 {
        for (y, row) in image.as_raw().chunks_exact(3 * width).enumerate() {
            let start = (channel * height + y) * padded;
            let target = &mut data[start..start + width];
            for (value, pixel) in target.iter_mut().zip(row.chunks_exact(3)) {
                *value = f32::from(pixel[2 - channel]) / 127.5 - 1.0;
            }
        }
    }
    NdTensor::from_data([1, 3, height, padded], data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_follow_the_shape_and_are_padded() {
        let settings = RecogniserSettings::default();
        assert_eq!(settings.widths(&RgbImage::new(100, 20)), (240, 256));
        assert_eq!(settings.widths(&RgbImage::new(5, 20)), (12, 64));
        assert_eq!(settings.widths(&RgbImage::new(20_000, 10)), (3200, 3200));
    }

    #[test]
    fn padding_is_zero_and_pixels_are_scaled() {
        let image = RgbImage::from_pixel(3, 48, image::Rgb([255, 0, 0]));
        let tensor = to_tensor(&image, 64);
        assert_eq!(tensor.shape(), [1, 3, 48, 64]);
        assert_eq!(tensor[[0, 2, 10, 2]], 1.0);
        assert_eq!(tensor[[0, 0, 10, 2]], -1.0);
        assert_eq!(tensor[[0, 2, 10, 3]], 0.0);
    }
}
