//! One comparison.

use overnight_record::result::CompareResult;

use super::hard::{self, CardView};
use super::suspects::{self, SuspectView};
use crate::facts::{Night, StepResult};
use crate::gap::{self, Section, Words};
use crate::page::image::Images;
use crate::plot::{self, Svg};
use crate::text;

/// What is shown of it.
pub(in crate::page) struct CompareView {
    pub(in crate::page) step: String,
    /// The answer, sentence by sentence.
    pub(in crate::page) answer: Vec<Words>,
    pub(in crate::page) who: Words,
    pub(in crate::page) baseline: String,
    pub(in crate::page) candidate: String,
    /// The file every number is recorded in.
    pub(in crate::page) file: String,
    /// Both rates, and the difference below them.
    pub(in crate::page) rates: Vec<Svg>,
    pub(in crate::page) cloud: Option<Svg>,
    pub(in crate::page) sections: Vec<Section>,
    pub(in crate::page) cards: Vec<CardView>,
    pub(in crate::page) suspects: Vec<SuspectView>,
}

impl CompareView {
    pub(super) fn new(
        night: &Night,
        result: &StepResult<CompareResult>,
        images: &mut Images,
    ) -> Self {
        let body = result.body();
        Self {
            step: result.step.to_string(),
            answer: gap::answer(body),
            who: gap::who_is_who(body),
            baseline: text::line(&body.baseline.name),
            candidate: text::line(&body.candidate.name),
            file: text::line(&night.shown(&result.dir.join("result.json"))),
            rates: rates(body),
            cloud: plot::pairs(body),
            sections: gap::sections(night, result),
            // Images are carried until the page is full: hard samples first.
            cards: hard::cards(result, images),
            suspects: suspects::views(result, images),
        }
    }
}

fn rates(compare: &CompareResult) -> Vec<Svg> {
    let both = plot::cer(&[
        ("s2", &compare.baseline.name, &compare.baseline.cer),
        ("s1", &compare.candidate.name, &compare.candidate.cer),
    ]);
    let difference = compare.paired.as_ref().and_then(|paired| {
        let title = format!("Difference on the same {} samples", paired.n);
        plot::forest(
            plot::Size::Half,
            &title,
            &[(&compare.candidate.name, paired)],
        )
    });
    both.into_iter().chain(difference).collect()
}
