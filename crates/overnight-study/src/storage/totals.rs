//! The figures of an arm from its files. Pure.

use std::collections::HashMap;

use overnight_metrics::{Bootstrap, mean};
use overnight_record::result::{ArmFile, StorageArm};

use crate::ratio::{ratio_interval, ratio_of_sums};

/// What an arm is, before its figures.
#[derive(Debug, Clone)]
pub(crate) struct ArmName {
    pub(crate) name: String,
    pub(crate) definition: String,
}

/// The figures of one arm from the rows of all arms.
///
/// Both ratios compare with the source on the very images the arm could store.
pub(crate) fn total(
    arm: &ArmName,
    n_failed: usize,
    files: &[ArmFile],
    bootstrap: &Bootstrap,
) -> StorageArm {
    let source: HashMap<&str, &ArmFile> = files
        .iter()
        .filter(|file| file.arm == super::run::SOURCE)
        .map(|file| (file.id.as_str(), file))
        .collect();
    let pairs: Vec<(&ArmFile, &ArmFile)> = files
        .iter()
        .filter(|file| file.arm == arm.name)
        .filter_map(|file| Some((file, *source.get(file.id.as_str())?)))
        .collect();
    let of = |value: fn(&ArmFile) -> f64| -> Vec<(f64, f64)> {
        pairs
            .iter()
            .map(|(own, at)| (value(own), value(at)))
            .collect()
    };
    let bytes = of(|file| file.bytes as f64);
    let decode = of(|file| file.decode_ms);
    let megapixels: f64 = pairs.iter().map(|(own, _)| megapixels(own)).sum();
    let encode_ms: Vec<f64> = pairs.iter().filter_map(|(own, _)| own.encode_ms).collect();
    let per_mp = |ms: f64| {
        if megapixels > 0.0 {
            ms / megapixels
        } else {
            0.0
        }
    };
    let psnr: Vec<f64> = pairs.iter().filter_map(|(own, _)| own.psnr_db).collect();
    let is_source = arm.name == super::run::SOURCE;
    let interval = |pairs: &[(f64, f64)]| {
        (!is_source)
            .then(|| ratio_interval(pairs, "images", bootstrap))
            .flatten()
    };
    StorageArm {
        name: arm.name.clone(),
        definition: arm.definition.clone(),
        n: pairs.len(),
        n_failed,
        bytes_total: pairs.iter().map(|(own, _)| own.bytes).sum(),
        bytes_ratio: ratio_of_sums(&bytes).unwrap_or(1.0),
        bytes_ratio_interval: interval(&bytes),
        encode_ms_per_mp: (!encode_ms.is_empty()).then(|| per_mp(encode_ms.iter().sum())),
        decode_ms_per_mp: per_mp(decode.iter().map(|(own, _)| own).sum()),
        decode_ratio: ratio_of_sums(&decode).unwrap_or(1.0),
        decode_ratio_interval: interval(&decode),
        psnr_db_mean: mean(&psnr),
    }
}

fn megapixels(file: &ArmFile) -> f64 {
    f64::from(file.size[0]) * f64::from(file.size[1]) / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str, arm: &str, bytes: u64, decode_ms: f64) -> ArmFile {
        ArmFile {
            id: id.into(),
            arm: arm.into(),
            size: [1_000, 500],
            bytes,
            encode_ms: (arm != "source").then_some(20.0),
            decode_ms,
            psnr_db: (arm != "source").then_some(40.0),
        }
    }

    fn name(name: &str) -> ArmName {
        ArmName {
            name: name.into(),
            definition: String::new(),
        }
    }

    #[test]
    fn an_arm_is_compared_on_the_images_it_could_store() {
        // Image `b` has no webp copy, so its large source must not flatter the ratio.
        let files = [
            file("a", "source", 1_000, 10.0),
            file("a", "webp:q80", 250, 20.0),
            file("b", "source", 9_000, 10.0),
            file("c", "source", 3_000, 30.0),
            file("c", "webp:q80", 750, 60.0),
        ];
        let webp = total(&name("webp:q80"), 1, &files, &Bootstrap::new(1));
        assert_eq!((webp.n, webp.n_failed, webp.bytes_total), (2, 1, 1_000));
        assert_eq!((webp.bytes_ratio, webp.decode_ratio), (0.25, 2.0));
        assert_eq!(webp.encode_ms_per_mp, Some(40.0));
        assert_eq!(webp.decode_ms_per_mp, 80.0);
        assert_eq!(webp.psnr_db_mean, Some(40.0));
        let interval = webp.decode_ratio_interval.unwrap();
        assert_eq!((interval.low, interval.high), (2.0, 2.0));
        let source = total(&name("source"), 0, &files, &Bootstrap::new(1));
        assert_eq!((source.n, source.bytes_total), (3, 13_000));
        assert_eq!(
            (source.bytes_ratio, source.bytes_ratio_interval),
            (1.0, None)
        );
        assert_eq!((source.encode_ms_per_mp, source.psnr_db_mean), (None, None));
    }
}
