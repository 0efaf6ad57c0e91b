//! Reading line crops.

use image::RgbImage;
use overnight_image::resize;

use super::ctc;
use super::dictionary::Dictionary;
use super::network::Network;
use crate::runtime::{Input, Lane};
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
            width_multiple: 16,
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
}

impl Recogniser {
    /// Checks that the network maps a line to a row of class probabilities, and finds its
    /// characters.
    pub(super) fn new(
        network: Network,
        dictionary: Option<&std::path::Path>,
        settings: RecogniserSettings,
    ) -> Result<Self, BackendError> {
        let shape = network.probe(HEIGHT as usize, 64)?;
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

    /// Width of the network's input for a crop: its cost, near enough.
    pub(super) fn input_width(&self, crop: &RgbImage) -> u32 {
        self.settings.widths(crop).1
    }

    /// Reads one crop. `buffer` is working space that the next call may use again.
    ///
    /// # Errors
    /// [`StageError`] when the network fails.
    pub(super) fn read(
        &self,
        crop: &RgbImage,
        lane: Lane,
        buffer: &mut Vec<f32>,
    ) -> Result<ReadLine, StageError> {
        let (width, padded) = self.settings.widths(crop);
        fill_planes(&resize(crop, width, HEIGHT), padded, buffer);
        let input = Input {
            shape: [1, 3, HEIGHT as usize, padded as usize],
            data: buffer,
        };
        let mut line = None;
        self.network.run(input, lane, &mut |shape, values| {
            if matches!(*shape, [1, _, classes] if classes == self.dictionary.len()) {
                line = Some(ctc::decode(values, &self.dictionary));
            }
        })?;
        line.ok_or_else(|| self.network.failed("the answer has an unexpected shape"))?
            .ok_or_else(|| self.network.failed("the answer holds no numbers"))
    }
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

/// Pixels to planes `[3, height, padded]` in [-1, 1], channels in the order B, G, R; the
/// padding on the right is 0, as in training.
pub(super) fn fill_planes(image: &RgbImage, padded: u32, planes: &mut Vec<f32>) {
    let (width, padded) = (image.width() as usize, padded as usize);
    let plane = image.height() as usize * padded;
    planes.clear();
    planes.resize(3 * plane, 0.0);
    let (first, rest) = planes.split_at_mut(plane);
    let (second, third) = rest.split_at_mut(plane);
    let scaled = |value: u8| f32::from(value) / 127.5 - 1.0;
    for (y, row) in image.as_raw().chunks_exact(3 * width).enumerate() {
        let place = y * padded..y * padded + width;
        let targets = first[place.clone()].iter_mut();
        let targets = targets
            .zip(&mut second[place.clone()])
            .zip(&mut third[place]);
        for (((b, g), r), pixel) in targets.zip(row.chunks_exact(3)) {
            (*b, *g, *r) = (scaled(pixel[2]), scaled(pixel[1]), scaled(pixel[0]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_follow_the_shape_and_are_padded() {
        let settings = RecogniserSettings::default();
        assert_eq!(settings.widths(&RgbImage::new(100, 20)), (240, 240));
        assert_eq!(settings.widths(&RgbImage::new(5, 20)), (12, 64));
        assert_eq!(settings.widths(&RgbImage::new(20_000, 10)), (3200, 3200));
    }

    #[test]
    fn padding_is_zero_and_pixels_are_scaled() {
        let image = RgbImage::from_pixel(3, 48, image::Rgb([255, 0, 0]));
        let mut planes = vec![9.0; 5];
        fill_planes(&image, 64, &mut planes);
        assert_eq!(planes.len(), 3 * 48 * 64);
        let at = |channel: usize, x: usize| planes[(channel * 48 + 10) * 64 + x];
        assert_eq!((at(2, 2), at(0, 2), at(0, 3)), (1.0, -1.0, 0.0));
    }
}
