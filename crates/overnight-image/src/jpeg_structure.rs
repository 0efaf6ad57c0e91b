//! What a JPEG file says about itself before anything is decoded (ITU-T T.81, annex B).
//!
//! The JPEG decoder fills what is missing with grey and succeeds. Text that was never in
//! the file would then be scored as not read, so a truncated file has to be an error.

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// The marker structure of the first image of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct JpegStructure {
    /// Whether it runs to its end-of-image marker.
    pub(crate) is_complete: bool,
    /// The first frame header, when there is a whole one.
    pub(crate) frame: Option<JpegFrame>,
    /// The colour transform of Adobe's segment: 0 none, 1 YCbCr, 2 YCCK.
    pub(crate) adobe_transform: Option<u8>,
    /// Whether a JFIF segment says that three components are YCbCr.
    pub(crate) is_jfif: bool,
    /// How many pictures the file holds, as the index of an MPO file says; else 1.
    pub(crate) pictures: usize,
}

/// A frame header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JpegFrame {
    /// Second byte of its marker, from 0xc0 to 0xcf: which coding process.
    pub(crate) marker: u8,
    /// Bits a sample.
    pub(crate) precision: u8,
    /// In pixels.
    pub(crate) width: u16,
    /// In pixels; 0 when a later segment would define it.
    pub(crate) height: u16,
    /// Name and horizontal and vertical sampling of each component.
    pub(crate) components: Vec<(u8, u8, u8)>,
}

impl JpegStructure {
    /// Walks over the markers.
    ///
    /// Segments are skipped by their lengths, so an end marker inside an embedded thumbnail
    /// does not count; inside a scan every `0xff` is followed by `0x00`, a restart marker or a
    /// real marker (B.1.1.5).
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut structure = Self {
            pictures: 1,
            ..Self::default()
        };
        let mut at = 2;
        loop {
            // Between segments: a marker, perhaps after fill bytes or a decoder's garbage.
            let Some(offset) = bytes.get(at..).and_then(next_marker) else {
                return structure;
            };
            at += offset;
            let marker = bytes[at + 1];
            at += 2;
            match marker {
                END_OF_IMAGE => {
                    structure.is_complete = true;
                    return structure;
                }
                0x01 | 0xd0..=0xd8 => {}
                _ => {
                    let Some(&[high, low]) = bytes.get(at..at + 2) else {
                        return structure;
                    };
                    let end = at + usize::from(u16::from_be_bytes([high, low])).max(2);
                    structure.note(marker, bytes.get(at + 2..end).unwrap_or_default());
                    at = end;
                    if marker == START_OF_SCAN && at >= bytes.len() {
                        return structure;
                    }
                }
            }
        }
    }

    fn note(&mut self, marker: u8, segment: &[u8]) {
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf if self.frame.is_none() => {
                self.frame = JpegFrame::of(marker, segment);
            }
            0xe0 if segment.starts_with(b"JFIF\0") => self.is_jfif = true,
            0xee if segment.starts_with(b"Adobe") => {
                self.adobe_transform = segment.get(11).copied();
            }
            0xe2 => {
                if let Some(pictures) = segment.strip_prefix(b"MPF\0").and_then(pictures_of) {
                    self.pictures = pictures;
                }
            }
            _ => {}
        }
    }

    /// Whether three components are red, green and blue rather than YCbCr, by the rules of
    /// libjpeg.
    pub(crate) fn is_rgb(&self) -> bool {
        let Some(frame) = &self.frame else {
            return false;
        };
        let names: Vec<u8> = frame.components.iter().map(|c| c.0).collect();
        frame.components.len() == 3
            && !self.is_jfif
            && match self.adobe_transform {
                Some(transform) => transform == 0,
                None => names == *b"RGB",
            }
    }
}

impl JpegFrame {
    fn of(marker: u8, segment: &[u8]) -> Option<Self> {
        let &[precision, h1, h0, w1, w0, count, ref rest @ ..] = segment else {
            return None;
        };
        let components = rest.chunks_exact(3).take(usize::from(count));
        Some(Self {
            marker,
            precision,
            width: u16::from_be_bytes([w1, w0]),
            height: u16::from_be_bytes([h1, h0]),
            components: components
                .map(|c| (c[0], (c[1] >> 4).max(1), (c[1] & 15).max(1)))
                .collect(),
        })
    }

    /// Whether coefficients come in several scans and must be kept until the last.
    pub(crate) fn is_progressive(&self) -> bool {
        self.marker == 0xc2
    }

