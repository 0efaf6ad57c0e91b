//! Writes a run folder the way a night leaves it.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use overnight_record::result::{Provenance, ResultBody, ResultFile};
use overnight_record::{
    Event, EventKind, FailureClass, GitBase, Host, OutlineCriterion, OutlinePhase, OutlineStep,
    OutlineTask, RUN_RECORD_FORMAT, RunRecord, StepOutcome, store,
};
use serde::Serialize;

/// A run folder in a temporary place.
pub(crate) struct RunFolder {
    _dir: tempfile::TempDir,
    pub(crate) path: PathBuf,
    pub(crate) record: RunRecord,
    events: Vec<Event>,
    now: Timestamp,
}

/// What a plan says: title of the phase, title of the task, text and command of each step.
type Outline<'a> = &'a [(&'a str, &'a [(&'a str, &'a [(&'a str, Option<&'a str>)])])];

pub(crate) fn host() -> Host {
    Host {
        name: "bench-1".to_owned(),
        os: "Debian GNU/Linux 12 (6.1.0)".to_owned(),
        cpu: "AMD Ryzen 9 5950X 16-Core Processor".to_owned(),
        cores: 8,
        memory_mib: 64_215,
        gpus: Vec::new(),
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-11-23T13:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

impl RunFolder {
    pub(crate) fn new(outline: Outline<'_>, criteria: &[(&str, Option<&str>)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir
            .path()
            .join("logs/overnight_runs/2026-11-23_2200_receipts");
        let record = RunRecord {
            format_version: RUN_RECORD_FORMAT,
            run: "2026-11-23_2200_receipts".parse().unwrap(),
            started: at(0),
            until: Some(at(32_400)),
            timezone: "Asia/Seoul".to_owned(),
            project: "receipts".to_owned(),
            project_dir: dir.path().to_string_lossy().into_owned(),
            plan: "docs/PLAN.md".to_owned(),
            plan_sha256: "9f2c".repeat(16),
            plan_title: "Overnight operations for receipts".to_owned(),
            overnight_version: "0.1.0".to_owned(),
            command: ["overnight", "run", "docs/PLAN.md"]
                .map(str::to_owned)
                .into(),
            host: host(),
            git: Some(GitBase {
                commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904".to_owned(),
                branch: Some("main".to_owned()),
                night_branch: Some("overnight/2026-11-23_2200_receipts".to_owned()),
                worktree: "/home/u/receipts/.overnight/worktrees/x".to_owned(),
                was_dirty: true,
            }),
            phases: phases(outline),
            criteria: criteria
                .iter()
                .map(|(text, check)| OutlineCriterion {
                    text: (*text).to_owned(),
                    check: check.map(str::to_owned),
                })
                .collect(),
            large_artifacts: "data/vlm_reports/2026-11-23_2200_receipts".to_owned(),
        };
        let mut folder = Self {
            _dir: dir,
            path,
            record,
            events: Vec::new(),
            now: at(0),
        };
        folder.event(EventKind::RunStarted);
        folder
    }

    pub(crate) fn event(&mut self, kind: EventKind) {
        self.events.push(Event {
            seq: self.events.len() as u64 + 1,
            at: self.now,
            kind,
        });
    }

    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// Folder of a step's first attempt.
    pub(crate) fn step_dir(&self, step: &str) -> PathBuf {
        self.path.join("steps").join(step)
    }

    pub(crate) fn start(&mut self, step: &str, attempt: u32) {
        let outline = self.record.phases.iter().flat_map(|p| &p.tasks);
        let own = outline
            .flat_map(|t| &t.steps)
            .find(|s| s.id.to_string() == step);
        let command = own.and_then(|s| s.run.clone()).unwrap_or_default();
        self.event(EventKind::StepStarted {
            step: step.parse().unwrap(),
            attempt,
            command,
        });
    }

    pub(crate) fn finish(
        &mut self,
        step: &str,
        attempt: u32,
        outcome: StepOutcome,
        duration_s: f64,
        reason: Option<&str>,
        next: Option<&str>,
    ) {
        self.finish_as(None, step, attempt, outcome, duration_s, reason, next);
    }

    /// [`Self::finish`] with the class of a failure.
    #[expect(clippy::too_many_arguments, reason = "one for each field of the event")]
    pub(crate) fn finish_as(
        &mut self,
        class: Option<FailureClass>,
        step: &str,
        attempt: u32,
        outcome: StepOutcome,
        duration_s: f64,
        reason: Option<&str>,
        next: Option<&str>,
    ) {
        self.event(EventKind::StepFinished {
            step: step.parse().unwrap(),
            attempt,
            outcome,
            class,
            exit_code: (attempt > 0).then_some(i32::from(!outcome.is_success())),
            duration_s,
            peak_rss_mib: None,
            reason: reason.map(str::to_owned),
            next: next.map(str::to_owned),
        });
    }

    /// The plan to try a step again, and the wait.
    pub(crate) fn retry(&mut self, step: &str, attempt: u32, class: FailureClass, wait_s: i64) {
        self.event(EventKind::RetryPlanned {
            step: step.parse().unwrap(),
            attempt,
            class,
            wait_s: wait_s as f64,
        });
        self.wait(wait_s);
    }

    /// A pause of the whole night.
    pub(crate) fn pause(&mut self, reason: &str, seconds: i64) {
        self.event(EventKind::NightPaused {
            reason: reason.to_owned(),
        });
        self.wait(seconds);
        self.event(EventKind::NightContinued {
            paused_s: seconds as f64,
        });
    }

    /// A step that ran and is done, with its result.
    pub(crate) fn done<B: ResultBody + Serialize>(
        &mut self,
        step: &str,
        seconds: i64,
        mut result: ResultFile<B>,
        command: &str,
    ) {
        self.start(step, 1);
        result.provenance = Some(Provenance {
            overnight_version: "0.1.0".to_owned(),
            command: command.split_whitespace().map(str::to_owned).collect(),
            started: self.now,
            finished: self.now + SignedDuration::from_secs(seconds),
            host: host(),
        });
        self.write(step, "stdout.log", b"read 40 images\n");
        store::write_json(&self.step_dir(step).join("result.json"), &result).unwrap();
        self.wait(seconds);
        let reason = result.message.clone();
        self.finish(
            step,
            1,
            StepOutcome::Done,
            seconds as f64,
            reason.as_deref(),
            None,
        );
    }

    pub(crate) fn write(&self, step: &str, name: &str, bytes: &[u8]) {
        let path = self.step_dir(step).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes a file of the project and returns its path as results have it.
    pub(crate) fn write_in_project(&self, name: &str, bytes: &[u8]) -> String {
        let path = Path::new(&self.record.project_dir).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path.to_string_lossy().into_owned()
    }

    /// Writes what a night leaves beside its steps.
    pub(crate) fn close(&self) -> &Path {
        store::write_json(&self.path.join("run.json"), &self.record).unwrap();
        store::write_json_lines(&self.path.join("events.jsonl"), &self.events).unwrap();
        &self.path
    }
}

fn phases(outline: Outline<'_>) -> Vec<OutlinePhase> {
    let mut phases = Vec::new();
    for (p, (title, tasks)) in (1u16..).zip(outline) {
        let tasks = (1u16..)
            .zip(tasks.iter())
            .map(|(t, (title, steps))| OutlineTask {
                id: format!("{p}.{t}").parse().unwrap(),
                title: (*title).to_owned(),
                steps: (1u16..)
                    .zip(steps.iter())
                    .map(|(s, (text, run))| OutlineStep {
                        id: format!("{p}.{t}.{s}").parse().unwrap(),
                        text: (*text).to_owned(),
                        checked: false,
                        run: run.map(str::to_owned),
                    })
                    .collect(),
            });
        phases.push(OutlinePhase {
            number: p,
            title: (*title).to_owned(),
            tasks: tasks.collect(),
        });
    }
    phases
}
