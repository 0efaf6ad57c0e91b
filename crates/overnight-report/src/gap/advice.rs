//! What to do with two readers, as far as the numbers carry it: use one for everything, or the
//! candidate for some samples.

use overnight_record::result::{CompareResult, Routing, RoutingRule};

use super::names;
use super::shown::Shown;
use super::words::{Name, Prose};
use crate::number::{milliseconds, percent, points_with, share, significant};

/// The recommendation; `None` where using both was not looked at.
pub(super) fn sentence(compare: &CompareResult) -> Option<String> {
    let routing = compare.routing.as_ref()?;
    Some(match &routing.rule {
        Some(rule) => with_rule(compare, routing, rule),
        None => without_rule(compare, routing),
    })
}

/// Which samples a rule sends, as a clause: `whose ... is at most 0.87`.
pub(super) fn which(rule: &RoutingRule, baseline: Name<'_>) -> String {
    match rule.threshold {
        Some(threshold) => format!(
            "whose {} is at most {}",
            Prose(&rule.signal),
            significant(threshold)
        ),
        None => format!("that {baseline} has no text for"),
    }
}

fn with_rule(compare: &CompareResult, routing: &Routing, rule: &RoutingRule) -> String {
    let (baseline, candidate) = names(compare);
    let sending = format!(
        "sending the {} {}",
        share(rule.fitted.n_sent, routing.n),
        which(rule, baseline)
    );
    let rates = format!(
        "CER {} (cross-validated) against {} with {baseline} alone and {} with {candidate} alone{}",
        percent(rule.cross_validated.cer),
        percent(routing.baseline.cer),
        percent(routing.candidate.cer),
        time(compare, rule)
    );
    let against_baseline = points_with(
        rule.against_baseline.difference,
        rule.against_baseline.interval.as_ref(),
    );
    let shown = (
        Shown::from(&rule.against_baseline),
        Shown::from(&rule.against_candidate),
    );
    match shown {
        (Shown::Fewer, Shown::Fewer) => format!(
            "Use {candidate} for some samples: {sending} gives {rates}, fewer errors than either alone."
        ),
        (Shown::Fewer, Shown::More) => format!(
            "Use {candidate} for all samples if its cost allows, else for some: {sending} gives {rates}, fewer errors than {baseline} alone but more than sending everything."
        ),
        (Shown::Fewer, _) => format!(
            "Use {candidate} for some samples: {sending} gives {rates}; fewer errors than {baseline} alone are shown, a difference to sending everything is not."
        ),
        _ if is_better_alone(compare, routing) => format!(
            "Use {candidate} for all samples or for none, by what its errors and its cost are worth: {sending} is not shown to gain anything over {baseline} alone (cross-validated, {against_baseline})."
        ),
        (Shown::More, _) => format!(
            "Stay with {baseline}: {sending} makes more errors than {baseline} alone (cross-validated, {against_baseline})."
        ),
        _ => format!(
            "Nothing shown here speaks for {candidate}, neither for all samples nor for some: {sending} is not shown to gain anything over {baseline} alone (cross-validated, {against_baseline})."
        ),
    }
}

fn without_rule(compare: &CompareResult, routing: &Routing) -> String {
    let (baseline, candidate) = names(compare);
    let bound = format!(
        "always the better of both readings would give CER {}",
        percent(routing.oracle.cer)
    );
    if is_better_alone(compare, routing) {
        format!(
            "Use {candidate} for all samples or for none, by what its errors and its cost are worth: there is no rule to send only some ({bound})."
        )
    } else {
        format!(
            "Nothing shown here speaks for {candidate} in place of {baseline}, and there is no rule to send only some samples ({bound})."
        )
    }
}

/// Whether the candidate alone is shown to be the better reader, its failures counted too.
fn is_better_alone(compare: &CompareResult, routing: &Routing) -> bool {
    let shown = compare.paired.as_ref().map(Shown::from);
    shown == Some(Shown::Fewer) && routing.candidate.edits < routing.baseline.edits
}

/// What the rule costs beside the candidate for everything; empty where a time is missing.
fn time(compare: &CompareResult, rule: &RoutingRule) -> String {
    match (rule.ms_mean, compare.candidate.cost.ms_mean) {
        (Some(routed), Some(all)) => format!(
            ", at {} a sample instead of {}",
            milliseconds(routed),
            milliseconds(all)
        ),
        _ => String::new(),
    }
}
