//! What a night costs beside its steps: from step to step, and from a restart to the first
//! step of a long run.
//!
//! `cargo bench -p overnight --bench night`. It prints figures and asserts none.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on stops where it is, and prints"
)]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use overnight_record::{EventKind, RunId, StepId, StepOutcome};
use overnight_run::Ledger;
use overnight_testkit::{Overnight, TestProject};
use rusqlite::params;

fn main() {
    commits();
    steps(1000);
    resume(100_000);
}

/// A project whose plan has `steps` steps in tasks of `per_task`, each of which does nothing.
fn project(steps: usize, per_task: usize) -> TestProject {
    let project = TestProject::new();
    let mut plan = "# Bench\n\n## Progress Tracker\n- **STATUS:** PLANNING\n".to_owned();
    let mut config = String::new();
    plan.push_str("\n#### **Phase 1: All**\n");
    for (task, first) in (0..steps).step_by(per_task).enumerate() {
        let task = task + 1;
        let _ = writeln!(plan, "{task}. [ ] **Task 1.{task}: Nothing**");
        for step in 1..=per_task.min(steps - first) {
            let _ = writeln!(plan, "   - [ ] Do nothing");
            let _ = writeln!(config, "[steps.\"1.{task}.{step}\"]\nrun = 'true'");
        }
    }
    project
        .file("PLAN.md", plan)
        .file("overnight.toml", config)
        .commit_all();
    project
}

fn overnight(project: &TestProject) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
}

/// The project's ledger and its only run.
fn ledger_of(project: &TestProject) -> (Ledger, RunId) {
    let ledger = Ledger::open_existing(&project.path().join(".overnight")).unwrap();
    let run = ledger.last_run().unwrap().record.run;
    (ledger, run)
}

/// Milliseconds at a share of sorted samples.
fn at(sorted: &[Duration], share: f64) -> f64 {
    let index = ((sorted.len() - 1) as f64 * share).round() as usize;
    sorted[index].as_secs_f64() * 1000.0
}

fn show(what: &str, mut samples: Vec<Duration>) {
    samples.sort();
    println!(
        "{what}: n {}, median {:.2} ms, p90 {:.2} ms",
        samples.len(),
        at(&samples, 0.5),
        at(&samples, 0.9)
    );
}

/// One synced commit of SQLite on the same disk, as the ledger makes two for each step.
fn commits() {
    let dir = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(dir.path().join("x.sqlite")).unwrap();
    for (name, value) in [("journal_mode", "WAL"), ("synchronous", "FULL")] {
        connection.pragma_update(None, name, value).unwrap();
    }
    connection
        .execute("CREATE TABLE t (text TEXT)", [])
        .unwrap();
    let text = "x".repeat(300);
    let commit = |_| {
        let begun = Instant::now();
        connection
            .execute("INSERT INTO t VALUES (?1)", [&text])
            .unwrap();
        begun.elapsed()
    };
    show("one synced commit", (0..500).map(commit).collect());
}

fn steps(count: usize) {
    let project = project(count, 10);
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    let (ledger, run) = ledger_of(&project);
    let events = ledger.events(&run).unwrap();
    let starts: Vec<Timestamp> = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::StepStarted { .. }))
        .map(|event| event.at)
        .collect();
    let spans = starts
        .windows(2)
        .map(|pair| Duration::try_from(pair[1].duration_since(pair[0])).unwrap_or_default());
    show("from start to start of a step", spans.collect());
    let whole = starts[starts.len() - 1].duration_since(starts[0]);
    println!(
        "{count} steps: {:.1} s, {:.2} ms each",
        whole.as_secs_f64(),
        whole.as_secs_f64() * 1000.0 / (count - 1) as f64
    );
}

/// A run of `done` finished steps and one more, taken up again.
fn resume(done: usize) {
    let project = project(done + 1, 100);
    let last = format!("[steps.\"1.{}.1\"]\nrun = ", done / 100 + 1);
    let config = project.read("overnight.toml");
    // Whoever says that he was interrupted is run again each time.
    let config = config.replace(
        &format!("{last}'true'"),
        &format!("{last}['sh', '-c', 'exit 130']"),
    );
    project.file("overnight.toml", config).commit_all();
    // The run is begun by the program; all steps but the first and the last are settled by us.
    first_start(&project, &["run", "PLAN.md"], true);
    fill(&project, done);
    let mut samples = Vec::new();
    for _ in 0..3 {
        samples.push(first_start(&project, &["run", "--resume", "last"], false));
    }
    show(
        &format!("{done} steps done: from process start to the first step"),
        samples,
    );
}

/// Writes what the ledger writes for steps that are done, in one transaction.
fn fill(project: &TestProject, done: usize) {
    let (ledger, run) = ledger_of(project);
    let events = ledger.events(&run).unwrap().len();
    let mut connection = rusqlite::Connection::open(ledger.path()).unwrap();
    let transaction = connection.transaction().unwrap();
    let mut seq = i64::try_from(events).unwrap();
    let at = Timestamp::now().to_string();
    for n in 1..done {
        let step: StepId = format!("1.{}.{}", n / 100 + 1, n % 100 + 1)
            .parse()
            .unwrap();
        let started = EventKind::StepStarted {
            step,
            attempt: 1,
            command: "true".to_owned(),
        };
        let finished = EventKind::StepFinished {
            step,
            attempt: 1,
            outcome: StepOutcome::Done,
            class: None,
            exit_code: Some(0),
            duration_s: 0.01,
            peak_rss_mib: None,
            reason: None,
            next: None,
        };
        transaction
            .execute(
                "INSERT INTO attempts (run, step, attempt, command, folder, started, ended, \
                 outcome, exit_code, duration_s) \
                 VALUES (?1, ?2, 1, 'true', ?3, ?4, ?4, 'done', 0, 0.01)",
                params![run.as_str(), step.to_string(), format!("steps/{step}"), at],
            )
            .unwrap();
        for kind in [started, finished] {
            seq += 1;
            transaction
                .execute(
                    "INSERT INTO events (run, seq, at, kind) VALUES (?1, ?2, ?3, ?4)",
                    params![run.as_str(), seq, at, serde_json::to_string(&kind).unwrap()],
                )
                .unwrap();
        }
    }
    transaction.commit().unwrap();
}

/// Time from the start of the process to the line that says a step starts; whether to kill
/// it then.
fn first_start(project: &TestProject, args: &[&str], then_kill: bool) -> Duration {
    let mut command = overnight(project).args(args).into_command();
    let begun = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut span = None;
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        if span.is_none() && line.unwrap().contains(" start") {
            span = Some(begun.elapsed());
            if then_kill {
                child.kill().unwrap();
            }
        }
    }
    child.wait().unwrap();
    println!(
        "  {}: first step after {:.2} s, end after {:.2} s",
        args.join(" "),
        span.unwrap().as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );
    span.unwrap()
}
