//! The runner is killed at any moment: nothing that ended is lost or done twice.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use overnight_plan::Plan;
use overnight_record::{Event, EventKind, StepOutcome};
use overnight_run::Ledger;
use overnight_run::ledger::RunRow;
use overnight_testkit::TestProject;

use super::{Dice, assert_no_survivors, is_long};
use crate::night_crash::start;
use crate::night_project::OWN;

/// A step that changes a file and fails, and one that makes the gate worse.
const FAILS: &str = "1.2.3";
const MAKES_WORSE: &str = "2.1.4";

/// A project with a plan of thirty steps. Each writes its address to a file outside, which
/// no rollback reaches, and to a tracked file.
struct Nights {
    project: TestProject,
    outside: tempfile::TempDir,
    plan: String,
    is_tracked: bool,
}

fn addresses() -> impl Iterator<Item = String> {
    (1..=2).flat_map(|phase| {
        (1..=3).flat_map(move |task| (1..=5).map(move |step| format!("{phase}.{task}.{step}")))
    })
}

fn becomes_done(address: &str) -> bool {
    address != FAILS && address != MAKES_WORSE
}

impl Nights {
    /// With a plan that git tracks or not, and with uncommitted edits or not.
    fn new(is_tracked: bool, is_edited: bool) -> Self {
        let (project, outside) = (TestProject::new(), tempfile::tempdir().unwrap());
        let mut plan = "# Long plan\n\n## Progress Tracker\n- **STATUS:** PLANNING\n- **CURRENT STEP:** none\n\
                        - **LAST COMPLETED TASK:** none\n- **NEXT TASK:** all\n"
            .to_owned();
        let mut config = "[run]\ngrace = '1s'\n[workspace]\n\
                          gate = [['sh', '-c', '! grep -q bad work.txt']]\n"
            .to_owned();
        let ran = outside.path().join("ran");
        for address in addresses() {
            let (task, step) = address.rsplit_once('.').unwrap();
            let (phase, number) = task.split_once('.').unwrap();
            if number == "1" && step == "1" {
                let _ = writeln!(plan, "\n#### **Phase {phase}: Part {phase}**");
            }
            if step == "1" {
                let _ = writeln!(plan, "{number}. [ ] **Task {task}: Work**");
            }
            let _ = writeln!(plan, "   - [ ] Step number {step}");
            let end = match address.as_str() {
                FAILS => "; exit 1",
                MAKES_WORSE => "; echo bad >> work.txt",
                _ => "",
            };
            let _ = writeln!(
                config,
                "[steps.\"{address}\"]\nshell = true\nrun = '''echo {address} >> {}; \
                 echo {address} >> work.txt; sleep 0.0{step}{end}'''",
                ran.display()
            );
        }
        project
            .file("PLAN.md", &plan)
            .file("work.txt", "start\n")
            .file("overnight.toml", config);
        if !is_tracked {
            project.file(".gitignore", "PLAN.md\n");
        }
        project.commit_all();
        if is_edited {
            plan = plan.replace("# Long plan", "# Long plan, as I see it");
            project.file("PLAN.md", &plan);
        }
        project.file("untracked.txt", "mine\n");
        Self {
            project,
            outside,
            plan,
            is_tracked,
        }
    }

    /// The run and its events; `None` when it did not come to that.
    fn recorded(&self) -> Option<(RunRow, Vec<Event>)> {
        let ledger = Ledger::open_existing(&self.project.path().join(".overnight")).ok()?;
        let row = ledger.last_run().ok()?;
        let events = ledger.events(&row.record.run).unwrap();
        Some((row, events))
    }

    /// The lines of every export.
    fn exported(&self) -> Vec<String> {
        let logs = self.project.path().join("logs/overnight_runs");
        let runs = fs::read_dir(logs).into_iter().flatten();
        let mut lines = Vec::new();
        for run in runs.filter_map(Result::ok) {
            let text = fs::read_to_string(run.path().join("events.jsonl")).unwrap_or_default();
            // A line without an end may have been cut off.
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            lines.extend(whole.lines().map(ToOwned::to_owned));
        }
        lines
    }

    /// Begins or goes on.
    fn start(&self) -> Child {
        let args: &[&str] = match self.recorded() {
            Some(_) => &["run", "--resume", "last"],
            None => &["run", "PLAN.md"],
        };
        start(&self.project, args)
    }

