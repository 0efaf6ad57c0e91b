//! What reading costs: time, tokens, requests, and what repeating them gained.

use overnight_record::PredictionStatus;
use overnight_record::result::{CompareResult, ReadingCost, Side};

use super::grid::{Grid, number, words};
use super::section::Section;
use super::sides::failures;
use super::{both_sides, names, row};
use crate::number::{count, dash, milliseconds, share, significant, whole};

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
    let tokens = match tokens_of(&compare.candidate.cost) {
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

/// The section; `None` when neither time nor tokens nor requests are recorded.
pub(super) fn section(compare: &CompareResult) -> Option<Section> {
    let sides = [&compare.baseline, &compare.candidate];
    let is_recorded =
        |side: &&Side| side.cost != ReadingCost::default() || !side.first_statuses.is_empty();
    if !sides.iter().any(is_recorded) {
        return None;
    }
    let (baseline, candidate) = names(compare);
    let mut section = Section::new("Cost", &["baseline.cost", "candidate.cost"]);
    let mut grid = Grid::new([
        words("A sample"),
        number(format!("Baseline {baseline}")),
        number(format!("Candidate {candidate}")),
        number("Candidate / baseline"),
    ]);
    let times: [(&str, Time); 4] = [
        ("Mean time", |cost| cost.ms_mean),
        ("Median time", |cost| cost.ms_p50),
        ("90th percentile of the time", |cost| cost.ms_p90),
        ("Median time to the first piece of an answer", |cost| {
            cost.first_token_ms_p50
        }),
    ];
    let mut add = |title: &str, show: fn(f64) -> String, of: &dyn Fn(&Side) -> Option<f64>| {
        let both = sides.map(of);
        if both != [None, None] {
            let ratio = match both {
                [Some(a), Some(b)] if a > 0.0 => significant(b / a),
                _ => dash(),
            };
            let [a, b] = both.map(|value| value.map_or_else(dash, show));
            grid.row([title.to_owned(), a, b, ratio]);
        }
    };
    for (title, time) in times {
        add(title, milliseconds, &|side| time(&side.cost));
    }
    add("Tokens in", significant, &|side| {
        Some(tokens_of(&side.cost)?.0)
    });
    add("Tokens out", significant, &|side| {
        Some(tokens_of(&side.cost)?.1)
    });
    add("Requests or tries", significant, &requests);
    section.table(grid);
    section.table(totals(compare));
    section.note("Times run from the image file to the text, and are each sample's own: where samples are read beside each other, a night is shorter than their sum. They belong to the machine and the load they were taken under. Samples that failed cost, too, and are in them; a 90th percentile needs 64 samples.");
    if sides.iter().any(|side| !side.first_statuses.is_empty()) {
        section.heading("What asking again gained");
        section.fields.extend([
            "baseline.first_statuses",
            "candidate.first_statuses",
            "baseline.statuses",
            "candidate.statuses",
        ]);
        let mut grid = both_sides(compare, words(""));
        grid.row(row(compare, "Readable at the first request", |side| {
            readable(&side.first_statuses)
        }));
        grid.row(row(compare, "Failed at the first request", |side| {
            if side.first_statuses.is_empty() {
                dash()
            } else {
                failures(&side.first_statuses)
            }
        }));
        grid.row(row(compare, "Readable in the end", |side| {
            readable(&side.statuses)
        }));
        grid.row(row(compare, "Failed in the end", |side| {
            failures(&side.statuses)
        }));
        section.table(grid);
    }
    Some(section)
}

/// Adds a row unless neither side has anything in it.
fn add(grid: &mut Grid, cells: [String; 3]) {
    if cells[1..].iter().any(|cell| *cell != dash()) {
        grid.row(cells);
    }
}

/// What the means rest on.
fn totals(compare: &CompareResult) -> Grid {
    let mut grid = both_sides(compare, words("In all"));
    let or_dash = |n: u64| if n == 0 { dash() } else { whole(n) };
    let counted = |n: usize| if n == 0 { dash() } else { count(n) };
    add(
        &mut grid,
        row(compare, "Samples with a time", |side| {
            counted(side.cost.n_timed)
        }),
    );
    add(
        &mut grid,
        row(compare, "Samples with tokens", |side| {
            counted(side.cost.n_with_tokens)
        }),
    );
    add(
        &mut grid,
        row(compare, "Tokens in, retries included", |side| {
            or_dash(side.cost.prompt_tokens)
        }),
    );
    add(
        &mut grid,
        row(compare, "Tokens out, retries included", |side| {
            or_dash(side.cost.completion_tokens)
        }),
    );
    add(
        &mut grid,
        row(compare, "Requests or tries", |side| {
            or_dash(side.cost.attempts)
        }),
    );
    grid
}

/// Tokens in and out a sample that has any.
fn tokens_of(cost: &ReadingCost) -> Option<(f64, f64)> {
    let n = cost.n_with_tokens as f64;
    (cost.n_with_tokens > 0).then(|| {
        (
            cost.prompt_tokens as f64 / n,
            cost.completion_tokens as f64 / n,
        )
    })
}

/// Requests or tries a sample that was tried.
fn requests(side: &Side) -> Option<f64> {
    let tried = side.statuses.iter();
    let tried = tried.filter(|(status, _)| **status != PredictionStatus::Skipped);
    let n: usize = tried.map(|(_, n)| n).sum();
    (side.cost.attempts > 0 && n > 0).then(|| side.cost.attempts as f64 / n as f64)
}

fn readable(statuses: &std::collections::BTreeMap<PredictionStatus, usize>) -> String {
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
