//! A comparison on the terminal.

use std::fmt::Write as _;
use std::path::Path;

use overnight_record::Interval;
use overnight_record::result::{
    CompareResult, EquivalenceVerdict, HardClass, PairedDifference, ReadingCost, RoutingPoint,
    RoutingRule, Side,
};
use overnight_study::compare::Compared;

use crate::rates::{self, RateRow};
use crate::table::{Table, percent};

/// Hard samples and suspect places that are named.
const MOST_NAMED: usize = 5;

pub(super) fn human(compared: &Compared, folder: &Path) -> String {
    let result = &compared.result;
    let mut text = format!(
        "{} (baseline) and {} (candidate) on {} of {} samples of {}\nprofile {}: {}\n\n",
        describe(&result.baseline),
        describe(&result.candidate),
        result.dataset.n,
        result.dataset.n_total,
        result.dataset.name,
        result.profile,
        result.definition
    );
    text.push_str(&error_rates(result));
    text.push('\n');
    match &result.paired {
        Some(paired) => {
            text.push_str(&rates::paired(paired));
            text.push_str(&verdict(paired));
        }
        None => text.push_str("No sample with a reference was read by both sides.\n"),
    }
    text.push_str(&in_any_order(result));
    text.push_str(&breakdowns(result));
    text.push_str(&routing(result));
    text.push_str(&costs(result));
    text.push_str(&noise(result));
    text.push_str(&hard_samples(result));
    text.push_str(&label_suspects(result));
    let _ = writeln!(text, "Samples, texts and pictures: {}", folder.display());
    if let Some(message) = &compared.message {
        let _ = writeln!(text, "{message}");
    }
    text
}

fn describe(side: &Side) -> String {
    match &side.backend {
        Some(backend) => format!("{} ({})", side.name, backend.runtime),
        None => side.name.clone(),
    }
}

fn error_rates(result: &CompareResult) -> String {
    let sides = [&result.baseline, &result.candidate];
    let n = result.samples.len();
    let row = |name: String, side: &Side, rates| RateRow {
        name,
        n,
        coverage: side.coverage,
        rates,
    };
    let mut rows: Vec<RateRow<'_>> = Vec::new();
    rows.extend(sides.map(|side| row(format!("CER {}", side.name), side, &side.cer)));
    rows.extend(sides.map(|side| row(format!("WER {}", side.name), side, &side.wer)));
    for side in sides {
        if let Some(raw) = &side.raw {
            rows.push(row(format!("CER {}, raw", side.name), side, &raw.cer));
        }
    }
    for profile in &result.further_profiles {
        for (side, rates) in sides
            .into_iter()
            .zip([&profile.baseline, &profile.candidate])
        {
            rows.push(row(
                format!("CER {}, {}", side.name, profile.profile),
                side,
                rates,
            ));
        }
    }
    let mut text = rates::table(rows);
    let method = sides.iter().find_map(|side| side.cer.interval.as_ref());
    if let Some(interval) = method {
        let _ = writeln!(text, "intervals: {}", interval.method);
    }
    text
}

/// What the difference shows against the margin.
fn verdict(paired: &PairedDifference) -> String {
    let Some(equivalence) = &paired.equivalence else {
        return String::new();
    };
    let points = |fraction: f64| format!("{:.2} points", fraction * 100.0);
    let margin = points(equivalence.margin);
    let verdict = match equivalence.verdict {
        EquivalenceVerdict::Different => "different".to_owned(),
        EquivalenceVerdict::Equivalent => format!("equivalent within {margin}"),
        EquivalenceVerdict::Undecided => format!("undecided at a margin of {margin}"),
    };
    let power = match (equivalence.detectable, equivalence.n_needed) {
        (Some(detectable), Some(n)) => format!(
            "; {} samples show a difference from {} on, {margin} would take {n}",
            paired.n,
            points(detectable)
        ),
        _ => String::new(),
    };
    format!("Verdict: {verdict}{power}\n")
}

