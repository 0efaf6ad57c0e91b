//! What a person has to decide after a night, each with the one command that does it.

use std::collections::BTreeSet;
use std::path::Path;

use overnight_record::{StepId, StepOutcome};

use crate::boxes;
use crate::facts::{Night, State, Step, quoted};
use crate::number::counted;
use crate::text;
use crate::text::capitalised;

/// Something only a person can decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// What to decide, as a sentence.
    pub(crate) what: String,
    /// Why it came up; may be empty.
    pub(crate) why: String,
    /// The command.
    pub(crate) command: String,
}

/// Everything a person has to decide: first what the night waits for, then what it left.
pub(crate) fn decisions(night: &Night) -> Vec<Decision> {
    let mut all = Vec::new();
    all.extend(acceptance(night));
    all.extend(open_steps(night));
    all.extend(rollbacks(night));
    all.extend(findings(night));
    all.extend(criteria(night));
    all
}

fn acceptance(night: &Night) -> Option<Decision> {
    let branch = night.record.git.as_ref()?.night_branch.as_ref()?;
    let run = night.record.run.as_str();
    (!night.commits.is_empty()).then(|| Decision {
        what: format!(
            "Take over {} of this night?",
            counted(night.commits.len(), "commit")
        ),
        why: format!(
            "They wait on branch `{branch}`. `overnight runs drop {run}` throws them away."
        ),
        command: format!("overnight runs accept {run}"),
    })
}

/// Steps that are not done, by reason. A step that only waited for another one belongs to it.
fn open_steps(night: &Night) -> Vec<Decision> {
    let mut groups: Vec<(String, Vec<&Step>)> = Vec::new();
    let mut waiting: Vec<&Step> = Vec::new();
    let rolled_back = State::Ended(StepOutcome::RolledBack);
    let open = night.steps.iter().filter(|step| !step.state.is_success());
    for step in open.filter(|step| step.state != rolled_back) {
        if waits_for_another(night, step) {
            waiting.push(step);
            continue;
        }
        let why = step.reason.as_deref().unwrap_or(step.state.phrase());
        let key = format!("{} {}", step.state.label(), text::clipped(why, 200));
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, steps)) => steps.push(step),
            None => groups.push((key, vec![step])),
        }
    }
    let run = night.record.run.as_str();
    let go_on = format!("overnight run --resume {run} --retry-failed");
    let mut has_remedy = false;
    let mut all: Vec<Decision> = Vec::new();
    for (_, steps) in &groups {
        let remedy = steps.iter().find_map(|step| remedy(step));
        has_remedy |= remedy.is_some();
        all.push(Decision {
            what: what_happened(steps),
            why: why(steps),
            command: match (remedy, &steps[..]) {
                (Some(command), _) => command,
                (None, [only]) => night.next_for(only),
                (None, several) => common_next(night, several).unwrap_or_else(|| go_on.clone()),
            },
        });
    }
    let is_behind = !waiting.is_empty() || has_remedy;
    if is_behind && !groups.is_empty() {
        let waits = if waiting.is_empty() {
            String::new()
        } else {
            let verb = if waiting.len() == 1 { "waits" } else { "wait" };
            format!("{} {verb} for others.", ids(&waiting))
        };
        all.push(Decision {
            what: "Then go on with the steps that are left.".to_owned(),
            why: waits,
            command: go_on,
        });
    }
    all
}

/// Whether the recorded reason of a step that never ran names another step that is not done.
fn waits_for_another(night: &Night, step: &Step) -> bool {
    if step.state != State::Ended(StepOutcome::Skipped) || !step.attempts.is_empty() {
        return false;
    }
    let reason = step.reason.as_deref().unwrap_or_default();
    reason
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter_map(|word| word.trim_matches('.').parse::<StepId>().ok())
        .any(|id| {
            id != step.id
                && night
                    .step(id)
                    .is_some_and(|other| !other.state.is_success())
        })
}

/// A command the step itself named as its remedy: its hint, or the first one in
/// backticks in it.
fn remedy(step: &Step) -> Option<String> {
    let hint = text::line(step.hint.as_deref()?);
    let is_command = ["apt-get ", "pip ", "uv ", "overnight "]
        .iter()
        .any(|program| hint.starts_with(program));
    let command = if is_command {
        hint
    } else {
        hint.split('`').nth(1)?.trim().to_owned()
    };
    // One word alone is a name, not a command to type.
    command.contains(' ').then_some(command)
}

