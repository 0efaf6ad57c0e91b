//! The view at several sizes, as text.

use jiff::{SignedDuration, Timestamp};
use overnight_record::{
    Event, EventKind, FailureClass, GitBase, Host, OutlinePhase, OutlineStep, OutlineTask,
    RUN_RECORD_FORMAT, RunOutcome, RunRecord, StepOutcome, StepProgress,
};
use overnight_run::ledger::RunRow;
use overnight_run::shim::TreeMemory;
use overnight_run::{RunState, RunSummary};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::keys::Wish;
use super::super::plain;
use super::*;
use crate::moment::{Forecast, Retry, RunningNow};

const HOSTILE: &str = "\u{1b}[31mred\u{1b}[0m \u{202e}evil\u{7} 영수증";

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-23T13:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

fn outline() -> Vec<OutlinePhase> {
    let step = |id: &str, text: &str, run: Option<&str>| OutlineStep {
        id: id.parse().unwrap(),
        text: text.to_owned(),
        checked: false,
        run: run.map(str::to_owned),
    };
    let task = |id: &str, title: &str, steps| OutlineTask {
        id: id.parse().unwrap(),
        title: title.to_owned(),
        steps,
    };
    let read = "overnight infer --backend ppocr --dataset validation";
    vec![
        OutlinePhase {
            number: 1,
            title: "The Auditor".to_owned(),
            tasks: vec![task(
                "1.1",
                "Audit",
                vec![
                    step(
                        "1.1.1",
                        "Mend the documents",
                        Some("overnight audit docs --fix"),
                    ),
                    step("1.1.2", HOSTILE, Some("make lint")),
                ],
            )],
        },
        OutlinePhase {
            number: 2,
            title: "The Evaluator (Accuracy & VLM Strategy)".to_owned(),
            tasks: vec![task(
                "2.1",
                "Large-scale validation inference over everything there is in the data folder",
                vec![
                    step("2.1.1", "Read the validation set", Some(read)),
                    step("2.1.2", "Read it with the other one", Some("make other")),
                    step("2.1.3", "Compare", Some("overnight compare")),
                    step("2.1.4", "Ask the team", None),
                ],
            )],
        },
    ]
}

fn record() -> RunRecord {
    RunRecord {
        format_version: RUN_RECORD_FORMAT,
        run: "2026-11-23_2200_receipts".parse().unwrap(),
        started: at(0),
        until: Some(at(540)),
        timezone: "Asia/Seoul".to_owned(),
        project: "receipts".to_owned(),
        project_dir: "/receipts".to_owned(),
        plan: "PLAN.md".to_owned(),
        plan_sha256: String::new(),
        plan_title: "Overnight operations for receipts".to_owned(),
        overnight_version: "0.1.0".to_owned(),
        command: Vec::new(),
        host: Host {
            name: "h".to_owned(),
            os: "o".to_owned(),
            cpu: "c".to_owned(),
            cores: 1,
            memory_mib: 1,
            gpus: Vec::new(),
        },
        git: Some(GitBase {
            commit: "c".to_owned(),
            branch: Some("main".to_owned()),
            night_branch: Some("overnight/x".to_owned()),
            worktree: "/w".to_owned(),
            was_dirty: false,
        }),
        phases: outline(),
        criteria: Vec::new(),
        large_artifacts: "data".to_owned(),
    }
}

fn finished(step: &str, outcome: StepOutcome, class: Option<FailureClass>) -> EventKind {
    let failed = !outcome.is_success();
    EventKind::StepFinished {
        step: step.parse().unwrap(),
        attempt: 1,
        outcome,
        class,
        exit_code: None,
        duration_s: 245.0,
        peak_rss_mib: None,
        reason: failed.then(|| HOSTILE.to_owned()),
        next: failed.then(|| "overnight run --resume last --only 1.1.2".to_owned()),
    }
}

fn state(more: Vec<EventKind>) -> RunState {
    let started = |step: &str, command: &str| EventKind::StepStarted {
        step: step.parse().unwrap(),
        attempt: 2,
        command: command.to_owned(),
    };
    let mut kinds = vec![
        EventKind::RunStarted,
        finished("1.1.1", StepOutcome::Done, None),
        finished("1.1.2", StepOutcome::Failed, Some(FailureClass::DiskFull)),
        started(
            "2.1.1",
            "overnight infer --backend ppocr --dataset validation",
        ),
        started("2.1.2", "make other"),
    ];
    kinds.extend(more);
    let events: Vec<Event> = (1..)
        .zip(kinds)
        .map(|(seq, kind)| Event {
            seq,
            at: at(20),
            kind,
        })
        .collect();
    RunState::of(&events)
}

