//! Which image format some bytes are in.

use std::fmt;

/// A format the intake reads. It is told by the content; file names lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG, and the first image of an MPO file.
    Jpeg,
    /// PNG, and the first frame of an APNG file.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// TIFF, first page.
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// GIF, first frame.
    Gif,
    /// PBM, PGM, PPM and PAM.
    Pnm,
}

impl Format {
    /// Recognises a format by its first bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"II+\0\x08\0") || bytes.starts_with(b"MM\0+\0\x08") {
            // BigTIFF, whose offsets have 8 bytes.
            return Some(Self::Tiff);
        }
        Some(match image::guess_format(bytes).ok()? {
            image::ImageFormat::Jpeg => Self::Jpeg,
            image::ImageFormat::Png => Self::Png,
            image::ImageFormat::WebP => Self::WebP,
            image::ImageFormat::Tiff => Self::Tiff,
            image::ImageFormat::Bmp => Self::Bmp,
            image::ImageFormat::Gif => Self::Gif,
            image::ImageFormat::Pnm => Self::Pnm,
            _ => return None,
        })
    }

    /// What else some bytes are, for those kinds of file that are often among images.
    pub(crate) fn unread_name(bytes: &[u8]) -> Option<&'static str> {
        let at =
            |from: usize, text: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(text));
        let kinds: [(usize, &[u8], &'static str); 14] = [
            (4, b"ftypavi", "AVIF"),
            (4, b"ftyphe", "HEIC"),
            (4, b"ftypmif1", "HEIC or AVIF"),
            (4, b"ftyp", "a video"),
            (0, b"%PDF", "PDF"),
            (0, b"8BPS", "a Photoshop document"),
            (0, b"\xff\x0a", "JPEG XL"),
            (4, b"JXL ", "JPEG XL"),
            (4, b"jP  ", "JPEG 2000"),
            (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
            (0, b"\0\0\x01\0", "an icon"),
            (0, b"PK\x03\x04", "a zip archive"),
            (0, b"<svg", "SVG"),
            (
                0,
                b"version https://git-lfs",
                "a Git LFS pointer, not the file itself",
            ),
        ];
        kinds
            .into_iter()
            .find(|(from, mark, _)| at(*from, mark))
            .map(|(_, _, name)| name)
    }

    /// Its usual name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::Gif => "gif",
            Self::Pnm => "pnm",
        }
    }

    pub(crate) fn codec(self) -> image::ImageFormat {
        match self {
            Self::Jpeg => image::ImageFormat::Jpeg,
            Self::Png => image::ImageFormat::Png,
            Self::WebP => image::ImageFormat::WebP,
            Self::Tiff => image::ImageFormat::Tiff,
            Self::Bmp => image::ImageFormat::Bmp,
            Self::Gif => image::ImageFormat::Gif,
            Self::Pnm => image::ImageFormat::Pnm,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
