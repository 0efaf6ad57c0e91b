//! A file of pairs: one `{"id", "reference", "hypothesis"}` a line.

use std::collections::HashMap;
use std::path::Path;

use overnight_record::PredictionStatus;
use overnight_record::store;
use serde::Deserialize;

use super::{Judged, ScoreError};

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    reference: String,
    hypothesis: String,
}

/// The pairs of a file, in its order; other names in a line are left alone.
///
/// # Errors
/// [`ScoreError`], naming the file and the line.
pub(super) fn read(path: &Path) -> Result<Vec<Judged>, ScoreError> {
    let rows: Vec<(usize, Row)> =
        store::read_numbered_json_lines(path).map_err(ScoreError::Pairs)?;
    if rows.is_empty() {
        return Err(ScoreError::NoPair {
            path: path.to_owned(),
        });
    }
    let mut lines: HashMap<&str, usize> = HashMap::new();
    for (line, row) in &rows {
        if let Some(first) = lines.insert(&row.id, *line) {
            return Err(ScoreError::RepeatedPair {
                path: path.to_owned(),
                line: *line,
                id: row.id.clone(),
                first,
            });
        }
    }
    let judged = rows.into_iter().map(|(_, row)| Judged {
        id: row.id,
        status: PredictionStatus::Ok,
        reference: row.reference,
        hypothesis: row.hypothesis,
        raw: None,
    });
    Ok(judged.collect())
}
