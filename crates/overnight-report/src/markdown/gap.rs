//! `VLM_GAP_ANALYSIS.md`: two readers on the same samples.

use std::collections::BTreeMap;

use overnight_record::PredictionStatus;
use overnight_record::result::{
    CompareResult, HardClass, HardSample, InferResult, ProfileScore, ScoreResult, Side,
};

use super::document::{Align, Document, Table, code, plain};
use super::{explain_missing, front_matter::front_matter, provenance, record_notes, run_line};
use crate::facts::{Kind, Night, StepResult};
use crate::number::{
    count, counted, dash, duration, milliseconds, p_value, percent, percent_or_dash, points_with,
    significant,
};
use crate::text;

/// A test with a p value from here on does not support a difference.
pub(crate) const SIGNIFICANT: f64 = 0.05;
/// Hard samples listed in the report; all of them are in the JSON lines file.
const MAX_HARD: usize = 25;

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
        document.paragraph(&who_is_who(result.body()));
    }
    run_line(&mut document, night);
    for result in &results.compares {
        comparison(&mut document, result);
    }
    if !results.infers.is_empty() {
        inferences(&mut document, &results.infers);
    }
    for result in &results.scores {
        score(&mut document, result);
    }
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
        provenance::reproduce(&mut document, night, commands);
    }
    record_notes(&mut document, night);
    front_matter(night, "Gap analysis", missing.is_empty()) + &document.finish()
}

/// What the candidate is, from its kind: a report of this name must not pass a classical
/// reader off as a vision-language model.
pub(crate) fn candidate_nature(candidate: &Side) -> String {
    match &candidate.backend {
        Some(backend) if backend.kind == "openai" => format!(
            "The candidate {} is a model served over HTTP (kind openai).",
            candidate.name
        ),
        Some(backend) => format!(
            "The candidate {} is not a vision-language model: it is a backend of kind {}.",
            candidate.name, backend.kind
        ),
        None => format!(
            "Whether the candidate {} is a vision-language model is not recorded.",
            candidate.name
        ),
    }
}

fn who_is_who(compare: &CompareResult) -> String {
    format!(
        "**The baseline is {}, the candidate is {}.** {}",
        code(&compare.baseline.name),
        code(&compare.candidate.name),
        plain(&candidate_nature(&compare.candidate)),
    )
}

fn comparison(document: &mut Document, result: &StepResult<CompareResult>) {
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
    document.paragraph(&provenance::definition(
        &compare.profile,
        Some((&compare.definition, &compare.unit)),
        &counted(compare.dataset.n, "sample"),
        &compare.dataset.name,
        compare.baseline.cer.interval.as_ref(),
    ));
    document.table(&sides(compare));
    document.paragraph(
        "Rates are taken over a side's own readable samples. The row with failures counted takes every failed sample as all wrong.",
    );
    paired(document, compare);
    hard_samples(document, compare);
    document.heading(3, "Files");
    let mut files = vec![
        format!(
            "Baseline predictions: {}",
            code(&compare.baseline.predictions)
        ),
        format!(
            "Candidate predictions: {}",
            code(&compare.candidate.predictions)
        ),
    ];
    for artifact in &result.file.artifacts {
        if artifact.path.ends_with(".jsonl") {
            files.push(format!(
                "{}: {}",
                plain(&artifact.kind),
                code(&artifact.path)
            ));
        }
    }
    document.list(&files);
    document.heading(3, "What was compared");
    let mut what = vec![format!(
        "Samples: {}",
        provenance::dataset(&compare.dataset)
    )];
    for side in [&compare.baseline, &compare.candidate] {
        if let Some(backend) = &side.backend {
            what.push(provenance::backend(backend));
        }
    }
    document.list(&what);
}

