//! Where two readers differ: samples grouped by what their images and texts are like.

use serde::{Deserialize, Serialize};

use super::PairedDifference;

/// What an image is like, measured on its pixels. Fractions are in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ImageProperties {
    /// Width of the upright image in pixels.
    pub width: u32,
    /// Height of the upright image in pixels.
    pub height: u32,
    /// Mean of the luminance; 1 is white.
    pub brightness: f64,
    /// 99th minus 1st percentile of the luminance.
    pub contrast: f64,
    /// How steep edges are, 0 for a plane; see `docs/metrics.md`. Higher is sharper.
    pub sharpness: f64,
    /// Mean distance of the colours from grey.
    pub tint: f64,
}

/// The samples by one property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// The property, such as `sharpness`.
    pub property: String,
    /// What it is and how it is measured, in words.
    pub definition: String,
    /// Its groups, in ascending order or by name; every sample with the property is in one.
    pub groups: Vec<PropertyGroup>,
    /// Samples without the property, such as images that cannot be decoded.
    pub n_without: usize,
}

/// The samples of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PropertyGroup {
    /// Name for people, such as `low` or `hangul`.
    pub label: String,
    /// Least value in the group, for numbers.
    pub low: Option<f64>,
    /// Greatest value in the group, for numbers.
    pub high: Option<f64>,
    /// Samples with a reference.
    pub n: usize,
    /// Of these, scored for the baseline.
    pub n_baseline: usize,
    /// Of these, scored for the candidate.
    pub n_candidate: usize,
    /// Both on the samples both scored.
    pub paired: Option<PairedDifference>,
}
