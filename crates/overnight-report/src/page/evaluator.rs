//! The evaluator's section: both readers' error rates, their difference, hard samples.

use overnight_record::result::{CompareResult, HardSample, Side};

use super::definition;
use super::image::Images;
use crate::diff::{self, Diff};
use crate::facts::{Kind, Missing, Night, StepResult};
use crate::markdown::{
    candidate_nature, class_counts, class_name, difference_in_words, failures, rate_or_status,
};
use crate::number::{
    count, counted, dash, duration, milliseconds, p_value, percent, percent_or_dash, points_with,
    significant,
};
use crate::plot::{self, Svg};
use crate::text;

/// Hard samples shown with image and texts; all of them are in the table.
const MAX_CARDS: usize = 12;

/// Everything the section shows.
pub(super) struct EvaluatorView {
    pub(super) missing: Vec<Missing>,
    pub(super) compares: Vec<CompareView>,
    pub(super) scores: Vec<ScoreView>,
    pub(super) infers: Vec<InferView>,
}

/// One comparison.
pub(super) struct CompareView {
    pub(super) step: String,
    pub(super) headline: String,
    pub(super) nature: String,
    pub(super) definition: String,
    pub(super) baseline: String,
    pub(super) candidate: String,
    /// Title, baseline, candidate.
    pub(super) rows: Vec<[String; 3]>,
    /// Both rates, and the difference below them.
    pub(super) rates: Vec<Svg>,
    pub(super) cloud: Option<Svg>,
    pub(super) paired: String,
    pub(super) threshold: String,
    pub(super) classes: Vec<(usize, String)>,
    pub(super) cards: Vec<CardView>,
    pub(super) hard: Vec<HardRow>,
}

/// A hard sample in the table.
pub(super) struct HardRow {
    pub(super) id: String,
    pub(super) class: String,
    pub(super) baseline: String,
    pub(super) candidate: String,
    pub(super) n_ref: u64,
    pub(super) reason: String,
}

/// A hard sample with image and texts.
pub(super) struct CardView {
    pub(super) id: String,
    pub(super) class: String,
    pub(super) reason: String,
    pub(super) baseline_rate: String,
    pub(super) candidate_rate: String,
    pub(super) crop: Option<String>,
    pub(super) thumbnail: Option<String>,
    pub(super) reference: String,
    pub(super) baseline: Reading,
    pub(super) candidate: Reading,
}

/// What one side read, marked against the reference, or why there is nothing.
pub(super) enum Reading {
    Text(Diff),
    Nothing(String),
}

/// One scoring profile of one `score`.
pub(super) struct ScoreView {
    pub(super) step: String,
    pub(super) profile: String,
    pub(super) n: String,
    pub(super) coverage: String,
    pub(super) micro: String,
    pub(super) macro_mean: String,
    pub(super) median: String,
    pub(super) failures_counted: String,
    pub(super) wer: String,
    pub(super) definition: String,
}

/// One inference.
pub(super) struct InferView {
    pub(super) step: String,
    pub(super) backend: String,
    pub(super) dataset: String,
    pub(super) n: String,
    pub(super) now: String,
    pub(super) cached: String,
    pub(super) failures: String,
    pub(super) rate: String,
    pub(super) wall: String,
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
                .map(|r| compare(r, images))
                .collect(),
            scores: scores(night),
            infers: infers(night),
        }
    }
}

