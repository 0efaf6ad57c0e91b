//! Other sizes of an image.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use crate::{EncodeError, Encoding, encode};

/// Resizes to `width` x `height` (at least 1 each) with the triangle filter: bilinear when
/// enlarging, area-averaging when shrinking, so that thin strokes are not skipped.
///
/// An image without pixels gives a black one.
pub fn resize(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (width, height) = (width.max(1), height.max(1));
    if image.dimensions() == (width, height) {
        return image.clone();
    }
    let mut target = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    // Source and target are both RGB8 and of matching length, the only errors there are
    // besides an empty source, which leaves the target black.
    if let Ok(source) = ImageRef::new(
        image.width(),
        image.height(),
        image.as_raw(),
        PixelType::U8x3,
    ) {
        let _ = Resizer::new().resize(&source, &mut target, &options);
    }
    RgbImage::from_raw(width, height, target.into_vec())
        .unwrap_or_else(|| RgbImage::new(width, height))
}

/// Cuts out a rectangle of `width` x `height` at (`x`, `y`), clipped to the image; at least
/// one pixel.
pub fn crop(image: &RgbImage, x: u32, y: u32, width: u32, height: u32) -> RgbImage {
    let x = x.min(image.width().saturating_sub(1));
    let y = y.min(image.height().saturating_sub(1));
    let width = width.clamp(1, (image.width() - x).max(1));
    let height = height.clamp(1, (image.height() - y).max(1));
    image::imageops::crop_imm(image, x, y, width, height).to_image()
}

/// A JPEG whose longer side is at most `max_side` pixels; never enlarged.
///
/// # Errors
/// [`EncodeError`].
pub fn thumbnail_jpeg(
    image: &RgbImage,
    max_side: u32,
    quality: u8,
) -> Result<Vec<u8>, EncodeError> {
    let (width, height) = image.dimensions();
    let scale = (f64::from(max_side.max(1)) / f64::from(width.max(height).max(1))).min(1.0);
    let side = |length: u32| (f64::from(length) * scale).round() as u32;
    encode(
        &resize(image, side(width), side(height)),
        Encoding::Jpeg {
            quality: quality.clamp(1, 100),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, decode};

    #[test]
    fn shrinking_averages() {
        let stripes = RgbImage::from_fn(64, 64, |x, _| {
            image::Rgb([if x % 2 == 0 { 0 } else { 255 }; 3])
        });
        let small = resize(&stripes, 8, 8);
        for pixel in small.pixels() {
            assert!((100..156).contains(&pixel[0]), "{pixel:?}");
        }
    }

    #[test]
    fn a_crop_outside_is_clipped() {
        let image = RgbImage::new(10, 10);
        assert_eq!(crop(&image, 8, 8, 100, 1).dimensions(), (2, 1));
        assert_eq!(crop(&image, 50, 50, 0, 0).dimensions(), (1, 1));
    }

    #[test]
    fn thumbnails_keep_their_shape() {
        let image = RgbImage::new(1000, 250);
        let bytes = thumbnail_jpeg(&image, 480, 70).unwrap();
        let back = decode(&bytes, &Limits::default()).unwrap();
        assert_eq!(back.image.dimensions(), (480, 120));
        let small = thumbnail_jpeg(&RgbImage::new(20, 10), 480, 70).unwrap();
        assert_eq!(
            decode(&small, &Limits::default())
                .unwrap()
                .image
                .dimensions(),
            (20, 10)
        );
    }
}
