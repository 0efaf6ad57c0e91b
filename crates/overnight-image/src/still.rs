//! The image as its format stores it, before it is turned upright.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{ImageDecoder, ImageReader, RgbImage};

use crate::gif_frames::GifFrames;
use crate::limits::check_claim;
use crate::orientation::orientation_of;
use crate::page_count::page_count;
use crate::samples::{Channels, Depth, Found, Samples};
use crate::{DecodeError, Format, Limits};

/// What a format's reader hands over.
pub(crate) struct Still {
    /// RGB, as stored or reduced.
    pub(crate) pixels: RgbImage,
    /// Width and height as stored.
    pub(crate) stored: (u32, u32),
    /// What both sides were divided by.
    pub(crate) factor: u32,
    /// Images in the file, of which this is the first.
    pub(crate) pages: usize,
    /// How to turn it upright.
    pub(crate) orientation: Orientation,
    /// What was done to it.
    pub(crate) notes: Vec<String>,
}

/// Bytes that turning upright holds beside the image.
pub(crate) fn turning_bytes(orientation: Orientation, pixels: u64) -> u64 {
    match orientation {
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => 0,
        _ => 3 * pixels,
    }
}

/// The notes that the conversion of samples gives rise to.
pub(crate) fn note_samples(samples: Samples, found: Found, notes: &mut Vec<String>) {
    if samples.channels == Channels::Cmyk {
        notes.push("CMYK turned into RGB without a colour profile".to_owned());
    }
    if found.is_invisible {
        notes.push("transparent parts laid over white, where nothing of it can be seen".to_owned());
    } else if found.is_transparent {
        notes.push("transparent parts laid over white".to_owned());
    }
    if samples.depth != Depth::U8 {
        notes.push("reduced to 8 bits a channel".to_owned());
    }
}

/// Reads BMP, GIF, PNM and animated WebP with the decoders of the `image` crate.
pub(crate) fn read(format: Format, bytes: &[u8], limits: &Limits) -> Result<Still, DecodeError> {
    let failed = |error| DecodeError::from_image(format, &error);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.codec());
    reader.limits(codec_limits(limits.max_bytes));
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let samples = Samples::of(decoder.color_type())
        .ok_or_else(|| DecodeError::corrupt(format, "its kind of pixel is unknown"))?;
    let orientation = orientation_of(&mut decoder);
    let samples_bytes = pixels * samples.working_bytes() as u64;
    // The conversion of samples and the turning upright come after one another.
    let needed = samples_bytes.max(3 * pixels + turning_bytes(orientation, pixels));
    limits.allow(width, height, needed)?;
    check_claim(
        format,
        (width, height),
        least_bytes(format, bytes, width, height),
        bytes,
    )?;
    if format == Format::Gif
        && let Some((width, height)) = GifFrames::of(bytes).first
    {
        // Frames have sizes of their own, and take a second buffer.
        let least = u64::from(width) * u64::from(height) / 4096;
        check_claim(format, (width, height), least, bytes)?;
    }
    decoder
        .set_limits(codec_limits(limits.max_bytes - samples_bytes))
        .map_err(failed)?;
    let (mut buffer, start) = samples.buffer(width as usize * height as usize);
    decoder.read_image(&mut buffer[start..]).map_err(failed)?;
    let (image, found) = samples
        .into_rgb(buffer, width, height)
        .ok_or_else(|| DecodeError::corrupt(format, "the decoder returned too few pixels"))?;
    let mut notes = Vec::new();
    note_samples(samples, found, &mut notes);
    Ok(Still {
        pixels: image,
        stored: (width, height),
        factor: 1,
        pages: page_count(format, bytes),
        orientation,
        notes,
    })
}

fn codec_limits(max_bytes: u64) -> image::Limits {
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(max_bytes);
    limits
}

/// Fewest bytes a file of this size can have; less than the truth where that is not known,
/// because a file that only lacks its end is better called truncated.
fn least_bytes(format: Format, bytes: &[u8], width: u32, height: u32) -> u64 {
    let pixels = u64::from(width) * u64::from(height);
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    match format {
        // A code of 12 bits stands for at most some 3,800 pixels, which is 2,600 a byte.
        Format::Gif => pixels / 4096,
        // Uncompressed, unless a field says otherwise; half of it, as a file may be cut.
        Format::Bmp if matches!(byte(30), 0 | 3) && byte(14) >= 40 => {
            let bits_a_pixel = u64::from(byte(28));
            pixels * bits_a_pixel / 16
        }
        Format::Pnm => pixels / 16,
        _ => 0,
    }
}
