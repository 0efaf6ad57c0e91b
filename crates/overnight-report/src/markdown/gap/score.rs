//! One set of predictions under its scoring profiles.

use overnight_record::result::ScoreResult;

use super::section;
use crate::facts::{Night, StepResult};
use crate::gap;
use crate::markdown::document::{Document, marked};

pub(super) fn render(document: &mut Document, night: &Night, result: &StepResult<ScoreResult>) {
    document.heading(2, &format!("Step {}: score", result.step));
    document.paragraph(&marked(&gap::score::answer(night, result)));
    document.paragraph(&section::recorded(night, result));
    for part in gap::score::sections(night, result) {
        section::render(document, &part);
    }
}
