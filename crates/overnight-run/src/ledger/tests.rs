use jiff::Timestamp;
use overnight_record::{
    EventKind, Host, RUN_RECORD_FORMAT, RunId, RunOutcome, RunRecord, StepId, StepOutcome,
};

use super::*;
use crate::notify::Message;
use crate::process::ProcessIdentity;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_766_700_000 + second).unwrap()
}

fn record(run: &str) -> RunRecord {
    RunRecord {
        format_version: RUN_RECORD_FORMAT,
        run: run.parse().unwrap(),
        started: at(0),
        until: None,
        timezone: "Asia/Seoul".to_owned(),
        project: "receipts".to_owned(),
        project_dir: "/p".to_owned(),
        plan: "PLAN.md".to_owned(),
        plan_sha256: String::new(),
        plan_title: "A plan".to_owned(),
        overnight_version: "0.1.0".to_owned(),
        command: Vec::new(),
        host: Host {
            name: "host".to_owned(),
            os: "os".to_owned(),
            cpu: "cpu".to_owned(),
            cores: 2,
            memory_mib: 1,
            gpus: Vec::new(),
        },
        git: None,
        phases: Vec::new(),
        criteria: Vec::new(),
        large_artifacts: "data".to_owned(),
    }
}

fn step(text: &str) -> StepId {
    text.parse().unwrap()
}

fn settled(id: &str, attempt: u32, outcome: StepOutcome) -> Settled {
    Settled {
        step: step(id),
        attempt,
        outcome,
        class: None,
        exit_code: Some(0),
        duration_s: 1.5,
        peak_rss_mib: Some(12.0),
        reason: None,
        next: None,
    }
}

fn started(id: &str, attempt: u32) -> Started {
    Started {
        step: step(id),
        attempt,
        command: "true".to_owned(),
        folder: format!("steps/{id}"),
    }
}

#[test]
fn an_attempt_is_open_until_it_is_settled_and_survives_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let run: RunId = "2026-01-01_2200_a".parse().unwrap();
    {
        let mut ledger = Ledger::open(dir.path()).unwrap();
        ledger.begin_run(&record(run.as_str())).unwrap();
        ledger.record(&run, at(0), EventKind::RunStarted).unwrap();
        ledger
            .open_attempt(&run, &started("1.1.1", 1), at(1))
            .unwrap();
        ledger
            .settle(&run, &settled("1.1.1", 1, StepOutcome::Done), at(2))
            .unwrap();
        ledger
            .open_attempt(&run, &started("1.1.2", 1), at(3))
            .unwrap();
    }
    let mut ledger = Ledger::open(dir.path()).unwrap();
    let open = ledger.open_attempts(&run).unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].step, open[0].attempt), (step("1.1.2"), 1));
    assert_eq!(open[0].started, at(3));
    ledger
        .settle(&run, &settled("1.1.2", 1, StepOutcome::Lost), at(9))
        .unwrap();
    assert!(ledger.open_attempts(&run).unwrap().is_empty());
    assert_eq!(ledger.attempts_of(&run, step("1.1.2")).unwrap(), 1);
    let seqs: Vec<u64> = ledger.events(&run).unwrap().iter().map(|e| e.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
}

#[test]
fn the_same_attempt_cannot_be_opened_twice_and_leaves_no_event() {
    let dir = tempfile::tempdir().unwrap();
    let run: RunId = "r".parse().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    ledger.begin_run(&record("r")).unwrap();
    ledger
        .open_attempt(&run, &started("1.1.1", 1), at(1))
        .unwrap();
    assert!(
        ledger
            .open_attempt(&run, &started("1.1.1", 1), at(2))
            .is_err()
    );
    assert_eq!(ledger.events(&run).unwrap().len(), 1);
}

