//! The evaluator's section: both readers' error rates, their difference, where it lies and what
//! it costs, the samples a person should look at, and each inference and score by itself.

mod compare;
mod hard;
mod infers;
mod study;
mod suspects;

use crate::facts::{Kind, Missing, Night};
use crate::page::image::Images;
use compare::CompareView;
use infers::InferView;
use study::StudyView;

pub(super) use hard::Reading;

/// Everything the section shows.
pub(super) struct EvaluatorView {
    pub(super) missing: Vec<Missing>,
    pub(super) compares: Vec<CompareView>,
    /// All inferences beside each other; one alone is told by itself.
    pub(super) infers: Vec<InferView>,
    pub(super) studies: Vec<StudyView>,
}

impl EvaluatorView {
    pub(super) fn new(night: &Night, images: &mut Images) -> Self {
        let results = &night.results;
        // What others wait for comes first: a comparison needs predictions.
        let mut missing = night.missing(Kind::Infer);
        missing.extend(night.missing(Kind::Score));
        missing.extend(night.missing_or_unplanned(Kind::Compare));
        Self {
            missing,
            compares: results
                .compares
                .iter()
                .map(|result| CompareView::new(night, result, images))
                .collect(),
            infers: infers::views(night),
            studies: study::views(night),
        }
    }
}
