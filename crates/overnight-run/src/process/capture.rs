//! A command whose output is read rather than kept: gates, criteria, git, linters.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use overnight_record::StopFlag;

use super::child::when_requested;
use super::{Ended, Exit, GRACE, Launch, ProcessError, Running};

/// What a command left.
#[derive(Debug, Clone, PartialEq)]
pub struct Captured {
    /// Its exit code; `None` when it did not exit by itself.
    pub code: Option<i32>,
    /// Its stdout; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// Its stderr, likewise.
    pub stderr: String,
    /// Whether it was ended at its time limit.
    pub timed_out: bool,
    /// Whether it was ended because a stop was requested.
    pub stopped: bool,
    /// From start to end.
    pub duration: Duration,
}

/// Runs a command to its end in a process group of its own with a closed stdin, and reads
/// both its streams.
///
/// `env` is added to the inherited environment. At `timeout`, or when `stop` is requested,
/// the whole group is ended.
///
/// # Errors
/// [`ProcessError`] when it could not be started or watched; a command that fails is a
/// [`Captured`] with its code.
pub fn run_captured(
    argv: &[String],
    dir: &Path,
    env: &[(String, OsString)],
    timeout: Duration,
    stop: &StopFlag,
) -> Result<Captured, ProcessError> {
    let seen = capture_bytes(argv, dir, env, None, timeout, stop)?;
    Ok(Captured {
        code: match seen.exit.ended {
            Ended::Exited(code) => Some(code),
            _ => None,
        },
        stdout: text(seen.stdout),
        stderr: text(seen.stderr),
        timed_out: seen.exit.ended == Ended::TimedOut,
        stopped: seen.exit.ended == Ended::Stopped,
        duration: seen.exit.duration,
    })
}

/// What a command left, byte for byte.
#[derive(Debug)]
pub(crate) struct CapturedBytes {
    pub(crate) exit: Exit,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// [`run_captured`] for output that need not be text; `stdin` is what the command reads.
pub(crate) fn capture_bytes(
    argv: &[String],
    dir: &Path,
    env: &[(String, OsString)],
    stdin: Option<File>,
    timeout: Duration,
    stop: &StopFlag,
) -> Result<CapturedBytes, ProcessError> {
    // Files, not pipes: a process that outlives the command and keeps the pipe open could
    // otherwise hold us for ever.
    let scratch = || {
        tempfile::tempfile().map_err(|source| ProcessError::Log {
            path: "a temporary file".into(),
            source,
        })
    };
    let (mut stdout, mut stderr) = (scratch()?, scratch()?);
    let program = argv.first().cloned().unwrap_or_default();
    let lost = |source| ProcessError::Watch {
        program: program.clone(),
        source,
    };
    let launch = Launch {
        argv,
        directory: dir,
        env,
        stdout: stdout.try_clone().map_err(lost)?,
        stderr: stderr.try_clone().map_err(lost)?,
    };
    let running = Running::start_reading(launch, stdin.map_or_else(Stdio::null, Stdio::from))?;
    let running = running.hurried_by(stop);
    let exit = running.wait(Some(timeout), GRACE, &when_requested(stop))?;
    Ok(CapturedBytes {
        exit,
        stdout: read_all(&mut stdout).map_err(lost)?,
        stderr: read_all(&mut stderr).map_err(lost)?,
    })
}

fn read_all(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| (*w).to_owned()).collect()
    }

    #[test]
    fn both_streams_are_read() {
        let argv = words(&["sh", "-c", "printf 'a\\377b'; echo oops >&2; exit 3"]);
        let dir = tempfile::tempdir().unwrap();
        let limit = Duration::from_secs(20);
        let seen = run_captured(&argv, dir.path(), &[], limit, &StopFlag::default()).unwrap();
        assert_eq!(
            (seen.code, seen.stdout.as_str(), seen.stderr.as_str()),
            (Some(3), "a\u{fffd}b", "oops\n")
        );
        assert!(!seen.timed_out && !seen.stopped);
    }

    #[test]
    fn a_missing_program_and_a_missing_folder_are_told_apart() {
        let (stop, limit) = (StopFlag::default(), Duration::from_secs(1));
        let argv = words(&["overnight-no-such-program"]);
        let dir = tempfile::tempdir().unwrap();
        let error = run_captured(&argv, dir.path(), &[], limit, &stop).unwrap_err();
        assert!(matches!(error, ProcessError::Missing { .. }));
        let gone = dir.path().join("gone");
        let error = run_captured(&argv, &gone, &[], limit, &stop).unwrap_err();
        assert!(matches!(error, ProcessError::Directory { .. }));
    }
}
