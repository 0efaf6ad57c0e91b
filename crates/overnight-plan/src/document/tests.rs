//! The reader on real, odd and broken documents.

use overnight_record::StepId;
use overnight_testkit::Shared;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::*;

fn outline(plan: &Plan) -> String {
    let tick = |checked| if checked { "x" } else { " " };
    let mut lines = vec![plan.title.clone()];
    for phase in &plan.phases {
        lines.push(format!("{} {}", phase.number, phase.title));
        for task in &phase.tasks {
            lines.push(format!(
                "  [{}] {} {}",
                tick(task.checked),
                task.id,
                task.title
            ));
            for step in &task.steps {
                lines.push(format!(
                    "    [{}] {} {}",
                    tick(step.checked),
                    step.id,
                    step.text
                ));
            }
        }
    }
    for field in &plan.tracker.fields {
        lines.push(format!("{} = {}", field.name, field.value));
    }
    for criterion in &plan.criteria {
        let section = &criterion.section;
        lines.push(format!(
            "[{}] {section} | {}",
            tick(criterion.checked),
            criterion.text
        ));
    }
    for warning in &plan.warnings {
        lines.push(format!("warning {}: {}", warning.line, warning.message));
    }
    lines.join("\n")
}

/// Every mark and value lies where the plan says.
fn assert_spans(text: &str, plan: &Plan) {
    let marks = plan
        .steps()
        .map(|step| (step.mark, step.checked))
        .chain(
            plan.tasks()
                .filter_map(|task| Some((task.mark?, task.checked))),
        )
        .chain(plan.criteria.iter().map(|c| (c.mark, c.checked)));
    for (at, checked) in marks {
        let around = &text[at - 1..at + 2];
        assert!(
            around == "[ ]" && !checked || ["[x]", "[X]"].contains(&around) && checked,
            "{around:?} at byte {at}"
        );
    }
    for field in &plan.tracker.fields {
        assert_eq!(text[field.value_span()], field.value);
    }
}

#[test]
fn the_master_plan_has_four_phases_eight_tasks_and_sixteen_steps() {
    let test = "the_master_plan_has_four_phases_eight_tasks_and_sixteen_steps";
    let Some(path) = Shared::path(test, "plans/master-plan.md") else {
        return;
    };
    let file = PlanFile::load(&path).unwrap();
    let plan = &file.plan;
    assert_eq!(plan.title, "Overnight Autonomous Operations Master Plan");
    assert_eq!(plan.phases.len(), 4);
    assert_eq!(plan.tasks().count(), 8);
    assert_eq!(plan.steps().count(), 16);
    assert_eq!(plan.phases[0].title, "The Auditor (Quality & Compliance)");
    assert_eq!(plan.tracker.fields.len(), 4);
    assert_eq!(
        plan.tracker.get("CURRENT STEP"),
        Some("Phase 1 - Auditor Operations")
    );
    let sections: Vec<&str> = plan.criteria.iter().map(|c| c.section.as_str()).collect();
    let requirements = "Technical Requirements Checklist";
    let success = "Success Criteria Validation";
    assert_eq!(
        sections,
        [
            requirements,
            requirements,
            requirements,
            success,
            success,
            success,
            success
        ]
    );
    assert_eq!(plan.warnings, []);
    assert_spans(&file.text, plan);
}

const ODD: &str = "\u{feff}---\r
title: 밤샘 계획 # the plan\r
---\r
# Another title\r
## ðŸ“Š Progress_Tracker is not one\r
## 📊 **Progress Tracker**\r
- **STATUS:** RUNNING  \r
- **CURRENT_STEP**: 1.1\tnow\r
* LAST COMPLETED TASK:none\r
NEXT TASK: \r
- a sentence that is far too long for the name of a field: no\r
\r
Overview: **Phase 2: later**\r
### 📦 **Phase 1: 감사 (Audit)** ###\r
An introduction.\r
1) [X] **Task 1.1: 문서 `a**b` 감사**\r
\t- [ ] Run `make\r
\t  check`\r
\t  and wait.\r
\r
\t\t* [x] 하위\r
\r
   A paragraph does not end the task.\r
\r
\t- [ ] third\r
\t- no box\r
\t- [ ]\r
```\r
- [ ] **Task 9.9: in code**\r
   - [ ] not read\r
```\r
- [ ] flat\r
   - [ ] below flat\r
#### Notes\r
- [ ] in the notes\r
- [ ] **Task 1.2: without steps**\r
### Phase 10 — Ten\r
* [ ] Task 10.3 - last\r
  + [x] done\r
## ðŸŽ¯ Success Criteria Validation (final)\r
  - [ ] indented `one`\r
    goes on\r
    - [ ] nested is not one\r
  - [x] two\r
### Functional\r
- [ ] three\r
## Other\r
- [ ] not one\r
";

#[test]
fn odd_documents_are_read() {
    let plan = Plan::parse(ODD).unwrap();
    assert_spans(ODD, &plan);
    insta::assert_snapshot!(outline(&plan));
}

