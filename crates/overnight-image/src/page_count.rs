//! How many images a file holds. Only the first is read, which a user should be told.

use crate::Format;
use crate::gif_frames::GifFrames;
use crate::tiff_directory::TiffDirectories;

/// Pages, pictures or frames of a file; at least 1. Only headers are looked at.
pub(crate) fn page_count(format: Format, bytes: &[u8]) -> usize {
    let count = match format {
        Format::Tiff => TiffDirectories::of(bytes).map_or(1, |directories| directories.pages()),
        Format::Gif => GifFrames::of(bytes).count,
        Format::Png => apng_frames(bytes).unwrap_or(1),
        Format::WebP => webp_frames(bytes),
        // A JPEG file's is part of its structure, which is read anyway.
        Format::Jpeg | Format::Bmp | Format::Pnm => 1,
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

/// The number in the animation control chunk, which stands before the pixels.
fn apng_frames(bytes: &[u8]) -> Option<usize> {
    let mut at = 8_usize;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?);
        match bytes.get(at + 4..at + 8)? {
            b"acTL" => {
                let frames = u32::from_be_bytes(bytes.get(at + 8..at + 12)?.try_into().ok()?);
                return usize::try_from(frames).ok();
            }
            b"IDAT" => return None,
            _ => at += 12 + usize::try_from(length).ok()?,
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
    #[test]
    fn frames_are_counted() {
        let apng = b"\x89PNG\r\n\x1a\n\0\0\0\x04gAMA\0\0\0\0\0\0\0\0\
            \0\0\0\x08acTL\0\0\0\x05\0\0\0\0\0\0\0\0";
        assert_eq!(page_count(Format::Png, apng), 5);
        let webp = b"RIFF\0\0\0\0WEBPANIM\x01\0\0\0x\0ANMF\0\0\0\0ANMF\0\0\0\0";
        assert_eq!(page_count(Format::WebP, webp), 2);
        assert_eq!(page_count(Format::Bmp, b"BM"), 1);
    }
}