    /// Whether a plan differs from the one that was written in marks and tracker only.
    fn is_whole(&self, plan: &str) -> bool {
        let plain = |text: &str| -> Vec<String> {
            let lines = text.split('\n').map(|line| match line.split_once(":** ") {
                Some((name, _)) if line.starts_with("- **") => name.to_owned(),
                _ => line.replace("[x]", "[ ]"),
            });
            lines.collect()
        };
        Plan::parse(plan).is_ok() && plain(plan) == plain(&self.plan)
    }

    fn plan_in_checkout(&self) -> String {
        self.project.read("PLAN.md")
    }
}

/// When the runner is killed.
#[derive(Debug)]
enum Moment {
    /// So long after its start.
    After(Duration),
    /// So long after so many more events of a kind.
    Event(&'static str, usize, Duration),
}

impl Moment {
    fn draw(dice: &mut Dice, finished: usize) -> Self {
        let few = |dice: &mut Dice| 1 + usize::try_from(dice.below(3)).unwrap();
        let soon = |dice: &mut Dice| dice.millis(40);
        match dice.below(10) {
            0 => Self::After(dice.millis(8)),
            1 | 2 => Self::After(dice.millis(600)),
            3 => Self::After(dice.millis(2500)),
            4 => Self::Event("step_started", few(dice), soon(dice)),
            5 => Self::Event("gate_checked", few(dice), soon(dice)),
            6 => Self::Event("change_committed", few(dice), soon(dice)),
            7 => Self::Event("step_finished", few(dice), soon(dice)),
            8 if finished >= 24 => Self::Event("report_written", 1, dice.millis(300)),
            9 if finished >= 24 => Self::Event("run_finished", 1, dice.millis(200)),
            _ => Self::Event("task_ticked", 1, dice.millis(60)),
        }
    }

    /// Waits for it; `false` when the runner ended before.
    fn wait(&self, nights: &Nights, runner: &mut Child) -> bool {
        let begun = Instant::now();
        let count = |kind: &str| {
            let lines = nights.exported();
            lines.iter().filter(|line| line.contains(kind)).count()
        };
        let delay = match self {
            Self::After(delay) => *delay,
            Self::Event(kind, more, delay) => {
                let wanted = count(kind) + more;
                while count(kind) < wanted {
                    if runner.try_wait().unwrap().is_some() {
                        return false;
                    }
                    assert!(
                        begun.elapsed() < Duration::from_secs(120),
                        "it stands still"
                    );
                    std::thread::sleep(Duration::from_millis(1));
                }
                *delay
            }
        };
        std::thread::sleep(delay);
        runner.try_wait().unwrap().is_none()
    }
}

/// Kills the runner of nights until `kills` are used up, and lets each night end.
fn storm(default_seed: u64, mut kills: usize) {
    let mut dice = Dice::new(default_seed);
    while kills > 0 {
        let nights = Nights::new(dice.below(3) > 0, dice.below(2) == 0);
        let checkout = Checkout::of(&nights.project);
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    let plan = nights.plan_in_checkout();
                    assert!(nights.is_whole(&plan), "the plan was torn:\n{plan}");
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                one_night(&nights, &mut dice, &mut kills);
            }));
            is_over.store(true, Ordering::SeqCst);
            let watched = watcher.join();
            if let Err(panic) = ended.and(watched) {
                std::panic::resume_unwind(panic);
            }
        });
        assert_all_is_well(&nights, &checkout);
    }
}

fn one_night(nights: &Nights, dice: &mut Dice, kills: &mut usize) {
    let mut before: Vec<Event> = Vec::new();
    let mut history = Vec::new();
    loop {
        let finished = |event: &&Event| matches!(event.kind, EventKind::StepFinished { .. });
        let finished = before.iter().filter(finished).count();
        let mut runner = nights.start();
        let moment = Moment::draw(dice, finished);
        let is_killed = *kills > 0 && moment.wait(nights, &mut runner);
        if is_killed {
            *kills -= 1;
            runner.kill().unwrap();
        }
        let status = runner.wait().unwrap();
        history.push(moment);
        let told = nights.exported();
        let recorded = nights.recorded().map(|(_, events)| events);
        let recorded = recorded.unwrap_or_default();
        assert!(
            recorded.len() >= before.len() && recorded[..before.len()] == before[..],
            "facts were changed after {history:?}"
        );
        let lines: Vec<String> = recorded
            .iter()
            .map(|event| serde_json::to_string(event).unwrap())
            .collect();
        for line in &told {
            assert!(lines.contains(line), "told but not kept: {line}");
        }
        before = recorded;
        if status.code().is_some() {
            // Two steps are not done.
            assert_eq!(status.code(), Some(1), "after {history:?}");
            return;
        }
    }
}

