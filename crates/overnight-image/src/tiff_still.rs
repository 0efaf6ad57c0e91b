//! TIFF through the `tiff` crate, which knows more kinds of pixels than `image` hands on.

use std::io::Cursor;

use image::RgbImage;
use image::metadata::Orientation;
use tiff::decoder::{BufferLayoutPreference, Decoder};
use tiff::tags::{SampleFormat, Tag};
use tiff::{ColorType, TiffError};

use crate::jpeg_structure::JpegStructure;
use crate::limits::check_claim;
use crate::page_count::page_count;
use crate::samples::{Channels, Depth, Samples};
use crate::still::{Still, note_samples, turning_bytes};
use crate::tiff_directory::TiffDirectories;
use crate::{DecodeError, Format, Limits};

const FORMAT: Format = Format::Tiff;
const PALETTE: u64 = 3;
const BLACK_IS_ZERO: u16 = 1;

/// Reads the first page: strips or tiles, interleaved or planar samples; grey of 1 to 32
/// bits, palettes, RGB, CMYK, YCbCr; whole numbers and floats.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Still, DecodeError> {
    let directories = TiffDirectories::of(bytes).ok_or_else(|| refused("its header is broken"))?;
    if !directories.has_its_values() {
        return Err(DecodeError::Truncated { format: FORMAT });
    }
    match directories.photometric() {
        Some((at, PALETTE)) => {
            // The decoder does not hand out the indices of a palette, but grey of any depth.
            let mut renamed = bytes.to_vec();
            renamed[at..at + 2].copy_from_slice(&directories.short(BLACK_IS_ZERO));
            Page::open(&renamed)?.read(limits, true)
        }
        _ => Page::open(bytes)?.read(limits, false),
    }
}

struct Page<'a> {
    bytes: &'a [u8],
    decoder: Decoder<Cursor<&'a [u8]>>,
    width: u32,
    height: u32,
    color: ColorType,
}

