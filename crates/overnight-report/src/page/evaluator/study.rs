//! One inference or one score.

use crate::facts::{Night, StepResult};
use crate::gap::{self, Section, Words};
use crate::text;

/// What is shown of it.
pub(in crate::page) struct StudyView {
    pub(in crate::page) title: Words,
    pub(in crate::page) answer: Words,
    /// The file every number is recorded in.
    pub(in crate::page) file: String,
    pub(in crate::page) sections: Vec<Section>,
}

/// All inferences, then all scores.
pub(super) fn views(night: &Night) -> Vec<StudyView> {
    let scores = night.results.scores.iter().map(|result| StudyView {
        title: format!("Step {}: score", result.step).into(),
        answer: gap::score::answer(night, result),
        file: file(night, result),
        sections: gap::score::sections(night, result),
    });
    let infers = night.results.infers.iter().map(|result| StudyView {
        title: gap::inference::title(result),
        answer: gap::inference::answer(result.body()),
        file: file(night, result),
        sections: gap::inference::sections(night, result),
    });
    infers.chain(scores).collect()
}

fn file<B>(night: &Night, result: &StepResult<B>) -> String {
    text::line(&night.shown(&result.dir.join("result.json")))
}
