//! JPEG, whole or at a reduced scale.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{ImageDecoder as _, RgbImage};
use jpeg_decoder::PixelFormat;

use crate::jpeg_structure::{JpegFrame, JpegStructure};
use crate::limits::check_claim;
use crate::orientation::orientation_of;
use crate::samples::{Channels, Depth, Samples};
use crate::still::{Still, note_samples, turning_bytes};
use crate::{DecodeError, Enough, Format, Limits};

const FORMAT: Format = Format::Jpeg;

/// Reads a JPEG file: whole by `zune-jpeg`, which is the faster decoder, or at 1/2, 1/4 or
/// 1/8 of its sides by `jpeg-decoder`, which leaves out the frequencies that a smaller image
/// cannot show.
pub(crate) fn read(bytes: &[u8], limits: &Limits, enough: Enough) -> Result<Still, DecodeError> {
    let structure = JpegStructure::of(bytes);
    if !structure.is_complete {
        return Err(DecodeError::Truncated { format: FORMAT });
    }
    let frame = structure.frame.as_ref().ok_or(DecodeError::Refused {
        format: FORMAT,
        reason: "it has no frame header",
    })?;
    if let Some(feature) = frame.unread_feature() {
        return Err(DecodeError::Unsupported {
            format: FORMAT,
            feature: feature.to_owned(),
        });
    }
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    // The size alone first: what follows reads the file again.
    limits.allow(width, height, 0)?;
    check_claim(FORMAT, (width, height), frame.least_bits() / 8, bytes)?;
    let mut metadata = image::codecs::jpeg::JpegDecoder::new(Cursor::new(bytes)).map_err(failed)?;
    let orientation = orientation_of(&mut metadata);
    let factor = enough.reduction(width, height);
    let reduced = if factor > 1 || structure.is_rgb() {
        limits.allow(width, height, reduced_bytes(frame, factor, orientation))?;
        // Its judgement of broken data is stricter. What it refuses, the other one may read.
        reduced(bytes, &structure, factor).ok()
    } else {
        None
    };
    let mut notes = Vec::new();
    if frame.components.len() == 4 {
        notes.push(match structure.adobe_transform {
            Some(_) => "CMYK turned into RGB without a colour profile".to_owned(),
            None => {
                "CMYK turned into RGB, taken as inverted though Adobe's mark is missing".to_owned()
            }
        });
    }
    if let Some(pixels) = reduced {
        return Ok(Still {
            pixels,
            stored: (width, height),
            factor,
            orientation,
            notes,
        });
    }
    limits.allow(width, height, whole_bytes(frame, orientation))?;
    let samples = Samples::of(metadata.color_type()).ok_or(DecodeError::Refused {
        format: FORMAT,
        reason: "its kind of pixel is unknown",
    })?;
    let (mut buffer, start) = samples.buffer(width as usize * height as usize);
    metadata.read_image(&mut buffer[start..]).map_err(failed)?;
    let (pixels, found) = samples
        .into_rgb(buffer, width, height)
        .ok_or_else(too_few)?;
    note_samples(samples, found, &mut notes);
    Ok(Still {
        pixels,
        stored: (width, height),
        factor: 1,
        orientation,
        notes,
    })
}

fn failed(source: image::ImageError) -> DecodeError {
    DecodeError::from_image(FORMAT, source)
}

fn too_few() -> DecodeError {
    DecodeError::Refused {
        format: FORMAT,
        reason: "the decoder returned too few pixels",
    }
}

/// Bytes of the coefficients that a progressive file makes a decoder keep: 64 of 2 bytes a
/// block.
fn coefficient_bytes(frame: &JpegFrame) -> u64 {
    if frame.is_progressive() {
        frame.blocks() * 128
    } else {
        0
    }
}

fn whole_bytes(frame: &JpegFrame, orientation: Orientation) -> u64 {
    let pixels = u64::from(frame.width) * u64::from(frame.height);
    3 * pixels + coefficient_bytes(frame).max(turning_bytes(orientation, pixels))
}

/// Beside the coefficients, reduction holds the planes of all components and the pixels they
/// make, of 3 or 4 bytes.
fn reduced_bytes(frame: &JpegFrame, factor: u32, orientation: Orientation) -> u64 {
    let area = u64::from(factor * factor);
    let pixels = (u64::from(frame.width) * u64::from(frame.height)).div_ceil(area);
    let planes = frame.blocks() * 64 / area;
    let channels = frame.components.len().max(3) as u64;
    (coefficient_bytes(frame) + planes + channels * pixels)
        .max(3 * pixels + turning_bytes(orientation, pixels))
}

/// Decodes at 1/`factor` of the sides.
fn reduced(
    bytes: &[u8],
    structure: &JpegStructure,
    factor: u32,
) -> Result<RgbImage, jpeg_decoder::Error> {
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(bytes));
    if structure.is_rgb() {
        decoder.set_color_transform(jpeg_decoder::ColorTransform::RGB);
    }
    decoder.read_info()?;
    let broken = || jpeg_decoder::Error::Format("the sizes do not agree".to_owned());
    let info = decoder.info().ok_or_else(broken)?;
    let side = |length: u16| u32::from(length).div_ceil(factor);
    let (width, height) = (side(info.width), side(info.height));
    let wanted = |length: u32| u16::try_from(length).map_err(|_| broken());
    let given = decoder.scale(wanted(width)?, wanted(height)?)?;
    if (u32::from(given.0), u32::from(given.1)) != (width, height) {
        return Err(broken());
    }
    let data = decoder.decode()?;
    let samples = match info.pixel_format {
        PixelFormat::L8 => Samples::new(Channels::Grey, Depth::U8),
        PixelFormat::RGB24 => Samples::new(Channels::Rgb, Depth::U8),
        PixelFormat::CMYK32 => Samples::new(Channels::Cmyk, Depth::U8),
        PixelFormat::L16 => return Err(broken()),
    };
    let pixels = width as usize * height as usize;
    if data.len() != pixels * samples.pixel_bytes() {
        return Err(broken());
    }
    let buffer = if samples.channels == Channels::Grey {
        let (mut buffer, start) = samples.buffer(pixels);
        buffer[start..].copy_from_slice(&data);
        buffer
    } else {
        data
    };
    samples
        .into_rgb(buffer, width, height)
        .map(|(image, _)| image)
        .ok_or_else(broken)
}
