//! The boxes of a page.

use std::path::PathBuf;

use overnight_metrics::boxes::{Bounds, TextBox};

use super::archive::{Archive, Entry};
use super::line::{Found, LineForm, is_bare_poly, misread_as_text};
use super::{BoxError, BoxForm};

/// Boxes of one page.
const MOST_BOXES: usize = 10_000;
/// Steps that comparing the boxes of one page may take, about; some hundred times as many as
/// the densest newspaper needs.
const MOST_STEPS: u64 = 250_000_000;

/// How the pages of one archive are read.
#[derive(Debug)]
pub(super) struct Reading {
    archive: PathBuf,
    form: LineForm,
    /// Whether any box has a text that is not empty.
    pub(super) has_text: bool,
}

impl Reading {
    /// Looks through all pages for texts: either all boxes of an archive have one or none.
    pub(super) fn of(
        archive: &Archive,
        form: BoxForm,
        has_confidence: bool,
    ) -> Result<Self, BoxError> {
        let every_line = || {
            let pages = archive.pages.iter();
            pages.flat_map(|entry| numbered(&entry.text).map(|(_, line)| line))
        };
        if let Some(option) = misread_as_text(form, has_confidence, every_line()) {
            return Err(BoxError::Misread {
                archive: archive.path.clone(),
                option,
            });
        }
        let poly_text =
            form == BoxForm::Poly && every_line().any(|line| !is_bare_poly(&line, has_confidence));
        let mut reading = Self {
            archive: archive.path.clone(),
            form: LineForm {
                form,
                has_confidence,
                poly_text,
            },
            has_text: false,
        };
        for entry in &archive.pages {
            let found = reading.lines(entry)?;
            reading.has_text = found.iter().any(|(_, found)| {
                found
                    .box_
                    .text
                    .as_ref()
                    .is_some_and(|text| !text.is_empty())
            });
            if reading.has_text {
                break;
            }
        }
        Ok(reading)
    }

    /// The boxes of a page, in the order of their lines, or of their confidence where there
    /// is one.
    pub(super) fn page(&self, entry: &Entry) -> Result<Vec<TextBox>, BoxError> {
        let mut found = self.lines(entry)?;
        if self.has_text
            && let Some((line, _)) = found.iter().find(|(_, found)| found.box_.text.is_none())
        {
            let reason = "the box has no text, and others have".to_owned();
            return Err(self.broken(entry, *line, reason));
        }
        if self.form.has_confidence {
            found.sort_by(|(_, a), (_, b)| b.confidence.total_cmp(&a.confidence));
        }
        Ok(found.into_iter().map(|(_, found)| found.box_).collect())
    }

    /// The boxes of a page, each with its line from 1.
    fn lines(&self, entry: &Entry) -> Result<Vec<(usize, Found)>, BoxError> {
        let mut found = Vec::new();
        for (line, text) in numbered(&entry.text) {
            if found.len() == MOST_BOXES {
                return Err(BoxError::TooLarge {
                    archive: self.archive.clone(),
                    what: format!("{} has", entry.name),
                    limit: format!("{MOST_BOXES} boxes"),
                });
            }
            let parsed = self.form.parse(&text);
            found.push((
                line,
                parsed.map_err(|reason| self.broken(entry, line, reason))?,
            ));
        }
        Ok(found)
    }

    fn broken(&self, entry: &Entry, line: usize, reason: String) -> BoxError {
        BoxError::Line {
            archive: self.archive.clone(),
            entry: entry.name.clone(),
            line,
            reason,
            expected: self.form.form.expected(self.form.has_confidence),
        }
    }
}

/// Whether comparing the boxes that touch each other takes more than [`MOST_STEPS`]: for each
/// pair the square of its corners, and one for each byte of text. A hostile file has all its
/// boxes in one place.
pub(super) fn is_too_dense(regions: &[TextBox], found: &[TextBox]) -> bool {
    let bounded = |boxes: &[TextBox]| -> Vec<(Bounds, u64)> {
        let boxes = boxes.iter().map(|box_| box_.outline.corners());
        boxes
            .filter_map(|corners| Some((Bounds::of(corners)?, corners.len() as u64)))
            .collect()
    };
    let found = bounded(found);
    let mut steps = 0;
    for (region, (place, n_corners)) in regions.iter().zip(bounded(regions)) {
        let n_characters = region.text.as_ref().map_or(0, String::len) as u64;
        for (_, other) in found.iter().filter(|(other, _)| other.touches(&place)) {
            steps += (n_corners + other).pow(2) + n_characters;
        }
        if steps > MOST_STEPS {
            return true;
        }
    }
    false
}

/// The lines that are not blank, from 1, without carriage returns.
fn numbered(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    let lines = text.split('\n').enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| (index + 1, line.replace('\r', "")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use overnight_metrics::boxes::Outline;

    #[test]
    fn boxes_all_in_one_place_are_too_many_long_before_memory_ends() {
        let at = |x: f64| TextBox::new(Outline::ltrb(x, 0.0, x + 9.0, 9.0), "four");
        let apart: Vec<TextBox> = (0..MOST_BOXES).map(|x| at(x as f64 * 10.0)).collect();
        assert!(!is_too_dense(&apart, &apart));
        let heap = vec![at(0.0); MOST_BOXES];
        assert!(is_too_dense(&heap, &heap));
    }
}
