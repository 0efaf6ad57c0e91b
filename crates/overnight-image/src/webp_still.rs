//! WebP through libwebp.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{ImageReader, RgbImage};

use crate::orientation::orientation_of;
use crate::samples::{Channels, Depth, Found, Samples};
use crate::still::{Still, note_samples, turning_bytes};
use crate::{DecodeError, Format, Limits, still};

/// Reads a WebP image with libwebp, as image loaders elsewhere do, so that decode times are
/// comparable; an animation, which its simple interface does not read, with the `image`
/// crate.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Still, DecodeError> {
    let format = Format::WebP;
    let refused = |reason: &str| DecodeError::corrupt(format, reason);
    if !is_whole(bytes) {
        return Err(DecodeError::Truncated { format });
    }
    let features =
        webp::BitstreamFeatures::new(bytes).ok_or_else(|| refused("its header is broken"))?;
    if features.has_animation() {
        return still::read(format, bytes, limits);
    }
    let (width, height) = (features.width(), features.height());
    let pixels = u64::from(width) * u64::from(height);
    let orientation = orientation_in(bytes);
    let channels = if features.has_alpha() { 4 } else { 3 };
    // libwebp's own pixels, for lossless data its working copy, and ours.
    let working = match features.format() {
        Some(webp::BitstreamFormat::Lossless) => 4,
        _ => 0,
    };
    let needed = pixels * (channels + working.max(3)) + turning_bytes(orientation, pixels);
    limits.allow(width, height, needed)?;
    let decoded = webp::Decoder::new(bytes)
        .decode()
        .ok_or_else(|| refused("libwebp says that the data is broken"))?;
    let (image, found) = if decoded.is_alpha() {
        let rgba = Samples::new(Channels::Rgba, Depth::U8);
        rgba.into_rgb(decoded.to_vec(), width, height)
    } else {
        RgbImage::from_raw(width, height, decoded.to_vec()).map(|image| (image, Found::default()))
    }
    .ok_or_else(|| refused("libwebp returned too few pixels"))?;
    let mut notes = Vec::new();
    note_samples(Samples::new(Channels::Rgb, Depth::U8), found, &mut notes);
    Ok(Still {
        pixels: image,
        stored: (width, height),
        factor: 1,
        pages: 1,
        orientation,
        notes,
    })
}

/// Whether the file is as long as it says.
fn is_whole(bytes: &[u8]) -> bool {
    match bytes {
        [b'R', b'I', b'F', b'F', a, b, c, d, ..] => {
            u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + 8 <= bytes.len() as u64 + 1
        }
        _ => false,
    }
}

/// Metadata that cannot be read leaves the image as it is stored.
fn orientation_in(bytes: &[u8]) -> Orientation {
    ImageReader::with_format(Cursor::new(bytes), image::ImageFormat::WebP)
        .into_decoder()
        .map_or(Orientation::NoTransforms, |mut decoder| {
            orientation_of(&mut decoder)
        })
}
