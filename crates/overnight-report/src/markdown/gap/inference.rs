//! What was read in the night.

use overnight_record::result::InferResult;

use super::section;
use crate::facts::{Night, StepResult};
use crate::gap;
use crate::markdown::document::{Align, Document, Table, code, marked};
use crate::number::{count, dash, duration, significant};

/// All inferences beside each other; one alone is told by itself.
pub(super) fn overview(document: &mut Document, infers: &[StepResult<InferResult>]) {
    if infers.len() < 2 {
        return;
    }
    document.heading(2, "Inference");
    let mut table = Table::new(&[
        ("Step", Align::Left),
        ("Backend", Align::Left),
        ("Dataset", Align::Left),
        ("Samples", Align::Right),
        ("Read now", Align::Right),
        ("Known before", Align::Right),
        ("Failures", Align::Left),
        ("Images/s", Align::Right),
        ("Wall clock", Align::Right),
    ]);
    for result in infers {
        let infer = result.body();
        table.row([
            result.step.to_string(),
            code(&infer.backend.name),
            code(&infer.dataset.name),
            count(infer.n),
            count(infer.n_inferred),
            count(infer.n_cached),
            gap::failures(&infer.statuses),
            infer.images_per_s.map_or_else(dash, significant),
            duration(infer.wall_s),
        ]);
    }
    document.table(&table);
}

pub(super) fn render(document: &mut Document, night: &Night, result: &StepResult<InferResult>) {
    document.heading(2, &marked(&gap::inference::title(result)));
    document.paragraph(&marked(&gap::inference::answer(result.body())));
    document.paragraph(&section::recorded(night, result));
    for part in gap::inference::sections(night, result) {
        section::render(document, &part);
    }
}