/// A night with two steps under way, one of which tells how far it is.
fn under_way() -> Sight {
    let row = RunRow {
        record: record(),
        outcome: None,
        ended: None,
        disposition: None,
    };
    let state = state(Vec::new());
    let summary = RunSummary::of(&row, &state, true);
    let running: Vec<RunningNow> = state
        .running
        .iter()
        .enumerate()
        .map(|(index, step)| RunningNow {
            step: step.clone(),
            elapsed_s: 610.0,
            pid: Some(4711),
            is_alive: Some(true),
            progress: (index == 0).then(|| StepProgress {
                what: "recognising receipts".to_owned(),
                done: 120,
                total: 500,
                began: at(20),
                at: at(30),
            }),
            rate_per_s: (index == 0).then_some(0.2),
            left_s: (index == 0).then_some(1890.0),
            memory: (index == 0).then_some(TreeMemory {
                rss_mib: 812.4,
                peak_mib: 12_300.0,
            }),
        })
        .collect();
    Sight {
        moment: Moment {
            now: at(30),
            phases: row.record.phases.clone(),
            until: row.record.until,
            runner_pid: Some(4000),
            running,
            retries: vec![Retry {
                step: "1.1.2".parse().unwrap(),
                class: FailureClass::DiskFull,
                at: at(35),
            }],
            paused: None,
            forecast: Some(Forecast {
                end: at(600),
                n_unknown: 1,
            }),
            available_mib: Some(20_480),
            summary,
        },
        log: LogTail {
            name: "stderr.log",
            lines: (1..=30)
                .map(|n| format!("  read receipt {n} 영수증"))
                .collect(),
        },
        trouble: None,
    }
}

fn at_end() -> Sight {
    let row = RunRow {
        record: record(),
        outcome: Some(RunOutcome::Incomplete),
        ended: Some(at(70)),
        disposition: None,
    };
    let state = state(vec![
        finished("2.1.1", StepOutcome::Done, None),
        finished("2.1.2", StepOutcome::TimedOut, Some(FailureClass::Hang)),
        finished("2.1.3", StepOutcome::RolledBack, None),
        finished("2.1.4", StepOutcome::Unbound, None),
        EventKind::RunFinished {
            outcome: RunOutcome::Incomplete,
        },
    ]);
    let summary = RunSummary::of(&row, &state, false);
    let seen = under_way();
    Sight {
        moment: Moment {
            now: at(700),
            running: Vec::new(),
            retries: Vec::new(),
            runner_pid: None,
            forecast: None,
            summary,
            ..seen.moment
        },
        log: LogTail::default(),
        trouble: None,
    }
}

fn shown(sight: &Sight, ui: &Ui, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, sight, ui)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn a_night_under_way() {
    let sight = under_way();
    insta::assert_snapshot!("under_way_80x24", shown(&sight, &Ui::default(), 80, 24));
    insta::assert_snapshot!("under_way_120x40", shown(&sight, &Ui::default(), 120, 40));
}

#[test]
fn a_night_that_ended() {
    insta::assert_snapshot!("ended_80x24", shown(&at_end(), &Ui::default(), 80, 24));
    insta::assert_snapshot!("ended_plain", plain::picture(&at_end()));
}

#[test]
fn a_runner_that_died() {
    let mut sight = under_way();
    let row = RunRow {
        record: record(),
        outcome: None,
        ended: None,
        disposition: None,
    };
    sight.moment.summary = RunSummary::of(&row, &state(Vec::new()), false);
    sight.moment.runner_pid = None;
    sight.moment.paused = Some("less than 2 GiB are free".to_owned());
    let text = shown(&sight, &Ui::default(), 120, 40);
    assert!(
        text.contains("the runner died; 2.1.1 2.1.2 go on without it: overnight run --resume"),
        "{text}"
    );
    assert!(text.contains("paused: less than 2 GiB are free"), "{text}");
}

#[test]
fn no_size_is_too_small() {
    let explained = Ui {
        shows_help: true,
        is_log_large: true,
        ..Ui::default()
    };
    for sight in [under_way(), at_end()] {
        for width in [1, 2, 5, 20, 31, 200] {
            for height in [1, 2, 5, 6, 9, 14] {
                shown(&sight, &Ui::default(), width, height);
                shown(&sight, &explained, width, height);
            }
        }
    }
    let mut empty = at_end();
    empty.moment.phases.clear();
    empty.moment.summary.steps.clear();
    shown(&empty, &Ui::default(), 80, 24);
    insta::assert_snapshot!("under_way_20x5", shown(&under_way(), &Ui::default(), 20, 5));
}

#[test]
fn nothing_reaches_the_terminal_raw() {
    for text in [
        shown(&under_way(), &Ui::default(), 120, 40),
        plain::picture(&at_end()),
    ] {
        let raw = text
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}'));
        assert_eq!(raw, None, "{text}");
    }
}

#[test]
fn steps_are_selected_and_followed() {
    let sight = under_way();
    let mut ui = Ui::default();
    let chosen_after = |ui: &mut Ui, wish| {
        ui.follow_wish(wish, &sight.moment);
        chosen(&sight.moment, ui).unwrap().to_string()
    };
    assert_eq!(chosen(&sight.moment, &ui).unwrap().to_string(), "2.1.1");
    assert_eq!(chosen_after(&mut ui, Wish::Up), "1.1.2");
    assert_eq!(chosen_after(&mut ui, Wish::Up), "1.1.1");
    assert_eq!(chosen_after(&mut ui, Wish::Up), "1.1.1");
    assert_eq!(chosen_after(&mut ui, Wish::Follow), "2.1.1");
    for _ in 0..9 {
        chosen_after(&mut ui, Wish::Down);
    }
    assert_eq!(chosen(&sight.moment, &ui).unwrap().to_string(), "2.1.4");
    ui.follow_wish(Wish::Log, &sight.moment);
    let text = shown(&sight, &ui, 80, 24);
    assert!(
        text.contains("read receipt 18") && !text.contains("Phase 1"),
        "{text}"
    );
}
