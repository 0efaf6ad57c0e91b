mod clocks;

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::time::Duration;

use overnight_plan::{Config, Plan, bind};
use overnight_record::{EventKind, ExitCode, Host, RunId, RunOutcome, StepOutcome, StopFlag};
use overnight_testkit::TestProject;

use super::*;
use crate::notify::Channels;
use crate::secrets::{Redactor, SecretSources};
use crate::workspace::WorkspaceError;

const PLAN: &str = "# Plan

- **STATUS:** PLANNING

#### **Phase 1: One**
1. [ ] **Task 1.1: First**
   - [ ] Step one
   - [ ] Step two
";

/// The program of these nights is this very test binary: started as a shim, its arguments
/// are `__shim` and a folder, of which the test harness makes the names of tests to run. So
/// it runs this one, which is a shim then.
#[test]
fn __shim() {
    if let Some(folder) = std::env::var_os("OVERNIGHT_STEP_DIR") {
        crate::shim::run(Path::new(&folder), &|name| std::env::var(name).ok()).unwrap();
    }
}

struct Bench {
    project: TestProject,
    config: Config,
    stop: StopFlag,
    only: Vec<overnight_record::PlanAddress>,
    until: Option<Timestamp>,
    in_place: bool,
    /// The wall clock; the real one, and the deadline once a step runs, when there is none.
    clock: Option<Box<dyn Fn() -> Timestamp>>,
    events: RefCell<Vec<Event>>,
    reports: RefCell<Vec<ReportStage>>,
}

fn host() -> Host {
    Host {
        name: "host".to_owned(),
        os: "os".to_owned(),
        cpu: "cpu".to_owned(),
        cores: 1,
        memory_mib: 1,
        gpus: Vec::new(),
    }
}

/// A configuration with pauses that tests can wait for.
fn config_of(text: &str) -> Config {
    let quick = "[run]\ngrace = '500ms'\nretry_pause = '10ms'\n";
    Config::parse(&format!("{quick}{text}"), Path::new("overnight.toml")).unwrap()
}

impl Bench {
    fn new(config: &str) -> Self {
        let project = TestProject::new();
        project
            .file("PLAN.md", PLAN)
            .file("a.txt", "one\n")
            .commit_all();
        Self {
            project,
            config: config_of(config),
            stop: StopFlag::default(),
            only: Vec::new(),
            until: None,
            in_place: false,
            clock: None,
            events: RefCell::default(),
            reports: RefCell::default(),
        }
    }

    fn run(&self, start: Start) -> Result<NightOutcome, NightError> {
        let project = self.project.path().canonicalize().unwrap();
        let bound = bind(Plan::parse(PLAN).unwrap(), &self.config).unwrap();
        // The deadline comes as soon as a step runs.
        let has_started = || {
            let events = self.events.borrow();
            let mut kinds = events.iter().map(|event| &event.kind);
            kinds.any(|kind| matches!(kind, EventKind::StepStarted { .. }))
        };
        let clock = || match (&self.clock, self.until) {
            (Some(clock), _) => clock(),
            (None, Some(until)) if has_started() => until,
            _ => Timestamp::now(),
        };
        let (channels, _) = Channels::resolve(
            &self.config.notify,
            &|_| None,
            project.clone(),
            Redactor::default(),
        );
        let spec = NightSpec {
            project: &project,
            plan_path: &project.join("PLAN.md"),
            plan_text: PLAN,
            bound: &bound,
            config: &self.config,
            config_file: None,
            start,
            only: self.only.clone(),
            retry_failed: false,
            until: self.until,
            in_place: self.in_place,
            program: &std::env::current_exe().unwrap(),
            version: "0.1.0",
            command: Vec::new(),
            host: host(),
            clock: &clock,
            steady_clock: &SteadyTime::now,
            jobs: self.config.run.jobs,
            secrets: SecretSources::default(),
            redactor: Redactor::default(),
            channels,
            stop: self.stop.clone(),
        };
        let mut notify = |event: &Event| self.events.borrow_mut().push(event.clone());
        let mut report = |moment: &ReportMoment<'_>| {
            self.reports.borrow_mut().push(moment.stage);
            Ok(Vec::new())
        };
        run(
            &spec,
            &mut Audience {
                notify: &mut notify,
                report: &mut report,
            },
        )
    }

    fn outcomes(&self) -> Vec<(u32, StepOutcome)> {
        let events = self.events.borrow();
        let finished = events.iter().filter_map(|event| match &event.kind {
            EventKind::StepFinished {
                attempt, outcome, ..
            } => Some((*attempt, *outcome)),
            _ => None,
        });
        finished.collect()
    }
}

#[test]
fn a_temporary_failure_is_tried_once_more_in_a_folder_of_its_own() {
    let bench = Bench::new(
        "[steps.\"1.1.1\"]\nshell = true\nrun = 'test -e $OVERNIGHT_ARTIFACTS_DIR/x && exit 0; \
         touch $OVERNIGHT_ARTIFACTS_DIR/x; echo dirt > dirt; exit 75'\n\
         [steps.\"1.1.2\"]\nrun = ['sh', '-c', 'exit 75']\n",
    );
    let outcome = bench.run(Start::Fresh).unwrap();
    assert_eq!(
        bench.outcomes(),
        [
            (1, StepOutcome::Failed),
            (2, StepOutcome::Done),
            (1, StepOutcome::Failed),
            (2, StepOutcome::Failed)
        ]
    );
    assert!(outcome.folder.join("steps/1.1.1/change.patch").exists());
    assert!(
        outcome
            .folder
            .join("steps/1.1.1/attempt-2/stdout.log")
            .exists()
    );
    assert_eq!(
        (outcome.outcome, outcome.exit),
        (RunOutcome::Incomplete, ExitCode::Findings)
    );
}

