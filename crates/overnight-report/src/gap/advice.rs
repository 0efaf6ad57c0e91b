//! What to do with two readers, as far as the numbers carry it: use one for everything, or the
//! candidate for some samples.

use overnight_record::result::{
    CompareResult, EquivalenceVerdict, Routing, RoutingGain, RoutingRule,
};

use super::names;
use super::shown::Shown;
use super::words::{Name, Prose};
use crate::number::{milliseconds, percent, points, points_with, share, significant};

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
    let [against_baseline, against_candidate] = [&rule.against_baseline, &rule.against_candidate]
        .map(|gain| points_with(gain.difference, gain.interval.as_ref()));
    let is_better_alone = is_better_alone(compare, routing);
    if rule.fitted.n_sent == 0 && !is_better_alone {
        return format!(
            "Stay with {baseline}: of all thresholds, the one with the fewest errors on these samples sends nothing to {candidate}; always the better of both readings would give CER {} against {}.",
            percent(routing.oracle.cer),
            percent(routing.baseline.cer)
        );
    }
    if let Some(margin) = margin_beyond(compare, &rule.against_baseline) {
        let instead = if is_better_alone {
            format!("Use {candidate} for all samples or for none")
        } else {
            format!("Stay with {baseline}")
        };
        return format!(
            "{instead}: what {sending} gains over {baseline} alone, {against_baseline} (cross-validated), lies within the margin of {}.",
            points(margin)
        );
    }
    let shown = (
        Shown::from(&rule.against_baseline),
        Shown::from(&rule.against_candidate),
    );
    match shown {
        (_, more) if is_better_alone && rule.fitted.n_sent == routing.n && more != Shown::Fewer => {
            format!(
                "Use {candidate} for all samples: of all thresholds, the one with the fewest errors on these samples sends every one of them (cross-validated, routing differs from {candidate} alone by {against_candidate})."
            )
        }
        (_, more)
            if is_better_alone
                && !is_cheaper(compare, routing, rule)
                && more != Shown::Fewer
                && !is_faster(compare) =>
        {
            format!(
                "Use {candidate} for all samples: {sending} saves no time, because {baseline} reads every sample first, and is not shown to gain anything over {candidate} alone (cross-validated, {against_candidate})."
            )
        }
        (_, more) if is_better_alone && is_faster(compare) && more != Shown::Fewer => format!(
            "Use {candidate} for all samples: it is the faster one, too, and {sending} is not shown to gain anything over it alone (cross-validated, {against_candidate})."
        ),
        (Shown::Fewer, Shown::Fewer) => format!(
            "Use {candidate} for some samples: {sending} gives {rates}, fewer errors than either alone."
        ),
        (Shown::Fewer, Shown::More) => format!(
            "Use {candidate} for all samples if its cost allows, else for some: {sending} gives {rates}, fewer errors than {baseline} alone but more than sending everything."
        ),
        (Shown::Fewer, _) => format!(
            "Use {candidate} for some samples: {sending} gives {rates}; fewer errors than {baseline} alone are shown, a difference to sending everything is not."
        ),
        _ if is_better_alone => format!(
            "Use {candidate} for all samples or for none, by what its errors and its cost are worth: {sending} is not shown to gain anything over {baseline} alone (cross-validated, {against_baseline})."
        ),
        (Shown::More, _) => format!(
            "Stay with {baseline}: {sending} makes more errors than {baseline} alone (cross-validated, {against_baseline})."
        ),
        _ => format!(
            "Nothing that is shown here and matters speaks for {candidate}, neither for all samples nor for some: {sending} is not shown to gain anything over {baseline} alone (cross-validated, {against_baseline})."
        ),
    }
}

/// Whether sending only some samples saves time beside sending all of them; by the share sent
/// where no times are recorded.
fn is_cheaper(compare: &CompareResult, routing: &Routing, rule: &RoutingRule) -> bool {
    match (rule.ms_mean, compare.candidate.cost.ms_mean) {
        (Some(with_rule), Some(alone)) => with_rule < alone,
        _ => rule.cross_validated.n_sent < routing.n,
    }
}

fn without_rule(compare: &CompareResult, routing: &Routing) -> String {
    let (baseline, candidate) = names(compare);
    let bound = format!(
        "always the better of both readings would give CER {}",
        percent(routing.oracle.cer)
    );
    if is_better_alone(compare, routing) && is_faster(compare) {
        format!("Use {candidate} for all samples: it is the faster one, too ({bound}).")
    } else if is_better_alone(compare, routing) {
        format!(
            "Use {candidate} for all samples or for none, by what its errors and its cost are worth: there is no rule to send only some ({bound})."
        )
    } else {
        format!(
            "Nothing that is shown here and matters speaks for {candidate} in place of {baseline}, and there is no rule to send only some samples ({bound})."
        )
    }
}

/// Whether the candidate alone is shown to be the better reader by more than a named margin,
/// its failures counted too.
fn is_better_alone(compare: &CompareResult, routing: &Routing) -> bool {
    let is_shown = compare.paired.as_ref().is_some_and(|paired| {
        let equivalence = paired.equivalence.as_ref();
        let matters = equivalence.is_none_or(|it| it.verdict != EquivalenceVerdict::Equivalent);
        matters && Shown::from(paired) == Shown::Fewer
    });
    is_shown && routing.candidate.edits < routing.baseline.edits
}

/// Whether the candidate takes less time.
fn is_faster(compare: &CompareResult) -> bool {
    let (baseline, candidate) = (&compare.baseline.cost, &compare.candidate.cost);
    let is_less = |pair: [Option<f64>; 2]| matches!(pair, [Some(a), Some(b)] if b < a);
    is_less([baseline.ms_mean, candidate.ms_mean]) || is_less([baseline.ms_p50, candidate.ms_p50])
}

/// The margin, when the whole interval of a gain lies within it.
fn margin_beyond(compare: &CompareResult, gain: &RoutingGain) -> Option<f64> {
    let margin = compare.paired.as_ref()?.equivalence.as_ref()?.margin;
    let interval = gain.interval.as_ref()?;
    (interval.low > -margin && interval.high < margin).then_some(margin)
}

/// What the rule costs beside the candidate for everything; empty where a time is missing.
fn time(compare: &CompareResult, rule: &RoutingRule) -> String {
    match (rule.ms_mean, compare.candidate.cost.ms_mean) {
        (Some(routed), Some(all)) if routed < all => format!(
            ", at {} a sample instead of {}",
            milliseconds(routed),
            milliseconds(all)
        ),
        _ => String::new(),
    }
}
