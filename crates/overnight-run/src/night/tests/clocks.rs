//! Nights whose clock is in the test's hands: deadline, forecast, jumps.

use std::path::PathBuf;
use std::time::Instant;

use super::*;
use crate::ledger::{Settled, Started};

/// A step that says it is ready and waits until it is told to go on or to end.
const WAITS: &str = "touch $OVERNIGHT_STATE_DIR/ready; \
                     while ! test -e $OVERNIGHT_STATE_DIR/go; do sleep 0.02; done";

fn two(first: &str, second: &str) -> String {
    format!(
        "[steps.\"1.1.1\"]\nshell = true\nrun = '''{first}'''\n\
         [steps.\"1.1.2\"]\nshell = true\nrun = '''{second}'''\n"
    )
}

impl Bench {
    /// The real clock, set ahead or back by `by` once the first step is ready.
    fn set_clock_when_ready(&mut self, by: jiff::SignedDuration) {
        let ready = self.project.path().join(".overnight/ready");
        self.clock = Some(Box::new(move || {
            let now = Timestamp::now();
            if ready.exists() { now + by } else { now }
        }));
    }

    fn reasons(&self) -> Vec<String> {
        let events = self.events.borrow();
        let reasons = events.iter().filter_map(|event| match &event.kind {
            EventKind::StepFinished { reason, .. } => Some(reason.clone().unwrap_or_default()),
            _ => None,
        });
        reasons.collect()
    }

    /// Notes in the ledger that a command took so long in an earlier night.
    fn remember(&self, run: &RunId, command: &str, attempt: u32, seconds: f64) {
        let mut ledger = Ledger::open(&self.project.path().join(".overnight")).unwrap();
        let step = "1.1.1".parse().unwrap();
        let started = Started {
            step,
            attempt,
            command: command.to_owned(),
            folder: "elsewhere".to_owned(),
        };
        ledger
            .open_attempt(run, &started, Timestamp::now())
            .unwrap();
        let settled = Settled {
            step,
            attempt,
            outcome: StepOutcome::Done,
            class: None,
            exit_code: Some(0),
            duration_s: seconds,
            peak_rss_mib: None,
            reason: None,
            next: None,
        };
        ledger.settle(run, &settled, Timestamp::now()).unwrap();
    }
}

/// A clock that stands still, an hour from now: no shim comes to its deadline.
fn stands_still() -> (Timestamp, Box<dyn Fn() -> Timestamp>) {
    let now = Timestamp::now() + Duration::from_secs(3600);
    (now, Box::new(move || now))
}

#[test]
fn a_step_that_will_not_be_done_in_time_is_not_begun() {
    let mut bench = Bench::new(&two("sleep 0.6", "true"));
    bench.run(Start::Fresh).unwrap();
    bench.events.borrow_mut().clear();
    let (now, clock) = stands_still();
    bench.clock = Some(clock);
    bench.until = Some(now + Duration::from_millis(600));
    let outcome = bench.run(Start::Fresh).unwrap();
    assert_eq!(
        bench.outcomes(),
        [(0, StepOutcome::NotStarted), (1, StepOutcome::Done)]
    );
    assert!(
        bench.reasons()[0].starts_with("it takes about "),
        "{:?}",
        bench.reasons()
    );
    assert_eq!(outcome.exit, ExitCode::Findings);
}

#[test]
fn a_step_that_keeps_what_it_has_is_begun_even_if_it_will_be_cut_off() {
    // The program is this test binary: it takes the verb for the name of no test.
    let mut bench = Bench::new(
        "[steps.\"1.1.1\"]\nrun = ['overnight', 'infer', '--exact']\n\
         [steps.\"1.1.2\"]\nrun = ['sleep', '0']\n",
    );
    let run = bench.run(Start::Fresh).unwrap().run;
    assert_eq!(bench.outcomes()[0].1, StepOutcome::Done);
    bench.remember(&run, "overnight infer --exact", 98, 7200.0);
    bench.remember(&run, "sleep 0", 99, 7200.0);
    bench.events.borrow_mut().clear();
    let (now, clock) = stands_still();
    bench.clock = Some(clock);
    bench.until = Some(now + Duration::from_secs(3600));
    bench.run(Start::Fresh).unwrap();
    assert_eq!(
        bench.outcomes(),
        [(1, StepOutcome::Done), (0, StepOutcome::NotStarted)]
    );
}

