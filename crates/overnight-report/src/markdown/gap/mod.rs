//! `VLM_GAP_ANALYSIS.md`: two readers on the same samples, and what each was read and scored
//! like.

mod inference;
mod score;
mod section;

use overnight_record::result::CompareResult;

use super::document::{Document, marked, plain};
use super::{
    code, explain_missing, front_matter::front_matter, provenance, record_notes, run_line,
};
use crate::facts::{Kind, Night, StepResult};
use crate::gap;

pub(super) fn render(night: &Night) -> String {
    let results = &night.results;
    // What others wait for comes first: a comparison needs predictions.
    let mut missing = night.missing(Kind::Infer);
    missing.extend(night.missing(Kind::Score));
    missing.extend(night.missing_or_unplanned(Kind::Compare));
    let mut document = Document::default();
    document.heading(
        1,
        &format!("Gap analysis: {}", plain(&night.record.project)),
    );
    let lead = if results.compares.is_empty() {
        "Not compared."
    } else {
        "Not all was measured."
    };
    explain_missing(&mut document, lead, &missing);
    for result in &results.compares {
        document.paragraph(&answer(result.body()));
        document.paragraph(&marked(&gap::who_is_who(result.body())));
    }
    run_line(&mut document, night);
    for result in &results.compares {
        comparison(&mut document, night, result);
    }
    inference::overview(&mut document, &results.infers);
    for result in &results.infers {
        inference::render(&mut document, night, result);
    }
    for result in &results.scores {
        score::render(&mut document, night, result);
    }
    reproduce(&mut document, night);
    record_notes(&mut document, night);
    front_matter(night, "Gap analysis", missing.is_empty()) + &document.finish()
}

/// The answer, its first sentence in bold.
fn answer(compare: &CompareResult) -> String {
    let sentences = gap::answer(compare);
    let shown: Vec<String> = sentences
        .iter()
        .enumerate()
        .map(|(i, words)| match i {
            0 => format!("**{}**", marked(words)),
            _ => marked(words),
        })
        .collect();
    shown.join(" ")
}

fn comparison(document: &mut Document, night: &Night, result: &StepResult<CompareResult>) {
    let compare = result.body();
    document.heading(
        2,
        &format!(
            "Step {}: {} against {}",
            result.step,
            code(&compare.candidate.name),
            code(&compare.baseline.name)
        ),
    );
    document.paragraph(&section::recorded(night, result));
    for section in gap::sections(night, result) {
        section::render(document, &section);
    }
}

fn reproduce(document: &mut Document, night: &Night) {
    let results = &night.results;
    let compares = results
        .compares
        .iter()
        .map(|r| provenance::command_of(night, r));
    let infers = results
        .infers
        .iter()
        .map(|r| provenance::command_of(night, r));
    let scores = results
        .scores
        .iter()
        .map(|r| provenance::command_of(night, r));
    let mut commands: Vec<_> = compares.chain(infers).chain(scores).collect();
    if !commands.is_empty() {
        commands.sort();
        provenance::reproduce(document, night, commands);
    }
}
