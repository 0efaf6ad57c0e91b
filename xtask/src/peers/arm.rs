//! One arm: a process that loads its networks once and then answers requests.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use overnight_record::Line;
use serde::{Deserialize, Serialize};

/// How long an arm may take until it is ready.
const LOAD_LIMIT: Duration = Duration::from_secs(300);
/// How long it may take for each image of a request.
const IMAGE_LIMIT: Duration = Duration::from_secs(120);

/// Who an arm says it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ready {
    pub(super) version: String,
    pub(super) runtime: String,
    pub(super) threads: String,
    pub(super) settings: String,
    pub(super) weights: Vec<Weights>,
    /// Milliseconds until the networks could be used, imports of a library included, the
    /// start of the interpreter and the hashing of weights not.
    pub(super) load_ms: f64,
}

/// One file of weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Weights {
    pub(super) role: String,
    pub(super) file: String,
    pub(super) sha256: String,
}

#[derive(Serialize)]
struct Request<'a> {
    images: &'a [String],
}

/// What came of a request.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    /// Milliseconds by the arm's own clock, without encoding the answer.
    pub(super) wall_ms: f64,
    /// One for each image, in order.
    pub(super) images: Vec<Image>,
}

/// What became of one image.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Image {
    Lines(Vec<Line>),
    Error(String),
}

/// A loaded arm. Its process is ended when it is dropped.
#[derive(Debug)]
pub(super) struct Arm {
    process: Process,
    /// Who it is.
    pub(super) ready: Ready,
}

impl Arm {
    /// Starts an arm and waits until it is ready; what it says besides goes to `log`. The
    /// error is the reason why it is not available.
    pub(super) fn start(command: Command, log: File) -> anyhow::Result<Self> {
        let mut process = Process::start(command, log)?;
        let hello: serde_json::Value = serde_json::from_str(&process.line(LOAD_LIMIT)?)
            .context("its first line is not of the protocol")?;
        if let Some(reason) = hello.get("unavailable") {
            bail!(reason.as_str().unwrap_or("it gives no reason").to_owned());
        }
        let ready = serde_json::from_value(hello).context("its first line misses something")?;
        Ok(Self { process, ready })
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// Has images read in one request: the answer and the milliseconds it took by our clock.
    pub(super) fn read(&mut self, images: &[String]) -> anyhow::Result<(Answer, f64)> {
        let mut request = serde_json::to_vec(&Request { images })?;
        request.push(b'\n');
        let begun = Instant::now();
        let sent = self.process.requests.write_all(&request);
        sent.and_then(|()| self.process.requests.flush())
            .context("it has ended")?;
        let limit = IMAGE_LIMIT * u32::try_from(images.len()).unwrap_or(u32::MAX);
        let line = self.process.line(limit)?;
        let wall_ms = begun.elapsed().as_secs_f64() * 1e3;
        let answer: Answer =
            serde_json::from_str(&line).context("its answer is not of the protocol")?;
        ensure!(
            answer.images.len() == images.len(),
            "it answered with {} images for {}",
            answer.images.len(),
            images.len()
        );
        Ok((answer, wall_ms))
    }
}

/// A program spoken to in lines.
#[derive(Debug)]
struct Process {
    child: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
}

impl Process {
    fn start(mut command: Command, log: File) -> anyhow::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(log).spawn().context("failed to start")?;
        let (Some(requests), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("it has no standard input and output");
        };
        let (sender, answers) = channel();
        thread::spawn(move || {
            // Ends with the arm, or when nobody listens any more.
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            requests,
            answers,
        })
    }

    fn line(&mut self, limit: Duration) -> anyhow::Result<String> {
        match self.answers.recv_timeout(limit) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => bail!("no answer within {} s", limit.as_secs()),
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait().context("it has ended")?;
                bail!("it has ended: {status}")
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing of it is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str =
        r#"{"version":"1","runtime":"sh","threads":"1","settings":"","weights":[],"load_ms":5}"#;

    /// An arm that is a shell script.
    fn arm(script: &str) -> anyhow::Result<Arm> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Arm::start(command, tempfile::tempfile()?)
    }

    #[test]
    fn an_arm_that_cannot_run_says_why() {
        let reason = |script: &str| format!("{:#}", arm(script).unwrap_err());
        assert_eq!(
            reason(r#"echo '{"unavailable":"no weights"}'"#),
            "no weights"
        );
        assert!(reason("exit 3").starts_with("it has ended: exit status: 3"));
        assert!(reason("echo hello").starts_with("its first line is not of the protocol"));
        assert!(reason("echo '{}'").starts_with("its first line misses something"));
    }

    #[test]
    fn an_answer_has_one_image_for_each() {
        let script = format!(
            r#"echo '{READY}'; read request
               echo '{{"wall_ms":1.5,"images":[{{"lines":[]}},{{"error":"broken"}}]}}'
               read request; echo '{{"wall_ms":1,"images":[]}}'; read request; exit 4"#
        );
        let mut arm = arm(&script).unwrap();
        assert_eq!(arm.ready.runtime, "sh");
        let two = ["a.jpg".to_owned(), "b.jpg".to_owned()];
        let (answer, wall_ms) = arm.read(&two).unwrap();
        assert!(answer.wall_ms == 1.5 && wall_ms > 0.0);
        assert!(matches!(&answer.images[1], Image::Error(why) if why == "broken"));
        let short = arm.read(&two).unwrap_err().to_string();
        assert_eq!(short, "it answered with 0 images for 2");
        let ended = arm.read(&two).unwrap_err().to_string();
        assert_eq!(ended, "it has ended: exit status: 4");
    }
}
