//! 120 receipts read by an embedded reader and by a vision-language model, and what follows
//! from them by counting.

use std::collections::BTreeMap;

use overnight_record::PredictionStatus;
use overnight_record::result::{
    Aggregate, BackendInfo, BagScore, ClassErrorCounts, Confusion, ErrorCounts, FieldScore,
    ImageProperties, LineScore, NoiseFloor, OrderFreeScore, PairedDifference, PairedSample,
    RawScore, ReadingCost, SampleScore, Side, TestResult,
};

use crate::studies::{HOSTILE, interval, ppocr};

pub(super) const N: u64 = 120;

/// The served model.
pub(super) fn qwen() -> BackendInfo {
    BackendInfo {
        name: "qwen".to_owned(),
        kind: "openai".to_owned(),
        fingerprint: "cc33".repeat(16),
        runtime: "vllm 0.11.0, Qwen2.5-VL-7B-Instruct-AWQ".to_owned(),
        device: "http://127.0.0.1:8001/v1".to_owned(),
        threads: 4,
        models: Vec::new(),
    }
}

fn scored(id: &str, status: PredictionStatus, n_ref: u64, distance: u64) -> SampleScore {
    let distance = status.is_scored().then_some(distance);
    SampleScore {
        id: id.to_owned(),
        status,
        n_ref,
        n_hyp: distance.map(|d| n_ref + d % 5),
        distance,
        cer: distance.map(|d| d as f64 / n_ref as f64),
        word_n_ref: n_ref / 5,
        word_distance: distance.map(|d| d / 2),
    }
}

/// The baseline is the worse the less sure it is; the candidate fails on three samples.
pub(super) fn samples() -> Vec<PairedSample> {
    (0..N)
        .map(|i| {
            let id = format!("r{i:03}");
            let n_ref = 400 + (i * 37) % 160;
            let rank = (i * 61) % N;
            let confidence = 0.995 - 0.3 * (rank as f64 / N as f64).powi(3);
            let unsure = (0.995 - confidence) * n_ref as f64;
            let baseline = (unsure * 0.75) as u64 + (i * 7) % 9;
            let candidate = 3 + (i * 13) % 14 + u64::from(i % 29 == 0) * 140;
            let status = |fails: bool, status| {
                if fails { status } else { PredictionStatus::Ok }
            };
            PairedSample {
                image: format!("img/{id}.jpg"),
                baseline: scored(
                    &id,
                    status(i == 117, PredictionStatus::Empty),
                    n_ref,
                    baseline,
                ),
                candidate: scored(
                    &id,
                    match i {
                        40 => PredictionStatus::Loop,
                        77 | 101 => PredictionStatus::Timeout,
                        _ => PredictionStatus::Ok,
                    },
                    n_ref,
                    candidate,
                ),
                id,
                baseline_confidence: (i != 117).then_some(confidence),
                baseline_least_confidence: None,
                properties: Some(ImageProperties {
                    width: 1080,
                    height: 1920,
                    brightness: 0.7,
                    contrast: 0.6,
                    sharpness: 12.0 + ((N - rank) as f64) * 0.8,
                    tint: 0.02 + (i % 10) as f64 * 0.01,
                }),
                n_lines: usize::try_from(18 + i % 40).unwrap(),
                script: Some(
                    match i % 3 {
                        0 => "hangul",
                        _ if i % 31 == 1 => HOSTILE,
                        _ => "latin",
                    }
                    .to_owned(),
                ),
                language: None,
            }
        })
        .collect()
}

/// The paired difference over those of `samples` that both read; `spread` is half the width of
/// its interval.
pub(super) fn paired(samples: &[&PairedSample], spread: f64, p: f64) -> Option<PairedDifference> {
    let both: Vec<(u64, u64, u64)> = samples
        .iter()
        .filter_map(|s| {
            Some((
                s.baseline.n_ref,
                s.baseline.distance?,
                s.candidate.distance?,
            ))
        })
        .collect();
    let n_ref: u64 = both.iter().map(|it| it.0).sum();
    let rate = |edits: u64| edits as f64 / n_ref as f64;
    let baseline_micro = rate(both.iter().map(|it| it.1).sum());
    let candidate_micro = rate(both.iter().map(|it| it.2).sum());
    let difference = candidate_micro - baseline_micro;
    let count = |wins: fn(&(u64, u64, u64)) -> bool| both.iter().filter(|it| wins(it)).count();
    (n_ref > 0).then(|| PairedDifference {
        n: both.len(),
        baseline_micro,
        candidate_micro,
        difference,
        interval: Some(interval(difference - spread, difference + spread)),
        wins: count(|it| it.2 < it.1),
        ties: count(|it| it.2 == it.1),
        losses: count(|it| it.2 > it.1),
        test: Some(TestResult {
            name: "Wilcoxon signed-rank, two-sided, zeros left out, normal approximation"
                .to_owned(),
            p,
        }),
        equivalence: None,
    })
}

