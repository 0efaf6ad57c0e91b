//! How much a decoder may use, and how much of an image is enough.

use crate::{DecodeError, Format};

/// What decoding may use. Checked against the declared size, before pixels are allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels an image may have.
    pub max_pixels: u64,
    /// Most bytes decoding may hold at once beyond the file itself: the decoder's own
    /// buffers, the pixels, and a copy of them where one is needed to turn them upright.
    pub max_bytes: u64,
}

impl Default for Limits {
    /// 200 megapixels and 1 GiB: an A3 page at 600 dpi has 70 megapixels, 210 MB as RGB.
    fn default() -> Self {
        Self {
            max_pixels: 200_000_000,
            max_bytes: 1 << 30,
        }
    }
}

impl Limits {
    /// Checks a declared size that will need so many bytes.
    pub(crate) fn allow(&self, width: u32, height: u32, bytes: u64) -> Result<(), DecodeError> {
        if width == 0 || height == 0 {
            return Err(DecodeError::NoPixels { width, height });
        }
        if u64::from(width) * u64::from(height) > self.max_pixels {
            return Err(DecodeError::TooLarge {
                width,
                height,
                max_pixels: self.max_pixels,
            });
        }
        if bytes > self.max_bytes {
            return Err(DecodeError::TooMuchMemory {
                width,
                height,
                needed_bytes: bytes,
                max_bytes: self.max_bytes,
            });
        }
        Ok(())
    }
}

/// Refuses a header that declares more than `least_bytes` of a file of `bytes` could hold.
pub(crate) fn check_claim(
    format: Format,
    (width, height): (u32, u32),
    least_bytes: u64,
    bytes: &[u8],
) -> Result<(), DecodeError> {
    if least_bytes > bytes.len() as u64 {
        return Err(DecodeError::Implausible {
            format,
            width,
            height,
            bytes: bytes.len(),
        });
    }
    Ok(())
}

/// How much of an image is enough for what the caller has in mind. A larger JPEG image is
/// reduced while it is decoded, to 1/2, 1/4 or 1/8 of its sides; other formats are decoded
/// whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enough {
    /// Pixels that must remain.
    pub pixels: u64,
    /// Pixels that the shorter side must keep, so that strips stay readable.
    pub shorter_side: u32,
}

impl Enough {
    /// Nothing less than the whole image.
    pub const WHOLE: Self = Self {
        pixels: u64::MAX,
        shorter_side: u32::MAX,
    };

    /// The largest of 8, 4, 2 and 1 by which both sides of `width` x `height` may be divided
    /// (rounded up) so that enough remains.
    ///
    /// ```
    /// use overnight_image::Enough;
    /// let enough = Enough { pixels: 1_500_000, shorter_side: 800 };
    /// assert_eq!(enough.reduction(4854, 6724), 4); // 1214 x 1681 remain
    /// assert_eq!(enough.reduction(1200, 9000), 1); // a strip
    /// assert_eq!(Enough::WHOLE.reduction(4854, 6724), 1);
    /// ```
    pub fn reduction(self, width: u32, height: u32) -> u32 {
        let is_enough = |factor: &u32| {
            let (width, height) = (width.div_ceil(*factor), height.div_ceil(*factor));
            u64::from(width) * u64::from(height) >= self.pixels
                && width.min(height) >= self.shorter_side
        };
        [8, 4, 2].into_iter().find(is_enough).unwrap_or(1)
    }
}