fn sides(compare: &CompareResult) -> Table {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("Baseline", Align::Right),
        ("Candidate", Align::Right),
    ]);
    let both = [&compare.baseline, &compare.candidate];
    let mut row = |title: &str, cell: &dyn Fn(&Side) -> String| {
        table.row([title.to_owned(), cell(both[0]), cell(both[1])]);
    };
    row("Reader", &|side| code(&side.name));
    row("Kind", &|side| {
        side.backend
            .as_ref()
            .map_or_else(dash, |backend| code(&backend.kind))
    });
    row("Coverage (readable / all)", &|side| percent(side.coverage));
    row("CER micro [interval]", &|side| {
        percent_or_dash(side.cer.micro, side.cer.interval.as_ref())
    });
    row("CER macro", &|side| {
        percent_or_dash(side.cer.macro_mean, None)
    });
    row("CER macro, clipped to 1", &|side| {
        percent_or_dash(side.cer.macro_clipped, None)
    });
    row("CER median", &|side| percent_or_dash(side.cer.median, None));
    row("CER with failures counted", &|side| {
        percent_or_dash(side.cer.failures_as_one, None)
    });
    row("Edits / reference length", &|side| {
        provenance::edits(&side.cer)
    });
    row("WER micro [interval]", &|side| {
        percent_or_dash(side.wer.micro, side.wer.interval.as_ref())
    });
    row("Failures", &|side| failures(&side.statuses));
    row("Median time a sample", &|side| {
        side.cost.ms_p50.map_or_else(dash, milliseconds)
    });
    table
}

/// Predictions that are not `ok`, by status: `2 empty, 1 timeout`, or `none`.
pub(crate) fn failures(statuses: &BTreeMap<PredictionStatus, usize>) -> String {
    let failed: Vec<String> = statuses
        .iter()
        .filter(|(status, n)| !status.is_scored() && **n > 0)
        .map(|(status, n)| format!("{} {}", count(*n), status.name().replace('_', " ")))
        .collect();
    if failed.is_empty() {
        "none".to_owned()
    } else {
        failed.join(", ")
    }
}

fn paired(document: &mut Document, compare: &CompareResult) {
    document.heading(3, "Paired difference");
    let Some(paired) = &compare.paired else {
        document.paragraph("There is none: no sample was readable on both sides.");
        return;
    };
    let mut table = Table::new(&[("On the same samples", Align::Left), ("", Align::Right)]);
    table.row(["Samples readable on both sides".to_owned(), count(paired.n)]);
    table.row([
        "Baseline CER micro".to_owned(),
        percent(paired.baseline_micro),
    ]);
    table.row([
        "Candidate CER micro".to_owned(),
        percent(paired.candidate_micro),
    ]);
    table.row([
        "Candidate minus baseline [interval]".to_owned(),
        points_with(paired.difference, paired.interval.as_ref()),
    ]);
    table.row([
        "Candidate better / equal / worse".to_owned(),
        format!("{} / {} / {}", paired.wins, paired.ties, paired.losses),
    ]);
    if let Some(test) = &paired.test {
        table.row([plain(&test.name), format!("p {}", p_value(test.p))]);
    }
    document.table(&table);
    document.paragraph(&plain(&difference_in_words(compare)));
}

/// What the paired difference says, no more than its interval allows.
pub(crate) fn difference_in_words(compare: &CompareResult) -> String {
    let Some(paired) = &compare.paired else {
        return "No sample was readable on both sides.".to_owned();
    };
    let candidate = &compare.candidate.name;
    let baseline = &compare.baseline.name;
    let (side, verb) = match &paired.interval {
        Some(interval) if interval.high < 0.0 => ("below", "fewer"),
        Some(interval) if interval.low > 0.0 => ("above", "more"),
        Some(_) => {
            return format!(
                "No difference between {candidate} and {baseline} is shown at n = {}: the interval holds zero.",
                paired.n
            );
        }
        None => return "Without an interval nothing can be said about other samples.".to_owned(),
    };
    let contradiction = paired.test.as_ref().filter(|test| test.p >= SIGNIFICANT);
    match contradiction {
        None => format!(
            "{candidate} makes {verb} errors than {baseline} on these samples: the whole interval lies {side} zero."
        ),
        Some(test) => format!(
            "{candidate} makes {verb} errors than {baseline} on these samples, but that is not sure at n = {}: the interval lies {side} zero, the test gives p {}.",
            paired.n,
            p_value(test.p)
        ),
    }
}

/// What a class of hard sample means, with the sides' names.
pub(crate) fn class_name(compare: &CompareResult, class: HardClass) -> String {
    match class {
        HardClass::Both => "hard for both".to_owned(),
        HardClass::BaselineOnly => format!("hard for {} only", compare.baseline.name),
        HardClass::CandidateOnly => format!("hard for {} only", compare.candidate.name),
        HardClass::Disagreement => "disagreement without a reference".to_owned(),
    }
}

