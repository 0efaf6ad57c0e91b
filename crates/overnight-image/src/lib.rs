//! Images as files and as pixels: decoding any file a user may bring into upright RGB,
//! encoding, filters, resizing, and how much a change cost in quality.
//!
//! Bytes in, pixels out and back: no paths, no OCR, no printing. Every decoder is given
//! limits before it may allocate, because datasets hold broken and hostile files.

mod appearance;
mod decode;
mod decode_error;
mod encode;
mod filter;
mod format;
mod gif_frames;
mod jpeg_still;
mod jpeg_structure;
mod limits;
mod orientation;
mod page_count;
mod png_still;
mod quality;
mod reduction;
mod resize;
mod samples;
mod still;
mod tiff_directory;
mod tiff_still;
mod webp_still;

pub use appearance::Appearance;
pub use decode::{Decoded, decode, decode_enough};
pub use decode_error::DecodeError;
pub use encode::{EncodeError, Encoding, ParseEncodingError, encode};
pub use filter::{Filter, ParseFilterError};
pub use format::Format;
pub use image::RgbImage;
pub use limits::{Enough, Limits};
pub use quality::{SizeMismatch, psnr_db};
pub use reduction::Reduction;
pub use resize::{crop, resize, thumbnail_jpeg};
