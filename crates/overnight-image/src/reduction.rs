//! From a pixel of a reduced image back to the original.

use image::metadata::Orientation;

/// How a decoded image lies in the upright original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reduction {
    /// Width and height of the upright original in pixels.
    pub original: (u32, u32),
    /// What both sides were divided by: 1, 2, 4 or 8.
    pub factor: u32,
    /// Pixels of the original that the first column and the first row lack to a whole one.
    /// A side that `factor` does not divide ends in a partial column, and turning the image
    /// upright may bring that to the front.
    missing: (u32, u32),
}

impl Reduction {
    /// An image in its original size, `width` x `height`.
    pub fn none(width: u32, height: u32) -> Self {
        Self {
            original: (width, height),
            factor: 1,
            missing: (0, 0),
        }
    }

    /// A stored image of `width` x `height`, divided by `factor` (rounded up), then turned.
    pub(crate) fn new(width: u32, height: u32, factor: u32, orientation: Orientation) -> Self {
        let lack = |side: u32| side.div_ceil(factor) * factor - side;
        let (across, down) = (lack(width), lack(height));
        // Where the stored right and bottom edges come to lie.
        let (original, missing) = match orientation {
            Orientation::NoTransforms => ((width, height), (0, 0)),
            Orientation::FlipHorizontal => ((width, height), (across, 0)),
            Orientation::Rotate180 => ((width, height), (across, down)),
            Orientation::FlipVertical => ((width, height), (0, down)),
            Orientation::Rotate90FlipH => ((height, width), (0, 0)),
            Orientation::Rotate90 => ((height, width), (down, 0)),
            Orientation::Rotate270FlipH => ((height, width), (down, across)),
            Orientation::Rotate270 => ((height, width), (0, across)),
        };
        Self {
            original,
            factor,
            missing,
        }
    }

    /// A point of the decoded image in pixels of the upright original, inside of it. Both
    /// count from the outer corner of the first pixel, so its centre is at (0.5, 0.5).
    pub fn to_original(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let map = |at: f32, missing: u32, side: u32| {
            (at * self.factor as f32 - missing as f32).clamp(0.0, side as f32)
        };
        (
            map(x, self.missing.0, self.original.0),
            map(y, self.missing.1, self.original.1),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, RgbImage};

    /// The stored image marks one pixel; where it lies after turning must be where the mark
    /// of the reduced and turned image points.
    #[test]
    fn every_orientation_maps_back() {
        let (width, height, factor) = (21, 14, 4);
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            for (x, y) in [(0, 0), (20, 13), (9, 6)] {
                let mut whole = RgbImage::new(width, height);
                whole.put_pixel(x, y, image::Rgb([255; 3]));
                let mut small = RgbImage::new(width.div_ceil(factor), height.div_ceil(factor));
                small.put_pixel(x / factor, y / factor, image::Rgb([255; 3]));
                let mark = |image: RgbImage| {
                    let mut image = DynamicImage::ImageRgb8(image);
                    image.apply_orientation(orientation);
                    let image = image.into_rgb8();
                    let (x, y, _) = image
                        .enumerate_pixels()
                        .find(|(_, _, pixel)| pixel[0] == 255)
                        .unwrap();
                    (image.dimensions(), x as f32, y as f32)
                };
                let (dimensions, true_x, true_y) = mark(whole);
                let (_, small_x, small_y) = mark(small);
                let reduction = Reduction::new(width, height, factor, orientation);
                assert_eq!(reduction.original, dimensions, "orientation {exif}");
                let low = reduction.to_original((small_x, small_y));
                let high = reduction.to_original((small_x + 1.0, small_y + 1.0));
                assert!(
                    low.0 <= true_x && true_x + 1.0 <= high.0,
                    "{exif}: {true_x} not in {} to {}",
                    low.0,
                    high.0
                );
                assert!(
                    low.1 <= true_y && true_y + 1.0 <= high.1,
                    "{exif}: {true_y} not in {} to {}",
                    low.1,
                    high.1
                );
            }
        }
    }
}
