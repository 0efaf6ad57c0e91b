//! One storage study from specification to result.

use std::fs;
use std::path::{Path, PathBuf};

use overnight_image::Encoding;
use overnight_metrics::Bootstrap;
use overnight_record::result::{ArmFile, SampleFailure, StorageResult};
use overnight_record::{PredictionStatus, Progress, StopFlag, store};

use super::measure::{Measured, MeasuredImage, measure};
use super::spec::{StorageError, StorageOutcome, StorageSpec};
use super::totals::{ArmName, total};
use super::verdict::verdict;
use crate::dataset::Sample;
use crate::reached::reached;

/// Name of the arm every other is compared with.
pub(crate) const SOURCE: &str = "source";

/// Runs a storage study. An image that cannot be decoded, or an arm that cannot hold it,
/// is a failure in the list; a stop request ends the study after the image it is on.
///
/// # Errors
/// [`StorageError`].
pub fn run(
    spec: &StorageSpec<'_>,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Result<StorageOutcome, StorageError> {
    if spec.arms.is_empty() {
        return Err(StorageError::NoArm);
    }
    let mut study = Study {
        spec,
        sha256: Vec::new(),
        files: Vec::new(),
        failures: Vec::new(),
        n_failed: vec![0; spec.arms.len() + 1],
        kept: Vec::new(),
    };
    progress.begin("measuring formats", spec.dataset.samples().len() as u64);
    for (turn, sample) in spec.dataset.samples().iter().enumerate() {
        if stop.is_requested() {
            break;
        }
        study.add(sample, turn)?;
        progress.advance(1);
    }
    progress.end();
    study.conclude(stop.is_requested())
}

struct Study<'a> {
    spec: &'a StorageSpec<'a>,
    sha256: Vec<String>,
    files: Vec<ArmFile>,
    failures: Vec<SampleFailure>,
    /// Failures per arm, the source first.
    n_failed: Vec<usize>,
    kept: Vec<PathBuf>,
}

impl Study<'_> {
    fn add(&mut self, sample: &Sample, turn: usize) -> Result<(), StorageError> {
        let file = match fs::read(&sample.path) {
            Ok(file) => file,
            Err(error) => {
                self.sha256.push(String::new());
                self.fail(sample, None, format!("failed to read: {error}"));
                return Ok(());
            }
        };
        self.sha256.push(store::sha256_hex(&file));
        match measure(file, &self.spec.arms, self.spec.repeats, turn) {
            Ok(image) => self.keep_rows(sample, image),
            Err(reason) => {
                self.fail(sample, None, reason);
                Ok(())
            }
        }
    }

    fn keep_rows(&mut self, sample: &Sample, image: MeasuredImage) -> Result<(), StorageError> {
        let MeasuredImage { size, source, arms } = image;
        let row = |arm: &str, measured: &Measured| ArmFile {
            id: sample.id.clone(),
            arm: arm.to_owned(),
            size,
            bytes: measured.bytes.len() as u64,
            encode_ms: measured.encode_ms,
            decode_ms: measured.decode_ms,
            psnr_db: measured.psnr_db,
        };
        self.files.push(row(SOURCE, &source));
        for (index, measured) in arms.into_iter().enumerate() {
            let encoding = self.spec.arms[index];
            match measured {
                Ok(measured) => {
                    self.files.push(row(&encoding.to_string(), &measured));
                    self.keep_copy(sample, encoding, &measured.bytes)?;
                }
                Err(reason) => self.fail(sample, Some(index), reason),
            }
        }
        Ok(())
    }

    fn keep_copy(
        &mut self,
        sample: &Sample,
        encoding: Encoding,
        bytes: &[u8],
    ) -> Result<(), StorageError> {
        let Some(folder) = &self.spec.keep else {
            return Ok(());
        };
        let path = copy_path(folder, encoding, &sample.id);
        store::write_atomically(&path, bytes).map_err(|source| StorageError::Keep {
            id: sample.id.clone(),
            source,
        })?;
        self.kept.push(path);
        Ok(())
    }

    /// Notes a failure of one arm, or of all of them when the source itself is unusable.
    fn fail(&mut self, sample: &Sample, arm: Option<usize>, reason: String) {
        let (status, error) = match arm {
            Some(index) => {
                self.n_failed[index + 1] += 1;
                let arm = self.spec.arms[index];
                (PredictionStatus::Skipped, format!("{arm}: {reason}"))
            }
            None => {
                self.n_failed.iter_mut().for_each(|n| *n += 1);
                (PredictionStatus::Undecodable, reason)
            }
        };
        self.failures.push(SampleFailure {
            id: sample.id.clone(),
            status,
            error: Some(error),
        });
    }

    fn conclude(self, is_partial: bool) -> Result<StorageOutcome, StorageError> {
        let dataset = self.spec.dataset;
        if self.files.is_empty() && !is_partial {
            return Err(StorageError::NothingMeasured {
                dataset: dataset.name().to_owned(),
                first: self.failures.first().map(|failure| {
                    let why = failure.error.as_deref().unwrap_or("no reason given");
                    format!("{}: {why}", failure.id)
                }),
            });
        }
        let bootstrap = Bootstrap::new(self.spec.seed);
        let source = ArmName {
            name: SOURCE.to_owned(),
            definition: "the files as they are, decoded as every image of the dataset is"
                .to_owned(),
        };
        let names = std::iter::once(source).chain(self.spec.arms.iter().map(|arm| ArmName {
            name: arm.to_string(),
            definition: arm.definition(),
        }));
        let arms: Vec<_> = names
            .zip(&self.n_failed)
            .map(|(arm, n_failed)| total(&arm, *n_failed, &self.files, &bootstrap))
            .collect();
        for arm in &arms {
            assert_eq!(
                arm.n + arm.n_failed,
                self.sha256.len(),
                "invariant: every image is measured or failed in arm {}",
                arm.name
            );
        }
        Ok(StorageOutcome {
            result: StorageResult {
                dataset: reached(dataset, &self.sha256),
                verdict: verdict(&arms),
                arms,
                files: self.files,
                failures: self.failures,
            },
            kept: self.kept,
            is_partial,
        })
    }
}

/// Where a copy goes: `DIR/webp-q80/ID.webp`. Characters of an id that could lead elsewhere
/// are written as in a URL, so that different ids stay different files.
fn copy_path(folder: &Path, encoding: Encoding, id: &str) -> PathBuf {
    let arm = encoding.to_string().replace(':', "-");
    let mut name = String::new();
    for c in id.chars() {
        match c {
            '/' | '\\' | ':' | '%' | '\0' => name.push_str(&format!("%{:02X}", u32::from(c))),
            '.' if name.is_empty() => name.push_str("%2E"),
            _ => name.push(c),
        }
    }
    folder
        .join(arm)
        .join(format!("{name}.{}", encoding.extension()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_stays_in_its_folder() {
        let path = copy_path(Path::new("keep"), Encoding::WebP { quality: 80 }, "../a/b");
        assert_eq!(path, Path::new("keep/webp-q80/%2E.%2Fa%2Fb.webp"));
    }
}