/// The rate over a side's own scored samples.
pub(super) fn aggregate<'a>(scores: impl Iterator<Item = &'a SampleScore>) -> Aggregate {
    let scores: Vec<&SampleScore> = scores.collect();
    let edits: u64 = scores.iter().filter_map(|s| s.distance).sum();
    let read = scores.iter().filter(|s| s.distance.is_some());
    let reference_len: u64 = read.map(|s| s.n_ref).sum();
    let failed = scores.iter().filter(|s| s.distance.is_none());
    let lost: u64 = failed.map(|s| s.n_ref).sum();
    let micro = edits as f64 / reference_len as f64;
    let mut rates: Vec<f64> = scores.iter().filter_map(|s| s.cer).collect();
    rates.sort_by(f64::total_cmp);
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    Aggregate {
        micro: Some(micro),
        macro_mean: Some(mean),
        macro_clipped: Some(mean),
        median: Some(rates[rates.len() / 2]),
        interval: Some(interval(micro * 0.82, micro * 1.2)),
        edits,
        reference_len,
        failures_as_one: Some((edits + lost) as f64 / (reference_len + lost) as f64),
    }
}

/// Word error rates, so many times those of characters.
fn words(cer: &Aggregate, times: f64) -> Aggregate {
    Aggregate {
        micro: cer.micro.map(|it| it * times),
        interval: cer
            .micro
            .map(|it| interval(it * times * 0.8, it * times * 1.2)),
        ..cer.clone()
    }
}

fn statuses<'a>(
    scores: impl Iterator<Item = &'a SampleScore>,
) -> BTreeMap<PredictionStatus, usize> {
    let mut statuses = BTreeMap::new();
    for score in scores {
        *statuses.entry(score.status).or_default() += 1;
    }
    statuses
}

/// Errors that add up to `edits`.
fn errors(edits: u64, confusions: &[(&str, &str, u64)]) -> ErrorCounts {
    let (deletions, insertions) = (edits / 4, edits / 7);
    let class = |class: &str, n_ref: u64, share: u64| ClassErrorCounts {
        class: class.to_owned(),
        n_ref,
        substituted: edits * share / 130,
        deleted: edits * share / 400,
        inserted: edits * share / 700,
    };
    ErrorCounts {
        substitutions: edits - deletions - insertions,
        deletions,
        insertions,
        classes: vec![
            class("latin", 24_120, 38),
            class("digit", 16_410, 21),
            class("punctuation", 6_030, 17),
            class("white space", 7_840, 14),
            class("hangul", 3_250, 9),
            class("currency", 212, 1),
        ],
        confusions: confusions
            .iter()
            .map(|(reference, hypothesis, n)| Confusion {
                reference: (*reference).to_owned(),
                hypothesis: (*hypothesis).to_owned(),
                n: *n,
            })
            .collect(),
    }
}

fn bag(common: u64, n_ref: u64, n_hyp: u64) -> BagScore {
    BagScore {
        common,
        n_ref,
        n_hyp,
        precision: Some(common as f64 / n_hyp as f64),
        recall: Some(common as f64 / n_ref as f64),
        f1: Some(2.0 * common as f64 / (n_ref + n_hyp) as f64),
    }
}

fn order_free(n: usize, common: u64, exact: u64) -> OrderFreeScore {
    OrderFreeScore {
        n,
        characters: bag(common, 49_800, 49_310),
        words: bag(common / 6, 9_600, 9_540),
        lines: LineScore {
            n_left_out: 0,
            n_ref: 4_440,
            n_hyp: 4_391,
            exact,
            one_minus_ned: Some(common as f64 / 51_000.0),
            cer: Some(1.0 - common as f64 / 50_600.0),
        },
    }
}

