//! From the end of a command to the outcome of its step.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

use overnight_plan::StepPolicy;
use overnight_record::{ExitCode, FailureClass, StepOutcome};
use serde_json::Value;

use super::classify::classify;
use super::disk::free_bytes;
use super::line::{clip, last_line_of, one_line};
use crate::secrets::Redactor;
use crate::shim::{End, ExitRecord};

/// Bytes of free disk space below which what cannot be written is put down to that.
const LEAST_SPACE: u64 = 1 << 20;
/// How much of the end of a log is searched, in bytes.
const TAIL_BYTES: u64 = 64 * 1024;

/// What a command left, read from its files, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Traces {
    /// `status` of its `result.json`.
    pub(super) status: Option<String>,
    /// `message` of its `result.json`.
    pub(super) message: Option<String>,
    /// `hint` of its `result.json`.
    pub(super) hint: Option<String>,
    /// The end of its stderr.
    pub(super) stderr: String,
    /// The end of its stdout.
    pub(super) stdout: String,
}

impl Traces {
    /// Reads what lies in an attempt's folder. A `result.json` that is none says nothing.
    pub(super) fn read(folder: &Path, redactor: &Redactor) -> Self {
        let document: Value = std::fs::read(folder.join("result.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let text = |key: &str| {
            let text = document.get(key)?.as_str()?;
            Some(one_line(&redactor.redact(text))).filter(|line| !line.is_empty())
        };
        Self {
            status: text("status"),
            message: text("message"),
            hint: text("hint"),
            stderr: tail(&folder.join("stderr.log")),
            stdout: tail(&folder.join("stdout.log")),
        }
    }

    /// Why it did not succeed, as far as the command said.
    fn why(&self) -> Option<String> {
        match (&self.message, &self.hint) {
            (Some(message), Some(hint)) => Some(clip(&format!("{message}; {hint}"))),
            (Some(message), None) => Some(message.clone()),
            (None, _) => self.last_line(),
        }
    }

    /// Last line it wrote to stderr, or else to stdout.
    fn last_line(&self) -> Option<String> {
        last_line_of(&self.stderr).or_else(|| last_line_of(&self.stdout))
    }

    /// Both ends, stderr last: what a command says about its own failure stands there.
    fn both(&self) -> String {
        format!("{}\n{}\n", self.stdout, self.stderr)
    }
}

/// The outcome of a step, before its changes were judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: StepOutcome,
    /// What kind of failure it was; `None` when it did not fail.
    pub(super) class: Option<FailureClass>,
    pub(super) exit_code: Option<i32>,
    pub(super) reason: Option<String>,
}

impl Verdict {
    pub(super) fn new(outcome: StepOutcome, reason: impl Into<String>) -> Self {
        Self {
            outcome,
            class: None,
            exit_code: None,
            reason: Some(reason.into()),
        }
    }

    fn of_class(class: FailureClass, outcome: StepOutcome, reason: &str) -> Self {
        Self {
            class: Some(class),
            ..Self::new(outcome, clip(reason))
        }
    }
}

/// Judges the end of a command.
///
/// Exit code 0 is done. Exit code 1 with a `result.json` whose status is `findings` is
/// done too: the work was done and something remains, which the reason says. Exit code 3
/// means that a precondition is missing, 75 that another try may help, 130 that the
/// command was interrupted. Everything else failed, and its class is looked for.
///
/// Without a record nobody saw the end: the shim itself was killed. `stopped_by` says why
/// the night ends.
pub(super) fn judge(
    record: Option<&ExitRecord>,
    traces: &Traces,
    policy: &StepPolicy,
    stopped_by: &str,
) -> Verdict {
    let Some(record) = record else {
        return Verdict::of_class(
            FailureClass::Killed,
            StepOutcome::Lost,
            "the process that watched it was ended from outside; so was the step",
        );
    };
    match &record.end {
        End::ItsOwn => judge_own_end(record, traces),
        End::TimedOut => Verdict::of_class(
            FailureClass::Timeout,
            StepOutcome::TimedOut,
            &with_last(
                format!("ran past its time limit of {}", span(policy.timeout)),
                traces,
            ),
        ),
        End::Hung => Verdict::of_class(
            FailureClass::Hang,
            StepOutcome::TimedOut,
            &with_last(
                format!(
                    "hung: neither output nor processor time for {}",
                    span(policy.idle_timeout)
                ),
                traces,
            ),
        ),
        End::Stopped | End::Deadline => interrupted(stopped_by, traces),
        End::Memory { seen } => {
            Verdict::of_class(FailureClass::HostMemory, StepOutcome::Failed, seen)
        }
        End::NotStarted {
            is_missing: true,
            message,
        } => Verdict::new(
            StepOutcome::Skipped,
            format!("{message}; install it or change the step's `run` in overnight.toml"),
        ),
        End::NotStarted { message, .. } => Verdict::of_class(
            FailureClass::Error,
            StepOutcome::Failed,
            &format!("it could not be started: {message}"),
        ),
    }
}

/// The verdict on a command whose shim could not write where it must.
pub(super) fn unwatched(folder: &Path) -> Verdict {
    let has_space = free_bytes(folder).is_none_or(|free| free > LEAST_SPACE);
    let class = if has_space {
        FailureClass::Error
    } else {
        FailureClass::DiskFull
    };
    let reason = format!(
        "how it ended could not be written to {}; check the folder's permissions and free space",
        folder.display()
    );
    Verdict::of_class(class, StepOutcome::Failed, &reason)
}

