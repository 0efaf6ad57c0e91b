//! Child processes: one with its output captured and a time limit, here; one that stays and
//! ends with everything it started, in [`ProcessGroup`].

mod group;

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use group::ProcessGroup;

/// Most bytes kept of each stream; the rest is read and dropped.
const MAX_OUTPUT: usize = 16 << 20;

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By itself or by a signal from elsewhere.
    Exited(ExitStatus),
    /// It was killed at its time limit.
    TimedOut,
}

/// A child that ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) ended: Ended,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// Runs a command to its end or to its time limit, with stdin closed.
///
/// # Errors
/// When the child cannot be started or waited for.
pub(crate) fn run(mut command: Command, limit: Duration) -> io::Result<Finished> {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().map(capture);
    let stderr = child.stderr.take().map(capture);
    let left = || limit.saturating_sub(started.elapsed());
    // The end of stdout is the end of the work; waiting for it costs no polling. A
    // grandchild may hold the pipe open, so nothing here waits without a limit.
    let stdout = collect(stdout, left());
    let ended = wait(&mut child, left())?;
    Ok(Finished {
        ended,
        stdout,
        stderr: collect(stderr, Duration::from_millis(200)),
    })
}

fn capture(mut stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        let mut buffer = [0; 64 << 10];
        while let Ok(n) = stream.read(&mut buffer) {
            if n == 0 {
                break;
            }
            kept.extend_from_slice(&buffer[..n.min(MAX_OUTPUT - kept.len())]);
        }
        // The receiver is gone when the child ran out of time.
        let _ = sender.send(kept);
    });
    receiver
}

fn collect(stream: Option<Receiver<Vec<u8>>>, limit: Duration) -> Vec<u8> {
    stream
        .and_then(|receiver| receiver.recv_timeout(limit).ok())
        .unwrap_or_default()
}

fn wait(child: &mut Child, limit: Duration) -> io::Result<Ended> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ended::Exited(status));
        }
        if started.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(Ended::TimedOut);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_status_come_back() {
        let finished = run(
            shell("echo out; echo err >&2; exit 3"),
            Duration::from_secs(20),
        )
        .unwrap();
        assert_eq!(
            (finished.stdout.as_slice(), finished.stderr.as_slice()),
            (&b"out\n"[..], &b"err\n"[..])
        );
        assert!(matches!(finished.ended, Ended::Exited(status) if status.code() == Some(3)));
    }

    #[test]
    fn a_child_that_hangs_is_killed_even_when_a_grandchild_holds_the_pipe() {
        let started = Instant::now();
        let finished = run(shell("sleep 30 & sleep 30"), Duration::from_millis(100)).unwrap();
        assert_eq!(finished.ended, Ended::TimedOut);
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_full_pipe_does_not_block() {
        let finished = run(
            shell("head -c 3000000 /dev/zero; head -c 300000 /dev/zero >&2"),
            Duration::from_secs(20),
        )
        .unwrap();
        assert_eq!(finished.stdout.len(), 3_000_000);
    }
}
