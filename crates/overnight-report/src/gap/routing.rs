//! Using both: which samples to send to the candidate, and what that gives.

use overnight_record::result::{CompareResult, Routing, RoutingGain, RoutingPoint, RoutingRule};

use super::grid::{Grid, number, words};
use super::section::Section;
use super::shown::Shown;
use super::words::Prose;
use super::{advice, names};
use crate::number::{
    count, counted, dash, milliseconds, p_value, percent, points_with, share, significant, whole,
};
use crate::plot;

/// Shares of samples, in percent, at which the curves are listed.
const LISTED: [usize; 10] = [0, 5, 10, 15, 20, 30, 40, 50, 75, 100];

/// The section; `None` when using both was not looked at.
pub(super) fn section(compare: &CompareResult) -> Option<Section> {
    let routing = compare.routing.as_ref()?;
    let (baseline, candidate) = names(compare);
    let mut section = Section::new("Using both", ["routing"]);
    match (&routing.rule, &routing.signal) {
        (Some(rule), _) => section.text(format!(
            "The rule: {baseline} reads every sample; those {} go to {candidate} as well, and its text counts. {}",
            advice::which(rule, baseline),
            if rule.threshold.is_some() {
                format!("So do samples that {baseline} has no text for.")
            } else {
                String::new()
            }
        ).trim_end().to_owned()),
        (None, Some(signal)) => section.text(format!(
            "There is a signal, {}, but no rule was chosen by it.",
            Prose(signal)
        )),
        (None, None) => section.text(format!(
            "There is nothing to route by: the predictions of {baseline} carry no confidence."
        )),
    }
    section.table(points(compare, routing));
    if let Some(rule) = &routing.rule {
        section.table(gains(compare, rule));
        section.text(honest(compare, rule));
        let gains = [&rule.against_baseline, &rule.against_candidate];
        if let Some(test) = gains.into_iter().find_map(|gain| gain.test.as_ref()) {
            section.note(format!("p: {}.", Prose(test.name.trim_end_matches('.'))));
        }
        section.note(format!(
            "The fitted rate is that on the samples the threshold was chosen by, and too good for others. For the cross-validated one the samples were cut into {} (seed {}), each routed by the threshold that the others chose.",
            counted(rule.folds, "part"),
            rule.seed
        ));
        if let Some(time) = time(compare, routing, rule) {
            section.text(time);
        }
    }
    section.note(format!(
        "All rates here are over {} ({} units of reference): one that a reader has no text for counts as all wrong with it, and one sent to {candidate} without an answer keeps the text of {baseline}. They differ from the rates above for that reason. Always the better of both needs to know which one is right; no rule can do better.",
        counted(routing.n, "sample"),
        whole(routing.reference_len)
    ));
    section.plot(plot::routing(compare));
    if !routing.curve.is_empty() || !routing.oracle_curve.is_empty() {
        section.long("Error rate by the share of samples sent", curve(routing));
    }
    Some(section)
}

fn points(compare: &CompareResult, routing: &Routing) -> Grid {
    let (baseline, candidate) = names(compare);
    let mut grid = Grid::new([
        words(""),
        number(format!("Sent to {candidate}")),
        number("Share"),
        number("CER"),
        number("Edits left"),
        number("Threshold"),
    ]);
    let mut row = |title: String, point: &RoutingPoint| {
        grid.row([
            title,
            count(point.n_sent),
            share(point.n_sent, routing.n),
            percent(point.cer),
            whole(point.edits),
            point.threshold.map_or_else(dash, significant),
        ]);
    };
    row(format!("{baseline} alone"), &routing.baseline);
    row(format!("{candidate} alone"), &routing.candidate);
    if let Some(rule) = &routing.rule {
        row(
            "The rule, cross-validated".to_owned(),
            &rule.cross_validated,
        );
        row("The rule, fitted".to_owned(), &rule.fitted);
    }
    row("Always the better of both".to_owned(), &routing.oracle);
    grid.without_empty_columns()
}

