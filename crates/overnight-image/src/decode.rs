//! Image file to upright RGB pixels.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage};

use crate::Format;
use crate::jpeg_completeness::is_complete_jpeg;
use crate::orientation::orientation_of;

/// What a decoder may use. Checked against the declared size, before pixels are allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels an image may have.
    pub max_pixels: u64,
    /// Most bytes a decoder may allocate.
    pub max_bytes: u64,
}

impl Default for Limits {
    /// 200 megapixels and 2 GiB: an A3 page at 600 dpi has 70 megapixels.
    fn default() -> Self {
        Self {
            max_pixels: 200_000_000,
            max_bytes: 2 << 30,
        }
    }
}

/// A decoded image.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// Upright pixels, 8 bits a channel, in the file's own colour space (no ICC conversion);
    /// transparent parts over white.
    pub image: RgbImage,
    /// The format the content is in.
    pub format: Format,
    /// What was done to it that is worth knowing, each as a sentence fragment.
    pub notes: Vec<String>,
}

/// Bytes that are not a usable image.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// No format is known that begins like this.
    #[error("the content is in no known image format")]
    UnknownFormat,
    /// The declared size is over a limit.
    #[error("the image is {width}x{height} pixels; at most {max_pixels} pixels are decoded")]
    TooLarge {
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
        /// The limit.
        max_pixels: u64,
    },
    /// The declared size has no pixels.
    #[error("the image is {width}x{height} pixels")]
    NoPixels {
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
    },
    /// The file ends before the image does.
    #[error("the {format} data is truncated")]
    Truncated {
        /// The format.
        format: Format,
    },
    /// The decoder refuses the data.
    #[error("failed to decode {format} data")]
    Corrupt {
        /// The format.
        format: Format,
        /// What the decoder said.
        #[source]
        source: image::ImageError,
    },
    /// The decoder refuses the data without saying why.
    #[error("failed to decode {format} data: {reason}")]
    Refused {
        /// The format.
        format: Format,
        /// What is known about it.
        reason: &'static str,
    },
}

/// Decodes an image file: format by content, orientation applied, any pixel type to RGB8.
///
/// JPEG, PNG, TIFF, BMP, GIF and PNM are decoded by the `image` crate (JPEG by `zune-jpeg`),
/// WebP by libwebp, as image loaders elsewhere do, so that decode times are comparable.
///
/// # Errors
/// [`DecodeError`]. A truncated file is an error, never an image with a grey half.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    let format = Format::of(bytes).ok_or(DecodeError::UnknownFormat)?;
    // The decoders parse whatever users bring. A panic in one of them is a broken image,
    // not a reason to lose the night.
    catch_unwind(AssertUnwindSafe(|| decode_as(format, bytes, limits))).unwrap_or(Err(
        DecodeError::Refused {
            format,
            reason: "its decoder panicked",
        },
    ))
}

fn decode_as(format: Format, bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    if format == Format::Jpeg && !is_complete_jpeg(bytes) {
        return Err(DecodeError::Truncated { format });
    }
    let corrupt = |source| classify(format, source);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.codec());
    let mut codec_limits = image::Limits::default();
    codec_limits.max_alloc = Some(limits.max_bytes);
    reader.limits(codec_limits);
    let mut decoder = reader.into_decoder().map_err(corrupt)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    let orientation = orientation_of(&mut decoder);
    let mut notes = Vec::new();
    let mut pixels = if format == Format::WebP
        && let Some(still) = decode_webp(bytes)?
    {
        still
    } else {
        DynamicImage::from_decoder(decoder).map_err(corrupt)?
    };
    if format == Format::Gif || format == Format::WebP && is_animated_webp(bytes) {
        notes.push("only the first frame is read".to_owned());
    }
    if orientation != Orientation::NoTransforms {
        pixels.apply_orientation(orientation);
        notes.push(format!(
            "turned upright (orientation {})",
            orientation.to_exif()
        ));
    }
    if pixels.color().has_alpha() {
        notes.push("transparent parts laid over white".to_owned());
    }
    if pixels.color().bytes_per_pixel() / pixels.color().channel_count() > 1 {
        notes.push("reduced to 8 bits a channel".to_owned());
    }
    Ok(Decoded {
        image: to_rgb_over_white(pixels),
        format,
        notes,
    })
}

fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), DecodeError> {
    if width == 0 || height == 0 {
        return Err(DecodeError::NoPixels { width, height });
    }
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(DecodeError::TooLarge {
            width,
            height,
            max_pixels: limits.max_pixels,
        });
    }
    Ok(())
}

/// An end of file inside a decoder means that the data stops too early.
fn classify(format: Format, source: image::ImageError) -> DecodeError {
    match &source {
        image::ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            DecodeError::Truncated { format }
        }
        _ => DecodeError::Corrupt { format, source },
    }
}

fn is_animated_webp(bytes: &[u8]) -> bool {
    webp::BitstreamFeatures::new(bytes).is_some_and(|features| features.has_animation())
}

/// A still WebP image through libwebp; `None` for an animation, which its simple
/// interface does not read.
fn decode_webp(bytes: &[u8]) -> Result<Option<DynamicImage>, DecodeError> {
    let refused = |reason| DecodeError::Refused {
        format: Format::WebP,
        reason,
    };
    let features =
        webp::BitstreamFeatures::new(bytes).ok_or_else(|| refused("its header is broken"))?;
    if features.has_animation() {
        return Ok(None);
    }
    let pixels = webp::Decoder::new(bytes)
        .decode()
        .ok_or_else(|| refused("libwebp says that the data is broken or truncated"))?;
    let (width, height) = (pixels.width(), pixels.height());
    let image = if pixels.is_alpha() {
        image::RgbaImage::from_raw(width, height, pixels.to_vec()).map(DynamicImage::ImageRgba8)
    } else {
        RgbImage::from_raw(width, height, pixels.to_vec()).map(DynamicImage::ImageRgb8)
    };
    image
        .map(Some)
        .ok_or_else(|| refused("libwebp returned too few pixels"))
}

fn to_rgb_over_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let with_alpha = image.into_rgba8();
    let (width, height) = with_alpha.dimensions();
    let mut opaque = RgbImage::new(width, height);
    for (to, from) in opaque.pixels_mut().zip(with_alpha.pixels()) {
        let alpha = u32::from(from[3]);
        for channel in 0..3 {
            let blended = (u32::from(from[channel]) * alpha + 255 * (255 - alpha) + 127) / 255;
            to[channel] = u8::try_from(blended).unwrap_or(255);
        }
    }
    opaque
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
    fn transparent_pixels_become_white() {
        let mut image = image::RgbaImage::new(2, 1);
        image.put_pixel(0, 0, image::Rgba([10, 20, 30, 0]));
        image.put_pixel(1, 0, image::Rgba([10, 20, 30, 255]));
        let rgb = to_rgb_over_white(DynamicImage::ImageRgba8(image));
        assert_eq!(rgb.as_raw(), &[255, 255, 255, 10, 20, 30]);
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
