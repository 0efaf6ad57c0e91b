//! One set of predictions against its references, under one scoring profile or several.

use std::borrow::Cow;
use std::collections::BTreeMap;

use overnight_record::PredictionStatus;
use overnight_record::result::{ProfileScore, SampleScore, ScoreResult};

use super::columns;
use super::definition::{Defined, definition};
use super::grid::{Grid, number, words};
use super::section::Section;
use super::sides::{self, Rated, rate_or_status, with_interval};
use super::words::{File, Name, Words};
use super::{errors, fields, files, order_free};
use crate::facts::{Night, StepResult};
use crate::number::{count, counted, dash, percent, percent_or_dash, whole};

/// Samples that are listed.
const WORST: usize = 25;

/// The rate in one sentence.
pub(crate) fn answer(night: &Night, result: &StepResult<ScoreResult>) -> Words {
    let score = result.body();
    let first = &score.first;
    let of = match &score.dataset {
        Some(dataset) => format!("{} of {}", counted(first.n, "sample"), Name(&dataset.name)),
        None => counted(first.n, "sample"),
    };
    let whose = if score.predictions.is_empty() {
        String::new()
    } else {
        let place = night.place(&result.dir, &score.predictions);
        format!(" of {}", File(&place))
    };
    format!(
        "CER {}{whose} (micro, profile {}) on {of}, of which {} were read; with failures counted as all wrong {}.",
        with_interval(&first.cer),
        Name(&first.profile),
        percent(first.coverage),
        percent_or_dash(first.cer.failures_as_one, None),
    )
    .into()
}

/// The sections of one score. What is not recorded has no section.
pub(crate) fn sections(night: &Night, result: &StepResult<ScoreResult>) -> Vec<Section> {
    let score = result.body();
    let all = [
        Some(rates(score)),
        order_free::section(&columns::profiles(score, |it| {
            (it.order_free.as_ref(), &it.cer)
        })),
        fields::section(&columns::alone(&score.fields[..])),
        errors::section(
            &columns::profiles(score, |it| (&it.errors, &it.cer)),
            "the readable samples",
        ),
        worst(&score.first),
        Some(files::of_score(night, result)),
    ];
    all.into_iter().flatten().collect()
}

fn rates(score: &ScoreResult) -> Section {
    let rated = columns::profiles(score, Rated::from);
    let mut section = Section::new(
        "Rates",
        columns::fields(&rated, &["coverage", "cer", "wer"]),
    );
    let alone = format!("Profile {}", Name(&score.first.profile));
    for rated in columns::tables(&rated) {
        section.table(sides::rates(rated, "Over the readable samples", &alone));
    }
    let dataset = score.dataset.as_ref().map(|dataset| &*dataset.name);
    let all = || std::iter::once(&score.first).chain(&score.further_profiles);
    section.list(all().map(|it| meaning(it, dataset)).collect());
    if let Some(raw) = all().find_map(|it| it.raw.as_ref()) {
        section.note(sides::cleaned(raw, ""));
        section.fields.extend(columns::fields(&rated, &["raw"]));
    }
    section
}

impl<'a> From<&'a ProfileScore> for Rated<'a> {
    fn from(score: &'a ProfileScore) -> Self {
        let mut statuses: BTreeMap<PredictionStatus, usize> = BTreeMap::new();
        for sample in &score.samples {
            *statuses.entry(sample.status).or_default() += 1;
        }
        Self {
            backend: None,
            coverage: score.coverage,
            statuses: Cow::Owned(statuses),
            cer: &score.cer,
            wer: &score.wer,
            raw: score.raw.as_ref(),
        }
    }
}

fn meaning(score: &ProfileScore, dataset: Option<&str>) -> String {
    let clause = definition(&Defined {
        profile: &score.profile,
        definition: &score.definition,
        unit: &score.unit,
        n: score.n,
        dataset,
        interval: score.cer.interval.as_ref(),
    });
    crate::text::capitalised(&clause)
}

/// The samples with the highest rates; `None` when no sample is recorded, or all are right.
fn worst(score: &ProfileScore) -> Option<Section> {
    let is_wrong = |it: &&SampleScore| it.distance.is_none_or(|edits| edits > 0);
    let mut wrong: Vec<&SampleScore> = score.samples.iter().filter(is_wrong).collect();
    if wrong.is_empty() {
        return None;
    }
    // Those without a text come first, then the highest rates; equal ones stay in their order.
    let badness = |it: &SampleScore| match it.distance {
        None => f64::INFINITY,
        Some(_) => it.cer.unwrap_or(f64::MAX),
    };
    wrong.sort_by(|a, b| badness(b).total_cmp(&badness(a)));
    let mut section = Section::new("Samples with the most errors", ["samples"]);
    section.text(format!(
        "{} of {} have a text that is wrong somewhere, or none (profile {}).",
        count(wrong.len()),
        counted(score.samples.len(), "sample"),
        Name(&score.profile),
    ));
    let listed = wrong.len().min(WORST);
    section.long(
        format!("The worst {}, those without a text first", count(listed)),
        table(&wrong[..listed]),
    );
    Some(section)
}

fn table(samples: &[&SampleScore]) -> Grid {
    let mut grid = Grid::new([
        words("Sample"),
        number("CER"),
        number("Edits / reference length"),
        number("Word edits / words"),
    ]);
    for sample in samples {
        let of = |edits: Option<u64>, all: u64| {
            edits.map_or_else(dash, |edits| format!("{} / {}", whole(edits), whole(all)))
        };
        grid.row([
            format!("{}", Name(&sample.id)),
            rate_or_status(sample),
            of(sample.distance, sample.n_ref),
            of(sample.word_distance, sample.word_n_ref),
        ]);
    }
    grid
}