impl<'a> Page<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(failed)?;
        let (width, height) = decoder.dimensions().map_err(failed)?;
        let color = decoder.colortype().map_err(failed)?;
        Ok(Self {
            bytes,
            decoder,
            width,
            height,
            color,
        })
    }

    fn read(mut self, limits: &Limits, is_palette: bool) -> Result<Still, DecodeError> {
        let (width, height) = (self.width, self.height);
        limits.allow(width, height, 0)?;
        let pixels = u64::from(width) * u64::from(height);
        let orientation = self.orientation();
        let layout = self.decoder.image_buffer_layout().map_err(failed)?;
        let samples = self.samples(&layout)?;
        self.check_claims(layout.complete_len as u64)?;
        let is_packed = self.color.bit_depth() < 8;
        let is_in_place = !is_packed && !is_palette && layout.planes == 1;
        let unpacked = if is_in_place {
            pixels * samples.working_bytes() as u64
        } else {
            layout.complete_len as u64 + pixels * samples.working_bytes() as u64
        };
        let needed =
            (unpacked + self.chunk_bytes()?).max(3 * pixels) + turning_bytes(orientation, pixels);
        limits.allow(width, height, needed)?;

        let mut notes = Vec::new();
        let image = if is_palette {
            let packed = self.fill(vec![0; layout.complete_len], 0)?;
            self.through_palette(&packed, &layout)?
        } else {
            let buffer = if is_in_place {
                let (buffer, start) = samples.buffer(width as usize * height as usize);
                self.fill(buffer, start)?
            } else {
                let raw = self.fill(vec![0; layout.complete_len], 0)?;
                if is_packed {
                    unpack(&raw, &layout, width, height, self.color.bit_depth())
                } else {
                    interleave(&raw, &layout, samples)
                }
            };
            let samples = in_their_range(samples, &buffer, &mut notes);
            let (mut image, found) = samples
                .into_rgb(buffer, width, height)
                .ok_or_else(|| refused("its samples do not fill the image"))?;
            note_samples(samples, found, &mut notes);
            if matches!(self.color, ColorType::YCbCr(_)) {
                image
                    .pixels_mut()
                    .for_each(|pixel| pixel.0 = rgb_of(pixel.0));
            }
            image
        };
        Ok(Still {
            pixels: image,
            stored: (width, height),
            factor: 1,
            pages: page_count(FORMAT, self.bytes),
            orientation,
            notes,
        })
    }

    fn orientation(&mut self) -> Orientation {
        let tag = self.decoder.find_tag_unsigned::<u8>(Tag::Orientation);
        tag.ok()
            .flatten()
            .and_then(Orientation::from_exif)
            .unwrap_or(Orientation::NoTransforms)
    }

    fn samples(&mut self, layout: &BufferLayoutPreference) -> Result<Samples, DecodeError> {
        let extra = self.decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples);
        let is_premultiplied = extra.ok().flatten().is_some_and(|kinds| kinds == [1]);
        let channels = match self.color {
            ColorType::Gray(_) => Channels::Grey,
            ColorType::Multiband { num_samples: 2, .. } => Channels::GreyAlpha,
            ColorType::RGB(_) | ColorType::YCbCr(8) => Channels::Rgb,
            ColorType::RGBA(_) if is_premultiplied => Channels::RgbaPremultiplied,
            ColorType::RGBA(_) => Channels::Rgba,
            ColorType::CMYK(_) => Channels::Cmyk,
            other => return Err(unsupported(format!("pixels of the kind {other:?}"))),
        };
        let bits = self.color.bit_depth();
        let depth = match (layout.sample_format, bits) {
            (SampleFormat::Uint, 1 | 2 | 4) if channels == Channels::Grey => Depth::U8,
            (SampleFormat::Uint, 8) => Depth::U8,
            (SampleFormat::Uint, 16) => Depth::U16,
            (SampleFormat::Uint, 32) => Depth::U32,
            (SampleFormat::IEEEFP, 32) => Depth::F32,
            (SampleFormat::IEEEFP, 64) => Depth::F64,
            (format, _) => return Err(unsupported(format!("{bits}-bit {format:?} samples"))),
        };
        Ok(Samples::new(channels, depth))
    }

    /// Refuses what a file of this length cannot hold, before pixels are allocated.
    fn check_claims(&mut self, uncompressed: u64) -> Result<(), DecodeError> {
        let method = self.decoder.find_tag_unsigned::<u32>(Tag::Compression);
        let least = match method.map_err(failed)?.unwrap_or(1) {
            // Half of it, because a file that only lacks its end is better called truncated.
            1 => uncompressed / 2,
            // A line of two-dimensional fax coding takes at least a bit.
            4 => u64::from(self.height) / 8,
            // LZW: a code of 12 bits stands for at most some 3,800 bytes.
            5 => uncompressed / 4096,
            // See `JpegFrame::least_bits`.
            7 => u64::from(self.width) * u64::from(self.height) / 512,
            // Deflate expands to at most 1032 times its length.
            8 | 32_946 => uncompressed / 1040,
            // PackBits: two bytes stand for at most 128.
            32_773 => uncompressed / 64,
            _ => 0,
        };
        check_claim(FORMAT, (self.width, self.height), least, self.bytes)
    }

    /// Bytes the decoder holds for one strip or tile, at most. JPEG has its own header in
    /// each, and is decoded whole.
    fn chunk_bytes(&mut self) -> Result<u64, DecodeError> {
        let (width, height) = self.decoder.chunk_dimensions();
        let pixel_bits = u64::from(self.color.bit_depth()) * u64::from(self.color.num_samples());
        let row = (u64::from(width) * pixel_bits).div_ceil(8);
        let method = self.decoder.find_tag_unsigned::<u32>(Tag::Compression);
        if !matches!(method, Ok(Some(7))) {
            return Ok(row);
        }
        let mut most = row;
        for (offset, length) in self.chunks()? {
            let end = offset.saturating_add(length).min(self.bytes.len());
            let chunk = self.bytes.get(offset..end).unwrap_or_default();
            let Some(frame) = JpegStructure::of(chunk).frame else {
                continue;
            };
            let claimed = (u32::from(frame.width), u32::from(frame.height));
            // A strip may say more lines than are used, a tile is as large as all tiles.
            if claimed.0 > width.saturating_add(64) || claimed.1 > height.max(self.height) + 64 {
                return Err(DecodeError::Implausible {
                    format: FORMAT,
                    width: claimed.0,
                    height: claimed.1,
                    bytes: length,
                });
            }
            let coefficients = if frame.is_progressive() { 128 } else { 0 };
            let pixels = u64::from(claimed.0) * u64::from(claimed.1);
            let channels = frame.components.len() as u64;
            most = most.max(pixels * channels + frame.blocks() * coefficients);
        }
        Ok(most)
    }

    /// Offset and length of each strip or tile.
    fn chunks(&mut self) -> Result<Vec<(usize, usize)>, DecodeError> {
        let mut values = |strip: Tag, tile: Tag| {
            let found = self.decoder.find_tag_unsigned_vec::<usize>(strip);
            match found.map_err(failed)? {
                Some(values) => Ok(values),
                None => {
                    let found = self.decoder.find_tag_unsigned_vec::<usize>(tile);
                    Ok(found.map_err(failed)?.unwrap_or_default())
                }
            }
        };
        let offsets = values(Tag::StripOffsets, Tag::TileOffsets)?;
        let lengths = values(Tag::StripByteCounts, Tag::TileByteCounts)?;
        Ok(offsets.into_iter().zip(lengths).collect())
    }

    /// Decodes all samples into `buffer` from `start` on.
    fn fill(&mut self, mut buffer: Vec<u8>, start: usize) -> Result<Vec<u8>, DecodeError> {
        let samples = &mut buffer[start..];
        self.decoder.read_image_bytes(samples).map_err(failed)?;
        Ok(buffer)
    }

    fn through_palette(
        &mut self,
        packed: &[u8],
        layout: &BufferLayoutPreference,
    ) -> Result<RgbImage, DecodeError> {
        let bits = self.color.bit_depth();
        let found = self.decoder.find_tag_unsigned_vec::<u16>(Tag::ColorMap);
        let map = found
            .map_err(failed)?
            .filter(|map| bits <= 8 && map.len() == 3 << bits)
            .ok_or_else(|| refused("its palette is missing or of a wrong length"))?;
        // All red values, then green, then blue. Some writers put 8 bits where 16 belong.
        let shift = if map.iter().all(|value| *value < 256) {
            0
        } else {
            8
        };
        let colours: Vec<[u8; 3]> = (0..1 << bits)
            .map(|index| [0, 1, 2].map(|channel| (map[index + (channel << bits)] >> shift) as u8))
            .collect();
        let mut image = RgbImage::new(self.width, self.height);
        let stride = layout.row_stride.map_or(0, std::num::NonZero::get);
        let width = self.width as usize;
        for (row, packed) in image
            .chunks_exact_mut(3 * width)
            .zip(packed.chunks(stride.max(1)))
        {
            for (pixel, index) in row.chunks_exact_mut(3).zip(bits_of(packed, bits)) {
                pixel.copy_from_slice(&colours[usize::from(index)]);
            }
        }
        Ok(image)
    }
}

