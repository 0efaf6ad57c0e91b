//! RGB pixels to an image file.

use std::fmt;
use std::io::Cursor;
use std::str::FromStr;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, RgbImage};

/// A way to store an image, written `webp:q80`, `webp:lossless`, `jpeg:q90` or `png`.
///
/// ```
/// use overnight_image::Encoding;
/// let encoding: Encoding = "webp:q80".parse().unwrap();
/// assert_eq!(encoding, Encoding::WebP { quality: 80 });
/// assert_eq!(encoding.to_string(), "webp:q80");
/// assert!("webp:q101".parse::<Encoding>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Lossy WebP.
    WebP {
        /// From 0 to 100.
        quality: u8,
    },
    /// Lossless WebP.
    WebPLossless,
    /// Baseline JPEG.
    Jpeg {
        /// From 1 to 100.
        quality: u8,
    },
    /// PNG.
    Png,
}

/// Text that names no encoding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an encoding; known are webp:q0 to webp:q100, webp:lossless, jpeg:q1 to jpeg:q100 and png"
)]
pub struct ParseEncodingError(String);

/// An image that cannot be stored this way.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// A side is longer than the format can say.
    #[error(
        "failed to encode as {encoding}: {width}x{height} pixels; the longest side it can hold is {max_side}"
    )]
    TooLarge {
        /// The encoding.
        encoding: Encoding,
        /// Width of the image.
        width: u32,
        /// Height of the image.
        height: u32,
        /// Longest side of the format.
        max_side: u32,
    },
    /// The encoder failed.
    #[error("failed to encode as {encoding}: {reason}")]
    Encoder {
        /// The encoding.
        encoding: Encoding,
        /// What it said.
        reason: String,
    },
}

/// Version of the `image` crate; a test compares it with the lock file.
const IMAGE_VERSION: &str = "0.25.10";
/// Version of the crate that carries libwebp; a test compares it with the lock file.
const LIBWEBP_SYS_VERSION: &str = "0.9.6";

impl Encoding {
    /// Encoder, decoder and settings, in words.
    pub fn definition(self) -> String {
        let webp = format!("libwebp (libwebp-sys {LIBWEBP_SYS_VERSION}), decoded by the same");
        match self {
            Self::WebP { quality } => {
                format!("lossy WebP, quality {quality}, method 4, 4:2:0; {webp}")
            }
            Self::WebPLossless => format!("lossless WebP, effort 70, method 4; {webp}"),
            Self::Jpeg { quality } => format!(
                "baseline JPEG, quality {quality}, 4:4:4, standard Huffman tables; image \
                 {IMAGE_VERSION}, decoded by zune-jpeg"
            ),
            Self::Png => format!(
                "PNG, balanced compression, adaptive filter; image {IMAGE_VERSION}, decoded by \
                 png"
            ),
        }
    }

    /// Whether decoding gives back the very pixels.
    pub fn is_lossless(self) -> bool {
        matches!(self, Self::WebPLossless | Self::Png)
    }

    /// The usual file name ending, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::WebP { .. } | Self::WebPLossless => "webp",
            Self::Jpeg { .. } => "jpg",
            Self::Png => "png",
        }
    }

    fn max_side(self) -> u32 {
        match self {
            Self::WebP { .. } | Self::WebPLossless => 16_383,
            Self::Jpeg { .. } => 65_535,
            Self::Png => i32::MAX.unsigned_abs(),
        }
    }
}

impl FromStr for Encoding {
    type Err = ParseEncodingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseEncodingError(text.to_owned());
        let quality = |digits: &str, range: std::ops::RangeInclusive<u8>| {
            digits
                .parse()
                .ok()
                .filter(|q| range.contains(q))
                .ok_or_else(error)
        };
        match text.split_once(':') {
            None if text == "png" => Ok(Self::Png),
            Some(("webp", "lossless")) => Ok(Self::WebPLossless),
            Some((format, setting)) => match (format, setting.strip_prefix('q')) {
                ("webp", Some(digits)) => Ok(Self::WebP {
                    quality: quality(digits, 0..=100)?,
                }),
                ("jpeg", Some(digits)) => Ok(Self::Jpeg {
                    quality: quality(digits, 1..=100)?,
                }),
                _ => Err(error()),
            },
            None => Err(error()),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebP { quality } => write!(f, "webp:q{quality}"),
            Self::WebPLossless => f.write_str("webp:lossless"),
            Self::Jpeg { quality } => write!(f, "jpeg:q{quality}"),
            Self::Png => f.write_str("png"),
        }
    }
}

