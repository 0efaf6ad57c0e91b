//! Gates: commands that must not get worse for a change to be kept.

use std::path::Path;
use std::time::Duration;

use overnight_record::StopFlag;

use crate::process::{Captured, ProcessError, run_captured};
use crate::state::GateState;

/// One gate measured once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GateReading {
    /// What is compared and recorded.
    pub(crate) state: GateState,
    /// Both streams, for the log.
    pub(crate) log: String,
    /// Whether the measurement was cut short because the night was asked to stop.
    pub(crate) was_stopped: bool,
}

/// Measures a gate in `dir`. That it could not be started or did not end in time is a
/// reading without an exit code.
pub(crate) fn measure(
    argv: &[String],
    dir: &Path,
    env: &[(String, std::ffi::OsString)],
    timeout: Duration,
    stop: &StopFlag,
) -> GateReading {
    match run_captured(argv, dir, env, timeout, stop) {
        Ok(captured) => reading_of(&captured),
        Err(error) => GateReading {
            state: GateState {
                exit_code: None,
                diagnostics: 0,
            },
            log: explain(&error),
            was_stopped: false,
        },
    }
}

fn reading_of(captured: &Captured) -> GateReading {
    let mut log = captured.stdout.clone();
    if !log.is_empty() && !log.ends_with('\n') {
        log.push('\n');
    }
    log.push_str(&captured.stderr);
    if captured.timed_out {
        log.push_str("\n(ended at its time limit)\n");
    }
    GateReading {
        state: GateState {
            exit_code: captured.code,
            diagnostics: count_diagnostics(&log),
        },
        log,
        was_stopped: captured.stopped,
    }
}

fn explain(error: &ProcessError) -> String {
    use std::error::Error as _;
    match error.source() {
        Some(source) => format!("{error}: {source}\n"),
        None => format!("{error}\n"),
    }
}

/// Whether a gate that read `before` and now reads `after` did not get worse: what passed
/// still passes; what failed passes, or fails with no more diagnostics.
pub(crate) fn is_no_worse(before: GateState, after: GateState) -> bool {
    match (before.exit_code, after.exit_code) {
        (_, Some(0)) | (None, _) => true,
        (Some(0), _) | (Some(_), None) => false,
        (Some(_), Some(_)) => after.diagnostics <= before.diagnostics,
    }
}

/// Lines of a tool's output that name a place in a file, as `path:line`.
pub(crate) fn count_diagnostics(output: &str) -> u64 {
    let lines = output.lines().filter(|line| {
        line.split_whitespace()
            .any(|word| is_place(word.trim_start_matches(['(', '[', '"', '\'', '`'])))
    });
    lines.count() as u64
}

/// Whether a word begins with `path:line`: a name with a letter and a dot or slash, then
/// digits. Times (`12:30`), addresses (`127.0.0.1:80`) and URLs are not places.
fn is_place(word: &str) -> bool {
    let mut parts = word.split(':');
    let (Some(path), Some(line)) = (parts.next(), parts.next()) else {
        return false;
    };
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    path.contains(['.', '/'])
        && path.chars().any(char::is_alphabetic)
        && digits > 0
        && !rest.starts_with(|c: char| c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(exit_code: Option<i32>, diagnostics: u64) -> GateState {
        GateState {
            exit_code,
            diagnostics,
        }
    }

    #[test]
    fn what_passed_must_pass_and_what_failed_must_not_say_more() {
        let (pass, fail) = (reading(Some(0), 0), |n| reading(Some(1), n));
        let unusable = reading(None, 0);
        assert!(is_no_worse(pass, pass) && is_no_worse(fail(3), pass));
        assert!(is_no_worse(fail(3), fail(3)) && is_no_worse(fail(3), fail(2)));
        assert!(!is_no_worse(fail(3), fail(4)));
        assert!(!is_no_worse(pass, fail(0)) && !is_no_worse(pass, unusable));
        assert!(
            !is_no_worse(fail(3), unusable),
            "a gate that no longer ends"
        );
        assert!(is_no_worse(unusable, unusable) && is_no_worse(unusable, fail(9)));
    }

    #[test]
    fn diagnostics_are_lines_that_name_a_place() {
        let output = "\
src/a.py:3:1: F401 unused import
  --> ocr/b.py:12:5
mypy: ocr/c.py:9: error: x
(see Makefile, line 3) at 12:30
make: *** [Makefile.inc:4: check] Error 1
serving http://localhost:8000 on 127.0.0.1:80
Found 3 errors in a.py: fix them
";
        assert_eq!(count_diagnostics(output), 4);
        assert_eq!(count_diagnostics(""), 0);
    }
}
