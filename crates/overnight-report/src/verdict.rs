//! The night in one sentence, and the reasons behind it.

use overnight_record::StepOutcome;
use overnight_record::result::{BenchCase, BenchResult};

use crate::facts::{Night, State};
use crate::gap;
use crate::number::{count, counted, percent_with, rate_with};
use crate::text;
use crate::text::capitalised;

/// The first thing a reader sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// One sentence.
    pub(crate) headline: String,
    /// `done`, `warn` or `bad`, for colour.
    pub(crate) tone: &'static str,
    /// What is not done and why, in plan order.
    pub(crate) reasons: Vec<Reason>,
    /// What was measured: the role and one sentence a study.
    pub(crate) findings: Vec<(&'static str, String)>,
}

/// Steps that ended the same way for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    /// How, capitalised.
    pub(crate) label: String,
    /// The steps.
    pub(crate) ids: String,
    /// Why; empty when nothing is recorded.
    pub(crate) why: String,
}

const STATES: [State; 10] = [
    State::Ended(StepOutcome::Done),
    State::Ended(StepOutcome::Failed),
    State::Ended(StepOutcome::TimedOut),
    State::Ended(StepOutcome::Lost),
    State::Ended(StepOutcome::RolledBack),
    State::Ended(StepOutcome::Interrupted),
    State::Ended(StepOutcome::Skipped),
    State::Ended(StepOutcome::Unbound),
    State::Running,
    State::Ended(StepOutcome::NotStarted),
];

/// How many steps are in which state, the good one first, empty ones left out.
pub(crate) fn tally(night: &Night) -> Vec<(State, usize)> {
    let counts = STATES.into_iter().map(|state| (state, night.count(state)));
    let tally: Vec<_> = counts.filter(|(_, n)| *n > 0).collect();
    let total: usize = tally.iter().map(|(_, n)| n).sum();
    assert_eq!(total, night.steps.len(), "every step is counted once");
    tally
}

/// The verdict over a night.
pub(crate) fn verdict(night: &Night) -> Verdict {
    let not_holding = night
        .criteria
        .iter()
        .filter(|c| c.holds == Some(false))
        .count();
    let tally = tally(night);
    let all_done = night.n_done() == night.steps.len() && !night.steps.is_empty();
    let has_bad = tally.iter().any(|(state, _)| state.tone() == "bad");
    Verdict {
        headline: headline(night, &tally, not_holding),
        tone: if has_bad {
            "bad"
        } else if all_done && not_holding == 0 {
            "done"
        } else {
            "warn"
        },
        reasons: reasons(night),
        findings: findings(night),
    }
}

fn headline(night: &Night, tally: &[(State, usize)], not_holding: usize) -> String {
    let total = night.steps.len();
    if total == 0 {
        return "The plan of this night has no steps.".to_owned();
    }
    let done = night.n_done();
    let others: Vec<String> = tally
        .iter()
        .filter(|(state, _)| !state.is_success())
        .map(|(state, n)| format!("{n} {}", state.label()))
        .collect();
    let so_far = if night.is_open() { "So far, " } else { "" };
    let none = if night.is_open() { "none" } else { "None" };
    let mut sentence = if others.is_empty() {
        format!("All {total} steps are done")
    } else if done == 0 {
        format!(
            "{so_far}{none} of {total} steps is done: {}",
            others.join(", ")
        )
    } else {
        let verb = if done == 1 { "is" } else { "are" };
        let steps = if total == 1 { "step" } else { "steps" };
        format!(
            "{so_far}{done} of {total} {steps} {verb} done; {}",
            others.join(", ")
        )
    };
    let checked = night.criteria.iter().filter(|c| c.holds.is_some()).count();
    if not_holding > 0 {
        sentence.push_str(&format!(
            "; {not_holding} of {checked} checked criteria {} not hold",
            if not_holding == 1 { "does" } else { "do" }
        ));
    } else if checked > 0 && others.is_empty() {
        sentence.push_str(", and every checked criterion holds");
    }
    sentence.push('.');
    sentence
}

