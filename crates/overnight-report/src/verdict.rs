//! The night in one sentence, the reasons behind it, and what a person has to decide.

use std::collections::BTreeMap;

use overnight_record::StepOutcome;

use crate::facts::{Night, State, quoted};
use crate::number::{count, counted, percent_or_dash, percent_with, rate_with};
use crate::text;

/// The first thing a reader sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// One sentence.
    pub(crate) headline: String,
    /// `done`, `warn` or `bad`, for colour.
    pub(crate) tone: &'static str,
    /// What is not done and why, one sentence an outcome.
    pub(crate) reasons: Vec<String>,
    /// What was measured, one sentence a study.
    pub(crate) findings: Vec<String>,
}

/// Something only a person can decide, with the one command that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// What to decide, as a sentence.
    pub(crate) what: String,
    /// Why it came up.
    pub(crate) why: String,
    /// The command.
    pub(crate) command: String,
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
    let mut sentence = if others.is_empty() {
        format!("All {total} steps are done")
    } else if done == 0 {
        format!(
            "{so_far}None of {total} steps is done: {}",
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
    if !so_far.is_empty() {
        sentence = sentence.replace("So far, None", "So far, none");
    }
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

/// One sentence for every reason, with the steps it stopped, in plan order.
fn reasons(night: &Night) -> Vec<String> {
    let mut groups: Vec<(State, String, Vec<String>)> = Vec::new();
    for step in night.steps.iter().filter(|step| !step.state.is_success()) {
        let reason = step.reason.as_deref().map(|r| text::clipped(r, 200));
        let reason = reason.unwrap_or_default();
        let id = step.id.to_string();
        match groups
            .iter_mut()
            .find(|(state, why, _)| *state == step.state && *why == reason)
        {
            Some((_, _, ids)) => ids.push(id),
            None => groups.push((step.state, reason, vec![id])),
        }
    }
    groups
        .into_iter()
        .map(|(state, reason, ids)| {
            let label = capitalised(&state.label());
            let ids = if ids.len() > 6 {
                format!("{} and {} more", ids[..5].join(", "), ids.len() - 5)
            } else {
                ids.join(", ")
            };
            if reason.is_empty() {
                format!("{label}: {ids}.")
            } else {
                format!("{label}: {ids}. {}", sentence(&reason))
            }
        })
        .collect()
}

/// A reason as a sentence of its own; its first word is left as it is, it may be a name.
fn sentence(reason: &str) -> String {
    format!("{}.", reason.trim_end_matches(['.', ' ']))
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

fn findings(night: &Night) -> Vec<String> {
    let mut all = Vec::new();
    let results = &night.results;
    if !results.audits.is_empty() {
        let total: usize = results.audits.iter().map(|r| r.body().findings.len()).sum();
        let open = open_findings(night);
        all.push(format!(
            "Auditor: {}, {} repaired, {} left.",
            counted(total, "finding"),
            count(total - open),
            count(open)
        ));
    }
    for result in &results.benches {
        if let Some(case) = best_case(result.body()) {
            let item = case.stage.item();
            all.push(format!(
                "Profiler: {} handles {} {item} a second ({}, batch size {}).",
                result.body().backend.name,
                rate_with(
                    case.items_per_s.unwrap_or(0.0),
                    case.items_per_s_interval.as_ref()
                ),
                case.stage.name(),
                case.batch_size
            ));
        }
    }
    for result in &results.compares {
        let body = result.body();
        let side = |side: &overnight_record::result::Side| {
            let rate = percent_or_dash(side.cer.micro, side.cer.interval.as_ref());
            format!("{} {rate}", side.name)
        };
        all.push(format!(
            "Evaluator: CER {} and {} on {} of {} (profile {}).",
            side(&body.baseline),
            side(&body.candidate),
            counted(body.dataset.n, "sample"),
            body.dataset.name,
            body.profile
        ));
    }
    if results.compares.is_empty() {
        for score in results.scores.iter().map(|r| &r.body().first) {
            if let Some(micro) = score.cer.micro {
                all.push(format!(
                    "Evaluator: CER {} on {} (profile {}).",
                    percent_with(micro, score.cer.interval.as_ref()),
                    counted(score.n, "sample"),
                    score.profile
                ));
            }
        }
    }
    let enhances = results.enhances.iter().map(|r| &r.body().verdict);
    let storages = results.storages.iter().map(|r| &r.body().verdict);
    for answer in enhances.chain(storages) {
        all.push(format!("Preprocessor: {}", sentence(&text::line(answer))));
    }
    all
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
pub(crate) fn best_case(
    bench: &overnight_record::result::BenchResult,
) -> Option<&overnight_record::result::BenchCase> {
    let measured = bench.cases.iter().filter(|case| case.items_per_s.is_some());
    measured.max_by(|a, b| {
        let rate = a
            .items_per_s
            .unwrap_or(0.0)
            .total_cmp(&b.items_per_s.unwrap_or(0.0));
        a.stage.cmp(&b.stage).then(rate)
    })
}

/// Everything a person has to decide, the change to the project first.
pub(crate) fn decisions(night: &Night) -> Vec<Decision> {
    let mut all = Vec::new();
    let run = night.record.run.as_str();
    if let Some(git) = &night.record.git
        && let Some(branch) = &git.night_branch
        && !night.commits.is_empty()
    {
        all.push(Decision {
            what: format!(
                "Take over {} of this night?",
                counted(night.commits.len(), "commit")
            ),
            why: format!(
                "They wait on branch {branch}. `overnight runs drop {run}` throws them away."
            ),
            command: format!("overnight runs accept {run}"),
        });
    }
    all.extend(step_decisions(night));
    for rollback in &night.rollbacks {
        all.push(Decision {
            what: format!(
                "Look at the change of step {} that was undone.",
                rollback.step
            ),
            why: text::clipped(&rollback.reason, 200),
            command: format!(
                "less {}",
                quoted(&format!("{}/{}", night.dir_shown(), rollback.patch))
            ),
        });
    }
    for result in &night.results.audits {
        let open: Vec<_> = result
            .body()
            .findings
            .iter()
            .filter(|f| f.is_open())
            .collect();
        if !open.is_empty() {
            let rules: std::collections::BTreeSet<&str> =
                open.iter().map(|finding| finding.rule.as_str()).collect();
            all.push(Decision {
                what: format!(
                    "Mend what the {} audit had to leave: {}.",
                    result.body().audit,
                    counted(open.len(), "finding")
                ),
                why: text::clipped(
                    &format!(
                        "Rules: {}.",
                        rules.into_iter().collect::<Vec<_>>().join(", ")
                    ),
                    200,
                ),
                command: format!("overnight audit {}", quoted(&result.body().audit)),
            });
        }
    }
    for criterion in night.criteria.iter().filter(|c| c.holds == Some(false)) {
        if let Some(check) = &criterion.check {
            all.push(Decision {
                what: format!(
                    "Meet the criterion: {}",
                    text::clipped(&criterion.text, 160)
                ),
                why: text::clipped(criterion.evidence.as_deref().unwrap_or(""), 200),
                command: text::line(check),
            });
        }
    }
    all
}

/// One decision for every command that goes on from steps that are not done.
fn step_decisions(night: &Night) -> Vec<Decision> {
    let mut by_command: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, step) in night.steps.iter().enumerate() {
        if step.state.is_success() {
            continue;
        }
        let command = night.next_for(step);
        match by_command.iter_mut().find(|(known, _)| *known == command) {
            Some((_, steps)) => steps.push(index),
            None => by_command.push((command, vec![index])),
        }
    }
    by_command
        .into_iter()
        .map(|(command, steps)| {
            let steps: Vec<_> = steps.into_iter().map(|i| &night.steps[i]).collect();
            let mut states: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for step in &steps {
                let ids = states.entry(step.state.label()).or_default();
                ids.push(step.id.to_string());
            }
            let states: Vec<String> = states
                .into_iter()
                .map(|(label, ids)| format!("{} {label}", ids.join(", ")))
                .collect();
            let mut why: Vec<String> = Vec::new();
            for step in &steps {
                let reason = step.reason.as_deref().map(|r| text::clipped(r, 200));
                let reason = reason.unwrap_or_else(|| step.state.phrase().to_owned());
                if !why.contains(&reason) && why.len() < 3 {
                    why.push(reason);
                }
            }
            let noun = if steps.len() == 1 { "step" } else { "steps" };
            Decision {
                what: format!("Go on with {noun} {}.", states.join("; ")),
                why: capitalised(&why.join("; ")),
                command,
            }
        })
        .collect()
}

impl Night {
    /// The run's folder as one names it from the project.
    pub(crate) fn dir_shown(&self) -> String {
        let inside = self.dir.strip_prefix(&self.record.project_dir);
        inside.unwrap_or(&self.dir).to_string_lossy().into_owned()
    }
}
