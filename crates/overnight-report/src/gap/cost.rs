//! What reading costs: time, tokens, requests, and what repeating them gained.

use std::borrow::Cow;
use std::collections::BTreeMap;

use overnight_record::PredictionStatus;
use overnight_record::result::{CompareResult, InferResult, ReadingCost, Side};

use super::columns::{self, Told};
use super::grid::{Grid, number, words};
use super::names;
use super::section::Section;
use super::sides::failures;
use crate::number::{count, dash, milliseconds, share, significant, whole};

/// Predictions by status.
type Statuses = BTreeMap<PredictionStatus, usize>;

/// Times that are shown of a side.
type Time = fn(&ReadingCost) -> Option<f64>;

/// The sentence of the answer; `None` when no time is recorded.
pub(super) fn sentence(compare: &CompareResult) -> Option<String> {
    let (baseline, candidate) = names(compare);
    let mean: Time = |cost| cost.ms_mean;
    let median: Time = |cost| cost.ms_p50;
    let sides = [&compare.baseline.cost, &compare.candidate.cost];
    let (what, time) = if sides.iter().all(|cost| cost.ms_mean.is_some()) {
        ("mean", mean)
    } else {
        ("median", median)
    };
    let cost = &compare.candidate.cost;
    let tokens = match tokens_a_sample(cost, cost.n_with_tokens) {
        Some((prompt, completion)) => format!(
            ", with {} tokens in and {} out",
            significant(prompt),
            significant(completion)
        ),
        None => String::new(),
    };
    match sides.map(time) {
        [Some(a), Some(b)] if a > 0.0 => Some(format!(
            "{candidate} takes {} times as long as {baseline}: {} a sample against {} ({what}){tokens}.",
            significant(b / a),
            milliseconds(b),
            milliseconds(a),
        )),
        [None, Some(b)] => Some(format!(
            "{candidate} takes {} a sample ({what}){tokens}; no time is recorded for {baseline}.",
            milliseconds(b)
        )),
        [Some(a), None] => Some(format!(
            "No time is recorded for {candidate}; {baseline} takes {} a sample ({what}).",
            milliseconds(a)
        )),
        _ => None,
    }
}

/// What one reader cost, and how its requests ended.
#[derive(Debug)]
pub(super) struct Costs<'a> {
    cost: Cow<'a, ReadingCost>,
    first_statuses: &'a Statuses,
    statuses: &'a Statuses,
    /// Whether tokens are those of all predictions: how many carry any is not recorded.
    is_of_all: bool,
}

impl<'a> From<&'a Side> for Costs<'a> {
    fn from(side: &'a Side) -> Self {
        Self {
            cost: Cow::Borrowed(&side.cost),
            first_statuses: &side.first_statuses,
            statuses: &side.statuses,
            is_of_all: false,
        }
    }
}

impl<'a> From<&'a InferResult> for Costs<'a> {
    fn from(infer: &'a InferResult) -> Self {
        Self {
            cost: Cow::Owned(ReadingCost {
                prompt_tokens: infer.usage.map_or(0, |usage| usage.prompt_tokens),
                completion_tokens: infer.usage.map_or(0, |usage| usage.completion_tokens),
                ..ReadingCost::default()
            }),
            first_statuses: &infer.first_statuses,
            statuses: &infer.statuses,
            is_of_all: infer.usage.is_some(),
        }
    }
}

impl Costs<'_> {
    /// Tokens in and out a sample that has any.
    fn tokens(&self) -> Option<(f64, f64)> {
        let n = if self.is_of_all {
            self.statuses.values().sum()
        } else {
            self.cost.n_with_tokens
        };
        tokens_a_sample(&self.cost, n)
    }

    /// Requests or tries a sample that was tried.
    fn requests(&self) -> Option<f64> {
        let tried = self.statuses.iter();
        let tried = tried.filter(|(status, _)| **status != PredictionStatus::Skipped);
        let n: usize = tried.map(|(_, n)| n).sum();
        (self.cost.attempts > 0 && n > 0).then(|| self.cost.attempts as f64 / n as f64)
    }
}

