//! Ticking changes marks and values, and nothing else.

use overnight_testkit::Shared;
use proptest::prelude::*;

use super::*;

const PLAN: &str = "# Plan\n\n## Progress Tracker\n- **STATUS:** PLANNING  \n\
- **CURRENT_STEP:** a\r\n- **LAST COMPLETED TASK:**\n\n\
#### **Phase 1: One**\n1. [ ] **Task 1.1: A**\n   - [ ] a\n   - [x] b\n\
2. [ ] **Task 1.2: B**\n   - [ ] c\n\n## Success Criteria Validation\n- [ ] holds\n- [X] held\n";

fn applied(text: &str, progress: &PlanProgress) -> String {
    apply(text, &Plan::parse(text).unwrap(), progress)
}

fn steps(ids: &[(&str, bool)]) -> PlanProgress {
    PlanProgress {
        steps: ids
            .iter()
            .map(|(id, checked)| (id.parse().unwrap(), *checked))
            .collect(),
        ..PlanProgress::default()
    }
}

#[test]
fn a_task_is_ticked_with_its_last_step() {
    let all = applied(PLAN, &steps(&[("1.1.1", true)]));
    assert_eq!(
        all,
        PLAN.replace("[ ] **Task 1.1", "[x] **Task 1.1")
            .replace("- [ ] a", "- [x] a")
    );
    let back = applied(&all, &steps(&[("1.1.1", false)]));
    assert_eq!(back, PLAN);
}

#[test]
fn a_step_that_is_not_named_keeps_its_box() {
    assert_eq!(applied(PLAN, &PlanProgress::default()), PLAN);
    assert_eq!(applied(PLAN, &steps(&[("7.7.7", true)])), PLAN);
    let text = PLAN.replace("[ ] **Task 1.1", "[x] **Task 1.1");
    assert_eq!(
        applied(&text, &steps(&[("1.2.1", false)])),
        text,
        "a task whose steps are not named keeps its box"
    );
}

#[test]
fn tracker_values_become_one_line() {
    let progress = PlanProgress {
        status: Some("INCOMPLETE\n(1 of\t3)".to_owned()),
        current_step: Some("1.1.1 단계".to_owned()),
        last_completed_task: Some(" none ".to_owned()),
        next_task: Some("there is no such field".to_owned()),
        ..PlanProgress::default()
    };
    let expected = PLAN
        .replace("PLANNING", "INCOMPLETE (1 of 3)")
        .replace("** a\r", "** 1.1.1 단계\r")
        .replace("TASK:**", "TASK:** none");
    let once = applied(PLAN, &progress);
    assert_eq!(once, expected);
    assert_eq!(applied(&once, &progress), expected);
}

#[test]
fn criteria_are_ticked_by_index() {
    let progress = PlanProgress {
        criteria: [(0, true), (1, false), (9, true)].into(),
        ..PlanProgress::default()
    };
    let expected = PLAN
        .replace("[ ] holds", "[x] holds")
        .replace("[X] held", "[ ] held");
    assert_eq!(applied(PLAN, &progress), expected);
}

#[test]
fn another_text_is_left_alone() {
    let plan = Plan::parse(PLAN).unwrap();
    let progress = PlanProgress {
        status: Some("DONE".to_owned()),
        criteria: [(0, true)].into(),
        ..steps(&[("1.1.1", true)])
    };
    for text in ["", "short", &"가".repeat(200)] {
        assert_eq!(apply(text, &plan, &progress), text);
    }
}

/// Progress for every step and criterion of a plan, chosen by bits, and a status.
fn progress_for(plan: &Plan, bits: &[bool], status: &str) -> PlanProgress {
    let mut bits = bits.iter().copied().cycle();
    let mut bit = || bits.next().unwrap_or(false);
    PlanProgress {
        steps: plan.steps().map(|step| (step.id, bit())).collect(),
        criteria: (0..plan.criteria.len()).map(|i| (i, bit())).collect(),
        status: Some(status.to_owned()),
        current_step: Some(status.to_owned()),
        ..PlanProgress::default()
    }
}

