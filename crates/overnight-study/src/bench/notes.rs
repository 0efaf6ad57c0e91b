//! What a reader must know beside a benchmark's numbers.

use overnight_record::result::{BenchCase, BenchStage, CaseStatus};

use super::prepare::{CROPS_MAX, Prepared};
use super::spec::BenchSpec;

/// The notes of a benchmark, one sentence each.
pub(crate) fn notes(
    spec: &BenchSpec<'_>,
    prepared: &Prepared,
    cases: &[BenchCase],
    n_scored: usize,
    is_partial: bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    if is_partial {
        notes.push("The benchmark was stopped before its end.".to_owned());
    }
    if let Some(first) = prepared.left_out.first() {
        notes.push(format!(
            "{} of {} samples are left out because their images cannot be decoded, first {}: {}.",
            prepared.left_out.len(),
            spec.dataset.samples().len(),
            first.id,
            first.error.as_deref().unwrap_or("no reason given"),
        ));
    }
    if cases
        .iter()
        .any(|case| is_measured(case, BenchStage::Recognition))
    {
        notes.push(if prepared.n_lines > CROPS_MAX {
            format!(
                "Recognition reads {CROPS_MAX} line crops drawn with seed {} from the {} that detection \
                 found on the same images.",
                spec.seed, prepared.n_lines
            )
        } else {
            format!(
                "Recognition reads all {} line crops that detection found on the same images.",
                prepared.n_lines
            )
        });
    }
    notes.extend(repeated_items(prepared, cases));
    notes.extend(incomplete_pass(prepared, cases));
    notes.push(memory(cases));
    let with_reference = spec
        .dataset
        .samples()
        .iter()
        .filter(|sample| sample.reference.is_some())
        .count();
    if cases
        .iter()
        .any(|case| is_measured(case, BenchStage::Pipeline))
        && n_scored < with_reference
    {
        notes.push(format!(
            "CER covers {n_scored} of the {with_reference} samples with a reference: those that were \
             timed and gave text."
        ));
    }
    notes
}

fn is_measured(case: &BenchCase, stage: BenchStage) -> bool {
    case.stage == stage && case.status == CaseStatus::Ok
}

fn n_items(prepared: &Prepared, case: &BenchCase) -> usize {
    match case.stage {
        BenchStage::Recognition => prepared.crops.len(),
        BenchStage::Detection | BenchStage::Pipeline => prepared.usable.len(),
    }
}

fn repeated_items(prepared: &Prepared, cases: &[BenchCase]) -> Option<String> {
    let short = cases
        .iter()
        .find(|case| case.status == CaseStatus::Ok && case.batch_size > n_items(prepared, case))?;
    Some(format!(
        "Batches of {} repeat items, for there are only {} {}.",
        short.batch_size,
        n_items(prepared, short),
        short.stage.item()
    ))
}

/// Cases whose budget ended before every item was timed once.
fn incomplete_pass(prepared: &Prepared, cases: &[BenchCase]) -> Option<String> {
    let incomplete: Vec<String> = cases
        .iter()
        .filter(|case| case.status == CaseStatus::Ok)
        .filter_map(|case| {
            let covered: usize = case.batch_items.iter().sum();
            let all = n_items(prepared, case);
            (covered < all).then(|| {
                format!(
                    "{} at batch size {} ({covered} of {all})",
                    case.stage.name(),
                    case.batch_size
                )
            })
        })
        .collect();
    (!incomplete.is_empty()).then(|| {
        format!(
            "The budget ended before every item was timed once, so these rest on a part of the items \
             drawn at random: {}.",
            incomplete.join(", ")
        )
    })
}

fn memory(cases: &[BenchCase]) -> String {
    if cases.iter().any(|case| case.rss_mib_peak.is_some()) {
        "Peak memory is that of one untimed pass over the heaviest batch of each case, its input and \
         everything the process already held included."
            .to_owned()
    } else {
        "Peak memory was not measured: the system does not let a process reset its own mark."
            .to_owned()
    }
}
