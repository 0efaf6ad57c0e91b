//! What comparisons, scores and inferences say: sentences and tables, before they are Markdown or
//! HTML, so that both say the same. Nothing is computed here but shares of recorded counts and
//! ratios of recorded values.

mod advice;
mod answer;
mod breakdowns;
mod columns;
mod cost;
mod definition;
mod errors;
mod fields;
mod files;
mod grid;
mod hard;
pub(crate) mod inference;
mod noise;
mod order_free;
mod profiles;
mod routing;
pub(crate) mod score;
mod section;
mod shown;
mod sides;
mod suspects;
mod verdict;
mod words;

use overnight_record::result::CompareResult;

use crate::facts::{Night, StepResult};
use words::Name;

pub(crate) use answer::answer;
pub(crate) use files::{backend, dataset};
pub(crate) use grid::Grid;
pub(crate) use hard::class_name;
pub(crate) use section::{Block, Section, Topic};
pub(crate) use shown::Shown;
pub(crate) use sides::{failures, rate_or_status};
pub(crate) use words::{Origin, Words};

/// The sections of one comparison, in the order a reader needs them. What is not recorded has
/// no section.
pub(crate) fn sections(night: &Night, result: &StepResult<CompareResult>) -> Vec<Section> {
    let compare = result.body();
    let all = [
        Some(verdict::section(compare)),
        Some(sides::section(compare)),
        profiles::section(compare),
        order_free::section(&columns::sides(compare, |side| {
            (side.order_free.as_ref(), &side.cer)
        })),
        fields::section(&columns::sides(compare, |side| &side.fields[..])),
        errors::section(
            &columns::sides(compare, |side| (&side.errors, &side.cer)),
            "a side's own readable samples",
        ),
        breakdowns::section(compare),
        cost::section(&columns::sides(compare, cost::Costs::from), &["cost"]),
        routing::section(compare),
        noise::section(night, result),
        Some(hard::section(night, result)),
        suspects::section(compare),
        Some(files::of_comparison(night, result)),
    ];
    all.into_iter().flatten().collect()
}

/// Who is compared with whom, and what the candidate is. A report of this name must not pass a
/// classical reader off as a vision-language model.
pub(crate) fn who_is_who(compare: &CompareResult) -> Words {
    let (baseline, candidate) = names(compare);
    let nature = match &compare.candidate.backend {
        Some(backend) if backend.kind == "openai" => {
            format!("{candidate} is a model served over HTTP (kind openai).")
        }
        Some(backend) => format!(
            "{candidate} is not a vision-language model: it is a backend of kind {}.",
            Name(&backend.kind)
        ),
        None => format!("Whether {candidate} is a vision-language model is not recorded."),
    };
    format!("The baseline is {baseline}, the candidate is {candidate}. {nature}").into()
}

/// Names of baseline and candidate.
fn names(compare: &CompareResult) -> (Name<'_>, Name<'_>) {
    (Name(&compare.baseline.name), Name(&compare.candidate.name))
}

/// Samples with a reference.
fn n_samples(compare: &CompareResult) -> usize {
    if compare.samples.is_empty() {
        compare.dataset.n
    } else {
        compare.samples.len()
    }
}
