//! A Python process that answers requests with JSON, a line each.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// A program as it is named on the command line: a path begins at the root of the repository,
/// where people type it; cargo starts benches in the folder of their crate.
pub(crate) fn program(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if name.contains('/') {
        root.join(name)
    } else {
        PathBuf::from(name)
    }
}

pub(crate) struct Python {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    script: &'static str,
}

impl Python {
    /// Starts `script`, which lies beside the benches, with `interpreter`.
    pub(crate) fn start(interpreter: &str, script: &'static str) -> Outcome<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
        let mut child = Command::new(program(interpreter))
            .arg(path.join(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let requests = child.stdin.take().ok_or("no pipe to Python")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no pipe from Python")?);
        Ok(Self {
            child,
            requests,
            answers,
            script,
        })
    }

    /// Its answer to one request.
    pub(crate) fn ask(&mut self, request: &Value) -> Outcome<Value> {
        writeln!(self.requests, "{request}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line).map_err(|_| {
            format!(
                "{} gave no answer; does this Python have what it imports?",
                self.script
            )
        })?)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