#[test]
fn line_ends_make_no_difference() {
    let unix = ODD.replace("\r\n", "\n");
    let plan = Plan::parse(&unix).unwrap();
    assert_spans(&unix, &plan);
    assert_eq!(outline(&plan), outline(&Plan::parse(ODD).unwrap()));
}

#[test]
fn lines_are_those_of_an_editor() {
    let plan = Plan::parse("# a\n\n## Phase 1: b\n- [ ] Task 1.1: c\n  - [ ] d\n").unwrap();
    assert_eq!(plan.phases[0].line, 3);
    assert_eq!(plan.phases[0].tasks[0].line, 4);
    assert_eq!(plan.steps().next().unwrap().line, 5);
}

#[test]
fn an_overview_may_name_the_phases_before_the_outline() {
    let text = "## Phase 1: short\nwords\n## Phase 1: long\n- [ ] Task 1.1: a\n## Phase 1: end\n";
    let plan = Plan::parse(text).unwrap();
    assert_eq!(plan.phases.len(), 1);
    assert_eq!(plan.phases[0].title, "long");
}

fn outline_of(text: &str) -> String {
    let plan = Plan::parse(text).unwrap();
    assert_spans(text, &plan);
    outline(&plan)
}

#[test]
fn tasks_without_a_box_are_tasks_when_they_have_steps() {
    let text = "## Phase 1: a\n- see **Task 1.2** below\n1. **Task 1.1: b**\n   - [x] c\n\
        2. [ ] **Task 1.2: d**\n   - [ ] e\n   - **Task 1.1** comes first\n   - [ ] f\n\
        3. a note\n   - [ ] g\n### Task 1.3: h\n- [ ] i\n  - [ ] j\n## Task 1.4: k\n- [ ] l\n## Task 2.1: m\n- [ ] n\n";
    insta::assert_snapshot!(outline_of(text), @r"
    Phase 1: a
    1 a
      [x] 1.1 b
        [x] 1.1.1 c
      [ ] 1.2 d
        [ ] 1.2.1 e
        [ ] 1.2.2 f
      [ ] 1.3 h
        [ ] 1.3.1 i
        [ ] 1.3.2 j
      [ ] 1.4 k
        [ ] 1.4.1 l
    warning 10: the checkbox stands below no task and is not read
    warning 17: the checkbox stands in no phase and no checklist and is not read
    ");
}

#[test]
fn checklists_hold_every_box_below_them() {
    let text = "# The success criteria of a plan\n- [ ] before\n- [ ] it all\n\
        ## ✅ Technical requirements\n- Logs:\n  - [ ] a\n    - [x] b\n\
        ## Phase 1: a\n- [ ] Task 1.1: b\n  - [ ] c\n### Success Criteria\n- [ ] d\n\
        ### More\n- [ ] **Task 1.2** e\n  - [ ] f\n## Success criteria\n### Phase 1: a\n\
        - [ ] g\n- [] h\n";
    insta::assert_snapshot!(outline_of(text), @r"
    The success criteria of a plan
    1 a
      [ ] 1.1 b
        [ ] 1.1.1 c
      [ ] 1.2 e
        [ ] 1.2.1 f
    [ ] Technical requirements | a
    [x] Technical requirements | b
    [ ] Success Criteria | d
    [ ] Success criteria | g
    warning 2: the 2 checkboxes from here to the next heading stand in no phase and no checklist and are not read
    warning 19: it looks like a checkbox and is not read; a checkbox is `- [ ] ` or `- [x] `
    ");
}

#[test]
fn what_only_looks_like_a_step_is_none_and_what_was_meant_as_one_is_said() {
    let text = "Phase 1: a\n---\n\n    - [ ] Task 1.1: in code\n\n- [ ] Task 1.1: b\n\
        \t- [ ] c\n\n\t\t```md\n\t\t- [ ] d\n\t\t```\n\n\t  ~~~\n\t  - [ ] e\n\t  ~~~\n\
        \t- [ ] f\n\t- [✓] g\n\t• [ ] h\n\t<!-- - [ ] i -->\n\t- [ ] Task 1.1.9: j\n\
        \t- [ ] Task 1.2 is next\n- [ ] Task 1.2 k\n  - [ ] l\n  ```\n  open\n";
    insta::assert_snapshot!(outline_of(text), @r"
    Phase 1: a
    1 a
      [ ] 1.1 b
        [ ] 1.1.1 c
        [ ] 1.1.2 f
        [ ] 1.1.3 Task 1.1.9: j
        [ ] 1.1.4 Task 1.2 is next
      [ ] 1.2 k
        [ ] 1.2.1 l
    warning 4: the checkbox stands in indented code and is not read
    warning 17: it looks like a checkbox and is not read; a checkbox is `- [ ] ` or `- [x] `
    warning 18: it looks like a checkbox and is not read; a checkbox is `- [ ] ` or `- [x] `
    warning 24: the code block that begins here is not closed; nothing up to line 25 is read
    ");
}

#[test]
fn task_1_1_is_not_task_1_10() {
    let tasks: String = (1..=11)
        .map(|n| format!("- [ ] Task 1.{n}: t\n  - [ ] step of {n}\n"))
        .collect();
    let plan = Plan::parse(&format!("## Phase 1: a\n{tasks}")).unwrap();
    for (address, text) in [
        ("1.1.1", "step of 1"),
        ("1.10.1", "step of 10"),
        ("1.11.1", "step of 11"),
    ] {
        assert_eq!(plan.step(address.parse().unwrap()).unwrap().text, text);
    }
    let address: overnight_record::PlanAddress = "1.1".parse().unwrap();
    assert_eq!(
        plan.steps().filter(|step| address.covers(step.id)).count(),
        1
    );
}

#[test]
fn what_is_no_plan_is_said_with_its_line() {
    let p = "## Phase 1: a\n- [ ] Task 1.1: b\n";
    for (text, message) in [
        (String::new(), "the document has no phase"),
        (
            "- [ ] Task 1.1: b\n".to_owned(),
            "line 1: task 1.1 stands outside every phase",
        ),
        (
            format!("{p}# Other\n\n- [ ] Task 1.2: b\n"),
            "line 5: task 1.2 stands outside every phase",
        ),
        (
            format!("{p}- [ ] **Task 1.1: b**"),
            "line 3: task 1.1 occurs a second time, it is also on line 2",
        ),
        (
            format!("{p}- [ ] **Task 2.1: b**"),
            "line 3: task 2.1 stands under phase 1",
        ),
        (
            format!("{p}{p}"),
            "line 3: phase 1 occurs a second time, it is also on line 1",
        ),
        (
            "# Phase 0: a".to_owned(),
            "line 1: `0` is not a number a phase may have",
        ),
        (
            format!("{p}- [ ] Task 1.70000: b"),
            "line 3: `1.70000` is not a number a task may have",
        ),
        (
            format!("{p}- [ ] Task 2: b"),
            "line 3: `2` is not a number a task may have",
        ),
        (
            format!("{p}{}", "  - [ ] s\n".repeat(65_536)),
            "line 65538: task 1.1 has more than 65535 steps",
        ),
    ] {
        let error = Plan::parse(&text).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(overnight_record::Diagnose::hint(&error).is_some());
    }
}

/// Lines that mean something to the reader, in any order.
fn documents() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("## Phase 1: a".to_owned()),
        (1u8..4).prop_map(|n| format!("#### **Phase {n}: 단계**")),
        (1u8..4, 1u8..4).prop_map(|(p, t)| format!("1. [ ] **Task {p}.{t}: b**")),
        Just("   - [ ] Run `x`".to_owned()),
        Just("\t- [X] y".to_owned()),
        Just("```".to_owned()),
        Just("<!--".to_owned()),
        Just("-->".to_owned()),
        Just("## Progress Tracker".to_owned()),
        Just("- **STATUS:** PLANNING".to_owned()),
        Just("## ðŸŽ¯ **Success Criteria Validation**".to_owned()),
        Just("- [ ] criterion".to_owned()),
        Just(String::new()),
        "\\PC{0,12}",
        "[ \t>#*_`~:.\\[\\]x0-9-]{0,10}",
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    proptest::collection::vec((line, end), 0..25)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

/// Most random plans must be plans, or the laws about them say nothing.
#[test]
fn random_plans_are_plans() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let plans = random::plans();
    let (mut read, mut steps, mut criteria) = (0, 0, 0);
    for _ in 0..300 {
        let text = plans.new_tree(&mut runner).unwrap().current();
        if let Ok(plan) = Plan::parse(&text) {
            read += 1;
            steps += plan.steps().count();
            criteria += plan.criteria.len();
        }
    }
    assert!(
        read > 200 && steps > 1000 && criteria > 100,
        "{read} plans, {steps} steps, {criteria} criteria"
    );
}

proptest! {
    #[test]
    fn every_step_of_a_random_plan_has_one_address_and_one_mark(text in random::plans()) {
        if let Ok(plan) = Plan::parse(&text) {
            assert_spans(&text, &plan);
            let ids: std::collections::BTreeSet<_> = plan.steps().map(|step| step.id).collect();
            prop_assert_eq!(ids.len(), plan.steps().count());
            let marks: Vec<usize> = plan
                .steps()
                .map(|step| step.mark)
                .chain(plan.tasks().filter_map(|task| task.mark))
                .chain(plan.criteria.iter().map(|c| c.mark))
                .collect();
            let different: std::collections::BTreeSet<_> = marks.iter().collect();
            prop_assert_eq!(different.len(), marks.len());
            for step in plan.steps() {
                prop_assert_eq!(plan.step(step.id), Some(step));
            }
        }
    }

    #[test]
    fn no_document_panics(text in documents()) {
        if let Ok(plan) = Plan::parse(&text) {
            assert_spans(&text, &plan);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = PlanFile::from_bytes(std::path::Path::new("p"), bytes);
    }

    #[test]
    fn steps_are_numbered_without_gaps(text in documents()) {
        if let Ok(plan) = Plan::parse(&text) {
            for task in plan.tasks() {
                for (index, step) in task.steps.iter().enumerate() {
                    let id = StepId { task: task.id, step: index as u16 + 1 };
                    prop_assert_eq!(step.id, id);
                }
            }
        }
    }
}