#[test]
fn what_a_step_has_when_the_deadline_comes_is_named() {
    let result = "printf '{\"status\": \"partial\", \"message\": \"3 of 9 images\"}' \
                  > $OVERNIGHT_RESULT";
    let mut bench = Bench::new(&two(
        &format!("has() {{ {result}; exit 1; }}; trap has TERM; {WAITS}"),
        "true",
    ));
    bench.until = Some(Timestamp::now() + Duration::from_secs(7200));
    bench.set_clock_when_ready(jiff::SignedDuration::from_hours(3));
    bench.run(Start::Fresh).unwrap();
    assert_eq!(
        bench.outcomes(),
        [(1, StepOutcome::Interrupted), (0, StepOutcome::NotStarted)]
    );
    let reason = &bench.reasons()[0];
    assert!(reason.ends_with("what it has: 3 of 9 images"), "{reason}");
}

#[test]
fn time_is_kept_for_the_reports() {
    let mut bench = Bench::new(&format!("report_time = '10m'\n{}", two(WAITS, "true")));
    let until = Timestamp::now() + Duration::from_secs(2 * 3600);
    bench.until = Some(until);
    // Five minutes before the deadline.
    bench.set_clock_when_ready(jiff::SignedDuration::from_mins(115));
    bench.run(Start::Fresh).unwrap();
    assert_eq!(
        bench.outcomes(),
        [(1, StepOutcome::Interrupted), (0, StepOutcome::NotStarted)]
    );
    assert_eq!(
        *bench.reports.borrow(),
        [ReportStage::Draft, ReportStage::Final]
    );
    let events = bench.events.borrow();
    assert!(
        events.iter().all(|event| event.at < until),
        "done before the deadline"
    );
}

#[test]
fn a_clock_that_was_set_is_noted_and_costs_no_step() {
    for hours in [-5_i32, 7] {
        let mut bench = Bench::new(&format!("timeout = '1h'\n{}", two(WAITS, "true")));
        bench.set_clock_when_ready(jiff::SignedDuration::from_hours(hours.into()));
        let state: PathBuf = bench.project.path().join(".overnight");
        let begun = Instant::now();
        let goes_on = std::thread::spawn(move || {
            while !state.join("ready").exists() && begun.elapsed() < Duration::from_secs(60) {
                std::thread::sleep(Duration::from_millis(10));
            }
            // Long enough for the runner to look at its clocks.
            std::thread::sleep(Duration::from_millis(400));
            fs::write(state.join("go"), "").unwrap();
        });
        let outcome = bench.run(Start::Fresh).unwrap();
        goes_on.join().unwrap();
        assert_eq!(outcome.outcome, RunOutcome::Complete, "{hours}");
        let events = bench.events.borrow();
        let jumps: Vec<f64> = events
            .iter()
            .filter_map(|event| match event.kind {
                EventKind::ClockJumped { by_s } => Some(by_s),
                _ => None,
            })
            .collect();
        assert_eq!(jumps.len(), 1, "{jumps:?}");
        assert!(
            (jumps[0] - f64::from(hours) * 3600.0).abs() < 5.0,
            "{jumps:?}"
        );
        let durations = events.iter().filter_map(|event| match event.kind {
            EventKind::StepFinished { duration_s, .. } => Some(duration_s),
            _ => None,
        });
        assert!(
            durations.into_iter().all(|s| s < 60.0),
            "by the steady clock"
        );
    }
}
