//! A server that is ours: started, watched, started again, ended.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::client::one_line;
use super::spec::ServeSpec;
use crate::process::ProcessGroup;

/// How long a server may take to end itself after SIGTERM.
const GRACE: Duration = Duration::from_secs(10);
/// Longest wait before a server is started again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A server that answered so long before it ended is sound: its restarts count anew.
const SOUND: Duration = Duration::from_secs(600);
/// Bytes of the end of the log that may hold its last words.
const TAIL: u64 = 4 << 10;

/// A server's process. Dropping it ends it with everything in its process group.
#[derive(Debug)]
pub(super) struct Served {
    spec: ServeSpec,
    /// How long it may stay silent before it is ended.
    patience: Duration,
    state: State,
    /// Starts since it was last sound, without the first.
    restarts: u32,
}

#[derive(Debug)]
enum State {
    /// It was never started: somebody else's server answers.
    StandingBy,
    Running {
        process: ProcessGroup,
        since: Instant,
        /// Since when it answers.
        answers_since: Option<Instant>,
    },
    /// Why, and when it may be started.
    Ended { how: String, not_before: Instant },
}

impl Served {
    /// Starts a server in a group of its own, so that Ctrl-C reaches us first. Its output is
    /// added to the log.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(spec: &ServeSpec, patience: Duration) -> io::Result<Self> {
        Ok(Self {
            spec: spec.clone(),
            patience,
            state: running(spec)?,
            restarts: 0,
        })
    }

    /// One that is not started as long as somebody else's server answers in its place.
    pub(super) fn standing_by(spec: &ServeSpec, patience: Duration) -> Self {
        Self {
            spec: spec.clone(),
            patience,
            state: State::StandingBy,
            restarts: 0,
        }
    }

    /// It answers.
    pub(super) fn answers(&mut self) {
        if let State::Running { answers_since, .. } = &mut self.state {
            answers_since.get_or_insert_with(Instant::now);
        }
    }

    /// Ends a server that has not answered since `down_since` and should have by now; starts
    /// one that has ended when it may be, which takes `may_start`, too. Says whether it did.
    ///
    /// # Errors
    /// Why it stays ended.
    pub(super) fn revive(&mut self, down_since: Instant, may_start: bool) -> Result<bool, String> {
        if let Some(how) = self.overdue(down_since) {
            self.condemn(&how);
        }
        self.has_exited();
        let (how, not_before) = match &self.state {
            State::Running { .. } => return Ok(false),
            // Whose server it was may be starting it again.
            State::StandingBy => ("it was not ours", down_since + self.patience),
            State::Ended { how, not_before } => (how.as_str(), *not_before),
        };
        let words = last_words(&self.spec.log);
        if self.restarts >= self.spec.max_restarts {
            return Err(format!(
                "the server ended ({how}) and was started again {} times already: {words}",
                self.restarts
            ));
        }
        if !may_start {
            return Err(format!("the server ended ({how}): {words}"));
        }
        if Instant::now() < not_before {
            return Ok(false);
        }
        self.restarts += 1;
        tracing::warn!(%how, restart = self.restarts, "the server is started again: {words}");
        self.state =
            running(&self.spec).map_err(|error| format!("the server ended ({how}): {error}"))?;
        Ok(true)
    }

    /// Kills it with its group, for this reason.
    pub(super) fn condemn(&mut self, how: &str) {
        let State::Running { process, .. } = &mut self.state else {
            return;
        };
        tracing::warn!("the server is killed: {how}");
        process.kill();
        self.ended(format!("killed, because {how}"));
    }

    /// How it ended, with its last words, when it did.
    pub(super) fn end(&mut self) -> Option<String> {
        self.has_exited();
        match &self.state {
            State::StandingBy | State::Running { .. } => None,
            State::Ended { how, .. } => Some(format!("{how}: {}", last_words(&self.spec.log))),
        }
    }

    /// Whether it has run and runs no more.
    pub(super) fn has_exited(&mut self) -> bool {
        match &mut self.state {
            State::StandingBy => false,
            State::Ended { .. } => true,
            State::Running { process, .. } if !process.has_exited() => false,
            State::Running { process, .. } => {
                let how = process.kill().map(|status| status.to_string());
                self.ended(how.unwrap_or_else(|| "it is gone".to_owned()));
                true
            }
        }
    }

    /// Whether it was started and has still time to answer.
    pub(super) fn is_starting(&self) -> bool {
        match &self.state {
            State::Running {
                since,
                answers_since: None,
                ..
            } => since.elapsed() < self.spec.start_timeout,
            _ => false,
        }
    }

    /// Why it has to go, when it runs and does not answer.
    fn overdue(&self, down_since: Instant) -> Option<String> {
        let State::Running {
            since,
            answers_since,
            ..
        } = &self.state
        else {
            return None;
        };
        let (begun, limit) = match answers_since {
            Some(_) => (down_since.max(*since), self.patience),
            None => (*since, self.spec.start_timeout),
        };
        (begun.elapsed() >= limit)
            .then(|| format!("it did not answer for {} s", limit.as_secs_f64()))
    }

    fn ended(&mut self, how: String) {
        if let State::Running {
            answers_since: Some(since),
            ..
        } = &self.state
            && since.elapsed() >= SOUND
        {
            self.restarts = 0;
        }
        self.state = State::Ended {
            how,
            not_before: Instant::now() + pause(self.restarts),
        };
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let State::Running { process, .. } = &mut self.state {
            process.end(GRACE);
        }
    }
}

