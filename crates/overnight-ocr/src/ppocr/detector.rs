//! Finding text lines in an image.

use image::RgbImage;
use overnight_image::resize;

use super::db::{DbSettings, line_boxes};
use super::map::Map;
use super::network::Network;
use crate::runtime::{Input, Lane};
use crate::{BackendError, Quad, StageError};

/// The network halves its input five times.
const MULTIPLE: u32 = 32;

/// How images are brought to the network's size; all of it is in the fingerprint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DetectorSettings {
    /// Most pixels handed to the network; larger images are reduced.
    pub(super) max_pixels: f32,
    /// Longest side handed to the network.
    pub(super) max_side: f32,
    /// Shorter sides are enlarged to this, at most [`Self::max_enlargement`] times.
    pub(super) min_side: f32,
    /// Largest factor of enlargement.
    pub(super) max_enlargement: f32,
    /// Post-processing.
    pub(super) db: DbSettings,
}

impl Default for DetectorSettings {
    fn default() -> Self {
        Self {
            max_pixels: 900_000.0,
            max_side: 4000.0,
            min_side: 64.0,
            max_enlargement: 2.0,
            db: DbSettings::default(),
        }
    }
}

/// Mean and standard deviation per channel, as the PP-OCR detectors were trained: the
/// ImageNet values in the order the pixels come in. PaddleOCR feeds BGR.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// A detection network with its settings.
#[derive(Debug)]
pub(super) struct Detector {
    network: Network,
    settings: DetectorSettings,
}

impl Detector {
    /// Checks that the network maps an image to a map of the same size.
    pub(super) fn new(network: Network, settings: DetectorSettings) -> Result<Self, BackendError> {
        let shape = network.probe(64, 96)?;
        if shape != [1, 1, 64, 96] {
            return Err(network.unusable(format!(
                "it answers a 64x96 image with shape {shape:?}, a detector answers [1, 1, 64, 96]"
            )));
        }
        Ok(Self { network, settings })
    }

    /// The network.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// The settings.
    pub(super) fn settings(&self) -> &DetectorSettings {
        &self.settings
    }

    /// Finds lines: quads in pixels of `image`, unordered.
    ///
    /// # Errors
    /// [`StageError`] when the network fails.
    pub(super) fn detect(&self, image: &RgbImage, lane: Lane) -> Result<Vec<Quad>, StageError> {
        let (width, height) = self.settings.input_size(image.width(), image.height());
        let small = resize(image, width, height);
        let data = to_planes(&small);
        let (rows, columns) = (height as usize, width as usize);
        let input = Input {
            shape: [1, 3, rows, columns],
            data: &data,
        };
        let mut found = None;
        self.network.run(input, lane, &mut |shape, values| {
            if shape == [1, 1, rows, columns] {
                let map = Map::new(columns, values);
                found = Some(line_boxes(&map, &self.settings.db));
            }
        })?;
        let found = found.ok_or_else(|| self.network.failed("the map has an unexpected size"))?;
        let scale = [
            image.width() as f32 / width as f32,
            image.height() as f32 / height as f32,
        ];
        let limit = [image.width() as f32, image.height() as f32];
        Ok(found
            .into_iter()
            .map(|quad| quad.map(|[x, y]| [x * scale[0], y * scale[1]]))
            .filter(|quad| touches(quad, limit))
            .collect())
    }
}

fn touches(quad: &Quad, limit: [f32; 2]) -> bool {
    (0..2).all(|axis| {
        quad.iter().any(|corner| corner[axis] < limit[axis])
            && quad.iter().any(|corner| corner[axis] > 0.0)
    })
}

impl DetectorSettings {
    /// Width and height handed to the network for an image of this size, multiples of 32.
    pub(super) fn input_size(&self, width: u32, height: u32) -> (u32, u32) {
        let (w, h) = (width as f32, height as f32);
        let enlarge = (self.min_side / w.min(h)).clamp(1.0, self.max_enlargement);
        let reduce = (self.max_pixels / (w * h))
            .sqrt()
            .min(self.max_side / w.max(h))
            .min(1.0);
        let scale = if reduce < 1.0 { reduce } else { enlarge };
        let round = |side: f32| {
            let multiples = (side * scale / MULTIPLE as f32).round().max(1.0) as u32;
            multiples * MULTIPLE
        };
        (round(w), round(h))
    }
}

/// Pixels to normalised planes, `[3, height, width]`, channels in the order B, G, R.
fn to_planes(image: &RgbImage) -> Vec<f32> {
    let tables: [[f32; 256]; 3] = std::array::from_fn(|channel| {
        std::array::from_fn(|value| (value as f32 / 255.0 - MEAN[channel]) / DEVIATION[channel])
    });
    let plane = image.width() as usize * image.height() as usize;
    let mut data = vec![0.0; 3 * plane];
    let (first, rest) = data.split_at_mut(plane);
    let (second, third) = rest.split_at_mut(plane);
    let targets = first.iter_mut().zip(second).zip(third);
    for (((b, g), r), pixel) in targets.zip(image.as_raw().chunks_exact(3)) {
        *b = tables[0][usize::from(pixel[2])];
        *g = tables[1][usize::from(pixel[1])];
        *r = tables[2][usize::from(pixel[0])];
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_multiples_within_the_limits() {
        let settings = DetectorSettings::default();
        for (width, height) in [
            (1, 1),
            (65, 11),
            (1167, 54),
            (932, 2211),
            (4961, 7016),
            (300, 60_000),
        ] {
            let (w, h) = settings.input_size(width, height);
            assert!(w % 32 == 0 && h % 32 == 0 && w > 0 && h > 0);
            assert!(
                (w * h) as f32 <= settings.max_pixels * 1.2,
                "{width}x{height}: {w}x{h}"
            );
            assert!(w.max(h) as f32 <= settings.max_side + 32.0);
        }
        assert_eq!(settings.input_size(640, 480), (640, 480));
        assert_eq!(settings.input_size(100, 40), (160, 64));
    }

    #[test]
    fn channels_are_turned_to_bgr_and_normalised() {
        let image = RgbImage::from_pixel(2, 1, image::Rgb([255, 0, 51]));
        let planes = to_planes(&image);
        assert_eq!(planes.len(), 6);
        let expected = [(0.2 - 0.485) / 0.229, -0.456 / 0.224, (1.0 - 0.406) / 0.225];
        for (channel, expected) in expected.into_iter().enumerate() {
            assert!((planes[2 * channel] - expected).abs() < 1e-5);
        }
    }
}