fn reasons(night: &Night) -> Vec<Reason> {
    let mut groups: Vec<(State, String, Vec<String>)> = Vec::new();
    for step in night.steps.iter().filter(|step| !step.state.is_success()) {
        let why = step.reason.as_deref().map(|r| text::clipped(r, 200));
        let why = why.unwrap_or_default();
        let id = step.id.to_string();
        match groups
            .iter_mut()
            .find(|(state, known, _)| *state == step.state && *known == why)
        {
            Some((_, _, ids)) => ids.push(id),
            None => groups.push((step.state, why, vec![id])),
        }
    }
    groups
        .into_iter()
        .map(|(state, why, ids)| Reason {
            label: capitalised(&state.label()),
            ids: if ids.len() > 6 {
                format!("{} and {} more", ids[..5].join(", "), ids.len() - 5)
            } else {
                ids.join(", ")
            },
            why,
        })
        .collect()
}

/// An answer as a sentence that begins with a capital letter, unless it begins with a name.
pub(crate) fn sentence(answer: &str) -> String {
    let answer = text::line(answer);
    let answer = answer.trim_end_matches(['.', ' ']);
    let first = answer.split(' ').next().unwrap_or_default();
    let is_word = first.chars().all(|c| c.is_ascii_lowercase());
    let is_name = !matches!(
        first,
        "no" | "none" | "the" | "a" | "it" | "of" | "at" | "all"
    );
    if is_word && !is_name {
        format!("{}.", capitalised(answer))
    } else {
        format!("{answer}.")
    }
}

fn findings(night: &Night) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    let results = &night.results;
    if !results.audits.is_empty() {
        let total: usize = results.audits.iter().map(|r| r.body().findings.len()).sum();
        let open = open_findings(night);
        let sentence = format!(
            "{}: {} repaired, {} left.",
            counted(total, "finding"),
            count(total - open),
            count(open)
        );
        all.push(("Auditor", sentence));
    }
    for result in &results.benches {
        if let Some(sentence) = speed(result.body()) {
            all.push(("Profiler", sentence));
        }
    }
    for result in &results.compares {
        let answer = gap::answer(result.body()).into_iter().next();
        all.extend(answer.map(|answer| ("Evaluator", answer.unmarked())));
    }
    if results.compares.is_empty() {
        for score in results.scores.iter().map(|r| &r.body().first) {
            if let Some(micro) = score.cer.micro {
                let rate = percent_with(micro, score.cer.interval.as_ref());
                let n = counted(score.n, "sample");
                let sentence = format!("CER {rate} on {n} (profile {}).", score.profile);
                all.push(("Evaluator", sentence));
            }
        }
    }
    let enhances = results.enhances.iter().map(|r| &r.body().verdict);
    let storages = results.storages.iter().map(|r| &r.body().verdict);
    for answer in enhances.chain(storages) {
        // The first sentence is the answer; the section has the others.
        let first = answer.split(". ").next().unwrap_or(answer);
        all.push(("Preprocessor", sentence(first)));
    }
    all
}

/// What a benchmark's best case says, in one sentence; `None` when nothing was measured.
pub(crate) fn speed(bench: &BenchResult) -> Option<String> {
    let case = best_case(bench)?;
    let caution = if case.items_per_s_interval.is_none() {
        format!(
            "; {}, no interval",
            counted(case.batch_ms.len(), "timed call")
        )
    } else {
        String::new()
    };
    Some(format!(
        "{} handles {} {} a second ({}, batch size {}{caution}).",
        bench.backend.name,
        rate_with(case.items_per_s?, case.items_per_s_interval.as_ref()),
        case.stage.item(),
        case.stage.name(),
        case.batch_size
    ))
}

/// Findings of all audits that still stand.
pub(crate) fn open_findings(night: &Night) -> usize {
    let audits = night.results.audits.iter();
    audits
        .flat_map(|r| &r.body().findings)
        .filter(|finding| finding.is_open())
        .count()
}

/// The fastest measured case of the most complete stage.
pub(crate) fn best_case(bench: &BenchResult) -> Option<&BenchCase> {
    let measured = bench.cases.iter().filter(|case| case.items_per_s.is_some());
    measured.max_by(|a, b| {
        let rate = a
            .items_per_s
            .unwrap_or(0.0)
            .total_cmp(&b.items_per_s.unwrap_or(0.0));
        a.stage.cmp(&b.stage).then(rate)
    })
}