fn span(span: Duration) -> String {
    crate::text::duration(span)
}

/// What a command left that was stopped may be of use, and says how much it is.
fn interrupted(stopped_by: &str, traces: &Traces) -> Verdict {
    let is_partial = traces.status.as_deref() == Some("partial");
    let reason = match &traces.message {
        Some(message) if is_partial => format!("{stopped_by}; what it has: {message}"),
        _ => stopped_by.to_owned(),
    };
    Verdict::of_class(FailureClass::Stopped, StepOutcome::Interrupted, &reason)
}

fn judge_own_end(record: &ExitRecord, traces: &Traces) -> Verdict {
    let is = |known: ExitCode| record.code == Some(i32::from(known.number()));
    let verdict = |outcome, reason: Option<String>| Verdict {
        outcome,
        class: None,
        exit_code: record.code,
        reason: reason.map(|text| clip(&text)),
    };
    let has_findings = traces.status.as_deref() == Some("findings");
    if is(ExitCode::Done) {
        return verdict(StepOutcome::Done, None);
    }
    if is(ExitCode::Findings) && has_findings {
        let left = traces.message.clone();
        let reason = left.unwrap_or_else(|| "findings remain".to_owned());
        return verdict(StepOutcome::Done, Some(reason));
    }
    if is(ExitCode::Precondition) {
        let reason = traces.why();
        let reason = reason.unwrap_or_else(|| "a precondition is missing".to_owned());
        return verdict(StepOutcome::Skipped, Some(reason));
    }
    if is(ExitCode::Interrupted) {
        let reason = with_why("the command was interrupted".to_owned(), traces);
        return Verdict {
            class: Some(FailureClass::Stopped),
            ..verdict(StepOutcome::Interrupted, Some(reason))
        };
    }
    let found = classify(record, &traces.both(), is(ExitCode::Temporary));
    let end = match (record.code, record.signal) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "its end was not seen".to_owned(),
    };
    let why = traces.why();
    let mut reason = match &why {
        Some(why) => format!("{end}: {why}"),
        None => end,
    };
    if let Some(evidence) = found.evidence.filter(|e| !reason.contains(e.as_str())) {
        reason.push_str(&format!(" ({}: {evidence})", found.class));
    }
    Verdict {
        class: Some(found.class),
        ..verdict(StepOutcome::Failed, Some(reason))
    }
}

fn with_why(what: String, traces: &Traces) -> String {
    match traces.why() {
        Some(why) => format!("{what}: {why}"),
        None => what,
    }
}

fn with_last(what: String, traces: &Traces) -> String {
    match traces.last_line() {
        Some(line) => format!("{what}; its last line: {line}"),
        None => what,
    }
}

/// The end of a log, from its first whole line; bytes that are not UTF-8 are replaced.
fn tail(log: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(code: i32, traces: &Traces) -> (StepOutcome, Option<String>) {
        let record = ExitRecord {
            code: Some(code),
            ..ExitRecord::blank(End::ItsOwn)
        };
        let verdict = judge_own_end(&record, traces);
        (verdict.outcome, verdict.reason)
    }

    #[test]
    fn exit_codes_mean_what_the_contract_says() {
        let said = Traces {
            stderr: "boom\n".to_owned(),
            ..Traces::default()
        };
        let why = |text: &str| Some(text.to_owned());
        assert_eq!(after(0, &said), (StepOutcome::Done, None));
        assert_eq!(
            after(1, &said),
            (StepOutcome::Failed, why("exit code 1: boom"))
        );
        assert_eq!(after(3, &said), (StepOutcome::Skipped, why("boom")));
        assert_eq!(
            after(75, &said),
            (StepOutcome::Failed, why("exit code 75: boom"))
        );
        assert_eq!(after(130, &said).0, StepOutcome::Interrupted);
    }

    #[test]
    fn findings_are_done_only_when_the_result_says_so() {
        let mut traces = Traces {
            status: Some("findings".to_owned()),
            message: Some("3 findings remain".to_owned()),
            ..Traces::default()
        };
        let (outcome, reason) = after(1, &traces);
        assert_eq!(outcome, StepOutcome::Done);
        assert_eq!(reason.as_deref(), Some("3 findings remain"));
        assert_eq!(after(2, &traces).0, StepOutcome::Failed);
        traces.status = Some("failed".to_owned());
        assert_eq!(after(1, &traces).0, StepOutcome::Failed);
    }

    #[test]
    fn a_step_that_was_stopped_says_what_it_has() {
        let policy = StepPolicy {
            timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(60),
            total_timeout: None,
            memory_bytes: None,
            retries: None,
        };
        let traces = Traces {
            status: Some("partial".to_owned()),
            message: Some("6,214 of 10,000 images were read".to_owned()),
            ..Traces::default()
        };
        let by = "the night ended at 07:00";
        let record = ExitRecord::blank(End::Deadline);
        let verdict = judge(Some(&record), &traces, &policy, by);
        insta::assert_snapshot!(
            verdict.reason.unwrap(),
            @"the night ended at 07:00; what it has: 6,214 of 10,000 images were read"
        );
        assert_eq!(verdict.outcome, StepOutcome::Interrupted);
        let lost = judge(None, &traces, &policy, by);
        assert_eq!(
            (lost.outcome, lost.class),
            (StepOutcome::Lost, Some(FailureClass::Killed))
        );
    }
}
