//! Body of `overnight.storage/1`.

use serde::{Deserialize, Serialize};

use super::{DatasetInfo, ResultBody};
use crate::Interval;

/// One arm of the storage study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StorageArm {
    /// Its name: `source`, `webp:q80`.
    pub name: String,
    /// Encoder, decoder and settings, with versions.
    pub definition: String,
    /// Images measured.
    pub n: usize,
    /// Images that could not be decoded or encoded.
    pub n_failed: usize,
    /// Bytes of all measured images.
    pub bytes_total: u64,
    /// `bytes_total` / bytes of the same images at the source.
    pub bytes_ratio: f64,
    /// Interval of `bytes_ratio`, from resampling images.
    pub bytes_ratio_interval: Option<Interval>,
    /// Milliseconds to encode, per megapixel; `None` for the source.
    pub encode_ms_per_mp: Option<f64>,
    /// Milliseconds to decode from memory, per megapixel.
    pub decode_ms_per_mp: f64,
    /// Decode time / decode time of the same images at the source.
    pub decode_ratio: f64,
    /// Interval of `decode_ratio`, from resampling images.
    pub decode_ratio_interval: Option<Interval>,
    /// Mean peak signal-to-noise ratio against the source in dB; `None` when lossless.
    pub psnr_db_mean: Option<f64>,
}

/// One image in one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmFile {
    /// Sample id.
    pub id: String,
    /// The arm.
    pub arm: String,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Bytes of the encoded image.
    pub bytes: u64,
    /// Milliseconds to encode; `None` for the source.
    pub encode_ms: Option<f64>,
    /// Median milliseconds to decode from memory.
    pub decode_ms: f64,
    /// Peak signal-to-noise ratio against the source in dB; `None` when equal.
    pub psnr_db: Option<f64>,
}

/// Does another image format pay?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StorageResult {
    /// The samples.
    pub dataset: DatasetInfo,
    /// The arms, `source` first.
    pub arms: Vec<StorageArm>,
    /// One row an image and arm.
    pub files: Vec<ArmFile>,
    /// Images left out, with the reason.
    pub failures: Vec<super::SampleFailure>,
    /// The answer in one sentence, with its evidence.
    pub verdict: String,
}

impl ResultBody for StorageResult {
    const SCHEMA: &'static str = "overnight.storage/1";
}
