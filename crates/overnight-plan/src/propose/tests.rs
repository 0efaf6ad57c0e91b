//! Proposals for the master plan, and for whatever else a plan may say.

use std::path::Path;

use overnight_testkit::Shared;
use proptest::prelude::*;

use super::*;
use crate::{Config, bind};

fn shown(proposals: &Proposals) -> String {
    let mut text = String::new();
    for step in &proposals.steps {
        let run = step.run.as_ref().map_or("-".to_owned(), |run| {
            let shell = if run.shell { "sh: " } else { "" };
            let place = run.directory.as_ref().map(|d| format!(" (in {d})"));
            let needs: String = run
                .needs
                .iter()
                .map(|step| format!(" (needs {step})"))
                .collect();
            format!("{shell}{}{}{needs}", run.line, place.unwrap_or_default())
        });
        text.push_str(&format!("{} {run}\n      {}\n", step.step, step.reason));
    }
    for criterion in &proposals.criteria {
        text.push_str(&format!("{} {:?}\n", criterion.index, criterion.check));
    }
    text.push_str(&format!("outputs {:?}\n", proposals.outputs));
    text
}

const NOTHING: Surroundings<'static> = Surroundings {
    exists: &|_| false,
    read: &|_| None,
    has_program: &|_| false,
    vlm: ServedModel::USUAL_NAME,
};

#[test]
fn what_cannot_run_here_is_no_proposal() {
    let plan = Plan::parse(
        "## Phase 1: a\n- [ ] Task 1.1: b\n  - [ ] Run `make all`.\n  - [ ] Run `make gone`.\n  \
         - [ ] Run `cd tools && make all`.\n  - [ ] Run `frobnicate --all`.\n  \
         - [ ] Run `known --all`.\n  - [ ] Run `uv run --with x python a.py -o b.py`.\n",
    )
    .unwrap();
    let around = Surroundings {
        exists: &|path| path == "a.py",
        read: &|path| (path == "Makefile").then(|| "all:\n".to_owned()),
        has_program: &|name| name == "known",
        ..NOTHING
    };
    insta::assert_snapshot!(shown(&propose(&plan, &around)));
}

fn master_plan(test: &str) -> Option<Plan> {
    let path = Shared::path(test, "plans/master-plan.md")?;
    Some(Plan::parse(&std::fs::read_to_string(path).unwrap()).unwrap())
}

#[test]
fn the_master_plan_is_proposed_its_own_commands() {
    if let Some(plan) = master_plan("the_master_plan_is_proposed_its_own_commands") {
        insta::assert_snapshot!(shown(&propose(&plan, &Surroundings::EVERYTHING)));
    }
}

#[test]
fn without_its_scripts_the_master_plan_is_proposed_verbs() {
    if let Some(plan) = master_plan("without_its_scripts_the_master_plan_is_proposed_verbs") {
        insta::assert_snapshot!(shown(&propose(&plan, &NOTHING)));
    }
}

#[test]
fn the_written_configuration_fits_its_plan() {
    if let Some(plan) = master_plan("the_written_configuration_fits_its_plan") {
        for around in [Surroundings::EVERYTHING, NOTHING] {
            let proposals = propose(&plan, &around);
            let text = configuration(&plan, &proposals);
            let config = Config::parse(&text, Path::new("overnight.toml")).unwrap();
            let bound = bind(plan.clone(), &config).unwrap();
            assert_eq!(bound.bindings.len(), proposals.bound());
            assert_eq!(bound.checks.len(), 3);
            let outputs = &config.workspace.outputs;
            assert_eq!(outputs, &[Path::new("datasets/validation/vlm_outputs")]);
        }
    }
}

#[test]
fn inline_code_is_a_command_or_not() {
    let found = |text: &str| match command::from_text(text, &Surroundings::EVERYTHING) {
        command::Found::Command(run) => Some(run.line),
        _ => None,
    };
    for text in [
        "Fix `mypy` in `ocr/utils/`",
        "Write `REPORT.md`",
        "Use `Sepia Enhancement`",
        "Set `batch_size`",
        "Run `make <target>`",
        "Run `python ...`",
        "Run `tool 'a`",
        "A lone ` tick",
        "``",
    ] {
        assert_eq!(found(text), None, "{text}");
    }
    for (text, line) in [
        ("Run `make`", "make"),
        ("Run ``make a``", "make a"),
        ("Run `tools/x.py --a`", "python tools/x.py --a"),
        ("Run `./x.sh`", "bash ./x.sh"),
        ("Run `mytool --flag a`", "mytool --flag a"),
        (
            "`cd a && make b` and `cd c && make d`",
            "(cd a && make b) && (cd c && make d)",
        ),
    ] {
        assert_eq!(found(text).as_deref(), Some(line), "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_a_plan_says_its_configuration_can_be_read(
        steps in proptest::collection::vec("[a-z`&|>\"'\\\\ \t#.=/가-]{0,24}", 1..6),
        criteria in proptest::collection::vec("[a-z`*\"'\\\\ \t.]{0,16}", 0..4),
    ) {
        let mut text = "## Phase 1: a\n- [ ] Task 1.1: b\u{7}\n".to_owned();
        for step in steps {
            text += &format!("  - [ ] Run {step}\n");
        }
        text += "## Success Criteria Validation\n";
        for criterion in criteria {
            text += &format!("- [ ] {criterion}\n");
        }
        let plan = Plan::parse(&text).unwrap();
        let proposals = propose(&plan, &Surroundings::EVERYTHING);
        let toml = configuration(&plan, &proposals);
        let config = Config::parse(&toml, Path::new("overnight.toml"));
        prop_assert!(config.is_ok(), "{:?}\n{toml}", config.err().map(|e| e.to_string()));
        let bound = config.map(|config| bind(plan, &config));
        if let Ok(Err(error)) = bound {
            return Err(TestCaseError::fail(format!("{error}\n{toml}")));
        }
    }
}
