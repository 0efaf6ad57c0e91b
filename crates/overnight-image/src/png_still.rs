//! PNG through the `png` crate: `image` would expand a colour profile, which is not used,
//! to whatever size it has.

use std::io::Cursor;

use image::metadata::Orientation;
use png::{BitDepth, ColorType, DecodingError, Transformations};

use crate::limits::check_claim;
use crate::orientation::orientation_in;
use crate::page_count::page_count;
use crate::samples::{Channels, Depth, Samples};
use crate::still::{Still, note_samples, turning_bytes};
use crate::{DecodeError, Format, Limits};

const FORMAT: Format = Format::Png;
const XMP_KEYWORD: &str = "XML:com.adobe.xmp";

/// Reads a PNG file; of an animation the first frame, or the still that stands for it.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Still, DecodeError> {
    let most = usize::try_from(limits.max_bytes).unwrap_or(usize::MAX);
    let mut decoder =
        png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: most });
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(failed)?;
    let (width, height) = header.size();
    limits.allow(width, height, 0)?;
    // Deflate expands to at most 1032 times its length.
    let row = 1 + u64::from(width) * header.bits_per_pixel() as u64 / 8;
    check_claim(
        FORMAT,
        (width, height),
        u64::from(height) * row / 1040,
        bytes,
    )?;

    let mut reader = decoder.read_info().map_err(failed)?;
    let (color, depth) = reader.output_color_type();
    let channels = match color {
        ColorType::Grayscale => Channels::Grey,
        ColorType::GrayscaleAlpha => Channels::GreyAlpha,
        ColorType::Rgb => Channels::Rgb,
        ColorType::Rgba => Channels::Rgba,
        ColorType::Indexed => return Err(kind_of_pixel()),
    };
    let depth = match depth {
        BitDepth::Eight => Depth::U8,
        BitDepth::Sixteen => Depth::U16,
        _ => return Err(kind_of_pixel()),
    };
    let samples = Samples::new(channels, depth);
    let orientation = stored_orientation(reader.info());
    let pixels = u64::from(width) * u64::from(height);
    // The conversion of samples and the turning upright come after one another.
    let needed = (pixels * samples.working_bytes() as u64)
        .max(3 * pixels + turning_bytes(orientation, pixels));
    limits.allow(width, height, needed)?;
    let (mut buffer, start) = samples.buffer(width as usize * height as usize);
    if reader.output_buffer_size() != Some(buffer.len() - start) {
        return Err(DecodeError::corrupt(
            FORMAT,
            "its headers contradict each other",
        ));
    }
    reader.next_frame(&mut buffer[start..]).map_err(failed)?;
    if depth == Depth::U16 {
        for sample in buffer[start..].as_chunks_mut::<2>().0 {
            *sample = u16::from_be_bytes(*sample).to_ne_bytes();
        }
    }
    let (image, found) = samples
        .into_rgb(buffer, width, height)
        .ok_or_else(|| DecodeError::corrupt(FORMAT, "the decoder returned too few pixels"))?;
    let mut notes = Vec::new();
    note_samples(samples, found, &mut notes);
    Ok(Still {
        pixels: image,
        stored: (width, height),
        factor: 1,
        pages: page_count(FORMAT, bytes),
        orientation,
        notes,
    })
}

fn stored_orientation(info: &png::Info<'_>) -> Orientation {
    let xmp = info
        .utf8_text
        .iter()
        .find(|chunk| chunk.keyword == XMP_KEYWORD)
        .and_then(|chunk| {
            let mut chunk = chunk.clone();
            // Expands to at most two megabytes.
            chunk.decompress_text().ok()?;
            chunk.get_text().ok()
        });
    orientation_in(
        info.exif_metadata.as_deref(),
        xmp.as_deref().map(str::as_bytes),
    )
}

fn kind_of_pixel() -> DecodeError {
    DecodeError::corrupt(FORMAT, "its kind of pixel is unknown")
}

fn failed(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::LimitsExceeded => {
            DecodeError::corrupt(FORMAT, "it takes more memory than is allowed")
        }
        other => DecodeError::from_cause(FORMAT, &other),
    }
}