/// Walks through both documents: every byte outside marks and values is the same, but for one
/// space that parts a value from its name.
fn assert_frame_stays(before: &str, after: &str) {
    let (old, new) = (Plan::parse(before).unwrap(), Plan::parse(after).unwrap());
    let mark = |at: usize| (at..at + 1, None);
    let mut spans: Vec<(Range<usize>, Option<usize>)> = old
        .steps()
        .map(|step| mark(step.mark_span().start))
        .chain(old.tasks().filter_map(|task| Some(mark(task.mark()?))))
        .chain(old.criteria.iter().map(|c| mark(c.mark_span().start)))
        .chain(
            old.tracker
                .fields
                .iter()
                .map(|f| (f.value_span(), Some(f.line))),
        )
        .collect();
    spans.sort_by_key(|(span, _)| span.start);
    let (mut at, mut rest) = (0, after);
    for (span, field) in spans {
        let frame = &before[at..span.start];
        rest = rest
            .strip_prefix(frame)
            .unwrap_or_else(|| panic!("{frame:?} {rest:?}"));
        at = span.end;
        let Some(line) = field else {
            assert!(rest.starts_with([' ', 'x', 'X']), "{rest:?}");
            rest = &rest[1..];
            continue;
        };
        let value = &new
            .tracker
            .fields
            .iter()
            .find(|f| f.line == line)
            .unwrap()
            .value;
        assert!(!value.contains(['\n', '\r']), "{value:?}");
        let is_new = !value.is_empty() && value != &before[span];
        if is_new && !frame.ends_with(char::is_whitespace) {
            rest = rest.strip_prefix(' ').unwrap_or(rest);
        }
        rest = rest.strip_prefix(value.as_str()).unwrap();
    }
    assert_eq!(&before[at..], rest);
}

fn check_laws(text: &str, bits: &[bool], status: &str) {
    let plan = Plan::parse(text).unwrap();
    let progress = progress_for(&plan, bits, status);
    let once = apply(text, &plan, &progress);
    let again = Plan::parse(&once).unwrap();
    assert_eq!(apply(&once, &again, &progress), once, "idempotent");
    assert_frame_stays(text, &once);
    for step in again.steps() {
        assert_eq!(step.checked, progress.steps[&step.id]);
    }
    for field in &again.tracker.fields {
        let is_written = ["STATUS", "CURRENT STEP"].contains(&field.name.as_str());
        let before = plan.tracker.fields.iter().find(|f| f.line == field.line);
        assert!(is_written || before.map(|f| &f.value) == Some(&field.value));
    }
    for task in again.tasks().filter(|task| !task.steps.is_empty()) {
        assert_eq!(task.checked, task.steps.iter().all(|step| step.checked));
    }
    for (index, criterion) in again.criteria.iter().enumerate() {
        assert_eq!(criterion.checked, progress.criteria[&index]);
    }
    // Ticking everything and unticking it again.
    let tick = |text: &str, checked| {
        let plan = Plan::parse(text).unwrap();
        let mut progress = progress_for(&plan, &[checked], "");
        (progress.status, progress.current_step) = (None, None);
        apply(text, &plan, &progress)
    };
    let clear = tick(text, false);
    assert_eq!(tick(&tick(&clear, true), false), clear, "tick and untick");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_laws_hold_for_random_plans(
        text in crate::document::random::plans(),
        bits in proptest::collection::vec(any::<bool>(), 1..20),
        status in "[\\PC*_` \t\r\n]{0,12}",
    ) {
        if Plan::parse(&text).is_ok() {
            check_laws(&text, &bits, &status);
        }
    }
}

proptest! {
    #[test]
    fn the_laws_hold(
        bits in proptest::collection::vec(any::<bool>(), 1..20),
        status in "\\PC{0,20}",
        crlf in any::<bool>(),
    ) {
        let text = if crlf { PLAN.replace("\r\n", "\n").replace('\n', "\r\n") } else { PLAN.to_owned() };
        check_laws(&text, &bits, &status);
    }
}

#[test]
fn the_laws_hold_for_real_plans() {
    let test = "the_laws_hold_for_real_plans";
    let Some(folder) = Shared::path(test, "plans") else {
        return;
    };
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for bits in [&[true][..], &[false], &[true, false, true]] {
            check_laws(&text, bits, "RUNNING");
            check_laws(&text.replace('\n', "\r\n"), bits, "실행 중\r\nnow");
        }
    }
}

#[test]
fn a_diff_of_the_master_plan_shows_marks_only() {
    let test = "a_diff_of_the_master_plan_shows_marks_only";
    let Some(path) = Shared::path(test, "plans/master-plan.md") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let after = applied(
        &text,
        &steps(&[("1.1.1", true), ("1.1.2", true), ("2.1.1", true)]),
    );
    let changed: Vec<(&str, &str)> = text
        .lines()
        .zip(after.lines())
        .filter(|(old, new)| old != new)
        .collect();
    assert_eq!(text.lines().count(), after.lines().count());
    assert_eq!(changed.len(), 4, "three steps and task 1.1");
    for (old, new) in changed {
        assert_eq!(old.replacen("[ ]", "[x]", 1), new);
    }
}
