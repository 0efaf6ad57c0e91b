//! The reports of a night: rendered into its folder, the named ones copied to the project.

use std::path::{Path, PathBuf};

use overnight_record::store;
use overnight_report::NAMED_REPORTS;
use overnight_run::ReportMoment;

use crate::failure::Failure;

/// Renders every report and copies the named ones to `place`, relative to the project's
/// folder in the night's tree. Returns the files in the run's folder.
pub(super) fn write(moment: &ReportMoment<'_>, place: &Path) -> Result<Vec<PathBuf>, String> {
    let said = |failure: Failure| failure.chain().join(": ");
    let written =
        overnight_report::write(moment.run_dir).map_err(|error| said(Failure::from(error)))?;
    for file in &written {
        let name = file.file_name().unwrap_or_default();
        if NAMED_REPORTS.iter().any(|named| name == *named) {
            copy(file, &moment.project.join(place).join(name)).map_err(|e| said(e.into()))?;
        }
    }
    Ok(written)
}

fn copy(from: &Path, to: &Path) -> Result<(), store::StoreError> {
    let bytes = std::fs::read(from).map_err(|source| store::StoreError::Read {
        path: from.to_owned(),
        source,
    })?;
    store::write_atomically(to, &bytes)
}
