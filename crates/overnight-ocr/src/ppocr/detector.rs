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

/// A second look shows at least so many times the pixels of the first.
const WORTH_A_LOOK: f32 = 1.25;

/// How images are brought to the network's size; all of it is in the fingerprint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DetectorSettings {
    /// Most pixels of the first look at an image; larger images are reduced.
    pub(super) first_pixels: f32,
    /// Most pixels of a second, closer look.
    pub(super) max_pixels: f32,
    /// An image is looked at again when one of [`Self::small_share`] of its lines is shorter
    /// than this in the first look, in pixels of the network's input.
    pub(super) small_line: f32,
    /// How many of the shortest lines are passed over in that judgement, as a share of all:
    /// specks are no reason.
    pub(super) small_share: f32,
    /// Height in pixels of the network's input the second look brings these lines to.
    pub(super) good_line: f32,
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
            first_pixels: 400_000.0,
            max_pixels: 1_600_000.0,
            small_line: 11.0,
            small_share: 0.05,
            good_line: 16.0,
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

    /// Finds lines: quads in pixels of `image`, unordered. The first look is at a small copy,
    /// which is enough for most photographs of receipts; where it finds lines too short to
    /// be sure that it found them all, the image is looked at again in as much detail as its
    /// lines need.
    ///
    /// # Errors
    /// [`StageError`] when the network fails.
    pub(super) fn detect(&self, image: &RgbImage, lane: Lane) -> Result<Vec<Quad>, StageError> {
        let first = self.settings.first_size(image.width(), image.height());
        let found = self.look(image, first, lane)?;
        match self.settings.second_size(image, first, &found) {
            Some(second) => self.look(image, second, lane),
            None => Ok(found),
        }
    }

    /// Finds lines in a copy of `image` that is `width` x `height` pixels large.
    fn look(
        &self,
        image: &RgbImage,
        (width, height): (u32, u32),
        lane: Lane,
    ) -> Result<Vec<Quad>, StageError> {
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
                let is_map = values.iter().any(|value| value.is_finite());
                let map = Map::new(columns, values);
                found = Some(is_map.then(|| line_boxes(&map, &self.settings.db)));
            }
        })?;
        let found = found
            .ok_or_else(|| self.network.failed("the map has an unexpected size"))?
            .ok_or_else(|| self.network.failed("the map holds no numbers"))?;
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

/// Length of the shorter pair of sides.
fn short_side([a, b, _, d]: &Quad) -> f32 {
    let length = |from: &[f32; 2], to: &[f32; 2]| (to[0] - from[0]).hypot(to[1] - from[1]);
    length(a, b).min(length(a, d))
}

fn touches(quad: &Quad, limit: [f32; 2]) -> bool {
    (0..2).all(|axis| {
        quad.iter().any(|corner| corner[axis] < limit[axis])
            && quad.iter().any(|corner| corner[axis] > 0.0)
    })
}

impl DetectorSettings {
    /// Width and height of the first look at an image of this size, multiples of 32.
    fn first_size(&self, width: u32, height: u32) -> (u32, u32) {
        self.size(width, height, self.first_pixels.min(self.max_pixels))
    }

    /// Width and height of the second look, or `None` when the first is enough: its lines
    /// are tall enough, or a second could not show much more.
    fn second_size(
        &self,
        image: &RgbImage,
        first: (u32, u32),
        found: &[Quad],
    ) -> Option<(u32, u32)> {
        let pixels = |(width, height): (u32, u32)| width as f32 * height as f32;
        let closest = self.size(image.width(), image.height(), self.max_pixels);
        let second = match self.short_line(image, first, found) {
            Some(height) if height >= self.small_line => return None,
            Some(height) => {
                let wanted = pixels(first) * (self.good_line / height).powi(2);
                self.size(image.width(), image.height(), wanted.min(self.max_pixels))
            }
            // Nothing was seen: the closest look there is.
            None => closest,
        };
        (pixels(second) >= WORTH_A_LOOK * pixels(first)).then_some(second)
    }

    /// Height of a short line in pixels of the look `size`, the shortest ones passed over.
    fn short_line(&self, image: &RgbImage, size: (u32, u32), found: &[Quad]) -> Option<f32> {
        let scale =
            (size.0 as f32 / image.width() as f32).min(size.1 as f32 / image.height() as f32);
        let mut heights: Vec<f32> = found.iter().map(|quad| short_side(quad) * scale).collect();
        heights.sort_by(f32::total_cmp);
        let passed_over = (heights.len() as f32 * self.small_share) as usize;
        heights.get(passed_over).copied()
    }

    /// Width and height, multiples of 32, for at most so many pixels, near enough.
    fn size(&self, width: u32, height: u32, max_pixels: f32) -> (u32, u32) {
        let (w, h) = (width as f32, height as f32);
        let enlarge = (self.min_side / w.min(h)).clamp(1.0, self.max_enlargement);
        let reduce = (max_pixels / (w * h))
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
            for limit in [settings.first_pixels, settings.max_pixels] {
                let (w, h) = settings.size(width, height, limit);
                assert!(w % 32 == 0 && h % 32 == 0 && w > 0 && h > 0);
                assert!((w * h) as f32 <= limit * 1.2, "{width}x{height}: {w}x{h}");
                assert!(w.max(h) as f32 <= settings.max_side + 32.0);
            }
        }
        assert_eq!(settings.first_size(640, 480), (640, 480));
        assert_eq!(settings.first_size(100, 40), (160, 64));
    }

    /// Lines of a height, in pixels of the image.
    fn lines(heights: &[f32]) -> Vec<Quad> {
        let line = |&h: &f32| [[10.0, 0.0], [90.0, 0.0], [90.0, h], [10.0, h]];
        heights.iter().map(line).collect()
    }

    #[test]
    fn short_lines_call_for_a_second_look() {
        let settings = DetectorSettings::default();
        let image = RgbImage::new(1280, 1600);
        let first = settings.first_size(1280, 1600);
        assert_eq!(first, (576, 704));
        let second = |heights: &[f32]| settings.second_size(&image, first, &lines(heights));
        // 44 % of the sides: 30 pixels become 13.
        assert_eq!(second(&[30.0; 30]), None);
        // One speck in thirty lines is no reason; two are.
        let mut heights = [30.0; 30];
        heights[3] = 10.0;
        assert_eq!(second(&heights), None);
        heights[9] = 20.0;
        let (width, height) = second(&heights).unwrap();
        assert!(
            (1000..1100).contains(&width) && height > width,
            "{width}x{height}"
        );
        // The shorter they are the closer it is, up to the limit.
        assert_eq!(second(&[5.0; 30]), Some((1120, 1408)));
        assert_eq!(second(&[]), Some((1120, 1408)));
    }

    #[test]
    fn a_second_look_shows_more_than_the_first() {
        let settings = DetectorSettings::default();
        let small = RgbImage::new(640, 480);
        let first = settings.first_size(640, 480);
        assert_eq!(settings.second_size(&small, first, &lines(&[5.0])), None);
        assert_eq!(settings.second_size(&small, first, &[]), None);
        let limited = DetectorSettings {
            max_pixels: 300_000.0,
            ..settings
        };
        let image = RgbImage::new(1280, 1600);
        let first = limited.first_size(1280, 1600);
        assert_eq!(limited.second_size(&image, first, &lines(&[5.0])), None);
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