fn common_next(night: &Night, steps: &[&Step]) -> Option<String> {
    let first = night.next_for(steps.first()?);
    steps
        .iter()
        .all(|step| night.next_for(step) == first)
        .then_some(first)
}

fn what_happened(steps: &[&Step]) -> String {
    match steps {
        [only] => format!("{} {}.", only.title(), only.state.phrase()),
        several => {
            let label = several
                .first()
                .map_or_else(String::new, |s| s.state.label());
            format!("{}: {label}.", ids(several))
        }
    }
}

fn ids(steps: &[&Step]) -> String {
    let ids: Vec<String> = steps.iter().map(|step| step.id.to_string()).collect();
    let noun = if ids.len() == 1 { "Step" } else { "Steps" };
    format!("{noun} {}", ids.join(", "))
}

fn why(steps: &[&Step]) -> String {
    let reason = steps.iter().find_map(|step| step.reason.as_deref());
    let hint = steps.iter().find_map(|step| step.hint.as_deref());
    let mut parts: Vec<String> = Vec::new();
    let is_unbound = steps
        .iter()
        .all(|s| s.state == State::Ended(StepOutcome::Unbound));
    if let Some(reason) = reason.filter(|_| !is_unbound) {
        parts.push(text::clipped(reason, 200));
    }
    // Steps are grouped by their reason; those of a group failed alike.
    let class = steps.iter().find_map(|step| step.class);
    if let Some(told) = class.and_then(|class| boxes::told(class, reason.is_some())) {
        parts.push(told.trim_end_matches('.').to_owned());
    }
    if let Some(hint) = hint {
        let hint = capitalised(&text::clipped(hint, 200));
        if parts
            .iter()
            .all(|part| !part.to_lowercase().contains(&hint.to_lowercase()))
        {
            parts.push(hint);
        }
    }
    parts.join(". ")
}

fn rollbacks(night: &Night) -> Vec<Decision> {
    let rollbacks = night.rollbacks.iter();
    rollbacks
        .map(|rollback| {
            let step = night.step(rollback.step);
            let title = step.map_or_else(|| format!("Step {}", rollback.step), Step::title);
            let patch = quoted(&format!("{}/{}", night.dir_shown(), rollback.patch));
            Decision {
                what: format!("Look at the change that was undone. {title}."),
                why: text::clipped(&rollback.reason, 200),
                command: format!("less {patch}"),
            }
        })
        .collect()
}

fn findings(night: &Night) -> Vec<Decision> {
    let mut all = Vec::new();
    for result in &night.results.audits {
        let body = result.body();
        let open = body.findings.iter().filter(|finding| finding.is_open());
        let rules: Vec<&str> = open.map(|finding| finding.rule.as_str()).collect();
        if rules.is_empty() {
            continue;
        }
        let named: Vec<&str> = rules
            .iter()
            .copied()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        all.push(Decision {
            what: format!(
                "Mend what the {} audit had to leave: {}.",
                text::line(&body.audit),
                counted(rules.len(), "finding")
            ),
            why: text::clipped(&format!("Rules: {}.", named.join(", ")), 200),
            command: format!("overnight audit {}", quoted(&text::line(&body.audit))),
        });
    }
    all
}

fn criteria(night: &Night) -> Vec<Decision> {
    let unmet = night.criteria.iter().filter(|c| c.holds == Some(false));
    unmet
        .filter_map(|criterion| {
            Some(Decision {
                what: format!(
                    "Meet the criterion: {}",
                    text::clipped(&criterion.text, 160)
                ),
                why: text::clipped(criterion.evidence.as_deref().unwrap_or(""), 200),
                command: text::line(criterion.check.as_deref()?),
            })
        })
        .collect()
}

impl Night {
    /// The run's folder as one names it from the project.
    pub(crate) fn dir_shown(&self) -> String {
        self.shown(&self.dir)
    }

    /// A path as one names it from the project.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.record.project_dir);
        inside.unwrap_or(path).to_string_lossy().into_owned()
    }
}