/// The samples of a row, of 1, 2, 4 or 8 bits, the highest bits of a byte first.
fn bits_of(row: &[u8], bits: u8) -> impl Iterator<Item = u8> {
    let mask = u8::MAX >> (8 - bits.clamp(1, 8));
    row.iter()
        .flat_map(move |byte| (1..=8 / bits).map(move |place| (byte >> (8 - bits * place)) & mask))
}

/// Grey of fewer than 8 bits a sample to 8 bits, in a buffer as [`Samples::into_rgb`] wants.
fn unpack(
    raw: &[u8],
    layout: &BufferLayoutPreference,
    width: u32,
    height: u32,
    bits: u8,
) -> Vec<u8> {
    let (width, height) = (width as usize, height as usize);
    let (mut buffer, start) = Samples::new(Channels::Grey, Depth::U8).buffer(width * height);
    let white = u8::MAX >> (8 - bits);
    let stride = layout.row_stride.map_or(1, std::num::NonZero::get);
    let rows = buffer[start..].chunks_exact_mut(width);
    for (row, packed) in rows.zip(raw.chunks(stride)) {
        for (sample, value) in row.iter_mut().zip(bits_of(packed, bits)) {
            *sample = value * (255 / white);
        }
    }
    buffer
}

/// Samples that lie plane after plane to samples that lie pixel after pixel, in a buffer as
/// [`Samples::into_rgb`] wants.
fn interleave(raw: &[u8], layout: &BufferLayoutPreference, samples: Samples) -> Vec<u8> {
    let step = samples.depth.bytes();
    let plane_bytes = layout.plane_stride.map_or(step, std::num::NonZero::get);
    let (mut buffer, start) = samples.buffer(plane_bytes / step);
    let pixels = buffer[start..].chunks_exact_mut(samples.pixel_bytes());
    for (index, pixel) in pixels.enumerate() {
        for (channel, sample) in pixel.chunks_exact_mut(step).enumerate() {
            let at = channel * plane_bytes + index * step;
            if let Some(value) = raw.get(at..at + step) {
                sample.copy_from_slice(value);
            }
        }
    }
    buffer
}

/// Which value is white, where the depth does not say: scanners store 12 bits in 16, and
/// floats go to 1, to 255 or anywhere.
fn in_their_range(samples: Samples, buffer: &[u8], notes: &mut Vec<String>) -> Samples {
    let is_float = matches!(samples.depth, Depth::F32 | Depth::F64);
    if !is_float && (samples.depth, samples.channels) != (Depth::U16, Channels::Grey) {
        return samples;
    }
    let step = samples.depth.bytes();
    let start =
        buffer.len() / samples.working_bytes() * (samples.working_bytes() - samples.pixel_bytes());
    let most = buffer[start..]
        .chunks_exact(step)
        .map(|sample| samples.depth.value(sample))
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max);
    let white = match most {
        m if is_float && m > 255.0 => m,
        m if is_float && m > 1.0 => 255.0,
        m if !is_float && m > 0.0 && m <= 4095.0 => 4095.0,
        _ => return samples,
    };
    notes.push(format!("taken as white: the value {white}"));
    Samples { white, ..samples }
}

/// YCbCr of full range to RGB (ITU-R BT.601, as JPEG uses it).
fn rgb_of([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
    .map(|value| value.round() as u8)
}

fn refused(reason: &str) -> DecodeError {
    DecodeError::corrupt(FORMAT, reason)
}

fn unsupported(feature: String) -> DecodeError {
    DecodeError::Unsupported {
        format: FORMAT,
        feature,
    }
}

fn failed(error: TiffError) -> DecodeError {
    match error {
        TiffError::LimitsExceeded => refused("it takes more memory than is allowed"),
        TiffError::UnsupportedError(what) => {
            unsupported(what.to_string().replace(" is unsupported", ""))
        }
        other => DecodeError::from_cause(FORMAT, &other),
    }
}
