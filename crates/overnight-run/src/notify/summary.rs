//! The message at the end of a night.

use jiff::Timestamp;
use overnight_record::StepOutcome;

use super::message::{Message, MessageEvent, Priority, digest, shorten};
use crate::summary::{RunSummary, Standing, StepSummary};
use crate::text::{duration, first_words};

/// Failures that are named.
const FAILURES: usize = 3;

/// What is told at the end of a night: how it ended, in numbers, the first failures, and the
/// command that goes on. At most 20 lines.
///
/// Its key is a digest of what happened, so that a night which is resumed and ends as before
/// is not told of twice, and one that got further is.
pub fn summary(night: &RunSummary, at: Timestamp) -> Message {
    let mut lines = vec![outcome(night), steps(night)];
    lines.extend(criteria(night));
    lines.extend(commits(night));
    lines.extend(failures(night));
    lines.extend(night.next().iter().map(|next| format!("Next: {next}")));
    Message {
        event: MessageEvent::Ended,
        key: key(night),
        run: Some(night.run.to_string()),
        title: format!(
            "{}: {}, {} of {} steps done",
            shorten(&night.plan_title, 60),
            night.standing.name(),
            night.done,
            night.total
        ),
        lines,
        priority: match night.standing {
            Standing::Complete => Priority::Normal,
            _ => Priority::High,
        },
        at,
    }
}

fn key(night: &RunSummary) -> String {
    let mut facts = vec![night.standing.name().to_owned()];
    for step in &night.steps {
        let state = step.state.as_ref();
        let outcome = state.map_or("", |state| state.outcome.name());
        let attempt = state.map_or(0, |state| state.attempt);
        facts.push(format!("{} {outcome} {attempt}", step.id));
    }
    for criterion in &night.criteria {
        facts.push(format!("{} {:?}", criterion.text, criterion.holds));
    }
    facts.extend(night.commits.iter().map(|commit| commit.commit.clone()));
    format!("ended-{}", digest(&facts.join("\n")))
}

fn outcome(night: &RunSummary) -> String {
    let took = night
        .ended
        .and_then(|ended| std::time::Duration::try_from(ended.duration_since(night.started)).ok())
        .map(|took| format!(" after {}", duration(took)))
        .unwrap_or_default();
    let run = &night.run;
    match night.standing {
        Standing::Complete => {
            format!("The night {run} came to its end{took}; everything the plan asks for is done.")
        }
        Standing::Incomplete => {
            format!("The night {run} came to its end{took}, but not everything is done.")
        }
        Standing::Interrupted => format!("The night {run} was interrupted{took}; resume it."),
        Standing::Died => format!("The night {run} died; resume it."),
        Standing::Running => format!("The night {run} is running."),
    }
}

fn steps(night: &RunSummary) -> String {
    let counts = night.counts.iter();
    let counts: Vec<String> = counts
        .map(|(outcome, count)| format!("{count} {}", outcome.replace('_', " ")))
        .collect();
    if counts.is_empty() {
        format!("Steps: none of {} has ended.", night.total)
    } else {
        format!("Steps: {} (of {}).", counts.join(", "), night.total)
    }
}

fn criteria(night: &RunSummary) -> Vec<String> {
    let count = |holds| {
        let criteria = night.criteria.iter();
        criteria
            .filter(|criterion| criterion.holds == holds)
            .count()
    };
    let (met, unmet, unbound) = (count(Some(true)), count(Some(false)), count(None));
    if met + unmet + unbound == 0 {
        return Vec::new();
    }
    let mut words = format!("Criteria: {met} met, {unmet} not met");
    if unbound > 0 {
        words.push_str(&format!(", {unbound} without a check"));
    }
    let mut lines = vec![format!("{words}.")];
    if let Some(first) = night.criteria.iter().find(|c| c.holds == Some(false)) {
        lines.push(format!("- not met: {}", first_words(&first.text, 100)));
    }
    lines
}