/// Encodes an image. [`decode`](crate::decode) reads it back.
///
/// # Errors
/// [`EncodeError`] when a side is too long for the format or the encoder fails.
pub fn encode(image: &RgbImage, encoding: Encoding) -> Result<Vec<u8>, EncodeError> {
    let (width, height) = image.dimensions();
    let max_side = encoding.max_side();
    if width.max(height) > max_side {
        return Err(EncodeError::TooLarge {
            encoding,
            width,
            height,
            max_side,
        });
    }
    let failed = |reason: String| EncodeError::Encoder { encoding, reason };
    let webp = |lossless, quality| {
        webp::Encoder::from_rgb(image.as_raw(), width, height)
            .encode_simple(lossless, quality)
            .map(|bytes| bytes.to_vec())
            .map_err(|error| failed(format!("{error:?}")))
    };
    let mut bytes = Cursor::new(Vec::new());
    let written = match encoding {
        Encoding::WebP { quality } => return webp(false, f32::from(quality)),
        Encoding::WebPLossless => return webp(true, 70.0),
        Encoding::Jpeg { quality } => JpegEncoder::new_with_quality(&mut bytes, quality)
            .write_image(image.as_raw(), width, height, ExtendedColorType::Rgb8),
        Encoding::Png => {
            PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
                .write_image(image.as_raw(), width, height, ExtendedColorType::Rgb8)
        }
    };
    written.map_err(|error| failed(error.to_string()))?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Limits, decode, psnr_db};

    fn sample() -> RgbImage {
        RgbImage::from_fn(120, 80, |x, y| {
            let ink = u8::from((x / 9 + y / 7) % 3 == 0) * 200;
            image::Rgb([255 - ink, 250 - ink, 240 - ink])
        })
    }

    #[test]
    fn lossless_means_lossless_and_lossy_stays_close() {
        let image = sample();
        for text in ["png", "webp:lossless", "webp:q80", "jpeg:q90"] {
            let encoding: Encoding = text.parse().unwrap();
            let bytes = encode(&image, encoding).unwrap();
            let back = decode(&bytes, &Limits::default()).unwrap();
            let psnr = psnr_db(&image, &back.image).unwrap();
            if encoding.is_lossless() {
                assert_eq!(psnr, None, "{text}");
            } else {
                assert!(psnr.unwrap() > 25.0, "{text}: {psnr:?} dB");
            }
        }
    }

    #[test]
    fn the_written_form_is_the_parsed_form() {
        for text in ["webp:q0", "webp:q100", "webp:lossless", "jpeg:q1", "png"] {
            assert_eq!(text.parse::<Encoding>().unwrap().to_string(), text);
        }
        for bad in [
            "", "webp", "webp:80", "webp:q-1", "jpeg:q0", "avif:q50", "png:q3",
        ] {
            assert!(bad.parse::<Encoding>().is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn too_long_for_webp_is_said() {
        let long = RgbImage::new(16_384, 1);
        let error = encode(&long, Encoding::WebPLossless).unwrap_err();
        assert!(error.to_string().contains("16383"), "{error}");
        assert_eq!(
            Format::of(&encode(&long, Encoding::Png).unwrap()),
            Some(Format::Png)
        );
    }

    #[test]
    fn definitions_name_the_versions_in_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        for (package, version) in [
            ("image", IMAGE_VERSION),
            ("libwebp-sys", LIBWEBP_SYS_VERSION),
        ] {
            let entry = format!("name = \"{package}\"\nversion = \"{version}\"");
            assert!(lock.contains(&entry), "{package} is not at {version}");
        }
    }
}