fn compare(result: &StepResult<CompareResult>, images: &mut Images) -> CompareView {
    let body = result.body();
    let hard = &body.hard_samples;
    CompareView {
        step: result.step.to_string(),
        headline: text::line(&difference_in_words(body)),
        nature: text::line(&candidate_nature(&body.candidate)),
        definition: definition(
            &body.profile,
            Some((&body.definition, &body.unit)),
            &counted(body.dataset.n, "sample"),
            &body.dataset.name,
            body.baseline.cer.interval.as_ref(),
        ),
        baseline: text::line(&body.baseline.name),
        candidate: text::line(&body.candidate.name),
        rows: rows(body),
        rates: rates(body),
        cloud: plot::pairs(body),
        paired: paired(body),
        threshold: percent(body.hard_threshold),
        classes: class_counts(body)
            .into_iter()
            .map(|(class, n)| (n, text::line(&class_name(body, class))))
            .collect(),
        cards: hard
            .iter()
            .take(MAX_CARDS)
            .map(|sample| card(body, sample, result, images))
            .collect(),
        hard: hard
            .iter()
            .map(|sample| HardRow {
                id: text::line(&sample.id),
                class: text::line(&class_name(body, sample.class)),
                baseline: rate_or_status(&sample.baseline),
                candidate: rate_or_status(&sample.candidate),
                n_ref: sample.baseline.n_ref,
                reason: text::clipped(&sample.reason, 160),
            })
            .collect(),
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

fn rows(compare: &CompareResult) -> Vec<[String; 3]> {
    type Cell = dyn Fn(&Side) -> String;
    let cells: [(&str, &Cell); 10] = [
        ("CER micro", &|s| {
            percent_or_dash(s.cer.micro, s.cer.interval.as_ref())
        }),
        ("CER macro", &|s| percent_or_dash(s.cer.macro_mean, None)),
        ("CER macro, clipped to 1", &|s| {
            percent_or_dash(s.cer.macro_clipped, None)
        }),
        ("CER median", &|s| percent_or_dash(s.cer.median, None)),
        ("CER with failures counted as all wrong", &|s| {
            percent_or_dash(s.cer.failures_as_one, None)
        }),
        ("WER micro", &|s| {
            percent_or_dash(s.wer.micro, s.wer.interval.as_ref())
        }),
        ("Coverage (readable / all)", &|s| percent(s.coverage)),
        ("Failures", &|s| failures(&s.statuses)),
        ("Median time a sample", &|s| {
            s.cost.ms_p50.map_or_else(dash, milliseconds)
        }),
        ("Kind of backend", &|s| {
            s.backend
                .as_ref()
                .map_or_else(dash, |b| text::line(&format!("{}, {}", b.kind, b.runtime)))
        }),
    ];
    cells
        .into_iter()
        .map(|(title, cell)| {
            [
                title.to_owned(),
                cell(&compare.baseline),
                cell(&compare.candidate),
            ]
        })
        .collect()
}

fn paired(compare: &CompareResult) -> String {
    let Some(paired) = &compare.paired else {
        return "There is no paired difference: no sample was readable on both sides.".to_owned();
    };
    let test = paired.test.as_ref().map_or_else(String::new, |test| {
        format!("; {}: p {}", test.name, p_value(test.p))
    });
    text::line(&format!(
        "Paired over {} samples: {}; {} better, {} equal, {} worse{test}.",
        paired.n,
        points_with(paired.difference, paired.interval.as_ref()),
        paired.wins,
        paired.ties,
        paired.losses,
    ))
}

fn card(
    compare: &CompareResult,
    sample: &HardSample,
    result: &StepResult<CompareResult>,
    images: &mut Images,
) -> CardView {
    let reading = |score: &overnight_record::result::SampleScore, hypothesis: &str| {
        if score.status.is_scored() {
            Reading::Text(diff::against(&sample.reference, hypothesis))
        } else {
            Reading::Nothing(score.status.name().replace('_', " "))
        }
    };
    let crop = images.carry(&result.dir, sample.crop.as_deref());
    CardView {
        id: text::line(&sample.id),
        class: text::line(&class_name(compare, sample.class)),
        reason: text::clipped(&sample.reason, 240),
        baseline_rate: rate_or_status(&sample.baseline),
        candidate_rate: rate_or_status(&sample.candidate),
        thumbnail: images.carry(&result.dir, sample.thumbnail.as_deref()),
        crop,
        reference: text::plain(&sample.reference),
        baseline: reading(&sample.baseline, &sample.baseline_text),
        candidate: reading(&sample.candidate, &sample.candidate_text),
    }
}

fn scores(night: &Night) -> Vec<ScoreView> {
    let mut views = Vec::new();
    for result in &night.results.scores {
        let body = result.body();
        let dataset = body
            .dataset
            .as_ref()
            .map_or("not recorded", |info| &info.name);
        for profile in std::iter::once(&body.first).chain(&body.further_profiles) {
            let cer = &profile.cer;
            views.push(ScoreView {
                step: result.step.to_string(),
                profile: text::line(&profile.profile),
                n: count(profile.n),
                coverage: percent(profile.coverage),
                micro: percent_or_dash(cer.micro, cer.interval.as_ref()),
                macro_mean: percent_or_dash(cer.macro_mean, None),
                median: percent_or_dash(cer.median, None),
                failures_counted: percent_or_dash(cer.failures_as_one, None),
                wer: percent_or_dash(profile.wer.micro, None),
                definition: definition(
                    &profile.profile,
                    Some((&profile.definition, &profile.unit)),
                    &counted(profile.n, "sample"),
                    dataset,
                    cer.interval.as_ref(),
                ),
            });
        }
    }
    views
}

fn infers(night: &Night) -> Vec<InferView> {
    let infers = night.results.infers.iter();
    infers
        .map(|result| {
            let body = result.body();
            InferView {
                step: result.step.to_string(),
                backend: text::line(&body.backend.name),
                dataset: text::line(&body.dataset.name),
                n: count(body.n),
                now: count(body.n_inferred),
                cached: count(body.n_cached),
                failures: failures(&body.statuses),
                rate: body.images_per_s.map_or_else(dash, significant),
                wall: duration(body.wall_s),
            }
        })
        .collect()
}