/// The user's checkout.
#[derive(PartialEq)]
struct Checkout {
    tree: BTreeMap<String, Vec<u8>>,
    index: Vec<u8>,
    status: String,
}

impl Checkout {
    fn of(project: &TestProject) -> Self {
        Self {
            tree: project.tree(OWN),
            index: fs::read(project.path().join(".git/index")).unwrap(),
            status: project.git(&["status", "--porcelain=v2", "--branch"]),
        }
    }
}

fn assert_all_is_well(nights: &Nights, checkout: &Checkout) {
    let project = &nights.project;
    assert_no_survivors(project);
    let ran = fs::read_to_string(nights.outside.path().join("ran")).unwrap();
    let ran: Vec<&str> = ran.lines().collect();
    assert_eq!(ran, addresses().collect::<Vec<_>>(), "each ran once");

    let (row, events) = nights.recorded().unwrap();
    for address in addresses() {
        let id = address.parse().unwrap();
        let mut ends = Vec::new();
        for event in &events {
            match &event.kind {
                EventKind::StepStarted { step, .. } if *step == id => {
                    assert!(ends.is_empty(), "{address} began after its end");
                }
                // Lost: the runner died before the command was started.
                EventKind::StepFinished { step, outcome, .. }
                    if *step == id && *outcome != StepOutcome::Lost =>
                {
                    ends.push(*outcome);
                }
                _ => {}
            }
        }
        let wanted = match address.as_str() {
            FAILS => StepOutcome::Failed,
            MAKES_WORSE => StepOutcome::RolledBack,
            _ => StepOutcome::Done,
        };
        assert_eq!(ends, [wanted], "{address}");
    }
    let run = row.record.run.as_str();
    let folder = project.path().join("logs/overnight_runs").join(run);
    let exported = super::events(&folder);
    let numbers: Vec<u64> = exported
        .iter()
        .map(|e| e["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
    assert!(folder.join("report/index.html").exists());

    let branch = format!("overnight/{run}");
    let trailer = "--format=%(trailers:key=Overnight-Step,valueonly,separator=)";
    let log = project.git(&["log", "--reverse", trailer, &format!("main..{branch}")]);
    let committed: Vec<&str> = log.lines().filter(|line| !line.is_empty()).collect();
    let done: Vec<String> = addresses().filter(|a| becomes_done(a)).collect();
    assert_eq!(committed, done, "each change was committed once");
    let work = project.git(&["show", &format!("{branch}:work.txt")]);
    assert_eq!(work.lines().skip(1).collect::<Vec<_>>(), done);

    let plan = match nights.is_tracked {
        true => project.git(&["show", &format!("{branch}:PLAN.md")]),
        false => nights.plan_in_checkout(),
    };
    assert!(nights.is_whole(&plan), "{plan}");
    assert_eq!(plan.matches("   - [x]").count(), done.len(), "{plan}");
    assert!(plan.contains("INCOMPLETE (28 of 30 steps)"), "{plan}");

    let mut now = Checkout::of(project);
    if !nights.is_tracked {
        // The one file of the checkout that the night writes.
        let plan = checkout.tree["PLAN.md"].clone();
        now.tree.insert("PLAN.md".to_owned(), plan);
    }
    let names = |checkout: &Checkout| checkout.tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&now), names(checkout));
    assert!(now == *checkout, "the checkout changed");
    project.git(&["fsck", "--strict", "--no-progress"]);
    let worktrees = project.git(&["worktree", "list", "--porcelain"]);
    assert_eq!(worktrees.matches("worktree ").count(), 2, "{worktrees}");
    let branches = project.git(&["branch", "--list", "overnight/*"]);
    assert_eq!(branches.lines().count(), 1, "{branches}");
    let worktree = project.path().join(".overnight/worktrees").join(run);
    let rules = format!(
        "core.excludesFile={}",
        worktree.with_extension("ignore").display()
    );
    let place = worktree.to_string_lossy().into_owned();
    let left = project.git(&["-C", &place, "-c", &rules, "status", "--porcelain"]);
    assert_eq!(left, "", "the worktree is clean");
}

#[test]
fn a_runner_killed_at_any_moment_loses_nothing_and_repeats_nothing() {
    storm(20_261_123, if is_long() { 200 } else { 8 });
}
