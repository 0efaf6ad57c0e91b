//! Images as files and as pixels: decoding any file a user may bring into upright RGB,
//! encoding, filters, resizing, and how much a change cost in quality.
//!
//! Bytes in, pixels out and back: no paths, no OCR, no printing. Every decoder is given
//! limits before it may allocate, because datasets hold broken and hostile files.

mod decode;
mod encode;
mod filter;
mod format;
mod jpeg_completeness;
mod orientation;
mod quality;
mod resize;

pub use decode::{DecodeError, Decoded, Limits, decode};
pub use encode::{EncodeError, Encoding, ParseEncodingError, encode};
pub use filter::{Filter, ParseFilterError};
pub use format::Format;
pub use image::RgbImage;
pub use quality::{SizeMismatch, psnr_db};
pub use resize::{crop, resize, thumbnail_jpeg};