/// What does not ask for the order of the text, and key values, one line a side.
fn in_any_order(result: &CompareResult) -> String {
    let mut text = String::new();
    for side in [&result.baseline, &result.candidate] {
        if let Some(score) = side.order_free.as_ref().filter(|score| score.n > 0) {
            let _ = writeln!(
                text,
                "In any order, {}: F1 of characters {} %, of words {} %; lines 1-NED {} %",
                side.name,
                percent(score.characters.f1, 1),
                percent(score.words.f1, 1),
                percent(score.lines.one_minus_ned, 1),
            );
        }
        let fields: Vec<String> = side
            .fields
            .iter()
            .map(|field| {
                let told = match field.n_extracted {
                    0 => String::new(),
                    n => format!(", {} of {n} told exactly", field.exact),
                };
                format!(
                    "{} {} of {}{told}",
                    field.field, field.in_text, field.n_scored
                )
            })
            .collect();
        if !fields.is_empty() {
            let _ = writeln!(
                text,
                "Key values in the text, {}: {}",
                side.name,
                fields.join("; ")
            );
        }
    }
    text
}

/// The difference in each group of each property, in points; `*` where its interval leaves out
/// zero.
fn breakdowns(result: &CompareResult) -> String {
    if result.breakdowns.is_empty() {
        return String::new();
    }
    let difference = |paired: &PairedDifference| {
        let excludes_zero = |i: &Interval| i.low > 0.0 || i.high < 0.0;
        let is_sure = paired.interval.as_ref().is_some_and(excludes_zero);
        let star = if is_sure { "*" } else { "" };
        format!("{:+.2}{star}", paired.difference * 100.0)
    };
    let mut table = Table::new(
        2,
        &[
            "difference by",
            "group",
            "n",
            "range",
            "baseline %",
            "points",
        ],
    );
    for breakdown in &result.breakdowns {
        for group in &breakdown.groups {
            let range = group.low.zip(group.high).map_or_else(
                || "-".to_owned(),
                |(low, high)| format!("{} to {}", short(low), short(high)),
            );
            table.row([
                breakdown.property.clone(),
                group.label.clone(),
                group.n.to_string(),
                range,
                percent(group.paired.as_ref().map(|p| p.baseline_micro), 2),
                group
                    .paired
                    .as_ref()
                    .map_or_else(|| "-".to_owned(), difference),
            ]);
        }
    }
    format!(
        "\n{}* the interval leaves out zero; not corrected for looking at many groups\n\n",
        table.render()
    )
}

/// A number with three digits that matter, at most.
fn short(value: f64) -> String {
    if value.abs() >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else if value.abs() >= 0.1 {
        format!("{value:.2}")
    } else {
        format!("{value:.3}")
    }
}

fn routing(result: &CompareResult) -> String {
    let Some(routing) = &result.routing else {
        return String::new();
    };
    let share = |point: &RoutingPoint| 100.0 * point.n_sent as f64 / routing.n.max(1) as f64;
    let mut text = format!(
        "Both together, failures as 1: {} alone {:.2} %, {} alone {:.2} %; at best {:.2} %, with \
         {:.0} % sent to {}\n",
        result.baseline.name,
        routing.baseline.cer * 100.0,
        result.candidate.name,
        routing.candidate.cer * 100.0,
        routing.oracle.cer * 100.0,
        share(&routing.oracle),
        result.candidate.name,
    );
    if let Some(rule) = &routing.rule {
        text.push_str(&routing_rule(result, rule, share(&rule.cross_validated)));
    }
    text
}