    /// What of the standard the decoders do not read, if the file needs it.
    pub(crate) fn unread_feature(&self) -> Option<&'static str> {
        match self.marker {
            0xc0..=0xc2 if self.precision == 8 => None,
            0xc0..=0xc2 => Some("samples of other than 8 bits"),
            0xc3 => Some("lossless coding"),
            0xc5..=0xc7 => Some("hierarchical coding"),
            _ => Some("arithmetic coding"),
        }
    }

    /// Blocks of 8x8 samples in all components.
    pub(crate) fn blocks(&self) -> u64 {
        let most = |of: fn(&(u8, u8, u8)) -> u8| self.components.iter().map(of).max().unwrap_or(1);
        let (most_across, most_down) = (most(|c| c.1), most(|c| c.2));
        let blocks = |side: u16, sampling: u8, most: u8| {
            (u64::from(side) * u64::from(sampling)).div_ceil(8 * u64::from(most))
        };
        let of = |c: &(u8, u8, u8)| {
            blocks(self.width, c.1, most_across) * blocks(self.height, c.2, most_down)
        };
        self.components.iter().map(of).sum()
    }

    /// Fewest bits that can hold the frame: a block takes at least a bit for its first
    /// coefficient and, in one scan, another that says there are no more.
    pub(crate) fn least_bits(&self) -> u64 {
        self.blocks() * if self.is_progressive() { 1 } else { 2 }
    }
}

/// Offset of the next marker: `0xff` followed by neither stuffing, fill nor a restart.
fn next_marker(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(0xff, bytes).find(|&at| {
        bytes
            .get(at + 1)
            .is_some_and(|next| !matches!(next, 0x00 | 0xff | 0xd0..=0xd7))
    })
}

/// Number of pictures in the index of an MPO file (CIPA DC-007): the value of tag 0xb001 in
/// a TIFF directory.
fn pictures_of(tiff: &[u8]) -> Option<usize> {
    let is_little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let number = |at: usize, length: usize| {
        let digits = tiff.get(at..at.checked_add(length)?)?;
        let add = |sum: usize, digit: &u8| sum << 8 | usize::from(*digit);
        Some(if is_little {
            digits.iter().rev().fold(0, add)
        } else {
            digits.iter().fold(0, add)
        })
    };
    let directory = number(4, 4)?;
    let entries = number(directory, 2)?;
    (0..entries)
        .map(|index| directory + 2 + index * 12)
        .find(|&entry| number(entry, 2) == Some(0xb001))
        .and_then(|entry| number(entry + 8, 4))
        .filter(|count| (1..1000).contains(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encoding, RgbImage, encode};

    fn is_complete(bytes: &[u8]) -> bool {
        JpegStructure::of(bytes).is_complete
    }

    #[test]
    fn every_proper_prefix_is_incomplete() {
        let image = RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 90]));
        let bytes = encode(&image, Encoding::Jpeg { quality: 90 }).unwrap();
        assert!(is_complete(&bytes));
        for end in 2..bytes.len() {
            assert!(!is_complete(&bytes[..end]), "prefix of {end} bytes");
        }
    }

    #[test]
    fn a_thumbnail_inside_a_segment_does_not_end_the_image() {
        let bytes = [0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 0, 0, 0xff, 0xda];
        assert!(!is_complete(&bytes));
    }

    #[test]
    fn the_frame_header_is_read() {
        let bytes = encode(&RgbImage::new(40, 30), Encoding::Jpeg { quality: 90 }).unwrap();
        let structure = JpegStructure::of(&bytes);
        let frame = structure.frame.as_ref().unwrap();
        assert_eq!((frame.width, frame.height, frame.precision), (40, 30, 8));
        assert_eq!(frame.blocks(), 3 * 5 * 4, "4:4:4");
        assert!(!structure.is_rgb());
        let halved = JpegFrame {
            components: vec![(1, 2, 2), (2, 1, 1), (3, 1, 1)],
            ..frame.clone()
        };
        assert_eq!(halved.blocks(), 20 + 2 * 3 * 2, "4:2:0");
    }

    #[test]
    fn the_index_of_an_mpo_file_is_read_in_both_byte_orders() {
        let little = b"II*\0\x08\0\0\0\x01\0\x01\xb0\x04\0\x01\0\0\0\x02\0\0\0\0\0\0\0";
        let big = b"MM\0*\0\0\0\x08\0\x01\xb0\x01\0\x04\0\0\0\x01\0\0\0\x03\0\0\0\0";
        assert_eq!(pictures_of(little), Some(2));
        assert_eq!(pictures_of(big), Some(3));
        for end in 0..little.len() - 4 {
            assert_eq!(pictures_of(&little[..end]).filter(|n| *n != 2), None);
        }
    }
}
