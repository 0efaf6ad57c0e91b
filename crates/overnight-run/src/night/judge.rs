//! From the end of a command to the outcome of its step.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

use overnight_record::{ExitCode, StepOutcome};
use serde_json::Value;

use crate::process::{Ended, Exit, LOG_LIMIT_BYTES};

/// Longest reason in characters; the logs have the rest.
const REASON_LIMIT: usize = 300;
/// How much of the end of a log is searched for its last line, in bytes.
const TAIL_BYTES: u64 = 64 * 1024;

/// What a command left, read from its files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Traces {
    /// `status` of its `result.json`.
    pub(crate) status: Option<String>,
    /// `message` of its `result.json`.
    pub(crate) message: Option<String>,
    /// `hint` of its `result.json`.
    pub(crate) hint: Option<String>,
    /// Last line it wrote to stderr, or else to stdout.
    pub(crate) last_line: Option<String>,
}

impl Traces {
    /// Reads what lies in an attempt's folder. A `result.json` that is none says nothing.
    pub(crate) fn read(folder: &Path) -> Self {
        let document: Value = std::fs::read(folder.join("result.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let text = |key: &str| {
            let text = document.get(key)?.as_str()?;
            Some(one_line(text)).filter(|line| !line.is_empty())
        };
        Self {
            status: text("status"),
            message: text("message"),
            hint: text("hint"),
            last_line: last_line(&folder.join("stderr.log"))
                .or_else(|| last_line(&folder.join("stdout.log"))),
        }
    }

    /// Why it did not succeed, as far as the command said.
    fn why(&self) -> Option<String> {
        match (&self.message, &self.hint) {
            (Some(message), Some(hint)) => Some(clip(&format!("{message}; {hint}"))),
            (Some(message), None) => Some(message.clone()),
            (None, _) => self.last_line.clone(),
        }
    }
}

/// The outcome of a step, before its changes were judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) outcome: StepOutcome,
    pub(crate) exit_code: Option<i32>,
    pub(crate) reason: Option<String>,
    /// Whether the command asked to be tried again.
    pub(crate) is_temporary: bool,
}

impl Verdict {
    pub(crate) fn new(outcome: StepOutcome, reason: impl Into<String>) -> Self {
        Self {
            outcome,
            exit_code: None,
            reason: Some(reason.into()),
            is_temporary: false,
        }
    }
}

/// Judges the end of a command.
///
/// Exit code 0 is done. Exit code 1 with a `result.json` whose status is `findings` is
/// done too: the work was done and something remains, which the reason says. Exit code 3
/// means that a precondition is missing, 75 that another try may help, 130 that the
/// command was interrupted. Everything else failed.
pub(crate) fn judge(exit: &Exit, traces: &Traces, limit: Duration, stopped_by: &str) -> Verdict {
    let verdict = |outcome, reason: String| Verdict::new(outcome, clip(&reason));
    match exit.ended {
        Ended::Exited(code) => judge_code(code, traces),
        Ended::Signalled(signal) => verdict(
            StepOutcome::Failed,
            with_why(
                format!("ended by signal {signal}{}", oom_note(signal)),
                traces,
            ),
        ),
        Ended::TimedOut => verdict(
            StepOutcome::TimedOut,
            format!(
                "ran past its time limit of {}",
                crate::text::duration(limit)
            ),
        ),
        Ended::Stopped => verdict(StepOutcome::Interrupted, stopped_by.to_owned()),
        Ended::Flooded => verdict(
            StepOutcome::Failed,
            format!("wrote more than {} GiB of output", LOG_LIMIT_BYTES >> 30),
        ),
    }
}

fn judge_code(code: i32, traces: &Traces) -> Verdict {
    let is = |known: ExitCode| code == i32::from(known.number());
    let has_findings = traces.status.as_deref() == Some("findings");
    let (outcome, reason) = if is(ExitCode::Done) {
        (StepOutcome::Done, None)
    } else if is(ExitCode::Findings) && has_findings {
        let left = traces.message.clone();
        let reason = left.unwrap_or_else(|| "findings remain".to_owned());
        (StepOutcome::Done, Some(reason))
    } else if is(ExitCode::Precondition) {
        let reason = traces.why();
        let reason = reason.unwrap_or_else(|| "a precondition is missing".to_owned());
        (StepOutcome::Skipped, Some(reason))
    } else if is(ExitCode::Interrupted) {
        let reason = with_why("the command was interrupted".to_owned(), traces);
        (StepOutcome::Interrupted, Some(reason))
    } else {
        let reason = with_why(format!("exit code {code}"), traces);
        (StepOutcome::Failed, Some(reason))
    };
    Verdict {
        outcome,
        exit_code: Some(code),
        reason: reason.map(|text| clip(&text)),
        is_temporary: is(ExitCode::Temporary),
    }
}

fn with_why(what: String, traces: &Traces) -> String {
    match traces.why() {
        Some(why) => format!("{what}: {why}"),
        None => what,
    }
}

/// The kernel ends what eats all memory with SIGKILL, as does a person.
fn oom_note(signal: i32) -> &'static str {
    if signal == 9 {
        " (killed; perhaps out of memory)"
    } else {
        ""
    }
}

/// The last line of a log that says anything, as plain text.
pub(crate) fn last_line(log: &Path) -> Option<String> {
    let mut file = File::open(log).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))
        .ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes).ok()?;
    last_line_of(&String::from_utf8_lossy(&bytes))
}

/// The last line of a text that says anything, as plain text; of a line that was drawn
/// over, the last drawing.
pub(crate) fn last_line_of(text: &str) -> Option<String> {
    text.rsplit(['\n', '\r'])
        .map(one_line)
        .find(|line| !line.is_empty())
}

/// A text as one plain line: no escape sequences, no control characters.
pub(crate) fn one_line(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // A control sequence ends with a letter; its parameters are not text.
            if chars.next() == Some('[') {
                chars.by_ref().find(char::is_ascii_alphabetic);
            }
        } else if c.is_control() || c.is_whitespace() {
            plain.push(' ');
        } else {
            plain.push(c);
        }
    }
    let words: Vec<&str> = plain.split_whitespace().collect();
    clip(&words.join(" "))
}

fn clip(text: &str) -> String {
    if text.chars().count() <= REASON_LIMIT {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(REASON_LIMIT - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(code: i32, traces: &Traces) -> (StepOutcome, Option<String>) {
        let exit = Exit {
            ended: Ended::Exited(code),
            duration: Duration::ZERO,
            peak_rss_mib: None,
        };
        let verdict = judge(&exit, traces, Duration::ZERO, "");
        (verdict.outcome, verdict.reason)
    }

    #[test]
    fn exit_codes_mean_what_the_contract_says() {
        let said = Traces {
            last_line: Some("boom".to_owned()),
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
    fn the_last_line_is_plain_text() {
        let text = "a\n\u{1b}[31mError\u{1b}[0m: x\u{7}y\n10%\r100%\r\n\n";
        assert_eq!(last_line_of(text).as_deref(), Some("100%"));
        assert_eq!(
            last_line_of("a\n\u{1b}[1;31mE\u{1b}[0m  b\n").as_deref(),
            Some("E b")
        );
        assert_eq!(last_line_of("\n \n"), None);
        assert!(one_line(&"x".repeat(1000)).chars().count() <= REASON_LIMIT);
    }
}