fn commits(night: &RunSummary) -> Option<String> {
    let count = night.commits.len();
    if count == 0 {
        return None;
    }
    let plural = if count == 1 { "commit" } else { "commits" };
    let place = match &night.branch {
        Some(branch) => format!(" on {branch}"),
        None => " in place".to_owned(),
    };
    Some(format!("{count} {plural}{place}."))
}

/// The first steps that failed, each with its reason and what its class means.
fn failures(night: &RunSummary) -> Vec<String> {
    let is_named = |step: &&StepSummary| {
        let outcome = step.state.as_ref().map(|state| state.outcome);
        // What nobody came to is counted above; it has no reason of its own.
        !matches!(
            outcome,
            None | Some(StepOutcome::Done | StepOutcome::NotStarted | StepOutcome::Unbound)
        )
    };
    let mut failed: Vec<&StepSummary> = night.steps.iter().filter(is_named).collect();
    // Steps are skipped because others failed: those come first.
    failed.sort_by_key(|step| {
        let state = step.state.as_ref();
        state.is_some_and(|state| state.outcome == StepOutcome::Skipped)
    });
    let mut lines = Vec::new();
    for step in failed.iter().take(FAILURES) {
        let Some(state) = &step.state else { continue };
        let mut line = format!("{} {}", step.id, state.outcome);
        if let Some(reason) = &state.reason {
            line.push_str(&format!(": {}", shorten(reason, 160)));
        }
        lines.push(line);
        if let Some(class) = state.class {
            lines.push(format!("  {}", class.sentence()));
        }
    }
    if failed.len() > FAILURES {
        lines.push(format!("... and {} more.", failed.len() - FAILURES));
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use overnight_record::FailureClass;

    use super::*;
    use crate::state::{CommitState, CriterionState, StepState};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_766_700_000 + second).unwrap()
    }

    fn step(id: &str, outcome: StepOutcome) -> StepSummary {
        StepSummary {
            id: id.parse().unwrap(),
            text: format!("Step {id}"),
            run: Some("true".to_owned()),
            state: Some(StepState {
                outcome,
                class: None,
                attempt: 1,
                duration_s: 1.0,
                reason: None,
                next: None,
            }),
        }
    }

    fn failed(id: &str, class: FailureClass, reason: &str) -> StepSummary {
        let mut step = step(id, StepOutcome::Failed);
        let state = step.state.as_mut().unwrap();
        state.class = Some(class);
        state.reason = Some(reason.to_owned());
        state.next = Some(format!(
            "overnight run --resume last --only {id} --retry-failed"
        ));
        step
    }

    fn night(standing: Standing, steps: Vec<StepSummary>) -> RunSummary {
        let mut counts = BTreeMap::new();
        for state in steps.iter().filter_map(|step| step.state.as_ref()) {
            *counts.entry(state.outcome.name()).or_default() += 1;
        }
        RunSummary {
            run: "2026-01-01_2200_receipts".parse().unwrap(),
            plan: "PLAN.md".to_owned(),
            plan_title: "Receipts, second night".to_owned(),
            started: at(0),
            ended: Some(at(22_000)),
            timezone: "Asia/Seoul".to_owned(),
            standing,
            disposition: None,
            total: steps.len(),
            done: steps
                .iter()
                .filter(|s| s.state.as_ref().is_some_and(|s| s.outcome.is_success()))
                .count(),
            counts,
            running: Vec::new(),
            steps,
            criteria: Vec::new(),
            commits: Vec::new(),
            branch: Some("overnight/2026-01-01_2200_receipts".to_owned()),
            worktree: None,
        }
    }

    fn bad_night() -> RunSummary {
        let mut skipped = step("1.2.1", StepOutcome::Skipped);
        skipped.state.as_mut().unwrap().reason =
            Some("it needs 1.1, of which 1.1.2 ended failed".to_owned());
        let mut night = night(
            Standing::Incomplete,
            vec![
                step("1.1.1", StepOutcome::Done),
                skipped,
                failed("2.1.1", FailureClass::Timeout, "ran for more than 4h"),
                failed("2.1.2", FailureClass::GpuMemory, "CUDA out of memory"),
                failed("2.1.3", FailureClass::Error, &"long ".repeat(60)),
                failed("2.1.4", FailureClass::Error, "exit code 2"),
                step("3.1.1", StepOutcome::Unbound),
            ],
        );
        let criterion = |text: &str, holds| CriterionState {
            text: text.to_owned(),
            holds,
            evidence: String::new(),
        };
        night.criteria = vec![
            criterion("`make check` passes", Some(true)),
            criterion("CER is **below** 5 %", Some(false)),
            criterion("Somebody read it", None),
        ];
        night.commits = vec![CommitState {
            commit: "c0ffee".to_owned(),
            subject: "s".to_owned(),
            step: None,
        }];
        night
    }

    fn shown(message: &Message) -> String {
        format!(
            "[{:?}] {}\n{}",
            message.priority,
            message.title,
            message.text()
        )
    }

    #[test]
    fn a_night_that_did_everything_is_told_in_a_few_lines() {
        let steps = vec![
            step("1.1.1", StepOutcome::Done),
            step("1.1.2", StepOutcome::Done),
        ];
        let message = summary(&night(Standing::Complete, steps), at(0));
        insta::assert_snapshot!(shown(&message), @r"
        [Normal] Receipts, second night: complete, 2 of 2 steps done
        The night 2026-01-01_2200_receipts came to its end after 6h 06m; everything the plan asks for is done.
        Steps: 2 done (of 2).
        ");
    }

    #[test]
    fn a_bad_night_names_its_first_failures_and_what_goes_on() {
        let message = summary(&bad_night(), at(0));
        assert!(message.lines.len() <= 20);
        insta::assert_snapshot!(shown(&message), @r"
        [High] Receipts, second night: incomplete, 1 of 7 steps done
        The night 2026-01-01_2200_receipts came to its end after 6h 06m, but not everything is done.
        Steps: 1 done, 4 failed, 1 skipped, 1 unbound (of 7).
        Criteria: 1 met, 1 not met, 1 without a check.
        - not met: CER is below 5 %
        1 commit on overnight/2026-01-01_2200_receipts.
        2.1.1 failed: ran for more than 4h
          It ran past its time limit; raise the limit or give it less to do.
        2.1.2 failed: CUDA out of memory
          The graphics card ran out of memory; use a smaller batch, or free the card.
        2.1.3 failed: long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long…
          It failed; its log holds the reason.
        ... and 2 more.
        Next: overnight run --resume last --only 2.1.1 --retry-failed
        Next: overnight runs accept 2026-01-01_2200_receipts
        ");
    }

    #[test]
    fn an_interrupted_night_says_how_to_resume_it() {
        let steps = vec![
            step("1.1.1", StepOutcome::Interrupted),
            step("1.1.2", StepOutcome::NotStarted),
        ];
        let mut night = night(Standing::Interrupted, steps);
        night.branch = None;
        insta::assert_snapshot!(shown(&summary(&night, at(0))), @r"
        [High] Receipts, second night: interrupted, 0 of 2 steps done
        The night 2026-01-01_2200_receipts was interrupted after 6h 06m; resume it.
        Steps: 1 interrupted, 1 not started (of 2).
        1.1.1 interrupted
        Next: overnight run --resume 2026-01-01_2200_receipts
        ");
    }

    #[test]
    fn the_same_end_has_the_same_key_and_another_has_another() {
        let night = bad_night();
        let mut later = night.clone();
        later.ended = Some(at(30_000));
        assert_eq!(summary(&night, at(0)).key, summary(&later, at(9)).key);
        later.steps[2] = step("2.1.1", StepOutcome::Done);
        assert_ne!(summary(&night, at(0)).key, summary(&later, at(9)).key);
    }
}
