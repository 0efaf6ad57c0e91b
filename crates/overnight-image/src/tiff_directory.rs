//! The directories of a TIFF file (TIFF 6.0, section 2; BigTIFF), as far as the decoder does
//! not tell: how many there are, and where the first says how its samples are meant.

use std::collections::HashSet;

const PHOTOMETRIC: u64 = 262;

/// The tags that decide how an image is read, from its kind to its JPEG tables.
const READ_TAGS: std::ops::RangeInclusive<u64> = 254..=347;

/// A TIFF file's layout.
pub(crate) struct TiffDirectories<'a> {
    bytes: &'a [u8],
    is_little: bool,
    /// Offsets of 8 bytes, not 4.
    is_big_tiff: bool,
}

impl<'a> TiffDirectories<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        let (is_little, is_big_tiff) = match bytes.get(..4)? {
            b"II*\0" => (true, false),
            b"MM\0*" => (false, false),
            b"II+\0" => (true, true),
            b"MM\0+" => (false, true),
            _ => return None,
        };
        Some(Self {
            bytes,
            is_little,
            is_big_tiff,
        })
    }

    /// Directories in the chain of the file: its pages. A directory that comes again, or lies
    /// outside of the file, ends the chain.
    pub(crate) fn pages(&self) -> usize {
        let mut seen = HashSet::new();
        let mut next = self.first();
        while let Some(at) = next.filter(|at| *at != 0 && !seen.contains(at)) {
            let Some((begin, count)) = self.entries(at) else {
                break;
            };
            seen.insert(at);
            next = count
                .checked_mul(self.entry_length())
                .and_then(|length| begin.checked_add(length))
                .and_then(|end| self.number(end, if self.is_big_tiff { 8 } else { 4 }))
                .and_then(|at| usize::try_from(at).ok());
        }
        seen.len()
    }

    /// Whether the values of the first page's tags lie in the file. The decoder takes memory
    /// for as many as are claimed before it reads them.
    pub(crate) fn has_its_values(&self) -> bool {
        let number_length = if self.is_big_tiff { 8 } else { 4 };
        self.first_page().all(|(entry, tag)| {
            if !READ_TAGS.contains(&tag) {
                return true;
            }
            let length = self
                .number(entry + 4, number_length)
                .zip(self.number(entry + 2, 2))
                .and_then(|(count, kind)| count.checked_mul(value_length(kind)));
            let at = entry + 4 + number_length;
            let begin = match length {
                None => return false,
                Some(length) if length <= number_length as u64 => Some(at as u64),
                Some(_) => self.number(at, number_length),
            };
            begin
                .zip(length)
                .and_then(|(begin, length)| begin.checked_add(length))
                .is_some_and(|end| end <= self.bytes.len() as u64)
        })
    }

    /// Place in the file of the first page's photometric interpretation, a number of two
    /// bytes, and its value.
    pub(crate) fn photometric(&self) -> Option<(usize, u64)> {
        let value = if self.is_big_tiff { 12 } else { 8 };
        self.first_page()
            .find(|(_, tag)| *tag == PHOTOMETRIC)
            .and_then(|(entry, _)| Some((entry + value, self.number(entry + value, 2)?)))
    }

    /// Place and tag of each entry of the first page. Entries are in the file one after
    /// another, so a wrong count ends with the file.
    fn first_page(&self) -> impl Iterator<Item = (usize, u64)> {
        let (begin, count) = self
            .first()
            .and_then(|at| self.entries(at))
            .unwrap_or_default();
        (0..count).map_while(move |index| {
            let entry = begin.checked_add(index.checked_mul(self.entry_length())?)?;
            Some((entry, self.number(entry, 2)?))
        })
    }

    /// A number of two bytes in the file's byte order.
    pub(crate) fn short(&self, value: u16) -> [u8; 2] {
        if self.is_little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    }

    fn first(&self) -> Option<usize> {
        let at = if self.is_big_tiff {
            self.number(8, 8)
        } else {
            self.number(4, 4)
        };
        usize::try_from(at?).ok()
    }

    /// Where the entries of the directory at `at` begin, and how many there are.
    fn entries(&self, at: usize) -> Option<(usize, usize)> {
        let length = if self.is_big_tiff { 8 } else { 2 };
        let count = usize::try_from(self.number(at, length)?).ok()?;
        Some((at.checked_add(length)?, count))
    }

    fn entry_length(&self) -> usize {
        if self.is_big_tiff { 20 } else { 12 }
    }

    fn number(&self, at: usize, length: usize) -> Option<u64> {
        let digits = self.bytes.get(at..at.checked_add(length)?)?;
        let add = |sum: u64, digit: &u8| sum << 8 | u64::from(*digit);
        Some(if self.is_little {
            digits.iter().rev().fold(0, add)
        } else {
            digits.iter().fold(0, add)
        })
    }
}

/// Bytes of one value of a type (TIFF 6.0, page 15; BigTIFF).
fn value_length(kind: u64) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Directories of one entry, photometric interpretation 3, chained as `next` says.
    fn file(next: &[u32]) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        for next in next {
            bytes.extend([1, 0, 6, 1, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0]);
            bytes.extend(next.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn pages_are_counted_and_a_loop_ends() {
        let pages = |next: &[u32]| TiffDirectories::of(&file(next)).unwrap().pages();
        assert_eq!(pages(&[0]), 1);
        assert_eq!(pages(&[26, 0]), 2);
        assert_eq!(pages(&[26, 8]), 2, "back to the first");
        assert_eq!(pages(&[8]), 1, "to itself");
        assert_eq!(pages(&[u32::MAX]), 1, "outside");
        assert_eq!(pages(&[]), 0);
    }

    #[test]
    fn values_must_lie_in_the_file() {
        let mut bytes = file(&[0]);
        let fits = |bytes: &[u8]| TiffDirectories::of(bytes).unwrap().has_its_values();
        assert!(fits(&bytes));
        // Three values of two bytes each, at an offset.
        bytes[14] = 3;
        bytes[18] = 20;
        assert!(fits(&bytes), "to the last byte");
        bytes[18] = 21;
        assert!(!fits(&bytes));
        bytes[14..18].fill(0xff);
        assert!(!fits(&bytes));
    }

    #[test]
    fn the_photometric_interpretation_is_found() {
        let bytes = file(&[0]);
        let directories = TiffDirectories::of(&bytes).unwrap();
        assert_eq!(directories.photometric(), Some((18, 3)));
        assert_eq!(bytes[18..20], directories.short(3));
    }
}
