//! Why some bytes are not a usable image.

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
    /// The decoder refuses the data.
    #[error("failed to decode {format} data")]
    Corrupt {
        /// The format.
        format: Format,
        /// What the decoder said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The decoder refuses the data without saying why.
    #[error("failed to decode {format} data: {reason}")]
    Refused {
        /// The format.
        format: Format,
        /// What is known about it.
        reason: &'static str,
    },
}

impl DecodeError {
    /// From what a decoder of the `image` crate says.
    pub(crate) fn from_image(format: Format, source: image::ImageError) -> Self {
        match source {
            // An end of file inside a decoder means that the data stops too early.
            image::ImageError::IoError(error)
                if error.kind() == std::io::ErrorKind::UnexpectedEof =>
            {
                Self::Truncated { format }
            }
            image::ImageError::Limits(_) => Self::Refused {
                format,
                reason: "it takes more memory than is allowed",
            },
            other => Self::Corrupt {
                format,
                source: Box::new(other),
            },
        }
    }
}
