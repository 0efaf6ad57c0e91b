//! What stands beside numbers: the machine, the samples, the backend, the definition of an
//! error rate, and the command that makes the numbers again.

use overnight_record::result::{Aggregate, BackendInfo, DatasetInfo, ResultFile};
use overnight_record::{Host, Interval, StepId};

use super::document::{Align, Document, Table, code, marked, plain};
use crate::facts::{Night, StepResult, command_line};
use crate::gap::{self, Words};
use crate::number::{count, mebibytes};
use crate::text::short;

/// The machine as a table.
pub(crate) fn hardware(document: &mut Document, host: &Host) {
    let mut table = Table::new(&[("Hardware", Align::Left), ("", Align::Left)]);
    table.row(["Processor".to_owned(), plain(&host.cpu)]);
    table.row(["Logical processors".to_owned(), count(host.cores)]);
    table.row(["Memory".to_owned(), mebibytes(host.memory_mib as f64)]);
    if host.gpus.is_empty() {
        table.row(["Graphics processor".to_owned(), "none found".to_owned()]);
    }
    for gpu in &host.gpus {
        table.row([
            "Graphics processor".to_owned(),
            format!(
                "{}, {}, driver {}",
                plain(&gpu.name),
                mebibytes(gpu.memory_mib as f64),
                plain(&gpu.driver)
            ),
        ]);
    }
    table.row(["System".to_owned(), plain(&host.os)]);
    document.table(&table);
}

/// The machine a result was measured on: its own, or else the run's.
pub(crate) fn host_of<'a, B>(night: &'a Night, file: &'a ResultFile<B>) -> &'a Host {
    let own = file.provenance.as_ref().map(|provenance| &provenance.host);
    own.unwrap_or(&night.record.host)
}

/// The samples in one sentence.
pub(crate) fn dataset(info: &DatasetInfo) -> String {
    marked(&Words::from(gap::dataset(info)))
}

/// The backend in one sentence.
pub(crate) fn backend(info: &BackendInfo) -> String {
    marked(&Words::from(gap::backend(info)))
}

/// What a character error rate means here, in one sentence.
pub(crate) fn definition(
    profile: &str,
    definition: Option<(&str, &str)>,
    n: &str,
    dataset: &str,
    interval: Option<&Interval>,
) -> String {
    let meaning = definition.map_or_else(
        || "its definition is not recorded in this run".to_owned(),
        |(definition, unit)| {
            let definition = plain(definition);
            format!(
                "{}; unit: {}",
                definition.trim_end_matches('.'),
                plain(unit)
            )
        },
    );
    let interval = interval.map_or_else(
        || "no interval recorded".to_owned(),
        |i| {
            let level = crate::number::fixed(i.level * 100.0, 0);
            format!("[brackets]: {level} % interval, {}", plain(&i.method))
        },
    );
    format!(
        "Error rates: profile {} ({meaning}); n = {} of dataset {}; {interval}.",
        code(profile),
        n,
        code(dataset),
    )
}

/// Edits over reference length, so that the rate can be checked by hand.
pub(crate) fn edits(aggregate: &Aggregate) -> String {
    format!(
        "{} / {}",
        count(usize::try_from(aggregate.edits).unwrap_or(usize::MAX)),
        count(usize::try_from(aggregate.reference_len).unwrap_or(usize::MAX))
    )
}

/// The commands that make these results again.
pub(crate) fn reproduce<'a>(
    document: &mut Document,
    night: &Night,
    commands: impl IntoIterator<Item = (StepId, Option<String>)> + 'a,
) {
    document.heading(2, "How to reproduce");
    document.paragraph(&base(night));
    for (step, command) in commands {
        match command {
            Some(command) => {
                document.paragraph(&format!("Step {step}:"));
                document.command(&command);
            }
            None => document.paragraph(&format!("Step {step} recorded no command.")),
        }
    }
}

fn base(night: &Night) -> String {
    match &night.record.git {
        Some(git) => format!(
            "From the project's folder at commit {}{}:",
            code(short(&git.commit)),
            if git.was_dirty {
                " (the checkout had changes besides, which the run did not see)"
            } else {
                ""
            }
        ),
        None => "From the project's folder (it was not under git):".to_owned(),
    }
}

/// The command that made a result: as recorded with it, or else as the plan binds it.
pub(crate) fn command_of<B>(night: &Night, result: &StepResult<B>) -> (StepId, Option<String>) {
    let recorded = result
        .file
        .provenance
        .as_ref()
        .map(|p| command_line(&p.command));
    let bound = || {
        night
            .step(result.step)
            .and_then(|step| step.command.clone())
    };
    (
        result.step,
        recorded.filter(|c| !c.is_empty()).or_else(bound),
    )
}
