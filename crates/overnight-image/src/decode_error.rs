//! Why some bytes are not a usable image.

use std::error::Error;
use std::io;

use crate::Format;

/// Bytes that are not a usable image.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// No format is known that begins like this.
    #[error("the content is in no known image format")]
    UnknownFormat,
    /// The format is known, and not read.
    #[error("the content is {0}; JPEG, PNG, WebP, TIFF, BMP, GIF and PNM are read")]
    UnreadFormat(&'static str),
    /// The declared size is over a limit.
    #[error("the image is {width}x{height} pixels; at most {max_pixels} pixels are decoded")]
    TooLarge {
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
        /// The limit.
        max_pixels: u64,
    },
    /// Decoding would hold more than it may.
    #[error(
        "the image is {width}x{height} pixels and takes {} MB to decode; at most {} MB are used",
        needed_bytes / 1_000_000,
        max_bytes / 1_000_000
    )]
    TooMuchMemory {
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
        /// What it would hold at once.
        needed_bytes: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// The file is too short for what its header declares.
    #[error("the {format} header claims {width}x{height} pixels, which {bytes} bytes cannot hold")]
    Implausible {
        /// The format.
        format: Format,
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
        /// Length of the file.
        bytes: usize,
    },
    /// The declared size has no pixels.
    #[error("the image is {width}x{height} pixels")]
    NoPixels {
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
    },
    /// The file ends before the image does.
    #[error("the {format} data is truncated: it ends before the image does")]
    Truncated {
        /// The format.
        format: Format,
    },
    /// The format allows it, the decoder does not read it.
    #[error("the {format} data uses {feature}, which is not read")]
    Unsupported {
        /// The format.
        format: Format,
        /// What it uses.
        feature: String,
    },
    /// The data breaks the format's rules.
    #[error("failed to decode {format} data: {reason}")]
    Corrupt {
        /// The format.
        format: Format,
        /// What is known about it.
        reason: String,
    },
}

impl DecodeError {
    pub(crate) fn corrupt(format: Format, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            format,
            reason: reason.into(),
        }
    }

    /// From what a decoder of the `image` crate says.
    pub(crate) fn from_image(format: Format, error: &image::ImageError) -> Self {
        match error {
            image::ImageError::Limits(_) => {
                Self::corrupt(format, "it takes more memory than is allowed")
            }
            image::ImageError::Unsupported(what) => Self::Unsupported {
                format,
                feature: plain(&what.to_string()),
            },
            // Not its cause, but the error itself in a variant.
            image::ImageError::IoError(error) => Self::from_cause(format, error),
            other => Self::from_cause(format, other),
        }
    }

    /// From the innermost cause: those around it only repeat it.
    pub(crate) fn from_cause(format: Format, error: &(dyn Error + 'static)) -> Self {
        let mut cause = error;
        loop {
            let is_end = cause
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof);
            if is_end {
                return Self::Truncated { format };
            }
            match cause.source() {
                Some(inner) => cause = inner,
                None => break,
            }
        }
        let text = cause.to_string();
        if text.eq_ignore_ascii_case(END) {
            return Self::Truncated { format };
        }
        Self::corrupt(format, plain(&text))
    }
}

/// What some decoders say where others give an error of input and output.
const END: &str = "unexpected end of file";

/// Without the fields of a PNG chunk that its decoder prints, only its name.
fn plain(text: &str) -> String {
    let before_name = "ChunkType { type: ";
    let text = match text.split_once(before_name) {
        Some((before, rest)) => {
            let (name, rest) = rest.split_once(',').unwrap_or((rest, ""));
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            format!("{before}{name}{after}")
        }
        None => text.to_owned(),
    };
    text.trim_matches(['"', '.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn reasons_are_short() {
        let chunk = "CRC error: expected 0x1 have 0x2 while decoding ChunkType { type: IDAT, \
                     critical: true, safecopy: false } chunk.";
        assert_eq!(
            plain(chunk),
            "CRC error: expected 0x1 have 0x2 while decoding IDAT chunk"
        );
        assert_eq!(plain("\"Too short\""), "Too short");
    }
}
