//! What was read in the night.

use overnight_record::result::InferResult;

use crate::facts::StepResult;
use crate::gap::failures;
use crate::markdown::document::{Align, Document, Table, code};
use crate::number::{count, dash, duration, significant};

pub(super) fn render(document: &mut Document, infers: &[StepResult<InferResult>]) {
    if infers.is_empty() {
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
            failures(&infer.statuses),
            infer.images_per_s.map_or_else(dash, significant),
            duration(infer.wall_s),
        ]);
    }
    document.table(&table);
    let files: Vec<String> = infers
        .iter()
        .map(|r| {
            format!(
                "Predictions of step {}: {}",
                r.step,
                code(&r.body().predictions)
            )
        })
        .collect();
    document.list(&files);
}