#[test]
fn a_run_ends_with_its_event_and_can_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let run: RunId = "r".parse().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    ledger.begin_run(&record("r")).unwrap();
    ledger
        .finish_run(&run, RunOutcome::Incomplete, at(5))
        .unwrap();
    let row = ledger.last_run().unwrap();
    assert_eq!(row.outcome, Some(RunOutcome::Incomplete));
    assert_eq!(row.ended, Some(at(5)));
    ledger.reopen_run(&run).unwrap();
    ledger
        .dispose_run(&run, Disposition::Dropped, at(6))
        .unwrap();
    let row = ledger.run(&run).unwrap();
    assert_eq!(
        (row.outcome, row.disposition),
        (None, Some(Disposition::Dropped))
    );
    assert!(matches!(
        ledger.run(&"other".parse().unwrap()),
        Err(LedgerError::NoRun { .. })
    ));
}

#[test]
fn the_export_is_the_events_line_by_line() {
    let dir = tempfile::tempdir().unwrap();
    let run: RunId = "r".parse().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    ledger.begin_run(&record("r")).unwrap();
    let path = dir.path().join("events.jsonl");
    for second in 0..3 {
        let event = ledger
            .record(&run, at(second), EventKind::RunStarted)
            .unwrap();
        export::append_event(&path, &event).unwrap();
    }
    let appended = std::fs::read(&path).unwrap();
    ledger.export_events(&run, &path).unwrap();
    assert_eq!(appended, std::fs::read(&path).unwrap());
    let events: Vec<overnight_record::Event> =
        overnight_record::store::read_json_lines(&path).unwrap();
    assert_eq!(events, ledger.events(&run).unwrap());
}

#[test]
fn a_living_runner_keeps_others_out_and_a_dead_one_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let run: RunId = "r".parse().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    let mut child = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    let other = ProcessIdentity::of(child.id()).unwrap();
    ledger.take_runner(&run, &other, at(0)).unwrap();
    let own = ProcessIdentity::current().unwrap();
    assert!(matches!(
        ledger.take_runner(&run, &own, at(1)),
        Err(LedgerError::Busy { .. })
    ));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(ledger.living_runner().unwrap(), None);
    ledger.take_runner(&run, &own, at(2)).unwrap();
    assert_eq!(ledger.living_runner().unwrap().unwrap().process, own);
    ledger.release_runner(&own).unwrap();
    assert_eq!(ledger.living_runner().unwrap(), None);
}

#[test]
fn a_ledger_of_a_later_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(Ledger::open(dir.path()).unwrap());
    let connection = Connection::open(dir.path().join("ledger.sqlite")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    assert!(matches!(
        Ledger::open(dir.path()),
        Err(LedgerError::Newer { found: 99, .. })
    ));
}

#[test]
fn durations_are_those_of_done_attempts_of_the_command_the_latest_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    for (number, (run, outcome, seconds)) in [
        ("r1", StepOutcome::Done, 10.0),
        ("r2", StepOutcome::Failed, 1.0),
        ("r3", StepOutcome::Done, 30.5),
        ("r4", StepOutcome::Done, 20.0),
    ]
    .into_iter()
    .enumerate()
    {
        let id: RunId = run.parse().unwrap();
        ledger.begin_run(&record(run)).unwrap();
        let other = Started {
            command: "true 2".to_owned(),
            ..started("1.1.2", 1)
        };
        for start in [started("1.1.1", 1), other] {
            let second = i64::try_from(number).unwrap() * 100;
            ledger.open_attempt(&id, &start, at(second)).unwrap();
        }
        let settled = Settled {
            duration_s: seconds,
            ..settled("1.1.1", 1, outcome)
        };
        // The attempt of the other command stays open.
        ledger.settle(&id, &settled, at(1000)).unwrap();
    }
    let seconds = |limit| -> Vec<f64> {
        let found = ledger.durations_of("true", limit).unwrap();
        found.iter().map(Duration::as_secs_f64).collect()
    };
    assert_eq!(seconds(9), [20.0, 30.5, 10.0]);
    assert_eq!(seconds(2), [20.0, 30.5]);
    assert!(ledger.durations_of("true 2", 9).unwrap().is_empty());
    assert!(ledger.durations_of("tru%", 9).unwrap().is_empty());
}

