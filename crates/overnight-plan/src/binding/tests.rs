//! Bindings that fit, and every way in which they do not.

use std::path::Path;

use overnight_record::Diagnose;

use super::*;

const PLAN: &str = "# Plan
#### **Phase 1: One**
1. [ ] **Task 1.1: A**
   - [ ] a
   - [ ] b
2. [ ] **Task 1.2: B**
   - [ ] c
#### **Phase 2: Two**
1. [ ] **Task 2.1: C**
   - [ ] d
2. [ ] **Task 2.2: D**
## Success Criteria Validation
- [ ] `make quality-check` passes with zero errors.
- [ ] A `REPORT.md` is generated.
- [ ] A `REPORT.md` is read.
";

fn bound(toml: &str) -> Result<BoundPlan, BindError> {
    let config = Config::parse(toml, Path::new("overnight.toml")).unwrap();
    bind(Plan::parse(PLAN).unwrap(), &config)
}

#[test]
fn steps_and_criteria_are_bound() {
    let bound = bound(
        "[steps.\"1.1.2\"]\nrun = \"make 'a b'\"\ntimeout = \"1h30m\"\nneeds = [\"1.1.1\"]\n\
         directory = \"x\"\nenv = { A = \"b\" }\n\
         [steps.\"2.1.1\"]\nrun = \"a | b\"\nshell = true\nneeds = [\"1\", \"1.2\"]\n\
         [criteria.\"Make Quality-check\"]\ncheck = [\"make\", \"quality-check\"]\n\
         [criteria.\"A REPORT.md is gen\"]\ncheck = \"x\"\n",
    );
    // `gen` ends in the middle of a word.
    assert!(bound.is_err());
    let bound = self::bound(
        "[steps.\"1.1.2\"]\nrun = \"make 'a b'\"\ntimeout = \"1h30m\"\nneeds = [\"1.1.1\"]\n\
         directory = \"x\"\nenv = { A = \"b\" }\n\
         [steps.\"2.1.1\"]\nrun = \"a | b\"\nshell = true\nneeds = [\"1\", \"1.2\"]\n\
         [criteria.\"Make Quality-check\"]\ncheck = [\"make\", \"quality-check\"]\n\
         [criteria.\"A REPORT.md is generated\"]\ncheck = \"x\"\n",
    )
    .unwrap();
    let binding = bound.binding("1.1.2".parse().unwrap()).unwrap();
    assert_eq!(binding.argv, ["make", "a b"]);
    assert_eq!(binding.display, "make 'a b'");
    assert_eq!(binding.policy.timeout, Duration::from_secs(5400));
    assert_eq!(binding.directory.as_deref(), Some(Path::new("x")));
    assert_eq!(binding.env["A"], "b");
    let shell = bound.binding("2.1.1".parse().unwrap()).unwrap();
    assert_eq!(shell.argv, ["sh", "-c", "a | b"]);
    let unbound: Vec<String> = bound.unbound().map(|step| step.id.to_string()).collect();
    assert_eq!(unbound, ["1.1.1", "1.2.1"]);
    assert_eq!(bound.checks.keys().copied().collect::<Vec<_>>(), [0, 1]);
    assert_eq!(bound.checks[&0].display, "make quality-check");
}

#[test]
fn an_empty_configuration_binds_nothing() {
    let bound = bind(Plan::parse(PLAN).unwrap(), &Config::default()).unwrap();
    assert_eq!(bound.unbound().count(), 4);
    assert!(bound.checks.is_empty());
}

