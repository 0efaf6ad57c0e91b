//! The dataset as a study names it that may have been stopped on the way.

use overnight_record::result::DatasetInfo;

use crate::dataset::Dataset;

/// The dataset of which the first samples were reached; `hashes` are the SHA-256 of their
/// image files in dataset order. Samples that were not reached do not count in `n`, and
/// their images enter the content hash as unknown.
pub(crate) fn reached(dataset: &Dataset, hashes: &[String]) -> DatasetInfo {
    let mut all = hashes.to_vec();
    all.resize(dataset.len(), String::new());
    DatasetInfo {
        n: hashes.len(),
        ..dataset.info(&all)
    }
}