/// `fixtures/ledger-v1.sqlite` was written by version 1 of this program.
#[test]
fn a_ledger_of_version_1_is_migrated_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/ledger-v1.sqlite");
    std::fs::write(
        dir.path().join("ledger.sqlite"),
        std::fs::read(fixture).unwrap(),
    )
    .unwrap();
    let run: RunId = "2026-01-01_2200_a".parse().unwrap();
    {
        let mut ledger = Ledger::open(dir.path()).unwrap();
        assert_eq!(ledger.last_run().unwrap().record, record(run.as_str()));
        assert_eq!(ledger.events(&run).unwrap().len(), 4);
        assert_eq!(ledger.open_attempts(&run).unwrap().len(), 1);
        let message = Message::test("project", at(0));
        let channels = ["phone".to_owned()];
        assert_eq!(ledger.enqueue(&message, &channels, at(0)).unwrap(), 1);
    }
    let ledger = Ledger::open(dir.path()).unwrap();
    assert_eq!(ledger.undelivered().unwrap().len(), 1);
    let version: i64 = ledger
        .connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, schema::VERSION);
}

#[test]
fn a_message_is_enqueued_once_and_leased_while_it_is_delivered() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    let message = Message::stuck("r", "no disk", at(0));
    let channels = ["phone".to_owned(), "team".to_owned()];
    assert_eq!(ledger.enqueue(&message, &channels, at(0)).unwrap(), 2);
    assert_eq!(ledger.enqueue(&message, &channels, at(1)).unwrap(), 0);
    let first = ledger.take_due(at(1)).unwrap().unwrap();
    assert_eq!((first.channel.as_str(), first.tries), ("phone", 1));
    assert_eq!(first.message, message);
    let second = ledger.take_due(at(1)).unwrap().unwrap();
    assert_eq!(second.channel, "team");
    assert_eq!(ledger.take_due(at(30)).unwrap(), None);
    ledger.mark_sent(second.id, at(2)).unwrap();
    // Whoever took the first died: it is due again.
    let again = ledger.take_due(at(62)).unwrap().unwrap();
    assert_eq!((again.id, again.tries), (first.id, 2));
    ledger.mark_sent(again.id, at(63)).unwrap();
    assert_eq!(ledger.next_due().unwrap(), None);
    assert_eq!(ledger.enqueue(&message, &channels, at(70)).unwrap(), 0);
}

#[test]
fn a_letter_that_does_not_arrive_is_tried_ever_more_rarely_and_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    let message = Message::test("p", at(0));
    ledger
        .enqueue(&message, &["phone".to_owned()], at(0))
        .unwrap();
    let mut now = at(0);
    let mut pauses = Vec::new();
    loop {
        let letter = ledger.take_due(now).unwrap().unwrap();
        let asked = (letter.tries == 3).then(|| Duration::from_secs(100));
        match ledger.mark_failed(&letter, "no route", asked, now).unwrap() {
            Postponed::Until(next) => {
                pauses.push(next.duration_since(now).as_secs());
                assert_eq!(
                    ledger.take_due(next - Duration::from_secs(1)).unwrap(),
                    None
                );
                now = next;
            }
            Postponed::GivenUp => break,
        }
    }
    assert_eq!(pauses[..5], [5, 10, 100, 40, 80]);
    assert_eq!(pauses.last(), Some(&3600));
    assert_eq!(pauses.len(), 23);
    assert_eq!(
        ledger.take_due(now + Duration::from_secs(9999)).unwrap(),
        None
    );
    let left = ledger.undelivered().unwrap();
    assert!(ledger.take_letter(left[0], now).unwrap().is_some());
}

#[test]
fn the_outbox_has_a_limit() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    let channels: Vec<String> = (0..300).map(|at| format!("c{at}")).collect();
    for second in 0..2 {
        let message = Message::test("p", at(second));
        ledger.enqueue(&message, &channels, at(second)).unwrap();
    }
    assert_eq!(ledger.undelivered().unwrap().len(), 500);
    let first = ledger.take_due(at(9)).unwrap().unwrap();
    assert_eq!(first.channel, "c100");
}
