//! How many images a file holds. Only the first is read, which a user should be told.

use crate::Format;
use crate::jpeg_structure::JpegStructure;
use crate::tiff_directory::TiffDirectories;

/// Pages, pictures or frames of a file; at least 1. Only headers are looked at.
pub(crate) fn page_count(format: Format, bytes: &[u8]) -> usize {
    let count = match format {
        Format::Jpeg => JpegStructure::of(bytes).pictures,
        Format::Tiff => TiffDirectories::of(bytes).map_or(1, |directories| directories.pages()),
        Format::Gif => gif_frames(bytes).unwrap_or(1),
        Format::Png => apng_frames(bytes).unwrap_or(1),
        Format::WebP => webp_frames(bytes),
        Format::Bmp | Format::Pnm => 1,
    };
    count.max(1)
}

/// What one of several images is called in this format.
pub(crate) fn page_name(format: Format) -> &'static str {
    match format {
        Format::Tiff => "pages",
        Format::Jpeg => "pictures",
        _ => "frames",
    }
}

/// Image descriptors up to the trailer or the end of the data (GIF89a).
fn gif_frames(bytes: &[u8]) -> Option<usize> {
    let colours = |flags: u8| {
        if flags & 0x80 == 0 {
            0
        } else {
            6 << (flags & 7)
        }
    };
    let mut at = 13 + colours(*bytes.get(10)?);
    let mut frames = 0;
    loop {
        match bytes.get(at) {
            Some(0x21) => at += 2,
            Some(0x2c) => {
                let Some(flags) = bytes.get(at + 9) else {
                    return Some(frames);
                };
                frames += 1;
                // The descriptor, its colours, and the size of the first code.
                at += 10 + colours(*flags) + 1;
            }
            _ => return Some(frames),
        }
        while let Some(length) = bytes.get(at) {
            at += 1 + usize::from(*length);
            if *length == 0 {
                break;
            }
        }
    }
}

/// The number in the animation control chunk, which stands before the pixels.
fn apng_frames(bytes: &[u8]) -> Option<usize> {
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        match bytes.get(at + 4..at + 8)? {
            b"acTL" => {
                let frames = u32::from_be_bytes(bytes.get(at + 8..at + 12)?.try_into().ok()?);
                return usize::try_from(frames).ok();
            }
            b"IDAT" => return None,
            _ => {
                at = at
                    .checked_add(12)?
                    .checked_add(usize::try_from(length).ok()?)?
            }
        }
    }
}

/// Chunks named `ANMF` in the RIFF container.
fn webp_frames(bytes: &[u8]) -> usize {
    let mut at = 12_usize;
    let mut frames = 0;
    while let Some(&[a, b, c, d, ref length @ ..]) = bytes.get(at..at.saturating_add(8)) {
        frames += usize::from([a, b, c, d] == *b"ANMF");
        let length = length.try_into().map_or(0, u32::from_le_bytes) as usize;
        at = at.saturating_add(8 + length + length % 2);
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::gif::GifEncoder;
    use image::{Frame, RgbaImage};

    #[test]
    fn frames_of_a_gif_are_counted_and_its_prefixes_are_harmless() {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        for shade in [0, 100, 200] {
            let image = RgbaImage::from_pixel(30, 20, image::Rgba([shade, shade, 0, 255]));
            encoder.encode_frame(Frame::new(image)).unwrap();
        }
        drop(encoder);
        assert_eq!(page_count(Format::Gif, &bytes), 3);
        for end in 0..bytes.len() {
            assert!(page_count(Format::Gif, &bytes[..end]) <= 3);
        }
    }

    #[test]
    fn frames_of_the_others_are_counted() {
        let apng = b"\x89PNG\r\n\x1a\n\0\0\0\x04gAMA\0\0\0\0\0\0\0\0\
            \0\0\0\x08acTL\0\0\0\x05\0\0\0\0\0\0\0\0";
        assert_eq!(page_count(Format::Png, apng), 5);
        let webp = b"RIFF\0\0\0\0WEBPANIM\x01\0\0\0x\0ANMF\0\0\0\0ANMF\0\0\0\0";
        assert_eq!(page_count(Format::WebP, webp), 2);
        assert_eq!(page_count(Format::Bmp, b"BM"), 1);
    }
}
