//! Whether a JPEG file holds its image to the end.
//!
//! The JPEG decoder fills what is missing with grey and succeeds. Text that was never in
//! the file would then be scored as not read, so a truncated file has to be an error.

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// Whether the marker structure of the first image runs to its end-of-image marker.
///
/// Segments are skipped by their lengths, so an end marker inside an embedded thumbnail
/// does not count; inside a scan every `0xff` is followed by `0x00`, a restart marker or a
/// real marker (ITU-T T.81, B.1.1.5).
pub(crate) fn is_complete_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        // Between segments: a marker, perhaps after fill bytes or a decoder's garbage.
        let Some(offset) = bytes.get(at..).and_then(next_marker) else {
            return false;
        };
        at += offset;
        let marker = bytes[at + 1];
        at += 2;
        match marker {
            END_OF_IMAGE => return true,
            0x01 | 0xd0..=0xd8 => {}
            _ => {
                let Some(&[high, low]) = bytes.get(at..at + 2) else {
                    return false;
                };
                at += usize::from(u16::from_be_bytes([high, low])).max(2);
                if marker == START_OF_SCAN && at >= bytes.len() {
                    return false;
                }
            }
        }
    }
}

/// Offset of the next marker: `0xff` followed by neither stuffing, fill nor a restart.
fn next_marker(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| {
        pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff) && !(0xd0..=0xd7).contains(&pair[1])
    })
}

#[cfg(test)]
mod tests {
    use super::is_complete_jpeg;
    use crate::{Encoding, RgbImage, encode};

    #[test]
    fn every_proper_prefix_is_incomplete() {
        let image = RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 90]));
        let bytes = encode(&image, Encoding::Jpeg { quality: 90 }).unwrap();
        assert!(is_complete_jpeg(&bytes));
        for end in 2..bytes.len() {
            assert!(!is_complete_jpeg(&bytes[..end]), "prefix of {end} bytes");
        }
    }

    #[test]
    fn a_thumbnail_inside_a_segment_does_not_end_the_image() {
        let bytes = [0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 0, 0, 0xff, 0xda];
        assert!(!is_complete_jpeg(&bytes));
    }
}
