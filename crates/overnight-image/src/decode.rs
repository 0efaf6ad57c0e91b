//! Image file to upright RGB pixels.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use crate::page_count::page_name;
use crate::still::{self, Still};
use crate::{DecodeError, Enough, Format, Limits, Reduction};
use crate::{jpeg_still, png_still, tiff_still, webp_still};

/// A decoded image.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// Upright pixels, 8 bits a channel, in the file's own colour space (no ICC conversion);
    /// transparent parts over white.
    pub image: RgbImage,
    /// The format the content is in.
    pub format: Format,
    /// Its place in the upright original, which may be larger.
    pub reduction: Reduction,
    /// What was done to it that is worth knowing, each as a sentence fragment.
    pub notes: Vec<String>,
}

/// Decodes an image file: format by content, orientation applied, any pixel type to RGB8.
///
/// JPEG, BMP, GIF and PNM are decoded by the `image` crate (JPEG by `zune-jpeg`), PNG and TIFF
/// by the crates that it uses, WebP by libwebp, as image loaders elsewhere do, so that decode
/// times are comparable.
///
/// # Errors
/// [`DecodeError`]. A truncated file is an error, never an image with a grey half.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    decode_enough(bytes, limits, Enough::WHOLE)
}

/// Decodes an image file as [`decode`] does, a JPEG image at 1/2, 1/4 or 1/8 of its sides when
/// enough remains. [`Decoded::reduction`] leads back to the original's pixels.
///
/// # Errors
/// [`DecodeError`].
pub fn decode_enough(
    bytes: &[u8],
    limits: &Limits,
    enough: Enough,
) -> Result<Decoded, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    let Some(format) = Format::of(bytes) else {
        return Err(match Format::unread_name(bytes) {
            Some(name) => DecodeError::UnreadFormat(name),
            None => DecodeError::UnknownFormat,
        });
    };
    // The decoders parse whatever users bring. A panic in one of them is a broken image,
    // not a reason to lose the night.
    catch_unwind(AssertUnwindSafe(|| {
        let still = match format {
            Format::Jpeg => jpeg_still::read(bytes, limits, enough),
            Format::WebP => webp_still::read(bytes, limits),
            Format::Tiff => tiff_still::read(bytes, limits),
            Format::Png => png_still::read(bytes, limits),
            Format::Bmp | Format::Gif | Format::Pnm => still::read(format, bytes, limits),
        }?;
        Ok(upright(still, format))
    }))
    .unwrap_or(Err(DecodeError::corrupt(format, "its decoder panicked")))
}

fn upright(still: Still, format: Format) -> Decoded {
    let (width, height) = still.stored;
    let pages = still.pages;
    let orientation = still.orientation;
    let mut image = still.pixels;
    let mut notes = Vec::new();
    if pages > 1 {
        notes.push(format!(
            "the first of {pages} {} is read",
            page_name(format)
        ));
    }
    if orientation != Orientation::NoTransforms {
        // Mirroring is done in place; only a quarter turn takes a second image.
        let mut turned = DynamicImage::ImageRgb8(image);
        turned.apply_orientation(orientation);
        image = turned.into_rgb8();
        let exif = orientation.to_exif();
        notes.push(format!("turned upright (orientation {exif})"));
    }
    if still.factor > 1 {
        notes.push(format!("decoded at 1/{} of {width}x{height}", still.factor));
    }
    notes.extend(still.notes);
    Decoded {
        image,
        format,
        reduction: Reduction::new(width, height, still.factor, orientation),
        notes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encoding, encode};

    fn gradient(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 5 % 256) as u8, (y * 7 % 256) as u8, 40])
        })
    }

    #[test]
    fn no_prefix_of_a_file_panics_or_passes_for_whole() {
        for encoding in [
            Encoding::Png,
            Encoding::Jpeg { quality: 80 },
            Encoding::WebPLossless,
            Encoding::WebP { quality: 80 },
        ] {
            let bytes = encode(&gradient(33, 21), encoding).unwrap();
            assert!(decode(&bytes, &Limits::default()).is_ok());
            // The last chunk of a PNG carries no pixels; its absence may go unnoticed.
            for end in 0..bytes.len().saturating_sub(20) {
                assert!(
                    decode(&bytes[..end], &Limits::default()).is_err(),
                    "{encoding} cut at {end} of {}",
                    bytes.len()
                );
            }
        }
    }

    #[test]
    fn the_size_limit_comes_before_the_pixels() {
        let bytes = encode(&gradient(100, 50), Encoding::Png).unwrap();
        let limits = Limits {
            max_pixels: 4999,
            ..Limits::default()
        };
        let error = decode(&bytes, &limits).unwrap_err();
        assert!(matches!(
            error,
            DecodeError::TooLarge {
                width: 100,
                height: 50,
                ..
            }
        ));
    }

    #[test]
    fn text_is_no_image() {
        assert!(matches!(
            decode(b"hello, not an image", &Limits::default()),
            Err(DecodeError::UnknownFormat)
        ));
        assert!(matches!(
            decode(b"", &Limits::default()),
            Err(DecodeError::Empty)
        ));
    }
}