/// The wait before the next start: none before the first restart, then 1 s, doubling.
fn pause(restarts: u32) -> Duration {
    match restarts.checked_sub(1) {
        None => Duration::ZERO,
        Some(doublings) => Duration::from_secs(1 << doublings.min(6)).min(LONGEST_PAUSE),
    }
}

fn running(spec: &ServeSpec) -> io::Result<State> {
    Ok(State::Running {
        process: spawn(spec)?,
        since: Instant::now(),
        answers_since: None,
    })
}

fn spawn(spec: &ServeSpec) -> io::Result<ProcessGroup> {
    let (program, arguments) = spec
        .command
        .split_first()
        .ok_or_else(|| io::Error::other("the command is empty"))?;
    if let Some(folder) = spec.log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&spec.log)?;
    // A program with a folder in its name belongs to the project, wherever we run.
    let program = match program.contains('/') {
        true => spec.directory.join(program),
        false => program.into(),
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(&spec.directory)
        .env("PYTHONUNBUFFERED", "1")
        .envs(&spec.env)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    ProcessGroup::start(&mut command)
}

/// The last lines of a log in one.
fn last_words(log: &Path) -> String {
    let tail = || -> io::Result<String> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = tail().unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    match lines[lines.len().saturating_sub(3)..].join("; ") {
        words if words.is_empty() => "it wrote nothing".to_owned(),
        words => one_line(&words),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::thread;

    use super::*;

    fn spec(folder: &Path, script: &str) -> ServeSpec {
        ServeSpec {
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            directory: folder.to_owned(),
            env: BTreeMap::from([("WORD".to_owned(), "hello".to_owned())]),
            log: folder.join("logs/server.log"),
            start_timeout: Duration::from_secs(5),
            max_restarts: 1,
        }
    }

    fn wait_for_end(served: &mut Served) {
        let begun = Instant::now();
        while !served.has_exited() {
            assert!(begun.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn start(spec: &ServeSpec) -> Served {
        Served::start(spec, Duration::from_millis(200)).unwrap()
    }

    #[test]
    fn a_server_that_ends_is_started_again_so_often() {
        let dir = tempfile::tempdir().unwrap();
        let mut served = start(&spec(dir.path(), "echo $WORD; exit 3"));
        wait_for_end(&mut served);
        let down = Instant::now();
        assert_eq!(served.revive(down, true), Ok(true));
        wait_for_end(&mut served);
        let reason = served.revive(down, true).unwrap_err();
        assert!(
            reason.contains("exit status: 3") && reason.contains("hello"),
            "{reason}"
        );
        let log = std::fs::read_to_string(dir.path().join("logs/server.log")).unwrap();
        assert_eq!(log, "hello\nhello\n");
    }

    #[test]
    fn a_server_that_falls_silent_is_killed_and_started_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut served = start(&spec(dir.path(), "echo $$; exec sleep 100"));
        served.answers();
        let down = Instant::now();
        assert_eq!(served.revive(down, true), Ok(false), "it may think");
        thread::sleep(Duration::from_millis(250));
        assert_eq!(served.revive(down, true), Ok(true));
        assert!(served.is_starting());
        assert_eq!(served.revive(down, true), Ok(false), "it has time to start");
        served.answers();
        thread::sleep(Duration::from_millis(250));
        let reason = served.revive(down, true).unwrap_err();
        assert!(
            reason.contains("killed, because it did not answer for 0.2 s"),
            "{reason}"
        );
        assert!(served.has_exited());
    }

    #[test]
    fn one_that_never_answers_is_killed_when_its_time_to_start_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut spec = spec(dir.path(), "exec sleep 100");
        spec.start_timeout = Duration::from_millis(300);
        let mut served = start(&spec);
        let down = Instant::now();
        thread::sleep(Duration::from_millis(350));
        assert!(!served.is_starting());
        assert!(served.revive(down, false).is_err(), "no time for another");
    }

    #[test]
    fn who_stands_by_is_started_when_nobody_else_answers() {
        let dir = tempfile::tempdir().unwrap();
        let spec = spec(dir.path(), "exec sleep 100");
        let mut served = Served::standing_by(&spec, Duration::from_millis(100));
        let down = Instant::now();
        assert_eq!(
            served.revive(down, true),
            Ok(false),
            "they may start it again"
        );
        thread::sleep(Duration::from_millis(150));
        assert!(!served.has_exited());
        assert_eq!(served.revive(down, true), Ok(true));
        assert!(!served.has_exited());
    }

    #[test]
    fn waits_between_starts_grow_and_end() {
        let waits = [0, 1, 2, 3, 7, 40].map(|restarts| pause(restarts).as_secs());
        assert_eq!(waits, [0, 1, 2, 4, 60, 60]);
    }
}
