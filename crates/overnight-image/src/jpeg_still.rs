//! JPEG, whole or at a reduced scale.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::metadata::Orientation;
use image::{ImageDecoder as _, RgbImage};
use jpeg_decoder::PixelFormat;

use crate::jpeg_structure::{JpegFrame, JpegStructure};
use crate::limits::check_claim;
use crate::orientation::orientation_of;
use crate::samples::{Channels, Depth, Samples};
use crate::still::{Still, turning_bytes};
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
    let frame = structure
        .frame
        .as_ref()
        .ok_or_else(|| DecodeError::corrupt(FORMAT, "it has no frame header"))?;
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
    let mut whole = JpegDecoder::new(Cursor::new(bytes));
    let orientation = whole
        .as_mut()
        .map_or(Orientation::NoTransforms, orientation_of);
    let mut notes = Vec::new();
    if frame.components.len() == 4 {
        notes.push(match structure.adobe_transform {
            Some(_) => "CMYK turned into RGB without a colour profile".to_owned(),
            None => {
                "CMYK turned into RGB, taken as inverted though Adobe's mark is missing".to_owned()
            }
        });
    }
    let scaled = |factor| {
        limits.allow(width, height, reduced_bytes(frame, factor, orientation))?;
        reduced(bytes, &structure, factor).map_err(|error| DecodeError::from_cause(FORMAT, &error))
    };
    let factor = enough.reduction(width, height);
    let (pixels, factor) = if factor > 1 || structure.is_rgb() {
        // Each decoder bears with damage that the other one refuses.
        match scaled(factor) {
            Ok(pixels) => (pixels, factor),
            Err(_) => (read_whole(whole, frame, orientation, limits)?, 1),
        }
    } else {
        match read_whole(whole, frame, orientation, limits) {
            Ok(pixels) => (pixels, 1),
            Err(error @ DecodeError::TooMuchMemory { .. }) => return Err(error),
            Err(error) => {
                let pixels = scaled(1).map_err(|_| error)?;
                notes.push("read although its structure is damaged".to_owned());
                (pixels, 1)
            }
        }
    };
    Ok(Still {
        pixels,
        stored: (width, height),
        factor,
        pages: structure.pictures,
        orientation,
        notes,
    })
}

fn read_whole(
    decoder: Result<JpegDecoder<Cursor<&[u8]>>, image::ImageError>,
    frame: &JpegFrame,
    orientation: Orientation,
    limits: &Limits,
) -> Result<RgbImage, DecodeError> {
    let failed = |error| DecodeError::from_image(FORMAT, &error);
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    limits.allow(width, height, whole_bytes(frame, orientation))?;
    let decoder = decoder.map_err(failed)?;
    let samples = Samples::of(decoder.color_type())
        .filter(|_| decoder.dimensions() == (width, height))
        .ok_or_else(|| DecodeError::corrupt(FORMAT, "its headers contradict each other"))?;
    let (mut buffer, start) = samples.buffer(width as usize * height as usize);
    decoder.read_image(&mut buffer[start..]).map_err(failed)?;
    samples
        .into_rgb(buffer, width, height)
        .map(|(image, _)| image)
        .ok_or_else(too_few)
}

fn too_few() -> DecodeError {
    DecodeError::corrupt(FORMAT, "the decoder returned too few pixels")
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