fn field(field: &str, in_text: u64, n_extracted: u64, exact: u64) -> FieldScore {
    FieldScore {
        field: field.to_owned(),
        n: N,
        n_scored: N - 3,
        in_text,
        n_extracted,
        exact,
        one_minus_ned: (n_extracted > 0).then(|| 0.9 + exact as f64 / 1500.0),
    }
}

pub(super) fn baseline(samples: &[PairedSample]) -> Side {
    let scores = || samples.iter().map(|s| &s.baseline);
    let cer = aggregate(scores());
    Side {
        name: "ppocr".to_owned(),
        backend: Some(ppocr()),
        predictions: "data/vlm_reports/ppocr-validation.predictions.jsonl".to_owned(),
        statuses: statuses(scores()),
        first_statuses: BTreeMap::new(),
        coverage: 119.0 / 120.0,
        wer: words(&cer, 2.2),
        raw: None,
        errors: errors(
            cer.edits,
            &[
                (" ", "", 214),
                ("0", "O", 97),
                ("1", "l", 81),
                (".", ",", 64),
                ("", ".", 41),
                ("\u{20a9}", "W", 38),
                ("\u{c601}", "\u{c5ec}", 22),
                ("\u{2013}", "-", 17),
                ("\n", " ", 12),
            ],
        ),
        cer,
        order_free: Some(order_free(119, 47_212, 3_304)),
        fields: vec![field("company", 96, 0, 0), field("total", 107, 0, 0)],
        cost: ReadingCost {
            n_timed: 120,
            ms_mean: Some(512.0),
            ms_p50: Some(498.0),
            ms_p90: Some(801.0),
            first_token_ms_p50: None,
            n_with_tokens: 0,
            prompt_tokens: 0,
            completion_tokens: 0,
            attempts: 120,
        },
        noise: None,
    }
}

pub(super) fn candidate(samples: &[PairedSample]) -> Side {
    let scores = || samples.iter().map(|s| &s.candidate);
    let cer = aggregate(scores());
    let wer = words(&cer, 1.8);
    let scale = |rate: &Aggregate| Aggregate {
        micro: rate.micro.map(|it| it * 1.31),
        edits: rate.edits * 131 / 100,
        interval: rate.micro.map(|it| interval(it * 1.1, it * 1.52)),
        ..rate.clone()
    };
    Side {
        name: "qwen".to_owned(),
        backend: Some(qwen()),
        predictions: "data/vlm_reports/qwen-validation.predictions.jsonl".to_owned(),
        statuses: statuses(scores()),
        first_statuses: BTreeMap::from([
            (PredictionStatus::Ok, 109),
            (PredictionStatus::Loop, 5),
            (PredictionStatus::HttpError, 4),
            (PredictionStatus::Timeout, 2),
        ]),
        coverage: 117.0 / 120.0,
        raw: Some(RawScore {
            n_cleaned: 14,
            cer: scale(&cer),
            wer: scale(&wer),
        }),
        errors: errors(
            cer.edits,
            &[
                ("", "*", 58),
                (" ", "\n", 49),
                ("\u{a0}", " ", 23),
                ("0", "\u{41e}", 19),
                ("", "\u{202e}", 4),
                ("e\u{301}", "e", 3),
                ("\u{301}", "", 2),
                ("|", "`", 2),
                ("<", "&lt;", 1),
            ],
        ),
        wer,
        cer: cer.clone(),
        order_free: Some(order_free(117, 48_790, 3_871)),
        fields: vec![
            field("company", 108, 112, 101),
            field("total", 113, 113, 109),
        ],
        cost: ReadingCost {
            n_timed: 120,
            ms_mean: Some(9_840.0),
            ms_p50: Some(8_910.0),
            ms_p90: Some(16_200.0),
            first_token_ms_p50: Some(2_310.0),
            n_with_tokens: 118,
            prompt_tokens: 166_380,
            completion_tokens: 44_604,
            attempts: 137,
        },
        noise: Some(NoiseFloor {
            n: 24,
            n_identical: 17,
            n_status_changed: 1,
            disagreement: Aggregate {
                micro: Some(0.0041),
                interval: Some(interval(0.0013, 0.0086)),
                edits: 45,
                ..cer
            },
            predictions: "data/vlm_reports/qwen-validation-again.predictions.jsonl".to_owned(),
        }),
    }
}
