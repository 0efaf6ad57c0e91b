//! Two runs side by side: which steps ended otherwise, and how much longer they took.

use overnight_record::{RunId, StepId, StepOutcome};
use serde::Serialize;

use crate::summary::RunSummary;

/// How a step fared in the second run, seen from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was done and is not.
    NewlyFailing,
    /// It was not done and is.
    Fixed,
    /// It is not done in either, for another reason.
    OtherwiseFailing,
    /// Only the second run has it.
    Added,
    /// Only the first run has it.
    Removed,
    /// It ended alike.
    Same,
}

/// A step in both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepChange {
    /// Its address.
    pub id: StepId,
    /// Its text in the plan, of the second run where it has it.
    pub text: String,
    /// How it fared.
    pub change: Change,
    /// How it ended in the first run; `None` when it did not end.
    pub before: Option<StepOutcome>,
    /// How it ended in the second run.
    pub after: Option<StepOutcome>,
    /// Seconds of its last attempt in the first run; `None` when no command was started.
    pub before_s: Option<f64>,
    /// Seconds in the second run.
    pub after_s: Option<f64>,
    /// `after_s / before_s`; `None` unless it is done in both and took measurable time.
    pub ratio: Option<f64>,
    /// Why it is not done in the second run.
    pub reason: Option<String>,
    /// Whether the two runs gave it different commands.
    pub is_other_command: bool,
}

/// A criterion that was judged differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CriterionChange {
    /// Its text.
    pub text: String,
    /// Whether it held in the first run; `None` when it was not checked.
    pub before: Option<bool>,
    /// Whether it held in the second run.
    pub after: Option<bool>,
}

/// Two runs side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The first run.
    pub before: RunId,
    /// The second run.
    pub after: RunId,
    /// Every step of either plan, in the order of addresses.
    pub steps: Vec<StepChange>,
    /// Criteria that were judged differently.
    pub criteria: Vec<CriterionChange>,
    /// Commits of the first run.
    pub commits_before: usize,
    /// Commits of the second run.
    pub commits_after: usize,
}

impl Comparison {
    /// Compares `after` with `before`, step by step: a step is the same when it has the same
    /// address and the same text.
    pub fn of(before: &RunSummary, after: &RunSummary) -> Self {
        let mut steps: Vec<StepChange> = Vec::new();
        for new in &after.steps {
            let old = before.steps.iter().find(|old| is_same(old, new));
            steps.push(step_change(new, old, Some(new)));
        }
        for old in &before.steps {
            if !after.steps.iter().any(|new| is_same(old, new)) {
                steps.push(step_change(old, Some(old), None));
            }
        }
        steps.sort_by_key(|step| step.id);
        Self {
            before: before.run.clone(),
            after: after.run.clone(),
            steps,
            criteria: criteria(before, after),
            commits_before: before.commits.len(),
            commits_after: after.commits.len(),
        }
    }
}

type Step = crate::summary::StepSummary;

fn is_same(a: &Step, b: &Step) -> bool {
    a.id == b.id && a.text == b.text
}

/// `named` is the one of the two that gives the change its name.
fn step_change(named: &Step, old: Option<&Step>, new: Option<&Step>) -> StepChange {
    let outcome = |step: Option<&Step>| Some(step?.state.as_ref()?.outcome);
    let duration = |step: Option<&Step>| {
        let state = step?.state.as_ref()?;
        (state.attempt > 0).then_some(state.duration_s)
    };
    let (before, after) = (outcome(old), outcome(new));
    let (before_s, after_s) = (duration(old), duration(new));
    let is_done = |outcome: Option<StepOutcome>| outcome.is_some_and(StepOutcome::is_success);
    StepChange {
        id: named.id,
        text: named.text.clone(),
        change: match (old, new) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            _ => match (is_done(before), is_done(after)) {
                (true, false) => Change::NewlyFailing,
                (false, true) => Change::Fixed,
                (false, false) if before != after => Change::OtherwiseFailing,
                _ => Change::Same,
            },
        },
        before,
        after,
        before_s,
        after_s,
        ratio: match (before_s, after_s) {
            (Some(old), Some(new)) if is_done(before) && is_done(after) && old > 0.0 => {
                Some(new / old)
            }
            _ => None,
        },
        reason: new
            .and_then(|step| step.state.as_ref())
            .filter(|state| !state.outcome.is_success())
            .and_then(|state| state.reason.clone()),
        is_other_command: match (old, new) {
            (Some(old), Some(new)) => old.run != new.run,
            _ => false,
        },
    }
}

fn criteria(before: &RunSummary, after: &RunSummary) -> Vec<CriterionChange> {
    let mut texts: Vec<&str> = Vec::new();
    for criterion in after.criteria.iter().chain(&before.criteria) {
        if !texts.contains(&criterion.text.as_str()) {
            texts.push(&criterion.text);
        }
    }
    let holds = |run: &RunSummary, text: &str| {
        let found = run.criteria.iter().find(|c| c.text == text);
        found.and_then(|criterion| criterion.holds)
    };
    texts
        .into_iter()
        .map(|text| CriterionChange {
            text: text.to_owned(),
            before: holds(before, text),
            after: holds(after, text),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StepState;

    fn step(id: &str, outcome: Option<StepOutcome>, duration_s: f64) -> Step {
        Step {
            id: id.parse().unwrap(),
            text: "text".to_owned(),
            run: Some("make".to_owned()),
            state: outcome.map(|outcome| StepState {
                outcome,
                class: None,
                attempt: 1,
                duration_s,
                reason: None,
                next: None,
            }),
        }
    }

    fn change(old: Option<&Step>, new: Option<&Step>) -> StepChange {
        step_change(new.or(old).unwrap(), old, new)
    }

    #[test]
    fn a_step_is_judged_by_how_it_ended_in_both() {
        use StepOutcome::{Done, Failed, TimedOut};
        let of = |old, new| {
            let (old, new) = (step("1.1.1", old, 2.0), step("1.1.1", new, 5.0));
            change(Some(&old), Some(&new)).change
        };
        assert_eq!(of(Some(Done), Some(Failed)), Change::NewlyFailing);
        assert_eq!(of(Some(Done), None), Change::NewlyFailing);
        assert_eq!(of(Some(Failed), Some(Done)), Change::Fixed);
        assert_eq!(of(Some(Failed), Some(TimedOut)), Change::OtherwiseFailing);
        assert_eq!(of(Some(Failed), Some(Failed)), Change::Same);
        assert_eq!(of(None, None), Change::Same);
        let only = step("1.1.1", Some(Done), 1.0);
        assert_eq!(change(None, Some(&only)).change, Change::Added);
        assert_eq!(change(Some(&only), None).change, Change::Removed);
    }

    #[test]
    fn a_ratio_needs_two_measured_successes() {
        use StepOutcome::{Done, Failed};
        let ratio = |old, old_s, new, new_s| {
            let (old, new) = (step("1.1.1", old, old_s), step("1.1.1", new, new_s));
            change(Some(&old), Some(&new)).ratio
        };
        assert_eq!(ratio(Some(Done), 2.0, Some(Done), 5.0), Some(2.5));
        assert_eq!(ratio(Some(Done), 0.0, Some(Done), 5.0), None);
        assert_eq!(ratio(Some(Done), 2.0, Some(Failed), 5.0), None);
    }
}