#[test]
fn the_deadline_ends_what_runs_and_nothing_begins_after_it() {
    let mut bench =
        Bench::new("[steps.\"1.1.1\"]\nrun = 'sleep 30'\n[steps.\"1.1.2\"]\nrun = 'true'\n");
    bench.until = Some(Timestamp::now() + Duration::from_secs(3600));
    let outcome = bench.run(Start::Fresh).unwrap();
    assert_eq!(
        bench.outcomes(),
        [(1, StepOutcome::Interrupted), (0, StepOutcome::NotStarted)]
    );
    assert_eq!(outcome.outcome, RunOutcome::Interrupted);
    assert_eq!(outcome.exit, ExitCode::Findings);
    assert_eq!(
        outcome.next.as_deref(),
        Some(format!("overnight run --resume {}", outcome.run).as_str())
    );
    bench.until = None;
    bench.config = config_of("[steps.\"1.1.1\"]\nrun = 'true'\n[steps.\"1.1.2\"]\nrun = 'true'\n");
    let again = bench.run(Start::Resume(outcome.run)).unwrap();
    assert_eq!(
        (again.outcome, again.exit),
        (RunOutcome::Complete, ExitCode::Done)
    );
}

#[test]
fn a_night_in_place_commits_on_the_current_branch() {
    let mut bench = Bench::new(
        "[steps.\"1.1.1\"]\nrun = ['sh', '-c', 'echo two >> a.txt']\n\
         [steps.\"1.1.2\"]\nrun = ['sh', '-c', 'echo bad > b.txt; exit 1']\n",
    );
    bench.in_place = true;
    let outcome = bench.run(Start::Fresh).unwrap();
    assert_eq!(bench.project.read("a.txt"), "one\ntwo\n");
    assert!(!bench.project.path().join("b.txt").exists());
    assert!(bench.project.read("PLAN.md").contains("- [x] Step one\n"));
    assert_eq!(bench.project.git(&["status", "--porcelain"]), "");
    assert_eq!(outcome.branch.as_deref(), Some("main"));
    bench.project.file("loose", "x");
    let refused = bench.run(Start::Fresh).unwrap_err();
    assert!(matches!(
        refused,
        NightError::Workspace(WorkspaceError::Dirty { .. })
    ));
}

#[test]
fn a_worktree_the_step_destroyed_is_made_again_and_the_checkout_is_not_mistaken_for_it() {
    for vandal in [
        "rm -rf .git a.txt; git add -A; git commit -qm mine",
        "rm -rf .git; git init -q; echo x >> a.txt",
        "rm -rf $PWD",
    ] {
        let bench = Bench::new(&format!(
            "[steps.\"1.1.1\"]\nrun = ['sh', '-c', '{vandal}']\n\
             [steps.\"1.1.2\"]\nrun = ['sh', '-c', 'echo three >> a.txt']\n"
        ));
        let before = bench.project.tree(&[".git"]);
        let outcome = bench.run(Start::Fresh).unwrap();
        let outcomes = bench.outcomes();
        assert_eq!(outcomes[0].1, StepOutcome::Failed, "{vandal}");
        assert_eq!(outcomes[1].1, StepOutcome::Done, "{vandal}");
        let git = |args: &[&str]| bench.project.git(args);
        assert_eq!(git(&["branch", "--show-current"]), "main\n");
        assert_eq!(git(&["log", "--format=%s", "main"]), "test state\n");
        assert_eq!(
            bench.project.tree(&[".git", ".overnight", "logs", "data"]),
            before
        );
        let shown = git(&["show", &format!("overnight/{}:a.txt", outcome.run)]);
        assert_eq!(shown, "one\nthree\n");
    }
}

#[test]
fn only_runs_what_is_named_and_the_rest_stays_open() {
    let mut bench =
        Bench::new("[steps.\"1.1.1\"]\nrun = 'true'\n[steps.\"1.1.2\"]\nrun = 'true'\n");
    bench.only = vec!["1.1.2".parse().unwrap()];
    let outcome = bench.run(Start::Fresh).unwrap();
    assert_eq!(
        bench.outcomes(),
        [(0, StepOutcome::NotStarted), (1, StepOutcome::Done)]
    );
    assert_eq!(
        (outcome.outcome, outcome.exit),
        (RunOutcome::Incomplete, ExitCode::Done)
    );
    bench.only = vec!["2".parse().unwrap()];
    assert!(matches!(
        bench.run(Start::Fresh),
        Err(NightError::NothingSelected { .. })
    ));
    let unknown: RunId = "2000-01-01_0000_x".parse().unwrap();
    assert!(bench.run(Start::Resume(unknown)).is_err());
}

#[test]
fn a_line_that_was_edited_meanwhile_is_not_ticked() {
    let bench = Bench::new(
        "[project]\nplan_updates = 'in-place'\n\
         [steps.\"1.1.1\"]\nshell = true\nrun = 'sed -i \"s/Step two/Step too/\" \
         $OVERNIGHT_STATE_DIR/../PLAN.md'\n[steps.\"1.1.2\"]\nrun = 'true'\n",
    );
    bench.run(Start::Fresh).unwrap();
    let plan = fs::read_to_string(bench.project.path().join("PLAN.md")).unwrap();
    assert!(plan.contains("- [x] Step one\n"), "{plan}");
    assert!(
        plan.contains("- [ ] Step too\n"),
        "an edited line is not ticked: {plan}"
    );
}