/// Hard samples by class.
pub(crate) fn class_counts(compare: &CompareResult) -> [(HardClass, usize); 3] {
    [
        HardClass::Both,
        HardClass::BaselineOnly,
        HardClass::CandidateOnly,
    ]
    .map(|class| {
        let of_class = compare.hard_samples.iter().filter(|s| s.class == class);
        (class, of_class.count())
    })
}

fn hard_samples(document: &mut Document, compare: &CompareResult) {
    document.heading(3, "Hard samples");
    if compare.hard_samples.is_empty() {
        document.paragraph(&format!(
            "None: no sample failed or has a CER above {}.",
            percent(compare.hard_threshold)
        ));
        return;
    }
    let counts: Vec<String> = class_counts(compare)
        .into_iter()
        .map(|(class, n)| format!("{n} {}", plain(&class_name(compare, class))))
        .collect();
    document.paragraph(&format!(
        "{} listed: failed, or CER above {} (profile {}): {}. Those hard for the baseline only are what the candidate could take over.",
        counted(compare.hard_samples.len(), "hard sample"),
        percent(compare.hard_threshold),
        code(&compare.profile),
        counts.join(", "),
    ));
    let mut table = Table::new(&[
        ("Sample", Align::Left),
        ("Class", Align::Left),
        ("Baseline CER", Align::Right),
        ("Candidate CER", Align::Right),
        ("Reference length", Align::Right),
        ("Why", Align::Left),
    ]);
    for sample in compare.hard_samples.iter().take(MAX_HARD) {
        table.row([
            code(&sample.id),
            plain(&class_name(compare, sample.class)),
            rate_or_status(&sample.baseline),
            rate_or_status(&sample.candidate),
            count(usize::try_from(reference_len(sample)).unwrap_or(usize::MAX)),
            plain(&text::clipped(&sample.reason, 120)),
        ]);
    }
    document.table(&table);
    if compare.hard_samples.len() > MAX_HARD {
        document.paragraph(&format!(
            "{} more are in the JSON lines file below.",
            count(compare.hard_samples.len() - MAX_HARD)
        ));
    }
}

fn reference_len(sample: &HardSample) -> u64 {
    sample.baseline.n_ref
}

/// A sample's rate, or why it has none.
pub(crate) fn rate_or_status(score: &overnight_record::result::SampleScore) -> String {
    match score.cer {
        Some(cer) => percent(cer),
        None if score.status.is_scored() => "no reference text".to_owned(),
        None => score.status.name().replace('_', " "),
    }
}

fn inferences(document: &mut Document, infers: &[StepResult<InferResult>]) {
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

fn score(document: &mut Document, result: &StepResult<ScoreResult>) {
    let body = result.body();
    document.heading(2, &format!("Step {}: score", result.step));
    document.paragraph(&format!("Predictions: {}", code(&body.predictions)));
    let dataset = body
        .dataset
        .as_ref()
        .map_or("not recorded", |info| &info.name);
    for profile in std::iter::once(&body.first).chain(&body.further_profiles) {
        document.table(&profile_table(profile));
        document.paragraph(&provenance::definition(
            &profile.profile,
            Some((&profile.definition, &profile.unit)),
            &counted(profile.n, "sample"),
            dataset,
            profile.cer.interval.as_ref(),
        ));
    }
}

fn profile_table(profile: &ProfileScore) -> Table {
    let mut table = Table::new(&[
        ("Profile", Align::Left),
        ("n", Align::Right),
        ("Coverage", Align::Right),
        ("CER micro [interval]", Align::Right),
        ("CER macro", Align::Right),
        ("CER median", Align::Right),
        ("CER with failures counted", Align::Right),
        ("WER micro", Align::Right),
    ]);
    let cer = &profile.cer;
    table.row([
        code(&profile.profile),
        count(profile.n),
        percent(profile.coverage),
        percent_or_dash(cer.micro, cer.interval.as_ref()),
        percent_or_dash(cer.macro_mean, None),
        percent_or_dash(cer.median, None),
        percent_or_dash(cer.failures_as_one, None),
        percent_or_dash(profile.wer.micro, None),
    ]);
    table
}