#[test]
fn misfits_are_named_with_line_and_hint() {
    let run = "run = \"a\"\n";
    let mut toml = String::new();
    for (address, more) in [
        ("1.1.1", "needs = [\"1.1.2\"]\n"),
        ("1.1.2", "needs = [\"1.1\"]\n"),
        ("1.1.3", ""),
        ("1.3.1", ""),
        ("2.1.1", "needs = [\"1.7\", \"2.2\"]\n"),
        ("2.2.1", ""),
        ("7.1.1", ""),
    ] {
        toml += &format!("[steps.\"{address}\"]\n{run}{more}");
    }
    toml += "[steps.\"1.2.1\"]\nrun = \"cd a && make\"\n";
    for (line, check) in [
        ("make qality-check passes", "a"),
        ("A REPORT.md", "a"),
        ("make quality-check", "a"),
        ("`make` quality-check passes", "a"),
        ("Nothing like it at all", "a"),
        ("A REPORT.md is read", "a 'b"),
    ] {
        toml += &format!("[criteria.\"{line}\"]\ncheck = \"{check}\"\n");
    }
    let error = bound(&toml).unwrap_err();
    insta::assert_snapshot!(error);
    assert!(error.hint().unwrap().contains("plan explain"));
}

#[test]
fn one_misfit_carries_its_own_hint() {
    let error = bound("\n[steps.\"1.1.7\"]\nrun = \"a\"\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to bind the plan with overnight.toml\n  line 2: steps.\"1.1.7\": the plan has \
         no step 1.1.7"
    );
    assert_eq!(
        error.hint().as_deref(),
        Some("task 1.1 \"A\" has the steps 1.1.1 and 1.1.2")
    );
    assert_eq!(error.exit_code(), overnight_record::ExitCode::Usage);
}

#[test]
fn names_that_are_not_configured_are_found() {
    let toml = "[datasets.receipts]\nformat = \"sroie\"\npath = \"x\"\n\
        [steps.\"1.1.1\"]\nrun = \"overnight infer --backend ppocr --dataset recepts\"\n\
        [steps.\"1.1.2\"]\nrun = \"overnight infer --backend=qwen --dataset sroie:../d\"\n\
        [steps.\"1.2.1\"]\nrun = \"overnight compare --dataset receipts --baseline ppocr \
        --candidate old.jsonl --profile default\"\n\
        [steps.\"2.1.1\"]\nrun = \"other --dataset nothing\"\n";
    let config = Config::parse(toml, Path::new("overnight.toml")).unwrap();
    let bound = bind(Plan::parse(PLAN).unwrap(), &config).unwrap();
    let found: Vec<String> = unknown_names(&bound, &config)
        .into_iter()
        .map(|name| {
            format!(
                "{} {:?} {}; {}",
                name.step, name.line, name.message, name.hint
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "1.1.1 Some(4) dataset `recepts` is not configured; did you mean `receipts`?",
            "1.1.2 Some(6) backend `qwen` is not configured; the known backends are `ppocr` \
             and `tesseract`",
        ]
    );
}

#[test]
fn an_agent_is_told_the_step_and_the_rules_in_one_argument() {
    let agent = "[workspace]\ngate = [[\"make\"]]\n[agent]\nenabled = true\n\
                 command = [\"my agent\", \"-p\", \"say: {prompt}\", \"--quiet\"]\n\
                 timeout = \"20m\"\n";
    let bound = bound(&format!(
        "{agent}[steps.\"1.1.1\"]\nagent = true\n[steps.\"1.1.2\"]\n\
         agent = \"\"\"\nMend $(it)\n  'now' --force\"\"\"\ntimeout = \"5m\"\n"
    ))
    .unwrap();
    let own = bound.binding("1.1.1".parse().unwrap()).unwrap();
    assert!(own.is_agent && !own.is_parallel);
    assert_eq!(own.policy.timeout, Duration::from_secs(1200));
    assert_eq!(own.display, "'my agent' -p 'say: {prompt}' --quiet  # a");
    assert_eq!(own.argv.len(), 4);
    insta::assert_snapshot!(own.argv[2]);
    let words = bound.binding("1.1.2".parse().unwrap()).unwrap();
    assert_eq!(words.policy.timeout, Duration::from_secs(300));
    assert!(words.argv[2].contains("\nWhat to do: Mend $(it)\n  'now' --force\n"));
    assert!(words.display.ends_with("  # Mend $(it) 'now' --force"));
    assert!(!words.display.contains('\n'));
}