fn routing_rule(result: &CompareResult, rule: &RoutingRule, share: f64) -> String {
    let sent = match rule.threshold {
        Some(threshold) => format!("{} up to {threshold:.3}", rule.signal),
        None => format!("samples without text of {}", result.baseline.name),
    };
    let gain = |name: &str, gain: &overnight_record::result::RoutingGain| {
        let interval = gain.interval.as_ref().map_or_else(String::new, |i| {
            format!(" ({:+.2} to {:+.2})", i.low * 100.0, i.high * 100.0)
        });
        format!(
            "{:+.2}{interval} points against {name}",
            gain.difference * 100.0
        )
    };
    format!(
        "Sending by {sent}: {:.2} % with {share:.0} % sent, each sample routed by the others \
         ({} parts); {}, {}\n",
        rule.cross_validated.cer * 100.0,
        rule.folds,
        gain(&result.baseline.name, &rule.against_baseline),
        gain(&result.candidate.name, &rule.against_candidate),
    )
}

fn costs(result: &CompareResult) -> String {
    let told: Vec<String> = [&result.baseline, &result.candidate]
        .into_iter()
        .filter_map(|side| Some(format!("{} {}", side.name, cost(&side.cost)?)))
        .collect();
    if told.is_empty() {
        return String::new();
    }
    format!("Median time per image: {}\n", told.join(", "))
}

fn cost(cost: &ReadingCost) -> Option<String> {
    let mut text = format!("{:.0} ms", cost.ms_p50?);
    if cost.n_with_tokens > 0 {
        let per_page = |tokens: u64| tokens as f64 / cost.n_with_tokens as f64;
        let _ = write!(
            text,
            " ({:.0} tokens in, {:.0} out a page)",
            per_page(cost.prompt_tokens),
            per_page(cost.completion_tokens)
        );
    }
    Some(text)
}

fn noise(result: &CompareResult) -> String {
    let mut text = String::new();
    for side in [&result.baseline, &result.candidate] {
        if let Some(noise) = &side.noise {
            let _ = writeln!(
                text,
                "{} read {} samples twice: {} the same, {} % of the text apart",
                side.name,
                noise.n,
                noise.n_identical,
                percent(noise.disagreement.micro, 2)
            );
        }
    }
    text
}

fn hard_samples(result: &CompareResult) -> String {
    let above = format!("CER above {} %", result.hard_threshold * 100.0);
    let n: usize = result.hard_counts.values().sum();
    if n == 0 {
        return format!("Hard samples ({above} or failed): none\n");
    }
    let kinds: Vec<String> = HardClass::ALL
        .into_iter()
        .filter_map(|class| {
            let count = result.hard_counts.get(&class)?;
            Some(match class {
                HardClass::Both => format!("{count} for both"),
                HardClass::BaselineOnly => format!("{count} for {} only", result.baseline.name),
                HardClass::CandidateOnly => format!("{count} for {} only", result.candidate.name),
                HardClass::Disagreement => format!("{count} without a reference, read differently"),
            })
        })
        .collect();
    let exported = result.hard_samples.len();
    let part = if exported < n {
        format!("; the worst {exported} exported")
    } else {
        String::new()
    };
    let mut text = format!(
        "Hard samples ({above} or failed): {n}, {}{part}\n",
        kinds.join(", ")
    );
    for sample in result.hard_samples.iter().take(MOST_NAMED) {
        let _ = writeln!(text, "  {}: {}", sample.id, sample.reason);
    }
    text
}

fn label_suspects(result: &CompareResult) -> String {
    if result.n_label_suspects == 0 {
        return String::new();
    }
    let mut text = format!(
        "References to look at, where both sides read the same and something else: {}\n",
        result.n_label_suspects
    );
    for suspect in result.label_suspects.iter().take(MOST_NAMED) {
        let places: Vec<String> = suspect
            .places
            .iter()
            .take(3)
            .map(|place| format!("{:?} read as {:?}", place.reference, place.both_read))
            .collect();
        let more = match suspect.places.len().saturating_sub(places.len()) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let _ = writeln!(text, "  {}: {}{more}", suspect.id, places.join(", "));
    }
    text
}