fn gains(compare: &CompareResult, rule: &RoutingRule) -> Grid {
    let (baseline, candidate) = names(compare);
    let mut grid = Grid::new([
        words("The rule, cross-validated, minus"),
        number("Difference [interval]"),
        number("p"),
        words("What is shown"),
    ]);
    for (name, gain) in [
        (baseline, &rule.against_baseline),
        (candidate, &rule.against_candidate),
    ] {
        grid.row([
            format!("{name} alone"),
            points_with(gain.difference, gain.interval.as_ref()),
            gain.test.as_ref().map_or_else(dash, |test| p_value(test.p)),
            shown(gain).to_owned(),
        ]);
    }
    grid.without_empty_columns()
}

fn shown(gain: &RoutingGain) -> &'static str {
    match Shown::from(gain) {
        Shown::Fewer => "fewer errors",
        Shown::More => "more errors",
        Shown::Nothing => "nothing: the interval holds zero",
        Shown::FewerUnsure | Shown::MoreUnsure | Shown::NothingUnsure => {
            "nothing sure: interval and test contradict each other"
        }
        Shown::Unknown => "nothing: there is no interval",
    }
}

/// Whether routing is worth its trouble, in words.
fn honest(compare: &CompareResult, rule: &RoutingRule) -> String {
    let (baseline, candidate) = names(compare);
    let against_baseline = Shown::from(&rule.against_baseline);
    let against_candidate = Shown::from(&rule.against_candidate);
    match (against_baseline, against_candidate) {
        (Shown::Fewer, Shown::Fewer) => {
            format!("Routing makes fewer errors than {baseline} alone and than {candidate} alone.")
        }
        (Shown::Fewer, Shown::More) => format!(
            "Routing makes fewer errors than {baseline} alone and more than {candidate} alone: it saves time, not errors."
        ),
        (Shown::Fewer, _) => format!(
            "Routing makes fewer errors than {baseline} alone; that it differs from sending everything to {candidate} is not shown, which is not to say that it is as good."
        ),
        (Shown::More, _) => {
            format!("Routing gains nothing: it makes more errors than {baseline} alone.")
        }
        _ => format!("Routing is not shown to gain anything over {baseline} alone."),
    }
}

fn time(compare: &CompareResult, routing: &Routing, rule: &RoutingRule) -> Option<String> {
    let (baseline, candidate) = names(compare);
    let routed = milliseconds(rule.ms_mean?);
    let alone =
        |name, ms: Option<f64>| ms.map(|ms| format!("{} with {name} alone", milliseconds(ms)));
    let others: Vec<String> = [
        alone(baseline, compare.baseline.cost.ms_mean),
        alone(candidate, compare.candidate.cost.ms_mean),
    ]
    .into_iter()
    .flatten()
    .collect();
    let against = if others.is_empty() {
        String::new()
    } else {
        format!(", against {}", others.join(" and "))
    };
    Some(format!(
        "A sample takes {routed} on average with the rule, which sends {}{against}.",
        share(rule.cross_validated.n_sent, routing.n)
    ))
}

/// The curves at round shares.
fn curve(routing: &Routing) -> Grid {
    let mut grid = Grid::new([
        number("Samples sent"),
        number("Share"),
        number("CER, the least sure first"),
        number("Up to a signal of"),
        number("CER, those that gain most first"),
    ]);
    let known = if routing.curve.is_empty() {
        &routing.oracle_curve
    } else {
        &routing.curve
    };
    let mut listed: Vec<usize> = LISTED
        .iter()
        .filter_map(|percent| {
            let wanted = percent * routing.n / 100;
            let nearest = known.iter().min_by_key(|it| it.n_sent.abs_diff(wanted))?;
            Some(nearest.n_sent)
        })
        .collect();
    listed.dedup();
    for n_sent in listed {
        let at = |curve: &[RoutingPoint]| curve.iter().find(|it| it.n_sent == n_sent).copied();
        let point = at(&routing.curve);
        let rate = |point: Option<RoutingPoint>| point.map_or_else(dash, |it| percent(it.cer));
        grid.row([
            count(n_sent),
            share(n_sent, routing.n),
            rate(point),
            point
                .and_then(|it| it.threshold)
                .map_or_else(dash, significant),
            rate(at(&routing.oracle_curve)),
        ]);
    }
    grid.without_empty_columns()
}