/// The section; `None` when neither time nor tokens nor requests are recorded. `fields` say
/// where the cost is recorded.
pub(super) fn section(columns: &[Told<'_, Costs<'_>>], fields: &[&str]) -> Option<Section> {
    let is_recorded = |it: &Told<'_, Costs<'_>>| {
        *it.of.cost != ReadingCost::default() || !it.of.first_statuses.is_empty()
    };
    if !columns.iter().any(is_recorded) {
        return None;
    }
    let mut section = Section::new("Cost", columns::fields(columns, fields));
    section.table(a_sample(columns));
    section.table(in_all(columns));
    if columns.iter().any(|it| it.of.cost.n_timed > 0) {
        section.note("Times run from the image file to the text, and are each sample's own: where samples are read beside each other, a night is shorter than their sum. They belong to the machine and the load they were taken under. Samples that failed cost, too, and are in them; a 90th percentile needs 64 samples.");
    }
    if columns.iter().any(|it| it.of.is_of_all) {
        section.note("Tokens are those of all predictions, as far as the server told them; a sample's are their mean, samples that failed or were known before included.");
    }
    if columns.iter().any(|it| !it.of.first_statuses.is_empty()) {
        section.heading("What asking again gained");
        section.table(asking_again(columns));
        let fields = columns::fields(columns, &["first_statuses", "statuses"]);
        section.fields.extend(fields);
    }
    Some(section)
}

/// Times, tokens and requests a sample, and of two columns how they stand to each other.
fn a_sample(columns: &[Told<'_, Costs<'_>>]) -> Grid {
    type Show = fn(f64) -> String;
    type Value = fn(&Costs<'_>) -> Option<f64>;
    let mut grid = columns::grid(columns, words("A sample"), "Mean");
    let is_pair = columns.len() == 2;
    if is_pair {
        grid.columns.push(number("Candidate / baseline"));
    }
    let rows: [(&str, Show, Value); 7] = [
        ("Mean time", milliseconds, |it| it.cost.ms_mean),
        ("Median time", milliseconds, |it| it.cost.ms_p50),
        ("90th percentile of the time", milliseconds, |it| {
            it.cost.ms_p90
        }),
        (
            "Median time to the first piece of an answer",
            milliseconds,
            |it| it.cost.first_token_ms_p50,
        ),
        ("Tokens in", significant, |it| Some(it.tokens()?.0)),
        ("Tokens out", significant, |it| Some(it.tokens()?.1)),
        ("Requests or tries", significant, |it| it.requests()),
    ];
    for (title, show, of) in rows {
        let mut cells = columns::row(columns, title, |it| of(it).map_or_else(dash, show));
        if let ([a, b], true) = (columns, is_pair) {
            cells.push(match [of(&a.of), of(&b.of)] {
                [Some(a), Some(b)] if a > 0.0 => significant(b / a),
                _ => dash(),
            });
        }
        grid.row_unless_empty(cells);
    }
    grid
}

/// What the means rest on.
fn in_all(columns: &[Told<'_, Costs<'_>>]) -> Grid {
    type Total = fn(&Costs<'_>) -> u64;
    let mut grid = columns::grid(columns, words("In all"), "");
    let or_dash = |n: u64| if n == 0 { dash() } else { whole(n) };
    let rows: [(&str, Total); 5] = [
        ("Samples with a time", |it| it.cost.n_timed as u64),
        ("Samples with tokens", |it| it.cost.n_with_tokens as u64),
        ("Tokens in, retries included", |it| it.cost.prompt_tokens),
        ("Tokens out, retries included", |it| {
            it.cost.completion_tokens
        }),
        ("Requests or tries", |it| it.cost.attempts),
    ];
    for (title, of) in rows {
        grid.row_unless_empty(columns::row(columns, title, |it| or_dash(of(it))));
    }
    grid
}

/// How the first requests ended, and the last ones.
fn asking_again(columns: &[Told<'_, Costs<'_>>]) -> Grid {
    type Cell = fn(&Costs<'_>) -> String;
    let mut grid = columns::grid(columns, words(""), "Samples");
    let rows: [(&str, Cell); 4] = [
        ("Readable at the first request", |it| {
            readable(it.first_statuses)
        }),
        ("Failed at the first request", |it| {
            if it.first_statuses.is_empty() {
                dash()
            } else {
                failures(it.first_statuses)
            }
        }),
        ("Readable in the end", |it| readable(it.statuses)),
        ("Failed in the end", |it| failures(it.statuses)),
    ];
    for (title, cell) in rows {
        grid.row(columns::row(columns, title, cell));
    }
    grid
}

/// Tokens in and out of each of `n` samples; `None` without any.
fn tokens_a_sample(cost: &ReadingCost, n: usize) -> Option<(f64, f64)> {
    let a_sample = |tokens: u64| tokens as f64 / n as f64;
    (n > 0).then(|| {
        (
            a_sample(cost.prompt_tokens),
            a_sample(cost.completion_tokens),
        )
    })
}

fn readable(statuses: &Statuses) -> String {
    let all: usize = statuses.values().sum();
    if all == 0 {
        return dash();
    }
    let scored: usize = statuses
        .iter()
        .filter(|(status, _)| status.is_scored())
        .map(|(_, n)| n)
        .sum();
    format!(
        "{} of {} ({})",
        count(scored),
        count(all),
        share(scored, all)
    )
}
